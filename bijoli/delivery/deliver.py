"""Sends what is queued: the severest first, many at once, until told to stop. As many processes as wanted work side by side.

1. Claim due deliveries with a lease. 2. Look once more: read, replaced, expired? 3. Render in the person's language, encrypt, post.
4. Record the answers in bulk. All at once: PostgreSQL claims and records (desk.py) while others are encrypted or on their way, and nobody
waits for the slowest.

What a crash does: a claimed delivery that was not yet recorded is claimed again when its lease ends (60 s). If the push service had
already accepted it, it is sent a second time. A phone that still sleeps gets one, because the same Topic replaces the first at the push
service; a phone that showed the first shows the second in its place without sound (same tag). So: at least once, seen once. A receipt of
the first sending is then not recognised: its token was replaced.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from threading import Event

import psycopg
from django.db import DatabaseError, InterfaceError, connection
from django.utils import timezone

from bijoli.delivery import outcomes, push, queue
from bijoli.delivery.channels.webpush import hosts, vapid
from bijoli.delivery.channels.webpush.send import Answer, Post, Sender
from bijoli.delivery.desk import Desk
from bijoli.delivery.origins import Origins
from bijoli.delivery.queue import Claim, Outcome
from bijoli.delivery.tell import WAKE
from bijoli.delivery.wakeup import Wakeup

log = logging.getLogger(__name__)

MOST_IN_FLIGHT = 500
BATCH = 250  # claimed at once
AT_A_TIME = 50  # encrypted before the sockets are looked at again
LOOK_EVERY = 1.0  # seconds without a NOTIFY: retries that became due, and notices lost with a connection
RECORD_AFTER = 0.05  # seconds that an answer waits for others to be recorded with
FAREWELL = 5.0  # seconds that pushes on their way get at the end
NO_DATABASE = (DatabaseError, InterfaceError, psycopg.Error)


class Deliverer:
    """One worker. `clock` gives the time that leases, retries and TTLs go by; `show` is called with each post that starts."""

    def __init__(
        self, sender: Sender, *, clock: Callable[[], datetime] = timezone.now, show: Callable[[Claim], None] | None = None
    ) -> None:
        self._sender = sender
        self._clock = clock
        self._show = show
        self._signer = vapid.signer()
        self._origins = Origins()
        self._ready: deque[Claim] = deque()  # claimed, not yet sent
        self._outcomes: list[Outcome] = []
        self._writing: list[Outcome] = []  # being recorded
        self._oldest = 0.0  # monotonic time of the first outcome that is not recorded
        self._looked = float("-inf")
        self._more = True

    def run(self, stop: Event) -> None:
        """Works until `stop` is set. A database that goes away is waited for; what is on its way is finished at the end."""
        while not stop.is_set():
            try:
                with self._desk() as desk:
                    self._listen(desk, stop)
                    self._finish(desk, FAREWELL)
            except NO_DATABASE as fault:
                log.warning("no database, trying again in a second: %s", fault, extra={"event": "database.away"})
                with suppress(*NO_DATABASE):
                    connection.close()
                self._hold_on(stop, 1)

    def until_idle(self, seconds: float = 30) -> None:
        """Works until nothing is due and nothing is on its way; TimeoutError after `seconds`. For tests and for `deliver --once`."""
        until = time.monotonic() + seconds
        self._more = True
        with self._desk() as desk:
            while self._more or self._is_busy(desk) or queue.is_waiting(self._clock()):
                if time.monotonic() > until:
                    raise TimeoutError(f"{self._sender.in_flight} pushes still on their way after {seconds} s")
                self._more = self._more or not self._is_busy(desk)
                self._turn(desk, 0.02)

    @contextmanager
    def _desk(self) -> Iterator[Desk]:
        with Desk() as desk:
            descriptor = desk.fileno()
            self._sender.watch(descriptor)
            try:
                yield desk
            finally:
                self._sender.unwatch(descriptor)
                self._outcomes, self._writing = self._writing + self._outcomes, []  # where it failed; recorded twice changes nothing

    def _hold_on(self, stop: Event, seconds: float) -> None:
        """Without a database: answers are still taken, else they would count as none when it is back, and be sent a second time."""
        until = time.monotonic() + seconds
        while not stop.is_set() and (left := until - time.monotonic()) > 0:
            self._take(self._sender.wait(left))

    def _finish(self, desk: Desk, seconds: float) -> None:
        """Sends what is claimed, waits for what is on its way and records it; claims nothing more."""
        until = time.monotonic() + seconds
        while self._is_busy(desk) and time.monotonic() < until:
            self._more = False
            self._turn(desk, 0.1)

    def _is_busy(self, desk: Desk) -> bool:
        return bool(self._ready or self._sender.in_flight or self._outcomes or desk.is_claiming or desk.is_recording)

    def _turn(self, desk: Desk, seconds: float) -> None:
        """One round: collect what the desk has done, send some of it, wait up to `seconds` for answers, hand in what is to be recorded."""
        self._collect(desk)
        if self._more and not desk.is_claiming and len(self._ready) < BATCH and self._sender.in_flight <= MOST_IN_FLIGHT - BATCH // 2:
            self._more, self._looked = False, time.monotonic()
            desk.claim(BATCH, self._clock())
        room = min(AT_A_TIME, len(self._ready), MOST_IN_FLIGHT - self._sender.in_flight)
        self._start([self._ready.popleft() for _ in range(room)])
        self._take(self._sender.wait(0 if self._ready and self._sender.in_flight < MOST_IN_FLIGHT else seconds))
        if self._outcomes and not desk.is_recording and self._is_time_to_record():
            self._writing, self._outcomes = self._outcomes, []
            desk.record(self._writing, self._clock())

    def _collect(self, desk: Desk) -> None:
        if desk.recorded():
            self._writing = []
        claims = desk.claimed()
        if claims is not None:
            self._more = self._more or len(claims) == BATCH  # a NOTIFY may have come meanwhile
            self._ready = deque(sorted([*self._ready, *claims], key=lambda claim: -claim.severity))

    def _is_time_to_record(self) -> bool:
        idle = not self._ready and not self._sender.in_flight
        return idle or len(self._outcomes) >= BATCH or time.monotonic() - self._oldest >= RECORD_AFTER

    def _listen(self, desk: Desk, stop: Event) -> None:
        wakeup = Wakeup(WAKE)
        descriptor = wakeup.fileno()
        self._sender.watch(descriptor)
        try:
            while not stop.is_set():
                self._more = self._more or wakeup.heard() or time.monotonic() - self._looked >= LOOK_EVERY
                self._turn(desk, RECORD_AFTER if self._outcomes else LOOK_EVERY)
        finally:
            self._sender.unwatch(descriptor)
            wakeup.close()

    def _start(self, claims: list[Claim]) -> None:
        now = self._clock()
        leaving = [(claim, origin) for claim in claims if (origin := self._may_leave(claim, now))]
        for post in self._rendered(leaving, now):
            if self._show:
                self._show(post.tag[0])
            self._sender.post(post)

    def _may_leave(self, claim: Claim, now: datetime) -> str:
        """The origin that it goes to; empty where it does not go now: then that is its outcome."""
        if outcome := outcomes.unsendable(claim, now):
            self._settle(outcome)
            return ""
        origin = hosts.origin(claim.endpoint)
        if wait := self._origins.wait(origin, now.timestamp()):
            self._settle(Outcome(claim, "queued", "push service paused", due=now + timedelta(seconds=wait), unmade=1))
            return ""
        return origin

    def _rendered(self, claims: list[tuple[Claim, str]], now: datetime, *, short: bool = False) -> list[Post]:
        """The messages, all in one go; where one cannot be made, that one is recorded and holds up no other."""
        try:
            return push.posts(claims, self._signer, now, short=short)
        except Exception:
            if len(claims) > 1:
                return [post for one in claims for post in self._rendered([one], now, short=short)]
            claim = claims[0][0]
            log.exception("delivery %s cannot be rendered", claim.id, extra={"event": "push.unrenderable", "delivery": claim.id})
            self._settle(Outcome(claim, "failed", "cannot be rendered"))
            return []

    def _take(self, answers: list[Answer]) -> None:
        now = self._clock()
        for answer in answers:
            self._answered(answer, now)

    def _answered(self, answer: Answer, now: datetime) -> None:
        claim, origin, short = answer.tag
        if answer.status in outcomes.KEY_FAULT and self._origins.refused(origin, now.timestamp(), outcomes.trouble(answer)):
            due = now + timedelta(seconds=self._origins.wait(origin, now.timestamp()))
            self._settle(Outcome(claim, "queued", outcomes.trouble(answer), due=due, unmade=1))
            return
        if outcomes.is_trouble(answer):
            self._origins.troubled(origin, now.timestamp(), outcomes.trouble(answer))
        elif answer.status not in outcomes.KEY_FAULT:
            self._origins.answered(origin, now.timestamp(), accepted=200 <= answer.status < 300)
        if answer.status == outcomes.TOO_LARGE and not short:
            for post in self._rendered([(claim, origin)], now, short=True):
                self._sender.post(post)
            return
        self._settle(outcomes.settled(claim, answer, now))

    def _settle(self, outcome: Outcome) -> None:
        if not self._outcomes:
            self._oldest = time.monotonic()
        self._outcomes.append(outcome)
