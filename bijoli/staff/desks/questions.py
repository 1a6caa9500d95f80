""" "Why this charge": what customers ask about a remainder, with the arithmetic as they saw it, and the answer."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.contrib.admin import display
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from bijoli.insight import questions, snapshot
from bijoli.insight.models import Question
from bijoli.staff.answering import AnsweringAdmin
from bijoli.staff.base import Section
from bijoli.staff.desks import say
from bijoli.staff.desks.told import about
from bijoli.staff.looks import Subject
from bijoli.staff.scope import Scope
from bijoli.staff.site import site
from bijoli.web import sums
from bijoli.web.templatetags.bijoli import dayname


class QuestionDesk(AnsweringAdmin):
    personal = True
    anonymous_list = True  # times, amounts and divisions; whose it is stands on the page of each
    title = titles = _("“Why this charge”")
    about = _("Customers ask about taka that nothing explains. The answer stands on the page of the charge.")
    done = _("Answered. The customer reads it on the page of the charge.")
    icon = "wallet"
    list_display = ("told", "days", "amount", "division", "state")
    fields = ("told", "days", "amount", "division", "state", "reply")

    def scoped(self, rows: QuerySet[Question], scope: Scope) -> QuerySet[Question]:
        return rows.filter(scope.account("account__")).select_related("customer", "account__usage_point")

    def subject(self, row: Question) -> Subject:
        return Subject(str(row.pk), row.customer_id, row.account_id)

    def heading(self, row: Question) -> str:
        return f"{self.days(row)} · {self.amount(row)}"

    def keep(self, public_id: UUID, text: str, staff_id: int, now: datetime) -> None:
        questions.answer(public_id, text, staff_id, now)

    @display(description=_("Days"))
    def days(self, row: Question) -> str:
        return dayname(row.last) if row.first == row.last else f"{dayname(row.first)} – {dayname(row.last)}"

    @display(description=_("Not explained"))
    def amount(self, row: Question) -> str:
        return say.taka(row.paisa)

    def sections(self, request: HttpRequest, row: Question, scope: Scope) -> list[Section]:
        return [arithmetic(row.arithmetic), Section(gettext("Whom it is about"), [], about(self, request, row.customer, row.account))]


def arithmetic(kept: dict[str, Any]) -> Section:
    """The sum as the customer saw it."""
    why = snapshot.restored(kept)
    lines = [(gettext("Balance, %(time)s") % {"time": _when(why.start.at)}, say.taka(why.start.paisa), _register(why.start.wh))]
    lines += [(step.words, say.taka(step.paisa), step.under) for step in sums.steps(why)]
    lines.append((gettext("Balance, %(time)s") % {"time": _when(why.end.at)}, say.taka(why.end.paisa), _register(why.end.wh)))
    lines += [(gettext("Not known"), "", reason) for reason in sums.reasons(why.unknown)]
    for tariff in snapshot.tariffs(kept):
        since = say.day(datetime.combine(date.fromisoformat(tariff["since"]), datetime.min.time(), timezone.get_current_timezone()))
        lines.append((gettext("Tariff %(code)s, in force since %(day)s") % {"code": tariff["code"], "day": since}, "", tariff["source"]))
    heads = [gettext("Step"), gettext("Amount"), gettext("What it is made of")]
    return Section(gettext("The sum as the customer saw it"), heads, [say.texts(line) for line in lines])


def _when(at: int) -> str:
    return say.when(datetime.fromtimestamp(at, timezone.get_current_timezone()))


def _register(wh: int | None) -> str:
    return gettext("register %(n)s units") % {"n": sums.units(wh)} if wh is not None else ""


site.register(Question, QuestionDesk)
