"""The nightly look at all prepaid meters finds what the pages show, and corrects itself."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from bijoli.insight import audit
from bijoli.insight.models import Looked, Unexplained
from bijoli.metering import localday, monthbody, monthglance, upkeep
from bijoli.metering.models import Credit, Day, Month
from bijoli.metering.months import pack_slice
from bijoli.tariffs.reads import book
from tests.towndays import Town

pytestmark = pytest.mark.django_db
OCTOBER, END = date(2026, 10, 1), date(2026, 10, 31)
NOVEMBER = date(2026, 11, 1)


@pytest.fixture
def town(db: None) -> Town:
    return Town()


def looked(first: date, last: date) -> dict[tuple[int, int], int]:
    audit.look_at(0, localday.number(first), localday.number(last), book())
    return {(one.meter_id, one.day): one.paisa for one in Unexplained.objects.all()}


def spoil(town: Town, kinds: list[str]) -> None:
    """Some homes' balances fall for no reason; some of each home's days are spoilt. By chance, the same each time."""
    chance = random.Random(4)
    for row in town.prepaid:
        for paisa in chance.sample([50, 25_00, -300_00], 2):
            town.take(row, paisa, date(2026, 11, chance.randint(1, 10)))
        rows = list(Day.objects.filter(meter=town.meters[row], day__gte=localday.number(date(2026, 10, 30))).order_by("day"))
        for one in chance.sample(rows, 3):
            own = Day.objects.filter(pk=one.pk)
            match chance.choice(kinds):
                case "gone":
                    own.delete()
                case "estimate":
                    own.update(estimated=chance.choice([Day.LAST_WH, Day.LAST_PAISA]))
                case "register":
                    own.update(last_wh=None, last_wh_at=None)


def shown(town: Town, first: date, last: date) -> dict[tuple[int, int], int]:
    """What the pages call not explained, of days since `first` and joined over none before."""
    return {
        (town.meters[row].pk, localday.number(span.last)): span.why.unexplained
        for row in town.prepaid
        for span in town.told(row, date(2026, 10, 28), last).spans
        if span.why.amiss and span.first >= first
    }


@pytest.mark.parametrize("last", [date(2026, 11, 10), date(2026, 11, 7), date(2026, 11, 3)])
def test_the_nightly_look_finds_what_the_pages_show(town, last):
    spoil(town, ["gone"])
    first = last - timedelta(days=6)
    found = looked(first, last)
    assert found == shown(town, first, last)
    assert len(found) >= 5


def test_the_nightly_look_is_as_careful_as_the_pages(town):
    """Where a day or the one before it is spoilt, the look may join days that the page shows as estimates; elsewhere they agree."""
    spoil(town, ["gone", "estimate", "register"])
    first, last = date(2026, 11, 4), date(2026, 11, 10)
    sound = set(Day.objects.filter(estimated=0, last_wh__isnull=False, last_paisa__isnull=False).values_list("meter_id", "day"))
    both = [
        {key for key in each.items() if {key[0], (key[0][0], key[0][1] - 1)} <= sound}
        for each in (looked(first, last), shown(town, first, last))
    ]
    assert both[0] == both[1]
    assert len(both[0]) >= 5


def test_late_data_correct_what_was_found(town):
    row = town.home_of("LT-A")
    paid = Credit.objects.filter(meter=town.meters[row], at__range=("2026-10-02T00:00Z", "2026-10-30T00:00Z")).first()
    Credit.objects.filter(pk=paid.pk).delete()
    on = timezone.localdate(paid.at)
    assert looked(on, on) == {(town.meters[row].pk, localday.number(on)): paid.credited_paisa}
    counted = Looked.objects.filter(day=localday.number(on)).values_list("division", "tariff", "meters", "unknown")
    assert sum(row[2] for row in counted) == len(town.prepaid)
    assert sum(row[3] for row in counted) == 0
    paid.save(force_insert=True)
    assert looked(on, on) == {}
    assert sum(row[2] for row in counted.all()) == len(town.prepaid), "counted once, however often it is looked at"


def test_the_chore_goes_on_where_it_was(town, monkeypatch):
    monkeypatch.setattr(audit, "BLOCK", 10)
    town.take(town.home_of("LT-A"), 25_00, date(2026, 11, 9))
    now = datetime(2026, 11, 11, tzinfo=UTC)
    turns = iter([True, False])
    assert audit.look(now, 0, lambda: next(turns)) == 1
    assert audit.look(now, 1, lambda: True) is None
    assert [(one.paisa, one.tariff, localday.calendar(one.day)) for one in Unexplained.objects.all()] == [
        (-25_00, "LT-A", date(2026, 11, 9))
    ]
    assert Looked.objects.values("day").distinct().count() == 7
    assert "unexplained taka" in upkeep.CHORES


def test_the_end_of_a_packed_month_alone(town):
    pack_slice(1, 10**6, localday.number(NOVEMBER))
    for meter, number, body in Month.objects.values_list("meter_id", "month", "body"):
        days = monthbody.unpack(bytes(body), number)
        ends = days[max(days)]
        values = (ends.first_wh, ends.first_wh_at, ends.last_wh, ends.last_wh_at, ends.last_paisa, ends.last_paisa_at)
        known = [monthbody.MISSING if value is None else value for value in values]
        assert monthglance.closing(bytes(body), number) == (max(days), *known, ends.estimated), meter


def test_a_packed_month_is_the_beginning_of_the_next(town):
    pack_slice(1, 10**6, localday.number(NOVEMBER))
    town.take(town.home_of("LT-A"), 25_00, date(2026, 11, 9))
    assert looked(NOVEMBER, date(2026, 11, 10)) == {(town.meters[town.home_of("LT-A")].pk, localday.number(date(2026, 11, 9))): -25_00}
    assert sum(Looked.objects.values_list("unknown", flat=True)) == 0
