"""The timer and the finding, against real tables."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from bijoli.alerts import watch
from bijoli.alerts.finding import FindingError, finding
from bijoli.alerts.models import Episode, Stage
from bijoli.alerts.tick import tick
from bijoli.delivery.models import Notification
from tests import households
from tests.apps.alert_changes import change, now, stages, state

pytestmark = pytest.mark.django_db


@pytest.fixture
def meter():
    person = households.person()
    households.phone(person)
    return households.meter(person)


def epoch(moment):
    return int(moment.timestamp())


def test_still_off_after_two_hours_is_told_once(meter):
    off = now()
    state(meter, balance_paisa=-5_00, relay=2, last_at=epoch(off))
    change(meter, off, balance_paisa=-5_00, relay=2, relay_before=1)
    watch.drain()
    assert tick(off + timedelta(hours=1, minutes=59)) == 0
    assert tick(off + timedelta(hours=2)) == 1
    assert tick(off + timedelta(hours=2, seconds=10)) == 0
    assert stages(meter) == ["Z2", "Z3"]
    assert Notification.objects.get(code="Z3").facts["out_since"].startswith(off.strftime("%Y-%m-%dT%H:%M"))


def test_still_over_after_an_hour(meter):
    over = now()
    state(meter, load_w=5200, load_at=epoch(over), last_at=epoch(over))
    change(meter, over, load_w=5200)
    watch.drain()
    assert tick(over + timedelta(minutes=59)) == 0
    state(meter, load_w=5300, load_at=epoch(over + timedelta(hours=1)))
    assert tick(over + timedelta(hours=1)) == 1
    assert [(stage.code, stage.times) for stage in Stage.objects.order_by("pk")] == [("O1", 1), ("O1", 2)]


def test_after_a_trip_the_timer_closes_when_its_hour_is_over_and_the_load_calm(meter):
    trip = now()
    state(meter)
    change(meter, trip, load_w=0, relay=3, relay_before=1)
    watch.drain()
    for minutes in (15, 30, 45, 61):
        at = trip + timedelta(minutes=minutes)
        state(meter, load_w=2000, load_at=epoch(at), last_at=epoch(at), calm=2, relay=1)
        tick(at)
        assert Episode.objects.filter(closed_at=None).exists() == (minutes < 60)
    assert stages(meter, pushed=False) == ["O2", "OR"]


def test_nothing_is_due_where_nothing_is_open(meter):
    assert tick(now()) == 0


def test_the_timers_command_looks_once(meter, capsys):
    call_command("tick", "--once")
    assert "0 told" in capsys.readouterr().out


# findings


@pytest.fixture
def tampered(meter):
    change(meter, source="event", event_kind="tamper_cover", event_begins=True, event_code="251")
    watch.drain()
    return meter


def test_a_finding_closes_the_latch_and_tells_and_the_next_signal_is_told_again(tampered):
    finding(tampered.number, "seal in order", now())
    assert Episode.objects.get().closed_why == "finding"
    assert Stage.objects.get(code="TR").facts["finding"] == "seal in order"
    change(tampered, source="event", event_kind="tamper_cover", event_begins=True, event_code="251")
    watch.drain()
    assert stages(tampered) == ["T1", "TR", "T1"]


def test_the_findings_command_takes_a_number_as_people_write_it(tampered, capsys):
    call_command("finding", tampered.number, "seal in order")
    assert "closed" in capsys.readouterr().out
    assert Episode.objects.get().closed_at


@pytest.mark.parametrize(
    ("number", "text", "message"), [("999999999999", "x", "no meter"), ("1", "x", "digits"), (None, " ", "characters")]
)
def test_a_finding_that_cannot_be_noted_says_why(tampered, number, text, message):
    with pytest.raises(FindingError, match=message):
        finding(number or tampered.number, text, now())


def test_a_finding_without_an_open_signal_is_refused(meter):
    with pytest.raises(CommandError, match="no tamper alert is open"):
        call_command("finding", meter.number, "nothing there")
