"""Which push services answer. One that is down or refuses our key is left alone for a while, so that it holds up nobody else's messages."""

from __future__ import annotations

import logging
from collections import defaultdict
from dataclasses import dataclass

log = logging.getLogger(__name__)

TROUBLES = 10  # in a row: then the service is down, not one message unlucky
FIRST_PAUSE = 2.0  # seconds; doubles up to LONGEST_PAUSE
LONGEST_PAUSE = 120.0
KEY_PAUSE = 60.0
PROBE = 2.0  # after a pause one message goes; the others wait this long for its answer
TRUSTED = 3600.0  # a service that took our key within this time does not doubt the key but that one subscription


@dataclass(slots=True)
class _Origin:
    troubles: int = 0
    pauses: int = 0
    closed: bool = False
    probing: bool = False
    until: float = 0.0
    accepted: float = float("-inf")


class Origins:
    """Times are epoch seconds and come in as arguments."""

    def __init__(self) -> None:
        self._known: dict[str, _Origin] = defaultdict(_Origin)

    def wait(self, origin: str, now: float) -> float:
        """Seconds that a message to `origin` must wait; 0 is go. After a pause only the first that asks may go."""
        known = self._known[origin]
        if not known.closed:
            return 0.0
        if now < known.until:
            return known.until - now
        known.probing, known.until = True, now + PROBE
        return 0.0

    def answered(self, origin: str, now: float, *, accepted: bool) -> None:
        """It works: whatever was, is over. `accepted` is an answer of 2xx."""
        known = self._known[origin]
        if known.closed:
            log.warning("push service %s answers again", origin, extra={"event": "push.service_back", "service": origin})
        known.troubles, known.pauses, known.closed, known.probing = 0, 0, False, False
        if accepted:
            known.accepted = now

    def troubled(self, origin: str, now: float, what: str) -> None:
        """No answer, or 429 or 5xx. Many in a row are a pause; those that were on their way when it began do not make it longer."""
        known = self._known[origin]
        known.troubles += 1
        if known.troubles < TROUBLES or (known.closed and not known.probing):
            return
        length = min(FIRST_PAUSE * 2**known.pauses, LONGEST_PAUSE)
        known.pauses += 1
        known.closed, known.probing, known.until = True, False, now + length
        said = {"event": "push.service_paused", "service": origin, "seconds": length}
        log.warning("push service %s: %s; left alone for %.0f s", origin, what, length, extra=said)

    def refused(self, origin: str, now: float, what: str) -> bool:
        """401 or 403. True: our key is refused, the sender stops for this service. False: only this subscription is for another key."""
        known = self._known[origin]
        if now - known.accepted < TRUSTED:
            return False
        if not known.closed or known.probing:
            said = {"event": "push.key_refused", "service": origin}
            words = "push service %s refuses our key (%s): nothing is sent there; check BIJOLI_VAPID_KEY and the clock"
            log.error(words, origin, what, extra=said)
        known.closed, known.probing, known.until = True, False, now + KEY_PAUSE
        return True
