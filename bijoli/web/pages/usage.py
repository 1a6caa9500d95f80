"""The Usage place: four views of one account's figures, each as a chart, a table, a CSV file and on paper."""

from __future__ import annotations

from html import escape
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from bijoli.core import bangla
from bijoli.customers.rights import Right
from bijoli.insight import costs
from bijoli.insight import reads as insight
from bijoli.metering.reads import DayUse
from bijoli.web import coachcard, person
from bijoli.web.addresses import of_account
from bijoli.web.bars import PREPAID
from bijoli.web.figures.monthly import YEAR
from bijoli.web.figures.period import MONTH, WEEK
from bijoli.web.figures.sheet import table
from bijoli.web.figures.view import View, links
from bijoli.web.figures.views import Asked, ask, shown
from bijoli.web.icons import icon
from bijoli.web.slabs import slab_card
from bijoli.web.standing import is_old
from bijoli.web.templatetags.bijoli import language
from bijoli.web.until import lasts

COACHED = 4  # the months that the coach's ninety days may touch


@login_required
def first(request: HttpRequest) -> HttpResponse:
    """Without an account in the address (the app's shortcut): the first one."""
    mine = next(iter(person.with_right(request, Right.USE)), None)
    if mine is None and person.accounts(request):
        raise Http404
    return redirect("web:usage", mine.public_id) if mine else render(request, "web/no_account.html")


@login_required
def usage(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Daily: a week, thirty days or any month."""
    return _page(request, public_id, "usage")


@login_required
def months(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Monthly: twelve months, and the year before behind them; of a postpaid account six."""
    return _page(request, public_id, "usage_months")


@login_required
def load(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Maximum load of each month, or of each day of one."""
    return _page(request, public_id, "usage_load")


@login_required
def recharged(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Recharge and use side by side; a postpaid account has none and is led to its months."""
    return _page(request, public_id, "usage_recharges")


def _page(request: HttpRequest, public_id: UUID, page: str) -> HttpResponse:
    asked = ask(request, public_id)
    if page == "usage_recharges" and not asked.account.may(Right.RECHARGES):
        raise Http404
    if page == "usage_recharges" and asked.account.mode != PREPAID:
        return redirect("web:usage_months", public_id)
    view = shown(asked, page)
    parts = {"view": view, "table": table(view.sheet, language()), **_beside(asked, page, view)}
    return render(request, "web/usage.html", _frame(asked, page) | _chosen(asked, page) | parts)


def _beside(asked: Asked, page: str, view: View) -> dict[str, object]:
    """What stands beside a view: the month's slab and how long the balance lasts; the coach beside the loads."""
    now, speak = timezone.localtime(asked.now), language()
    if page == "usage_load":
        calm = len(view.items) == YEAR and not any(item.over for item in view.items[-COACHED:])
        days: list[DayUse] | None = [] if calm else None  # of the days nothing has to be read where no load was too high
        return {"coach": coachcard.card(insight.coach(asked.account.id, asked.now, days))}
    if page == "usage":
        return {"slabs": slab_card(insight.outlook(asked.account.id, asked.now), now, speak)}
    if page == "usage_recharges":
        return {"lasts": lasts(insight.forecast_of([asked.account.id], asked.now).get(asked.account.id), now, speak)}
    return {}


def _frame(asked: Asked, page: str) -> dict[str, object]:
    mine = asked.account
    tabs = [("usage", gettext("Daily")), ("usage_months", gettext("Monthly")), ("usage_load", gettext("Maximum load"))]
    if mine.mode == PREPAID and mine.may(Right.RECHARGES):
        tabs.append(("usage_recharges", gettext("Recharge and use")))
    short = page.removeprefix("usage_") if page != "usage" else "daily"
    by_tariff = mine.mode != PREPAID and page in ("usage", "usage_months") and asked.point is not None
    return {
        "as_of": costs.as_of(asked.point.tariff, asked.today) if by_tariff and asked.point else None,
        "files": _files(asked, short),
        "account": mine,
        "name": person.called(mine),
        "accounts": [(each, person.called(each)) for each in person.with_right(asked.request, Right.USE)],
        "page": f"web:{page}",
        "point": asked.point,
        "old": is_old(asked.point.last_at if asked.point else None, asked.now),
        "tabs": links([(of_account(f"web:{name}", mine.public_id), words, name == page) for name, words in tabs], "page"),
    }


def _files(asked: Asked, short: str) -> SafeString:
    """Where the view is to be had as a file, with the same switches."""
    query = asked.request.GET.urlencode()
    urls = [(form.upper(), of_account("web:usage_export", asked.account.public_id, short, form)) for form in ("csv", "pdf")]
    parts = [
        f'<a class="link" href="{escape(f"{url}?{query}" if query else url)}" download>{icon("download", "s")}{words}</a>'
        for words, url in urls
    ]
    return mark_safe("".join(parts))  # noqa: S308 - escaped above


def _chosen(asked: Asked, page: str) -> dict[str, object]:
    """The switches over the chart: units or taka, which days, which month; and where they lead."""
    kept, units = "", []
    if page in ("usage", "usage_months"):
        kept = "&show=taka" if asked.money else ""
        units = [("", gettext("Units"), not asked.money), ("taka", gettext("Taka"), asked.money)]
    chosen, query, spans = asked.chosen, "", []
    if page == "usage":
        query = f"month={chosen.month}" if chosen.month else f"days={chosen.days}"
        spans = [(f"?days={count}{kept}", gettext("%(n)s days") % {"n": _digits(count)}, chosen.days == count) for count in (WEEK, MONTH)]
        spans.append((f"?month={asked.today:%Y-%m}{kept}", gettext("Month"), bool(chosen.month)))
    turns = page in ("usage", "usage_load")
    return {
        "title": chosen.title,
        "units": links([("?" + "&".join(filter(None, [query, show and f"show={show}"])), words, here) for show, words, here in units]),
        "spans": links(spans),
        "earlier": f"?month={chosen.earlier}{kept}" if turns and chosen.earlier else "",
        "later": f"?month={chosen.later}{kept}" if turns and chosen.later else "",
    }


def _digits(count: int) -> str:
    return bangla.digits(str(count), language())
