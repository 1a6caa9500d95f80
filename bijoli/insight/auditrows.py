"""What the nightly look reads and keeps, a block of meters at a time, in columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import psycopg
from numpy.typing import NDArray

from bijoli.core.money import TAKA
from bijoli.core.turns import NEAR
from bijoli.metering import binary, localday, monthbody, monthglance
from bijoli.metering.binary import Column
from bijoli.metering.columns import MISSING

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
_HOMES = """SELECT i.meter_id, p.tariff, p.division, p.sanctioned_load_w, p.phases, extract(epoch FROM i.installed_at)::bigint
 FROM metering_installation i JOIN metering_usagepoint p ON p.id = i.usage_point_id JOIN customers_account a ON a.id = p.account_id
 WHERE i.meter_id BETWEEN %s AND %s AND i.removed_at IS NULL AND a.mode = 'prepaid' AND p.tariff = ANY(%s) ORDER BY i.meter_id"""
_NAMES = ("first_wh", "first_wh_at", "last_wh", "last_wh_at", "last_paisa", "last_paisa_at", "estimated")
# Columns as arrays in one row: read as they lie, without a step a value. Of each a header, and (length, value) pairs after it.
_ARRAYS = ", ".join(f"array_agg(coalesce({name}, {MISSING})::bigint)" for name in _NAMES)
_DAYS = f"""SELECT array_agg(meter_id::bigint), array_agg(day::bigint), {_ARRAYS}
 FROM metering_day WHERE meter_id BETWEEN %s AND %s AND (day BETWEEN %s AND %s OR day = ANY(%s))"""
_HEAD, _PAIR = 20, np.dtype([("size", ">i4"), ("value", ">i8")])
_MONTHS = "SELECT meter_id, body FROM metering_month WHERE meter_id = ANY(%s) AND month = %s"
_CREDITS = """SELECT meter_id, extract(epoch FROM at)::bigint, credited_paisa FROM metering_credit
 WHERE meter_id = ANY(%s) AND at > to_timestamp(%s) AND at <= to_timestamp(%s)"""
FIRST_WH, LAST_WH, LAST_PAISA = 1, 4, 8  # bits of metering.models.Day.estimated


@dataclass(frozen=True, slots=True)
class Homes:
    """Prepaid meters as they stand now, by id; `since`: seconds since 1970."""

    meters: Ints
    tariffs: list[str]
    divisions: list[str]
    load_w: Ints
    phases: Ints
    since: Ints


@dataclass(frozen=True, slots=True)
class Credits:
    """Recharges; `rows` are positions among the meters."""

    rows: Ints
    at: Ints
    paisa: Ints


@dataclass(frozen=True, slots=True)
class Days:
    """Last balance and register of each day: a row a meter, a column a day from `first` on. `month`: of each column.

    `bases` are the registers at the turn into a month, and whether they are known for sure.
    """

    first: int
    paisa: Ints
    paisa_at: Ints
    wh: Ints
    wh_at: Ints
    estimated: Bools
    month: Ints
    credits: Credits
    bases: dict[int, tuple[Ints, Bools]] = field(default_factory=dict)

    def base(self, month: int) -> tuple[Ints, Bools]:
        """The register at a month's turn; MISSING where there is none."""
        found = self.bases.get(month)
        return found or (np.full(len(self.paisa), MISSING), np.zeros(len(self.paisa), bool))


def homes(first: int, last: int, codes: Sequence[str]) -> Homes:
    """The prepaid meters with ids from `first` to `last` that stand somewhere and have one of these tariffs."""
    with binary.cursor() as cursor:
        rows = cursor.execute(_HOMES, (first, last, list(codes)), prepare=True).fetchall()
    meters, tariffs, divisions, load, phases, since = zip(*rows, strict=True) if rows else [()] * 6
    ints = [np.array(values, np.int64) for values in (meters, load, phases, since)]
    return Homes(ints[0], list(tariffs), list(divisions), *ints[1:])


def days(standing: Homes, first: int, last: int) -> Days:
    """The days `first` to `last` of these meters, the turns of their months, and their recharges."""
    month = np.array([monthbody.month(day) for day in range(first, last + 1)])
    turns = {number: monthbody.first_day(number) for number in range(int(month[0]), int(month[-1]) + 1)}
    wanted = sorted({day for turn in turns.values() for day in (turn - 1, turn)})
    rows = _day_rows(standing, first, last, wanted)
    shape = (len(standing.meters), last - first + 1)
    values = {name: np.full(shape, MISSING) for name in _NAMES}
    inside = (rows["day"] >= first) & (rows["day"] <= last)
    where = (np.searchsorted(standing.meters, rows["meter"][inside]), rows["day"][inside] - first)
    for name in _NAMES:
        values[name][where] = rows[name][inside]
    bits = np.where(values["estimated"] == MISSING, 0, values["estimated"])
    found = Days(
        first,
        values["last_paisa"],
        values["last_paisa_at"],
        values["last_wh"],
        values["last_wh_at"],
        (bits & (LAST_WH | LAST_PAISA)) != 0,
        month,
        _credits(standing, first, last),
    )
    for number, turn in turns.items():
        found.bases[number] = _base(standing, rows, turn)
    return found


