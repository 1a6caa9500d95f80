"""Which SMS gateway a message goes to: the first that answers, the other while it does not."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

import httpx

from bijoli.delivery.channels.gateway import AWAY, REFUSED, TAKEN, UNSURE, Answer, Gateway
from bijoli.delivery.outcomes import retry_after_seconds

log = logging.getLogger(__name__)

TROUBLES = 3  # in a row: then it rests
REST = timedelta(seconds=60)
LEAST_REST = 5.0  # seconds after "too many"


@dataclass(frozen=True, slots=True)
class Routed:
    """What became of a message: the last answer, and the name of the gateway that gave it (empty: all of them rest)."""

    answer: Answer
    gateway: str = ""


class Routes:
    """Times come in as arguments. One object serves several threads."""

    def __init__(self, gateways: Sequence[Gateway], http: httpx.Client) -> None:
        self._gateways, self._http = gateways, http
        self._troubles: dict[str, int] = defaultdict(int)
        self._until: dict[str, datetime] = {}
        self._lock = Lock()

    def send(self, phone: str, text: str, key: str, attempt: int, now: datetime) -> Routed:
        """Tries one gateway after the other until one has taken it or may have; the next attempt begins with the other one.

        A gateway that may have taken it is not asked beside another: that would be a second message on the phone.
        """
        last = Routed(Answer(AWAY, "gateways rest"))
        turn = self._in_turn(attempt, now)
        for gateway in turn:
            answer = gateway.post(self._http, phone, text, key)
            self._note(gateway.name, answer, now)
            if answer.result in (TAKEN, UNSURE):
                return Routed(answer, gateway.name)
            if not (last.gateway and last.answer.result == AWAY):
                last = Routed(answer, gateway.name)
        rest = len(turn) < len(self._gateways) and last.answer.result == REFUSED
        return Routed(Answer(AWAY, last.answer.why), last.gateway) if rest else last  # the other one has not been asked yet

    def _in_turn(self, attempt: int, now: datetime) -> list[Gateway]:
        begin = 0 if attempt % 2 else len(self._gateways) - 1
        turn = [*self._gateways[begin:], *self._gateways[:begin]]
        with self._lock:
            return [one for one in turn if self._until.get(one.name, now) <= now]

    def _note(self, name: str, answer: Answer, now: datetime) -> None:
        with self._lock:
            if answer.result in (TAKEN, REFUSED):
                self._troubles[name] = 0
                return
            self._troubles[name] += 1
            rest = timedelta()
            if answer.why == "HTTP 429":
                rest = timedelta(seconds=max(LEAST_REST, retry_after_seconds(answer.retry_after, now)))
            elif answer.key_fault or self._troubles[name] >= TROUBLES:
                rest = REST
            if rest:
                self._until[name] = now + rest
        if rest:
            said = {"event": "sms.gateway_rests", "service": name}
            level = logging.ERROR if answer.key_fault else logging.WARNING
            log.log(level, "SMS gateway %s: %s; left alone for %.0f s", name, answer.why, rest.total_seconds(), extra=said)
