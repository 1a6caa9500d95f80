"""The lists of codes, written a second time as their sources have them: what each code means in its own list, and in no other."""

from __future__ import annotations

import pytest

from bijoli.core.eventcodes import TABLES
from bijoli.core.metering import meaning

# kind -> pairs (occurrence, restoration), codes that begin, codes that end, codes that do neither
Listed = dict[str, tuple[list[tuple[object, object]], list[object], list[object], list[object]]]

IS15959: Listed = {
    "power_fail": ([(1, 2), (3, 4), (5, 6)], [85, 101], [], []),
    "power_restore": ([], [], [86, 102], []),
    "over_voltage": ([(7, 8)], [], [], []),
    "low_voltage": ([(9, 10)], [], [], []),
    "info": ([], [], [], [11, 12, 63, 64, 205, 206]),
    "tamper_current": ([(21, 22), (51, 52), (53, 54), (55, 56), (57, 58), (59, 60), (61, 62), (65, 66), (81, 82)], [], [], []),
    "overload": ([(67, 68), (215, 216)], [], [], []),
    "tamper_neutral": ([(69, 70), (83, 84), (203, 204), (207, 208)], [], [], []),
    "config_change": ([], [], [], [*range(151, 167), 182, 183, 211, 212, 213, 214]),
    "tamper_magnet": ([(201, 202)], [], [], []),
    "tamper_comm": ([(209, 210)], [], [], []),
    "tamper_cover": ([], [251], [], []),
    "meter_fault": ([(889, 890)], [252, 253], [], []),
    "supply_off": ([], [301], [], []),
    "supply_on": ([], [], [302], []),
}
DLMS: Listed = {
    "info": ([], [], [], [9, 10, 11, 103, 113, 123, 133, 255]),
    "power_fail": ([], [1, 86, 87, 88], [], []),
    "power_restore": ([], [], [2, 90, 91, 92], []),
    "config_change": ([], [], [], [3, 4, 5, 6, 17, 18, 47]),
    "meter_fault": ([], [7, 8, 12, 13, 14, 15, 16], [], []),
    "tamper_comm": ([(21, 22)], [], [], [46]),
    "tamper_cover": ([(40, 41), (44, 45), (48, 49)], [], [], []),
    "tamper_magnet": ([(42, 43)], [], [], []),
    "low_voltage": ([], [77, 78, 79], [], []),
}
DSMR: Listed = DLMS | {"low_voltage": ([], [77, 78, 79, 80, 81, 82], [], []), "over_voltage": ([], [83, 84, 85], [], [])}
SMR: Listed = DLMS | {"over_voltage": ([], [80, 81, 82], [83, 84, 85], [])}
CIM: Listed = {
    "tamper_cover": (
        [("12.0.257", "12.0.291"), ("12.43.257", "12.43.291"), ("12.141.212", "12.141.16"), ("12.29.212", "12.29.16")],
        ["12.17.257"],
        [],
        [],
    ),
    "tamper_magnet": ([("12.66.242", "12.66.243")], [], [], []),
    "tamper_current": ([("12.48.219", "12.48.28"), ("12.93.219", "12.93.28"), ("12.6.219", "12.6.28")], [], [], []),
    "tamper_comm": ([], [], [], ["12.136.38", "12.136.85", "12.24.85"]),
    "overload": ([("15.261.139", "15.261.216")], [], [], []),
    "supply_off": ([], ["31.26.68", "15.26.68"], [], []),
    "supply_on": ([], [], ["31.26.42", "15.26.42"], []),
    "power_fail": ([], ["26.38.85", "26.80.59", "26.25.85"], [], []),
    "power_restore": ([], [], ["26.38.49"], []),
    "low_voltage": ([], ["26.79.223"], [], []),
    "over_voltage": ([], ["26.79.248"], [], []),
    "config_change": ([], [], [], ["15.261.24", "36.116.24", "7.31.24"]),
    "info": ([], [], [], ["8.0.215"]),
    "meter_fault": (
        [("18.72.79", "18.72.28"), ("18.85.79", "18.85.28"), ("18.92.79", "18.92.28"), ("18.1.199", "18.1.28"), ("21.1.79", "21.1.28")],
        ["2.22.150", "2.0.85", "9.83.159", "11.46.79", "18.72.85", "18.85.85", "18.92.85", "18.1.220"],
        [],
        [],
    ),
}
PREPAY: Listed = {
    "low_balance": ([], ["low_credit", "0x02"], [], []),
    "zero_balance": ([], ["out_of_credit", "0x40"], [], []),
    "emergency_credit": ([], ["emergency_credit", "0x20"], [], []),
    "supply_off": ([], ["disconnected", "ready_for_reconnection"], [], []),
    "supply_on": ([], [], ["connected"], []),
}
LISTS = {"is15959": IS15959, "dlms": DLMS, "idis": DLMS, "dsmr": DSMR, "smr": SMR, "cim": CIM, "prepay": PREPAY}


def written_out(listed: Listed) -> dict[str, tuple[str, bool | None]]:
    found: dict[str, tuple[str, bool | None]] = {}
    for kind, (pairs, begin, end, neither) in listed.items():
        begins = [first for first, _ in pairs] + begin
        ends = [last for _, last in pairs] + end
        for codes, value in ((begins, True), (ends, False), (neither, None)):
            for code in codes:
                assert str(code) not in found, f"{code} stands twice in the list"
                found[str(code)] = (kind, value)
    return found


def test_every_list_is_here() -> None:
    assert set(TABLES) == set(LISTS)


@pytest.mark.parametrize("profile", list(LISTS))
def test_a_list_means_what_its_source_says_and_nothing_more(profile: str) -> None:
    assert TABLES[profile] == written_out(LISTS[profile])


@pytest.mark.parametrize("profile", list(LISTS))
def test_each_code_is_found_as_it_comes_over_the_wire(profile: str) -> None:
    for code, (kind, begins) in TABLES[profile].items():
        sent = f"3.{code}" if profile == "cim" else f" {code.upper()} "
        known = meaning(profile.upper(), sent)
        assert known is not None, sent
        assert (known.kind, known.begins) == (kind, begins)


@pytest.mark.parametrize(
    ("code", "meant"),
    [
        ("1", {"is15959": "power_fail", "dlms": "power_fail", "prepay": None}),
        ("9", {"is15959": "low_voltage", "dlms": "info"}),
        ("21", {"is15959": "tamper_current", "dlms": "tamper_comm"}),
        ("44", {"is15959": None, "dlms": "tamper_cover", "idis": "tamper_cover"}),
        ("80", {"is15959": None, "dlms": None, "idis": None, "dsmr": "low_voltage", "smr": "over_voltage"}),
        ("85", {"is15959": "power_fail", "dlms": None, "dsmr": "over_voltage", "smr": "over_voltage"}),
        ("86", {"is15959": "power_restore", "dlms": "power_fail"}),
        ("251", {"is15959": "tamper_cover", "dlms": None, "smr": None}),
    ],
)
def test_the_same_code_means_different_things_in_two_lists(code: str, meant: dict[str, str | None]) -> None:
    assert {profile: known.kind if (known := meaning(profile, code)) else None for profile in meant} == meant


@pytest.mark.parametrize(("profile", "code"), [("dlms", "230"), ("idis", "244"), ("smr", "249"), ("is15959", "303"), ("cim", "3.99.9.9")])
def test_a_makers_own_code_stays_unmapped(profile: str, code: str) -> None:
    assert meaning(profile, code) is None