def _day_rows(standing: Homes, first: int, last: int, wanted: Sequence[int]) -> Any:
    """Day rows, and the ends of packed months in place of those that are packed; of a day that is in both, the later one."""
    with binary.cursor() as cursor:
        table = _stored(cursor, (int(standing.meters[0]), int(standing.meters[-1]), first, last, list(wanted)))
        packed = [row for day in wanted for row in _packed(cursor, standing, day)]
    for place, name in enumerate(table):
        table[name] = np.concatenate([table[name], np.array([row[place] for row in packed], np.int64)])
    own = np.isin(table["meter"], standing.meters)
    table = {name: column[own] for name, column in table.items()}
    order = np.lexsort((table["last_wh_at"], table["day"], table["meter"]))
    return {name: column[order] for name, column in table.items()}


def _stored(cursor: psycopg.Cursor[Any], given: tuple[Any, ...]) -> dict[str, Ints]:
    cursor.execute(_DAYS, given, prepare=True, binary=True)
    assert cursor.pgresult  # noqa: S101 - a SELECT has one
    bodies = [cursor.pgresult.get_value(0, place) or b"" for place in range(2 + len(_NAMES))]
    values = (np.frombuffer(body[_HEAD:], _PAIR)["value"].astype(np.int64) for body in bodies)
    return dict(zip(("meter", "day", *_NAMES), values, strict=True))


def _packed(cursor: psycopg.Cursor[Any], standing: Homes, day: int) -> list[tuple[int, ...]]:
    """The last day of a packed month of each meter, where that is this day."""
    number = monthbody.month(day)
    if monthbody.month(day + 1) == number:
        return []
    found = cursor.execute(_MONTHS, (Column(standing.meters, "i4"), number), prepare=True).fetchall()
    ends = ((meter, monthglance.closing(bytes(body), number)) for meter, body in found)
    return [(meter, *closing) for meter, closing in ends if closing[0] == day]


def _base(standing: Homes, rows: Any, turn: int) -> tuple[Ints, Bools]:
    """The register at a month's first midnight, else the last one before it; sure where that was told shortly before."""
    begins = localday.midnight(turn)
    base, sure = np.full(len(standing.meters), MISSING), np.zeros(len(standing.meters), bool)
    last = (rows["day"] == turn - 1) & (rows["last_wh"] != MISSING)
    where = np.searchsorted(standing.meters, rows["meter"][last])
    base[where] = rows["last_wh"][last]
    sure[where] = (begins - rows["last_wh_at"][last] <= NEAR) & (rows["estimated"][last] & LAST_WH == 0)
    exact = (rows["day"] == turn) & (rows["first_wh_at"] == begins) & (rows["estimated"] & FIRST_WH == 0)
    where = np.searchsorted(standing.meters, rows["meter"][exact])
    base[where], sure[where] = rows["first_wh"][exact], True
    return base, sure


def _credits(standing: Homes, first: int, last: int) -> Credits:
    span = (localday.midnight(first), localday.midnight(last + 1))
    with binary.cursor() as cursor:
        rows = cursor.execute(_CREDITS, (Column(standing.meters, "i4"), *span), prepare=True, binary=True).fetchall()
    meter, at, paisa = np.array(rows, np.int64).reshape(-1, 3).T
    return Credits(np.searchsorted(standing.meters, meter), at, paisa)


def forget(block: int, low: int, high: int, first: int, last: int) -> None:
    """What was found of these meters and days before."""
    with binary.cursor() as cursor:
        cursor.execute(
            "DELETE FROM insight_unexplained WHERE meter_id BETWEEN %s AND %s AND day BETWEEN %s AND %s", (low, high, first, last)
        )
        cursor.execute("DELETE FROM insight_looked WHERE block = %s AND day BETWEEN %s AND %s", (block, first, last))


def keep(block: int, standing: Homes, seen: Days, left: Ints) -> None:
    """Remainders over a taka, and how many days there were of each division and tariff."""
    rows, columns = np.nonzero((left != MISSING) & (np.abs(left) > TAKA))
    found = [Column(standing.meters[rows], "i4"), Column(seen.first + columns, "i4"), Column(left[rows, columns], "i8")]
    names = [[values[row] for row in rows.tolist()] for values in (standing.divisions, standing.tariffs)]
    with binary.cursor() as cursor:
        cursor.execute(
            """INSERT INTO insight_unexplained (meter_id, day, paisa, division, tariff)
            SELECT * FROM unnest(%s, %s, %s, %s::text[], %s::text[])""",
            (*found, *names),
        )
        cursor.executemany(
            "INSERT INTO insight_looked (day, block, division, tariff, meters, unknown) VALUES (%s, %s, %s, %s, %s, %s)",
            list(_counts(block, standing, seen, left)),
        )


def _counts(block: int, standing: Homes, seen: Days, left: Ints) -> Any:
    """By day, division and tariff: how many meters were decided on, and of how many with a balance that day it cannot be told."""
    kinds = sorted(set(zip(standing.divisions, standing.tariffs, strict=True)))
    places = {kind: place for place, kind in enumerate(kinds)}
    own = np.array([places[kind] for kind in zip(standing.divisions, standing.tariffs, strict=True)])
    for column in range(1, left.shape[1]):
        known = left[:, column] != MISSING
        unknown = ~known & (seen.paisa[:, column] != MISSING)
        decided, open_ = (np.bincount(own[mask], minlength=len(kinds)).tolist() for mask in (known, unknown))
        for (division, tariff), place in places.items():
            if decided[place] or open_[place]:
                yield seen.first + column, block, division, tariff, decided[place], open_[place]
