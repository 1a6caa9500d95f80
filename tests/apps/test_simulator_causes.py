"""What can be caused at a meter, how it is told on the wire, and that the meter goes on from there."""

import msgspec
import numpy as np
import pytest

from bijoli.simulator.causes import CauseError, Wish, cause
from bijoli.simulator.people import DEMO_METERS
from tests.apps.test_simulator_meters import START, town

HOME, SHOP, VILLAGE, FLAT = DEMO_METERS
NOON = START + 12 * 3600


def caused(meters, kind, meter=HOME, now=NOON, **wish):
    told = cause(meters, Wish(kind, meter, **wish), now)
    return told, [msgspec.to_builtins(row) for row in told.readings]


def next_reading(meters, row=0, at=NOON + 900):
    return meters.advance(np.array([row]), np.array([at]), live=True)[0]


def test_low_puts_the_balance_under_100_and_it_goes_on_falling_from_there():
    meters = town(4)
    _, (row,) = caused(meters, "low")
    assert (row["meter"], row["at"], row["balance"], row["relay"]) == (HOME, NOON, 84.5, "closed")
    later = next_reading(meters)
    assert 83_00 < later.balance[0] < 84_50
    assert later.register_wh[0] >= row["register_kwh"] * 1000


def test_zero_cuts_the_supply_until_a_recharge():
    meters = town(4)
    _, (row,) = caused(meters, "zero")
    assert (row["balance"], row["relay"]) == (-3.0, "open_credit")
    assert next_reading(meters).load_w[0] == 0
    told, (row,) = caused(meters, "recharge", now=NOON + 1000)
    assert row["relay"] == "closed"
    assert row["balance"] == pytest.approx(-3 + float(told.events[0]["credit"]["credited"]))
    assert next_reading(meters, at=NOON + 1800).load_w[0] > 0


def test_zero_in_protected_hours_keeps_the_supply_whatever_the_hour():
    meters = town(4)
    _, (row,) = caused(meters, "zero", protected=True)
    assert (row["balance"], row["relay"]) == (-35.0, "closed")
    assert [next_reading(meters, at=NOON + 900 * step).relay[0] for step in range(1, 97)] == [1] * 96


def test_overload_is_over_the_high_mark_once_and_the_next_readings_are_calm():
    meters = town(4)
    _, (row,) = caused(meters, "overload", SHOP)
    assert row["load_kw"] == pytest.approx(5.6)
    assert next_reading(meters, row=1).load_w[0] < 4750


def test_tamper_is_a_code_of_the_meter_s_own_profile():
    meters = town(4)
    assert caused(meters, "tamper")[0].events == [{"meter": HOME, "at": NOON, "profile": "is15959", "code": "251"}]
    assert caused(meters, "tamper", VILLAGE, tamper="magnet")[0].events[0]["code"] == "42"
    assert caused(meters, "tamper", FLAT)[0].readings == []


def test_a_recharge_tells_its_split_and_the_reading_has_the_new_balance():
    meters = town(4)
    before = int(meters.state.balance[0])
    meters.state.due[0] = 1
    told, (row,) = caused(meters, "recharge", amount=1000_00)
    (event,) = told.events
    credit = event["credit"]
    taka = {name: float(credit[name]) for name in ("gross", "credited", "vat", "rebate")}
    assert (event["profile"], event["code"]) == ("prepay", "credit")
    assert taka["gross"] == pytest.approx(taka["credited"] + taka["vat"] + 126 + 40 - taka["rebate"])
    assert [(charge["name"], float(charge["amount"])) for charge in credit["charges"]] == [("demand", 126.0), ("rent", 40.0)]
    assert START < event["at"] < row["at"]
    used = before + round(taka["credited"] * 100) - round(row["balance"] * 100)
    assert 0 <= used < 60_00


def test_relay_trips_and_comes_back_or_stays_off_where_a_clerk_switched_it():
    meters = town(4)
    assert caused(meters, "relay")[1][0]["relay"] == "open_overload"
    assert next_reading(meters).relay[0] == 1
    caused(meters, "relay", relay="open_other", now=NOON + 1000)
    assert next_reading(meters, at=NOON + 1800).relay[0] == 4
    caused(meters, "relay", relay="closed", now=NOON + 1900)
    assert next_reading(meters, at=NOON + 2700).relay[0] == 1


def test_times_of_one_meter_rise_also_when_several_things_happen_in_a_second():
    meters = town(4)
    times = [row["at"] for kind in ("low", "overload", "recharge", "low", "zero") for row in caused(meters, kind)[1]]
    assert times == sorted(set(times))
    assert len({caused(meters, "tamper")[0].events[0]["at"] for _ in range(3)}) == 3


@pytest.mark.parametrize(
    ("wish", "says"),
    [
        (Wish("low", "066099999999"), "no meter 066099999999"),
        (Wish("flood", HOME), "nothing is called 'flood'"),
        (Wish("low", FLAT), "postpaid"),
        (Wish("zero", HOME, amount=500), "is not zero"),
        (Wish("recharge", HOME, amount=1), "recharge more"),
        (Wish("relay", HOME, relay="ajar"), "not 'ajar'"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(wish, says):
    meters = town(4)
    meters.state.due[0] = 1
    before = meters.state.copy()
    with pytest.raises(CauseError, match=says):
        cause(meters, wish, NOON)
    assert meters.state.balance.tolist() == before.balance.tolist()


def test_an_overload_needs_supply():
    meters = town(4)
    caused(meters, "zero")
    with pytest.raises(CauseError, match="the supply of meter 066012000001 is off"):
        caused(meters, "overload", now=NOON + 10)
