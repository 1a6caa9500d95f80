"""bKash tokenized checkout v1.2.0-beta, simulated: tokens, payments that the merchant executes, queries, refunds, notices by SNS.

Faults of its own, beside lost_return and the common ones (base.Simulation.api; calls: grant, refresh, create, execute, query, search,
refund):

    any call            refused ("code", "words"; "style": "errorCode" for the other kind of body), token_expired (401 from now on)
    grant, refresh      expires_in ("value")
    execute             insufficient_balance, payment_expired, execute_timeout (answers after "seconds", 30, that it had no time; the money
                        is taken "later" seconds after the call, 0, or with "taken": false never),
                        amount_tampered ("paisa", else a taka less), wrong_order, wrong_currency
    refund              refund_refused, refund_processing ("seconds", 600)
    its notices         bkashsns.py: no_notice, duplicate_notice ("copies", 3), notice_delayed ("seconds", 3), notice_tampered,
                        notice_forged, notice_topic, notice_certificate ("url")
"""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import Awaitable, Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from aiohttp import web

from bijoli.simulator.paygates.base import Handler, Leaving, Simulation, local, taka
from bijoli.simulator.paygates.bkashsns import TOPIC, Topic
from bijoli.simulator.paygates.bkashtokens import APP_KEY, APP_SECRET, PASSWORD, USERNAME, Tokens
from bijoli.simulator.paygates.pages import Choice, Look
from bijoli.simulator.paygates.store import PAYMENT, REFUND, Session, Transaction

NAME = "bkash"
LOOK = Look("bKash", "#b3135a")
CHOICES = (
    Choice("success", "পেমেন্ট নিশ্চিত করুন", "Confirm", "pay"),
    Choice("poor", "ব্যালেন্স কম", "Not enough balance"),
    Choice("failure", "পেমেন্ট ব্যর্থ হোক", "Fail", "fail"),
    Choice("cancel", "বাতিল করুন", "Cancel"),
)
PAYMENT_LASTS_S = 24 * 3600
TIMEOUT = "Timeout of 30 Seconds Exceeded While Executing Payment, Please Query the Payment"
WORDS = {
    "2002": "Invalid Payment ID",
    "2006": "Invalid amount",
    "2007": "Invalid currency",
    "2023": "Insufficient Balance",
    "2029": "Duplicate for all transactions",
    "2031": "Invalid Merchant Invoice Number",
    "2033": "Transaction not found",
    "2048": "Invalid Payer Reference",
    "2049": "Invalid Merchant Callback URL",
    "2054": "Payment execution pre-requisite hasn't been met",
    "2056": "Invalid Payment State",
    "2062": "The payment has already been completed",
    "2065": "Mandatory field missing",
    "2117": "Payment execution already been called before",
}
ROOT = f"/{NAME}/tokenized/checkout"
NEEDED = ("mode", "payerReference", "callbackURL", "amount", "currency", "intent", "merchantInvoiceNumber")


def environment(origin: str, folder: Path) -> dict[str, str]:
    account = {"APP_KEY": APP_KEY, "APP_SECRET": APP_SECRET, "USERNAME": USERNAME, "PASSWORD": PASSWORD, "TOPIC": TOPIC}
    found = {f"BIJOLI_BKASH_{name}": value for name, value in account.items()}
    return {"BIJOLI_BKASH_URL": f"{origin}/{NAME}", "BIJOLI_GATEWAYS_LOCAL": urlsplit(origin).netloc, **found}


def routes(sim: Simulation) -> list[web.RouteDef]:
    api, tokens, topic = _Api(sim), Tokens(sim, NAME), Topic(sim, NAME)
    api.topic = topic

    def post(path: str, call: str, does: Callable[[dict[str, Any]], Awaitable[web.Response]]) -> web.RouteDef:
        return web.post(f"{ROOT}/{path}", sim.api(NAME, call, _guarded(sim, tokens, call, does), api.order))

    return [
        web.post(f"{ROOT}/token/grant", sim.api(NAME, "grant", tokens.grant)),
        web.post(f"{ROOT}/token/refresh", sim.api(NAME, "refresh", tokens.refresh)),
        post("create", "create", api.create),
        post("execute", "execute", api.execute),
        post("payment/status", "query", api.query),
        post("general/searchTransaction", "search", api.search),
        post("payment/refund", "refund", api.refund),
        *topic.routes(),
    ]


async def choose(sim: Simulation, session: Session, choice: str, form: Mapping[str, str]) -> Leaving:
    """The payer agrees or not; no money moves here."""
    agreed = choice in {"success", "poor"}
    session.data |= {"ended": True, "agreed": agreed, "poor": choice == "poor"}
    sim.store.keep(session)
    said = {"paymentID": session.ref, "status": "success" if agreed else choice, "signature": secrets.token_urlsafe(8)}
    url = session.data["callbackURL"]
    return Leaving(url + ("&" if "?" in url else "?") + urlencode(said))


