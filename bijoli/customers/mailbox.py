"""A person's e-mail address: theirs once they have typed the code that was sent to it, and the wish to get alerts there.

Addresses need not differ between people, so nothing here tells whether another person has one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from bijoli.customers import deeds, limits, onetime
from bijoli.customers.models import Customer, OneTimeCode

LONGEST = 254
Send = Callable[[str, str, str], None]  # address, code, language; returns at once
SENDERS: list[Send] = []
"""Where a code leaves; `delivery` puts the mail server here."""


def cleaned(typed: str) -> str:
    """An address as it is kept: the domain in small letters. Raises ValueError for what is none."""
    address = typed.strip()
    try:
        validate_email(address)
    except ValidationError:
        raise ValueError("no e-mail address") from None
    if not address.isascii() or len(address) > LONGEST:
        raise ValueError("no e-mail address that every server takes")
    name, domain = address.rsplit("@", 1)
    return f"{name}@{domain.lower()}"


def ask(customer_id: int, address: str, where: str, language: str, now: datetime) -> None:
    """Sends a code to an address (`cleaned`); the one confirmed before stays until then. Raises limits.TooOften.

    `where` is the network that asks. An address that got many today gets none; the answer stays the same.
    """
    limits.count("email by network", where, now)
    limits.count("email", str(customer_id), now)
    quiet = limits.wait("email to", address.lower(), now)
    with transaction.atomic():
        Customer.objects.filter(pk=customer_id).update(email_waiting=address)
        code = onetime.make(customer_id, onetime.EMAIL, _subject(address), now)
    if not quiet:
        for send in SENDERS:
            send(address, code, language)


def waiting(customer: Customer, now: datetime) -> str:
    """The address whose code can still be typed in; empty where there is none."""
    return customer.email_waiting if customer.email_waiting and onetime.waits(customer.pk, onetime.EMAIL, now) else ""


def confirm(customer_id: int, code: str, now: datetime) -> bool:
    """The address is the person's now, and alerts come there; False where the code is not right. Raises limits.TooOften."""
    with transaction.atomic():
        mine = Customer.objects.select_for_update().get(pk=customer_id)
        proven = onetime.use(customer_id, onetime.EMAIL, code, now)
        if proven is None or not mine.email_waiting or proven != _subject(mine.email_waiting):
            return False
        Customer.objects.filter(pk=customer_id).update(email=mine.email_waiting, email_waiting="", by_email=True)
        deeds.note("email", customer_id, now)
    return True


def remove(customer_id: int, now: datetime) -> None:
    """Forgets the address, and one that waits for its code."""
    with transaction.atomic():
        had = Customer.objects.select_for_update().get(pk=customer_id).email
        Customer.objects.filter(pk=customer_id).update(email="", email_waiting="", by_email=False)
        OneTimeCode.objects.filter(customer_id=customer_id, purpose=onetime.EMAIL).delete()
        if had:
            deeds.note("no email", customer_id, now)


def set_by_email(customer_id: int, wanted: bool) -> None:
    """Whether what nobody saw comes by e-mail too; nothing where no address is confirmed."""
    Customer.objects.filter(pk=customer_id).exclude(email="").update(by_email=wanted)


def _subject(address: str) -> int:
    """The address as the number that its code is bound to."""
    return int.from_bytes(hashlib.sha256(address.encode()).digest()[:8], "big") >> 1
