"""A meter is exchanged by `load`: what was open at the old one ends with it."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from bijoli.alerts import watch
from bijoli.alerts.models import Episode
from bijoli.delivery import reads
from bijoli.metering import numbers, upkeep
from bijoli.metering.models import Installation, Meter
from tests.apps.alert_changes import balances, change
from tests.households import meter as another_meter
from tests.households import person

pytestmark = pytest.mark.django_db
CHORE = "alerts of meters taken away"
COLUMNS = "account,meter,division,feeder,sanctioned_kw,phone,installed_at"


@pytest.fixture
def exchanged(rahima, meter, tmp_path):
    """Runs `load` with a new meter in the place of the old one."""
    numbers.forget()

    def exchange() -> None:
        at = Installation.objects.select_related("usage_point__account").get(meter=meter)
        row = f"{at.usage_point.account.number},066099999999,Uttara,F1,5,{rahima.phone},{timezone.now():%Y-%m-%dT%H:%M:%S+00:00}"
        (tmp_path / "register.csv").write_text(f"{COLUMNS}\n{row}\n")
        call_command("load", str(tmp_path / "register.csv"))
        assert Installation.objects.get(meter=meter).removed_at

    return exchange


def chore() -> None:
    assert upkeep.run(timezone.now() + timedelta(seconds=1), only=CHORE) == [CHORE]


def test_what_was_open_is_over_and_off_the_bell(rahima, meter, exchanged):
    balances(meter, 150, 90)
    watch.drain()
    assert reads.unread(rahima.pk) == 1
    chore()
    assert Episode.objects.get(meter=meter).closed_at is None, "it stands there still"
    exchanged()
    chore()
    episode = Episode.objects.get(meter=meter)
    assert (episode.closed_at, episode.closed_why) == (Installation.objects.get(meter=meter).removed_at, "removed")
    assert reads.unread(rahima.pk) == 0


def test_a_tamper_alert_closes_and_stays_to_be_read(rahima, meter, exchanged):
    change(meter, source="event", event_kind="tamper_cover", event_begins=True, event_code="251")
    watch.drain()
    unread = reads.unread(rahima.pk)
    assert unread == 1
    exchanged()
    chore()
    assert not Episode.objects.filter(meter=meter, closed_at=None).exists()
    assert reads.unread(rahima.pk) == unread


def test_other_meters_are_left_alone(exchanged):
    lonely = Meter.objects.create(number="066000000001")  # never installed
    theirs = another_meter(person())
    for one in (lonely, theirs):
        Episode.objects.create(meter=one, kind="low", opened_at=timezone.now())
    exchanged()
    chore()
    assert Episode.objects.filter(closed_at=None).count() == 2
