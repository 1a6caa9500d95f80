"""A code means what its own list says, and a meter's number is 12 digits."""

import pytest

from bijoli.core.eventcodes import TABLES
from bijoli.core.metering import KINDS, Meaning, meaning, meter_number


@pytest.mark.parametrize(
    ("profile", "code", "expected"),
    [
        ("is15959", "251", Meaning("tamper_cover", True)),
        ("is15959", "0251", Meaning("tamper_cover", True)),
        ("IS15959", "215", Meaning("overload", True)),
        ("is15959", "216", Meaning("overload", False)),
        ("is15959", "301", Meaning("supply_off", True)),
        ("is15959", "302", Meaning("supply_on", False)),
        ("is15959", "158", Meaning("config_change", None)),
        ("is15959", "44", None),
        ("dlms", "44", Meaning("tamper_cover", True)),
        ("dlms", "45", Meaning("tamper_cover", False)),
        ("dlms", "80", None),
        ("smr", "80", Meaning("over_voltage", True)),
        ("dsmr", "80", Meaning("low_voltage", True)),
        ("smr", "83", Meaning("over_voltage", False)),
        ("dsmr", "83", Meaning("over_voltage", True)),
        ("prepay", "out_of_credit", Meaning("zero_balance", True)),
        ("prepay", "0x40", Meaning("zero_balance", True)),
        ("utility-x", "1", None),
    ],
)
def test_a_code_means_what_its_own_list_says(profile: str, code: str, expected: Meaning | None) -> None:
    assert meaning(profile, code) == expected


@pytest.mark.parametrize("first", ["0", "1", "3", "10"])
def test_a_cim_code_is_matched_on_its_last_three_parts(first: str) -> None:
    assert meaning("cim", f"{first}.12.0.257") == Meaning("tamper_cover", True)
    assert meaning("cim", f"{first}.15.261.139") == Meaning("overload", True)


def test_a_cim_code_with_too_few_parts_is_unknown() -> None:
    assert meaning("cim", "257") is None
    assert meaning("cim", "1.3.12.0.257") is None


def test_every_table_names_kinds_that_exist() -> None:
    assert {kind for table in TABLES.values() for kind, _ in table.values()} <= KINDS


def test_tampers_overloads_and_supply_are_for_the_alert_rules_and_voltage_is_not() -> None:
    assert Meaning("tamper_neutral", True).alerts
    assert Meaning("supply_on", False).alerts
    assert not Meaning("over_voltage", True).alerts
    assert not Meaning("tamper_comm", None).alerts


def test_eleven_digits_get_their_leading_zero_back() -> None:
    assert meter_number("66012345678") == meter_number(" 066012345678 ") == "066012345678"


@pytest.mark.parametrize("text", ["", "1234567890", "0660123456789", "06601234567a", "-66012345678", "০৬৬০১২৩৪৫৬৭৮"])
def test_anything_else_is_no_meter_number(text: str) -> None:
    with pytest.raises(ValueError, match="12 digits"):
        meter_number(text)
