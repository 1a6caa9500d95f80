"""How homes stand now: balance, register, tariff, profile, and what is paid but not on the meter yet. One query for all of them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from bijoli.customers.prepared import among, fetch
from bijoli.insight.clock import Clock
from bijoli.metering import monthbody

# The credits that the head-end told of after the balance was read are under way: a balance that held them would be newer.
_HOMES = """
SELECT i.meter_id, p.account_id, p.id, coalesce(a.mode, 'prepaid') = 'prepaid', p.tariff, p.sanctioned_load_w, p.phases,
 s.balance_paisa, s.balance_at, s.register_wh, s.register_at, h.month, h.month_wh, h.body, h.day_paisa, h.made_day,
 coalesce((SELECT sum(c.credited_paisa) FROM metering_credit c
  WHERE c.meter_id = i.meter_id AND s.balance_at IS NOT NULL AND c.at > to_timestamp(s.balance_at)), 0)::bigint
FROM metering_installation i
JOIN metering_usagepoint p ON p.id = i.usage_point_id
JOIN customers_account a ON a.id = p.account_id
LEFT JOIN metering_meterstate s ON s.meter_id = i.meter_id
LEFT JOIN insight_homeprofile h ON h.meter_id = i.meter_id
WHERE i.removed_at IS NULL AND """
_BY_METER = _HOMES + "i.meter_id = ANY(%s::int[])"
_BY_ACCOUNT = _HOMES + f"p.account_id = {among()}"
# The days before a month's first week lie in rows: they are packed later. In the night before the round these say where a month began.
_LAST_BEFORE = """SELECT m.id, d.last_wh FROM unnest(%s::int[]) AS m (id), LATERAL (SELECT last_wh FROM metering_day
 WHERE meter_id = m.id AND day < %s AND day >= %s AND last_wh IS NOT NULL ORDER BY day DESC LIMIT 1) d"""
DAYS_IN_ROWS = 31


@dataclass(frozen=True, slots=True)
class Home:
    """A home with the meter that stands there. Paisa, Wh, W; times in seconds since 1970 UTC; None is not known.

    `month_wh` is where the running month began, if `month` is that month; `under_way` is paid and not yet in the balance.
    """

    meter_id: int
    account_id: int
    usage_point_id: int
    prepaid: bool
    tariff: str
    sanctioned_w: int
    phases: int
    balance: int | None
    balance_at: int | None
    register_wh: int | None
    register_at: int | None
    month: int | None
    month_wh: int | None
    body: list[int] | None
    day_paisa: int | None
    made_day: int | None
    under_way: int

    def used_wh(self, clock: Clock) -> int | None:
        """What the home has used in the clock's month, by the last register; None where it is not known."""
        if self.month != clock.month or self.month_wh is None or self.register_wh is None or self.register_at is None:
            return None
        if not clock.begins <= self.register_at < clock.ends or self.register_wh < self.month_wh:
            return None
        return self.register_wh - self.month_wh


def by_meter(meter_ids: Collection[int], clock: Clock) -> dict[int, Home]:
    """The homes at these meters, by meter; without those that stand nowhere."""
    return {home.meter_id: home for home in _read(_BY_METER, meter_ids, clock)}


def by_account(account_ids: Collection[int], clock: Clock) -> dict[int, Home]:
    """The homes of these accounts, by account; without those at which no meter stands."""
    return {home.account_id: home for home in _read(_BY_ACCOUNT, account_ids, clock)}


def _read(query: str, ids: Collection[int], clock: Clock) -> list[Home]:
    if not ids:
        return []
    homes = [Home(*row) for row in fetch(query, [[int(one) for one in ids]])]
    return _turned(homes, clock.month)


def _turned(homes: list[Home], month: int) -> list[Home]:
    """Where the month has turned since the profile was made: the last register before it."""
    stale = [home.meter_id for home in homes if home.month is not None and home.month == month - 1]
    if not stale:
        return homes
    first = monthbody.first_day(month)
    begins: dict[int, int] = dict(fetch(_LAST_BEFORE, [stale, first, first - DAYS_IN_ROWS]))
    return [replace(home, month=month, month_wh=begins.get(home.meter_id)) if home.month == month - 1 else home for home in homes]
