""" "Why is my power off?" from what meters really told: the switch, the neighbours, silence; and the complaint that comes of it."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bijoli.complaints.models import Complaint
from bijoli.core import bangla
from bijoli.customers.models import Account, Customer
from bijoli.metering.columns import Readings
from bijoli.metering.events import Event, record_events
from bijoli.metering.feeder import feeder
from bijoli.metering.models import Meter, MeterState, UsagePoint
from bijoli.metering.record import record
from bijoli.notices import desk, sending
from bijoli.notices.audience import Audience
from bijoli.notices.desk import Draft
from bijoli.notices.models import Notice
from tests import households

pytestmark = pytest.mark.django_db
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def home(her):
    return _placed(Meter.objects.get())


def _placed(meter, feeder="F1"):
    MeterState.objects.get_or_create(meter=meter, defaults={"sanctioned_load_w": 5000})
    UsagePoint.objects.filter(installations__meter=meter).update(feeder=feeder)
    return meter


def neighbours(count, name="F1"):
    return [_placed(households.meter(), name) for _ in range(count)]


def read(meter, ago, **values):
    at = timezone.now() - ago
    record(Readings.of([{"meter": int(meter.number), "at": int(at.timestamp()), **values}]), at)


def failed(meter, ago, code="1"):
    at = timezone.now() - ago
    record_events([Event(int(meter.number), int(at.timestamp()), "is15959", code)], at)


def text(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


@pytest.fixture
def asks(client, her, account):
    client.force_login(her)
    return lambda: text(client.get(f"/help/power/{account.public_id}/"))


@pytest.mark.parametrize(
    ("values", "words", "step"),
    [
        ({"balance": 0, "relay": 2}, "The balance is finished", "Recharge now"),
        ({"balance": 50000, "relay": 3, "load": 6000}, "The load was too high", "See your load"),
        ({"balance": 50000, "relay": 4}, "The meter has switched the supply off", "Call 16999"),
        ({"balance": 50000, "relay": 1}, "Power reaches your meter", "Still no power? Report it"),
    ],
)
def test_what_the_switch_says(asks, home, values, words, step):
    read(home, MINUTE, **values)
    said = asks()
    assert words in said
    assert step in said


def test_nothing_was_ever_heard(asks, her):
    assert "Your meter has not reported yet" in asks()


def test_a_silent_meter_while_the_neighbours_speak(asks, home):
    read(home, 9 * HOUR, balance=50000, relay=1)
    for one in neighbours(6):
        read(one, MINUTE, balance=50000, relay=1)
    said = asks()
    assert "Your meter is silent" in said
    assert "your neighbours&#x27; meters do report" in said
    assert "1 of 7 without power or silent" in said


def test_of_neighbours_that_are_not_known_nothing_is_said(asks, home):
    read(home, 9 * HOUR, balance=50000, relay=1)
    assert "From here we cannot see more" in asks()
    read(home, HOUR, balance=50000, relay=1)
    failed(home, 10 * MINUTE)
    assert "Of your neighbours we know too little" in asks()


def test_many_meters_say_that_the_voltage_is_gone(asks, home):
    for one in [home, *neighbours(6)]:
        read(one, HOUR, balance=50000, relay=1)
        failed(one, 10 * MINUTE)
    said = asks()
    assert "Power is out in your area" in said
    assert "nothing for you to do but wait" in said


def test_this_home_alone_says_it(asks, home):
    read(home, HOUR, balance=50000, relay=1)
    failed(home, 10 * MINUTE)
    for one in neighbours(6):
        read(one, MINUTE, balance=50000, relay=1)
    assert "Only your home seems to be without power" in asks()


def test_a_feeder_that_fell_silent_while_the_town_speaks(asks, home):
    for one in [home, *neighbours(6)]:
        read(one, 3 * HOUR, balance=50000, relay=1)
    assert "Your meter is silent" in asks()  # all that we hear is silent: it may be us
    read(neighbours(1, "F2")[0], MINUTE, balance=50000, relay=1)
    assert "Power is out in your area" in asks()


def test_a_reading_after_the_word_takes_it_back(home):
    failed(home, HOUR)
    assert feeder(home.pk, None, "Uttara", "F1", timezone.now()).own_failed_at is not None
    read(home, MINUTE, balance=50000, relay=1)
    found = feeder(home.pk, timezone.now() - MINUTE, "Uttara", "F1", timezone.now())
    assert (found.own_failed_at, found.failed) == (None, 0)
    failed(home, MINUTE / 2)
    failed(home, MINUTE / 3, code="2")  # the phase is back
    assert feeder(home.pk, timezone.now() - MINUTE, "Uttara", "F1", timezone.now()).own_failed_at is None


def test_another_divisions_feeder_of_the_same_name_is_another(home):
    for one in neighbours(6):
        read(one, MINUTE, balance=1, relay=1)
    UsagePoint.objects.exclude(installations__meter=home).update(division="Elsewhere")
    assert feeder(home.pk, None, "Uttara", "F1", timezone.now()).meters == 0


def test_the_answer_goes_with_the_report(client, asks, home, account):
    read(home, 9 * HOUR, balance=50000, relay=1)
    asks()
    shown = client.get(f"/help/complaints/new/?account={account.public_id}&category=no_supply&power=1")
    assert "Our answer then" in text(shown)
    draft = re.search(r'name="draft" value="([^"]+)"', shown.content.decode()).group(1)
    given = {"draft": draft, "category": "no_supply", "account": str(account.public_id), "text": "dark", "power": "1"}
    client.post("/help/complaints/new/", given)
    (fact,) = Complaint.objects.get().facts
    assert (fact["kind"], fact["cause"]) == ("power", "silent")


def test_somebody_elses_is_not_there(client, home):
    client.force_login(households.person())
    assert client.get(f"/help/power/{Account.objects.get().public_id}/").status_code == 404
    assert client.get("/help/power/").headers["Location"] == "/help/"


def test_it_asks_the_database_no_more_for_more_neighbours(client, asks, home):
    read(home, MINUTE, balance=50000, relay=1)
    asks()
    with CaptureQueriesContext(connection) as few:
        asks()
    neighbours(12)
    with CaptureQueriesContext(connection) as many:
        asks()
    assert len(many) == len(few) <= 18


def announced(account, starts, ends, **audience):
    """A notice of the utility that was proposed, and sent by the timer."""
    texts, now = {"bn": "লাইনের কাজ", "en": "Work on the line"}, timezone.now()
    times = {"send_at": now, "expires_at": now + 9 * HOUR, "starts_at": now + MINUTE, "ends_at": now + ends}
    notice = desk.propose(Draft("outage", texts, texts, Audience(**audience), **times), households.person().pk, now)
    assert sending.send_due(now, lambda: True)
    Notice.objects.filter(pk=notice.pk).update(starts_at=now + starts)
    return notice


@pytest.mark.parametrize("way", ["feeder", "division", "list"])
def test_a_planned_outage_of_this_home_is_the_answer_with_its_end(asks, client, home, her, account, way):
    division = UsagePoint.objects.get(account=account).division
    audience = {"feeder": {"feeders": ("F1",)}, "division": {"divisions": (division,)}, "list": {"accounts": (account.pk,)}}[way]
    read(home, 9 * HOUR, balance=50000, relay=1)
    notice = announced(account, -HOUR, 3 * HOUR, **audience)
    until = timezone.localtime(notice.ends_at)
    said = asks()
    assert "Planned work in your area" in said
    assert f"expected back {bangla.when(until, timezone.localtime(), 'en').lower()[:8]}" in said.lower()
    assert bangla.clock(until, "en") in said
    Customer.objects.filter(pk=her.pk).update(language="bn")
    said = asks()
    assert "আপনার এলাকায় পূর্বনির্ধারিত কাজ" in said
    assert bangla.clock(until, "bn") in said
    desk.cancel(notice.public_id, households.person().pk, timezone.now())
    assert "আপনার এলাকায় পূর্বনির্ধারিত কাজ" not in asks()


@pytest.mark.parametrize(
    ("starts", "ends", "audience"),
    [
        (HOUR, 3 * HOUR, {"feeders": ("F1",)}),
        (-3 * HOUR, -HOUR, {"feeders": ("F1",)}),
        (-HOUR, HOUR, {"feeders": ("F1", "F2"), "bounds": ("Tongi",)}),
    ],
    ids=["later", "over", "elsewhere"],
)
def test_an_outage_that_is_not_now_or_not_here_is_not_the_answer(asks, home, account, starts, ends, audience):
    read(home, 9 * HOUR, balance=50000, relay=1)
    if "bounds" in audience:
        lived = _placed(households.meter(households.person()), "F2")
        UsagePoint.objects.filter(installations__meter=lived).update(division="Tongi")
    notice = announced(account, MINUTE, max(ends, HOUR), **audience)
    Notice.objects.filter(pk=notice.pk).update(starts_at=timezone.now() + starts, ends_at=timezone.now() + ends)
    assert "Planned work" not in asks()


def test_what_the_switch_says_comes_before_a_planned_outage(asks, home, account):
    read(home, MINUTE, balance=0, relay=2)
    announced(account, -HOUR, 3 * HOUR, feeders=("F1",))
    assert "The balance is finished" in asks()
