"""Each night every home's profile and the beginning of its month, a slice of meters at a time.

A slice is one transaction: who stands where, registers of the last weeks (`history`), what `core.forecast` learns of them, one upsert. Once
a week the weeks around this day of the last year are read too: they say how the season goes on.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection, transaction

from bijoli.core.forecast import TUNING, Profile, ProfileError, learn
from bijoli.core.forecast.learn import YEAR
from bijoli.core.forecast.path import expected
from bijoli.core.forecast.runout import unknown
from bijoli.core.pgarray import columns
from bijoli.core.tariff import WH_PER_KWH, Tariff, slab_position
from bijoli.insight.history import Table, registers
from bijoli.insight.pricing import Tariffs
from bijoli.insight.stays import SILENT, Month, Stay, Stays
from bijoli.metering import localday, monthbody
from bijoli.metering.columns import MISSING
from bijoli.metering.models import Meter

SLICE = 500  # meters
DAYS_BACK = 70  # days that a home is learnt from
SEASON = TUNING.season_days + 1  # and so many on either side of the same day of the last year, whichever day was the last known
WEEK, LONGEST_MONTH = 7, 31  # days
_STANDING = """SELECT i.meter_id, i.usage_point_id, i.installed_at, p.tariff, h.body FROM metering_installation i
JOIN metering_usagepoint p ON p.id = i.usage_point_id LEFT JOIN insight_homeprofile h ON h.meter_id = i.meter_id
WHERE i.meter_id = ANY(%s) AND i.removed_at IS NULL ORDER BY i.meter_id"""
_FORMER = """SELECT usage_point_id, meter_id, installed_at, removed_at FROM metering_installation
WHERE usage_point_id = ANY(%s) AND removed_at >= %s ORDER BY installed_at"""
_PUT = """INSERT INTO insight_homeprofile (meter_id, made_day, body, month, month_wh, day_paisa)
SELECT meter, %s, body::int[], %s, month_wh, day_paisa
FROM unnest(%s::int[], %s::text[], %s::bigint[], %s::bigint[]) AS t (meter, body, month_wh, day_paisa)
ON CONFLICT (meter_id) DO UPDATE SET made_day = excluded.made_day, body = excluded.body, month = excluded.month,
 month_wh = excluded.month_wh, day_paisa = excluded.day_paisa"""
_GONE = """DELETE FROM insight_homeprofile h WHERE h.meter_id = ANY(%s) AND NOT EXISTS
 (SELECT 1 FROM metering_installation i WHERE i.meter_id = h.meter_id AND i.removed_at IS NULL)"""


def round_of_homes(now: datetime, reached: int, go_on: Callable[[], bool]) -> int | None:
    """A stretch of the nightly round, from the meter after `reached` on. Returns the last meter seen, None at the round's end."""
    last = Meter.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    while reached < last:
        if not go_on():
            return reached
        learn_homes(range(reached + 1, reached + SLICE + 1), now)
        reached += SLICE
    return None


