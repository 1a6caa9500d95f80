"""bKash tokenized checkout, v1.2.0-beta, payments without agreement (mode 0011).

The hosted page only makes the payer agree; the money is taken by our `execute`, once, and what came of it is told by `query`. bKash tells
refusals with status 200, as statusCode or as errorCode. How it is set up and what is checked: docs/payments.md.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from django.conf import settings
from django.utils.timezone import now as present

from bijoli.payments.gateways import sns
from bijoli.payments.gateways.bkashtoken import Granted, SharedToken
from bijoli.payments.gateways.port import (
    Arrived,
    Attempt,
    Begun,
    GatewayAway,
    GatewayRefused,
    Hint,
    Paid,
    Payable,
    RefundAsked,
    RefundTold,
    StatementRow,
    Told,
)
from bijoli.payments.gateways.wire import ANSWER_S, NeverSent, Unauthorized, Wire, floor_paisa, paisa, taka

GRANT, REFRESH = "/tokenized/checkout/token/grant", "/tokenized/checkout/token/refresh"
CREATE, EXECUTE = "/tokenized/checkout/create", "/tokenized/checkout/execute"
QUERY, SEARCH = "/tokenized/checkout/payment/status", "/tokenized/checkout/general/searchTransaction"
REFUND = "/tokenized/checkout/payment/refund"
LONGEST_S = 30.0  # what bKash itself says of all its calls
PAYMENT_LASTS = timedelta(hours=24)
TOKEN_LASTS_S = 3600
FINE, BAD_KEY, CLOSED = "0000", "2001", "503"
DECLINED = {"2006", "2007", "2013", "2014", "2015", "2016", "2017", "2018", "2019", "2023", "2057"}  # nothing was taken
EXECUTED = {"2062", "2068", "2069", "2116", "2117"}  # it was executed before, or is being executed
NOT_AGREED = {"2054", "2056", "2060"}
UNKNOWN = {"2002", "2033"}  # the payment is not known (any more)
ENDS = {
    "cancelled": Attempt.CANCELLED,
    "canceled": Attempt.CANCELLED,
    "declined": Attempt.FAILED,
    "failed": Attempt.FAILED,
    "expired": Attempt.EXPIRED,
}
CLAIMS = {"success": "success", "failure": "failed", "cancel": "cancelled"}
GIVEN_UP = {"failed": Attempt.FAILED, "cancelled": Attempt.CANCELLED}
TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?::(\d{1,3}))? GMT([+-])(\d\d):?(\d\d)")


class Bkash:
    """The adapter. How long answers may take is for tests that do not want to wait."""

    name, executes = "bkash", True

    def __init__(self, *, answer_s: float = LONGEST_S, quick_s: float = ANSWER_S) -> None:
        self.wire = Wire(settings.BKASH_URL, answer_s=answer_s)
        self.quick = Wire(settings.BKASH_URL, answer_s=quick_s)  # where a person waits
        self.token = SharedToken(self.name, self._grant)

    def begin(self, payable: Payable) -> Begun:
        body = {
            "mode": "0011",
            "payerReference": payable.number,
            "callbackURL": payable.back_url,
            "amount": taka(payable.amount_paisa),
            "currency": "BDT",
            "intent": "sale",
            "merchantInvoiceNumber": payable.number,
        }
        told = self._call(CREATE, body, self.quick)
        ref, url = str(told.get("paymentID") or ""), str(told.get("bkashURL") or "")
        if not ref or urlsplit(url).scheme != urlsplit(self.wire.url).scheme:
            raise GatewayAway("a payment without number or page")
        if paisa(told.get("amount")) != payable.amount_paisa or _invoice(told) != payable.number:
            raise GatewayAway("a payment of another amount or order")
        return Begun(url, ref)

    def execute(self, payable: Payable) -> Told:
        """OPEN only where nothing was taken for sure: the call never left, or bKash and its query both say: not agreed yet."""
        try:
            told = self._told(self._call(EXECUTE, {"paymentID": payable.ref}), payable)
        except NeverSent:
            return Told(Attempt.OPEN)
        except GatewayRefused as refusal:
            return self._not_executed(payable, refusal.reason)
        return told if told.attempt == Attempt.PAID else self._not_executed(payable, "")

    def _not_executed(self, payable: Payable, code: str) -> Told:
        """What a refused execution comes to. That of a payment which was executed before is no refusal: the query tells."""
        if code in DECLINED:
            return Told(Attempt.FAILED, reason=code)
        told = self.ask(payable)
        if told.attempt == Attempt.PAID or (told.attempt == Attempt.OPEN and code in NOT_AGREED):
            return told
        return Told(Attempt.READY) if not code or code in EXECUTED else Told(Attempt.FAILED, reason=code)

    def ask(self, payable: Payable) -> Told:
        try:
            return self._told(self._call(QUERY, {"paymentID": payable.ref}), payable)
        except GatewayRefused as refusal:
            if refusal.reason in UNKNOWN and present() > payable.created_at + PAYMENT_LASTS:
                return Told(Attempt.EXPIRED)
            raise

    def _told(self, told: Mapping[str, Any], payable: Payable) -> Told:
        """An answer about the payment. bKash knows no end of one that its payer gives up: there the browser's word does, since nothing is
        taken without our execution."""
        if told.get("paymentID") != payable.ref:
            raise GatewayAway("an answer about another payment")
        status = str(told.get("transactionStatus", "")).lower()
        if status == "completed":
            return Told(Attempt.PAID, (self._paid(told, payable),))
        if status in ENDS:
            return Told(ENDS[status], reason=status)
        if status == "initiated" and present() > payable.created_at + PAYMENT_LASTS:
            return Told(Attempt.EXPIRED)
        if status == "initiated" and str(told.get("verificationStatus", "")).lower() == "complete":
            return Told(Attempt.READY)
        return Told(GIVEN_UP.get(payable.hint, Attempt.OPEN))

    def _paid(self, told: Mapping[str, Any], payable: Payable) -> Paid:
        transaction = str(told.get("trxID") or "")
        if not transaction:
            raise GatewayAway("money without a transaction")
        amount, whole = floor_paisa(told.get("amount"))
        wrong = "" if whole else "amount"
        if told.get("currency") != "BDT":
            wrong = "currency"
        if _invoice(told) != payable.number:
            wrong = "order"
        return Paid(transaction, amount, instant(told.get("paymentExecuteTime")), wrong, {"payment_id": payable.ref})

    def returned(self, arrived: Arrived) -> Hint:
        said = dict(parse_qsl(arrived.query))
        return Hint(CLAIMS.get(said.get("status", ""), ""), ref=said.get("paymentID", ""))

    def noticed(self, arrived: Arrived) -> Hint:
        """An SNS message of our topic that is rightly signed. One that asks us to confirm the subscription is answered once it is kept."""
        told = sns.checked(arrived.body, settings.BKASH_TOPIC)
        if told.reason:
            return Hint(genuine=False, reason=told.reason)
        if told.confirm_url:
            return Hint(genuine=True, then=lambda: sns.confirm(told.confirm_url))
        claims = "success" if told.message.get("transactionStatus") == "Completed" else ""
        return Hint(claims, str(told.message.get("merchantInvoiceNumber") or ""), genuine=True)

    def refund(self, asked: RefundAsked) -> RefundTold:
        why = re.sub(r"[<>&]", " ", asked.why)[:255].strip() or "refund"
        body = {**_ids(asked), "amount": taka(asked.paisa), "sku": asked.payable.number, "reason": why}
        try:
            told = self._refund(body, asked)
        except NeverSent:
            raise GatewayRefused("not sent", "the gateway could not be reached") from None
        if told is None:
            raise GatewayAway("a refund without a transaction")
        return told

    def refund_state(self, asked: RefundAsked) -> RefundTold | None:
        """By the refund's own address, asked without an amount; or, where its transaction is known, as any transaction.

        Only a code for "not known" says that there is none: any other leaves it under way, until a person ends the doubt (refunds.named,
        refunds.absent).
        """
        try:
            told = self._refund(_ids(asked), asked)
        except GatewayRefused as refusal:
            if refusal.reason == "credentials":
                raise
            told = None if refusal.reason in UNKNOWN else RefundTold("processing", reason=refusal.reason)
        if asked.ref and (told is None or told.state != "refunded"):
            found = self.search(asked.ref)
            return RefundTold("refunded" if found and found.paisa == asked.paisa else "processing", asked.ref)
        return told

    def _refund(self, body: Mapping[str, str], asked: RefundAsked) -> RefundTold | None:
        told = self._call(REFUND, body, coded=False)
        ref = str(told.get("refundTrxID") or "")
        if not ref:
            return None
        if told.get("originalTrxID") != asked.transaction_id or paisa(told.get("amount")) != asked.paisa:
            raise GatewayAway("a refund of another transaction or amount")
        return RefundTold("refunded" if told.get("transactionStatus") == "Completed" else "processing", ref)

    def search(self, transaction: str) -> StatementRow | None:
        """What bKash knows of a transaction, whosever it is; None where it knows nothing."""
        try:
            told = self._call(SEARCH, {"trxID": transaction})
        except GatewayRefused as refusal:
            if refusal.reason in UNKNOWN:
                return None
            raise
        if told.get("trxID") != transaction or told.get("transactionStatus") != "Completed":
            return None
        at = instant(told.get("completedTime") or told.get("initiationTime"))
        kind = "refund" if "refund" in str(told.get("transactionType", "")).lower() else "payment"
        return StatementRow(kind, transaction, _invoice(told), paisa(told.get("amount")), at)

    def _call(self, path: str, body: Mapping[str, str], wire: Wire | None = None, *, coded: bool = True) -> dict[str, Any]:
        """A call with the shared token; once more with another where that one is not taken (the call was then not looked at)."""
        wire, token = wire or self.wire, self.token.current()
        try:
            told = wire.post_json(path, body, headers=_headers(token))
        except Unauthorized:
            told = wire.post_json(path, body, headers=_headers(self.token.current(refused=token)))
        return understood(told, coded=coded)

    def _grant(self, refresh_token: str) -> Granted:
        body = {"app_key": settings.BKASH_APP_KEY, "app_secret": settings.BKASH_APP_SECRET}
        body |= {"refresh_token": refresh_token} if refresh_token else {}
        headers = {"username": settings.BKASH_USERNAME, "password": settings.BKASH_PASSWORD}
        told = understood(self.quick.post_json(REFRESH if refresh_token else GRANT, body, headers=headers), coded=False)
        if not (token := str(told.get("id_token") or "")):
            raise GatewayAway("a grant without a token")
        return Granted(token, str(told.get("refresh_token") or ""), timedelta(seconds=seconds(told.get("expires_in"))))


def understood(told: dict[str, Any], *, coded: bool = True) -> dict[str, Any]:
    """The answer where bKash says yes. `coded`: only with its code for yes. Raises GatewayRefused with its code, GatewayAway."""
    code = str(told.get("statusCode") or told.get("errorCode") or "")
    words = str(told.get("statusMessage") or told.get("errorMessage") or told.get("message") or "")[:200]
    if code == CLOSED or "timeout" in words.lower() or "timed out" in words.lower():
        raise GatewayAway("it says that it had no time")
    if code not in ("", FINE):
        raise GatewayRefused("credentials" if code == BAD_KEY else code, words)
    if not code and (coded or words):
        raise GatewayAway("an answer without a code")
    return told


def instant(text: object) -> datetime | None:
    """The time that bKash writes as 2019-08-07T11:12:34:978 GMT+0600."""
    found = TIME.fullmatch(str(text))
    if found is None:
        return None
    moment, ms, sign, hours, minutes = found.groups()
    shift = timedelta(hours=int(hours), minutes=int(minutes)) * (-1 if sign == "-" else 1)
    try:
        at = datetime.fromisoformat(moment).replace(microsecond=int((ms or "0").ljust(3, "0")) * 1000, tzinfo=timezone(shift))
        return at.astimezone(UTC)
    except ValueError:
        return None


def _invoice(told: Mapping[str, Any]) -> str:
    return str(told.get("merchantInvoiceNumber") or told.get("merchantInvoice") or "")


def _ids(asked: RefundAsked) -> dict[str, str]:
    return {"paymentID": str(asked.payment_facts["payment_id"]), "trxID": asked.transaction_id}


def _headers(token: str) -> dict[str, str]:
    return {"Authorization": token, "X-APP-Key": settings.BKASH_APP_KEY}


def seconds(told: object) -> int:
    """How long a token lasts; bKash writes a number or a text."""
    text = str(told)
    return min(int(text), TOKEN_LASTS_S) if text.isdecimal() else TOKEN_LASTS_S
