"""What staff see of a closing: how many homes would run out inside it, all or by a sample, and whom the notices reached."""

from __future__ import annotations

import pytest
from django.db import connection

from bijoli.customers.models import Access, Customer
from bijoli.delivery.models import Delivery
from bijoli.insight import closingcounts
from bijoli.insight.closingcounts import Preview, Reached
from bijoli.metering.models import Meter
from tests import households
from tests.apps.insight_homes import account, home, steady
from tests.apps.test_insight_closing import ENDS, NOW, announced, look

pytestmark = pytest.mark.django_db


@pytest.fixture
def middling(rahima: Customer) -> Meter:
    """A home whose balance does not last until the end."""
    meter = home(rahima)
    steady(meter, 8000, NOW, balance_paisa=70_00)
    return meter


def test_staff_see_before_how_many_would_run_out_and_after_who_was_reached(middling: Meter, rahima: Customer) -> None:
    poor, rich = home(), home()
    steady(poor, 8000, NOW, balance_paisa=10_00)
    steady(rich, 8000, NOW, balance_paisa=900_00)
    assert closingcounts.preview(ENDS, NOW) == Preview(2, about=False)  # also whom nobody is linked to
    closure = announced()
    other = households.person()  # has no phone
    Access.objects.create(customer=other, account_id=account(middling), since=households.LONG_AGO)
    look()
    assert closingcounts.reached([closure.pk]) == {closure.pk: Reached(homes=1, people=2, sent=0, seen=0)}
    Delivery.objects.exclude(device=None).update(status="displayed", sent_at=NOW, displayed_at=NOW)
    assert closingcounts.reached([closure.pk]) == {closure.pk: Reached(homes=1, people=2, sent=1, seen=1)}
    assert closingcounts.reached([closure.pk + 1]) == {}


def test_a_preview_of_many_meters_is_a_sample(middling: Meter, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(5):
        steady(home(), 8000, NOW, balance_paisa=10_00)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE metering_meterstate")
    monkeypatch.setattr(closingcounts, "SAMPLE", 5)
    found = closingcounts.preview(ENDS, NOW)
    assert found is not None
    assert found.about
    assert found.homes in (0, 6)  # all pages of a small table, or none


def test_a_preview_that_takes_too_long_is_none(middling: Meter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(closingcounts, "_SAMPLE", "SELECT 1 FROM pg_sleep(5) WHERE %s > 0 LIMIT %s")
    monkeypatch.setattr(closingcounts, "PATIENCE_MS", 20)
    assert closingcounts.preview(ENDS, NOW) is None
