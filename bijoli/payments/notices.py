"""Keeps a notice as it came, finds its order, and has the gateway asked. Nothing it says is believed."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q

from bijoli.payments.gateways import gateway
from bijoli.payments.gateways.port import Arrived, GatewayAway, Hint
from bijoli.payments.models import Notice, Order
from bijoli.payments.orders import hurry

SLICE = 500
log = logging.getLogger(__name__)


def keep(name: str, arrived: Arrived, now: datetime) -> Notice:
    """A notice of an unknown order, or one that is not genuine, is kept too; a forged one makes us ask nobody."""
    hint = gateway(name).noticed(arrived)
    order = of(name, hint)
    body = arrived.body.decode("utf-8", "replace").replace("\0", "�")
    kept = Notice.objects.create(gateway=name, received_at=now, body=body, genuine=hint.genuine, reason=hint.reason[:80], order=order)
    if order and hint.genuine is not False:
        hurry(order.pk, now, paid_too=bool(hint.genuine))
    elif hint.genuine is False:
        log.warning("notice %d of %s is not genuine: %s", kept.pk, name, hint.reason, extra={"event": "notice.forged"})
    if hint.genuine and hint.then:
        _answer(kept, hint.then)
    return kept


def _answer(kept: Notice, then: Callable[[], None]) -> None:
    """Does what a genuine notice asks for (a subscription wants to be confirmed), outside of any transaction."""
    try:
        then()
    except GatewayAway as error:
        log.error("notice %d of %s cannot be answered: %s", kept.pk, kept.gateway, error, extra={"event": "notice.unanswered"})


def of(name: str, hint: Hint) -> Order | None:
    """The order that a hint speaks of."""
    wanted = Q(number=hint.number) if hint.number else Q(ref=hint.ref) if hint.ref else None
    return None if wanted is None else Order.objects.filter(wanted, gateway=name).first()


def drop_old(now: datetime, go_on: Callable[[], bool]) -> bool:
    """Deletes notices older than BIJOLI_NOTICE_DAYS. Returns whether nothing of it is left."""
    if not settings.NOTICE_DAYS:
        return True
    while go_on():
        old = list(Notice.objects.filter(received_at__lt=now - timedelta(days=settings.NOTICE_DAYS)).values_list("pk", flat=True)[:SLICE])
        Notice.objects.filter(pk__in=old).delete()
        if len(old) < SLICE:
            return True
    return False
