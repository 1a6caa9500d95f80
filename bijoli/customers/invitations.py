"""Open invitations to the signed-in person, for Home and the profile. The account's number stays masked until they accept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from bijoli.core.phone import local, masked
from bijoli.customers import rolewords, sharing


@dataclass(frozen=True, slots=True)
class Invited:
    """One card. `last_day` None is access without an end."""

    public_id: UUID
    who: str
    last: str
    role: str
    allows: str
    last_day: date | None


def invitations(customer_id: int, now: datetime) -> list[Invited]:
    return [
        Invited(
            one.public_id,
            called(one.by, one.by_phone),
            one.number[-4:],
            rolewords.name(one.role),
            rolewords.allows(one.role),
            last_day(one.until),
        )
        for one in sharing.for_me(customer_id, now)
    ]


def last_day(until: datetime | None) -> date | None:
    """The last day of access that ends at `until`."""
    return None if until is None else timezone.localdate(until - timedelta(microseconds=1))


def called(name: str, phone: str) -> str:
    """Somebody by name, else by a number that says little."""
    return name or local(masked(phone), settings.UTILITY.country_code)
