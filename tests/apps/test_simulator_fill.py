"""History: every reading of the last weeks; of days before a few, that still tell the day's energy, balance and highest load."""

import numpy as np

from bijoli.simulator.fill import FINE_DAYS, _batches, bodies, next_at, steps, thin
from tests.apps.test_simulator_meters import START, town

HOUR = 3600


def test_each_meter_reports_every_quarter_at_its_own_second():
    meters = town(10)
    told = list(steps(meters, START + 2 * HOUR))
    times = np.concatenate([readings.at for readings, _ in told])
    assert len(times) == int(((START + 2 * HOUR - next_at(town(10))) // 900 + 1).sum())
    assert len(np.unique(times % 900)) > 5
    assert (next_at(meters) > START + 2 * HOUR).all()


def test_a_meter_that_was_read_out_of_turn_keeps_its_turn():
    meters = town(4)
    meters.draw(np.array([0]), np.array([START + 950 + meters.homes.stagger[0]]))
    told = [readings for readings, _ in steps(meters, START + HOUR)]
    own = [int(readings.at[readings.rows == 0][0]) for readings in told if 0 in readings.rows]
    assert np.diff(own).tolist() == [900] * (len(own) - 1)
    assert own[0] == START + 1800 + meters.homes.stagger[0]


def test_a_thin_day_keeps_its_end_its_highest_load_and_all_recharges():
    day = list(steps(town(10), START + 24 * HOUR - 1))
    whole = {row: [] for row in range(10)}
    for readings, _ in day:
        for row, at, load in zip(readings.rows, readings.at, readings.load_w, strict=True):
            whole[row].append((at, load))
    kept, recharges = thin(day)
    assert recharges == [paid for _, told in day for paid in told]
    assert (np.diff(kept.at) >= 0).all()
    for row, told in whole.items():
        own = kept.rows == row
        assert 4 <= own.sum() <= 5
        assert kept.at[own][-1] == told[-1][0]
        assert kept.load_w[own].max() == max(load for _, load in told)


def test_only_the_last_weeks_are_told_in_full():
    meters = town(3)
    until = START + (FINE_DAYS + 10) * 86400
    batches = list(_batches(meters, until))
    days = [{} for _ in range(3)]
    for readings, _ in (step for batch in batches for step in batch):
        for row, at in zip(readings.rows.tolist(), readings.at.tolist(), strict=True):
            day = meters.calendar.local(at).date()
            days[row][day] = days[row].get(day, 0) + 1
    for told in days:
        counts = [told[day] for day in sorted(told)]
        assert len(counts) in {FINE_DAYS + 10, FINE_DAYS + 11}
        assert all(count <= 5 for count in counts[:9])
        assert all(count == 96 for count in counts[11:-1])


def test_bodies_hold_at_most_10000_rows():
    meters = town(40)
    (batch,) = list(_batches(meters, START + 3 * 86400))[:1]
    credits, readings = bodies(meters, batch)
    assert sum(body.count(b"\n") for body in readings) == sum(len(told.rows) for told, _ in batch)
    assert max(body.count(b"\n") for body in readings) <= 10_000
    assert credits.count(b"\n") == sum(len(paid) for _, paid in batch)
