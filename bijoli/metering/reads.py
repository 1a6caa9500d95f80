"""What other parts may ask of the meters. Times are aware UTC; unknown is None. Who may see an account is decided before asking."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Q

from bijoli.core.metering import meter_number
from bijoli.customers.prepared import among, fetch
from bijoli.customers.seen import begins
from bijoli.metering import localday
from bijoli.metering.models import Change, Credit, Installation, Meter
from bijoli.metering.monthly import MonthTotal, months
from bijoli.metering.raw import Reading, loads, of_meter
from bijoli.metering.usage import DayUse, MonthUse, days, month_to_date, recent, stays_of

__all__ = [
    "CreditView",
    "DayUse",
    "MonthTotal",
    "MonthUse",
    "PointView",
    "Reading",
    "at_number",
    "changes_waiting",
    "credits",
    "days",
    "find",
    "loads",
    "month_to_date",
    "months",
    "points",
    "readings",
    "recent",
]


@dataclass(frozen=True, slots=True)
class PointView:
    """Where an account's electricity is delivered, the meter there and how it stands. Meter and values are None where there is none yet.

    `account_id` is the one that was asked with: it carries from when on the asker sees the account.
    """

    account_id: int
    meter_id: int | None
    meter_number: str | None
    division: str
    feeder: str
    sanctioned_load_w: int
    phases: int
    tariff: str
    balance_paisa: int | None
    balance_at: datetime | None
    last_at: datetime | None
    load_w: int | None
    load_at: datetime | None
    relay: int
    register_wh: int | None


@dataclass(frozen=True, slots=True)
class CreditView:
    """One recharge. `charges` is a list of {"name", "paisa"}; an amount that the head-end did not tell is None."""

    at: datetime
    credited_paisa: int
    gross_paisa: int | None
    vat_paisa: int | None
    rebate_paisa: int | None
    charges: list[dict[str, Any]]
    channel: str
    order: str
    tokens: list[str]
    id: int = 0


_POINTS = f"""
SELECT p.account_id, m.id, m.number, p.division, p.feeder, p.sanctioned_load_w, p.phases, p.tariff, s.balance_paisa, s.balance_at,
 nullif(s.last_at, 0), s.load_w, s.load_at, coalesce(s.relay, 0), s.register_wh
FROM metering_usagepoint p
LEFT JOIN metering_installation i ON i.usage_point_id = p.id AND i.removed_at IS NULL
LEFT JOIN metering_meter m ON m.id = i.meter_id
LEFT JOIN metering_meterstate s ON s.meter_id = m.id
WHERE p.account_id = {among()}"""


def points(account_ids: Sequence[int]) -> dict[int, PointView]:
    """By account, for those that have a usage point. What was told before the asker sees the account is not known."""
    asked = {int(account): account for account in account_ids}
    rows = [list(row) for row in fetch(_POINTS, [list(asked)])]
    for row in rows:
        for column in (9, 10, 12):
            row[column] = None if row[column] is None else datetime.fromtimestamp(row[column], UTC)
        row[0] = asked[row[0]]
    return {row[0]: _since(PointView(*row)) for row in rows}


def _since(point: PointView) -> PointView:
    since = begins(point.account_id)
    if since is None:
        return point
    if point.last_at is None or point.last_at < since:
        return replace(point, balance_paisa=None, balance_at=None, last_at=None, load_w=None, load_at=None, register_wh=None)
    if point.balance_at is not None and point.balance_at < since:
        point = replace(point, balance_paisa=None, balance_at=None)
    return replace(point, load_w=None, load_at=None) if point.load_at is not None and point.load_at < since else point


def credits(account_id: int, since: datetime, until: datetime) -> list[CreditView]:
    """The account's recharges, newest first: of each meter while it stood there."""
    mine = Q(pk__in=[])
    for stay in stays_of([account_id]):
        there = Q(meter_id=stay.meter_id, at__gte=stay.since)
        mine |= there & Q(at__lt=stay.until) if stay.until else there
    rows = Credit.objects.filter(mine, at__gte=since, at__lte=until).order_by("-at", "-pk")
    names = ("at", "credited_paisa", "gross_paisa", "vat_paisa", "rebate_paisa", "charges", "channel", "order", "tokens", "pk")
    return [CreditView(*row) for row in rows.values_list(*names)]


def readings(account_id: int, since: datetime, until: datetime) -> list[Reading]:
    """What the account's meters told from `since` to `until` (both inclusive), oldest first: of each meter while it stood there."""
    low, high = localday.day(int(since.timestamp())), localday.day(int(until.timestamp()))
    found = []
    for stay in stays_of([account_id], low, high):
        last = until if stay.until is None else min(until, stay.until - timedelta(microseconds=1))
        found += of_meter(stay.meter_id, max(since, stay.since), last)
    return found


def credited(meter_id: int, order: str) -> int | None:
    """Paisa of the credit that a meter reported for a seller's order number; None where it has reported none."""
    return Credit.objects.filter(meter_id=meter_id, order=order).values_list("credited_paisa", flat=True).first()


def find(number: str) -> int | None:
    """The id of the meter with this number (11 or 12 digits); None where there is none."""
    try:
        wanted = meter_number(number)
    except ValueError:
        return None
    return Meter.objects.filter(number=wanted).values_list("pk", flat=True).first()


def at_number(number: str) -> int | None:
    """The account at which the meter with this number stands now, or which bears the number itself, where it is prepaid; else None."""
    digits = "".join(number.split()).replace("-", "")
    meter_id = find(digits)
    there = Q(usage_point__account__number=digits) if meter_id is None else Q(meter_id=meter_id)
    found = Installation.objects.filter(there, removed_at=None, usage_point__account__mode="prepaid").order_by("pk")
    return found.values_list("usage_point__account_id", flat=True).first()


def account_with_meter(account: str, meter: str) -> int | None:
    """The account of this number, if the meter of that number stands there now; one answer for each way of being wrong."""
    rows = Installation.objects.filter(meter__number=meter, usage_point__account__number=account, removed_at=None)
    return rows.values_list("usage_point__account_id", flat=True).first()


def point_of(number: str) -> PointView | None:
    """Where the meter with this number stands now; None for a meter that is unknown or taken away."""
    where = Installation.objects.filter(meter__number=number, removed_at=None).values_list("usage_point__account_id", flat=True).first()
    return None if where is None else points([where]).get(where)


def changes_waiting() -> int:
    """How many changes the alert rules have not read yet."""
    return Change.objects.count()
