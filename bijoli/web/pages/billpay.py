"""Paying a bill: how much of it, what is left then, and by which gateway."""

from __future__ import annotations

from dataclasses import dataclass
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
from bijoli.payments import billpaying, bills
from bijoli.payments.orders import Wanted
from bijoli.web import billwords, paying, person
from bijoli.web.pages.bills import one
from bijoli.web.pages.errors import too_often
from bijoli.web.standing import Standing, bill_standing, bills_standing
from bijoli.web.templatetags.bijoli import language


@dataclass(frozen=True, slots=True)
class Debt:
    """What is paid here: one bill, or (`bill_id` None) all that is open of the account. `to` is this page, `back` the one before."""

    bill_id: int | None
    open: int
    late: int
    title: str
    standing: Standing
    to: str
    back: str


@login_required
def pay(request: HttpRequest, public_id: UUID, bill_id: UUID) -> HttpResponse:
    """Of one bill, the amount (all of it, unless another is typed) and the gateways' buttons; a POST leads to the gateway."""
    mine, bill, now = one(request, public_id, bill_id)
    ids = [mine.public_id, bill.public_id]
    title = gettext("Bill of %(month)s") % {"month": billwords.month(bill)}
    stands = bill_standing(bill, timezone.localdate(now))
    debt = Debt(bill.id, bill.open, bill.late_rest, title, stands, reverse("web:bill_pay", args=ids), reverse("web:bill", args=ids))
    return _page(request, mine, debt, now)


@login_required
def pay_all(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The same for all open bills together, the oldest first."""
    mine, now = person.account(request, public_id), timezone.now()
    if bills.hidden(mine.id):  # older ones would be paid first, of a time that this person does not see
        return redirect("web:bills", mine.public_id)
    today, args = timezone.localdate(now), [mine.public_id]
    due = bills.open_bills(mine.id, today)
    title = gettext("To pay, %(n)s bills") % {"n": bangla.digits(str(len(due)), language())}
    late = sum(bill.late_rest for bill in due)
    stands, to, back = bills_standing(due, today), reverse("web:bills_pay", args=args), reverse("web:bills", args=args)
    return _page(request, mine, Debt(None, sum(bill.open for bill in due), late, title, stands, to, back), now)


def _page(request: HttpRequest, mine: AccountView, debt: Debt, now: datetime) -> HttpResponse:
    if not mine.pays or not paying.open_for_pay():
        raise Http404
    if debt.open <= 0:
        return redirect(debt.back)
    if request.method != "POST":
        return _form(request, mine, debt, now, request.GET.get("amount", ""))
    try:
        key, gateway = paying.asked(request, now)
        amount = _typed(request.POST.get("amount", ""), debt)
        wanted = Wanted(key, BILL, person.customer_id(request), mine.id, amount, gateway, bill_id=debt.bill_id)
        return paying.pay(request, wanted, now)
    except paying.Unpaid as error:
        return _form(request, mine, debt, now, request.POST.get("amount", ""), error.words)
    except TooOften as error:
        return too_often(request, error.seconds)


def _form(request: HttpRequest, mine: AccountView, debt: Debt, now: datetime, typed: str, fault: str = "") -> HttpResponse:
    """Where the typed amount cannot be, there are no buttons to pay with: nobody shall pay another one by mistake."""
    amount, wrong = debt.open, ""
    if typed.strip():
        try:
            amount = _typed(typed, debt)
        except paying.Unpaid as error:
            wrong = error.words
    rules = settings.UTILITY.paying
    shown = {
        "account": mine,
        "debt": debt,
        "amount": amount,
        "left": debt.open - amount,
        "typed": typed if wrong else "",
        "wrong": wrong,
        "other_amount": rules.partial or rules.over or wrong,
        "rules": rules,
        "pay_to": debt.to,
    }
    return render(request, "web/bill_pay.html", shown | paying.form(now, [("amount", money.to_taka(amount))], "" if wrong else fault))


def _typed(text: str, debt: Debt) -> int:
    """Paisa of an amount that may be paid of it. Raises Unpaid with the sentence that says why it may not."""
    try:
        amount = money.typed(text)
        billpaying.check(debt.open, amount)
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
