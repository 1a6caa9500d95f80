"""Recharge will be closed: tells the homes whose balance may not last until it is open again, and by how much to recharge before.

The next closing is looked at from two days before on, once an hour: one statement finds the few among many whose balance could be used
up by dear days, the forecast decides about those, on the careful side. The row of `ClosureNotice` comes first, so that a home is told
once a closing, whoever else looks at the same time.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q

from bijoli.core.forecast import Unknown
from bijoli.core.pgarray import columns
from bijoli.core.tariff import least_gross
from bijoli.customers.prepared import fetch
from bijoli.delivery.clear import clear_advice
from bijoli.delivery.models import Severity
from bijoli.delivery.tell import Telling, tell
from bijoli.insight import forecasts, homes
from bijoli.insight.clock import NEWS, Clock, local
from bijoli.insight.homes import Home
from bijoli.insight.models import ClosureNotice
from bijoli.insight.outlook import enough
from bijoli.insight.pricing import Tariffs
from bijoli.metering import localday, monthbody
from bijoli.metering.models import Meter
from bijoli.payments.models import Closure

EVERY, AGAIN = timedelta(minutes=5), timedelta(hours=1)
AHEAD = timedelta(days=2)  # a forecast of more days would warn too many
SLICE = 5_000  # meters whose states are looked through at once
TOLD_AT_ONCE = 500  # in one transaction
KIND, CLOSED, OPEN = "closed", "C1", "C0"
STEP_PAISA = 10_00  # recharges are named in tens of taka
# Prepaid homes whose balance would not outlast dear days: twice the dearest likely day, as far as the range seldom goes; where nothing is
# known of a home, the utility's low limit. Credit that is on its way comes first.
NEAR = """
SELECT s.meter_id
FROM metering_meterstate s
JOIN metering_installation i ON i.meter_id = s.meter_id AND i.removed_at IS NULL
JOIN metering_usagepoint p ON p.id = i.usage_point_id
JOIN customers_account a ON a.id = p.account_id AND a.mode = 'prepaid'
LEFT JOIN insight_homeprofile h ON h.meter_id = s.meter_id
WHERE s.balance_at >= %(since)s
 AND s.balance_paisa < coalesce(2 * h.day_paisa * (%(until)s - s.balance_at) / 86400.0, %(low)s)
 AND NOT EXISTS (SELECT FROM payments_vend v WHERE v.meter_id = s.meter_id AND v.state IN ('accepted', 'queued', 'sent'))"""
# Of a slice, those that were not told and at which somebody is linked who can be
_UNTOLD = f"""{NEAR} AND s.meter_id > %(after)s AND s.meter_id <= %(last)s
 AND EXISTS (SELECT FROM customers_access x WHERE x.account_id = p.account_id AND (x.until IS NULL OR x.until > %(now)s))
 AND NOT EXISTS (SELECT FROM insight_closurenotice n WHERE n.closure_id = %(closure)s AND n.usage_point_id = p.id)
