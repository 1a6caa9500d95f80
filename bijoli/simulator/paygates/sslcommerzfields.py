"""SSLCOMMERZ's forms: what a session needs, what notices and answers say, and how they are signed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from bijoli.simulator.paygates.base import local, taka
from bijoli.simulator.paygates.store import Session, Transaction

LEAST, MOST = Decimal("10.00"), Decimal("500000.00")  # taka
REQUIRED: Mapping[str, int] = {  # longest values
    "total_amount": 13,
    "currency": 3,
    "tran_id": 30,
    "product_category": 100,
    "success_url": 255,
    "fail_url": 255,
    "cancel_url": 255,
    "cus_name": 50,
    "cus_email": 50,
    "cus_add1": 50,
    "cus_city": 50,
    "cus_postcode": 30,
    "cus_country": 50,
    "cus_phone": 20,
    "shipping_method": 50,
    "num_of_item": 10,
    "product_name": 255,
    "product_profile": 100,
}
OPTIONAL: Mapping[str, int] = {"ipn_url": 255, "value_a": 255, "value_b": 255, "value_c": 255, "value_d": 255}
SHIPPED = ("ship_name", "ship_add1", "ship_city", "ship_postcode", "ship_country")
TOPPED_UP = ("product_type", "topup_number", "country_topup")
PROFILES = {"general", "physical-goods", "non-physical-goods", "airline-tickets", "travel-vertical", "telecom-vertical"}
VALUES = ("value_a", "value_b", "value_c", "value_d")


def amiss(form: Mapping[str, str]) -> str:
    """Why no session is opened for this form, in the gateway's manner; empty where one is."""
    for name in (*REQUIRED, *_more(form)):
        if not form.get(name, "").strip():
            return f"Invalid Information! '{name}' is missing or empty."
    for name, longest in {**REQUIRED, **OPTIONAL}.items():
        if len(form.get(name, "")) > longest:
            return f"Invalid Information! '{name}' is longer than {longest} characters."
    if form["currency"] != "BDT":
        return "Invalid Information! 'currency' is not enabled for this store."
    if form["product_profile"] not in PROFILES:
        return "Invalid Information! 'product_profile' is not known."
    if form["shipping_method"] not in {"YES", "NO", "Courier"}:
        return "Invalid Information! 'shipping_method' is not known."
    if "@" not in form["cus_email"]:
        return "Invalid Information! 'cus_email' is not an e-mail address."
    return _amount_amiss(form["total_amount"])


def _more(form: Mapping[str, str]) -> tuple[str, ...]:
    shipped = SHIPPED if form.get("shipping_method") == "YES" else ()
    return shipped + (TOPPED_UP if form.get("product_profile") == "telecom-vertical" else ())


def _amount_amiss(text: str) -> str:
    try:
        amount = Decimal(text)
        if amount * 100 != int(amount * 100):
            raise ValueError
    except (InvalidOperation, ValueError, OverflowError):
        return "Invalid Information! 'total_amount' is not a decimal(10,2)."
    return "" if LEAST <= amount <= MOST else "Invalid Information! 'total_amount' must be from 10.00 to 500000.00 BDT."


def signed(fields: dict[str, str], password: str) -> dict[str, str]:
    """The fields with verify_key, verify_sign and verify_sign_sha2: digests of the named fields and the password's own digest, by name."""
    names = sorted(fields)
    text = "&".join(f"{name}={value}" for name, value in sorted({**fields, "store_passwd": _md5(password)}.items()))
    signs = {"verify_sign": _md5(text), "verify_sign_sha2": hashlib.sha256(text.encode()).hexdigest()}
    return {**fields, **signs, "verify_key": ",".join(names)}


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def paid(session: Session, made: Transaction) -> dict[str, str]:
    """What a notice and the browser's return say of money that was taken."""
    said = {**blank(session, "VALID", made.at), **_money(made)}
    return said | {"val_id": made.id, "bank_tran_id": made.data["bank_tran_id"], "store_id": made.data["store_id"]}


def blank(session: Session, status: str, at: float, error: str = "") -> dict[str, str]:
    """What they say of an attempt that took nothing. Every field is there, many of them empty, and all are signed."""
    card = ("card_brand", "card_issuer", "card_issuer_country", "card_issuer_country_code", "card_no", "card_sub_brand", "card_type")
    empty = dict.fromkeys((*card, "bank_tran_id", "val_id", "store_amount", "risk_level", "risk_title"), "")
    amounts = {"amount": taka(session.paisa), "currency": "BDT", "currency_type": "BDT", "currency_amount": taka(session.paisa)}
    more = {"currency_rate": "1.0000", "base_fair": "0.00", "status": status, "error": error, "tran_id": session.number}
    values = {name: str(session.data["form"].get(name, "")) for name in VALUES}
    at_words = {"tran_date": f"{local(at):%Y-%m-%d %H:%M:%S}", "store_id": session.data["store_id"]}
    return {**empty, **amounts, **more, **values, **at_words}


def _money(made: Transaction) -> dict[str, str]:
    """Amounts, card and risk of a transaction."""
    return {
        "amount": taka(made.paisa),
        "store_amount": taka(made.paisa * 975 // 1000),
        "currency": made.data["currency"],
        "currency_type": made.data["currency"],
        "currency_amount": taka(made.paisa),
        "currency_rate": "1.0000",
        "base_fair": "0.00",
        "card_type": "SIMULATED-Wallet",
        "card_no": "",
        "card_issuer": "Simulated Wallet",
        "card_brand": "MOBILEBANKING",
        "card_sub_brand": "Classic",
        "card_issuer_country": "Bangladesh",
        "card_issuer_country_code": "BD",
        "risk_level": made.data["risk_level"],
        "risk_title": "Highly Safe" if made.data["risk_level"] == "0" else "Risky",
        "tran_date": f"{local(made.at):%Y-%m-%d %H:%M:%S}",
    }


def element(session: Session, made: Transaction) -> dict[str, Any]:
    """A transaction as the validation and the query by tran_id tell it."""
    values = {name: str(session.data["form"].get(name, "")) for name in VALUES}
    validated = {"validated_on": made.data.get("validated_on", ""), "gw_version": "simulated", "error": ""}
    extras = {"emi_instalment": "0", "emi_amount": "0.00", "discount_amount": "0.00", "discount_percentage": "0", "discount_remarks": ""}
    ids = {"tran_id": made.data["tran_id"], "val_id": made.id, "bank_tran_id": made.data["bank_tran_id"]}
    return {"status": made.state, **ids, **_money(made), **values, **extras, **validated}
