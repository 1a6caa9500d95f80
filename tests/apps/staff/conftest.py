"""Staff who are inside, and how they got there."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from allauth.mfa.totp.internal.auth import hotp_value
from django.test import Client
from django.utils import timezone

from bijoli.customers.models import Access, Account, Customer, Limit
from bijoli.metering.models import Installation, Meter, UsagePoint
from bijoli.staff import factor, people
from tests import households
from tests.apps.alert_changes import state

EAST, WEST = "Uttara East", "Uttara West"


def code_of(secret: str, shift: int = 0) -> str:
    """What an authenticator app with this secret shows, `shift` half minutes from now."""
    return f"{hotp_value(secret, int(time.time()) // 30 + shift):06}"


@dataclass
class Member:
    """One member of the staff with a browser of their own."""

    person: Customer
    secret: str = field(default_factory=factor.new_secret)
    client: Client = field(default_factory=Client)

    def sign_in(self) -> None:
        """The first step, as by a code to the phone."""
        self.client.force_login(self.person)

    def enter(self) -> None:
        """Both steps."""
        if factor.authenticator(self.person.pk) is None:
            factor.keep_secret(self.person, self.secret)
        self.sign_in()
        Limit.objects.all().delete()
        answer = self.client.post("/staff/prove/", {"code": code_of(self.secret)})
        assert answer.status_code == 302, answer.content.decode()


Makes = Callable[..., Member]


@pytest.fixture
def member(db: None) -> Makes:
    """member("service", EAST): inside; `inside=False`: taken on, no more."""

    def make(role: str, *divisions: str, inside: bool = True) -> Member:
        person = households.person(name=f"{role} {' '.join(divisions)}", language="en")
        people.add(person.phone, [role], divisions, timezone.now())
        person.refresh_from_db()
        made = Member(person)
        if inside:
            made.enter()
        return made

    return make


def home(division: str) -> tuple[Customer, Account, Meter]:
    """A person with an account and a meter in a division."""
    person = households.person(name=f"resident of {division}")
    meter = households.meter(person)
    UsagePoint.objects.filter(installations__meter=meter).update(division=division)
    state(meter)
    account = Account.objects.get(access__customer=person)
    return person, account, meter


def move(meter: Meter, division: str) -> None:
    UsagePoint.objects.filter(installations__in=Installation.objects.filter(meter=meter)).update(division=division)


__all__ = ["EAST", "WEST", "Access", "Makes", "Member", "code_of", "home", "move"]
