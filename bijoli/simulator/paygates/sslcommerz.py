"""SSLCOMMERZ v4, simulated: sessions, hosted page, signed notices, validation, queries, refunds.

Faults of its own, beside the common ones (base.Simulation.api; calls: session, validate, query, refund, refund_state) and lost_return:

    a press of Pay    amount_tampered (the gateway holds another sum: "paisa", else a taka less), risk, wrong_currency, wrong_order,
                      wrong_store, paid_twice ("seconds" between the two), expired (any press)
    its notices       no_notice, duplicate_notice ("copies", 3 in all), notice_delayed ("seconds", 3), notice_first (it is answered before
                      the browser leaves), notice_tampered, notice_forged (signed with another password)
    the return        return_tampered
    the answers       invalid_transaction (at the validation), refund_refused, refund_processing ("seconds", else 600), refund_cancelled
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from bijoli.simulator.paygates import sslcommerzfields as fields
from bijoli.simulator.paygates.base import Leaving, Simulation, local
from bijoli.simulator.paygates.pages import Choice, Look
from bijoli.simulator.paygates.store import PAYMENT, REFUND, Session, Transaction

NAME = "sslcommerz"
LOOK = Look("SSLCOMMERZ", "#1f4e9b")
CHOICES = (Choice("pay", "পেমেন্ট করুন", "Pay"), Choice("fail", "পেমেন্ট ব্যর্থ হোক", "Fail"), Choice("cancel", "বাতিল করুন", "Cancel"))
STORE, PASSWORD = "bijolisimulated", "simulated-store"
LASTS_S = 30 * 60
REFUND_S = 1.0
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def environment(origin: str, folder: Path) -> dict[str, str]:
    return {"BIJOLI_SSLCOMMERZ_URL": f"{origin}/{NAME}", "BIJOLI_SSLCOMMERZ_STORE": STORE, "BIJOLI_SSLCOMMERZ_PASSWORD": PASSWORD}


def routes(sim: Simulation) -> list[web.RouteDef]:
    api = _Api(sim)
    return [
        web.post(f"/{NAME}/gwprocess/v4/api.php", sim.api(NAME, "session", api.session, _posted_order)),
        web.get(f"/{NAME}/validator/api/validationserverAPI.php", sim.api(NAME, "validate", api.validate)),
        web.get(f"/{NAME}/validator/api/merchantTransIDvalidationAPI.php", api.ask),
    ]


async def _posted_order(request: web.Request) -> str:
    return str((await request.post()).get("tran_id", ""))


async def choose(sim: Simulation, session: Session, choice: str, form: Mapping[str, str]) -> Leaving:
    """A button of the hosted page: the money moves (or not), the notices leave, the browser goes back."""
    now, number = sim.now(), session.number
    if sim.strikes(NAME, "expired", number) is not None or now > session.at + LASTS_S:
        said = _ended(sim, session, "EXPIRED", "Transaction time is over")
    elif choice == "fail":
        said = _ended(sim, session, "FAILED", "Declined by the bank")
    elif choice == "cancel":
        said = _ended(sim, session, "CANCELLED", "Cancelled by the customer")
    else:
        said = _taken(sim, session, now)
    await _notices(sim, session, said)
    way = {"VALID": "success_url", "CANCELLED": "cancel_url"}.get(said["status"], "fail_url")
    if sim.strikes(NAME, "return_tampered", number) is not None:
        said = {**said, "amount": "1.00"}
    return Leaving(session.data["form"][way], fields.signed(said, PASSWORD))


def _ended(sim: Simulation, session: Session, status: str, error: str) -> dict[str, str]:
    session.state = status
    session.data |= {"ended": True, "error": error}
    sim.store.keep(session)
    return fields.blank(session, status, sim.now(), error)


def _taken(sim: Simulation, session: Session, now: float) -> dict[str, str]:
    """The money moves and the session ends, both or neither."""
    made = _payment(sim, session, now)
    session.state = "VALID"
    session.data["ended"] = True
    again = sim.strikes(NAME, "paid_twice", session.number)
    second = _payment(sim, session, now) if again is not None else None
    wait = float(again.get("seconds", 0)) if again else 0.0
    with sim.store.atomic():
        sim.store.keep(session)
        sim.store.add(made)
        if second and not wait:
            sim.store.add(second)
    if second:
        sim.spawn(_second(sim, session, second, kept=not wait), wait)
    return fields.paid(session, made)


async def _second(sim: Simulation, session: Session, second: Transaction, *, kept: bool) -> None:
    if not kept:
        sim.store.add(second)
    await _tell(sim, session, fields.signed(fields.paid(session, second), PASSWORD))


def _payment(sim: Simulation, session: Session, now: float) -> Transaction:
    stamp = f"{local(now):%y%m%d%H%M%S}"
    data = {
        "bank_tran_id": stamp + secrets.token_hex(6),
        "tran_id": session.number,
        "store_id": session.data["store_id"],
        "currency": "BDT",
        "risk_level": "0",
    }
    paisa = session.paisa
    if (struck := sim.strikes(NAME, "amount_tampered", session.number)) is not None:
        paisa = int(struck.get("paisa", paisa - 100))
    for what, changed in (
        ("risk", {"risk_level": "1"}),
        ("wrong_currency", {"currency": "USD"}),
        ("wrong_order", {"tran_id": "SOMEBODYELSES"}),
        ("wrong_store", {"store_id": "anotherstore"}),
    ):
        if sim.strikes(NAME, what, session.number) is not None:
            data |= changed
    return Transaction(NAME, PAYMENT, stamp + secrets.token_urlsafe(12), session.ref, session.number, paisa, "VALID", now, data)


# Notices


async def _notices(sim: Simulation, session: Session, said: dict[str, str]) -> None:
    """Server to server: at once, beside the browser's return, unless a fault says otherwise."""
    number = session.number
    if sim.strikes(NAME, "no_notice", number) is not None:
        return
    told = fields.signed(said, PASSWORD)
    if sim.strikes(NAME, "notice_tampered", number) is not None:
        told = {**told, "amount": "1.00"}
    if sim.strikes(NAME, "notice_forged", number) is not None:
        told = fields.signed(said, "another password")
    copies = sim.strikes(NAME, "duplicate_notice", number)
    delayed = sim.strikes(NAME, "notice_delayed", number)
    if sim.strikes(NAME, "notice_first", number) is not None:
        await _tell(sim, session, told)
        return
    for _ in range(1 if copies is None else int(copies.get("copies", 3))):
        sim.spawn(_tell(sim, session, told), 0 if delayed is None else float(delayed.get("seconds", 3)))


