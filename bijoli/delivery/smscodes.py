"""Sign-in codes through the SMS gateways (BIJOLI_SMS=gateway): at once, in threads of the web process, and kept nowhere.

A code lives three minutes: who gets none asks for another. A failure is logged without number, text or code.
"""

from __future__ import annotations

import logging
import uuid
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from django.utils import timezone

from bijoli.core.sms import sent
from bijoli.delivery.channels import sms
from bijoli.delivery.channels.gateway import TAKEN, UNSURE
from bijoli.delivery.routes import Routes

AT_ONCE, TRIES = 4, 2
log = logging.getLogger(__name__)


def gateway(phone: str, code: str, text: str) -> None:
    """A channel of sign-in codes: returns at once, so that its waiting tells nobody anything."""
    _hands().submit(_send, phone, sent(text))


def _send(phone: str, text: str) -> None:
    try:
        key = str(uuid.uuid4())
        for attempt in range(1, TRIES + 1):
            answer = _routes().send(phone, text, key, attempt, timezone.now()).answer
            if answer.result == TAKEN:
                return
            if answer.result != UNSURE:
                break
        log.warning("a sign-in code did not leave: %s", answer.why, extra={"event": "sms.code_failed"})
    except Exception as error:
        log.error("a sign-in code did not leave: %s", type(error).__name__, extra={"event": "sms.code_failed"})


@cache
def _hands() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(AT_ONCE, "sms-codes")


@cache
def _routes() -> Routes:
    return Routes(sms.gateways(), sms.client())
