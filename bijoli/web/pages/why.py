"""Why this charge: every change of a prepaid balance as a sum, day by day, and a question on what the sum does not explain."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from bijoli.core import bangla
from bijoli.core.tariff import Tariff, TariffError
from bijoli.customers.limits import TooOften
from bijoli.customers.reads import AccountView
from bijoli.customers.rights import Right
from bijoli.insight import questions
from bijoli.insight.explanations import Span, Told, explained
from bijoli.insight.questions import QuestionError, QuestionView
from bijoli.metering import reads
from bijoli.metering.reads import PointView
from bijoli.tariffs.reads import book
from bijoli.web import person, sums, whyrows
from bijoli.web.bars import PREPAID
from bijoli.web.standing import is_old
from bijoli.web.templatetags.bijoli import language
from bijoli.web.whyrows import Row

OLDEST = 10  # years back that a month may be asked for, where the utility keeps days for ever


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def why(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """A month's days; POST asks about one of them. 404 for somebody else's account."""
    mine = person.account(request, public_id, Right.USE)
    if mine.mode != PREPAID:
        return redirect("web:usage", mine.public_id)
    today = timezone.localdate()
    month = max(_month(request.GET.get("month", ""), today), (mine.sees_from or date.min).replace(day=1))
    first = max(month, mine.sees_from or month)
    last = min(next_month(month) - timedelta(days=1), today)
    point = reads.points([mine.id]).get(mine.id)
    told = told_of(point, first, last)
    if request.method == "POST" and told and mine.complains:
        return _ask(request, mine, told, month)
    asked = questions.of(mine.id, first, last)
    rows = list(_rows(told, asked, first, last, request.GET.get("day", "")))[::-1] if told else []
    shown = _frame(request, mine, point, month, today) | _month_sum(told) | _open(rows) | {"rows": rows, "rest": _rest(rows, asked)}
    return render(request, "web/why.html", shown)


def told_of(point: PointView | None, first: date, last: date) -> Told | None:
    """None where there is no meter, or no tariff for it."""
    try:
        return explained(point, first, last, book()) if point else None
    except TariffError:
        return None


def _rows(told: Told, asked: dict[questions.Key, QuestionView], first: date, last: date, opened: str) -> Iterator[Row]:
    """Oldest first, with the days between of which nothing is known."""
    seen = first
    for place, span in enumerate(told.spans):
        if span.first > seen:
            yield whyrows.gap(seen, span.first - timedelta(days=1))
        name = name_of(told.spans, place)
        here = opened == name or f"{span.first}" <= opened <= f"{span.last}"
        yield whyrows.row(name, span, asked.get(span.key), here)
        seen = max(seen, span.last + timedelta(days=1))
    if seen <= last:
        yield whyrows.gap(seen, last)


def name_of(spans: list[Span], place: int) -> str:
    """The span's last day; where a meter was exchanged on it, with a number."""
    last = spans[place].last
    before = sum(1 for span in spans[:place] if span.last == last)
    return f"{last}-{before}" if before else f"{last}"


def _rest(rows: list[Row], asked: dict[questions.Key, QuestionView]) -> list[QuestionView]:
    """Questions on spans that are none any more, since late readings came."""
    shown = [row.asked for row in rows if row.asked]
    return [one for one in asked.values() if one not in shown]


def _open(rows: list[Row]) -> dict[str, object]:
    """How many days are not explained, and where the newest of them stands."""
    names = [row.name for row in rows if row.open]
    return {"open_count": len(names), "open_name": names[0] if names else ""}


def _month_sum(told: Told | None) -> dict[str, object]:
    if told is None or not told.wholes:
        return {"told": told}
    return {
        "told": told,
        "opening": sums.opening(told),
        "closing": sums.closing(told),
        "since": _time(told.wholes[0].why.start.at),
        "until": _time(told.wholes[-1].why.end.at),
        "lines": whyrows.lines(sums.month_steps(told)),
        "month_reasons": sums.reasons(sums.unknown_of(told)),
        "tariffs": _tariffs(told),
    }


def _tariffs(told: Told) -> list[Tariff]:
    known = {(one.code, one.since): one for whole in told.wholes for one in whole.why.tariffs}
    return sorted(known.values(), key=lambda one: one.since)


def _frame(request: HttpRequest, mine: AccountView, point: PointView | None, first: date, today: date) -> dict[str, object]:
    years = settings.HISTORY_YEARS or OLDEST
    oldest = (mine.sees_from or date.min).replace(day=1)
    before, after = (first - timedelta(days=1)).replace(day=1), next_month(first)
    return {
        "account": mine,
        "part_from": mine.sees_from if mine.sees_from and mine.sees_from > first else None,
        "point": point,
        "old": is_old(point.balance_at if point else None, timezone.now()),
        "month": bangla.month(first, language()),
        "month_key": f"{first:%Y-%m}",
        "older": (f"{before:%Y-%m}", bangla.month(before, language())) if before.year > today.year - years and before >= oldest else None,
        "newer": (f"{after:%Y-%m}", bangla.month(after, language())) if after <= today else None,
    }


def _ask(request: HttpRequest, mine: AccountView, told: Told, first: date) -> HttpResponse:
    """One tap: the question with its arithmetic. Then the same page, with the day open."""
    wanted = request.POST.get("span", "")
    span = next((span for place, span in enumerate(told.spans) if name_of(told.spans, place) == wanted), None)
    try:
        if span is None:
            raise QuestionError("no such span")
        questions.ask(person.customer_id(request), mine.id, span, timezone.now())
        messages.success(request, gettext("We have your question, with the whole sum. The answer will stand here."))
    except TooOften as limit:
        hours = bangla.duration(math.ceil(limit.seconds / 3600) * 3600, language())
        messages.error(request, gettext("You asked very often today. Try again in %(time)s, or call us.") % {"time": hours})
    except QuestionError:
        messages.success(request, gettext("This has been explained meanwhile: a late reading came."))
        return HttpResponseRedirect(f"{reverse('web:why', args=[mine.public_id])}?month={first:%Y-%m}")
    return HttpResponseRedirect(f"{reverse('web:why', args=[mine.public_id])}?month={first:%Y-%m}&day={wanted}#d{wanted}")


def _month(given: str, today: date) -> date:
    """The first day of a month like "2026-11"; of this month for what is none, or lies ahead."""
    this = today.replace(day=1)
    try:
        found = date.fromisoformat(f"{given}-01")
    except ValueError:
        return this
    found = found.replace(day=1)
    return found if this.year - (settings.HISTORY_YEARS or OLDEST) <= found.year and found <= this else this


def next_month(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)


def _time(at: int) -> datetime:
    return datetime.fromtimestamp(at, timezone.get_current_timezone())
