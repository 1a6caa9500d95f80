"""Who belongs to the staff: taken on, listed, let go, given a new second factor. For `manage.py staff` and the demo."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import transaction
from django.utils.crypto import constant_time_compare, salted_hmac

from bijoli.core.phone import e164
from bijoli.customers.models import Customer
from bijoli.staff import factor
from bijoli.staff.models import StaffScope
from bijoli.staff.roles import ROLES, write

INVITED = timedelta(hours=72)
LETTERS = "BCDFGHJKLMNPQRSTVWXZ23456789"  # none of them is read as another


class StaffError(ValueError):
    """It cannot be done; the message says why."""


@dataclass(frozen=True, slots=True)
class Member:
    """One member of the staff. `divisions` is empty for the head office, which sees all; `factor` whether one is set up."""

    phone: str
    name: str
    roles: tuple[str, ...]
    divisions: tuple[str, ...]
    factor: bool


@transaction.atomic
def add(phone: str, roles: Sequence[str], divisions: Sequence[str], now: datetime, name: str = "") -> str:
    """Takes somebody on, or changes roles and divisions of who is there. No division: the head office, all of them.

    Returns the invitation to set up the second factor; "" where one is set up already. Raises StaffError.
    """
    _known(roles, divisions)
    person = _customer(phone, make=True)
    if name:
        person.name = name
    person.is_staff = True
    person.save(update_fields=["name", "is_staff"])
    write()
    person.groups.set(Group.objects.filter(name__in=roles))
    chosen = {"head_office": not divisions, "divisions": sorted(set(divisions))}
    scope, _made = StaffScope.objects.update_or_create(customer=person, defaults=chosen)
    return "" if factor.authenticator(person.pk) else _invite(scope, now)


def divisions_of(divisions: Sequence[str], circles: Sequence[str], zones: Sequence[str]) -> list[str]:
    """These divisions and those of the circles and zones, as the office list says now. Raises StaffError for one that it does not name."""
    offices = settings.UTILITY.offices
    for given, known in ((circles, {one.circle for one in offices}), (zones, {one.zone for one in offices})):
        for name in given:
            if not name or name not in known:
                raise StaffError(f"{name!r} is no circle or zone of offices.csv; there are: {', '.join(sorted(known)) or 'none'}")
    return [*divisions, *(one.division for one in offices if one.circle in circles or one.zone in zones)]


def members() -> list[Member]:
    """Everybody on the staff, by number."""
    rows = StaffScope.objects.filter(customer__is_staff=True).select_related("customer").prefetch_related("customer__groups")
    return [
        Member(
            phone=row.customer.phone,
            name=row.customer.name,
            roles=tuple(sorted(group.name for group in row.customer.groups.all())),
            divisions=tuple(row.divisions),
            factor=factor.authenticator(row.customer_id) is not None,
        )
        for row in rows.order_by("customer__phone")
    ]


@transaction.atomic
def remove(phone: str) -> None:
    """Lets somebody go, at once: also from pages that are open. What they looked at stays written down. Raises StaffError."""
    person = _member(phone).customer
    person.is_staff = person.is_superuser = False
    person.save(update_fields=["is_staff", "is_superuser"])
    person.groups.clear()
    StaffScope.objects.filter(customer=person).delete()
    factor.take_away(person.pk)


@transaction.atomic
def reset_factor(phone: str, now: datetime) -> str:
    """For a lost phone: the factor and its recovery codes are void, open sessions close. Returns a new invitation. Raises StaffError."""
    scope = _member(phone)
    factor.take_away(scope.customer_id)
    return _invite(scope, now)


def code(phone: str) -> str:
    """The six digits of the demo's person, as an app would show them. Raises StaffError outside of the demo."""
    if not settings.DEMO:
        raise StaffError("only the demo tells codes")
    found = factor.code_now(_member(phone).customer_id)
    if found is None:
        raise StaffError("no second factor is set up for this number")
    return found


def demo(phone: str, name: str, now: datetime) -> None:
    """The demo's one person: an administrator of the head office, whose six digits `manage.py staff code` tells.

    Called by the demo's own process, which sets `BIJOLI_DEMO` for its children and has read its settings before.
    """
    if add(phone, ["administrator"], [], now, name):
        factor.keep_secret(_member(phone).customer, factor.new_secret())


def invited(customer_id: int, typed: str, now: datetime) -> bool:
    """Whether this is the person's invitation, and in time."""
    scope = StaffScope.objects.filter(customer_id=customer_id, invited_until__gt=now).first()
    return bool(scope and scope.invitation and constant_time_compare(scope.invitation, _hash(typed)))


def accepted(customer_id: int) -> None:
    """The invitation is used up."""
    StaffScope.objects.filter(customer_id=customer_id).update(invitation="", invited_until=None)


def _invite(scope: StaffScope, now: datetime) -> str:
    letters = "".join(secrets.choice(LETTERS) for _ in range(10))
    scope.invitation, scope.invited_until = _hash(letters), now + INVITED
    scope.save(update_fields=["invitation", "invited_until"])
    return f"{letters[:5]}-{letters[5:]}"


def _hash(typed: str) -> str:
    plain = "".join(letter for letter in typed.upper() if letter.isalnum())
    return salted_hmac("bijoli.staff.invitation", plain, algorithm="sha256").hexdigest()


def _known(roles: Sequence[str], divisions: Sequence[str]) -> None:
    offices = {office.division for office in settings.UTILITY.offices}
    for role in roles:
        if role not in ROLES:
            raise StaffError(f"there is no role {role!r}; there are: {', '.join(ROLES)}")
    for division in divisions:
        if division not in offices:
            raise StaffError(f"{division!r} is no division of offices.csv; there are: {', '.join(sorted(offices)) or 'none'}")


def _customer(phone: str, make: bool = False) -> Customer:
    try:
        number = e164(phone, settings.UTILITY.country_code)
    except ValueError as error:
        raise StaffError(f"{phone}: {error}") from None
    found = Customer.objects.filter(phone=number).first()
    if found is None and make:
        return Customer.objects.create_user(number)
    if found is None:
        raise StaffError(f"nobody has the number {phone}")
    return found


def _member(phone: str) -> StaffScope:
    scope = StaffScope.objects.filter(customer=_customer(phone), customer__is_staff=True).select_related("customer").first()
    if scope is None:
        raise StaffError(f"{phone} is not of the staff")
    return scope
