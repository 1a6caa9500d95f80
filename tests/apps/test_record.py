"""Readings become states, days and changes: each crossing once, whatever the order, and never from what is missing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from bijoli.metering import numbers, reads
from bijoli.metering.columns import Outcome, Readings, Status
from bijoli.metering.limits import LOOK_AGAIN, set_edges
from bijoli.metering.models import Change, Day, Meter, MeterState, Relay, Segment
from bijoli.metering.record import record

pytestmark = pytest.mark.django_db
ONE, TWO = 66_012_345_678, 66_012_345_679
T = 1_795_320_000  # 2026-11-22 10:00 in Dhaka
QUARTER = 900
NOW = datetime.fromtimestamp(T + 40 * 86400, UTC)


@pytest.fixture(autouse=True)
def _meters() -> None:
    numbers.forget()
    for number in (ONE, TWO):
        MeterState.objects.create(meter=Meter.objects.create(number=f"{number:012d}"), sanctioned_load_w=5000, calm=2)


def told(*rows: dict[str, Any], now: datetime = NOW) -> Outcome:
    return record(Readings.of([{"meter": ONE} | row for row in rows]), now)


def balances(*taka: float | None, start: int = T) -> Outcome:
    """One meter's balances a quarter of an hour apart, each in a batch of its own."""
    outcome = Outcome(np.zeros(0, np.int8))
    for number, amount in enumerate(taka):
        outcome = told({"at": start + number * QUARTER, "balance": None if amount is None else round(amount * 100)})
    return outcome


def state(number: int = ONE) -> MeterState:
    return MeterState.objects.get(meter__number=f"{number:012d}")


def changes(number: int = ONE) -> list[tuple[int | None, int | None]]:
    """Balance before and after, of each change."""
    rows = Change.objects.filter(meter__number=f"{number:012d}").order_by("id")
    return list(rows.values_list("before_paisa", "balance_paisa"))


def test_a_crossing_is_handed_on_and_a_mere_fall_is_not() -> None:
    balances(150, 130, 101, 100, 99.99, 99, 60)
    assert changes() == [(130_00, 101_00), (100_00, 99_99)]


def test_the_first_balance_of_a_meter_is_a_change_only_where_a_limit_lies_above_it() -> None:
    balances(500)
    assert changes() == []
    MeterState.objects.update(balance_band=None, last_at=0)
    balances(40)
    assert len(changes()) == 1


def test_zero_is_a_balance_and_missing_is_none() -> None:
    balances(60, None, None, 60)
    assert changes() == [(None, 60_00)]
    balances(0, start=T + 10 * QUARTER)
    assert changes()[-1] == (60_00, 0)
    assert state().balance_band == 0


def test_a_recharge_under_the_limits_is_handed_on_and_one_above_them_is_not() -> None:
    balances(20, 20.99, 21.99, 15, 60, 55)
    assert changes() == [(None, 20_00), (20_99, 21_99), (15_00, 60_00)]
    Change.objects.all().delete()
    balances(500, 900, start=T + 10 * QUARTER)
    assert changes() == [(55_00, 500_00)]


def test_each_crossing_among_the_readings_of_a_batch_counts_in_the_order_of_their_times() -> None:
    balances(150)
    told({"at": T + 3 * QUARTER, "balance": 200_00}, {"at": T + QUARTER, "balance": 150_00}, {"at": T + 2 * QUARTER, "balance": 40_00})
    assert changes() == [(150_00, 40_00), (40_00, 200_00)]
    assert state().balance_paisa == 200_00


def test_a_batch_sent_again_changes_nothing() -> None:
    rows = [{"at": T, "balance": 40_00, "register": 5_000, "load": 6000}, {"at": T + QUARTER, "balance": 30_00, "load": 100}]
    assert told(*rows).count(Status.ACCEPTED) == 2
    before = (MeterState.objects.values().get(meter__number=f"{ONE:012d}"), Change.objects.count())
    again = told(*rows)
    assert (again.count(Status.LATE), again.count(Status.REPEATED), again.changes) == (1, 1, 0)
    assert (MeterState.objects.values().get(meter__number=f"{ONE:012d}"), Change.objects.count()) == before


def test_the_same_reading_twice_in_one_batch_is_one_reading() -> None:
    outcome = told({"at": T, "balance": 40_00}, {"at": T, "balance": 30_00}, {"meter": TWO, "at": T, "balance": 40_00})
    assert outcome.status.tolist() == [Status.ACCEPTED, Status.REPEATED, Status.ACCEPTED]
    assert state().balance_paisa == 40_00


def loads(*watts: int | None, start: int = T) -> list[tuple[int | None, int]]:
    """One meter's loads a quarter of an hour apart; load and calm of the changes that they make."""
    Change.objects.all().delete()
    for number, load in enumerate(watts):
        told({"at": start + number * QUARTER, "load": load})
    return list(Change.objects.order_by("id").values_list("load_w", "calm"))


def test_load_is_handed_on_when_its_band_changes_and_when_it_has_been_calm_twice() -> None:
    assert loads(1000, 5000, 5001, 5500, 5501) == [(5000, 0), (5001, 0), (5501, 0)]
    assert loads(4900, 4750, None, 4700, 4600, start=T + 10 * QUARTER) == [(4900, 0), (4750, 1), (4700, 2)]


