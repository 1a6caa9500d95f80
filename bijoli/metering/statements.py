"""The statement that records a round of readings, one of a meter at most: all of what a reading changes, in one pass over the state rows.

1. `upd` sets the state where the reading is newer than the meter's last (a replay does nothing) and returns what was and what is.
2. `changes` hands on the readings on which the alert rules may act.
3. `closed` writes the days that ended, out of the state row.
Measured: sorted by meter, a nested loop on the primary key and HOT updates. Hash and merge joins are off, since the planner knows nothing
of the arrays.
"""

from __future__ import annotations

from functools import lru_cache

from bijoli.core.conditions import Relay, balance_edges
from bijoli.core.utility import Thresholds
from bijoli.metering.columns import MISSING
from bijoli.metering.limits import LOOK_AGAIN
from bijoli.metering.models import Day

SESSION = """SELECT set_config('plan_cache_mode', 'force_generic_plan', true), set_config('enable_hashjoin', 'off', true),
 set_config('enable_mergejoin', 'off', true), set_config('jit', 'off', true)"""

_INPUT = f"""(SELECT meter, at, nullif(balance, {MISSING}) AS balance, nullif(register, {MISSING}) AS register,
   nullif(load, {MISSING})::int AS load, relay, day
  FROM unnest(%(meter)s::int[], %(at)s::bigint[], %(balance)s::bigint[], %(register)s::bigint[], %(load)s::bigint[],
   %(relay)s::smallint[], %(day)s::int[]) AS u(meter, at, balance, register, load, relay, day))"""


def _over(permille: int) -> str:
    return f"(t.load::bigint * 1000 > s.sanctioned_load_w::bigint * {permille})::int"


def _today(column: str, value: str) -> str:
    """The first known value of the day and its time: kept while the day lasts."""
    keep = f"s.day = t.day AND s.day_first_{column} IS NOT NULL"
    return f"""day_first_{column} = CASE WHEN {keep} THEN s.day_first_{column} ELSE t.{value} END,
 day_first_{column}_at = CASE WHEN {keep} THEN s.day_first_{column}_at WHEN t.{value} IS NULL THEN NULL ELSE t.at END"""


# A day is in the state row when any value of it is; the last known value belongs to the day when the first one does
_CLOSED = """SELECT meter_id, day, day_first_wh, day_first_wh_at, day_first_paisa, day_first_paisa_at,
  CASE WHEN day_first_wh IS NOT NULL THEN register_wh END, CASE WHEN day_first_wh IS NOT NULL THEN register_at END,
  CASE WHEN day_first_paisa IS NOT NULL THEN balance_paisa END, CASE WHEN day_first_paisa IS NOT NULL THEN balance_at END,
  day_max_w, day_max_at, 0::smallint
 FROM upd WHERE turned AND coalesce(day_first_wh, day_first_paisa, day_max_w) IS NOT NULL"""
_MAX_KEPT = "s.day = t.day AND s.day_max_w IS NOT NULL AND (t.load IS NULL OR s.day_max_w >= t.load)"


