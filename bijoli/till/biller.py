"""The door for wallets: their customers ask for a bill and pay it inside the wallet's own app. The wire and its codes: docs/bills.md."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from bijoli.core import money
from bijoli.customers import limits
from bijoli.customers.origin import client_address, network
from bijoli.payments import billers
from bijoli.payments.billers import Asked, Owed, Receipt, Refused
from bijoli.payments.bills import BillView

LARGEST = 16 * 1024
OK, LOGIN, BAD, BUSY = "000", "101", "102", "901"
CODES = {
    "account": ("201", "No account, meter or bill of this number"),
    "month": ("202", "No bill of that month"),
    "paid": ("203", "Nothing is to be paid"),
    "prepaid": ("204", "A prepaid account has no bills"),
    "used": ("301", "This Trxid has paid something else"),
    "nothing": ("203", "Nothing is to be paid"),
    "partial": ("302", "The bill must be paid as a whole"),
    "least_part": ("302", "The amount is less than the smallest part"),
    "least": ("302", "The amount is less than the smallest payment"),
    "rest": ("302", "What would be left is less than the smallest payment"),
    "over": ("302", "The amount is more than is to be paid"),
    "most": ("302", "The amount is more than the largest payment"),
}
ACCOUNT, METER, BILL = ("Acc_No", "Customer_num", "Ref_ID"), "Meter_no", "Bill_no"
OLDEST_PAYTIME = timedelta(days=1)  # a wallet that could not reach us sends again: its customer has paid in time
Answer = dict[str, Any]


class _Bad(ValueError):
    """A request that is not as it must be; the message says what."""


@csrf_exempt
@require_POST
def query(request: HttpRequest) -> JsonResponse:
    """What a bill comes to now."""
    return _door(request, _query)


@csrf_exempt
@require_POST
def pay(request: HttpRequest) -> JsonResponse:
    """Pays a bill; the same Trxid again gets the same answer."""
    return _door(request, _pay)


def _door(request: HttpRequest, work: Callable[[str, Answer, datetime], Answer]) -> JsonResponse:
    now = timezone.now()
    try:
        given = _body(request)
    except _Bad as error:
        return _refusal(LOGIN, str(error), 401)  # without a readable body there are no credentials
    wallet = billers.wallet(_text(given, "Username"), _text(given, "Password"))
    if wallet is None:
        wait = limits.wait("biller wrong by network", network(client_address(request)), now)
        return _refusal(BUSY, "Too many wrong attempts", 429) if wait else _refusal(LOGIN, "Username or Password is wrong", 401)
    if limits.wait("biller", wallet, now):
        return _refusal(BUSY, "Too many requests: send it again later", 429)
    try:
        return JsonResponse({"Error_Code": OK, "Error_Msg": "Success", **work(wallet, given, now)})
    except _Bad as error:
        return _refusal(BAD, str(error), 200)
    except Refused as refused:
        code, words = CODES[refused.why]
        return _refusal(code, f"{words}: {_taka(refused.limit)}" if refused.limit else words, 200)


def _refusal(code: str, words: str, status: int) -> JsonResponse:
    return JsonResponse({"Error_Code": code, "Error_Msg": words}, status=status)


def _body(request: HttpRequest) -> Answer:
    length = request.headers.get("Content-Length", "")
    if not length.isdigit() or int(length) > LARGEST:
        raise _Bad(f"send a JSON object of at most {LARGEST} bytes with its Content-Length")
    try:
        given = json.loads(request.body, parse_float=Decimal)
    except (ValueError, RecursionError):
        raise _Bad("the body is no JSON") from None
    if not isinstance(given, dict):
        raise _Bad("the body is no JSON object")
    return given


def _text(given: Answer, name: str, longest: int = 80) -> str:
    """A field as text; what is absent, empty, too long or something else is empty."""
    value = given.get(name)
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    return text.strip() if isinstance(text, str) and len(text) <= longest and text.isprintable() else ""


def _query(_wallet: str, given: Answer, now: datetime) -> Answer:
    owed = billers.query(_asked(given), now)
    first = owed.bills[0]
    return {
        "consumer_name": f"Account {owed.account_number}",
        "bill_month": f"{first.month:%m%Y}",
        "bill_amount": _taka(owed.paisa),
        "bill_due_date": f"{first.due_on:%Y%m%d}",
        "trxid": _text(given, "Trxid"),
        "querytime": _time(now),
        "breakdown": _lines(owed.bills[0]) if len(owed.bills) == 1 else _bills(owed),
    }


def _pay(wallet: str, given: Answer, now: datetime) -> Answer:
    transaction_id = _text(given, "Trxid", 60)
    if not transaction_id:
        raise _Bad("Trxid is missing")
    amount, paytime = _amount(given.get("Amount")), _text(given, "Paytime", 30)
    receipt = billers.pay(wallet, transaction_id, _asked(given), amount, paytime, _paid_at(paytime, now), now)
    return {
        "name": f"Account {receipt.account_number}",
        "total_amount": _taka(receipt.paisa),
        "trxid": transaction_id,
        "paytime": receipt.paytime,
        "receipt": receipt.number,
        "breakdown": _parts(receipt),
    }


def _asked(given: Answer) -> Asked:
    accounts = {text for name in ACCOUNT if (text := _text(given, name))}
    meter, bill = _text(given, METER), _text(given, BILL)
    if len(accounts) + bool(meter) + bool(bill) != 1:
        raise _Bad("send one of Acc_No, Meter_no, Customer_num, Bill_no, Ref_ID")
    return Asked(account=next(iter(accounts), ""), meter=meter, bill=bill, month=_month(_text(given, "Bill_month")))


def _month(text: str) -> date | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) == 6 and 1 <= int(text[:2]) <= 12 and int(text[2:]) > 0):
        raise _Bad("Bill_month is MMYYYY")
    return date(int(text[2:]), int(text[:2]), 1)


def _amount(given: Any) -> int:
    try:
        if isinstance(given, bool) or not isinstance(given, str | int | Decimal) or len(str(given)) > 20:
            raise ValueError
        paisa = money.paisa(given)
    except ValueError:
        raise _Bad("Amount is taka with at most two decimals") from None
    if paisa <= 0:
        raise _Bad("Amount must be over 0")
    return paisa


def _paid_at(text: str, now: datetime) -> datetime:
    """The wallet's own time of the payment, where it can be read and lies within the last day; else now."""
    text = f"{text[:8]}T{text[8:]}" if text.isdigit() else text
    try:
        at = datetime.fromisoformat(text)
        at = timezone.make_aware(at) if timezone.is_naive(at) else at
    except (ValueError, OverflowError):
        return now
    return at if now - OLDEST_PAYTIME <= at <= now else now


def _lines(bill: BillView) -> list[dict[str, str]]:
    """A bill's own lines, its late fee, and what was paid of it already."""
    lines = [{"name": str(line["name"]), "amount": _taka(line["paisa"])} for line in bill.lines]
    late = bill.late_rest + sum(part.late_paisa for part in bill.paid)
    lines += [{"name": "late fee", "amount": _taka(late)}] if late else []
    return lines + ([{"name": "paid", "amount": _taka(-bill.paid_paisa)}] if bill.paid_paisa else [])


def _bills(owed: Owed) -> list[dict[str, str]]:
    return [{"name": f"bill {bill.month:%m%Y}", "amount": _taka(bill.open)} for bill in owed.bills]


def _parts(receipt: Receipt) -> list[dict[str, str]]:
    found = []
    for month, paisa, late in receipt.parts:
        found += [(f"bill {month:%m%Y}", paisa), (f"late fee {month:%m%Y}", late)]
    return [{"name": name, "amount": _taka(paisa)} for name, paisa in [*found, ("advance", receipt.advance)] if paisa]


def _taka(paisa: int) -> str:
    return str(money.to_taka(paisa))


def _time(at: datetime) -> str:
    return f"{timezone.localtime(at):%Y%m%d%H%M%S}"
