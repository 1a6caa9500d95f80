"""What a gateway of any make says of a message.

Taken; refused (this message, surely not sent); away (surely not sent); unsure (it may have been sent).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import httpx
from django.conf import settings

from bijoli.core.phone import local

TAKEN, REFUSED, AWAY, UNSURE = "taken", "refused", "away", "unsure"
LONGEST_S = 20  # two gateways must have answered within a lease
AT_HOME = ("localhost", "127.0.0.1", "::1")
FORMS = ("e164", "plain", "local")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a gateway said of one message; `retry_after` is its header, empty where there was none."""

    result: str
    why: str = ""
    retry_after: str = ""
    key_fault: bool = False


class Gateway(Protocol):
    """A way for one SMS. `name` stands in logs and with each SMS that it took."""

    @property
    def name(self) -> str: ...

    def post(self, http: httpx.Client, phone: str, text: str, key: str) -> Answer:
        """Hands over one message. `phone` is E.164; `key` is the same in all attempts, for gateways that know a repetition by it."""


def written(phone: str, form: str) -> str:
    """An E.164 number as a gateway wants it: e164 (+8801712345678), plain (8801712345678) or local (01712345678)."""
    if form == "local":
        return "".join(letter for letter in local(phone, settings.UTILITY.country_code) if letter.isdecimal())
    return phone.removeprefix("+") if form == "plain" else phone


def checked_time(name: str, timeout_s: float) -> None:
    """Raises ValueError for a time-out that is none."""
    if not 1 <= timeout_s <= LONGEST_S:
        raise ValueError(f"{name}: timeout_s is 1 to {LONGEST_S}")
