"""Record and watch together: the statement's filter drops no reading on which the rules would act, whatever the order and the repeats."""

import random
from datetime import timedelta

import numpy as np
import pytest
from django.utils import timezone

from bijoli.alerts import watch
from bijoli.alerts.models import Episode, Stage
from bijoli.core.conditions import Relay
from bijoli.metering import numbers
from bijoli.metering.columns import Readings
from bijoli.metering.models import Change, MeterState
from bijoli.metering.record import record
from tests import households
from tests.core.alerts_loop import Meter as Model

pytestmark = pytest.mark.django_db

STEP_S, READINGS, BATCH = 240, 72, 9


def series(chance):
    """A day of one home in a few hours: use, recharges, loads around the limit, a relay that is reported now and then, holes."""
    balance, rows = chance.choice([30.0, 110.0, 160.0]), []
    for _ in range(READINGS):
        balance = round(balance - chance.choice([0, 0.4, 3, 9, 30]) + chance.choice([0] * 14 + [0.9, 15, 70, 150]), 2)
        known = chance.random() > 0.15
        load = chance.choice([None, 1.0, 4.75, 4.8, 5.0, 5.01, 5.5, 5.6])
        relay = chance.choice([Relay.UNKNOWN] * 12 + [Relay.CLOSED] * 3 + [Relay.OPEN_CREDIT, Relay.OPEN_OTHER])
        rows.append((balance if known else None, load, relay))
    return rows


def by_the_rules_alone(rows, begin):
    """Reading by reading, without any filter."""
    model = Model(filtered=False, start=begin)
    model.step = timedelta(seconds=STEP_S)
    for taka, kw, relay in rows:
        model.reading(taka, kw, relay)
    return sorted((stage.at, stage.code, stage.times, stage.lap, stage.reason) for stage in model.stages), model.open


def through_the_database(meters, batches):
    for batch in batches:
        record(batch, timezone.now())
        watch.drain()
    recorded = {meter.pk: [] for meter in meters}
    for stage in Stage.objects.select_related("episode"):
        recorded[stage.episode.meter_id].append((stage.at, stage.code, stage.times, stage.lap, stage.suppressed))
    return [(sorted(recorded[meter.pk]), set(meter.episodes.filter(closed_at=None).values_list("kind", flat=True))) for meter in meters]


@pytest.fixture
def town():
    numbers.forget()
    meters = [households.meter(households.person()) for _ in range(6)]
    for meter in meters:
        MeterState.objects.create(meter=meter, sanctioned_load_w=5000)
    return meters


def batches_of(meters, homes, begin):
    """Batches in time; in each every meter occurs several times."""
    for first in range(0, READINGS, BATCH):
        rows = [
            {
                "meter": meter.number,
                "at": int(begin.timestamp()) + place * STEP_S,
                "balance": None if home[place][0] is None else round(home[place][0] * 100),
                "load": None if home[place][1] is None else round(home[place][1] * 1000),
                "relay": home[place][2],
            }
            for place in range(first, first + BATCH)
            for meter, home in zip(meters, homes, strict=True)
        ]
        yield Readings.of(rows)


def in_order(batch, chance):
    yield batch


def shuffled(batch, chance):
    order = list(range(len(batch)))
    chance.shuffle(order)
    yield batch.take(np.array(order))


def sent_twice(batch, chance):
    yield batch
    yield from shuffled(batch, chance)


@pytest.mark.parametrize("arrive", [in_order, shuffled, sent_twice])
@pytest.mark.parametrize("seed", range(4))
def test_the_same_stages_as_reading_by_reading(town, arrive, seed):  # (16)
    chance = random.Random(seed)
    begin = timezone.now().replace(microsecond=0) - timedelta(seconds=STEP_S * READINGS)
    homes = [series(chance) for _ in town]
    batches = (piece for batch in batches_of(town, homes, begin) for piece in arrive(batch, chance))
    assert through_the_database(town, batches) == [by_the_rules_alone(home, begin) for home in homes]


def test_a_reading_becomes_an_alert_and_its_repeat_does_not(town):
    meter = town[0]
    at = int(timezone.now().timestamp()) - 60
    for _ in range(3):
        record(Readings.of([{"meter": meter.number, "at": at, "balance": 84_50}]), timezone.now())
        watch.drain()
    assert Stage.objects.get().code == "L1"


def test_a_reading_older_than_the_last_one_alerts_nobody(town):
    meter = town[0]
    now = int(timezone.now().timestamp())
    for at, balance in ((now, 500_00), (now - 900, -1_00)):
        record(Readings.of([{"meter": meter.number, "at": at, "balance": balance}]), timezone.now())
    watch.drain()
    assert not Episode.objects.exists()


def test_an_estimated_reading_alerts_nobody(town):
    now = int(timezone.now().timestamp())
    record(Readings.of([{"meter": town[0].number, "at": now, "balance": -1_00, "estimated": 1}]), timezone.now())
    watch.drain()
    assert not Episode.objects.exists()


@pytest.mark.parametrize(("rise", "changes"), [(99, 0), (100, 1)])
def test_a_rise_of_a_taka_under_a_limit_is_handed_on_and_less_is_not(town, rise, changes):
    meter, now = town[0], int(timezone.now().timestamp())
    record(Readings.of([{"meter": meter.number, "at": now - 60, "balance": 60_00}]), timezone.now())
    before = Change.objects.count()
    record(Readings.of([{"meter": meter.number, "at": now, "balance": 60_00 + rise}]), timezone.now())
    assert Change.objects.count() - before == changes


def test_the_first_known_balance_of_a_meter_that_was_cut_off_is_handed_on_however_high_it_is(town):
    meter, now = town[0], int(timezone.now().timestamp())
    record(Readings.of([{"meter": meter.number, "at": now - 120, "relay": Relay.OPEN_CREDIT}]), timezone.now())
    record(Readings.of([{"meter": meter.number, "at": now - 60, "load": 0}]), timezone.now())
    record(Readings.of([{"meter": meter.number, "at": now, "balance": 500_00}]), timezone.now())
    watch.drain()
    assert list(Stage.objects.order_by("pk").values_list("code", flat=True)) == ["Z2", "ZR"]
