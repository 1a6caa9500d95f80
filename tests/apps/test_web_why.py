""" "Why this charge": the page of an account's own days, the question with one tap, and the answer."""

from __future__ import annotations

import gzip
import re
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bijoli.customers.models import Customer
from bijoli.insight import questions
from bijoli.insight.models import Question
from bijoli.metering import localday
from bijoli.metering.models import Credit, Day
from tests import households
from tests.towndays import Town

pytestmark = pytest.mark.django_db
ON = date(2026, 10, 15)
MOST_BYTES = 15 * 1024


class Seen:
    """A home whose person is signed in; 25 taka went on 15 October."""

    def __init__(self, client: Client, code: str = "LT-A") -> None:
        self.client, self.town = client, Town()
        self.row = self.town.home_of(code)
        self.town.take(self.row, 25_00, ON)
        self.person: Customer = self.town.person(self.row, language="en")
        self.account = self.town.account(self.row)
        self.url = f"/usage/{self.account.public_id}/why/"
        client.force_login(self.person)

    def page(self, query: str = "?month=2026-10") -> str:
        answer = self.client.get(self.url + query)
        assert answer.status_code == 200
        return str(answer.content.decode().replace("\u00a0", " "))

    def ask(self, span: str = "2026-10-15", **headers: Any) -> Any:
        return self.client.post(f"{self.url}?month=2026-10", {"span": span}, **headers)


@pytest.fixture
def seen(client: Client) -> Seen:
    return Seen(client)


