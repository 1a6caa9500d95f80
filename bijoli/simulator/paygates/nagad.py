"""Nagad v-0.2.0, simulated: sealed initialize and complete, hosted page, verify, refunds.

Faults of its own, beside the common ones (base.Simulation.api; calls: initialize, complete, verify, refund; null_body is what an
address that is not white-listed gets) and lost_return:

    initialize         bad_signature (of the reply), wrong_challenge (it gives one that complete does not take)
    complete           sealed (the reply is sealed), sealed_badly (with a wrong signature)
    a press of Pay     amount_tampered ("paisa", else a taka less), wrong_order, wrong_merchant
    the return         duplicate_callback ("copies", 3 in all), return_tampered (it names another order)
    verify             still_initiated (although it is paid)
    refund             refund_refused
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import aiohttp
from aiohttp import web

from bijoli.simulator.paygates.base import DHAKA, LOOPBACK, NOTICE_TIMEOUT, Leaving, Simulation, local, taka
from bijoli.simulator.paygates.nagadkeys import Seals, files
from bijoli.simulator.paygates.pages import Choice, Look
from bijoli.simulator.paygates.store import PAYMENT, REFUND, Session, Transaction

NAME = "nagad"
LOOK = Look("Nagad", "#a3341c")
CHOICES = (
    Choice("pay", "পেমেন্ট করুন", "Pay"),
    Choice("fail", "পেমেন্ট ব্যর্থ হোক", "Fail"),
    Choice("abort", "বাতিল করুন", "Abort", "cancel"),
)
MERCHANT = "683000000000000"
CLOCK_S = 900  # how far the merchant's clock may be off
STATES = {"pay": "Success", "fail": "Failed", "abort": "Aborted"}
CODES = {"Success": "000", "Failed": "101", "Aborted": "102"}
HEADERS = {"X-KM-Api-Version": "v-0.2.0", "X-KM-Client-Type": "PC_WEB"}


def environment(origin: str, folder: Path) -> dict[str, str]:
    private, public = files(folder)
    keys = {"BIJOLI_NAGAD_KEY": str(private), "BIJOLI_NAGAD_PUBLIC_KEY": str(public)}
    return {"BIJOLI_NAGAD_URL": f"{origin}/{NAME}/api/dfs", "BIJOLI_NAGAD_MERCHANT": MERCHANT, **keys}


def routes(sim: Simulation) -> list[web.RouteDef]:
    api, root = _Api(sim), f"/{NAME}/api/dfs"
    return [
        web.post(f"{root}/check-out/initialize/{{merchant}}/{{order}}", sim.api(NAME, "initialize", api.initialize, _order_in_path)),
        web.post(f"{root}/check-out/complete/{{ref}}", sim.api(NAME, "complete", api.complete, api.order_of)),
        web.get(f"{root}/verify/payment/{{ref}}", sim.api(NAME, "verify", api.verify, api.order_of)),
        web.post(f"{root}/purchase/refund", sim.api(NAME, "refund", api.refund)),
    ]


async def _order_in_path(request: web.Request) -> str:
    return request.match_info["order"]


async def choose(sim: Simulation, session: Session, choice: str, form: Mapping[str, str]) -> Leaving:
    """The payer pays or not, here; the return says so, and proves nothing."""
    session.state = STATES[choice]
    session.data |= {"ended": True, "order": session.number, "merchant": MERCHANT}
    made = _taken(sim, session) if choice == "pay" else None
    with sim.store.atomic():
        sim.store.keep(session)
        if made:
            sim.store.add(made)
    number = "SOMEBODYELSES" if sim.strikes(NAME, "return_tampered", session.number) is not None else session.number
    said = {"merchant": MERCHANT, "order_id": number, "payment_ref_id": session.ref, "status": session.state}
    said |= {"status_code": CODES[session.state], "message": f"{session.state} payment"}
    url = session.data["callback"]
    url += ("&" if "?" in url else "?") + urlencode(said)
    if (struck := sim.strikes(NAME, "duplicate_callback", session.number)) is not None:
        for _ in range(int(struck.get("copies", 3)) - 1):
            sim.spawn(_again(sim, url))
    return Leaving(url)


async def _again(sim: Simulation, url: str) -> None:
    """The browser comes back once more."""
    if urlsplit(url).hostname in LOOPBACK:
        with suppress(aiohttp.ClientError, TimeoutError, OSError):
            async with aiohttp.ClientSession(timeout=NOTICE_TIMEOUT) as http, http.get(url, allow_redirects=False) as answer:
                sim.note("again", url=url, status=answer.status)


def _taken(sim: Simulation, session: Session) -> Transaction:
    paisa, now = session.paisa, sim.now()
    if (struck := sim.strikes(NAME, "amount_tampered", session.number)) is not None:
        paisa = int(struck.get("paisa", paisa - 100))
    if sim.strikes(NAME, "wrong_order", session.number) is not None:
        session.data["order"] = "SOMEBODYELSES"
    if sim.strikes(NAME, "wrong_merchant", session.number) is not None:
        session.data["merchant"] = "683999999999999"
    return Transaction(NAME, PAYMENT, secrets.token_hex(4).upper(), session.ref, session.number, paisa, "Success", now)


class _Api:
    """The merchant's calls. What is refused has status 400 with a reason and a message."""

    def __init__(self, sim: Simulation) -> None:
        self.sim, self.seals = sim, Seals(sim.folder)

    async def order_of(self, request: web.Request) -> str:
        session = self.sim.store.session(NAME, request.match_info["ref"])
        return session.number if session else ""

    async def initialize(self, request: web.Request) -> web.Response:
        body, number = await request.json(), request.match_info["order"]
        said = self.seals.opened(body)
        if said is None or any(request.headers.get(name) != value for name, value in HEADERS.items()):
            return _no("Authentication", "Invalid signature or headers")
        if request.match_info["merchant"] != MERCHANT or said.get("merchantId") != MERCHANT or said.get("orderId") != number:
            return _no("InvalidMerchant", "Merchant or order do not fit")
        if not re.fullmatch(r"[0-9A-Za-z]{5,20}", number) or not said.get("challenge"):
            return _no("InvalidRequest", "Order id or challenge cannot be taken")
        if said.get("datetime") != body.get("dateTime") or not self._timely(str(said.get("datetime"))):
            return _no("InvalidRequest", "dateTime is not the time in Dhaka")
        if any(one.state == "Success" for one in self.sim.store.sessions(NAME, number)):
            return _no("Duplicate", "The order is paid already")
        ref, challenge, now = secrets.token_hex(16), secrets.token_hex(20), self.sim.now()
        self.sim.store.keep(Session(NAME, ref, number, 0, "OrderInitiated", now, {"challenge": challenge}))
        if self.sim.strikes(NAME, "wrong_challenge", number) is not None:
            challenge = secrets.token_hex(20)
        told = {"paymentReferenceId": ref, "challenge": challenge, "acceptDateTime": f"{local(now):%Y%m%d%H%M%S}"}
        return web.json_response(self.seals.sealed(told, forged=self.sim.strikes(NAME, "bad_signature", number) is not None))

    def _timely(self, text: str) -> bool:
        try:
            at = datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=DHAKA)
        except ValueError:
            return False
        return abs(at.timestamp() - self.sim.now()) < CLOCK_S

    async def complete(self, request: web.Request) -> web.Response:
        body, session = await request.json(), self.sim.store.session(NAME, request.match_info["ref"])
        said = self.seals.opened(body)
        if said is None:
            return _no("Authentication", "Invalid signature")
        if session is None or said.get("merchantId") != MERCHANT or said.get("orderId") != session.number:
            return _no("InvalidOrder", "Merchant or order do not fit")
        if said.get("challenge") != session.data["challenge"]:
            return _no("InvalidChallenge", "The challenge is not the one that was given")
        amount = said.get("amount")
        if said.get("currencyCode") != "050" or not isinstance(amount, str) or not re.fullmatch(r"[0-9]{1,8}(\.[0-9]{1,2})?", amount):
            return _no("InvalidAmount", "Amount or currency cannot be taken")
        session.paisa, session.state = int(Decimal(amount) * 100), "Initiated"
        session.data["callback"] = str(body["merchantCallbackURL"])
        self.sim.store.keep(session)
        told = {"callBackUrl": f"{self.sim.origin}/{NAME}/pay/{session.ref}", "status": "Success"}
        badly = self.sim.strikes(NAME, "sealed_badly", session.number) is not None
        if badly or self.sim.strikes(NAME, "sealed", session.number) is not None:
            return web.json_response(self.seals.sealed(told, forged=badly))
        return web.json_response(told)

    async def verify(self, request: web.Request) -> web.Response:
        session = self.sim.store.session(NAME, request.match_info["ref"])
        if session is None:
            return _no("NotFound", "Invalid payment reference id")
        money = self.sim.store.transactions(NAME, ref=session.ref)
        made = next((one for one in money if one.kind == PAYMENT), None)
        back = next((one for one in money if one.kind == REFUND), None)
        waits = self.sim.strikes(NAME, "still_initiated", session.number) is not None
        status = "Initiated" if waits else session.state
        told: dict[str, Any] = {
            "merchantId": session.data.get("merchant", MERCHANT),
            "orderId": session.data.get("order", session.number),
            "paymentRefId": session.ref,
            "amount": taka(made.paisa if made else session.paisa),
            "clientMobileNo": "017****0000" if made and not waits else None,
            "merchantMobileNo": "01700000000",
            "orderDateTime": f"{local(session.at):%Y-%m-%d %H:%M:%S}.0",
            "issuerPaymentDateTime": f"{local(made.at):%Y-%m-%d %H:%M:%S}.0" if made and not waits else None,
            "issuerPaymentRefNo": made.id if made and not waits else None,
            "additionalMerchantInfo": None,
            "status": status,
            "statusCode": CODES.get(status, ""),
            "cancelIssuerDateTime": f"{local(back.at):%Y-%m-%d %H:%M:%S}.0" if back else None,
            "cancelIssuerRefNo": back.id if back else None,
            "serviceType": "Bill payment",
        }
        return web.json_response(told)

    async def refund(self, request: web.Request) -> web.Response:
        body, session = await request.json(), self.sim.store.session(NAME, request.query.get("paymentRefId", ""))
        said = self.seals.opened(body, "sensitiveDataCancelRequest")
        of = next(iter(self.sim.store.transactions(NAME, ref=session.ref, kind=PAYMENT)), None) if session else None
        if said is None or said.get("merchantId") != MERCHANT:
            return _no("Authentication", "Invalid signature or merchant")
        if of is None or of.number != request.query.get("orderId") or said.get("originalAmount") != taka(of.paisa):
            return _no("InvalidOrder", "There is no such payment")
        back = sum(one.paisa for one in self.sim.store.transactions(NAME, ref=of.ref, kind=REFUND))
        wanted = int(Decimal(str(said.get("cancelAmount"))) * 100)
        if not 0 < wanted <= of.paisa - back or self.sim.strikes(NAME, "refund_refused", of.number) is not None:
            return _no("RefundRefused", "The amount cannot be sent back")
        data = {"of": of.id, "reference": said.get("referenceNo", "")}
        made = Transaction(NAME, REFUND, secrets.token_hex(4).upper(), of.ref, of.number, wanted, "Success", self.sim.now(), data)
        self.sim.store.add(made)
        told = {"status": "Success", "code": "000", "cancelTrxId": made.id}
        return web.json_response(self.seals.sealed({**told, "originalAmount": taka(of.paisa), "cancelAmount": taka(wanted)}))


def _no(reason: str, message: str) -> web.Response:
    return web.json_response({"reason": reason, "message": message}, status=400)
