"""Staff looked at a meter that had signalled: their finding is told, and the alert closes, so that a next signal is told again."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from bijoli.alerts.book import Book
from bijoli.core.alerts import found
from bijoli.core.metering import meter_number
from bijoli.metering import changes
from bijoli.metering.models import Meter

LONGEST = 500


class FindingError(ValueError):
    """The finding cannot be noted; the message says why."""


def finding(number: str, text: str, now: datetime) -> None:
    """Closes the open tamper alert of a meter with what was found. Raises FindingError."""
    text = text.strip()
    if not text or len(text) > LONGEST:
        raise FindingError(f"a finding has 1 to {LONGEST} characters: customers may read it")
    meter = _meter(number)
    with transaction.atomic():
        changes.wait_for(meter)
        book = Book.read([meter], now)
        memory = book.standing(meter).tamper
        if memory is None:
            raise FindingError(f"no tamper alert is open at meter {number}")
        book.decided(meter, [found(memory, text, now)])
        book.write()


def _meter(number: str) -> int:
    try:
        return Meter.objects.values_list("pk", flat=True).get(number=meter_number(number))
    except ValueError as error:
        raise FindingError(f"{number}: {error}") from None
    except Meter.DoesNotExist:
        raise FindingError(f"there is no meter {number}") from None
