"""SSLCOMMERZ v4: the gateway's own page takes the money; its servers' validation says what came.

How it is set up and what is checked: docs/payments.md. The store's password goes in forms and addresses,
so no address is ever logged (wire.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings

from bijoli.core.payment import BILL
from bijoli.payments.gateways import sslcommerzsign as signs
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
from bijoli.payments.gateways.wire import NeverSent, Wire, floor_paisa, taka

SESSION = "/gwprocess/v4/api.php"
VALIDATE = "/validator/api/validationserverAPI.php"
QUERY = "/validator/api/merchantTransIDvalidationAPI.php"
TAKEN = {"VALID", "VALIDATED"}
ENDS = {
    "FAILED": Attempt.FAILED,
    "CANCELLED": Attempt.CANCELLED,
    "EXPIRED": Attempt.EXPIRED,
    "UNATTEMPTED": Attempt.EXPIRED,  # the person chose no way to pay until the session's time was over
}
CLAIMS = {"VALID": "success", "FAILED": "failed", "CANCELLED": "cancelled"}
MOST_TRANSACTIONS = 50  # of one order
CITY = ZoneInfo("Asia/Dhaka")  # its clocks


class Sslcommerz:
    """The adapter. `answer_s` is for tests that do not want to wait."""

    name, executes = "sslcommerz", False

    def __init__(self, **wire: Any) -> None:
        self.wire = Wire(settings.SSLCOMMERZ_URL, **wire)
        self.store = settings.SSLCOMMERZ_STORE

    def begin(self, payable: Payable) -> Begun:
        told = self.wire.post_form(SESSION, {**self._secrets(), **session_fields(payable)})
        if told.get("status") != "SUCCESS":
            words = str(told.get("failedreason", ""))
            raise GatewayRefused("credentials" if "Store Credential" in words else "refused", words[:200])
        ref, url = str(told.get("sessionkey") or ""), str(told.get("GatewayPageURL") or "")
        if not ref or urlsplit(url).scheme != urlsplit(self.wire.url).scheme:
            raise GatewayAway("a session without key or page")
        return Begun(url, ref)

    def execute(self, payable: Payable) -> Told:
        raise NotImplementedError("the gateway's own page takes the money")

    def ask(self, payable: Payable) -> Told:
        """Every transaction of the order that the query knows as paid is put before the validation; only what that confirms counts.

        Where there is none, the session tells how the attempt ended. What the validation calls INVALID_TRANSACTION is no money.
        """
        told = self._get(QUERY, tran_id=payable.number)
        found = told.get("element") or []
        if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
            raise GatewayAway("a query whose answer has no list of transactions")
        ids = [str(one["val_id"]) for one in found[:MOST_TRANSACTIONS] if one.get("status") in TAKEN and one.get("val_id")]
        paid = tuple(one for val_id in dict.fromkeys(ids) if (one := self._validated(val_id, payable)))
        if paid:
            return Told(Attempt.PAID, paid)
        session = self._get(QUERY, sessionkey=payable.ref)
        attempt = ENDS.get(str(session.get("status")), Attempt.OPEN)
        return Told(attempt, reason=str(session.get("error") or "")[:60] if attempt != Attempt.OPEN else "")

    def _validated(self, val_id: str, payable: Payable) -> Paid | None:
        told = self._get(VALIDATE, val_id=val_id, v="1")
        if told.get("status") == "INVALID_TRANSACTION":
            return None
        if told.get("status") not in TAKEN or str(told.get("val_id")) != val_id or not told.get("bank_tran_id"):
            raise GatewayAway("a validation that does not speak of what was asked")
        paisa, whole = floor_paisa(told.get("amount"))
        facts = {"bank_tran_id": str(told["bank_tran_id"]), "store_amount": str(told.get("store_amount", ""))}
        return Paid(val_id, paisa, _instant(told.get("tran_date")), self._wrong(told, payable, paisa, whole), facts)

    def _wrong(self, told: Mapping[str, Any], payable: Payable, paisa: int, whole: bool) -> str:
        """What is amiss with money that the gateway confirms, beside its amount, which is compared by settling.py."""
        if told.get("tran_id") != payable.number:
            return "order"
        if told.get("store_id", self.store) != self.store:
            return "store"
        if told.get("currency") != "BDT" or told.get("currency_type") != "BDT":
            return "currency"
        if not whole or floor_paisa(told.get("currency_amount")) != (paisa, True):
            return "amount"
        return "" if str(told.get("risk_level")) == "0" else "risk"

    def returned(self, arrived: Arrived) -> Hint:
        fields = signs.fields(arrived.body)
        if not fields:
            return Hint()
        return Hint(CLAIMS.get(fields.get("status", ""), ""), fields.get("tran_id", ""))

    def noticed(self, arrived: Arrived) -> Hint:
        fields = signs.fields(arrived.body)
        if fields is None:
            return Hint(genuine=False, reason="no text, or a field comes twice")
        reason = signs.forged(fields, self.store, settings.SSLCOMMERZ_PASSWORD)
        claims = CLAIMS.get(fields.get("status", ""), "")
        return Hint(claims, fields.get("tran_id", ""), genuine=not reason, reason=reason)

    def refund(self, asked: RefundAsked) -> RefundTold:
        """A GET that moves money: sent once. "success" means that it is accepted, not that it is done."""
        fields = {
            "bank_tran_id": str(asked.payment_facts["bank_tran_id"]),
            "refund_amount": taka(asked.paisa),
            "refund_remarks": asked.why[:255] or "refund",
            "refe_id": asked.id.hex[:30],  # what it is called depends on the age of their documents
            "refund_trans_id": asked.id.hex[:30],
        }
        try:
            told = self._get(QUERY, **fields)
        except NeverSent:
            raise GatewayRefused("not sent", "the gateway could not be reached") from None
        status, ref = str(told.get("status", "")).lower(), str(told.get("refund_ref_id") or "")
        if status == "failed":
            return RefundTold("refused", ref, str(told.get("errorReason") or "failed")[:120])
        if status not in {"success", "processing"} or not ref:
            raise GatewayAway("a refund that is neither accepted nor refused")
        return RefundTold("processing", ref)

    def refund_state(self, asked: RefundAsked) -> RefundTold | None:
        """By the gateway's own number. Where the answer that bore it was lost, nothing here can find the refund, nor say that there is
        none: it stays under way until a person looks into the gateway's panel (refunds.named, refunds.absent)."""
        if not asked.ref:
            return RefundTold("processing", reason="only the gateway's panel shows it")
        told = self._get(QUERY, refund_ref_id=asked.ref)
        if told.get("bank_tran_id") != asked.payment_facts["bank_tran_id"]:
            raise GatewayAway("a refund of another transaction, or of none")
        status = str(told.get("status", "")).lower()
        if status == "cancelled":
            return RefundTold("refused", asked.ref, str(told.get("errorReason") or "cancelled")[:120])
        return RefundTold("refunded" if status == "refunded" else "processing", asked.ref)

    def _secrets(self) -> dict[str, str]:
        return {"store_id": self.store, "store_passwd": settings.SSLCOMMERZ_PASSWORD}

    def _get(self, path: str, **query: str) -> dict[str, Any]:
        told = self.wire.get(path, {**query, **self._secrets(), "format": "json"})
        connected = str(told.get("APIConnect", ""))
        if connected in {"FAILED", "INACTIVE"}:
            raise GatewayRefused("credentials", connected)
        if connected == "INVALID_REQUEST":
            raise GatewayRefused("request", connected)
        if connected != "DONE":
            raise GatewayAway("an answer without APIConnect")
        return told


