"""The extended view: for a quarter of an hour, with a reason that stands beside every look. Kept in the staff's part of the session.

It opens the pages that put everything about somebody side by side. It widens nobody's scope and gives no right.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime

from django.http import HttpRequest

from bijoli.staff import factor

MINUTES = 15
SHORTEST, LONGEST = 8, 200  # characters of a reason


@dataclass(frozen=True, slots=True)
class Elevated:
    """Why, and until when."""

    reason: str
    until: datetime


def begin(request: HttpRequest, reason: str) -> None:
    """Opens it. The caller has checked the reason, and writes it down."""
    mark = request.session[factor.MARK]
    request.session[factor.MARK] = mark | {"why": reason, "why_until": int(time.time()) + MINUTES * 60}


def end(request: HttpRequest) -> None:
    """Closes it at once."""
    mark = request.session.get(factor.MARK)
    if mark:
        request.session[factor.MARK] = {key: value for key, value in mark.items() if key not in ("why", "why_until")}


def elevated(request: HttpRequest) -> Elevated | None:
    """What is open now; None where nothing is, or its time is over."""
    mark = getattr(request, "session", {}).get(factor.MARK) or {}
    until = mark.get("why_until", 0)
    return Elevated(mark["why"], datetime.fromtimestamp(until, UTC)) if until > time.time() else None
