"""The Usage place: its four views as pages, as CSV and on paper; gaps that are gaps, and nothing of anybody else's."""

from __future__ import annotations

import csv
import re
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone

from bijoli.customers.models import Customer
from bijoli.metering import numbers
from bijoli.metering.columns import Readings
from bijoli.metering.events import CreditTold, Event, record_events
from bijoli.metering.models import Meter, MeterState
from bijoli.metering.record import record
from tests.households import meter, person

pytestmark = pytest.mark.django_db
DHAKA = ZoneInfo("Asia/Dhaka")
NOW = datetime(2026, 11, 25, 18, 0, tzinfo=DHAKA)
VIEWS = ("", "months/", "load/", "recharges/")
FILES = ("daily", "months", "load", "recharges")


@pytest.fixture(autouse=True)
def _on_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    numbers.forget()
    monkeypatch.setattr(timezone, "now", lambda: NOW)


@pytest.fixture
def home() -> Meter:
    made = meter(person(language="en", name="Rahima"), nickname="Home")
    made.installations.update(installed_at=datetime(2024, 1, 1, tzinfo=DHAKA))
    MeterState.objects.get_or_create(meter=made, defaults={"sanctioned_load_w": 5000})
    return made


@pytest.fixture
def page(client: Client, home: Meter) -> Client:
    client.force_login(Customer.objects.get())
    return client


def usage(at: Meter) -> str:
    return f"/usage/{at.installations.get().usage_point.account.public_id}/"


def told(at: Meter, when: datetime, **values: Any) -> None:
    record(Readings.of([{"meter": int(at.number), "at": int(when.timestamp()), **values}]), NOW)


def days(at: Meter, first: date, count: int, without: tuple[int, ...] = ()) -> None:
    """One reading in each evening: 8 kWh and 50 taka a day, 2 kW at most."""
    begin = datetime(first.year, first.month, first.day, 23, 30, tzinfo=DHAKA)
    for n in range(count):
        if n not in without:
            told(at, begin + timedelta(days=n), register=1_000_000 + n * 8000, balance=90_000_00 - n * 50_00, load=2000)


