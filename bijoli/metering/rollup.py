"""Readings that come late, and estimates: they take their place in their day, whichever it is, and alert nobody.

A late reading may also hold the latest known balance, register or load, where the newer readings held none.
"""

from __future__ import annotations

from typing import Any

import psycopg
from numpy.typing import NDArray

from bijoli.metering.binary import Column
from bijoli.metering.columns import MISSING, Readings
from bijoli.metering.statements import merge_days


def _end(value: str, order: str) -> str:
    """First or last known value of the group and its time; at the same time a known value goes before an estimate."""
    known = f"FILTER (WHERE {value} IS NOT NULL)"
    return f"(array_agg({value} ORDER BY at {order}, estimated, row) {known})[1], {'min' if order == 'ASC' else 'max'}(at) {known}"


def _bit(value: str, order: str, bit: int) -> str:
    return f"coalesce((array_agg(estimated ORDER BY at {order}, estimated) FILTER (WHERE {value} IS NOT NULL))[1], 0) * {bit}"


_KNOWN_LOAD = "FILTER (WHERE load IS NOT NULL AND estimated = 0)"
_BITS = " + ".join(
    [_bit("register", "ASC", 1), _bit("balance", "ASC", 2), _bit("register", "DESC", 4), _bit("balance", "DESC", 8)],
)
_GROUPS = f"""SELECT meter, day, {_end("register", "ASC")}, {_end("balance", "ASC")}, {_end("register", "DESC")}, {_end("balance", "DESC")},
  max(load) {_KNOWN_LOAD}, (array_agg(at ORDER BY load DESC, at) {_KNOWN_LOAD})[1], ({_BITS})::smallint
 FROM (SELECT meter, day, at, nullif(balance, {MISSING}) AS balance, nullif(register, {MISSING}) AS register,
   nullif(load, {MISSING})::int AS load, estimated, row
  FROM unnest(%s::int[], %s::int[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::smallint[])
   WITH ORDINALITY AS u(meter, day, at, balance, register, load, estimated, row)) t
 WHERE coalesce(balance, register, CASE WHEN estimated = 0 THEN load END) IS NOT NULL
 GROUP BY meter, day ORDER BY meter, day"""
CORRECT = merge_days(_GROUPS)


def _latest(value: str) -> str:
    known = f"FILTER (WHERE {value} IS NOT NULL)"
    return f"(array_agg({value} ORDER BY at DESC, row) {known})[1] AS {value}, max(at) {known} AS {value}_at"


def _newer(value: str) -> str:
    """Whether the late value is newer than what the state knows; `value` is named alike in both."""
    return f"t.{value}_at > coalesce(s.{value}_at, 0)"


def _sets(value: str, column: str) -> str:
    pairs = ((column, value), (f"{value}_at", f"{value}_at"))
    return ", ".join(f"{own} = CASE WHEN {_newer(value)} THEN t.{told} ELSE s.{own} END" for own, told in pairs)


# The rules compare the next balance with this one, which they have not seen: it must not pass as "nothing changed"
LATEST = f"""UPDATE metering_meterstate s SET
 {_sets("balance", "balance_paisa")}, {_sets("register", "register_wh")}, {_sets("load", "load_w")},
 balance_band = CASE WHEN {_newer("balance")} THEN -1 ELSE s.balance_band END
 FROM (SELECT meter, {_latest("balance")}, {_latest("register")}, {_latest("load")}
  FROM (SELECT meter, at, nullif(balance, {MISSING}) AS balance, nullif(register, {MISSING}) AS register,
    nullif(load, {MISSING})::int AS load, row
   FROM unnest(%s::int[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[])
    WITH ORDINALITY AS u(meter, at, balance, register, load, row)) r
  GROUP BY meter ORDER BY meter) t
 WHERE s.meter_id = t.meter AND ({_newer("balance")} OR {_newer("register")} OR {_newer("load")})"""


def latest(cursor: psycopg.Cursor[Any], meters: NDArray[Any], rows: Readings) -> None:
    """Lets the states know what late known readings tell. `meters` are dense ids."""
    values = [Column(column, "i8") for column in (rows.at, rows.balance, rows.register, rows.load)]
    cursor.execute(LATEST, [Column(meters, "i4"), *values], prepare=True)


def correct(cursor: psycopg.Cursor[Any], meters: NDArray[Any], days: NDArray[Any], rows: Readings) -> None:
    """Puts the rows into the rollups of their days. `meters` are dense ids; any order, any number of times."""
    columns = [
        Column(meters, "i4"),
        Column(days, "i4"),
        *(Column(values, "i8") for values in (rows.at, rows.balance, rows.register, rows.load)),
        Column(rows.estimated, "i2"),
    ]
    cursor.execute(CORRECT, columns, prepare=True)
