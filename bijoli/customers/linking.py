"""Adding an account to one's own list with a code that goes to the phone on file, and taking one off again.

Whoever asks learns nothing: an unknown account gets the same answer, the same limits and the same work, only no message leaves.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Max, Q
from django.utils import timezone
from django.utils.translation import gettext, override

from bijoli.customers import deeds, limits, onetime
from bijoli.customers.access import live
from bijoli.customers.codes import send_text
from bijoli.customers.models import Access, Account, Customer
from bijoli.customers.rights import FROM_MOVING_IN
from bijoli.customers.seen import midnight

AGAIN = timedelta(days=90)  # a holder who took the account off the list may add it again for so long


def ask(customer_id: int, account_id: int | None, where: str, now: datetime) -> None:
    """Sends a code to the account's phone on file; None is an account that does not exist. Raises limits.TooOften.

    `where` is the network that asks.
    """
    limits.count("link by network", where, now)
    limits.count("link", str(customer_id), now)
    holder = _holder(-1 if account_id is None else account_id, now)
    code = onetime.make(customer_id, onetime.LINK, account_id if holder else None, now)
    quiet = limits.wait("link send", holder.phone if holder else f"nobody/{customer_id}", now)
    number = Account.objects.filter(pk=-1 if account_id is None else account_id).values_list("number", flat=True).first()
    text = _text(code, number or "", holder.language if holder else settings.UTILITY.languages[0])
    if holder and not quiet:  # a phone that got six today is left alone, and the answer stays the same
        send_text(holder.phone, code, text)


def confirm(customer_id: int, code: str, now: datetime) -> int | None:
    """The id of the account that is now on the list; None where the code does not open any. Raises limits.TooOften."""
    with transaction.atomic():
        account_id = onetime.use(customer_id, onetime.LINK, code, now)
        holder = _holder(account_id, now) if account_id is not None else None
        if account_id is None or holder is None:
            return None
        own = holder.pk == customer_id
        give(customer_id, account_id, "owner" if own else "family", None, None if own else holder.pk, now)
        deeds.note("linked", customer_id, now, account_id=account_id, other_id=None if own else holder.pk)
    return account_id


def give(
    customer_id: int,
    account_id: int,
    role: str,
    until: datetime | None,
    by: int | None,
    now: datetime,
    sees_from: datetime | None = None,
) -> Access:
    """Access for a person, at most one at a time: what they had is changed, an owner stays one. Runs inside a transaction.

    `sees_from` is of the roles that see from moving in; where it is None they see from today on.
    """
    begins = (sees_from or midnight(timezone.localdate(now))) if role in FROM_MOVING_IN else None
    Account.objects.select_for_update().get(pk=account_id)
    had = Access.objects.filter(live(now), customer_id=customer_id, account_id=account_id).first()
    if had is None:
        last = Access.objects.filter(customer_id=customer_id).aggregate(last=Max("position"))["last"]
        place = 0 if last is None else min(last + 1, 32_767)
        return Access.objects.create(
            customer_id=customer_id,
            account_id=account_id,
            role=role,
            until=until,
            given_by_id=by,
            since=now,
            sees_from=begins,
            position=place,
        )
    if had.role != Access.Role.OWNER:
        had.role, had.until, had.given_by_id, had.sees_from = role, until, by, begins
        had.save(update_fields=["role", "until", "given_by", "sees_from"])
    return had


def leave(customer_id: int, account_id: int, now: datetime) -> bool:
    """Takes an account off the person's list: access ends at once, theirs and what they gave to others. False where it is not theirs."""
    with transaction.atomic():
        Account.objects.select_for_update().filter(pk=account_id).first()
        if not end(customer_id, account_id, now):
            return False
        for other in Access.objects.filter(live(now), account_id=account_id, given_by_id=customer_id).values_list("customer_id", flat=True):
            end(other, account_id, now)
        deeds.note("left", customer_id, now, account_id=account_id)
    return True


def end(customer_id: int, account_id: int, now: datetime) -> bool:
    """Ends one person's access: pages, lists and queued pushes look at it anew each time. The caller writes down who did it."""
    rows = Access.objects.filter(live(now), customer_id=customer_id, account_id=account_id)
    return bool(rows.update(until=now, ended_at=now))


def _holder(account_id: int, now: datetime) -> Customer | None:
    """Whose phone is on file: the account's owner by the register, also one who took it off the own list not long ago."""
    ended = Q(ended_at__gt=now - AGAIN)
    rows = Access.objects.filter(live(now) | ended, account_id=account_id, role=Access.Role.OWNER, given_by=None, customer__is_active=True)
    found = rows.select_related("customer").order_by(F("until").desc(nulls_first=True), "since", "pk").first()
    return found.customer if found else None


def _text(code: str, number: str, language: str) -> str:
    """Says what the code does: its reader is not always the one who asked. No line for WebOTP, since this phone's browser did not ask."""
    with override(language):
        words = gettext(
            "%(code)s: whoever types this code sees the electricity account ending in %(last)s in the %(app)s app. "
            "Tell it only to a person you trust, never to a caller. It works for 10 minutes."
        )
    return words % {"code": code, "last": number[-4:], "app": settings.UTILITY.short_name[language]}