def learn_homes(meters: Sequence[int], now: datetime) -> int:
    """The homes at these meters, as of the day of `now`, in a few statements however many. Returns how many there are."""
    today = localday.day(int(now.timestamp()))
    month = monthbody.month(today)
    begins = monthbody.first_day(month)
    since = min(today - DAYS_BACK, begins - SILENT) - 1
    with transaction.atomic():
        homes = _standing(meters)
        if homes:
            lately = _stays(homes, since, today)
            days = _Days(today - 1, lately.daily()[:, :-1][:, -DAYS_BACK:])
            weekly = (meters[0] // SLICE + today) % WEEK == 0 or all(home.trend is None for home in homes)
            season = _season(homes, today - YEAR) if weekly else None
            _write(meters, today, month, _Learnt(today, homes, season, days, lately.month(begins)).rows())
    return len(homes)


def longest_back() -> int:
    """Days back of which something may be in a profile: the last weeks, and the season of the last year."""
    return YEAR + SEASON + TUNING.stale_days + LONGEST_MONTH


def learn_since(meter: int, since: datetime, now: datetime) -> list[int] | None:
    """The profile of the home at a meter by its days from `since` on, as it is kept; None where they are too few. Nothing is written."""
    today, first = localday.day(int(now.timestamp())), _day(since)
    homes = _standing([meter])
    begin = max(first, today - DAYS_BACK) - 1
    if not homes or begin >= today:
        return None
    stay = Stay(0, meter, max(first, homes[0].since), today)
    known = _Days(today - 1, Stays(registers([meter], begin, today), [stay]).daily()[:, :-1]).known(0)
    found = learn(known) if len(known) >= TUNING.min_days else None
    return list(found.pack()) if found else None


@dataclass(frozen=True, slots=True)
class _Home:
    """`trend` is how its season went by what was learnt before; None where nothing was."""

    meter: int
    point: int
    since: int
    tariff: str
    trend: int | None


def _standing(meters: Sequence[int]) -> list[_Home]:
    with connection.cursor() as cursor:
        cursor.execute(_STANDING, [list(meters)])
        return [_Home(meter, point, _day(at), tariff, _trend(body)) for meter, point, at, tariff, body in cursor.fetchall()]


def _trend(body: list[int] | None) -> int | None:
    try:
        return Profile.unpack(body).trend_permille if body else None
    except ProfileError:
        return None


def _stays(homes: Sequence[_Home], since: int, until: int) -> Stays:
    standing = [Stay(place, home.meter, home.since, until) for place, home in enumerate(homes)]
    former = _former({home.point: place for place, home in enumerate(homes) if home.since >= since}, since)
    found = registers([stay.meter for stay in [*standing, *former]], since, until)
    return Stays(found, standing, former)


def _season(homes: Sequence[_Home], year: int) -> _Days:
    """The weeks around a day of the last year."""
    return _Days(year + SEASON, _stays(homes, year - SEASON - TUNING.stale_days, year + SEASON).daily())


def _former(exchanged: Mapping[int, int], since: int) -> list[Stay]:
    """What stood before where a meter came lately. `exchanged`: place of the home by usage point."""
    if not exchanged:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_FORMER, [list(exchanged), datetime.fromtimestamp(localday.midnight(since), UTC)])
        return [Stay(exchanged[point], meter, _day(begin), _day(end)) for point, meter, begin, end in cursor.fetchall()]


def _day(at: datetime) -> int:
    return localday.day(int(at.timestamp()))


class _Days:
    """What homes used day by day, a row a home, up to the local day `last`."""

    def __init__(self, last: int, daily: Table) -> None:
        self._calendar = [localday.calendar(last + 1 - daily.shape[1] + column) for column in range(daily.shape[1])]
        self._daily = daily.tolist()

    def known(self, home: int) -> list[tuple[date, int | None]]:
        return [(day, wh) for day, wh in zip(self._calendar, self._daily[home], strict=True) if wh != MISSING]


@dataclass(frozen=True, slots=True)
class _Learnt:
    """A slice's homes with their days of the last weeks, in its weekly turn those of the last year's season, and how their month stands."""

    today: int
    homes: Sequence[_Home]
    season: _Days | None
    lately: _Days
    month: Month

    def rows(self) -> list[tuple[object, ...]]:
        tariffs, today = Tariffs(), localday.calendar(self.today)
        return [self._row(place, today, tariffs.find(home.tariff, today)) for place, home in enumerate(self.homes)]

    def _row(self, place: int, today: date, tariff: Tariff | None) -> tuple[object, ...]:
        begin, used = int(self.month.begins[place]), int(self.month.used[place])
        profile = self._profile(place)
        paisa = dearest_day(profile, today, used, tariff) if profile and tariff and used != MISSING else None
        body = "{" + ",".join(map(str, profile.pack())) + "}" if profile else None
        return self.homes[place].meter, body, None if begin == MISSING else begin, paisa

    def _profile(self, place: int) -> Profile | None:
        lately = self.lately.known(place)
        if len(lately) < TUNING.min_days:
            return None
        if self.season:
            return learn(self.season.known(place) + lately)
        found = learn(lately)
        return replace(found, trend_permille=self.homes[place].trend or 0) if found else None


def dearest_day(profile: Profile, today: date, month_wh: int, tariff: Tariff) -> int | None:
    """Paisa: no 24 hours of the next week cost more by the profile's likely use, in a month that stands at `month_wh`.

    By the dearest slab that the month reaches, or a whole month of such days, with the loss of the lifeline. None where the forecast
    says nothing of such a home.
    """
    if unknown(0, datetime.combine(today, time(0), ZoneInfo(settings.UTILITY.zone)), profile):
        return None
    day_wh = max(expected(profile, today + timedelta(days=ahead)) for ahead in range(WEEK))
    reached = slab_position(math.ceil(max(month_wh + day_wh * WEEK, day_wh * LONGEST_MONTH)), tariff)
    lost = slab_position(0, tariff).step_paisa
    return math.ceil(day_wh * reached.rate / WH_PER_KWH) + lost


def _write(meters: Sequence[int], today: int, month: int, rows: Sequence[tuple[object, ...]]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_GONE, [list(meters)])
        cursor.execute(_PUT, [today, month, *columns(rows)])
