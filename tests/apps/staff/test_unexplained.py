"""The staff's side of "why this charge": the questions with their sums, and unexplained taka as a rate without persons."""

from __future__ import annotations

from datetime import date

import pytest
from django.utils import timezone

from bijoli.insight import audit, questions
from bijoli.insight.explanations import explained
from bijoli.insight.models import Looked, Question, Unexplained
from bijoli.metering import localday
from bijoli.staff.models import Looked as Seen
from bijoli.staff.roles import ROLES
from bijoli.tariffs.reads import book
from tests.apps.staff.conftest import EAST, WEST, Makes
from tests.towndays import Town

pytestmark = pytest.mark.django_db
ON = date(2026, 10, 15)
URL = "/staff/insight/looked/"


class Asked:
    """A home in the east whose 25 taka were asked about."""

    def __init__(self) -> None:
        self.town = Town()
        self.row = self.town.home_of("LT-A")
        self.town.take(self.row, 25_00, ON)
        self.person = self.town.person(self.row, name="Rahima Khatun")
        span = next(one for one in explained(self.town.point(self.row), ON, ON, book()).spans if one.questionable)
        questions.ask(self.person.pk, self.town.account(self.row).pk, span, timezone.now())
        self.question = Question.objects.get()
        self.url = f"/staff/insight/question/{self.question.public_id}/"


@pytest.fixture
def asked(db: None) -> Asked:
    return Asked()


def test_the_queue_and_one_with_its_arithmetic(member: Makes, asked: Asked) -> None:
    one = member("service", EAST)
    waiting = {place.name: place.waiting for place in one.client.get("/staff/").context["places"]}
    assert waiting["“Why this charge”"] == 1
    assert [line.url for line in one.client.get("/staff/insight/question/").context["cl"].lines()] == [asked.url]
    page = one.client.get(asked.url).content.decode().replace("\u00a0", " ")
    for text in (
        "৳ −25.00",
        "Not explained",
        "Tariff LT-A, in force since 1 February 2024",
        " units at ৳ ",
        "register ",
        "Order of 29 Feb 2024",
    ):
        assert text in page
    assert asked.town.account(asked.row).number in page
    assert Seen.objects.filter(staff=one.person, account=asked.question.account_id, customer=asked.person).exists()


def test_the_answer_is_given_once_and_the_customer_reads_it(member: Makes, asked: Asked, client) -> None:
    one = member("service", EAST)
    assert one.client.post(f"{asked.url}answer/", {"answer": ""}).status_code == 200
    assert one.client.post(f"{asked.url}answer/", {"answer": "A fault of ours: 25 taka come back."}).status_code == 302
    assert "A colleague has answered already." in one.client.post(f"{asked.url}answer/", {"answer": "Again"}, follow=True).content.decode()
    kept = Question.objects.get()
    assert (kept.answer, kept.answered_by_id) == ("A fault of ours: 25 taka come back.", one.person.pk)
    client.force_login(asked.person)
    page = client.get(f"/usage/{kept.account.public_id}/why/?month=2026-10").content.decode()
    assert "A fault of ours: 25 taka come back." in page


def test_another_division_sees_nothing_of_it(member: Makes, asked: Asked) -> None:
    other = member("administrator", WEST)
    assert other.client.get(asked.url).status_code == 404
    assert other.client.post(f"{asked.url}answer/", {"answer": "mine?"}).status_code == 404
    assert other.client.get("/staff/insight/question/").context["cl"].lines() == []
    assert Question.objects.get().closed_at is None


@pytest.mark.parametrize("role", list(ROLES))
def test_each_role_opens_what_its_table_says(member: Makes, asked: Asked, role: str) -> None:
    one, may = member(role), ROLES[role].may
    assert one.client.get(asked.url).status_code == (200 if "insight.view_question" in may else 403)
    assert one.client.get(URL).status_code == (200 if "insight.view_looked" in may else 403)
    answer = one.client.post(f"{asked.url}answer/", {"answer": "so"})
    assert answer.status_code == (302 if "insight.change_question" in may else 403)


def test_taka_by_tariff_and_month_without_a_person(member: Makes, asked: Asked) -> None:
    shop = asked.town.home_of("LT-E")
    asked.town.take(shop, -300_00, date(2026, 10, 16))
    audit.look_at(0, localday.number(date(2026, 10, 12)), localday.number(date(2026, 10, 18)), book())
    one = member("operations")
    found = {(row.month, row.tariff): row for row in one.client.get(URL).context["defects"]}
    homes, shops = found["2026-10", "LT-A"], found["2026-10", "LT-E"]
    assert (homes.meters, homes.days, homes.more, homes.less) == (1, 1, -25_00, 0)
    assert (shops.meters, shops.days, shops.more, shops.less) == (1, 1, 0, 300_00)
    assert homes.looked == 7 * sum(asked.town.past.homes.tariff[row] == "LT-A" for row in asked.town.prepaid)
    page = one.client.get(URL).content.decode()
    assert "৳ 25.00" in page
    assert "৳ 300.00" in page
    assert asked.town.past.homes.number[asked.row] not in page


def test_a_division_counts_its_own(member: Makes, asked: Asked) -> None:
    audit.look_at(0, localday.number(ON), localday.number(ON), book())
    assert Unexplained.objects.get().division == EAST
    north, south, office = (member("administrator", *where).client.get(URL).context["defects"] for where in ([EAST], [WEST], []))
    assert [sum(row.more for row in rows) for rows in (north, south, office)] == [-25_00, 0, -25_00]
    assert sum(row.looked for row in office) == sum(row.looked for rows in (north, south) for row in rows) == len(asked.town.prepaid)
    row = Looked.objects.filter(division=EAST).first()
    assert [member("operations", where).client.get(f"{URL}{row.pk}/").status_code for where in (EAST, WEST)] == [200, 404]


def test_before_the_first_night_it_says_so(member: Makes) -> None:
    assert "Nothing has been looked at yet" in member("operations").client.get(URL).content.decode()