@lru_cache(4)
def record(limits: Thresholds) -> str:
    """Parameters: the columns meter, at, balance, register, load, relay, day; `now`, the time of receipt; `rows`, how many there are.

    Answers one row: how many were updated, how many changes, and, where not all were updated, the meters that were.
    """
    edges = f"coalesce(s.edges, '{{{','.join(map(str, balance_edges(limits)))}}}'::bigint[])"
    calm = f"t.load::bigint * 1000 <= s.sanctioned_load_w::bigint * {limits.overload_close_permille}"
    bands = (limits.overload_close_permille, limits.overload_open_permille, limits.overload_high_permille)
    return f"""WITH upd AS (UPDATE metering_meterstate s SET
 last_at = t.at, received_at = %(now)s::timestamptz,
 balance_paisa = coalesce(t.balance, s.balance_paisa), balance_at = CASE WHEN t.balance IS NULL THEN s.balance_at ELSE t.at END,
 register_wh = coalesce(t.register, s.register_wh), register_at = CASE WHEN t.register IS NULL THEN s.register_at ELSE t.at END,
 load_w = coalesce(t.load, s.load_w), load_at = CASE WHEN t.load IS NULL THEN s.load_at ELSE t.at END,
 relay = CASE WHEN t.relay = 0 THEN s.relay ELSE t.relay END,
 balance_band = CASE WHEN t.balance IS NOT NULL THEN width_bucket(t.balance, {edges})::smallint
  WHEN t.relay = {Relay.OPEN_CREDIT:d} THEN coalesce(s.balance_band, {LOOK_AGAIN}) ELSE s.balance_band END,
 load_band = CASE WHEN t.load IS NULL THEN s.load_band ELSE ({" + ".join(map(_over, bands))})::smallint END,
 calm = CASE WHEN t.relay = 3 AND s.relay <> 3 THEN 0 WHEN t.load IS NULL THEN s.calm
  WHEN {calm} THEN least(s.calm + 1, 2) ELSE 0 END::smallint,
 day = t.day, {_today("wh", "register")}, {_today("paisa", "balance")},
 day_max_w = CASE WHEN {_MAX_KEPT} THEN s.day_max_w ELSE t.load END,
 day_max_at = CASE WHEN {_MAX_KEPT} THEN s.day_max_at WHEN t.load IS NULL THEN NULL ELSE t.at END
 FROM {_INPUT} t WHERE s.meter_id = t.meter AND t.at > s.last_at
 RETURNING new.meter_id, t.at, t.balance, t.load, t.relay, new.calm, old.balance_paisa AS before, old.relay AS relay_before,
 old.day, old.day <> new.day AND old.day > 0 AS turned,
 old.day_first_wh, old.day_first_wh_at, old.day_first_paisa, old.day_first_paisa_at,
 old.register_wh, old.register_at, old.balance_paisa, old.balance_at, old.day_max_w, old.day_max_at,
 (new.balance_band <> coalesce(old.balance_band, cardinality({edges.replace("s.", "new.")}))
  OR t.balance - old.balance_paisa >= 100 AND new.balance_band < cardinality({edges.replace("s.", "new.")})) IS TRUE
 OR new.load_band <> coalesce(old.load_band, 0) AND t.load IS NOT NULL
 OR new.calm = 2 AND old.calm < 2
 OR t.relay <> 0 AND t.relay <> old.relay AND (old.relay <> 0 OR t.relay > 1) AS changed),
changes AS (INSERT INTO metering_change
 (meter_id, source, at, received_at, balance_paisa, before_paisa, load_w, calm, relay, relay_before, event_kind, event_code)
 SELECT meter_id, 'reading', at, %(now)s::timestamptz, balance, before, load, calm, relay, relay_before, '', ''
 FROM upd WHERE changed RETURNING 1),
closed AS ({merge_days(_CLOSED)})
SELECT (SELECT count(*) FROM upd), (SELECT count(*) FROM changes),
 (SELECT array_agg(meter_id) FROM upd WHERE (SELECT count(*) FROM upd) < %(rows)s)"""


def merge_days(source: str) -> str:
    """Puts rows of a day together with what is stored of it: the same whatever came first, and however often."""
    ends = [
        ("first_wh", "<", Day.FIRST_WH),
        ("first_paisa", "<", Day.FIRST_PAISA),
        ("last_wh", ">", Day.LAST_WH),
        ("last_paisa", ">", Day.LAST_PAISA),
    ]
    taken = {name: _takes(name, sign, bit) for name, sign, bit in ends}
    sets = [
        f"{name}{at} = CASE WHEN {when} THEN excluded.{name}{at} ELSE d.{name}{at} END"
        for name, when in taken.items()
        for at in ("", "_at")
    ]
    bits = " | ".join(f"(CASE WHEN {taken[name]} THEN excluded.estimated ELSE d.estimated END & {bit})" for name, _, bit in ends)
    higher = (
        "excluded.max_w IS NOT NULL AND (d.max_w IS NULL OR excluded.max_w > d.max_w"
        " OR excluded.max_w = d.max_w AND excluded.max_at < d.max_at)"
    )
    sets += [f"{name} = CASE WHEN {higher} THEN excluded.{name} ELSE d.{name} END" for name in ("max_w", "max_at")]
    return f"""INSERT INTO metering_day AS d (meter_id, day, first_wh, first_wh_at, first_paisa, first_paisa_at,
  last_wh, last_wh_at, last_paisa, last_paisa_at, max_w, max_at, estimated)
 {source} ON CONFLICT (meter_id, day) DO UPDATE SET {", ".join(sets)}, estimated = {bits}"""


def _takes(name: str, sign: str, bit: int) -> str:
    """Whether the new value goes before the stored one: it is further out, or as far out and known where the stored one is an estimate."""
    return (
        f"excluded.{name}_at IS NOT NULL AND (d.{name}_at IS NULL OR excluded.{name}_at {sign} d.{name}_at"
        f" OR excluded.{name}_at = d.{name}_at AND d.estimated & {bit} <> 0 AND excluded.estimated & {bit} = 0)"
    )