ORDER BY s.meter_id"""
_ONCE = """INSERT INTO insight_closurenotice (closure_id, told_at, usage_point_id, meter_id, lasts_until, recharge_paisa)
SELECT %s, %s, point, meter, lasts, paisa
FROM unnest(%s::bigint[], %s::int[], %s::timestamptz[], %s::bigint[]) AS t (point, meter, lasts, paisa)
ON CONFLICT (closure_id, usage_point_id) DO NOTHING RETURNING meter_id"""
_LAST_CREDITS = """SELECT m.id, extract(epoch FROM (SELECT max(c.at) FROM metering_credit c WHERE c.meter_id = m.id))::bigint
FROM unnest(%s::int[]) AS m (id)"""


@dataclass(frozen=True, slots=True)
class Short:
    """A home whose balance may not last: until when it does on the careful side, and which recharge is enough. None is not known."""

    home: Home
    lasts_until: datetime | None = None
    recharge_paisa: int | None = None


def asked(ends_at: datetime, clock: Clock) -> dict[str, Any]:
    """What NEAR asks for."""
    since = clock.time - int(NEWS.total_seconds())
    return {"since": since, "until": int(ends_at.timestamp()), "low": settings.UTILITY.thresholds.low_paisa}


def short(meter_ids: Collection[int], ends_at: datetime, clock: Clock, tariffs: Tariffs) -> dict[int, Short]:
    """Those of the meters that NEAR found whose balance may not last until then. A home that nobody can forecast is among them."""
    found: dict[int, Short] = {}
    missing: dict[int, int] = {}
    for meter, home in homes.by_meter(meter_ids, clock).items():
        need = enough(home, local(int(ends_at.timestamp()) - 1).date(), clock, tariffs)
        if not isinstance(need, Unknown) and not need.short_paisa:
            continue  # most of them: the end of the day, which is no earlier, needs no more than there is
        lasts = forecasts.of_home(home, clock, tariffs)
        if isinstance(need, Unknown) or isinstance(lasts, Unknown):
            if home.balance is not None and home.balance + home.under_way < _dear(home, ends_at):
                found[meter] = Short(home)
        elif lasts.early is not None and lasts.early < ends_at:
            found[meter] = Short(home, max(lasts.early, clock.now))
            missing[meter] = need.short_paisa
    return _with_amounts(found, missing, clock, tariffs)


def _dear(home: Home, ends_at: datetime) -> float:
    """What a home that is not forecast uses at most until then, as it was lately; the utility's low limit where that is not known."""
    if home.day_paisa is None or home.balance_at is None:
        return settings.UTILITY.thresholds.low_paisa
    return home.day_paisa * (ends_at.timestamp() - home.balance_at) / forecasts.DAY_S


def _with_amounts(found: Mapping[int, Short], missing: Mapping[int, int], clock: Clock, tariffs: Tariffs) -> dict[int, Short]:
    last = dict(fetch(_LAST_CREDITS, [list(missing)])) if missing else {}
    amounts = {meter: _recharge(found[meter].home, paisa, last.get(meter), clock, tariffs) for meter, paisa in missing.items()}
    return {meter: Short(one.home, one.lasts_until, amounts.get(meter)) for meter, one in found.items()}


def _recharge(home: Home, paisa: int, last_credit: int | None, clock: Clock, tariffs: Tariffs) -> int | None:
    """The smallest recharge that leaves so much for energy, with the charges of the months since the last one; None: not known."""
    tariff, paying = tariffs.find(home.tariff, local(clock.time).date()), settings.UTILITY.paying
    if tariff is None or (last_credit is None and tariff.charges_taken == "recharge"):
        return None
    months = 0 if last_credit is None else max(0, clock.month - monthbody.month(localday.day(last_credit)))
    least = -(-paying.least // STEP_PAISA) * STEP_PAISA
    amounts = range(least, paying.most + 1, STEP_PAISA)
    return least_gross(paisa, tariff, amounts, sanctioned_w=home.sanctioned_w, phases=home.phases, months_due=months)


def look_ahead(now: datetime, reached: int, go_on: Callable[[], bool]) -> int | None:
    """A stretch of the round, from the meter after `reached` on. Returns the last meter seen, None at the round's end."""
    closure = _next(now)
    if closure is None:
        return None
    last = Meter.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    while reached < last:
        if not go_on():
            return reached
        tell_slice(closure, reached, reached + SLICE, now)
        reached += SLICE
    Closure.objects.filter(pk=closure.pk).update(looked_at=now)
    return None


def _next(now: datetime) -> Closure | None:
    """The closing that comes next, where it is time to look. One at a time: what a home needs for a later one depends on this one."""
    closure = Closure.objects.filter(cancelled_at=None, starts_at__gt=now).order_by("starts_at").first()
    if closure is None or closure.starts_at > now + AHEAD:
        return None
    return closure if closure.looked_at is None or closure.looked_at <= now - AGAIN else None


def tell_slice(closure: Closure, after: int, last: int, now: datetime) -> int:
    """The meters over `after` up to `last`, some hundreds in a transaction. Returns how many homes were told."""
    tariffs, clock = Tariffs(), Clock.at(now)
    with connection.cursor() as cursor:
        cursor.execute(_UNTOLD, asked(closure.ends_at, clock) | {"after": after, "last": last, "now": now, "closure": closure.pk})
        near = [meter for (meter,) in cursor.fetchall()]
    pieces = [near[place : place + TOLD_AT_ONCE] for place in range(0, len(near), TOLD_AT_ONCE)]
    return sum(_tell(closure, short(piece, closure.ends_at, clock, tariffs), now) for piece in pieces)


def _tell(closure: Closure, found: Mapping[int, Short], now: datetime) -> int:
    rows = [(one.home.usage_point_id, meter, one.lasts_until, one.recharge_paisa) for meter, one in sorted(found.items())]
    if not rows:
        return 0
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_ONCE, [closure.pk, now, *columns(rows)])
        new = sorted(meter for (meter,) in cursor.fetchall())
        tell([_telling(closure, found[meter], now) for meter in new], now)
    return len(new)


