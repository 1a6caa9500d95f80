"""LOW by forecast: L2 under 24 hours, L3 under 6, closed over 36. The forecast here is a real one, if a small one: it divides."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from bijoli.core.alerts import Snapshot
from bijoli.core.alerts.forecast import Forecast, Unknown
from tests.core.alerts_loop import Meter

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


class SteadyUse:
    """A home that uses so many taka an hour, day and night."""

    def __init__(self, taka_an_hour: float) -> None:
        self.paisa_a_second = taka_an_hour * 100 / 3600

    def run_out_s(self, latest, now):
        return {meter: int(one.balance / self.paisa_a_second) for meter, one in latest.items() if one.balance is not None}


def living(forecast: Forecast, *taka: float, meter: Meter | None = None) -> Meter:
    """Readings, each with what is forecast of it."""
    meter = meter or Meter(filtered=False)
    for value in taka:
        run_out = forecast.run_out_s({1: Snapshot(balance=round(value * 100))}, NOW)
        meter.context = replace(meter.context, run_out_s=run_out.get(1))
        meter.balances(value)
    return meter


def test_400_taka_that_last_20_hours_are_l2_at_once_and_l1_still_comes_at_99():  # (17)
    large_home = SteadyUse(20)
    meter = living(large_home, 500, 400)
    assert meter.pushed == ["L2"]
    assert meter.stages[0].facts["run_out_s"] == 20 * 3600
    assert living(SteadyUse(9), 99, meter=meter).pushed == ["L2", "L1"]


def test_under_six_hours_is_l3_worth_sending_until_then():
    meter = living(SteadyUse(20), 500, 400, 119)
    assert meter.pushed == ["L2", "L3"]
    assert meter.stages[-1].facts["run_out_s"] == 119 * 180


def test_24_and_6_hours_themselves_are_not_under():
    assert living(SteadyUse(10), 240.01, 240).pushed == []
    assert living(SteadyUse(10), 239.9).pushed == ["L2"]
    assert living(SteadyUse(50), 300.1, 300).pushed == ["L2"]
    assert living(SteadyUse(50), 299).pushed == ["L3"]


def test_what_a_forecast_alone_opened_closes_over_36_hours():
    meter = living(SteadyUse(20), 400)
    assert living(SteadyUse(10), 360, meter=meter).open == {"low"}, "36 hours are not over 36"
    assert living(SteadyUse(10), 361, meter=meter).open == set()


def test_what_the_balance_opened_closes_at_its_limit_unless_it_would_open_again_at_once():
    meter = living(SteadyUse(1), 99)
    assert living(SteadyUse(5.1), 120, meter=meter).open == {"low"}, "under 24 hours L2 holds"
    assert living(SteadyUse(5), 120.1, meter=meter).open == set()


def test_where_the_forecast_falls_silent_a_recharge_closes_and_nothing_else():
    meter = living(SteadyUse(20), 400)
    assert living(Unknown(), 399, 398, meter=meter).open == {"low"}
    assert living(Unknown(), 600, meter=meter).open == set()


def test_unknown_is_neither_zero_nor_for_ever():
    assert Unknown().run_out_s({1: Snapshot(balance=1)}, NOW) == {}
    assert living(Unknown(), 400, 101).pushed == []
    assert living(SteadyUse(20), meter=Meter()).pushed == []


def test_a_stage_by_forecast_keeps_its_least_gap_of_12_hours():
    meter = living(SteadyUse(20), 400)
    for hours, told in ((1, [("L2", ""), ("L2", "gap")]), (12, [("L2", ""), ("L2", "gap"), ("L2", "")])):
        living(SteadyUse(15), 500, meter=meter.wait(hours=hours))  # 33 hours: a recharge that does not close, a new lap
        living(SteadyUse(30), 499, meter=meter)  # 17 hours
        assert meter.recorded == told
        living(SteadyUse(15), 450, meter=meter)