def text(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def rows(answer: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(answer.content.decode("utf-8-sig").splitlines()))


@pytest.mark.parametrize("language", ["bn", "en"])
@pytest.mark.parametrize("view", VIEWS)
def test_each_view_is_a_chart_with_readings_and_a_table(page: Client, home: Meter, view: str, language: str) -> None:
    Customer.objects.update(language=language)
    days(home, date(2026, 9, 25), 61)
    answer = page.get(usage(home) + view)
    html = answer.content.decode()
    assert html.count('role="img"') == (1 if view else 2)  # the chart; beside the days the month's slabs
    bars = {"": 30, "months/": 12, "load/": 12, "recharges/": 12}[view]
    assert html.count("<g data-t=") == html.count("<tr>") - 1 == bars
    assert answer.headers["Content-Language"] == language
    assert answer.headers["Content-Security-Policy"]


def test_a_day_nobody_knows_is_a_gap_and_said(page: Client, home: Meter) -> None:
    days(home, date(2026, 11, 10), 15, without=(5,))
    html = page.get(usage(home) + "?month=2026-11").content.decode()
    assert html.count('class="gap"') == 9 + 1 + 1  # before the first reading, the gap, today
    assert "Nothing is known of 10 of these days" in text(page.get(usage(home) + "?month=2026-11"))
    assert "No data|Sunday, 15 November" in html
    told_of = {row["date"]: row for row in rows(page.get(usage(home) + "daily.csv?month=2026-11"))}
    assert told_of["2026-11-15"]["energy_kwh"] == ""
    assert told_of["2026-11-14"] == {
        "date": "2026-11-14", "energy_kwh": "8.000", "cost_taka": "50.00", "max_load_kw": "2.000",
        "max_load_at": "2026-11-14T23:30:00+06:00",
    }  # fmt: skip


def test_an_account_without_readings_says_so_in_every_view(page: Client, home: Meter) -> None:
    for view in VIEWS:
        answer = page.get(usage(home) + view)
        assert "No readings of this time are known." in text(answer)
        assert 'role="img"' not in answer.content.decode()


def test_units_and_taka_days_and_months(page: Client, home: Meter) -> None:
    days(home, date(2026, 9, 25), 61)
    assert "8.0 units|Tuesday, 24 November" in page.get(usage(home)).content.decode()
    assert "৳ 50.00|Saturday, 31 October" in page.get(usage(home) + "?month=2026-10&show=taka").content.decode()
    week = page.get(usage(home) + "?days=7").content.decode()
    assert week.count("<g data-t=") == 7
    month = page.get(usage(home) + "?month=2026-10").content.decode()
    assert month.count("<g data-t=") == 31
    assert "?month=2026-09" in month
    assert "?month=2026-11" in month
    assert "248.0" in text(page.get(usage(home) + "months/"))


@pytest.mark.parametrize("query", ["?days=9", "?month=2026-13", "?month=2027-01", "?month=0001-01", "?month=x", "?show=gold", "?days="])
def test_what_an_address_cannot_ask_for_is_the_usual_view(page: Client, home: Meter, query: str) -> None:
    answer = page.get(usage(home) + query)
    assert answer.status_code == 200
    assert "Last 30 days" in text(answer)
    file = page.get(usage(home) + "daily.csv" + query)
    assert file.headers["Content-Disposition"] == 'attachment; filename="bijoli-usage-2026-11-25.csv"'


def test_a_meter_that_tells_only_interval_values_has_units_of_days_and_months(
    page: Client, home: Meter, django_assert_max_num_queries: Any
) -> None:
    """Half an hour of 2 kW at a time, from the 10th on; of the 15th half a day is missing, of the 18th half an hour."""
    ends = [datetime(2026, 11, 10, tzinfo=DHAKA) + timedelta(minutes=30 * n, seconds=11) for n in range(48 * 14 + 1)]
    known = [end for end in ends if not (end.day == 15 and end.hour >= 12) and not (end.day == 18 and (end.hour, end.minute) == (9, 30))]
    record(Readings.of([{"meter": int(home.number), "at": int(end.timestamp()), "load": 2000} for end in known]), NOW)
    page.get(usage(home))
    with django_assert_max_num_queries(18):
        html = page.get(usage(home) + "?month=2026-11").content.decode()
    assert "48.0 units|Tuesday, 17 November" in html
    assert "47.0 units|Wednesday, 18 November" in html
    assert "No data|Sunday, 15 November" in html
    told_of = {row["date"]: row["energy_kwh"] for row in rows(page.get(usage(home) + "daily.csv?month=2026-11"))}
    assert (told_of["2026-11-09"], told_of["2026-11-15"], told_of["2026-11-18"], told_of["2026-11-23"]) == ("", "", "47.000", "48.000")
    assert "623.0" in text(page.get(usage(home) + "months/"))


def test_last_year_stands_behind(page: Client, home: Meter) -> None:
    days(home, date(2025, 10, 20), 20)
    days(home, date(2026, 11, 1), 24)
    html = page.get(usage(home) + "months/").content.decode()
    assert html.count('class="past"') == 2  # October's and November's
    assert "a year before: " in html


def test_the_highest_load_has_its_time_and_leads_to_its_days(page: Client, home: Meter) -> None:
    told(home, datetime(2026, 10, 7, 20, 15, tzinfo=DHAKA), load=5600)
    told(home, datetime(2026, 11, 3, 9, 45, tzinfo=DHAKA), load=4100)
    html = page.get(usage(home) + "load/").content.decode()
    assert "5.6 kW|Wednesday, 7 October, 8:15 pm · over the sanctioned load" in html
    assert 'class="limit"' in html
    assert html.count('class="col over"') == 1
    assert 'href="?month=2026-10"' in html
    opened = page.get(usage(home) + "load/?month=2026-10").content.decode()
    assert opened.count("<g data-t=") == 31
    found = rows(page.get(usage(home) + "load.csv"))
    assert (found[1]["max_load_kw"], found[1]["max_load_at"]) == ("5.600", "2026-10-07T20:15:00+06:00")


def test_recharge_and_use_side_by_side_with_the_running_balance(page: Client, home: Meter) -> None:
    told(home, datetime(2026, 9, 30, 23, tzinfo=DHAKA), balance=200_00)
    credit = CreditTold(credited_paisa=850_00, gross_paisa=1000_00)
    record_events(
        [Event(int(home.number), int(datetime(2026, 10, 5, 9, tzinfo=DHAKA).timestamp()), "prepay", "credit", credit=credit)], NOW
    )
    told(home, datetime(2026, 10, 31, 23, tzinfo=DHAKA), balance=400_00)
    html = page.get(usage(home) + "recharges/").content.decode()
    assert "Recharged ৳ 1,000|October 2026 · used ৳ 650 · balance at the end ৳ 400" in html
    assert html.count('<circle class="level"') == 2
    found = rows(page.get(usage(home) + "recharges.csv"))
    assert found[1] == {
        "month": "2026-10", "opening_balance_taka": "200.00", "recharged_taka": "1000.00", "credited_taka": "850.00",
        "used_taka": "650.00", "closing_balance_taka": "400.00",
    }  # fmt: skip
    assert found[-1]["recharged_taka"] == ""


@pytest.mark.parametrize("view", FILES)
def test_each_view_on_paper_and_as_csv_names_nobody(page: Client, home: Meter, view: str) -> None:
    days(home, date(2026, 11, 1), 24)
    paper, table = page.get(usage(home) + f"{view}.pdf"), page.get(usage(home) + f"{view}.csv")
    assert paper.content.startswith(b"%PDF-")
    for answer in (paper, table):
        assert answer.headers["Cache-Control"] == "private, no-store"
        assert re.fullmatch(r'attachment; filename="bijoli-usage[a-z-]*2026-11-25\.(pdf|csv)"', answer.headers["Content-Disposition"])


def test_a_pdf_is_not_made_without_end(page: Client, home: Meter) -> None:
    days(home, date(2026, 11, 20), 5)
    answers = [page.get(usage(home) + "daily.pdf") for _ in range(11)]
    assert [answer.status_code for answer in answers] == [200] * 10 + [429]
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert page.get(usage(home) + "daily.csv").status_code == 200


@pytest.mark.parametrize("path", [*VIEWS, *(f"{name}.{form}" for name in FILES for form in ("csv", "pdf"))])
def test_nobody_else_sees_any_of_it(client: Client, home: Meter, path: str) -> None:
    client.force_login(person())
    assert client.get(usage(home) + path).status_code == 404


@pytest.mark.parametrize("path", ["year.csv", "daily.txt", "daily.csv.pdf"])
def test_what_is_no_view_is_not_found(page: Client, home: Meter, path: str) -> None:
    assert page.get(usage(home) + path).status_code == 404


def test_a_postpaid_account_has_six_months_and_no_recharges(page: Client, home: Meter) -> None:
    account = home.installations.get().usage_point.account
    account.mode = "postpaid"
    account.save()
    days(home, date(2026, 9, 25), 61)
    assert page.get(usage(home) + "months/").content.decode().count("<g data-t=") == 6
    assert page.get(usage(home) + "recharges/").headers["Location"] == usage(home) + "months/"
    assert page.get(usage(home) + "recharges.csv").status_code == 404
    assert "recharges/" not in page.get(usage(home)).content.decode()


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_asks_a_bounded_number_of_questions(page: Client, home: Meter, django_assert_max_num_queries: Any, view: str) -> None:
    days(home, date(2026, 9, 25), 61)
    page.get(usage(home) + view)
    with django_assert_max_num_queries(16):
        page.get(usage(home) + view)
