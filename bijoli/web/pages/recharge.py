"""Recharges of a prepaid account with every charge."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext

from bijoli.customers.reads import AccountView
from bijoli.insight import reads as insight
from bijoli.insight.explanations import recharge_of
from bijoli.metering import reads
from bijoli.metering.reads import CreditView
from bijoli.web import person, sums
from bijoli.web.bars import PREPAID
from bijoli.web.figures.period import months_back
from bijoli.web.standing import is_old, standing
from bijoli.web.templatetags.bijoli import language
from bijoli.web.until import enough, lasts

KEPT = timedelta(days=366)
NEAR_END = 25  # of the month


@dataclass(frozen=True, slots=True)
class Receipt:
    """One recharge: what was paid, each charge with its sign, tokens in groups of four."""

    view: CreditView
    paid: int
    lines: list[tuple[str, int]]
    tokens: list[str]
    wrong: str  # a sentence, where the figures do not add up
    day: date


@login_required
def first(request: HttpRequest) -> HttpResponse:
    """Without an account in the address (the app's shortcut): the first one."""
    mine = person.current(request)
    return _go(mine) if mine else render(request, "web/no_account.html")


@login_required
def recharge(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """This month's total, how to recharge, and the recharges of a year."""
    mine = person.account(request, public_id)
    if mine.mode != PREPAID:
        return _go(mine)
    now = timezone.now()
    history = [_receipt(credit) for credit in reads.credits(mine.id, now - KEPT, now)]
    return render(request, "web/recharge.html", _common(request, mine, "web:recharge") | _ahead(mine, now) | {"credits": history})


def _ahead(mine: AccountView, now: datetime) -> dict[str, object]:
    """How long the balance lasts, and what it takes until the month's end (from the 25th on: the next one's)."""
    local = timezone.localtime(now)
    month = months_back(local.date(), -2 if local.day > NEAR_END else -1)
    found = insight.enough_until(mine.id, month - timedelta(days=1), now)
    ends = insight.forecast_of([mine.id], now).get(mine.id)
    return {"lasts": lasts(ends, local, language()), "enough": enough(found, local, language())}


def _receipt(credit: CreditView) -> Receipt:
    """Only what is known: a recharge told without its charges shows what reached the meter."""
    charges = [(sums.charge_name(str(charge.get("name", ""))), -int(charge.get("paisa", 0))) for charge in credit.charges]
    lines = [
        (gettext("Paid"), credit.gross_paisa),
        (gettext("VAT"), None if credit.vat_paisa is None else -credit.vat_paisa),
        *charges,
        (gettext("Rebate"), credit.rebate_paisa or None),
    ]
    return Receipt(
        view=credit,
        paid=credit.credited_paisa if credit.gross_paisa is None else credit.gross_paisa,
        lines=[(name, paisa) for name, paisa in lines if paisa is not None],
        wrong=sums.wrong(recharge_of(credit)),
        day=timezone.localdate(credit.at),
        tokens=[" ".join(token[at : at + 4] for at in range(0, len(token), 4)) for token in map(str, credit.tokens)],
    )


def _go(mine: AccountView) -> HttpResponse:
    return redirect("web:recharge" if mine.mode == PREPAID else "web:bills", mine.public_id)


def _common(request: HttpRequest, mine: AccountView, page: str) -> dict[str, Any]:
    now = timezone.now()
    point = reads.points([mine.id]).get(mine.id)
    return {
        "account": mine,
        "name": person.called(mine),
        "accounts": [(each, person.called(each)) for each in person.accounts(request)],
        "page": page,
        "point": point,
        "standing": standing(mine, point, now),
        "old": is_old(point.balance_at if point else None, now),
        "month": reads.month_to_date([mine.id], timezone.localdate(now)).get(mine.id),
    }
