"""Paying a bill: how much of it, what is left then, and by which gateway."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from bijoli.core import bangla, money
from bijoli.core.payment import BILL
from bijoli.customers.limits import TooOften
from bijoli.customers.reads import AccountView
from bijoli.payments import billpaying
from bijoli.payments.bills import BillView
from bijoli.payments.orders import Wanted
from bijoli.web import billwords, paying, person
from bijoli.web.pages.bills import one
from bijoli.web.pages.errors import too_often
from bijoli.web.standing import bill_standing
from bijoli.web.templatetags.bijoli import language


@login_required
def pay(request: HttpRequest, public_id: UUID, bill_id: UUID) -> HttpResponse:
    """The amount (all of it, unless the person has typed another), the gateways' buttons; a POST leads to the gateway."""
    mine, bill, now = one(request, public_id, bill_id)
    if not mine.pays or not paying.open_for_pay():
        raise Http404
    if bill.open <= 0:
        return redirect("web:bill", mine.public_id, bill.public_id)
    if request.method != "POST":
        return _form(request, mine, bill, now, request.GET.get("amount", ""))
    try:
        key, gateway = paying.asked(request, now)
        amount = _typed(request.POST.get("amount", ""), bill)
        wanted = Wanted(key, BILL, person.customer_id(request), mine.id, amount, gateway, bill_id=bill.id)
        return paying.pay(request, wanted, now)
    except paying.Unpaid as error:
        return _form(request, mine, bill, now, request.POST.get("amount", ""), error.words)
    except TooOften as error:
        return too_often(request, error.seconds)


def _form(request: HttpRequest, mine: AccountView, bill: BillView, now: datetime, typed: str, fault: str = "") -> HttpResponse:
    amount, wrong = bill.open, ""
    if typed.strip():
        try:
            amount = _typed(typed, bill)
        except paying.Unpaid as error:
            wrong = error.words
    rules = settings.UTILITY.paying
    shown = {
        "account": mine,
        "bill": bill,
        "month": billwords.month(bill),
        "standing": bill_standing(bill, timezone.localdate(now)),
        "amount": amount,
        "whole": amount == bill.open,
        "left": bill.open - amount,
        "typed": typed if wrong else "",
        "wrong": wrong if wrong != fault else "",
        "other_amount": rules.partial or rules.over,
        "rules": rules,
        "pay_to": reverse("web:bill_pay", args=[mine.public_id, bill.public_id]),
    }
    return render(request, "web/bill_pay.html", shown | paying.form(now, [("amount", money.to_taka(amount))], fault))


def _typed(text: str, bill: BillView) -> int:
    """Paisa of an amount that may be paid of this bill. Raises Unpaid with the sentence that says why it may not."""
    try:
        amount = money.typed(text)
        billpaying.check(bill.open, amount)
    except billpaying.NotAllowed as error:
        raise paying.Unpaid(_why_not(error)) from None
    except ValueError:
        raise paying.Unpaid(gettext("Write an amount in taka, such as 500.")) from None
    return amount


def _why_not(error: billpaying.NotAllowed) -> str:
    words = {
        "nothing": gettext("Nothing of this bill is open."),
        "partial": gettext("This bill can only be paid as a whole: %(amount)s."),
        "least_part": gettext("A part of a bill is at least %(amount)s."),
        "least": gettext("The smallest payment is %(amount)s."),
        "rest": gettext("Too little would be left to be paid later: pay at most %(amount)s, or all of it."),
        "over": gettext("No more than what is open can be paid: %(amount)s."),
        "most": gettext("At most %(amount)s can be paid at once."),
    }
    return words[error.why] % {"amount": bangla.taka(error.limit, language())}
