"""A shop's orders at the simulated SSLCOMMERZ."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from bijoli.payments.gateways.port import Arrived, Payable, RefundAsked
from bijoli.payments.gateways.sslcommerz import Sslcommerz
from bijoli.payments.orders import new_number
from tests.paygates import Gates

NAME = "sslcommerz"
NOWHERE = "http://127.0.0.1:9/"  # nobody listens to notices here


def payable(**more: Any) -> Payable:
    now = datetime.now(UTC)
    given = {
        "number": new_number("recharge", now),
        "amount_paisa": 50050,
        "created_at": now,
        "expires_at": now + timedelta(minutes=30),
        "back_url": NOWHERE + "back",
        "notice_url": NOWHERE + "notice",
        "phone": "+8801700000001",
    }
    return Payable(**{**given, **more})


def opened(adapter: Sslcommerz, **more: Any) -> Payable:
    wanted = payable(**more)
    return dataclasses.replace(wanted, ref=adapter.begin(wanted).ref)


def posted(fields: dict[str, str]) -> Arrived:
    return Arrived("POST", "", urlencode(fields).encode(), {})


def asked(gates: Gates, session: Payable, paisa: int = 50050, **more: Any) -> RefundAsked:
    facts = {"bank_tran_id": gates.money(order=session.number)[0]["data"]["bank_tran_id"]}
    return RefundAsked(uuid4(), paisa, "came twice", session, gates.money(order=session.number)[0]["id"], facts, **more)