def words(page: str) -> str:
    """What a reader hears, without tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.replace("\u00a0", " ")))


def test_each_day_is_a_sum_and_the_one_that_is_not_explained_says_so(seen: Seen) -> None:
    page = seen.page()
    assert page.count('<details class="item-more"') == 31
    assert page.count("৳ 25.00 not explained") == 1
    assert re.search(r'href="\?month=2026-10&amp;day=2026-10-15#d2026-10-15">.*1 not explained</a>', page)
    assert page.count(">Ask about this") == 1
    assert "Tariff LT-A, in force since 1 February 2024" in page
    assert "Order of 29 Feb 2024" in page


def test_an_opened_day_shows_every_line_and_it_adds_up(seen: Seen) -> None:
    page = seen.page("?month=2026-10&day=2026-10-15")
    opened = page[page.index('<details class="item-more" open>') :]
    opened = opened[: opened.index("</details>")]
    sums = [float(text.replace(",", "").replace("−", "-")) for text in re.findall(r"<dd[^>]*>(?:<b>)?৳ (−?[\d,.]+)", opened)]
    assert round(sum(sums[:-1]), 2) == sums[-1]
    assert -25.0 in sums
    assert re.search(r"[\d.]+ units at ৳ \d+\.\d\d", opened)


def test_a_recharge_shows_how_it_was_split(seen: Seen) -> None:
    page = words(seen.page())
    assert re.search(r"Recharge, [\d:]+ [ap]m · \w+ Paid ৳ [\d,.]+ − VAT ৳ [\d.]+ − Demand charge ৳ [\d.]+ − Meter rent", page)
    assert re.search(r"Recharges \(\d+\)", page)


def test_one_tap_asks_and_the_page_says_what_became_of_it(seen: Seen) -> None:
    answer = seen.ask()
    assert (answer.status_code, answer["Location"]) == (302, f"{seen.url}?month=2026-10&day=2026-10-15#d2026-10-15")
    page = seen.page("?month=2026-10&day=2026-10-15")
    assert "We are looking into it." in page
    assert "Ask about this" not in page
    kept = Question.objects.get()
    assert (kept.customer_id, kept.paisa) == (seen.person.pk, -25_00)
    seen.ask()
    assert Question.objects.count() == 1
    questions.answer(kept.public_id, "We put it right: 25 taka come back.", households.person().pk, timezone.now())
    page = seen.page()
    assert "We put it right: 25 taka come back." in page
    assert "Ask about this" in page, "it may be asked anew"


def test_what_is_explained_or_was_meanwhile_is_no_question(seen: Seen) -> None:
    for span in ("2026-10-14", "2026-10-15-1", "", "nonsense"):
        assert seen.ask(span).status_code == 302
    assert not Question.objects.exists()
    assert "explained meanwhile" in seen.page()


def test_a_question_whose_day_was_explained_later_is_still_there(seen: Seen) -> None:
    seen.ask()
    seen.town.take(seen.row, -25_00, ON)
    Day.objects.filter(meter=seen.town.meters[seen.row], day=localday.number(ON)).delete()
    page = seen.page()
    assert "We are looking into it." in page
    assert "15 October – 16 October" in page
    assert "not explained" in page, "what was asked about"


def test_the_eleventh_question_of_a_day_waits(seen: Seen) -> None:
    for day in range(11):
        seen.town.take(seen.row, 25_00, date(2026, 10, 16 + day))
    for day in range(11):
        assert seen.ask(f"2026-10-{16 + day}").status_code == 302
    assert Question.objects.count() == 10
    assert "You asked very often today" in seen.page()


def test_somebody_elses_account_does_not_exist(seen: Seen, client: Client) -> None:
    client.logout()
    assert client.get(seen.url).status_code == 302
    stranger = seen.town.person(seen.town.prepaid[-1])
    client.force_login(stranger)
    assert client.get(seen.url).status_code == 404
    assert seen.ask().status_code == 404
    assert not Question.objects.exists()


def test_a_postpaid_account_has_no_balance_to_explain(seen: Seen, client: Client) -> None:
    row = next(row for row in range(len(seen.town.meters)) if row not in seen.town.prepaid)
    client.force_login(seen.town.person(row))
    account = seen.town.account(row)
    answer = client.get(f"/usage/{account.public_id}/why/")
    assert (answer.status_code, answer["Location"]) == (302, f"/usage/{account.public_id}/")


def test_a_gap_says_no_data_and_joined_days_say_why(seen: Seen) -> None:
    meter = seen.town.meters[seen.row]
    Day.objects.filter(meter=meter, day__range=[localday.number(date(2026, 10, 4)), localday.number(date(2026, 10, 6))]).delete()
    Day.objects.filter(meter=meter, day__gte=localday.number(date(2026, 10, 30))).delete()
    page = seen.page()
    assert "4 October – 7 October" in page
    assert "The meter was silent in between" in page
    assert re.search(r"30 October – 31 October</b><small>No data", page)


def test_a_month_that_is_not_known_says_so(seen: Seen) -> None:
    assert "No balance of this month is known." in seen.page("?month=2026-08")
    page = words(seen.page("?month=2026-09"))
    assert "How many units the month had before is not known" in page
    assert "Partly known" in page
    assert "Ask about this" not in page


@pytest.mark.parametrize("month", ["", "2026-13", "1999-01", "2999-01", "../..", "2026-1", "x" * 300])
def test_a_month_that_is_none_is_this_one(seen: Seen, month: str) -> None:
    assert f"{timezone.localdate():%B %Y}" in seen.page(f"?month={month}")


def test_a_recharge_that_does_not_add_up_says_so_here_and_on_its_own_page(seen: Seen) -> None:
    at = timezone.now()
    amounts = {"credited_paisa": 100_00, "gross_paisa": 200_00, "vat_paisa": 9_52, "rebate_paisa": 0}
    Credit.objects.create(meter=seen.town.meters[seen.row], at=at, order="1", **amounts)
    Credit.objects.create(meter=seen.town.meters[seen.row], at="2026-10-10T06:00Z", order="2", **amounts)
    said = "The figures of this recharge do not add up: ৳ 90.48 is not accounted for."
    assert said in seen.page("?month=2026-10")
    page = seen.client.get(f"/recharge/{seen.account.public_id}/").content.decode().replace("\u00a0", " ")
    assert said in page
    today = timezone.localdate(at)
    assert f"{seen.url}?month={today:%Y-%m}&amp;day={today}#d{today}" in page


@pytest.mark.parametrize("language", ["bn", "en"])
def test_the_page_is_small_and_asks_little(seen: Seen, language: str) -> None:
    Customer.objects.filter(pk=seen.person.pk).update(language=language)
    for day in range(1, 28):
        seen.town.take(seen.row, 25_00, date(2026, 10, day))
    seen.page()
    with CaptureQueriesContext(connection) as asked:
        page = seen.page()
    assert page.count('<details class="item-more"') == 31
    assert len(asked) <= 17
    assert len(gzip.compress(page.encode())) <= MOST_BYTES


def test_the_page_speaks_bangla_throughout(seen: Seen) -> None:
    Customer.objects.filter(pk=seen.person.pk).update(language="bn")
    page = words(seen.page())
    assert re.search(r"[০-৯.]+ ইউনিট ৳ [০-৯.,]+ . ৳ [০-৯.]+", page), page[page.index("অক্টোবর") :][:900]
    spoken = re.sub(r"LT-A|Order of[^<]*?2025|bKash|Nagad|Rocket|Agent", "", page[page.index("অক্টোবর") :])
    assert not re.findall(r"\b[A-Za-z]{3,}\b", spoken)


def test_another_meter_is_a_row_that_may_be_asked_about(seen: Seen) -> None:
    new = seen.town.exchange(seen.row, date(2026, 10, 20))
    page = words(seen.page("?month=2026-10&day=2026-10-20"))
    assert "Another meter, 20 October" in page
    assert "The meter was exchanged." in page
    assert seen.ask("2026-10-20").status_code == 302
    assert Question.objects.get().part == -new.pk
    assert seen.page().count("We are looking into it.") == 1
