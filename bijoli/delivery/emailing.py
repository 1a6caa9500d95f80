"""Sends by e-mail what nobody has seen, as texting.py does by SMS, and the codes that prove an address, at once.

A mail server may say "later" for minutes on end (greylisting), and Apprise does not tell that from a no: so a mail is tried for an hour.
"""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import cache
from threading import Event, Thread

from bijoli.delivery.channels import email
from bijoli.delivery.channels.gateway import TAKEN
from bijoli.delivery.routes import Routed
from bijoli.delivery.texting import Message, Status, Texter, started
from bijoli.delivery.words.email import code_letter, letter

AT_ONCE = 4
log = logging.getLogger(__name__)


class Mailer(Texter):
    """One sender of e-mails."""

    channel = "email"
    again_after: tuple[int, ...] = (30, 120, 600, 1800)
    most_unsure = 5

    def open(self) -> None:
        self._server = email.server()

    def shut(self) -> None:
        pass

    def ended(self, message: Message, now: datetime) -> tuple[str, str] | None:
        gone = None if message.email else (Status.SUPPRESSED, "opted out")  # removed or switched off since it was queued
        return super().ended(message, now) or gone

    def leave(self, message: Message, now: datetime) -> tuple[Routed, int | None]:
        return Routed(self._server.post(message.email, *letter(message, message.language)), email.NAME), None


def beside(stop: Event) -> Thread | None:
    """Starts a sender in a thread that ends with `stop`; None where no mail server is set."""
    return started(Mailer(), stop) if email.offered() else None


def send_code(address: str, code: str, language: str) -> None:
    """Sends the code that proves an address: returns at once. A failure is logged without address or code; the person asks again."""
    _hands().submit(_send, address, *code_letter(code, language))


def _send(address: str, subject: str, body: str) -> None:
    try:
        answer = email.server().post(address, subject, body)
        why = "" if answer.result == TAKEN else answer.why
    except Exception as error:
        why = type(error).__name__
    if why:
        log.warning("a code for an e-mail address did not leave: %s", why, extra={"event": "email.code_failed"})


@cache
def _hands() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(AT_ONCE, "email-codes")
