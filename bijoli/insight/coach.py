"""The overload coach's material: the trips that the rules decided on or the meter told of, and the highest load of each day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection

from bijoli.core.alerts.trips import PAIR_S, SAME_S
from bijoli.core.coach import Fit, Pattern, Peak, fit, pattern
from bijoli.customers.seen import begins
from bijoli.insight.pricing import Tariffs
from bijoli.metering import reads as metering
from bijoli.metering.reads import DayUse

DAYS_BACK = 90
_HOME = """SELECT p.sanctioned_load_w, p.tariff FROM metering_usagepoint p WHERE p.account_id = %s"""
# Of each meter while it stood at the home: what the rules decided, and disconnects beside an overload event that no rule has seen
_OVERLOADS = """
WITH stay AS MATERIALIZED (SELECT i.meter_id, greatest(i.installed_at, %(since)s) AS since, coalesce(i.removed_at, 'infinity') AS until
 FROM metering_installation i JOIN metering_usagepoint p ON p.id = i.usage_point_id
 WHERE p.account_id = %(account)s AND coalesce(i.removed_at, 'infinity') > %(since)s)
SELECT s.at, s.load_w, coalesce((s.facts->>'trip')::bool, false), false
FROM stay JOIN alerts_episode e ON e.meter_id = stay.meter_id AND e.kind = 'overload' JOIN alerts_stage s ON s.episode_id = e.id
WHERE s.at >= stay.since AND s.at < stay.until AND s.code <> 'OR'
UNION ALL
SELECT o.at, NULL, true, true FROM stay JOIN metering_meterevent o ON o.meter_id = stay.meter_id
WHERE o.kind = 'supply_off' AND o.at >= stay.since AND o.at < stay.until AND EXISTS (SELECT FROM metering_meterevent v
 WHERE v.meter_id = o.meter_id AND v.kind = 'overload' AND v.begins IS NOT FALSE
 AND v.at BETWEEN o.at - make_interval(secs => %(pair)s) AND o.at + make_interval(secs => %(pair)s))
ORDER BY 1"""


@dataclass(frozen=True, slots=True)
class Coach:
    """What an account's overloads of the last `days` days say. `fit` is None where the load is not known or would fit."""

    days: int
    sanctioned_w: int
    pattern: Pattern
    fit: Fit | None


def coach(account_id: int, now: datetime, days: Sequence[DayUse] | None = None) -> Coach | None:
    """None where no trip and no load over the sanctioned load is known. `days`: the days of the stretch, where the caller has them."""
    zone = ZoneInfo(settings.UTILITY.zone)
    since = max(now - timedelta(days=DAYS_BACK), begins(account_id) or now - timedelta(days=DAYS_BACK))
    home = _home(account_id)
    if home is None:
        return None
    sanctioned, code = home
    trips, peaks = _overloads(account_id, since, zone)
    if days is None:
        days = metering.days([account_id], since.astimezone(zone).date(), now.astimezone(zone).date()).get(account_id, [])
    peaks += [Peak(day.max_at.astimezone(zone), day.max_w) for day in days if day.max_w is not None and day.max_at is not None]
    found = pattern(trips, [peak for peak in peaks if peak.at >= since], sanctioned)
    if not found.trips and not found.over_days:
        return None
    tariff = Tariffs().find(code, now.astimezone(zone).date())
    fitting = fit(found.peak.load_w, sanctioned, settings.UTILITY.load_step_w, tariff) if found.peak and tariff else None
    return Coach((now.astimezone(zone).date() - since.astimezone(zone).date()).days, sanctioned, found, fitting)


def _home(account_id: int) -> tuple[int, str] | None:
    with connection.cursor() as cursor:
        cursor.execute(_HOME, [account_id])
        found = cursor.fetchone()
    return (found[0], found[1]) if found else None


def _overloads(account_id: int, since: datetime, zone: ZoneInfo) -> tuple[list[datetime], list[Peak]]:
    """The trips, each once, and the loads that the rules saw; local times."""
    with connection.cursor() as cursor:
        cursor.execute(_OVERLOADS, {"account": account_id, "since": since, "pair": PAIR_S})
        rows = cursor.fetchall()
    decided = _each_once([at for at, _, trip, told in rows if trip and not told])
    same = timedelta(seconds=SAME_S)
    unseen = [at for at, _, trip, told in rows if trip and told and not any(abs(at - other) <= same for other in decided)]
    peaks = [Peak(at.astimezone(zone), load) for at, load, _, _ in rows if load is not None]
    return [at.astimezone(zone) for at in sorted(decided + unseen)], peaks


def _each_once(trips: Sequence[datetime]) -> list[datetime]:
    """Trips in order of time; what lies within the minute of a pair of events is one."""
    found: list[datetime] = []
    for at in trips:
        if not found or at - found[-1] > timedelta(seconds=PAIR_S):
            found.append(at)
    return found