def test_a_relay_that_turns_is_handed_on_and_a_closed_one_told_for_the_first_time_is_not() -> None:
    for number, relay in enumerate([1, 1, 2, 0, 2, 1, 3]):
        told({"at": T + number * QUARTER, "relay": relay})
    turned = [(Relay.CLOSED, Relay.OPEN_CREDIT), (Relay.OPEN_CREDIT, Relay.CLOSED), (Relay.CLOSED, Relay.OPEN_OVERLOAD)]
    assert list(Change.objects.order_by("id").values_list("relay_before", "relay")) == turned
    assert state().calm == 0


def test_an_estimate_moves_neither_state_nor_rules() -> None:
    balances(150)
    outcome = told({"at": T + QUARTER, "balance": 10_00, "register": 7000, "load": 9000, "estimated": 1})
    assert outcome.status.tolist() == [Status.ACCEPTED]
    assert (state().last_at, state().balance_paisa, state().load_w, changes()) == (T, 150_00, None, [])
    assert Day.objects.get().last_wh == 7000
    assert reads.loads(state().pk, NOW.replace(year=2020), NOW) == [(datetime.fromtimestamp(T + QUARTER, UTC), 9000)]


def test_a_late_reading_is_kept_and_alerts_nobody() -> None:
    balances(150)
    outcome = told({"at": T - QUARTER, "balance": 10_00, "load": 7000})
    assert outcome.status.tolist() == [Status.LATE]
    assert (state().balance_paisa, changes()) == (150_00, [])
    assert Day.objects.get().first_paisa == 10_00


def test_a_time_ahead_of_ours_and_an_unknown_meter_are_not_stored() -> None:
    now = datetime.fromtimestamp(T, UTC)
    outcome = told({"at": T + 601, "balance": 5_00}, {"at": T + 600, "balance": 6_00}, {"meter": 66_099_999_999, "at": T}, now=now)
    assert outcome.status.tolist() == [Status.QUARANTINED, Status.ACCEPTED, Status.UNKNOWN]
    assert (state().last_at, state().balance_paisa, Segment.objects.get().readings) == (T + 600, 6_00, 1)


def test_a_meter_loaded_while_we_run_is_known_at_once() -> None:
    assert record(Readings.of([{"meter": 66_077_777_777, "at": T}]), NOW).status.tolist() == [Status.UNKNOWN]
    MeterState.objects.create(meter=Meter.objects.create(number="066077777777"), sanctioned_load_w=1000)
    assert record(Readings.of([{"meter": 66_077_777_777, "at": T}]), NOW).status.tolist() == [Status.ACCEPTED]


def test_a_meter_that_is_gone_although_we_remember_it_is_unknown() -> None:
    told({"at": T})
    MeterState.objects.all().delete()
    assert told({"at": T + 1}).status.tolist() == [Status.UNKNOWN]


def test_an_empty_batch_is_recorded() -> None:
    assert len(record(Readings.of([]), NOW).status) == 0


def test_the_days_turn_at_local_midnight_and_writes_the_finished_day() -> None:
    midnight = T + 14 * 3600
    told({"at": midnight - QUARTER, "register": 1000, "balance": 90_00, "load": 800}, {"at": midnight - 1, "register": 1100})
    assert not Day.objects.exists()
    told({"at": midnight, "register": 1200, "load": 300})
    day = Day.objects.get()
    assert (day.first_wh, day.last_wh, day.last_wh_at, day.last_paisa, day.max_w, day.max_at) == (
        1000,
        1100,
        midnight - 1,
        90_00,
        800,
        midnight - QUARTER,
    )
    assert (state().day, state().day_first_wh, state().day_first_paisa, state().day_max_w) == (day.day + 1, 1200, None, 300)


def test_an_own_limit_is_a_limit_of_that_meter_alone() -> None:
    MeterState.objects.filter(meter__number=f"{ONE:012d}").update(edges=[1, 5000, 10000, 12000, 30000, 36000])
    for number in (ONE, TWO):
        told(
            *(
                {"meter": number, "at": T + step * QUARTER, "balance": amount}
                for step, amount in enumerate([400_00, 299_00, 310_00, 360_00])
            )
        )
    assert changes(ONE) == [(400_00, 299_00), (299_00, 310_00), (310_00, 360_00)]
    assert changes(TWO) == []


def test_after_a_limit_was_set_the_next_balance_is_looked_at() -> None:
    balances(500)
    MeterState.objects.update(edges=[1, 5000])
    assert set_edges([state().pk]) == 1
    assert (state().edges, state().balance_band) == (None, LOOK_AGAIN)
    balances(480, start=T + 10 * QUARTER)
    assert changes() == [(500_00, 480_00)]


def test_raw_readings_take_less_than_20_bytes_each_and_come_back_exactly() -> None:
    meters = [Meter(number=f"{77_000_000_000 + n:012d}") for n in range(500)]
    Meter.objects.bulk_create(meters)
    MeterState.objects.bulk_create(MeterState(meter=meter, sanctioned_load_w=5000) for meter in meters)
    rng = np.random.default_rng(1)
    rows = [
        {"meter": int(meter.number), "at": T + int(rng.integers(0, 900)), "balance": int(rng.integers(-5000, 300_000))}
        | {"register": int(rng.integers(1_000_000, 50_000_000)), "load": int(rng.integers(0, 9000))}
        for meter in meters
    ]
    record(Readings.of(rows), NOW)
    assert sum(len(segment.body) for segment in Segment.objects.all()) / 500 < 20
    for row, meter in list(zip(rows, meters, strict=True))[::50]:
        assert reads.loads(meter.pk, NOW.replace(year=2020), NOW) == [(datetime.fromtimestamp(row["at"], UTC), row["load"])]