async def _tell(sim: Simulation, session: Session, told: Mapping[str, str]) -> None:
    if url := session.data["form"].get("ipn_url"):
        await sim.tell(url, urlencode(told).encode(), FORM)


class _Api:
    """The merchant's calls. What is refused has status 200, as there."""

    def __init__(self, sim: Simulation) -> None:
        self.sim = sim
        self.queried = sim.api(NAME, "query", self._query, _asked_order)
        self.refunded = sim.api(NAME, "refund", self._refund)
        self.refund_told = sim.api(NAME, "refund_state", self._refund_state)

    async def session(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        if (form.get("store_id"), form.pop("store_passwd", "")) != (STORE, PASSWORD):
            return _refused("Store Credential Error Or Store is De-active")
        if reason := fields.amiss(form):
            return _refused(reason)
        key = secrets.token_hex(16).upper()
        paisa = int(Decimal(form["total_amount"]) * 100)
        data = {"form": form, "store_id": form["store_id"]}
        self.sim.store.keep(Session(NAME, key, form["tran_id"], paisa, "PENDING", self.sim.now(), data))
        page = f"{self.sim.origin}/{NAME}/pay/{key}"
        told = {"sessionkey": key, "GatewayPageURL": page, "redirectGatewayURL": page, "storeBanner": "", "storeLogo": "", "desc": []}
        return web.json_response({"status": "SUCCESS", "failedreason": "", **told})

    async def validate(self, request: web.Request) -> web.Response:
        if not _allowed(request):
            return web.json_response({"APIConnect": "FAILED"})
        made = self.sim.store.transaction(NAME, request.query.get("val_id", ""))
        session = self.sim.store.session(NAME, made.ref) if made else None
        wrong = made is not None and self.sim.strikes(NAME, "invalid_transaction", made.number) is not None
        if made is None or session is None or wrong:
            return web.json_response({"APIConnect": "DONE", "status": "INVALID_TRANSACTION", "val_id": request.query.get("val_id", "")})
        told = fields.element(session, made)
        if made.state == "VALID":
            made.state, made.data["validated_on"] = "VALIDATED", f"{local(self.sim.now()):%Y-%m-%d %H:%M:%S}"
            self.sim.store.change(made)
        return web.json_response({**told, "store_id": made.data["store_id"], "APIConnect": "DONE"})

    async def ask(self, request: web.Request) -> web.StreamResponse:
        """One address for everything else: which call it is, its parameters tell."""
        if "refund_ref_id" in request.query:
            return await self.refund_told(request)
        return await (self.refunded if "refund_amount" in request.query else self.queried)(request)

    async def _query(self, request: web.Request) -> web.Response:
        if not _allowed(request):
            return web.json_response({"APIConnect": "FAILED"})
        if key := request.query.get("sessionkey"):
            return web.json_response({"APIConnect": "DONE", **self._of_session(key)})
        number = request.query.get("tran_id", "")
        found: list[dict[str, Any]] = []
        for session in self.sim.store.sessions(NAME, number):
            made = self.sim.store.transactions(NAME, ref=session.ref, kind=PAYMENT)
            found += [fields.element(session, one) for one in made]
            if session.state == "FAILED":
                found.append(fields.blank(session, "FAILED", session.at, session.data["error"]))
        return web.json_response({"APIConnect": "DONE", "no_of_trans_found": len(found), "element": found})

    def _of_session(self, key: str) -> dict[str, Any]:
        session = self.sim.store.session(NAME, key)
        if session is None:
            return {"status": "INVALID_TRANSACTION", "sessionkey": key}
        made = self.sim.store.transactions(NAME, ref=key, kind=PAYMENT)
        if made:
            return {**fields.element(session, made[0]), "sessionkey": key}
        over = session.state == "PENDING" and self.sim.now() > session.at + LASTS_S
        return {**fields.blank(session, "EXPIRED" if over else session.state, session.at, session.data.get("error", "")), "sessionkey": key}

    async def _refund(self, request: web.Request) -> web.Response:
        query = request.query
        told = {"bank_tran_id": query.get("bank_tran_id", ""), "trans_id": "", "refund_ref_id": "", "status": "failed"}
        if not _allowed(request):
            return web.json_response({"APIConnect": "FAILED", **told})
        payments = self.sim.store.transactions(NAME, kind=PAYMENT)
        of = next((one for one in payments if one.data["bank_tran_id"] == query.get("bank_tran_id")), None)
        reason = self._refund_amiss(of, query)
        if of is None or reason:
            return web.json_response({"APIConnect": "DONE", **told, "errorReason": reason})
        ref, paisa = secrets.token_hex(8).upper(), int(Decimal(query["refund_amount"]) * 100)
        data = {"of": of.id, "bank_tran_id": of.data["bank_tran_id"], "our": query.get("refund_trans_id") or query.get("refe_id", "")}
        data |= {"ready_at": self._ready_at(of.number), "cancelled": self.sim.strikes(NAME, "refund_cancelled", of.number) is not None}
        self.sim.store.add(Transaction(NAME, REFUND, ref, of.ref, of.number, paisa, "processing", self.sim.now(), data))
        self.sim.spawn(self._finish(ref), data["ready_at"] - self.sim.now())
        told |= {"trans_id": of.number, "refund_ref_id": ref, "status": "success"}
        return web.json_response({"APIConnect": "DONE", **told, "errorReason": ""})

    async def _finish(self, ref: str) -> None:
        """The refund's end, once its time has come."""
        made = self.sim.store.transaction(NAME, ref, REFUND)
        if made and made.state == "processing" and self.sim.now() >= made.data["ready_at"]:
            made.state = "cancelled" if made.data["cancelled"] else "refunded"
            made.data["ended_at"] = self.sim.now()
            self.sim.store.change(made)

    def _ready_at(self, number: str) -> float:
        slow = self.sim.strikes(NAME, "refund_processing", number)
        return self.sim.now() + (REFUND_S if slow is None else float(slow.get("seconds", 600)))

    def _refund_amiss(self, of: Transaction | None, query: Mapping[str, str]) -> str:
        if of is None:
            return "Transaction not found"
        if self.sim.strikes(NAME, "refund_refused", of.number) is not None:
            return "Refund is not allowed for this transaction"
        if not query.get("refund_remarks"):
            return "refund_remarks is missing"
        back = [one for one in self.sim.store.transactions(NAME, number=of.number, kind=REFUND) if one.data["of"] == of.id]
        gone = sum(one.paisa for one in back if one.state != "cancelled")
        return "" if 0 < Decimal(query["refund_amount"]) * 100 <= of.paisa - gone else "Refund amount exceeds the transaction"

    async def _refund_state(self, request: web.Request) -> web.Response:
        if not _allowed(request):
            return web.json_response({"APIConnect": "FAILED"})
        await self._finish(request.query["refund_ref_id"])
        made = self.sim.store.transaction(NAME, request.query["refund_ref_id"], REFUND)
        if made is None:
            return web.json_response({"APIConnect": "DONE", "status": "", "errorReason": "Refund not found"})
        ended = f"{local(made.data['ended_at']):%Y-%m-%d %H:%M:%S}" if made.state == "refunded" else ""
        times = {"initiated_on": f"{local(made.at):%Y-%m-%d %H:%M:%S}", "refunded_on": ended}
        ids = {"bank_tran_id": made.data["bank_tran_id"], "trans_id": made.number, "refund_ref_id": made.id}
        return web.json_response({"APIConnect": "DONE", "status": made.state, **ids, **times, "errorReason": ""})


async def _asked_order(request: web.Request) -> str:
    return request.query.get("tran_id", "")


def _allowed(request: web.Request) -> bool:
    return (request.query.get("store_id"), request.query.get("store_passwd")) == (STORE, PASSWORD)


def _refused(reason: str) -> web.Response:
    return web.json_response({"status": "FAILED", "failedreason": reason, "sessionkey": "", "GatewayPageURL": ""})
