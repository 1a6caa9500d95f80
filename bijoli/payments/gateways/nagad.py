"""Nagad, v-0.2.0: a payment is opened in two steps, each sealed; its own page takes the money; verify tells what came.

The answer of verify bears no signature: TLS and the ids, order, merchant and amount in it are what there is. How it is set up and what is
checked, and what is to be confirmed with Nagad: docs/payments.md.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from django.conf import settings
from django.utils import timezone

from bijoli.payments.gateways.nagadkeys import Keys
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
    Told,
)
from bijoli.payments.gateways.wire import Empty, NeverSent, Wire, floor_paisa, paisa, taka

OPEN_PAYMENT, COMPLETE, VERIFY = "/check-out/initialize", "/check-out/complete", "/verify/payment"
REFUND = "/purchase/refund"
BDT = "050"  # ISO 4217
HEADERS = {"X-KM-Api-Version": "v-0.2.0", "X-KM-Client-Type": "PC_WEB"}
ENDS = {"failed": Attempt.FAILED, "aborted": Attempt.CANCELLED, "cancelled": Attempt.CANCELLED}
CLAIMS = {"success": "success", "failed": "failed", "aborted": "cancelled", "cancelled": "cancelled"}
FINE = "000"


class Nagad:
    """The adapter. `answer_s` is for tests that do not want to wait."""

    name, executes = "nagad", False

    def __init__(self, **wire: Any) -> None:
        self.wire = Wire(settings.NAGAD_URL, headers={**HEADERS, "X-KM-IP-V4": settings.NAGAD_IP}, **wire)
        self.merchant: str = settings.NAGAD_MERCHANT
        self.keys = Keys(Path(settings.NAGAD_KEY), Path(settings.NAGAD_PUBLIC_KEY))

    def begin(self, payable: Payable) -> Begun:
        ref, challenge = self._opened(payable)
        order = {"merchantId": self.merchant, "orderId": payable.number, "currencyCode": BDT}
        order |= {"amount": taka(payable.amount_paisa), "challenge": challenge}
        body = {**self.keys.sealed(order), "merchantCallbackURL": payable.back_url, "additionalMerchantInfo": {}}
        told = self._call("POST", f"{COMPLETE}/{quote(ref, safe='')}", json=body)
        if "sensitiveData" in told or "signature" in told:  # seen without; where it is sealed, the seal must be right
            told = self.keys.opened(told)
        url = str(told.get("callBackUrl") or "")
        if told.get("status") != "Success":
            raise GatewayRefused(str(told.get("reason") or told.get("status") or "refused"), str(told.get("message", ""))[:200])
        if urlsplit(url).scheme != urlsplit(self.wire.url).scheme:
            raise GatewayAway("a payment without page")
        return Begun(url, ref)

    def _opened(self, payable: Payable) -> tuple[str, str]:
        """The first step: the payment's reference, and Nagad's challenge for the second."""
        now = f"{timezone.localtime():%Y%m%d%H%M%S}"
        said = {"merchantId": self.merchant, "datetime": now, "orderId": payable.number, "challenge": secrets.token_hex(20)}
        body = {"dateTime": now, **self.keys.sealed(said)}
        told = self.keys.opened(self._call("POST", f"{OPEN_PAYMENT}/{quote(self.merchant, safe='')}/{payable.number}", json=body))
        ref, challenge = str(told.get("paymentReferenceId") or ""), str(told.get("challenge") or "")
        if not ref or not challenge:
            raise GatewayAway("a payment without reference or challenge")
        return ref, challenge

    def execute(self, payable: Payable) -> Told:
        raise NotImplementedError("the gateway's own page takes the money")

    def ask(self, payable: Payable) -> Told:
        told = self._call("GET", f"{VERIFY}/{quote(payable.ref, safe='')}")
        if told.get("paymentRefId") != payable.ref:
            raise GatewayAway("an answer about another payment")
        status = str(told.get("status", "")).lower()
        if status != "success":
            end = ENDS.get(status, Attempt.OPEN)
            return Told(end, reason=f"{status} {told.get('statusCode') or ''}".strip() if end != Attempt.OPEN else "")
        if str(told.get("statusCode")) != FINE:
            raise GatewayAway("a success with another code than 000")
        return Told(Attempt.PAID, (self._paid(told, payable),))

    def _paid(self, told: Mapping[str, Any], payable: Payable) -> Paid:
        transaction = str(told.get("issuerPaymentRefNo") or "")
        if not transaction:
            raise GatewayAway("money without a transaction")
        amount, whole = floor_paisa(told.get("amount"))
        wrong = "" if whole else "amount"
        if told.get("merchantId") != self.merchant:
            wrong = "store"
        if told.get("orderId") != payable.number:
            wrong = "order"
        at = instant(told.get("issuerPaymentDateTime"))
        return Paid(transaction, amount, at, wrong, {"payment_ref": payable.ref, "amount": taka(amount)})

    def returned(self, arrived: Arrived) -> Hint:
        said = dict(parse_qsl(arrived.query))
        return Hint(CLAIMS.get(said.get("status", "").lower(), ""), said.get("order_id", ""), said.get("payment_ref_id", ""))

    def noticed(self, arrived: Arrived) -> Hint:
        return Hint(genuine=False, reason="Nagad sends no notices")

    def refund(self, asked: RefundAsked) -> RefundTold:
        """As public clients do it; Nagad has not confirmed it to us."""
        said = {
            "merchantId": self.merchant,
            "originalRequestDate": f"{timezone.localtime(asked.payable.created_at):%Y%m%d}",
            "originalAmount": str(asked.payment_facts["amount"]),
            "cancelAmount": taka(asked.paisa),
            "referenceNo": asked.id.hex[:20],
            "referenceMessage": "refund",
        }
        ids = urlencode({"paymentRefId": str(asked.payment_facts["payment_ref"]), "orderId": asked.payable.number})
        try:
            told = self._call("POST", f"{REFUND}?{ids}", json=self.keys.sealed(said, "sensitiveDataCancelRequest"))
        except NeverSent:
            raise GatewayRefused("not sent", "the gateway could not be reached") from None
        told = self.keys.opened(told)
        ref = str(told.get("cancelTrxId") or "")
        if str(told.get("status", "")).lower() != "success" or not ref or paisa(told.get("cancelAmount")) != asked.paisa:
            raise GatewayAway("a refund that is neither done nor refused")
        return RefundTold("refunded", ref)

    def refund_state(self, asked: RefundAsked) -> RefundTold | None:
        """Verify names the number of what was sent back. Where it names none, nobody can say that there is none: it stays under way, until
        a person who looked into Nagad's panel ends the doubt (refunds.named, refunds.absent)."""
        if asked.ref:
            return RefundTold("refunded", asked.ref)
        told = self._call("GET", f"{VERIFY}/{quote(str(asked.payment_facts['payment_ref']), safe='')}")
        if told.get("issuerPaymentRefNo") != asked.transaction_id:
            raise GatewayAway("an answer about another payment")
        ref = str(told.get("cancelIssuerRefNo") or "")
        return RefundTold("refunded", ref) if ref else RefundTold("processing", reason="only the gateway's panel shows it")

    def _call(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        """Raises GatewayRefused where it tells a reason instead of an answer."""
        try:
            told = self.wire.call(method, path, **more)
        except Empty as error:
            raise GatewayAway(f"{error}: perhaps Nagad has not white-listed this server's IP address") from None
        if told.get("reason") and "status" not in told:
            raise GatewayRefused(str(told["reason"])[:60], str(told.get("message", ""))[:200])
        return told


def instant(text: object) -> datetime | None:
    """A time as verify writes it, on the clocks of Dhaka: 20261128231502 or 2026-11-28 23:15:02, perhaps with parts of a second."""
    bare = str(text).partition(".")[0].replace("T", " ")
    for form in ("%Y%m%d%H%M%S", "%Y-%m-%d %H:%M:%S"):
        try:
            return datetime.strptime(bare, form).replace(tzinfo=timezone.get_default_timezone()).astimezone(UTC)
        except ValueError:
            continue
    return None
