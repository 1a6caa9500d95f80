"""The demo person: a phone number, and the places that person pays for."""

from __future__ import annotations

from dataclasses import dataclass

FIRST_ACCOUNT = 31_000_001
FIRST_METER = 66_012_000_001
DEMO_PHONE = "01700000001"
SECOND_PHONE = "01700000002"  # sees the first place too
FIRST_NEIGHBOUR = 1_700_000_003
DEMO_NAMES = ("রহিমা খাতুন", "করিম মিয়া")
SURNAMES = ("আক্তার", "আহমেদ", "ইসলাম", "উদ্দিন", "খান", "খাতুন", "চৌধুরী", "দাস", "বেগম", "মিয়া", "রহমান", "সরকার", "হোসেন", "হক")


@dataclass(frozen=True, slots=True)
class Place:
    """One of the demo person's own places, by its position in the town."""

    nickname: str
    tariff: str
    load_w: int
    prepaid: bool
    mean_w: float
    calls_at: int  # paisa: under this balance the person recharges
    amount: int  # paisa
    starts_with: int  # paisa


DEMO_PLACES = (
    Place("বাসা", "LT-A", 3000, True, 310.0, 350_00, 500_00, 520_00),
    Place("দোকান", "LT-E", 5000, True, 620.0, 1600_00, 1000_00, 1900_00),
    Place("গ্রামের বাড়ি", "LT-A", 1000, True, 60.0, 180_00, 200_00, 240_00),
    Place("ফ্ল্যাট", "LT-A", 4000, False, 420.0, 0, 0, 0),
)
KEYPAD_PLACE = 2  # the village house: credit comes as tokens that are typed in
DEMO_METERS = tuple(f"{FIRST_METER + position:012d}" for position in range(len(DEMO_PLACES)))
