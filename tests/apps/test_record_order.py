"""The same readings in any order, in any batches, however often: the same days, the same latest values, the same raw readings.

The oracle is the plain definition: for each day the first and the last known value by time, the highest known load.
"""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bijoli.metering import localday, numbers, reads
from bijoli.metering.columns import Readings
from bijoli.metering.models import Change, Day, Meter, MeterState, Segment
from bijoli.metering.record import record
from bijoli.metering.rolled import Ends, meter_days

pytestmark = pytest.mark.django_db
METERS = (66_012_345_678, 66_012_345_700)
T = 1_795_320_000
HOUR = 3600
NOW = datetime.fromtimestamp(T + 40 * 86400, UTC)
FAR = datetime.fromtimestamp(T - 40 * 86400, UTC)
Row = dict[str, Any]


@pytest.fixture(autouse=True)
def _meters() -> None:
    numbers.forget()
    for number in METERS:
        MeterState.objects.create(meter=Meter.objects.create(number=f"{number:012d}"), sanctioned_load_w=5000)


def maybe(values: st.SearchStrategy[int]) -> st.SearchStrategy[int | None]:
    return st.none() | values


READING = st.fixed_dictionaries(
    {
        "meter": st.sampled_from(METERS),
        "at": st.integers(0, 14).map(lambda step: T + step * 4 * HOUR),
        "estimated": st.sampled_from([0, 0, 0, 1]),
        "balance": maybe(st.integers(-50_00, 300_00)),
        "register": maybe(st.integers(0, 9_000)),
        "load": maybe(st.integers(0, 9_000)),
        "relay": st.sampled_from([0, 1, 2]),
    }
)
HISTORY = st.lists(READING, min_size=1, max_size=40, unique_by=lambda row: (row["meter"], row["at"], row["estimated"]))


def reading(step: int, **told: int) -> Row:
    """A reading of the first meter that tells only this."""
    nothing = {"estimated": 0, "balance": None, "register": None, "load": None, "relay": 0}
    return {"meter": METERS[0], "at": T + step * 4 * HOUR, **nothing, **told}


def oracle_days(rows: list[Row]) -> dict[tuple[int, int], Ends]:
    """Each meter's days by the definition."""
    days: dict[tuple[int, int], list[Row]] = defaultdict(list)
    for row in rows:
        days[row["meter"], localday.day(row["at"])].append(row)
    found = {}
    for key, own in days.items():
        ends: dict[str, int | None] = {}
        for name, column in (("wh", "register"), ("paisa", "balance")):
            known = [row for row in own if row[column] is not None]
            first = min(known, key=lambda row: (row["at"], row["estimated"]), default=None)
            last = min(known, key=lambda row: (-row["at"], row["estimated"]), default=None)
            for which, row in (("first", first), ("last", last)):
                ends[f"{which}_{name}"], ends[f"{which}_{name}_at"] = (row[column], row["at"]) if row else (None, None)
        loads = [row for row in own if row["load"] is not None and not row["estimated"]]
        highest = min(loads, key=lambda row: (-row["load"], row["at"]), default=None)
        ends["max_w"], ends["max_at"] = (highest["load"], highest["at"]) if highest else (None, None)
        if any(value is not None for value in ends.values()):
            found[key] = Ends(**ends)
    return found


def oracle_latest(rows: list[Row]) -> dict[int, tuple[int | None, ...]]:
    """Each meter's last reading, and its latest known balance, register and load."""
    found = {}
    for meter in METERS:
        own = sorted((row for row in rows if row["meter"] == meter and not row["estimated"]), key=lambda row: row["at"])
        values = [next((row[name] for row in reversed(own) if row[name] is not None), None) for name in ("balance", "register", "load")]
        found[meter] = (own[-1]["at"] if own else 0, *values)
    return found


def oracle_loads(rows: list[Row]) -> dict[int, list[tuple[int, int]]]:
    found: dict[int, dict[int, int]] = {meter: {} for meter in METERS}
    for row in sorted(rows, key=lambda row: -row["estimated"]):
        if row["load"] is not None:
            found[row["meter"]][row["at"]] = row["load"]
    return {meter: sorted(loads.items()) for meter, loads in found.items()}


def known_days(ids: dict[int, int]) -> dict[tuple[int, int], Ends]:
    found = meter_days(ids.values(), 0, 10**6)
    return {(number, day): ends for number, pk in ids.items() for day, ends in found[pk].items() if ends != Ends()}


def known_latest(ids: dict[int, int]) -> dict[int, tuple[int | None, ...]]:
    columns = ("last_at", "balance_paisa", "register_wh", "load_w")
    return {number: MeterState.objects.values_list(*columns).get(pk=pk) for number, pk in ids.items()}


