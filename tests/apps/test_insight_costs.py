"""A postpaid account's days and months by the tariff: equal to the worked examples, and by date where a tariff changes."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from bijoli.core.tariff import read_tariff
from bijoli.insight import costs
from bijoli.metering import numbers, reads
from bijoli.metering.columns import Readings
from bijoli.metering.models import Meter, MeterState
from bijoli.metering.reads import PointView
from bijoli.metering.record import record
from bijoli.tariffs import reads as tariffs
from tests.households import meter

pytestmark = pytest.mark.django_db
DHAKA = ZoneInfo("Asia/Dhaka")
NOW = datetime(2026, 11, 25, 18, 0, tzinfo=DHAKA)


@pytest.fixture
def home() -> Meter:
    numbers.forget()
    made = meter()
    made.installations.update(installed_at=datetime(2024, 1, 1, tzinfo=DHAKA))
    MeterState.objects.create(meter=made, sanctioned_load_w=2000)
    point = made.installations.get().usage_point
    point.sanctioned_load_w = 2000
    point.save()
    return made


def point(at: Meter) -> PointView:
    account = at.installations.get().usage_point.account_id
    return reads.points([account])[account]


def evenings(at: Meter, first: date, wh: list[int]) -> None:
    """The register at the end of each day, after so much use in it."""
    register = 0
    begin = datetime(first.year, first.month, first.day, 23, 50, tzinfo=DHAKA)
    for n, used in enumerate([0, *wh]):
        register += used
        record(Readings.of([{"meter": int(at.number), "at": int((begin + timedelta(days=n - 1)).timestamp()), "register": register}]), NOW)


@pytest.mark.parametrize(("kwh", "total"), [(40, 282_66), (50, 331_28), (51, 369_87), (150, 1069_43), (300, 2244_38)])
def test_a_month_costs_what_the_worked_examples_say(home: Meter, kwh: int, total: int) -> None:
    evenings(home, date(2026, 10, 1), [kwh * 1000 // 30] * 29 + [kwh * 1000 - kwh * 1000 // 30 * 29])
    (october,) = costs.months(point(home).account_id, point(home), date(2026, 10, 1), date(2026, 10, 1))
    assert (october.energy_wh, october.spent_paisa) == (kwh * 1000, total)


def test_days_cost_their_place_in_the_month_and_add_up(home: Meter) -> None:
    evenings(home, date(2026, 10, 1), [10_000] * 31)
    view = point(home)
    found = costs.days(view.account_id, view, date(2026, 10, 1), date(2026, 10, 31))
    assert sum(day.spent_paisa or 0 for day in found) == 2053_50 + 10 * 8_02
    later = costs.days(view.account_id, view, date(2026, 10, 25), date(2026, 10, 31))
    assert later == found[-7:]
    assert later[-1].spent_paisa == 80_20


def test_a_tariff_that_changes_within_a_month_counts_by_date(home: Meter, monkeypatch: pytest.MonkeyPatch) -> None:
    common = {"from": date(2024, 2, 1), "vat_percent": 5, "vat_on": ["energy", "demand"], "rebate_percent": 0, "rent": {"1": 0}}
    old = {"code": "LT-A", "from": date(2024, 2, 1), "name": {"en": "x", "bn": "x"}, "demand": 0, "slabs": [{"rate": Decimal("5.00")}]}
    new = old | {"from": date(2026, 10, 16), "slabs": [{"rate": Decimal("6.00")}]}
    changed = read_tariff({"common": [common], "tariff": [old, new]})
    monkeypatch.setattr(costs, "book", lambda: changed)
    evenings(home, date(2026, 10, 1), [1_000] * 31)
    view = point(home)
    assert (
        sum(day.spent_paisa or 0 for day in costs.days(view.account_id, view, date(2026, 10, 1), date(2026, 10, 31))) == 15 * 500 + 16 * 600
    )
    (october,) = costs.months(view.account_id, view, date(2026, 10, 1), date(2026, 10, 1))
    assert october.spent_paisa == (15 * 500 + 16 * 600) * 105 // 100


def test_a_class_that_the_book_does_not_know_costs_nothing_known(home: Meter) -> None:
    evenings(home, date(2026, 10, 1), [1_000] * 31)
    home.installations.get().usage_point.__class__.objects.update(tariff="MT-9")
    view = point(home)
    assert costs.as_of("MT-9", date(2026, 10, 1)) is None
    assert [one.spent_paisa for one in costs.months(view.account_id, view, date(2026, 10, 1), date(2026, 10, 1))] == [None]
    assert {one.spent_paisa for one in costs.days(view.account_id, view, date(2026, 10, 1), date(2026, 10, 31))} == {None}
    tariffs.look_again()


def test_a_gap_costs_nothing_known(home: Meter) -> None:
    evenings(home, date(2026, 10, 1), [1_000] * 5)
    view = point(home)
    assert [one.day.day for one in costs.days(view.account_id, view, date(2026, 10, 1), date(2026, 10, 31))] == [1, 2, 3, 4, 5]
    november = costs.months(view.account_id, view, date(2026, 11, 1), date(2026, 11, 1))[0]
    assert (november.energy_wh, november.spent_paisa) == (None, None)
