"""Writes down who looked at whom: in the request that shows it, before it is shown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import cast

from django.http import HttpRequest

from bijoli.customers.models import Customer
from bijoli.staff.elevate import elevated
from bijoli.staff.models import Looked


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom a row is about: a person, an account, or (None, None) nobody that is known. `thing` is the row's key on its page."""

    thing: str = ""
    customer_id: int | None = None
    account_id: int | None = None


def note(request: HttpRequest, page: str, subjects: Iterable[Subject], reason: str = "") -> None:
    """One line for each subject, with the reason of the extended view where one is open; and the request remembers it."""
    opened = elevated(request)
    reason = reason or (opened.reason if opened else "")
    staff = cast(Customer, request.user).pk
    lines = [
        Looked(staff_id=staff, page=page, thing=one.thing, customer_id=one.customer_id, account_id=one.account_id, reason=reason)
        for one in subjects
    ]
    Looked.objects.bulk_create(lines)
    setattr(request, "_looked", True)  # noqa: B010 - Django's request has no such field to declare


def noted(request: HttpRequest) -> bool:
    """Whether this request has been through `note`."""
    return bool(getattr(request, "_looked", False))
