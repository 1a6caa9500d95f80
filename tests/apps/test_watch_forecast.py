"""A forecast that is plugged in reaches the rules, and what it says reaches the push: L3 is worth sending until the balance has run out."""

from datetime import timedelta

import pytest

from bijoli.alerts import watch
from bijoli.alerts.forecast import plug
from bijoli.alerts.models import Stage
from bijoli.core.alerts.forecast import Unknown
from bijoli.delivery.models import Delivery
from tests import households
from tests.apps.alert_changes import balances, stages, state
from tests.core.test_alerts_forecast import SteadyUse

pytestmark = pytest.mark.django_db


@pytest.fixture
def meter():
    person = households.person()
    households.phone(person)
    former = plug(Unknown())
    yield households.meter(person)
    plug(former)


def reads(meter, taka):
    state(meter, balance_paisa=taka * 100)
    balances(meter, taka)
    watch.drain()


def test_400_taka_that_last_20_hours_are_told_and_without_a_forecast_they_are_not(meter):  # (17)
    reads(meter, 400)
    assert stages(meter) == []
    plug(SteadyUse(20))
    reads(meter, 400)
    assert stages(meter) == ["L2"]
    assert Stage.objects.get().facts["run_out_s"] == 20 * 3600


def test_l3_is_worth_sending_until_the_balance_has_run_out(meter):
    plug(SteadyUse(100))
    reads(meter, 450)
    assert stages(meter) == ["L3"]
    delivery = Delivery.objects.get()
    assert delivery.expires_at - delivery.queued_at == timedelta(hours=4.5)


def test_l3_of_a_balance_that_should_be_used_up_is_still_worth_a_quarter_of_an_hour(meter):
    plug(SteadyUse(10**9))
    reads(meter, 450)
    delivery = Delivery.objects.get()
    assert delivery.expires_at - delivery.queued_at == timedelta(minutes=15)


def test_plugging_in_answers_with_the_former():
    steady = SteadyUse(1)
    former = plug(steady)
    assert plug(former) is steady
