"""Balances explained from the database: the simulator's own arithmetic leaves nothing, what it did not do is found."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bijoli.core.explain import ESTIMATE, POSITION, REGISTER
from bijoli.core.tariff import TariffBook
from bijoli.insight import audit
from bijoli.insight.explanations import Told, explained
from bijoli.insight.models import Unexplained
from bijoli.metering import localday
from bijoli.metering.models import Credit, Day, MeterState, Month
from bijoli.metering.months import pack_slice
from bijoli.tariffs.reads import book
from tests.towndays import HOMES, Town

pytestmark = pytest.mark.django_db
OCTOBER, END = date(2026, 10, 1), date(2026, 10, 31)
NOVEMBER = date(2026, 11, 1)
ALL = (0, 10**6)


@pytest.fixture
def town(db: None) -> Town:
    return Town()


def amiss(found: Told) -> list[tuple[int, int | None]]:
    return [(span.last.day, span.why.unexplained) for span in found.spans if span.questionable]


def day(town: Town, row: int, on: date) -> Day:
    return Day.objects.get(meter=town.meters[row], day=localday.number(on))


def test_a_month_of_each_home_is_explained_to_the_paisa(town):
    recharges = 0
    for row in town.prepaid:
        found = town.told(row)
        assert [(span.first, span.last) for span in found.spans] == [(OCTOBER + timedelta(days=n),) * 2 for n in range(31)]
        assert {span.why.unexplained for span in found.spans} == {0}
        assert [(span.why.unexplained, span.why.wrong_splits) for span in found.wholes] == [(0, [])]
        assert sum(line.paisa for span in found.spans for line in span.why.lines) == sum(line.paisa for line in found.wholes[0].why.lines)
        recharges += len(found.wholes[0].why.recharges)
    assert recharges == Credit.objects.filter(at__range=("2026-09-30T18:00Z", "2026-10-31T17:59Z")).count() > 20


def test_several_months_in_one_start_their_slabs_anew(town):
    row = town.home_of("LT-A")
    whole = town.told(row, OCTOBER, date(2026, 11, 10)).wholes[0].why
    assert whole.unexplained == 0
    assert whole.energy_wh == day(town, row, date(2026, 11, 10)).last_wh - day(town, row, date(2026, 9, 30)).last_wh


def test_a_deduction_of_25_taka_is_found_on_its_day(town):
    row = town.home_of("LT-A")
    town.take(row, 25_00, date(2026, 10, 15))
    found = town.told(row)
    assert amiss(found) == [(15, -25_00)]
    assert found.wholes[0].why.unexplained == -25_00


def test_a_recharge_that_nobody_told_of_yet_and_then_does(town):
    row = town.home_of("LT-A")
    paid = Credit.objects.filter(meter=town.meters[row], at__range=("2026-10-02T00:00Z", "2026-10-30T00:00Z")).first()
    Credit.objects.filter(pk=paid.pk).delete()
    assert amiss(town.told(row)) == [(timezone.localtime(paid.at).day, paid.credited_paisa)]
    paid.save(force_insert=True)
    assert amiss(town.told(row)) == []


def test_a_recharge_whose_figures_do_not_add_up(town):
    paid = Credit.objects.filter(meter=town.meters[town.home_of("LT-A")], at__range=("2026-10-02T00:00Z", "2026-10-30T00:00Z")).first()
    paid.vat_paisa -= 10_00
    paid.save()
    whole = town.told(town.home_of("LT-A")).wholes[0].why
    assert [(one.off, one.credited) for one in whole.wrong_splits] == [(10_00, paid.credited_paisa)]
    assert whole.unexplained == 0, "the balance itself is right"


def test_days_over_a_gap_are_one_sum(town):
    row = town.home_of("LT-A")
    days = [localday.number(date(2026, 10, n)) for n in (10, 11, 12)]
    Day.objects.filter(meter=town.meters[row], day__in=days).delete()
    found = town.told(row)
    assert [(span.first.day, span.last.day) for span in found.spans if span.first != span.last] == [(10, 13)]
    assert {span.why.unexplained for span in found.spans} == {0}


def test_a_gap_over_the_months_turn_cannot_be_cut(town):
    row, shop = town.home_of("LT-A"), town.home_of("LT-E")
    for one in (row, shop):
        days = [localday.number(date(2026, 10, 31)), localday.number(NOVEMBER)]
        Day.objects.filter(meter=town.meters[one], day__in=days).delete()
    first = town.told(row, NOVEMBER, date(2026, 11, 10)).spans[0]
    assert (first.first, first.last, first.why.unknown) == (date(2026, 10, 31), date(2026, 11, 2), ("turn",))
    assert town.told(shop, NOVEMBER, date(2026, 11, 10)).spans[0].why.unexplained in (-1, 0, 1), "one rate: nothing to cut"


def test_a_balance_without_its_register_waits_for_the_next_day(town):
    row = town.home_of("LT-A")
    Day.objects.filter(meter=town.meters[row], day=localday.number(date(2026, 10, 5))).update(last_wh=None, last_wh_at=None)
    Day.objects.filter(meter=town.meters[row], day=localday.number(date(2026, 10, 31))).update(last_wh=None, last_wh_at=None)
    Day.objects.filter(meter=town.meters[row], day__gt=localday.number(date(2026, 10, 31))).delete()
    found = {span.last.day: span for span in town.told(row).spans}
    assert found[5].why.unknown == (ESTIMATE,), "between two registers of the same evening and the next morning"
    assert found[31].why.unknown == (REGISTER,)
    assert found[31].why.remainder is None


def test_an_estimate_is_marked_and_the_month_stays_exact(town):
    row = town.home_of("LT-A")
    Day.objects.filter(meter=town.meters[row], day=localday.number(date(2026, 10, 5))).update(estimated=Day.LAST_WH)
    found = town.told(row)
    assert [span.last.day for span in found.spans if span.why.unknown == (ESTIMATE,)] == [5, 6]
    assert found.wholes[0].why.unexplained == 0


def test_a_month_whose_beginning_nobody_knows(town):
    row, shop = town.home_of("LT-A"), town.home_of("LT-E")
    for one in (row, shop):
        Day.objects.filter(meter=town.meters[one], day__lt=localday.number(date(2026, 10, 8))).delete()
    found = town.told(row)
    assert (found.spans[0].first.day, {span.why.unknown for span in found.spans}) == (8, {(POSITION,)})
    assert {span.why.remainder for span in found.spans} == {None}
    shops = town.told(shop).spans
    assert all(span.why.unexplained is not None and not span.why.amiss for span in shops), "one rate for all needs no position"


def test_packed_months_and_the_running_day_say_the_same(town):
    row = town.home_of("LT-A")
    before = town.told(row, OCTOBER, date(2026, 11, 10))
    pack_slice(1, 10**6, localday.number(NOVEMBER))
    assert Month.objects.filter(meter=town.meters[row]).count() == 2
    last = day(town, row, date(2026, 11, 10))
    state = {"last_at": last.last_wh_at, "balance_paisa": last.last_paisa, "balance_at": last.last_paisa_at, "register_wh": last.last_wh}
    firsts = {f"day_{name}": getattr(last, name) for name in ("first_wh", "first_wh_at", "first_paisa", "first_paisa_at")}
    state |= {"register_at": last.last_wh_at, "day": last.day, **firsts}
    MeterState.objects.create(meter=town.meters[row], sanctioned_load_w=5000, **state)
    last.delete()
    assert town.told(row, OCTOBER, date(2026, 11, 10)) == before


def test_another_meter_is_a_step_of_its_own(town):
    row = town.home_of("LT-A")
    old, last = town.meters[row], day(town, row, date(2026, 10, 15))
    new = town.exchange(row, date(2026, 10, 16))
    found = town.told(row, OCTOBER, date(2026, 10, 16))
    exchange, first = found.spans[-2:]
    assert (exchange.exchange, exchange.part, exchange.why.unknown) == (True, -new.pk, ("exchange",))
    assert exchange.why.remainder == 300_00 - last.last_paisa
    assert (first.part, first.why.unexplained) == (new.pk, 0), "the new meter begins its month at nothing"
    assert [span.part for span in found.wholes] == [old.pk, -new.pk, new.pk]
    assert found.wholes[-1].why.end.paisa - found.wholes[0].why.start.paisa == sum(
        span.why.end.paisa - span.why.start.paisa for span in found.spans
    )


def test_charges_that_the_balance_pays_at_the_months_turn(town):
    row = town.home_of("LT-A")
    rates = TariffBook(tuple(replace(tariff, charges_taken="month") for tariff in book().tariffs))
    due = town.told(row, rates=rates).spans[0].why
    charges = [(line.name, line.paisa) for line in due.lines if line.name in ("demand", "rent")]
    load, phases = town.past.homes.sanctioned_w[row], town.past.homes.phases[row]
    assert charges == [("demand", -int(load) * 42 // 10), ("rent", -(40_00 if phases == 1 else 250_00))]
    town.take(row, -sum(paisa for _, paisa in charges), OCTOBER)
    assert {span.why.unexplained for span in town.told(row, rates=rates).spans} == {0}
    pack_slice(1, 10**6, localday.number(OCTOBER))
    audit.look_at(0, localday.number(OCTOBER), localday.number(date(2026, 10, 3)), rates)
    assert not Unexplained.objects.filter(meter=town.meters[row]).exists()


def test_an_account_is_read_in_few_questions(town):
    point = town.point(town.home_of("LT-A"))
    rates = book()
    with CaptureQueriesContext(
        connection,
    ) as asked:
        explained(point, OCTOBER, END, rates)
    assert len(asked) <= 6


def test_the_town_has_what_is_tried_here(town):
    assert len(town.prepaid) > HOMES // 2
    assert {town.past.homes.tariff[row] for row in town.prepaid} >= {"LT-A", "LT-E"}
