"""How long the balance lasts and how the slabs stand, in words: what is said, what is left out, and what nobody knows."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation

from bijoli.core.forecast import Crossing, RunOut, Unknown
from bijoli.core.tariff import slab_position
from bijoli.insight.outlook import Enough, Outlook, Total
from bijoli.tariffs.reads import file_book
from bijoli.web.slabs import slab_card
from bijoli.web.until import enough, lasts

DHAKA = ZoneInfo("Asia/Dhaka")
NOW = datetime(2026, 11, 25, 18, 0, tzinfo=DHAKA)  # a Wednesday
HOMES = file_book().at("LT-A", date(2026, 11, 25))


@pytest.fixture(autouse=True)
def _english() -> object:
    with translation.override("en"):
        yield


def ends(likely: datetime | None, cut: datetime | None = None, early: datetime | None = None, late: datetime | None = None) -> RunOut:
    return RunOut(early or likely, likely, late or likely, early or likely, cut or likely, late or likely)


def test_it_is_said_roughly_with_its_range() -> None:
    likely = NOW + timedelta(days=1, hours=2)
    said = lasts(ends(likely, early=NOW + timedelta(hours=15), late=NOW + timedelta(days=2)), NOW, "en")
    assert said is not None
    assert said.words == "Lasts until about tomorrow evening"
    assert said.range == "Between tomorrow morning and Friday evening, as you have used lately"
    assert said.cut == ""


def test_a_cut_is_named_only_outside_protected_hours_and_only_where_it_is_near() -> None:
    likely, protected = NOW + timedelta(hours=5), NOW + timedelta(days=1, hours=-8)
    said = lasts(ends(likely, cut=protected), NOW, "en")
    assert said is not None
    assert said.cut == "Supply would not be cut before Tomorrow, 10:00 am: protected hours."
    far = lasts(ends(NOW + timedelta(days=10), cut=NOW + timedelta(days=11)), NOW, "en")
    assert far is not None
    assert far.cut == ""


def test_beyond_the_horizon() -> None:
    said = lasts(RunOut(None, None, None, None, None, None), NOW, "en")
    assert said is not None
    assert (said.words, said.range, said.cut) == ("Lasts for more than a month", "", "")
    open_end = lasts(RunOut(NOW + timedelta(days=9), NOW + timedelta(days=30), None, None, None, None), NOW, "en")
    assert open_end is not None
    assert open_end.range == "Not before 4 December, as you have used lately"


@pytest.mark.parametrize("reason", ["few_days", "old_reading", "idle"])
def test_what_is_not_known_says_why(reason: str) -> None:
    said = lasts(Unknown(reason), NOW, "en")  # type: ignore[arg-type]
    assert said is not None
    assert not said.known
    assert len(said.words) > 20


def test_nothing_is_said_where_the_page_has_said_it_already() -> None:
    assert lasts(None, NOW, "en") is None
    assert lasts(Unknown("no_balance"), NOW, "en") is None
    assert lasts(ends(NOW - timedelta(hours=1)), NOW, "en") is None


def test_what_the_balance_needs_is_rounded_up_to_whole_taka() -> None:
    assert enough(Enough(date(2026, 11, 30), 500_00, 600_00), NOW, "en") == "Enough until the end of 30 November, as you have used lately."
    short = enough(Enough(date(2026, 11, 30), 500_01, 100_00), NOW, "en")
    assert short == "To be enough until the end of 30 November, about ৳ 401 more should reach the meter."
    assert enough(Unknown("few_days"), NOW, "en") == ""


def outlook(wh: int, likely: datetime | None = None, total: Total | None = None) -> Outlook:
    reached = Crossing(likely, likely, likely) if likely else None
    return Outlook(NOW, wh, slab_position(wh, HOMES), HOMES, reached, total, None)


def test_the_lifeline_s_edge_says_what_its_loss_costs() -> None:
    card = slab_card(outlook(48_000, NOW + timedelta(days=2), Total(52_000, 55_000, 60_000)), NOW, "en")
    assert card is not None
    assert card.lines[0] == "Each unit costs ৳ 4.63 now; after 2.0 more units ৳ 5.26."
    assert card.lines[1] == "The lifeline rate is then lost for the whole month, which costs ৳ 31.50 more."
    assert card.lines[2] == "As you have used lately that is about 27 November."
    assert card.total == "The month will have about 52 to 60 units."
    assert (card.code, card.since) == ("LT-A", date(2024, 2, 1))


def test_in_the_highest_slab_there_is_no_next_one() -> None:
    card = slab_card(outlook(700_000), NOW, "en")
    assert card is not None
    assert card.lines == ["Each unit costs ৳ 14.61 now: the highest slab."]
    assert card.strip.count('class="used"') == 6


def test_a_class_with_one_rate_has_no_card() -> None:
    flat = file_book().at("LT-E", date(2026, 11, 25))
    assert slab_card(Outlook(NOW, 1000, slab_position(1000, flat), flat, None, None, None), NOW, "en") is None
    assert slab_card(None, NOW, "en") is None
