"""Sends alerts by SMS, beside the pushes, in a thread of `manage.py deliver` (by e-mail: emailing.py): 1. what is due by the ladder becomes
a delivery (fallback.py) 2. due deliveries are claimed with a lease 3. a last look 4. the gateways 5. the outcome is recorded.

A crash between 4 and 5 sends it once more when the lease ends, with the same key.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event, Thread
from typing import Any

import msgspec
from django.db import DatabaseError, InterfaceError, connection
from django.utils import timezone

from bijoli.core.pgarray import columns
from bijoli.core.sms import segments
from bijoli.customers.rights import visible_sql
from bijoli.delivery import fallback
from bijoli.delivery.channels import sms
from bijoli.delivery.channels.gateway import REFUSED, TAKEN, UNSURE
from bijoli.delivery.models import Delivery
from bijoli.delivery.routes import Routed, Routes
from bijoli.delivery.words.sms import text

LOOK_EVERY = 1.0  # seconds
BATCH, AT_ONCE = 16, 8
LEASE = timedelta(seconds=120)  # longer than two waves at two gateways
AGAIN_AFTER = (5, 20, 60)  # seconds, by the number of tries made
THEN_EVERY = 120
MOST_UNSURE = 3  # so often one that may have been sent is tried: a phone gets it three times at the worst
_CLAIM = f"""
WITH claimed AS (UPDATE delivery_delivery d SET leased_until = %(lease)s, due_at = %(lease)s, attempts = d.attempts + 1
FROM (SELECT id, notification_id FROM delivery_delivery WHERE status = 'queued' AND channel = %(channel)s AND due_at <= %(now)s
  ORDER BY severity DESC, due_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED) due
JOIN delivery_notification n ON n.id = due.notification_id
JOIN customers_customer c ON c.id = n.customer_id
LEFT JOIN metering_meter m ON m.id = n.meter_id
WHERE d.id = due.id
RETURNING d.id, d.severity, d.attempts, d.expires_at, n.public_id, n.kind, n.code, n.at, n.facts, coalesce(m.number, '') AS meter_number,
  c.phone, CASE WHEN c.by_email THEN c.email ELSE '' END AS email, c.language, n.superseded_at IS NOT NULL AS superseded,
  n.read_at IS NOT NULL OR EXISTS (SELECT FROM delivery_delivery o WHERE o.notification_id = n.id AND o.displayed_at IS NOT NULL) AS seen,
  c.is_active AND {visible_sql("n")} AS live)
SELECT coalesce(json_agg(claimed ORDER BY severity DESC, id), '[]')::text FROM claimed"""
_RECORD = """
UPDATE delivery_delivery d SET status = o.status, reason = o.reason, sent_at = o.sent, due_at = coalesce(o.due, d.due_at),
  segments = coalesce(o.segments, d.segments), route = o.route, leased_until = NULL
FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::timestamptz[], %s::timestamptz[], %s::smallint[], %s::text[])
  AS o (id, status, reason, sent, due, segments, route)
