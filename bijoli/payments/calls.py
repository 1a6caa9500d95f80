"""Every call to a gateway or the head-end, noted with its outcome; and the breaker that keeps people from a gateway that fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic

from django.db import connection
from django.utils import timezone

from bijoli.payments.gateways.port import GatewayAway
from bijoli.payments.headend.port import HeadEndAway
from bijoli.payments.models import GatewayCall

WINDOW = timedelta(minutes=3)
LEAST_CALLS = 5
LEAST_OK_PERCENT = 50
PAUSE = timedelta(seconds=60)  # after the last failure: then the next person's attempt is the trial
KEPT = timedelta(days=8)
SLICE = 5000
HEAD_END = "head-end"


@dataclass(frozen=True, slots=True)
class Health:
    """How a gateway answered in the last three minutes. `open`: people are kept from it."""

    calls: int
    ok: int
    last_failure: datetime | None
    open: bool


@contextmanager
def noted(gateway: str, what: str) -> Iterator[None]:
    """Notes how the call within went. A refusal is an answer; no answer is a failure."""
    began, ok = monotonic(), True
    try:
        yield
    except (GatewayAway, HeadEndAway):
        ok = False
        raise
    finally:
        ms = int((monotonic() - began) * 1000)
        GatewayCall.objects.create(gateway=gateway, what=what, at=timezone.now(), ok=ok, ms=ms)


_HEALTH = """SELECT count(*), count(*) FILTER (WHERE ok), max(at) FILTER (WHERE NOT ok)
FROM payments_gatewaycall WHERE gateway = %s AND at > %s"""


def health(gateway: str, now: datetime) -> Health:
    """Counts the last three minutes: a gateway of which fewer than half of at least five calls were answered rests for a minute."""
    with connection.cursor() as cursor:
        cursor.execute(_HEALTH, [gateway, now - WINDOW])
        calls, ok, last = cursor.fetchone()
    failing = calls >= LEAST_CALLS and ok * 100 < calls * LEAST_OK_PERCENT
    return Health(calls, ok, last, failing and last is not None and last > now - PAUSE)


def drop_old(now: datetime, go_on: Callable[[], bool]) -> bool:
    """Deletes calls older than KEPT, the first noted first. Returns whether nothing of it is left."""
    while go_on():
        first = GatewayCall.objects.order_by("pk").values_list("pk", "at")[:SLICE]
        old = [pk for pk, at in first if at < now - KEPT]
        GatewayCall.objects.filter(pk__in=old).delete()
        if len(old) < SLICE:
            return True
    return False


def resting(gateway: str, now: datetime) -> bool:
    """Whether people are kept from it now."""
    return health(gateway, now).open
