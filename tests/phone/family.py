"""An account that an owner shares with a tenant who moved in some days ago, with a complaint of each: made by `manage.py shell`."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

from django.db import transaction
from django.utils import timezone

from bijoli.complaints import moves
from bijoli.complaints.submitting import Draft, submit
from bijoli.customers import linking
from bijoli.customers.models import Account, Customer
from bijoli.customers.seen import midnight

TEXTS = {"voltage": "সন্ধ্যায় ভোল্টেজ কমে যায়।", "balance": "ব্যালেন্স হঠাৎ কমেছে।"}


def shared(owner: str, tenant: str, account: str) -> None:
    """Phone numbers as E.164, the account's number. Both have signed in."""
    now, flat = timezone.now(), Account.objects.get(number=account)
    theirs, guest = Customer.objects.get(phone=owner), Customer.objects.get(phone=tenant)
    with transaction.atomic():
        linking.give(guest.pk, flat.pk, "tenant", None, theirs.pk, now, midnight(timezone.localdate(now - timedelta(days=9))))
    for person, category in ((theirs, "voltage"), (guest, "balance")):
        row = submit(person.pk, Draft(uuid4(), category, TEXTS[category], flat.pk), now)
        moves.reply(row.public_id, "আমাদের লোক আজ বিকেলে যাবেন।", theirs.pk, now)


def left(tenant: str, account: str) -> None:
    linking.end(Customer.objects.get(phone=tenant).pk, Account.objects.get(number=account).pk, timezone.now())