def _guarded(sim: Simulation, tokens: Tokens, call: str, does: Callable[[dict[str, Any]], Awaitable[web.Response]]) -> Handler:
    async def answer(request: web.Request) -> web.StreamResponse:
        if (refusal := tokens.refused(request, call)) is not None:
            return refusal
        if (struck := sim.strikes(NAME, "refused", call=call)) is not None:
            return _no(str(struck.get("code", "2056")), str(struck.get("words", "")), str(struck.get("style", "statusCode")))
        return await does(await request.json())

    return answer


class _Api:
    """The merchant's calls. What is refused has status 200, as there."""

    topic: Topic

    def __init__(self, sim: Simulation) -> None:
        self.sim = sim

    async def order(self, request: web.Request) -> str:
        asked = await request.json()
        session = self.sim.store.session(NAME, str(asked.get("paymentID", "")))
        return session.number if session else str(asked.get("merchantInvoiceNumber", ""))

    async def create(self, asked: dict[str, Any]) -> web.Response:
        if code := self._amiss(asked):
            return _no(code)
        ref = "TR0011" + secrets.token_urlsafe(12).replace("-", "x").replace("_", "y")
        number, paisa = asked["merchantInvoiceNumber"], int(Decimal(asked["amount"]) * 100)
        session = Session(NAME, ref, number, paisa, "Initiated", self.sim.now(), {**asked, "customerMsisdn": "01700000000"})
        self.sim.store.keep(session)
        back = {f"{way}CallbackURL": f"{asked['callbackURL']}?paymentID={ref}" for way in ("success", "failure", "cancelled")}
        told = {"paymentID": ref, "bkashURL": f"{self.sim.origin}/{NAME}/pay/{ref}", "callbackURL": asked["callbackURL"], **back}
        return _yes({**told, **_said(session), "paymentCreateTime": _time(session.at)})

    def _amiss(self, asked: dict[str, Any]) -> str:
        if any(not isinstance(asked.get(name), str) or not asked[name] for name in NEEDED if name != "amount"):
            return "2065"
        if not isinstance(asked.get("amount"), str) or not re.fullmatch(r"[0-9]{1,8}\.[0-9]{2}", asked["amount"]):
            return "2006"
        number = asked["merchantInvoiceNumber"]
        paid = any(one.state == "Completed" for one in self.sim.store.sessions(NAME, number))
        checks = {
            "2007": asked["currency"] != "BDT",
            "2065": asked["mode"] != "0011" or asked["intent"] != "sale",
            "2048": len(asked["payerReference"]) > 255 or bool(set("<>&") & set(asked["payerReference"])),
            "2049": urlsplit(asked["callbackURL"]).scheme not in {"http", "https"},
            "2031": len(number) > 255 or bool(set("<>&") & set(number)),
            "2029": paid,
        }
        return next((code for code, wrong in checks.items() if wrong), "")

    async def execute(self, asked: dict[str, Any]) -> web.Response:
        session = self.sim.store.session(NAME, str(asked.get("paymentID", "")))
        code = self._unready(session)
        if session is None or code:
            return _no(code)
        slow = self.sim.strikes(NAME, "execute_timeout", session.number)
        session.data["executing"] = True
        self.sim.store.keep(session)
        if slow is None:
            made = self._take(session)
            return _yes({**_said(session, made), "paymentExecuteTime": _time(made.at), "customerMsisdn": session.data["customerMsisdn"]})
        if slow.get("taken", True):
            self.sim.spawn(self._take_later(session), float(slow.get("later", 0)))
        await asyncio.sleep(float(slow.get("seconds", 30)))
        return web.json_response({"message": TIMEOUT})

    def _unready(self, session: Session | None) -> str:
        """The code with which an execution is refused; empty where it goes on."""
        if session is None or self._over(session):
            return "2002"
        if session.state == "Completed":
            return "2062"
        if session.data.get("executing"):
            return "2117"
        if not session.data.get("agreed"):
            return "2056" if session.data.get("ended") else "2054"
        poor = session.data.get("poor") or self.sim.strikes(NAME, "insufficient_balance", session.number) is not None
        return "2023" if poor else ""

    def _over(self, session: Session) -> bool:
        """After 24 hours a payment that was not executed is not known any more."""
        if self.sim.strikes(NAME, "payment_expired", session.number) is not None:
            session.at -= PAYMENT_LASTS_S
            self.sim.store.keep(session)
        return session.state != "Completed" and self.sim.now() > session.at + PAYMENT_LASTS_S

    async def _take_later(self, session: Session) -> None:
        self._take(session)

    def _take(self, session: Session) -> Transaction:
        """The money moves and the payment is complete, both or neither; then the topic is told."""
        now, paisa, number = self.sim.now(), session.paisa, session.number
        if (struck := self.sim.strikes(NAME, "amount_tampered", number)) is not None:
            paisa = int(struck.get("paisa", paisa - 100))
        data = {"invoice": number, "currency": "BDT"}
        if self.sim.strikes(NAME, "wrong_order", number) is not None:
            data["invoice"] = "SOMEBODYELSES"
        if self.sim.strikes(NAME, "wrong_currency", number) is not None:
            data["currency"] = "USD"
        made = Transaction(NAME, PAYMENT, secrets.token_hex(5).upper(), session.ref, number, paisa, "Completed", now, data)
        session.state = "Completed"
        with self.sim.store.atomic():
            self.sim.store.add(made)
            self.sim.store.keep(session)
        self.topic.tell(made, {**session.data, "payerReference": str(session.data["payerReference"])})
        return made

    async def query(self, asked: dict[str, Any]) -> web.Response:
        session = self.sim.store.session(NAME, str(asked.get("paymentID", "")))
        if session is None or self._over(session):
            return _no("2002")
        made = next(iter(self.sim.store.transactions(NAME, ref=session.ref, kind=PAYMENT)), None)
        told = _said(session, made) | {"mode": "0011", "paymentCreateTime": _time(session.at)}
        told["merchantInvoice"] = told.pop("merchantInvoiceNumber")
        told["verificationStatus"] = "Complete" if session.data.get("agreed") else "Incomplete"
        if made:
            told["paymentExecuteTime"] = _time(made.at)
        return _yes(told)

    async def search(self, asked: dict[str, Any]) -> web.Response:
        number = str(asked.get("trxID", ""))
        made = self.sim.store.transaction(NAME, number) or self.sim.store.transaction(NAME, number, REFUND)
        if made is None:
            return _no("2033")
        times = {"initiationTime": _time(made.at), "completedTime": _time(made.at)}
        kind = {
            "transactionType": "Refund" if made.kind == REFUND else "Payment",
            "organizationShortCode": "00000",
            "transactionReference": made.number,
        }
        money = {"trxID": made.id, "transactionStatus": made.state, "amount": taka(made.paisa), "currency": "BDT"}
        return _yes({**money, **times, **kind, "merchantInvoiceNumber": made.data.get("invoice", made.number)})

    async def refund(self, asked: dict[str, Any]) -> web.Response:
        """With an amount it sends money back; without one it tells what became of it."""
        of = self.sim.store.transaction(NAME, str(asked.get("trxID", "")))
        if of is None or of.ref != asked.get("paymentID"):
            return _no("2033")
        back = [one for one in self.sim.store.transactions(NAME, ref=of.ref, kind=REFUND) if one.data["of"] == of.id]
        if "amount" not in asked:
            return self._refunded(of, back[-1]) if back else _no("2033")
        if self.sim.strikes(NAME, "refund_refused", of.number) is not None or not asked.get("sku") or not asked.get("reason"):
            return _no("2065")
        if not isinstance(asked["amount"], str) or not 0 < Decimal(asked["amount"]) * 100 <= of.paisa - sum(one.paisa for one in back):
            return _no("2006")
        slow = self.sim.strikes(NAME, "refund_processing", of.number)
        data = {"of": of.id, "done_at": self.sim.now() + (0.0 if slow is None else float(slow.get("seconds", 600)))}
        number, paisa = secrets.token_hex(5).upper(), int(Decimal(asked["amount"]) * 100)
        state = "Completed" if slow is None else "processing"
        made = Transaction(NAME, REFUND, number, of.ref, of.number, paisa, state, self.sim.now(), data)
        self.sim.store.add(made)
        return self._refund_said(of, made)

    def _refunded(self, of: Transaction, made: Transaction) -> web.Response:
        if made.state == "processing" and self.sim.now() >= made.data["done_at"]:
            made.state = "Completed"
            self.sim.store.change(made)
        return self._refund_said(of, made)

    def _refund_said(self, of: Transaction, made: Transaction) -> web.Response:
        status = "Completed" if made.state == "Completed" else "Initiated"
        ids = {"originalTrxID": of.id, "refundTrxID": made.id, "transactionStatus": status}
        return _yes({**ids, "amount": taka(made.paisa), "currency": "BDT", "charge": "0.00", "completedTime": _time(made.at)})


def _said(session: Session, made: Transaction | None = None) -> dict[str, Any]:
    """What create, execute and query say alike."""
    told = {"paymentID": session.ref, "payerReference": session.data["payerReference"], "intent": "sale"}
    told |= {"transactionStatus": session.state, "amount": taka(made.paisa if made else session.paisa)}
    told |= {"currency": made.data["currency"] if made else "BDT"}
    told |= {"merchantInvoiceNumber": made.data["invoice"] if made else session.number}
    return told | ({"trxID": made.id} if made else {})


def _yes(told: dict[str, Any]) -> web.Response:
    return web.json_response({"statusCode": "0000", "statusMessage": "Successful", **told})


def _no(code: str, words: str = "", style: str = "statusCode") -> web.Response:
    name = "errorMessage" if style == "errorCode" else "statusMessage"
    return web.json_response({style: code, name: words or WORDS.get(code, "Refused")})


def _time(at: float) -> str:
    """2019-08-07T11:12:34:978 GMT+0600, with a colon before the milliseconds."""
    then = local(at)
    return f"{then:%Y-%m-%dT%H:%M:%S}:{then.microsecond // 1000:03d} GMT{then:%z}"
