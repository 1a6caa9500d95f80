"""The bell: what a recharge made untrue is taken off it, and nothing else."""

import pytest

from bijoli.alerts import watch
from bijoli.delivery.models import Delivery, Notification
from tests import households
from tests.apps.alert_changes import balances, now

pytestmark = pytest.mark.django_db


def unread(person):
    return [row.code for row in Notification.objects.filter(customer=person, read_at=None, superseded_at=None).order_by("pk")]


def test_restored_clears_the_bell_of_low_and_finished(rahima, meter):
    balances(meter, 84, -3, before=150)
    watch.drain()
    assert unread(rahima) == ["L1", "Z1"]
    balances(meter, 500, before=-3)
    watch.drain()
    assert unread(rahima) == ["ZR"]


def test_what_is_told_after_restored_stays_on_the_bell_also_in_one_batch(rahima, meter):
    balances(meter, -3, 60, 45, before=150)
    watch.drain()
    assert unread(rahima) == ["ZR", "L2"]


def test_a_recharge_that_ends_a_low_balance_clears_the_bell_without_a_word(rahima, meter):
    balances(meter, 84, 45, before=150)
    watch.drain()
    assert unread(rahima) == ["L1", "L2"]
    balances(meter, 119, before=45)  # still open: 120 closes
    watch.drain()
    assert unread(rahima) == ["L1", "L2"]
    balances(meter, 300, before=119)
    watch.drain()
    assert (unread(rahima), Notification.objects.count()) == ([], 2)
    assert {row.status for row in Delivery.objects.all()} == {"superseded"}


def test_a_recharge_at_one_meter_leaves_what_another_said_and_what_was_read(rahima, meter):
    other = households.meter(rahima)
    for one in (meter, other):
        balances(one, 84, before=150)
    watch.drain()
    Notification.objects.filter(meter=meter).update(read_at=now())
    balances(meter, 300, before=84)
    watch.drain()
    assert unread(rahima) == ["L1"]
    assert Notification.objects.get(meter=meter).superseded_at is None
