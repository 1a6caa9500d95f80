"""What a person has agreed to beyond what the service needs. Each may be taken back at any time; every change is a line that stays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from bijoli.customers import deeds
from bijoli.customers.models import Consent, Customer

PURPOSES = ("research",)  # off until the person says yes; only what the yes or no changes is asked
VERSION = 1  # of the words on the page; a new one asks anew


@dataclass(frozen=True, slots=True)
class ConsentView:
    """`at` None: never asked and so never given."""

    purpose: str
    given: bool
    at: datetime | None


def of(customer_id: int) -> list[ConsentView]:
    """Each purpose as it stands now."""
    rows = Consent.objects.filter(customer_id=customer_id).order_by("purpose", "-at", "-pk").distinct("purpose")
    newest = {row.purpose: row for row in rows}
    return [_view(purpose, newest.get(purpose)) for purpose in PURPOSES]


def holds(customer_id: int, purpose: str) -> bool:
    """Whether this may be done with this person's data now. Raises ValueError for a purpose that nobody is asked about."""
    if purpose not in PURPOSES:
        raise ValueError(purpose)
    return next(view.given for view in of(customer_id) if view.purpose == purpose)


def say(customer_id: int, purpose: str, *, given: bool, now: datetime) -> None:
    """Keeps the person's word; the same again adds nothing. Raises ValueError for an unknown purpose."""
    with transaction.atomic():
        Customer.objects.select_for_update().get(pk=customer_id)
        if holds(customer_id, purpose) != given:
            Consent.objects.create(customer_id=customer_id, purpose=purpose, given=given, version=VERSION, at=now)
            deeds.note("consent", customer_id, now, purpose=purpose, given=given)


def _view(purpose: str, row: Consent | None) -> ConsentView:
    return ConsentView(purpose, row is not None and row.given and row.version == VERSION, row.at if row else None)
