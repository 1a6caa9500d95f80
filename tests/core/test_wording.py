"""The words, in both languages: short enough for a lock screen, neutral, true."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from bijoli.delivery.wording import words

MORNING = datetime(2026, 11, 22, 4, 15, tzinfo=UTC)  # 10:15 in Dhaka
CODES = {
    "low": ["L0", "L1", "L2", "L3"],
    "zero": ["Z1", "Z2", "Z3", "ZR"],
    "overload": ["O1", "O2", "O3", "OR"],
    "tamper": ["T1", "T2", "TR"],
    "slab": ["S1"],
    "closed": ["C1", "C0"],
    "bill": ["B1", "B2", "B3"],
    "case": ["KA", "KW", "KM", "KL", "KR"],
    "test": ["TEST"],
}
EVERY = [(kind, code) for kind, codes in CODES.items() for code in codes]
FACTS = {
    "nothing": {},
    "all": {
        "balance_paisa": -123_456_78,
        "load_w": 5600,
        "limit": 30_000,
        "sanctioned_w": 5000,
        "relay": 3,
        "late": True,
        "protected_until": "2026-11-22T10:00:00+06:00",
        "event_code": "251",
        "counter": 5,
        "out_since": "2026-11-22T08:00:00+06:00",
        "used_wh": 187_400,
        "edge_wh": 200_000,
        "rate": 7_20,
        "next_rate": 7_59,
        "crosses_on": "2026-11-24",
        "tariff_since": "2024-02-01",
        "starts_at": "2026-09-30T21:59:00+06:00",
        "ends_at": "2026-10-07T22:30:00+06:00",
        "lasts_until": "2026-10-07T22:10:00+06:00",
        "recharge_paisa": 25_000_00,
        "number": "C261122-00123",
        "paisa": 98_765_43,
        "late_paisa": 4_938_27,
        "month": "2026-09-01",
        "due_on": "2026-09-28",
        "category": "not_credited",
    },
}


@dataclass
class Told:
    code: str
    facts: dict[str, Any] = field(default_factory=dict)
    kind: str = ""
    at: datetime = MORNING
    meter_number: str = "660012341234"

    def __post_init__(self) -> None:
        self.kind = (
            self.kind
            or {"L": "low", "Z": "zero", "O": "overload", "T": "tamper", "S": "slab", "C": "closed", "K": "case", "B": "bill"}[self.code[0]]
        )


def bangla(code: str, **facts: Any):
    return words(Told(code, facts), "bn", "বাসা")


def english(code: str, **facts: Any):
    return words(Told(code, facts), "en", "Home")


@pytest.mark.parametrize("language", ["bn", "en"])
@pytest.mark.parametrize("facts", FACTS.values(), ids=FACTS)
@pytest.mark.parametrize(("kind", "code"), EVERY)
def test_every_code_has_words_whatever_is_known(kind, code, facts, language):
    said = words(Told(code, facts, kind), language, "")
    assert 0 < len(said.title) <= 50
    assert 0 < len(said.body) <= 150
    assert len(said.explanation) > 20
    assert said.action in {"recharge", "usage", "bill", "call", "none"}
    assert not re.search(r"%\(|\{|None", f"{said}")


@pytest.mark.parametrize("facts", FACTS.values(), ids=FACTS)
@pytest.mark.parametrize(("kind", "code"), EVERY)
def test_bangla_is_bangla_to_the_digit(kind, code, facts):
    said = words(Told(code, facts, kind), "bn", "বাসা")
    shown = (said.title + said.body + said.explanation).replace("C261122-00123", "")  # said over the phone, and compared: Latin everywhere
    assert not re.search(r"[A-Za-z0-9]", shown)


def test_the_lock_screen_shows_four_digits_in_latin_where_the_account_has_no_name():
    assert words(Told("L1", {"balance_paisa": 8450}), "bn", "").body == "মিটার •••• 1234: ৳ ৮৪.৫০ আছে। অনুগ্রহ করে রিচার্জ করুন।"
    assert "66001234" not in str(words(Told("L1"), "en", ""))


def test_low_balance_names_balance_limit_and_time():
    said = bangla("L1", balance_paisa=8450, limit=10_000)
    assert said.title == "ব্যালেন্স ১০০ টাকার নিচে"
    assert said.body == "বাসা: ৳ ৮৪.৫০ আছে। অনুগ্রহ করে রিচার্জ করুন।"
    assert "২২ নভেম্বর, সকাল ১০:১৫" in said.explanation
    assert said.action == "recharge"


def test_very_low_names_its_limit_unless_a_forecast_told_it():
    assert english("L2", balance_paisa=4500).title == "Balance under 50 taka"
    assert english("L2", balance_paisa=40_000).title == "Balance may run out within 24 hours"
    assert english("L3", balance_paisa=900).title == "Balance may run out within 6 hours"


def test_an_own_limit_is_called_so():
    said = english("L0", balance_paisa=29_900, limit=30_000)
    assert said.title == "Balance under your own limit"
    assert "৳ 300" in said.explanation


def test_finished_names_the_end_of_protected_hours_only_where_it_is_known():
    assert "রবিবার সকাল ১০:০০ পর্যন্ত" in bangla("Z1", balance_paisa=-3500, protected_until="2026-11-22T10:00:00+06:00").body
    assert english("Z1", balance_paisa=-3500).body == "Home: the supply may stop. Please recharge."


def test_still_off_says_since_when():
    assert "22 November, 8:00 am" in english("Z3", out_since="2026-11-22T02:00:00+00:00").body


def test_restored_says_when_the_balance_is_still_low():
    assert english("ZR", balance_paisa=5000).body == "Home: ৳ 50.00 now, which is still low."
    assert english("ZR", balance_paisa=5000).action == "recharge"
    assert english("ZR", balance_paisa=50_000).body == "Home: ৳ 500.00 now."
    assert english("ZR", balance_paisa=10_000).action == "usage"


def test_restored_speaks_of_power_only_where_power_was_off():
    assert english("ZR", balance_paisa=50_000, out_since="2026-11-22T02:00:00+00:00").title == "The power is on again"
    assert english("ZR", balance_paisa=50_000).title == "Balance added to the meter"


def test_overload_names_load_and_limit():
    said = bangla("O1", load_w=5600, sanctioned_w=5000, limit=5000)
    assert said.title == "অনুমোদিত লোডের বেশি ব্যবহার"
    assert said.body == "বাসা: ৫.৬ কিলোওয়াট চলছে, সীমা ৫। কিছু যন্ত্র বন্ধ করুন।"
    assert said.action == "usage"


def test_a_trip_is_not_told_as_a_load():
    assert english("O2", relay=3, load_w=0, sanctioned_w=5000).title == "Overload has cut the power"
    assert english("O2", relay=1, load_w=5600, sanctioned_w=5000).title == "Load far over the sanctioned limit"


@pytest.mark.parametrize("code", ["T1", "T2"])
def test_tamper_is_a_signal_and_no_accusation(code, settings):
    said = english(code, event_code="251", counter=2)
    assert "do not open the meter" in said.body
    assert settings.UTILITY.hotline in said.body
    assert "no accusation" in said.explanation
    assert not re.search(r"tamper|theft|steal|illegal|penalt|bypass", f"{said}", re.I)
    assert not re.search(r"চুরি|অবৈধ|জরিমানা|হস্তক্ষেপ", f"{bangla(code)}")
    assert said.action == "call"


def test_what_came_late_says_so():
    assert english("L1", balance_paisa=8450, late=True).explanation.endswith("late.")


def test_what_has_no_words_is_an_error_and_not_a_guess():
    with pytest.raises(KeyError):
        words(Told("X1", kind="unheard"), "en", "Home")
    with pytest.raises(KeyError):
        words(Told("Z9", kind="zero"), "en", "Home")


def test_the_callers_language_stays(settings):
    from django.utils import translation

    with translation.override("en"):
        bangla("L1")
        assert translation.get_language() == "en"


SLAB = {"used_wh": 187_400, "edge_wh": 200_000, "rate": 7_20, "next_rate": 7_59, "crosses_on": "2026-11-24", "tariff_since": "2024-02-01"}
LIFELINE = {"used_wh": 47_300, "edge_wh": 50_000, "rate": 4_63, "next_rate": 5_26, "cliff_paisa": 31_50, "tariff_since": "2024-02-01"}


def test_a_slab_notice_says_what_a_unit_will_cost_and_when():
    said = english("S1", **SLAB)
    assert said.title == "The next price step is near"
    assert said.body == "Home: 187.4 units this month. Above 200 each costs ৳ 7.59."
    assert "Until 200 units one costs ৳ 7.20, each one above that ৳ 7.59." in said.explanation
    assert "that will be about 24 November." in said.explanation
    assert said.explanation.endswith("Tariff as of 1 February 2024, without VAT.")


CLOSING: dict[str, Any] = {"starts_at": "2026-11-26T21:59:00+06:00", "ends_at": "2026-11-27T06:00:00+06:00", "balance_paisa": 80_00}


def test_a_closing_says_until_when_the_balance_lasts_and_what_to_recharge():
    said = english("C1", **CLOSING, lasts_until="2026-11-26T23:00:00+06:00", recharge_paisa=340_00)
    assert said.title == "Recharge before 26 November, 9:59 pm"
    assert said.body.startswith("Home: closed until Friday 6:00 am. Your balance may last only until Thursday 11:00 pm.")
    assert said.body.endswith("Recharge at least ৳ 340 before.")
    assert "From 26 November, 9:59 pm until 27 November, 6:00 am nobody can recharge." in said.explanation
    assert said.action == "recharge"
    assert "reaches the meter only afterwards" in english("C1", **CLOSING, held=True).explanation


def test_a_closing_of_which_only_the_times_are_known_says_no_amount():
    said = english("C1", **CLOSING)
    assert said.body == "Home: recharge is then closed until Friday 6:00 am, and your balance may not last so long."
    assert "৳ 340" not in str(said)


def test_a_closing_that_is_cancelled_says_so():
    assert english("C0", **CLOSING).title == "Recharge is open"
    assert "That is cancelled." in english("C0", **CLOSING).explanation


def test_the_lifeline_notice_says_what_its_loss_costs():
    said = english("S1", **LIFELINE, stays=True)
    assert said.title == "The lifeline rate ends soon"
    assert "That costs ৳ 31.50 at once. As you have used lately, the month ends before that." in said.explanation
    assert bangla("S1", **LIFELINE).body == "বাসা: ৫০ ইউনিটের মধ্যে ৪৭.৩ ব্যবহার হয়েছে। এর বেশি হলে পুরো মাসের দর বেড়ে যাবে।"


def test_a_complaint_is_named_by_number_and_kind_and_by_none_that_is_no_more():
    assert english("KR", number="C261122-00123", category="no_supply").body == "C261122-00123: No power"
    assert bangla("KL", number="C261122-00123", category="no_supply").body == "C261122-00123: বিদ্যুৎ নেই"
    assert english("KM", number="C261122-00123", category="gone").body == "C261122-00123: Complaint"


def test_a_bill_names_its_amount_and_its_last_day():
    facts = {"paisa": 1_786_93, "month": "2026-10-01", "due_on": "2026-12-03", "late_paisa": 89_35}
    new, late = english("B1", **facts), english("B3", **facts)
    assert new.body.replace("\xa0", " ") == "Home: ৳ 1,786.93 to pay, 3 December at the latest."
    assert "Its last day is 3 December. After that day a late fee of ৳ 89.35 is added." in new.explanation.replace("\xa0", " ")
    assert "The last day was 3 December" in late.body
    assert new.action == late.action == "bill"
    assert "৩ ডিসেম্বর" in bangla("B2", **facts).body