def _telling(closure: Closure, one: Short, now: datetime) -> Telling:
    facts = _facts(closure) | {"balance_paisa": one.home.balance}
    if one.lasts_until is not None:
        facts["lasts_until"] = one.lasts_until.isoformat()
    if one.recharge_paisa is not None:
        facts["recharge_paisa"] = one.recharge_paisa
    at = now if one.home.balance_at is None else datetime.fromtimestamp(one.home.balance_at, UTC)
    return _advice(one.home.meter_id, CLOSED, Severity.WARNING, at, facts, int((closure.starts_at - now).total_seconds()))


def _facts(closure: Closure) -> dict[str, Any]:
    facts = {"starts_at": closure.starts_at.isoformat(), "ends_at": closure.ends_at.isoformat()}
    return facts | ({"held": True} if closure.policy == Closure.Policy.HOLD else {})


def _advice(meter: int, code: str, severity: Severity, at: datetime, facts: dict[str, Any], ttl_s: int) -> Telling:
    return Telling(
        stage_id=None,
        meter_id=meter,
        kind=KIND,
        code=code,
        severity=severity,
        at=at,
        received_at=None,
        facts=facts,
        ttl_s=ttl_s,
        urgency="high",
        push=True,
        supersedes=(KIND,),
    )


def end(now: datetime, go_on: Callable[[], bool]) -> bool:
    """Takes off the bell what was told of closings that are over, and tells of those that are cancelled. Returns whether none is left."""
    over = Closure.objects.filter(Q(cancelled_at__isnull=False) | Q(ends_at__lte=now), announced_at__gte=now - timedelta(days=366))
    for closure in over:
        while go_on():
            if not _end_some(closure, now):
                break
        else:
            return False
    return True


def _end_some(closure: Closure, now: datetime) -> int:
    with transaction.atomic():
        notices = ClosureNotice.objects.filter(closure=closure, over_at=None).order_by("pk").select_for_update(skip_locked=True)
        rows: Sequence[ClosureNotice] = list(notices[:TOLD_AT_ONCE])
        meters = [row.meter_id for row in rows]
        if closure.cancelled_at is not None and closure.ends_at > now:
            ttl_s = int((closure.ends_at - now).total_seconds())
            tell([_advice(meter, OPEN, Severity.NOTICE, now, _facts(closure), ttl_s) for meter in sorted(set(meters))], now)
        else:
            clear_advice(meters, KIND, closure.starts_at, now)
        ClosureNotice.objects.filter(pk__in=[row.pk for row in rows]).update(over_at=now)
    return len(rows)
