"""Questions on what is not explained: kept with their sum, one of a span, a few a day, answered once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from bijoli.customers.limits import TooOften
from bijoli.customers.models import Access
from bijoli.insight import questions, snapshot
from bijoli.insight.models import Question
from tests import households
from tests.towndays import Town

pytestmark = pytest.mark.django_db
OCTOBER, END = date(2026, 10, 1), date(2026, 10, 31)
NOVEMBER = date(2026, 11, 1)


@pytest.fixture
def town(db: None) -> Town:
    return Town()


@pytest.fixture
def asked(town: Town) -> tuple[Town, int, object]:
    row = town.home_of("LT-A")
    town.take(row, 25_00, date(2026, 10, 15))
    return town, row, next(span for span in town.told(row).spans if span.questionable)


def test_a_question_keeps_the_sum_as_it_was(asked):
    town, row, span = asked
    person = town.person(row)
    now = timezone.now()
    questions.ask(person.pk, town.account(row).pk, span, now)
    kept = Question.objects.get()
    assert (kept.paisa, kept.first, kept.last) == (-25_00, date(2026, 10, 15), date(2026, 10, 15))
    again = snapshot.restored(kept.arithmetic)
    assert (again.start, again.end, again.lines, again.unexplained) == (span.why.start, span.why.end, span.why.lines, -25_00)
    assert snapshot.tariffs(kept.arithmetic)[0]["code"] == "LT-A"


def test_one_is_open_of_a_span_and_the_database_holds_it(asked):
    town, row, span = asked
    one, other = town.person(row), town.person(row)
    account = town.account(row).pk
    for person in (one, one, other):
        questions.ask(person.pk, account, span, timezone.now())
    assert Question.objects.count() == 1
    kept = Question.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        Question.objects.create(
            account_id=account, customer=other, first=kept.first, last=kept.last, part=kept.part, paisa=1, arithmetic={}
        )
    staff = households.person()
    questions.answer(kept.public_id, "It was the meter's fault.", staff.pk, timezone.now())
    with pytest.raises(questions.QuestionError):
        questions.answer(kept.public_id, "Another", staff.pk, timezone.now())
    assert questions.of(account, OCTOBER, END)[span.key].answer == "It was the meter's fault."
    questions.ask(one.pk, account, span, timezone.now())
    assert Question.objects.count() == 2


def test_only_who_sees_the_account_may_ask_and_only_about_a_remainder(asked):
    town, row, span = asked
    person, account = town.person(row), town.account(row).pk
    with pytest.raises(questions.QuestionError):
        questions.ask(households.person().pk, account, span, timezone.now())
    fine = next(one for one in town.told(row).spans if not one.questionable)
    with pytest.raises(questions.QuestionError):
        questions.ask(person.pk, account, fine, timezone.now())
    Access.objects.filter(customer=person).update(until=timezone.now())
    with pytest.raises(questions.QuestionError):
        questions.ask(person.pk, account, span, timezone.now() + timedelta(seconds=1))
    assert not Question.objects.exists()


def test_ten_questions_a_day(asked):
    town, row, span = asked
    person, account = town.person(row), town.account(row).pk
    for back in range(10):
        questions.ask(person.pk, account, replace(span, first=span.first - timedelta(days=back)), timezone.now())
    with pytest.raises(TooOften) as told_why:
        questions.ask(person.pk, account, replace(span, first=date(2026, 9, 1)), timezone.now())
    assert told_why.value.seconds > 0
    assert Question.objects.count() == 10
