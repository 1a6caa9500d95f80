"""The meter's own event and the head-end's answer arrive at the same moment: whichever is first, the credit ends on the meter."""

from __future__ import annotations

import threading

import pytest
from django.db import connection, transaction
from django.utils import timezone

from bijoli.core.payment import VendState
from bijoli.metering import numbers
from bijoli.metering.events import CreditTold, Event, record_events
from bijoli.payments import vending
from bijoli.payments.headend.port import CreditTold as Answer
from bijoli.payments.models import Entry, Vend
from bijoli.payments.settling import settle
from tests.apps.alert_changes import state
from tests.apps.payments.outside import SPLIT, ordered, outside, paid
from tests.processes import wait_until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("answer", [Answer(VendState.TOKENS, "", SPLIT, ("0" * 20,)), Answer(VendState.ACCEPTED, "", SPLIT)])
def test_an_event_that_is_being_recorded_while_the_answer_is_applied(answer):
    numbers.forget()
    with outside():
        order = ordered(timezone.now())
        state(order.meter)
        settle(order.pk, paid(), timezone.now())
        vend = Vend.objects.get()
        vending._sending(vend)
        applied = threading.Thread(target=_apply, args=(vend.pk, answer))
        with transaction.atomic():
            told = CreditTold(SPLIT.credited, order=order.number)
            record_events(
                [Event(int(order.meter.number), int(timezone.now().timestamp()), "prepay", "credit", credit=told)], timezone.now()
            )
            applied.start()
            wait_until("the answer waits for the event", _somebody_waits)
        applied.join()
    vend.refresh_from_db()
    assert (vend.state, vend.ask_at, Entry.objects.filter(key=f"vend:{vend.pk}").count()) == (VendState.ON_METER, None, 1)
    numbers.forget()


def _apply(vend: int, answer: Answer) -> None:
    vending.apply(vend, answer, timezone.now())
    connection.close()


def _somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return bool(cursor.fetchone()[0])
