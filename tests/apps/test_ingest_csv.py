"""The same rows as CSV, as lines of JSON and as one array are the same readings and events, and the same faults."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bijoli.ingest import csvrows, decode
from bijoli.ingest.decode import Body

LINE = st.characters(exclude_categories=("Cs", "Cc", "Zs", "Zl", "Zp"))
WORDS = st.one_of(
    st.sampled_from(["066012345678", "66012345679", "2026-11-22T10:15:00+06:00", "2026-11-22", "estimated", "closed", "open_credit"]),
    st.sampled_from(['"', ",", 'a "b", c', "NaN", "1e400", "-0.0x", "০৬৬০১২৩৪৫৬৭৮", "=1+1", "'1", "\ufeff", "null", "[1]"]),
    st.text(LINE, min_size=1, max_size=50),
).filter(lambda word: not csvrows.NUMBER.fullmatch(word))
NUMBERS = st.one_of(st.integers(-(10**17), 10**17), st.decimals(-(10**12), 10**12, places=3).map(float), st.sampled_from([0.005, 84.5]))
CREDITS = st.just({"credited": 353.95, "order": "2026,1", "charges": [{"name": 'a "b"', "amount": 1}]})
METERS, TIMES = st.sampled_from(["066012345678", "66012345679"]), st.sampled_from(["2026-11-22T10:15:00+06:00", 1_795_320_900])
FIELDS: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "readings": {
        "meter": METERS | WORDS,
        "at": TIMES | WORDS | st.integers(-(10**17), 10**17),
        "balance": NUMBERS | WORDS,
        "register_kwh": NUMBERS | WORDS,
        "load_kw": NUMBERS | WORDS,
        "quality": WORDS,
        "relay": WORDS,
        "colour": WORDS,
    },
    "events": {
        "meter": METERS | WORDS,
        "at": TIMES | WORDS,
        "profile": st.sampled_from(["is15959", "prepay"]) | WORDS,
        "code": st.sampled_from(["251", "credit"]) | WORDS,
        "id": WORDS,
        "credit": CREDITS | WORDS,
    },
}


def as_csv(rows: list[dict[str, Any]], names: list[str], door: str) -> Body:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerows([[_cell(row.get(name)) for name in names] for row in rows])
    return csvrows.body(names, out.getvalue().encode().splitlines(), door)


def _cell(value: Any) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value)


def read(body: Body, door: str) -> Any:
    found, places, faults, total = getattr(decode, door)(body)
    columns = [getattr(found, name).tolist() for name in found.__slots__] if door == "readings" else found
    return columns, places.tolist(), sorted((fault.row, fault.field, fault.reason) for fault in faults), total


@pytest.mark.parametrize("door", ["readings", "events"])
@given(data=st.data())
def test_the_form_of_the_file_makes_no_difference(door: str, data: st.DataObject) -> None:
    names = data.draw(st.permutations(sorted(FIELDS[door])))
    drawn = data.draw(st.lists(st.fixed_dictionaries({}, optional=FIELDS[door]).filter(bool), min_size=1, max_size=8))
    rows = [{name: row[name] for name in names if name in row} for row in drawn]  # of two wrong fields the first is named
    as_lines = read(Body(b"\n".join(json.dumps(row).encode() for row in rows), lines=True), door)
    assert read(Body(json.dumps(rows).encode(), lines=False), door) == as_lines
    assert read(as_csv(rows, names, door), door) == as_lines


@given(lines=st.lists(st.binary(min_size=1, max_size=60).map(lambda line: line.replace(b"\n", b",") + b"."), min_size=1, max_size=10))
def test_whatever_the_lines_are_each_is_one_row(lines: list[bytes]) -> None:
    names = csvrows.columns(b"meter,at,balance", "readings")
    *_, faults, total = read(csvrows.body(names, lines, "readings"), "readings")
    assert (total, len(faults)) == (len(lines), len(lines))


def test_a_value_cannot_smuggle_fields_into_its_row() -> None:
    body = csvrows.body(["meter", "at", "profile", "code", "credit"], [b'a,1,p,c,"{},""at"":5"'], "events")
    assert json.loads(body.content) == {"meter": "a", "at": 1, "profile": "p", "code": "c", "credit": '{},"at":5'}