def batches(rows: list[Row], random: random.Random) -> list[list[Row]]:
    """The rows, shuffled, some of them twice, cut into batches; some batches again."""
    sent = rows + random.sample(rows, random.randint(0, len(rows)))
    random.shuffle(sent)
    cuts = sorted(random.sample(range(1, len(sent)), random.randint(0, min(6, len(sent) - 1)))) if len(sent) > 1 else []
    pieces = [sent[start:end] for start, end in zip([0, *cuts], [*cuts, len(sent)], strict=True)]
    return pieces + random.sample(pieces, random.randint(0, len(pieces)))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=HISTORY, chance=st.randoms(use_true_random=False))
def test_days_latest_values_and_raw_readings_are_the_same_in_any_order(rows: list[Row], chance: random.Random) -> None:
    ids = {int(number): pk for number, pk in Meter.objects.values_list("number", "pk")}
    with transaction.atomic():
        for batch in batches(rows, chance):
            outcome = record(Readings.of(batch), NOW)
            assert len(outcome.status) == len(batch)
        assert known_days(ids) == oracle_days(rows)
        assert known_latest(ids) == oracle_latest(rows)
        for number, pk in ids.items():
            loads = [(int(at.timestamp()), load) for at, load in reads.loads(pk, FAR, NOW)]
            assert loads == oracle_loads(rows)[number]
        transaction.set_rollback(True)


def handed_on(rows: list[Row], sizes: list[int]) -> list[tuple[Any, ...]]:
    """The changes that these rows, in the order of their times and in batches of these sizes, hand on."""
    with transaction.atomic():
        left = list(rows)
        for size in sizes:
            record(Readings.of(left[:size]), NOW)
            left = left[size:]
        record(Readings.of(left), NOW)
        found = list(
            Change.objects.order_by("meter_id", "id").values_list("meter_id", "at", "before_paisa", "balance_paisa", "load_w", "calm")
        )
        transaction.set_rollback(True)
    return found


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=HISTORY, sizes=st.lists(st.integers(0, 10), max_size=8))
def test_changes_are_the_same_however_the_readings_are_cut_into_batches(rows: list[Row], sizes: list[int]) -> None:
    in_time = sorted((row for row in rows if not row["estimated"]), key=lambda row: row["at"])
    assert handed_on(in_time, sizes) == handed_on(in_time, [1] * len(in_time))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(rows=[reading(0), reading(1, relay=2), reading(2, balance=120_00)])
@given(rows=HISTORY)
def test_no_reading_is_kept_from_the_rules_on_which_they_would_act(rows: list[Row]) -> None:
    """By the definition: every reading that crosses a limit, rises under one, changes the band of the load or turns the relay; and the
    first balance of a meter whose relay was opened for credit while nobody knew one."""
    in_time = sorted((row for row in rows if not row["estimated"]), key=lambda row: (row["at"], row["meter"]))
    wanted = set()
    for meter in METERS:
        balance, load, relay, calm = 120_00, 0, 0, 0
        known = awaited = False
        for row in (row for row in in_time if row["meter"] == meter):
            acts = False
            if row["balance"] is not None:
                acts |= any((balance >= edge) != (row["balance"] >= edge) for edge in (1, 5000, 10000, 12000))
                acts |= row["balance"] < 12000 and row["balance"] - balance >= 100
                acts |= awaited
                balance, known, awaited = row["balance"], True, False
            elif row["relay"] == 2:
                awaited |= not known
            if row["load"] is not None:
                acts |= any((load > edge) != (row["load"] > edge) for edge in (4750, 5000, 5500))
                load, before = row["load"], calm
                calm = min(calm + 1, 2) if load <= 4750 else 0
                acts |= calm == 2 > before
            if row["relay"]:
                acts |= row["relay"] != relay and (relay != 0 or row["relay"] > 1)
                relay = row["relay"]
            if acts:
                wanted.add((meter, row["at"]))
    with transaction.atomic():
        record(Readings.of(in_time), NOW)
        given_on = {(int(number), at) for number, at in Change.objects.values_list("meter__number", "at")}
        transaction.set_rollback(True)
    assert given_on == wanted


def test_a_replay_of_everything_stores_no_day_anew() -> None:
    rows = [{"meter": METERS[0], "at": T + hour * HOUR, "register": hour, "balance": hour} for hour in range(60)]
    record(Readings.of(rows), NOW)
    before = list(Day.objects.order_by("meter_id", "day").values())
    segments = Segment.objects.count()
    record(Readings.of(rows), NOW)
    assert list(Day.objects.order_by("meter_id", "day").values()) != []
    assert [day | {"estimated": 0} for day in before] == list(
        Day.objects.filter(day__lte=before[-1]["day"]).order_by("meter_id", "day").values()
    )
    assert Segment.objects.count() >= segments
