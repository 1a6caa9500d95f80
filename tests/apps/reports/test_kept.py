"""Reports over more than a page has time for: wanted, counted by the timer, shown with their time, counted anew, forgotten."""

from datetime import timedelta

import pytest
from django.utils import timezone

from bijoli.metering import upkeep
from bijoli.reports import chores, gather, kept
from bijoli.reports.models import Counted
from bijoli.reports.period import Asked
from tests.apps.reports.test_benefit import GOOD, NOW, TODAY, Home, build

FIRST = TODAY - timedelta(days=1)


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every report is over more than is counted at once."""
    monkeypatch.setattr(kept, "AT_ONCE", -1)


@pytest.mark.django_db
def test_over_few_rows_it_is_counted_at_once_and_nothing_is_kept() -> None:
    build([Home("Uttara", credits=(52,))], [GOOD])
    asked = Asked(FIRST, TODAY, NOW)
    assert kept.report(asked) == gather.report(asked)
    assert not Counted.objects.exists()


@pytest.mark.django_db
@pytest.mark.usefixtures("large")
@pytest.mark.parametrize("divisions", [None, ("Uttara",), ()])
def test_a_large_one_is_wanted_then_counted_and_the_same(divisions: tuple[str, ...] | None) -> None:
    build([Home("Uttara", credits=(52,))], [GOOD])
    asked = Asked(FIRST, TODAY, NOW, divisions)
    with pytest.raises(kept.Counting):
        kept.report(asked)
    assert (kept.count(), kept.count()) == (1, 0)
    found = kept.report(asked)
    assert list(gather.lines(found)) == list(gather.lines(gather.report(asked)))
    assert found.recharges == gather.report(asked).recharges
    assert found.asked.divisions == divisions
    assert Counted.objects.get().wanted_at is None


@pytest.mark.django_db
@pytest.mark.usefixtures("large")
def test_one_of_moving_days_is_counted_anew_one_of_settled_days_once_a_day() -> None:
    now = timezone.now()
    today = timezone.localdate(now)
    for last, again in ((today, kept.MOVING), (today - timedelta(days=9), kept.SETTLED)):
        Counted.objects.all().delete()
        with pytest.raises(kept.Counting):
            kept.report(Asked(last, last, now))
        kept.count()
        early, late = now + again - timedelta(minutes=5), now + again + timedelta(minutes=5)
        assert kept.report(Asked(last, last, early))
        assert not kept.wanted()
        assert kept.report(Asked(last, last, late)).asked.now < late  # the old one, meanwhile
        assert kept.wanted()


@pytest.mark.django_db
@pytest.mark.usefixtures("large")
def test_what_nobody_asks_for_goes() -> None:
    with pytest.raises(kept.Counting):
        kept.report(Asked(FIRST, TODAY, NOW))
    kept.forget(NOW + timedelta(days=6))
    assert Counted.objects.exists()
    kept.forget(NOW + timedelta(days=8))
    assert not Counted.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("large")
def test_the_timer_counts_in_a_thread_of_its_own() -> None:
    with pytest.raises(kept.Counting):
        kept.report(Asked(FIRST, TODAY, NOW))
    for _ in range(100):
        if upkeep.run(timezone.now(), only="reports"):
            break
    assert Counted.objects.get().counted_at
    assert not any(one.is_alive() for one in chores._threads)
