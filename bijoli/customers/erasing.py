"""Deleting one's account here: access, phones, sign-ins, name and number go; an anonymous row stays for payments and the ledger."""

from __future__ import annotations

from datetime import datetime

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.db.models import Q
from django.dispatch import Signal
from django.utils.translation import gettext, override

from bijoli.customers import deeds, limits, linking, onetime, sessions
from bijoli.customers.access import live
from bijoli.customers.codes import host, send_text
from bijoli.customers.models import Access, Customer, Invitation, OneTimeCode

erased = Signal()
"""Sent with `customer_id` inside the transaction: who keeps something personal of theirs lets go of it."""


class NotHere(Exception):
    """A member of the staff: an administrator closes that account."""


def ask(customer: Customer, language: str, now: datetime) -> None:
    """Sends a code to the person's own number. Raises NotHere and limits.TooOften."""
    if customer.is_staff:
        raise NotHere
    limits.count("own code", str(customer.pk), now)
    code = onetime.make(customer.pk, onetime.DELETE, customer.pk, now)
    with override(language):
        words = gettext("%(code)s deletes your account in the app for good. Never tell it to anyone. It works for 10 minutes.")
    send_text(customer.phone, code, f"{words % {'code': code}}\n\n@{host()} #{code}")


def erase(customer: Customer, code: str, now: datetime) -> bool:
    """Deletes, if the code is right; false where it is not. Raises NotHere and limits.TooOften."""
    if customer.is_staff:
        raise NotHere
    with transaction.atomic():
        if onetime.use(customer.pk, onetime.DELETE, code, now) != customer.pk:
            return False
        _let_go(customer.pk, now)
    sessions.end_all(customer.pk)
    return True


def _let_go(who: int, now: datetime) -> None:
    mine = Customer.objects.select_for_update().get(pk=who)
    accounts = list(Access.objects.filter(live(now), customer_id=who).values_list("account_id", flat=True))
    for account_id in accounts:
        linking.leave(who, account_id, now)
    Access.objects.filter(customer_id=who).update(nickname="", own_limit_paisa=None)
    unanswered = Invitation.objects.filter(Q(by_id=who) | Q(phone=mine.phone), answered_at=None)
    unanswered.update(answered_at=now, answer=Invitation.Answer.WITHDRAWN)
    Invitation.objects.filter(Q(by_id=who) | Q(phone=mine.phone)).update(phone="")
    Authenticator.objects.filter(user_id=who).delete()
    OneTimeCode.objects.filter(customer_id=who).delete()
    gone: dict[str, object] = {
        "phone": nobody(who),
        "phone_verified_at": None,
        "name": "",
        "is_active": False,
        "quiet_from": None,
        "quiet_until": None,
        "email": "",
        "email_waiting": "",
        "by_email": False,
    }
    Customer.objects.filter(pk=who).update(**gone, last_login=None)
    deeds.note("deleted", who, now)
    erased.send(sender=Customer, customer_id=who)


def nobody(customer_id: int) -> str:
    """In the place of a number: no country's code begins with 0, so it is nobody's."""
    return f"+0{customer_id:013d}"