WHERE d.id = o.id AND d.status = 'queued'"""
Status = Delivery.Status
log = logging.getLogger(__name__)


@dataclass(slots=True)
class Message:
    """An SMS or e-mail in hand. `email` is empty where none is confirmed and wished. Has what the words want."""

    id: int
    severity: int
    attempts: int
    expires_at: datetime
    public_id: str
    kind: str
    code: str
    at: datetime
    facts: dict[str, Any]
    meter_number: str
    phone: str
    email: str
    language: str
    superseded: bool
    seen: bool
    live: bool


Row = tuple[int, str, str, datetime | None, datetime | None, int | None, str]
_MESSAGES = msgspec.json.Decoder(list[Message])


class Texter:
    """One sender. `clock` gives the time that everything goes by."""

    channel = "sms"
    again_after: tuple[int, ...] = AGAIN_AFTER
    most_unsure = MOST_UNSURE

    def __init__(self, *, clock: Callable[[], datetime] = timezone.now) -> None:
        self._clock = clock
        self._hands = ThreadPoolExecutor(AT_ONCE, self.channel)
        self.open()

    def open(self) -> None:
        """What sending wants."""
        self._http = sms.client()
        self._routes = Routes(sms.gateways(), self._http)

    def leave(self, message: Message, now: datetime) -> tuple[Routed, int | None]:
        """Hands one message over; with its segments, where there are such. Raises what the words raise."""
        words = text(message, message.language)
        return self._routes.send(message.phone, words, message.public_id, message.attempts, now), segments(words)

    def until_idle(self) -> int:
        """Sends all that is due now. Returns how many were taken by a gateway."""
        while fallback.fall_back(self._clock()) == fallback.BATCH:
            pass
        taken = 0
        while messages := self._claimed():
            rows = self._sent(messages)
            with connection.cursor() as cursor:
                cursor.execute(_RECORD, columns(rows))
            taken += sum(row[1] == Status.SENT for row in rows)
        return taken

    def run(self, stop: Event) -> None:
        """Until `stop` is set. Outlives a restart of the database, and whatever else goes wrong."""
        while not stop.is_set():
            try:
                self.until_idle()
            except (DatabaseError, InterfaceError) as error:
                log.warning("the database is away (%s); trying again", type(error).__name__, extra={"event": "database.away"})
                connection.close()
            except Exception as error:
                said = {"event": f"{self.channel}.failed"}
                log.error("%s could not be sent: %s", self.channel, type(error).__name__, extra=said)
            stop.wait(LOOK_EVERY)
        connection.close()

    def close(self) -> None:
        self._hands.shutdown()
        self.shut()

    def shut(self) -> None:
        """Lets go of what `open` made."""
        self._http.close()

    def ended(self, message: Message, now: datetime) -> tuple[str, str] | None:
        """The last look: why it does not leave any more."""
        if message.superseded:
            return Status.SUPERSEDED, ""
        if message.seen:
            return Status.SUPPRESSED, "seen"
        if not message.live:
            return Status.SUPPRESSED, "access ended"
        return (Status.EXPIRED, "") if message.expires_at <= now else None

    def _claimed(self) -> list[Message]:
        now = self._clock()
        with connection.cursor() as cursor:
            cursor.execute(_CLAIM, {"now": now, "lease": now + LEASE, "limit": BATCH, "channel": self.channel})
            return _MESSAGES.decode(cursor.fetchone()[0])

    def _sent(self, messages: list[Message]) -> list[Row]:
        """What becomes of each: those that may leave go to the gateways, several at once."""
        return list(self._hands.map(self._one, messages))

    def _one(self, message: Message) -> Row:
        now = self._clock()
        if ended := self.ended(message, now):
            return (message.id, *ended, None, None, None, "")
        try:
            routed, count = self.leave(message, now)
        except Exception:
            said = {"event": f"{self.channel}.unrenderable", "delivery": message.id}
            log.exception("delivery %s cannot be rendered", message.id, extra=said)
            return (message.id, Status.FAILED, "cannot be rendered", None, None, None, "")
        return self._row(message, routed, count, now)

    def _row(self, message: Message, routed: Routed, count: int | None, now: datetime) -> Row:
        answer, made = routed.answer, message.attempts
        if answer.result == TAKEN:
            return (message.id, Status.SENT, "", now, None, count, routed.gateway)
        why = answer.why[:80]
        if answer.result == REFUSED or (answer.result == UNSURE and made >= self.most_unsure):
            return (message.id, Status.FAILED, why, None, None, count, routed.gateway)
        wait = self.again_after[made - 1] if made <= len(self.again_after) else THEN_EVERY
        return (message.id, Status.QUEUED, why, None, now + timedelta(seconds=wait), None, routed.gateway)


def beside(stop: Event) -> Thread | None:
    """Starts a sender in a thread that ends with `stop`; None where no gateway is set."""
    if not sms.offered():
        return None
    return started(Texter(), stop)


def started(texter: Texter, stop: Event) -> Thread:
    thread = Thread(target=texter.run, args=(stop,), name=texter.channel, daemon=True)
    thread.start()
    return thread
