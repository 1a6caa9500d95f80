"""The head-end's door: the protocol of docs/head-end.md over an engine, and beside it what tests ask for (`/_faults`, `/_credits` …)."""

from __future__ import annotations

import hmac
import re
import time
from dataclasses import asdict
from datetime import date, datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from bijoli.simulator.vending.engine import UNKNOWN, Engine, OtherContent, Refused, Wanted
from bijoli.simulator.vending.faults import Chances, Fault, Faults
from bijoli.simulator.vending.listen import HANG_UP, Reply, Request
from bijoli.simulator.vending.store import Credit, Meter

JSON = "application/json"  # a web page cannot send it to another origin without being asked for leave, which we never give
PAGE = 500
KEY = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
CREDIT, METER = re.compile(rf"/credits/({KEY})"), re.compile(r"/meters/([0-9]{12})/(dues|standing)")
Paisa = Annotated[int, Meta(gt=0, le=10**12)]


class Body(msgspec.Struct, frozen=True):
    """What `PUT /credits/{key}` brings."""

    number: Annotated[str, Meta(min_length=1, max_length=40)]
    meter: Annotated[str, Meta(pattern=r"^[0-9]{12}\Z")]
    amount_paisa: Paisa
    expected_paisa: Annotated[int, Meta(ge=-(10**12), le=10**12)]
    sold_at: Annotated[datetime, Meta(tz=True)]
    channel: Annotated[str, Meta(max_length=40)] = ""


class Door:
    """Answers requests. Whatever is not the protocol is refused."""

    def __init__(self, engine: Engine, token: str, faults: Faults | None = None) -> None:
        self.engine, self.token, self.faults = engine, token, faults or Faults()

    def answer(self, request: Request) -> Reply:
        """The reply to a request; HANG_UP cuts the line."""
        try:
            if request.path.startswith("/_"):
                return self._control(request)
            if not hmac.compare_digest(request.token.encode(), self.token.encode()):
                return Reply(401, {"reason": "credentials"})
            return self._protocol(request)
        except (msgspec.ValidationError, msgspec.DecodeError, ValueError) as error:
            return Reply(400, {"reason": "not_understood", "error": str(error)})
        except Refused as no:
            status = 404 if no.reason == UNKNOWN and request.method == "GET" else 422
            return Reply(status, {"state": "refused", "reason": no.reason, "split": asdict(no.split) if no.split else None})

    def _protocol(self, request: Request) -> Reply:
        if found := CREDIT.fullmatch(request.path):
            if request.method == "PUT":
                return self._credit(found[1], msgspec.json.decode(request.body, type=Body))
            if request.method == "GET":
                return self._faulty("confirm", "", lambda _: self._confirm(found[1]))
        if request.method == "GET" and request.path == "/credits":
            return self._faulty("credits", "", lambda _: self._credits(request.query))
        if request.method == "GET" and (found := METER.fullmatch(request.path)):
            number, what = found[1], found[2]
            if what == "dues":
                return self._faulty("dues", number, lambda _: self._dues(number, request.query))
            return self._faulty("standing", number, lambda _: self._standing(number))
        return Reply(404, {"reason": "no_such_address"})

    def _faulty(self, of: str, meter: str, act: Any) -> Reply:
        """Does it, unless something goes wrong before; says it, unless something goes wrong after."""
        fault = self.faults.draw(of, meter)
        if fault and fault.before:
            time.sleep(fault.lasts)
            if fault.fault == "refuse":
                raise Refused(fault.reason)
            return HANG_UP if fault.fault == "timeout_before" else Reply(500, {"reason": "error"})
        reply: Reply = act(fault)
        if fault is None or fault.fault == "late":
            return reply
        time.sleep(fault.lasts)
        spoiled = {"timeout_after": HANG_UP, "error_after": Reply(500, {"reason": "error"}), "garbage": Reply(200, raw=b'{"state": "on_me')}
        return spoiled.get(fault.fault, reply)

    def _credit(self, key: str, body: Body) -> Reply:
        wanted = Wanted(key, body.number, body.meter, body.amount_paisa, body.expected_paisa, body.sold_at, body.channel)

        def act(fault: Fault | None) -> Reply:
            try:
                credit, new = self.engine.credit(wanted, late=fault.lasts if fault and fault.fault == "late" else 0)
            except OtherContent:
                return Reply(409, {"reason": "conflict"})
            return Reply(201 if new else 200, self._told(credit))

        return self._faulty("credit", body.meter, act)

    def _confirm(self, key: str) -> Reply:
        credit = self.engine.confirm(key)
        return Reply(200, self._told(credit)) if credit else Reply(404, {"reason": "unknown_key"})

    def _told(self, credit: Credit) -> dict[str, Any]:
        now = self.engine.clock()
        state = credit.stands(now)
        at = credit.on_meter_at if state == "on_meter" else credit.taken_at
        told = {"key": credit.key, "number": credit.number, "meter": credit.meter, "state": state}
        return told | {"split": asdict(credit.split), "tokens": credit.tokens, "at": self._iso(at or now)}

    def _credits(self, query: dict[str, str]) -> Reply:
        found = self.engine.credits(
            date.fromisoformat(query["day"]) if "day" in query else _missing("day"), int(query.get("after", 0)), PAGE
        )
        now = self.engine.clock()
        lines = [
            {"key": one.key, "number": one.number, "meter": one.meter, "amount_paisa": one.gross, "credited_paisa": one.split.credited}
            | {"state": one.stands(now), "at": self._iso(one.taken_at)}
            for one in found
        ]
        return Reply(200, {"credits": lines, "next": str(found[-1].seq) if len(found) == PAGE else None})

    def _dues(self, number: str, query: dict[str, str]) -> Reply:
        at = datetime.fromisoformat(query["at"] if "at" in query else _missing("at"))
        if at.tzinfo is None:
            raise ValueError("at has no offset")
        months, arrears = self.engine.dues(number, at)
        return Reply(200, {"meter": number, "months": months, "arrears_paisa": arrears})

    def _standing(self, number: str) -> Reply:
        balance, relay = self.engine.standing(number)
        now = self._iso(self.engine.clock())
        return Reply(200, {"meter": number, "balance_paisa": balance, "balance_at": now, "relay": relay, "relay_at": now})

    def _iso(self, at: float) -> str:
        return datetime.fromtimestamp(at, self.engine.zone).isoformat()

    def _control(self, request: Request) -> Reply:
        """What only a test asks; from this machine, and from no web page."""
        asked = (request.method, request.path)
        if asked == ("GET", "/_credits"):
            now = self.engine.clock()
            return Reply(200, [one.told(now) for one in self.engine.store.credits()])
        if asked == ("GET", "/_meters"):
            return Reply(200, [asdict(one) for one in self.engine.store.meters()])
        if request.content_type != JSON:
            return Reply(404, {"reason": "no_such_address"})
        if asked == ("POST", "/_faults"):
            self.faults.ask(msgspec.json.decode(request.body, type=list[Fault]))
        elif asked == ("PUT", "/_faults"):
            self.faults.put(msgspec.json.decode(request.body, type=list[Fault]))
        elif asked == ("POST", "/_chances"):
            self.faults.chance(msgspec.json.decode(request.body, type=Chances))
        elif asked == ("POST", "/_meters"):
            self.engine.teach(msgspec.json.decode(request.body, type=list[Meter]))
        else:
            return Reply(404, {"reason": "no_such_address"})
        return Reply(200, {})


def _missing(name: str) -> Any:
    raise ValueError(f"{name} is missing")
