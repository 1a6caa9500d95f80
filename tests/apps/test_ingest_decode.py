"""Whatever arrives is read exactly, or refused in words: never a crash, never a row lost from the count."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec
import numpy as np
import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bijoli.ingest import arrays, decode, fields, isotime
from bijoli.ingest.decode import BadBody, Body
from bijoli.ingest.http import token_hash
from bijoli.ingest.models import Gateway
from bijoli.metering import numbers
from bijoli.metering.columns import MISSING
from bijoli.metering.models import Meter, MeterState

OFFSETS = st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
TIMES = st.datetimes(datetime(1, 1, 3), datetime(9999, 12, 29), timezones=OFFSETS).map(lambda at: at.replace(microsecond=0))
WORDS = [
    "066012345678",
    "66012345679",
    "2026-11-22T10:15:00+06:00",
    "2026-11-22T10:15:00",
    "known",
    "estimated",
    "closed",
    "251",
    "credit",
    "",
]
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.integers(1_795_000_000, 1_795_400_000),
    st.floats(allow_nan=False, allow_infinity=False),
    st.decimals(-1000, 1000, places=2).map(float),
    st.sampled_from(WORDS),
    st.text(max_size=12),
    st.just({"credited": "5.00", "charges": [{"name": "demand", "amount": 1}], "tokens": [1, "2"]}),
    st.lists(st.integers(), max_size=2),
)
NAMES = ["meter", "at", "balance", "register_kwh", "load_kw", "quality", "relay", "profile", "code", "id", "credit", "colour"]
GOOD = {"meter": "066012345678", "at": 1_795_320_000, "profile": "is15959", "code": "251"}
ROWS = st.dictionaries(st.sampled_from(NAMES), VALUES).flatmap(lambda wrong: st.sampled_from([GOOD | wrong, wrong]))


@given(st.lists(TIMES, min_size=1, max_size=20))
def test_times_read_as_a_column_are_what_the_library_reads_one_by_one(times: list[datetime]) -> None:
    expected = [(at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(seconds=1) for at in times]
    read = isotime.seconds([at.isoformat() for at in times])
    assert read is not None
    assert read.tolist() == expected
    in_utc = isotime.seconds([f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}Z".rjust(20, "0") for at in times])
    assert in_utc is not None
    assert in_utc.tolist() == expected


@pytest.mark.parametrize(
    "text",
    [
        *("2026-02-29T10:15:00+06:00", "2026-13-01T10:15:00+06:00", "2026-00-01T10:15:00+06:00", "2026-11-31T10:15:00+06:00"),
        *("2026-11-22T24:00:00+06:00", "2026-11-22T10:60:00+06:00", "2026-11-22T10:15:60+06:00", "2026-11-22T10:15:00+24:00"),
        *("2026-11-22T10:15:00 06:00", "2026-11-22 10:15:00+06:00", "0000-11-22T10:15:00+06:00", "২০২৬-১১-২২T১০:১৫:০০+০৬:০০"),
        *("2026-11-22T10:15:00z", "2026-11-22T10:15:0aZ", "2026-11-22T10:15:00+06:0/"),
    ],
)
def test_what_names_no_time_is_left_to_the_reader_of_single_texts(text: str) -> None:
    assert isotime.seconds([text]) is None


@given(st.lists(ROWS, max_size=8), st.booleans())
def test_a_good_row_reads_the_same_beside_a_bad_one(rows: list[dict[str, Any]], lines: bool) -> None:
    """The quick way (all rows right) and the careful one agree: a row that is taken alone is taken among others, with the same values."""
    columns, places, faults, total = decode.readings(_body(rows, lines))
    assert total == len(rows)
    assert sorted([*places.tolist(), *(fault.row for fault in faults)]) == list(range(1, total + 1))
    for place, values in zip(places.tolist(), _rows(columns), strict=True):
        alone, _, none, _ = decode.readings(_body([rows[place - 1]], lines))
        assert none == []
        assert _rows(alone) == [values]
    for fault in faults:
        assert len(decode.readings(_body([rows[fault.row - 1]], lines))[2]) == 1


def _body(rows: list[Any], lines: bool) -> Body:
    return Body("\n".join(map(json.dumps, rows)).encode() if lines else json.dumps(rows).encode(), lines)


def _rows(columns: Any) -> list[tuple[Any, ...]]:
    return list(zip(*(getattr(columns, name).tolist() for name in columns.__slots__), strict=True))


@given(st.lists(st.decimals(-(10**9), 10**9, places=2), min_size=1, max_size=20), st.booleans())
def test_every_amount_of_paisa_is_read_exactly(amounts: list[Any], as_text: bool) -> None:
    column = [str(amount) if as_text else float(amount) for amount in amounts]
    values, faults = fields.balances(column)
    assert faults == {}
    assert values.tolist() == [int(amount * 100) for amount in amounts]


def test_missing_values_are_missing_and_not_zero() -> None:
    assert fields.balances([None, "", " ", 0, "0"])[0].tolist() == [MISSING, MISSING, MISSING, 0, 0]
    assert fields.loads([None, 0.0])[0].tolist() == [MISSING, 0]


@pytest.mark.parametrize("text", ["nan", "inf", "-Infinity", "1_000", "0x10", "1e2", "৮৪", "84,50", "84.505", "--1", "1 2"])
def test_text_that_only_looks_like_an_amount_is_refused(text: str) -> None:
    values, faults = fields.balances([text, 1.0])
    assert values[1] == 100
    assert 0 in faults or text in ("1e2", "৮৪", "1_000")  # numbers to Python; harmless, and exact


def test_two_objects_on_a_line_and_an_object_over_two_lines_are_no_rows() -> None:
    good = json.dumps(GOOD)
    for body in (f"{good}{good}\n{good}", f"{good[:20]}\n{good[20:]}\n{good}"):
        columns, places, faults, total = decode.readings(Body(body.encode(), True))
        assert (len(columns), total) == (1, len(places) + len(faults))


@pytest.mark.parametrize("body", [b"{}", b"", b"[1", b"[" * 100_000, b"\xff", b"null", b'"x"'])
def test_what_is_no_array_is_refused_as_a_whole(body: bytes) -> None:
    with pytest.raises(BadBody):
        decode.readings(Body(body, False))


def test_a_kept_row_is_text_that_a_database_takes() -> None:
    lines = [b'{"meter": "\xff\x00"}', b"x" * 10_000, "বিজলি".encode()]
    assert Body(b"\n".join(lines), True).texts([1, 2, 3]) == ['{"meter": "\ufffd\ufffd"}', "x" * 4000, "বিজলি"]


@pytest.mark.django_db
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(ROWS, max_size=6),
    door=st.sampled_from(["readings", "events"]),
    lines=st.booleans(),
    chance=st.randoms(use_true_random=False),
    damage=st.integers(0, 3),
)
def test_a_damaged_body_is_answered_and_its_numbers_add_up(
    rows: list[dict[str, Any]], door: str, lines: bool, chance: random.Random, damage: int
) -> None:
    numbers.forget()
    for number in ("066012345678", "066012345679"):
        meter, _ = Meter.objects.get_or_create(number=number)
        MeterState.objects.get_or_create(meter=meter, sanctioned_load_w=5000)
    Gateway.objects.get_or_create(name="fuzz", token_hash=token_hash("key"))
    content = bytearray(_body(rows, lines).content)
    for _ in range(damage if content else 0):
        content[chance.randrange(len(content))] = chance.randrange(256)
    answer = Client().post(
        f"/ingest/{door}",
        bytes(content),
        content_type="application/x-ndjson" if lines else "application/json",
        headers={"Authorization": "Bearer key", "Content-Length": str(len(content))},
    )
    assert answer.status_code in (200, 400, 411)
    if answer.status_code == 200:
        said = answer.json()
        sent = len([line for line in bytes(content).split(b"\n") if line.strip()]) if lines else _elements(bytes(content))
        assert sum(said[name] for name in ("accepted", "repeated", "late", "quarantined")) + len(said["rejected"]) == sent


def _elements(content: bytes) -> int:
    """How many an array has; where one of them is no JSON, as its brackets and quotes say."""
    try:
        return len(msgspec.json.decode(content, type=list[msgspec.Raw]))
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return len(arrays.elements(content))


@given(st.lists(st.recursive(st.none() | st.floats() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner))))
def test_the_elements_of_an_array_are_told_apart_by_brackets_and_quotes_alone(values: list[Any]) -> None:
    texts = [json.dumps(value).encode() for value in values]  # NaN and lone surrogates too, which are no JSON
    assert arrays.elements(b" [" + b" ,\n".join(texts) + b"]\n") == texts


@pytest.mark.parametrize("body", [b"", b"{}", b"[", b"[]]", b"[[]", b"[{]}]", b"[] []", b'["]', b'[1, "\\"]', b"[" * 2000 + b"]" * 1999])
def test_what_is_no_array_is_refused(body: bytes) -> None:
    with pytest.raises(BadBody):
        arrays.elements(body)


def test_a_large_body_is_decoded_column_by_column() -> None:
    rows = [
        GOOD | {"meter": f"{66_000_000_000 + n:012d}", "balance": n / 100, "quality": "estimated" if n % 2 else None} for n in range(20_000)
    ]
    columns, places, faults, total = decode.readings(_body(rows, True))
    assert (total, faults) == (20_000, [])
    assert np.array_equal(columns.balance, np.arange(20_000))
    assert np.array_equal(places, np.arange(1, 20_001))
    assert columns.estimated.sum() == 10_000
