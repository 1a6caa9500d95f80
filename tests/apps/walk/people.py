"""Who walks: each with cookies that are made once for all routes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.test import Client

from bijoli.customers.models import Access, Customer, Limit
from bijoli.staff import factor, people
from tests import households
from tests.apps.staff.conftest import code_of
from tests.apps.walk.place import Place


def browser(cookies: Any) -> Client:
    """A browser that holds these cookies."""
    client = Client()
    client.cookies.update(cookies)
    return client


def signed_in(person: Customer) -> Any:
    client = Client()
    client.force_login(person)
    return client.cookies


def guest_of(place: Place, role: str, **access: Any) -> Customer:
    """Somebody with access to her account."""
    person = households.person(name="Intruder", language="en")
    Access.objects.create(customer=person, account=place.account, role=role, **{"since": households.LONG_AGO, **access})
    return person


def former(place: Place) -> Customer:
    """A member of her family until a minute ago."""
    return guest_of(place, "family", until=place.now - timedelta(minutes=1))


def colleague(role: str, *divisions: str) -> Customer:
    """Somebody of the staff, before the second step."""
    person = households.person(name="Colleague", language="en")
    people.add(person.phone, [role], divisions, households.LONG_AGO)
    person.refresh_from_db()
    return person


def inside(person: Customer, reason: str = "") -> Any:
    """The cookies of somebody of the staff after both steps; with a reason also in the extended view."""
    secret = factor.new_secret()
    factor.keep_secret(person, secret)
    client = browser(signed_in(person))
    Limit.objects.all().delete()
    assert client.post("/staff/prove/", {"code": code_of(secret)}).status_code == 302
    if reason:
        assert client.post("/staff/elevate/", {"reason": reason, "next": "/staff/"}).status_code == 302
    return client.cookies
