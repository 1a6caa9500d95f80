"""In a storm the meters that went dark or signalled are decided about first; one meter's own changes keep their order."""

import pytest
from django.utils import timezone

from bijoli.core.conditions import Relay
from bijoli.metering import changes
from tests import households
from tests.apps.alert_changes import change

pytestmark = pytest.mark.django_db


def test_a_meter_that_went_dark_or_signalled_goes_before_a_storm_of_balances():
    storm = [households.meter(households.person()) for _ in range(4)]
    dark, opened = households.meter(households.person()), households.meter(households.person())
    for meter in storm:
        change(meter, balance_paisa=8000, before_paisa=20_000)
    change(dark, balance_paisa=-100, before_paisa=200)
    change(dark, balance_paisa=-100, before_paisa=-100, relay=Relay.OPEN_CREDIT, relay_before=Relay.CLOSED)
    change(opened, source="event", event_kind="tamper", event_begins=True, event_code="cover_open")
    taken = changes.claim(2, timezone.now())
    assert [row.meter_id for row in taken] == [dark.pk, dark.pk, opened.pk]
    assert [row.relay for row in taken][:2] == [Relay.UNKNOWN, Relay.OPEN_CREDIT]


def test_what_is_left_of_a_batch_goes_to_the_oldest():
    first, second, dark = (households.meter(households.person()) for _ in range(3))
    for meter in (first, second):
        change(meter, balance_paisa=8000, before_paisa=20_000)
    change(dark, relay=Relay.OPEN_OVERLOAD, relay_before=Relay.CLOSED)
    assert {row.meter_id for row in changes.claim(2, timezone.now())} == {first.pk, dark.pk}


def test_beside_what_is_urgent_a_few_others_go_on_and_alone_they_fill_the_batch():
    storm = [households.meter(households.person()) for _ in range(changes.BESIDE_URGENT + 5)]
    dark = households.meter(households.person())
    for meter in storm:
        change(meter, balance_paisa=8000, before_paisa=20_000)
    assert len(changes.claim(500, timezone.now())) == len(storm)
    change(dark, relay=Relay.OPEN_OVERLOAD, relay_before=Relay.CLOSED)
    taken = changes.claim(500, timezone.now())
    assert len(taken) == 1 + changes.BESIDE_URGENT
    assert dark.pk in {row.meter_id for row in taken}


def test_the_lane_of_the_urgent_takes_nothing_else_and_leaves_no_change_of_their_meters_behind():
    storm, dark = households.meter(households.person()), households.meter(households.person())
    change(storm, balance_paisa=8000, before_paisa=20_000)
    assert changes.claim(50, timezone.now(), urgent=True) == []
    change(dark, balance_paisa=-100, before_paisa=200)
    change(dark, balance_paisa=-100, before_paisa=-100, relay=Relay.OPEN_CREDIT, relay_before=Relay.CLOSED)
    assert [row.meter_id for row in changes.claim(50, timezone.now(), urgent=True)] == [dark.pk, dark.pk]
