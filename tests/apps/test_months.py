"""Finished months as one row: the same days come out, late ones are taken in, and a round may stop anywhere."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bijoli.metering import localday, monthbody, monthglance, months, numbers
from bijoli.metering.columns import MISSING, Readings
from bijoli.metering.ends import COLUMNS, Ends, span
from bijoli.metering.models import Day, Meter, MeterState, Month
from bijoli.metering.record import record
from bijoli.metering.rolled import last_before, meter_days, meter_months

pytestmark = pytest.mark.django_db
FIRST = 66_000_000_000
IDS = (1, 2, 1500)
SEPTEMBER = localday.number(date(2026, 9, 1))
NOW = datetime(2026, 12, 9, tzinfo=UTC)
FOREVER = 10**6


@pytest.fixture(autouse=True)
def _meters(db: None) -> Any:
    numbers.forget()
    made = Meter.objects.bulk_create(Meter(pk=pk, number=f"{FIRST + pk:012d}") for pk in IDS)
    MeterState.objects.bulk_create(MeterState(meter=meter, sanctioned_load_w=5000) for meter in made)
    yield
    numbers.forget()


def some(values: st.SearchStrategy[int]) -> st.SearchStrategy[int | None]:
    return st.none() | values


reading = st.fixed_dictionaries(
    {"meter": st.sampled_from(IDS).map(lambda pk: FIRST + pk)}
    | {"at": st.builds(lambda day, hour: localday.midnight(SEPTEMBER + day) + hour * 7200, st.integers(0, 99), st.integers(0, 11))}
    | {"balance": some(st.integers(-50_00, 10**9)), "register": some(st.integers(0, 10**10)), "load": some(st.integers(0, 9_000))}
    | {"estimated": st.sampled_from([0, 0, 1])}
)


def assert_whole_months_are_their_days() -> None:
    for row in Month.objects.all():
        days = monthbody.unpack(bytes(row.body), row.month)
        assert monthglance.whole(bytes(row.body), row.month) == (span(days.values()), len(days))
    months_of = meter_months(IDS, 0, monthbody.month(FOREVER))
    for meter, days in meter_days(IDS, 0, FOREVER).items():
        for month, (ends, count) in months_of[meter].items():
            own = [ends for day, ends in sorted(days.items()) if monthbody.month(day) == month]
            assert (ends, count) == (span(own), len(own))
        assert sum(count for _, count in months_of[meter].values()) == len(days)


def known() -> dict[int, dict[int, list[Any]]]:
    """All that is known of the days, also which figures are estimates."""
    found = meter_days(IDS, 0, FOREVER)
    return {meter: {day: [getattr(ends, name) for name in COLUMNS] for day, ends in sorted(found[meter].items())} for meter in IDS}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=st.lists(st.lists(reading, min_size=1, max_size=20), min_size=1, max_size=6), data=st.data())
def test_days_are_the_same_packed_or_not(batches: list[list[dict[str, Any]]], data: st.DataObject) -> None:
    with transaction.atomic():
        for batch in batches:
            record(Readings.of(batch), NOW)
        expected = known()
        before = {day: last_before(IDS, day, day - 62) for day in range(SEPTEMBER, SEPTEMBER + 100, 7)}
        transaction.set_rollback(True)
    with transaction.atomic():
        for batch in batches:
            record(Readings.of(batch), NOW)
            if data.draw(st.booleans()):
                months.pack_slice(
                    *data.draw(st.sampled_from([(1, 1), (2, 2000), (1, 2000)])), SEPTEMBER + data.draw(st.sampled_from([30, 61]))
                )
        assert known() == expected
        assert_whole_months_are_their_days()
        assert {day: last_before(IDS, day, day - 62) for day in before} == before
        assert months.pack(NOW, 0, lambda: True) is None
        assert known() == expected
        assert not Day.objects.filter(day__lt=localday.number(date(2026, 12, 1))).exists()
        transaction.set_rollback(True)


@given(days=st.dictionaries(st.integers(0, 29), st.lists(some(st.integers(-(2**40), 2**40)), min_size=5, max_size=5), min_size=1))
def test_a_month_is_packed_exactly(days: dict[int, list[int | None]]) -> None:
    month, stored = monthbody.month(SEPTEMBER), {}
    for day, values in days.items():
        at = localday.midnight(SEPTEMBER + day) + day * 1000
        told = [one for value in values for one in (value, None if value is None else at)]
        stored[SEPTEMBER + day] = Ends.of([*told, day % 16])
    bodies = monthbody.pack(np.tile(monthbody.table(stored), 2), np.array([0, len(days)]), month)
    for body in bodies:
        assert monthglance.whole(body, month) == (span(ends for _, ends in sorted(stored.items())), len(days))
        found = monthbody.unpack(body, month)
        assert found == stored
        assert {day: ends.estimated for day, ends in found.items()} == {day: ends.estimated for day, ends in stored.items()}


def mine(firsts: Any, lasts: Any, row: int) -> dict[int, tuple[int | None, int | None]]:
    """What `registers` says of one body, by day."""
    known = zip(firsts[row].tolist(), lasts[row].tolist(), strict=True)
    told = {
        SEPTEMBER + day: (None if first == MISSING else first, None if last == MISSING else last) for day, (first, last) in enumerate(known)
    }
    return {day: pair for day, pair in told.items() if pair != (None, None)}


registers = st.dictionaries(st.integers(0, 29), st.lists(some(st.integers(-(2**40), 2**40)), min_size=5, max_size=5), min_size=1)


@given(meters=st.lists(registers, min_size=1, max_size=5))
def test_registers_alone_are_what_the_whole_month_says(meters: list[dict[int, list[int | None]]]) -> None:
    month, bodies, expected = monthbody.month(SEPTEMBER), [], []
    for days in meters:
        stored = {
            SEPTEMBER + day: Ends.of(
                [*(one for value in values for one in (value, None if value is None else localday.midnight(SEPTEMBER + day))), 0]
            )
            for day, values in days.items()
        }
        bodies += monthbody.pack(monthbody.table(stored), np.array([0]), month)
        ends = {day: (ends.first_wh, ends.last_wh) for day, ends in monthbody.unpack(bodies[-1], month).items()}
        expected.append({day: pair for day, pair in ends.items() if pair != (None, None)})
    firsts, lasts = monthglance.registers(bodies, month)
    assert [mine(firsts, lasts, row) for row in range(len(bodies))] == expected


def test_registers_of_another_version_are_refused() -> None:
    with pytest.raises(ValueError, match="version 9"):
        monthglance.registers([bytes((9, 0))], 680)


def year() -> None:
    """A reading in the morning and one in the evening of each day of 2026 so far, and none on Sundays."""
    rows = []
    for day in range(localday.number(date(2026, 1, 1)), localday.number(date(2026, 12, 8))):
        if localday.calendar(day).weekday() != 6:
            base = {"meter": FIRST + 1, "balance": 5000_00 - day, "register": 1000 * day}
            rows += [base | {"at": localday.midnight(day) + 300}, base | {"at": localday.midnight(day) + 85_500, "load": 900 + day % 7}]
    record(Readings.of(rows), NOW)


def test_a_year_shrinks_and_reads_the_same() -> None:
    year()
    before = known()
    assert len(before[1]) == 292
    assert months.pack(NOW, 0, lambda: True) is None
    assert Month.objects.count() == 11  # December runs
    assert Day.objects.count() == 5  # without the running day
    assert known() == before
    assert sum(len(month.body) for month in Month.objects.all()) / 287 < 20


def test_a_month_is_packed_a_week_after_its_end() -> None:
    assert months.bounds(datetime(2026, 12, 7, 12, tzinfo=UTC)) == (
        localday.number(date(2026, 11, 1)),
        monthbody.month(localday.number(date(2016, 12, 1))),
    )
    assert months.bounds(datetime(2026, 12, 8, 12, tzinfo=UTC))[0] == localday.number(date(2026, 12, 1))


def test_a_round_stops_and_goes_on_and_drops_what_is_too_old(settings: Any) -> None:
    year()
    settings.HISTORY_YEARS = 0
    turns = iter([True, False])
    assert months.pack(NOW, 0, lambda: next(turns)) == months.SLICE
    assert Month.objects.count() == 11
    assert months.pack(NOW, months.SLICE, lambda: True) is None
    settings.HISTORY_YEARS = 1
    assert months.pack(datetime(2027, 5, 9, tzinfo=UTC), 0, lambda: True) is None
    assert sorted(Month.objects.values_list("month", flat=True))[0] == monthbody.month(localday.number(date(2026, 5, 1)))


def test_days_and_months_are_found_by_their_keys() -> None:
    year()
    months.pack(NOW, 0, lambda: True)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO metering_month (meter_id, month, body)"
            " SELECT m, 600 + n, '' FROM generate_series(100, 1100) m, generate_series(1, 12) n"
        )
        cursor.execute("INSERT INTO metering_day (meter_id, day, estimated) SELECT 1500, n, 0 FROM generate_series(1, 3000) n")
        cursor.execute("ANALYZE metering_month, metering_day")
    for rows in (
        Month.objects.filter(meter_id__in=[1], month__gte=670, month__lte=671),
        Day.objects.filter(meter_id__in=[1], day__gte=20_700),
    ):
        plan = rows.explain()
        assert "Index" in plan
        assert "Seq Scan" not in plan
