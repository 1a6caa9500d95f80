"""How money flows, for operators and for the staff's page: what is open, what waits, how gateways answer. Nobody is named."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.utils import timezone

from bijoli.payments import calls
from bijoli.payments.gateways import names
from bijoli.payments.models import Difference, Reconciliation

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BEHIND_S = 60  # what is due for so long is nobody's: `settle` does not run
LATE = timedelta(hours=2)  # a recharge that is paid and not on its meter for so long is somebody's business

_STANDING = """
SELECT
  (SELECT count(*) FROM payments_order WHERE state IN ('created', 'pending') AND ask_at IS NOT NULL),
  (SELECT min(created_at) FROM payments_order WHERE state IN ('created', 'pending') AND ask_at IS NOT NULL),
  (SELECT count(*) FROM payments_order WHERE state = 'paid'),
  (SELECT min(greatest(o.paid_at, v.not_before)) FROM payments_order o
    LEFT JOIN payments_vend v ON v.order_id = o.id WHERE o.state = 'paid'),
  (SELECT count(*) FROM payments_order WHERE state = 'review'),
  (SELECT count(*) FROM payments_refund WHERE state = 'proposed'),
  (SELECT count(*) FROM payments_refund WHERE state IN ('approved', 'sent')),
  LEAST((SELECT min(greatest(ask_at, leased_until)) FROM payments_order WHERE ask_at IS NOT NULL),
        (SELECT min(greatest(ask_at, leased_until)) FROM payments_vend WHERE ask_at IS NOT NULL),
        (SELECT min(greatest(ask_at, leased_until)) FROM payments_refund WHERE ask_at IS NOT NULL))
"""
_CALLS = """
SELECT count(*), count(*) FILTER (WHERE ok), percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY ms)
FROM payments_gatewaycall WHERE gateway = %s AND at > %s
"""
_OPEN = """
SELECT gateway, count(*), min(created_at) FROM payments_order WHERE state IN ('created', 'pending') AND ask_at IS NOT NULL GROUP BY gateway
"""
_FORGED = "SELECT gateway, count(*) FROM payments_notice WHERE received_at > %s AND genuine IS FALSE GROUP BY gateway"


@dataclass(frozen=True, slots=True)
class Standing:
    """Ages in seconds, 0 where there is nothing. `overdue_s`: how long something is due that no `settle` has taken."""

    open: int
    open_oldest_s: float
    paid: int
    paid_oldest_s: float
    review: int
    refunds_proposed: int
    refunds_under_way: int
    overdue_s: float


@dataclass(frozen=True, slots=True)
class Answers:
    """How one party answered over a while. Milliseconds; None where it was not asked."""

    calls: int
    ok: int
    median_ms: float | None
    slow_ms: float | None  # the 95th percentile


@dataclass(frozen=True, slots=True)
class Party:
    """A gateway, or the head-end. `resting`: people are kept from it now."""

    name: str
    hour: Answers
    day: Answers
    resting: bool
    open: int
    open_oldest: datetime | None
    forged: int


def standing(now: datetime) -> Standing:
    """Everything that is not at its end."""
    with connection.cursor() as cursor:
        cursor.execute(_STANDING)
        opened, first, paid, first_paid, review, proposed, under_way, due = cursor.fetchone()
    return Standing(opened, _age(first, now), paid, _age(first_paid, now), review, proposed, under_way, _age(due, now))


def parties(now: datetime) -> list[Party]:
    """Each gateway that is chosen or has open orders, then the head-end."""
    with connection.cursor() as cursor:
        cursor.execute(_OPEN)
        opened = {name: (count, oldest) for name, count, oldest in cursor.fetchall()}
        cursor.execute(_FORGED, [now - DAY])
        forged = dict(cursor.fetchall())
    known = list(dict.fromkeys([*names(), *sorted({*opened, *forged}), calls.HEAD_END]))
    return [
        Party(
            name=name,
            hour=_answers(name, now - HOUR),
            day=_answers(name, now - DAY),
            resting=calls.resting(name, now),
            open=opened.get(name, (0, None))[0],
            open_oldest=opened.get(name, (0, None))[1],
            forged=forged.get(name, 0),
        )
        for name in known
    ]


def resting(now: datetime) -> dict[str, bool]:
    """Whether people are kept from each chosen gateway and the head-end."""
    return {name: calls.resting(name, now) for name in [*names(), calls.HEAD_END]}


def differences(now: datetime) -> dict[str, int]:
    """How many differences yesterday's reconciliation found, by kind; empty where there were none or it was not made."""
    yesterday = timezone.localdate(now) - DAY
    found: dict[str, int] = {}
    for kind in Difference.objects.filter(reconciliation__day=yesterday).values_list("kind", flat=True):
        found[kind] = found.get(kind, 0) + 1
    return found


def compared(now: datetime) -> float | None:
    """Seconds since a day was last compared; None: never."""
    made = Reconciliation.objects.order_by("-made_at").values_list("made_at", flat=True).first()
    return None if made is None else _age(made, now)


def _answers(name: str, since: datetime) -> Answers:
    with connection.cursor() as cursor:
        cursor.execute(_CALLS, [name, since])
        count, ok, quantiles = cursor.fetchone()
    return Answers(count, ok, *(quantiles or (None, None)))


def _age(at: datetime | None, now: datetime) -> float:
    return max((now - at).total_seconds(), 0.0) if at else 0.0
