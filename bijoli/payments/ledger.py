"""Writes into the ledger. Every entry has a key, so that what is written twice stands there once."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Sum

from bijoli.core.payment import Postings
from bijoli.payments.models import Entry, Posting


class Unbalanced(ValueError):
    """Postings that do not add up to zero. (The database would refuse them at the commit, too.)"""


def post(key: str, postings: Postings, now: datetime, *, order_id: int | None = None, party_id: int | None = None) -> bool:
    """Writes an entry inside the caller's transaction. False where an entry of this key stands already. Raises Unbalanced."""
    if sum(postings.values()) != 0 or not postings:
        raise Unbalanced(f"{key}: the postings do not add up to zero")
    entry, made = Entry.objects.get_or_create(key=key, defaults={"order_id": order_id, "at": now})
    if made:
        Posting.objects.bulk_create(
            [Posting(entry=entry, account=account, party_id=party_id, paisa=paisa) for account, paisa in postings.items() if paisa]
        )
    return made


def balance(account: str, party_id: int | None = None) -> int:
    """Paisa that stand on a ledger account, of one party where it is named; debit is positive."""
    rows = Posting.objects.filter(account=account)
    if party_id is not None:
        rows = rows.filter(party_id=party_id)
    return rows.aggregate(sum=Sum("paisa"))["sum"] or 0
