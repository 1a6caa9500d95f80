"""Several gateways at the same moment: nobody waits for ever, nothing is counted twice, nothing is lost."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from django.db import connection

from bijoli.metering import numbers
from bijoli.metering.columns import Readings, Status
from bijoli.metering.events import Event, record_events
from bijoli.metering.models import Change, Meter, MeterEvent, MeterState
from bijoli.metering.record import record

pytestmark = pytest.mark.django_db(transaction=True)
METERS = range(66_000_000_001, 66_000_000_301)
T = 1_795_320_000
NOW = datetime.fromtimestamp(T + 86400, UTC)


@pytest.fixture(autouse=True)
def _meters() -> None:
    numbers.forget()
    made = Meter.objects.bulk_create(Meter(number=f"{number:012d}") for number in METERS)
    MeterState.objects.bulk_create(MeterState(meter=meter, sanctioned_load_w=5000, calm=2) for meter in made)


def batch(seed: int) -> int:
    """Every meter falls under a limit, in an order of this sender's own; some come twice. Returns how many were accepted."""
    chance = random.Random(seed)
    rows = [{"meter": meter, "at": T + step, "balance": 90_00 - step} for meter in METERS for step in (0, 900)]
    chance.shuffle(rows)
    try:
        return record(Readings.of(rows), NOW).count(Status.ACCEPTED)
    finally:
        connection.close()


def alarms(seed: int) -> int:
    chance = random.Random(seed)
    events = [Event(meter, T + 60, "is15959", "215") for meter in METERS]
    chance.shuffle(events)
    try:
        return record_events(events, NOW).count(Status.ACCEPTED)
    finally:
        connection.close()


def test_the_same_batches_from_many_senders_at_once_count_once() -> None:
    with ThreadPoolExecutor(6) as pool:
        accepted = [pool.submit(work, seed) for seed in range(4) for work in (batch, alarms)]
        readings, events = sum(one.result() for one in accepted[::2]), sum(one.result() for one in accepted[1::2])
    assert readings == 2 * len(METERS)
    assert events == MeterEvent.objects.count() == len(METERS)
    assert Change.objects.filter(source="reading").count() == len(METERS)
    assert Change.objects.filter(source="event").count() == len(METERS)
    assert MeterState.objects.filter(last_at=T + 900, balance_paisa=81_00).count() == len(METERS)