def session_fields(payable: Payable) -> dict[str, str]:
    """What the gateway wants to know of an order. Of the person only the phone; name, e-mail and place are the utility's."""
    name = settings.UTILITY.name["en"][:50]
    back = dict.fromkeys(("success_url", "fail_url", "cancel_url"), payable.back_url)
    place = {"cus_add1": name, "cus_city": settings.UTILITY.zone.partition("/")[2], "cus_postcode": "1000", "cus_country": "Bangladesh"}
    product = "Electricity bill" if payable.purpose == BILL else "Electricity recharge"
    return {
        "total_amount": taka(payable.amount_paisa),
        "currency": "BDT",
        "tran_id": payable.number,
        **back,
        "ipn_url": payable.notice_url,
        "cus_name": name,
        "cus_email": f"no-reply@{_host()}",
        **place,
        "cus_phone": _national(payable.phone) or settings.UTILITY.hotline,
        "shipping_method": "NO",
        "num_of_item": "1",
        "product_name": product,
        "product_category": "electricity",
        "product_profile": "non-physical-goods",
        "emi_option": "0",
    }


def _host() -> str:
    host = urlsplit(settings.SITE_URL).hostname or ""
    return host if "." in host and not host.replace(".", "").isdigit() else "bijoli.invalid"


def _national(phone: str) -> str:
    code = f"+{settings.UTILITY.country_code}"
    return "0" + phone.removeprefix(code) if phone.startswith(code) else phone


def _instant(text: object) -> datetime | None:
    try:
        return datetime.strptime(str(text), "%Y-%m-%d %H:%M:%S").replace(tzinfo=CITY).astimezone(UTC)
    except ValueError:
        return None
