"""Raw readings come back as they were told: before, between and after any merging, whatever came twice, late or as an estimate."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bijoli.metering import compact, localday, numbers, raw
from bijoli.metering.columns import Readings, Status
from bijoli.metering.compact import Task, run
from bijoli.metering.models import Meter, MeterState, Segment
from bijoli.metering.record import record

IDS = (1, 2, 63, 64, 4095, 4096, 4200, 9000)  # in three blocks of 4,096 and six groups of 64
FIRST = 66_000_000_000
T = 1_795_284_000  # midnight of a local day, the reading before it is yesterday's
NOW = datetime.fromtimestamp(T + 3 * 86400, UTC)
SINCE = datetime.fromtimestamp(T - 5 * 86400, UTC)
LONG_AFTER = NOW + timedelta(days=2)
Row = dict[str, Any]
Known = dict[tuple[int, int], dict[str, tuple[Any, bool]]]
NAMES = {"balance": "balance_paisa", "register": "register_wh", "load": "load_w", "relay": "relay"}

some = st.none() | st.integers(0, 3) | st.integers(-(2**40), 2**40)
rows = st.fixed_dictionaries(
    {"meter": st.sampled_from(IDS).map(lambda pk: FIRST + pk), "at": st.integers(-6, 6).map(lambda n: T + n * 900)}
    | {"balance": some, "register": some, "load": st.none() | st.integers(0, 9000), "relay": st.integers(0, 4)}
    | {"estimated": st.integers(0, 1)}
)
tasks = st.builds(
    Task, day=st.integers(-1, 0).map(lambda n: localday.day(T) + n), block=st.sampled_from([None, 0, 1, 2]), late=st.booleans()
)


@pytest.fixture
def meters(db: None) -> Iterator[None]:
    numbers.forget()
    made = Meter.objects.bulk_create(Meter(pk=pk, number=f"{FIRST + pk:012d}") for pk in IDS)
    MeterState.objects.bulk_create(MeterState(meter=meter, sanctioned_load_w=5000) for meter in made)
    yield
    numbers.forget()


def told(batch: list[Row], known: Known) -> None:
    """Records a batch and notes in `known` what a plain reading of the rule keeps of it: first come, known before estimated."""
    outcome = record(Readings.of(batch), NOW)
    seen = set()
    for row, status in zip(batch, outcome.status.tolist(), strict=True):
        key = (row["meter"] - FIRST, row["at"])
        if (*key, row["estimated"]) in seen or (status == Status.REPEATED and not row["estimated"]):
            continue
        seen.add((*key, row["estimated"]))
        for name in NAMES:
            missing = not row[name] if name == "relay" else row[name] is None
            before = known[key].get(name)
            if not missing and (before is None or (before[1] and not row["estimated"])):
                known[key][name] = (row[name], bool(row["estimated"]))


def stored() -> Known:
    found: Known = {}
    for meter in IDS:
        for one in raw.of_meter(meter, SINCE, NOW):
            values = {name: getattr(one, own) for name, own in NAMES.items()}
            found[meter, int(one.at.timestamp())] = {
                name: (value, NAMES[name] in one.estimated) for name, value in values.items() if value not in ((0, None)[name != "relay"],)
            }
    return found


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.lists(rows, min_size=1, max_size=12) | tasks, max_size=14), crash=st.booleans())
def test_what_goes_in_comes_out(meters: None, steps: list[Any], crash: bool) -> None:
    known: Known = defaultdict(dict)
    with transaction.atomic():
        for step in steps:
            if isinstance(step, list):
                told(step, known)
                continue
            with transaction.atomic():
                run(step)
                transaction.set_rollback(crash)  # a crash undoes the step, and nothing else
            assert stored() == known
        assert stored() == known
        while compact.compact(LONG_AFTER, lambda: True):
            pass
        assert stored() == known
        groups = [(day, first // 64, last // 64) for day, first, last in Segment.objects.values_list("day", "first_meter", "last_meter")]
        assert len(set(groups)) == len(groups)
        assert all(first == last for _, first, last in groups)
        transaction.set_rollback(True)


def quarter(n: int, meters: range = range(1, 301), **values: Any) -> list[Row]:
    return [{"meter": FIRST + pk, "at": T + n * 900, "balance": 500_00 - pk - n, "register": 1000 * pk + n, **values} for pk in meters]


@pytest.fixture
def town(transactional_db: None) -> Iterator[None]:
    numbers.forget()
    made = Meter.objects.bulk_create(Meter(pk=pk, number=f"{FIRST + pk:012d}") for pk in range(1, 301))
    MeterState.objects.bulk_create(MeterState(meter=meter, sanctioned_load_w=5000) for meter in made)
    yield
    numbers.forget()


def pieces() -> tuple[int, int]:
    """How many segments wait to be merged, how many are settled."""
    return Segment.objects.filter(settled=False).count(), Segment.objects.filter(settled=True).count()


def test_a_running_day_is_settled_when_it_has_grown_and_a_finished_one_for_good(town: None) -> None:
    today = datetime.fromtimestamp(T + 86400 - 900, UTC)
    for n in range(23):
        record(Readings.of(quarter(n)), today)
    assert compact.due(today) == []
    record(Readings.of(quarter(23)), today)
    assert compact.compact(today, lambda: True) == 24 * 300
    assert pieces() == (0, 5)  # meters 1-63, 64-127, ... 256-300
    for n in range(24, 48):
        record(Readings.of(quarter(n)), today)
    assert compact.compact(today, lambda: True) == 48 * 300
    record(Readings.of(quarter(48)), today)
    finished = datetime.fromtimestamp(T + 86400 + 3 * 3600, UTC)
    assert compact.compact(finished, lambda: True) == 49 * 300
    assert pieces() == (0, 5)
    assert compact.compact(finished, lambda: True) == 0
    record(Readings.of(quarter(5, range(70, 71), load=7)), finished)  # late, and there already: the first stays, the load is new
    assert pieces() == (1, 5)
    assert compact.due(finished) == []
    assert compact.compact(finished + timedelta(hours=1), lambda: True) == 64 * 49 + 1  # only its group is written anew
    day = raw.of_meter(70, SINCE, NOW)
    assert [one.balance_paisa for one in day] == [500_00 - 70 - n for n in range(49)]
    assert [one.load_w for one in day if one.load_w is not None] == [7]


def test_scattered_pieces_are_spread_before_they_become_many(town: None) -> None:
    Meter.objects.create(pk=90_000, number="066000090000")
    MeterState.objects.create(meter_id=90_000, sanctioned_load_w=5000)
    today = datetime.fromtimestamp(T + 86400 - 900, UTC)
    for n in range(64):
        record(Readings.of([*quarter(n, range(7, 8)), *quarter(n, range(90_000, 90_001))]), today)
    assert pieces() == (64, 0)
    assert compact.compact(today, lambda: True) == 128
    assert pieces() == (2, 0)
    assert len(raw.of_meter(90_000, SINCE, NOW)) == len(raw.of_meter(7, SINCE, NOW)) == 64


def test_several_compactors_and_gateways_at_once_lose_and_double_nothing(town: None) -> None:
    day = localday.day(T)

    def gateway(part: int) -> None:
        try:
            for n in range(part, 40, 4):
                record(Readings.of(quarter(n)), NOW)
        finally:
            connection.close()

    def compactor(_: int) -> None:
        try:
            for _ in range(15):
                run(Task(day, 0, late=False))
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        done = [pool.submit(work, n) for n in range(4) for work in (gateway, compactor)]
        for one in done:
            one.result(timeout=120)
    for meter in (1, 150, 300):
        found = raw.of_meter(meter, SINCE, NOW)
        assert [(int(one.at.timestamp()), one.register_wh) for one in found] == [(T + n * 900, 1000 * meter + n) for n in range(40)]
    run(Task(day, 0, late=True))
    while run(Task(day, 0, late=True)):
        pass
    assert sum(Segment.objects.values_list("readings", flat=True)) >= 300 * 40


def test_a_read_uses_the_index_and_opens_only_its_own_segments(town: None) -> None:
    for n in range(24):
        record(Readings.of(quarter(n)), NOW)
    compact.compact(LONG_AFTER, lambda: True)
    Segment.objects.bulk_create(
        Segment(day=20_000 + n // 100, first_meter=n % 100 * 64, last_meter=n % 100 * 64 + 63, readings=1, body=b"", settled=True)
        for n in range(5_000)
    )
    parameters = {"days": [localday.day(T)], "meter": 70, "block": 0}
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE metering_segment")
        cursor.execute(raw.PIECES, parameters)
        assert len(cursor.fetchall()) == 1
        cursor.execute("EXPLAIN " + raw.PIECES, parameters)
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "Seq Scan" not in plan
    assert "Index" in plan


def test_a_merged_day_takes_less_than_ten_bytes_a_reading(town: None) -> None:
    rng = np.random.default_rng(1)
    load = (rng.gamma(2.0, 0.16, (300, 96)) * 5000).astype(int)
    register, balance = load.cumsum(1) // 4 + rng.integers(10**6, 5 * 10**7, (300, 1)), 3000_00 - load.cumsum(1) * 7 // 40
    for n in range(96):
        at = T + n * 900 + rng.integers(0, 60, 300)
        rows = [
            {"meter": FIRST + pk, "at": at[pk - 1], "balance": balance[pk - 1, n], "register": register[pk - 1, n], "load": load[pk - 1, n]}
            for pk in range(1, 301)
        ]
        record(Readings.of(rows), NOW)
    compact.compact(LONG_AFTER, lambda: True)
    assert pieces() == (0, 5)
    assert sum(len(one.body) for one in Segment.objects.all()) / (300 * 96) < 10
    found = raw.of_meter(200, SINCE, NOW)
    assert [(one.balance_paisa, one.register_wh, one.load_w) for one in found] == list(
        zip(balance[199].tolist(), register[199].tolist(), load[199].tolist(), strict=True)
    )
