"""The ledger by account over a time: what stood there before, what moved, what stands there after. It adds up to zero."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from bijoli.payments.models import Posting

_BALANCES = """
SELECT p.account,
  coalesce(sum(p.paisa) FILTER (WHERE e.at < %(since)s), 0),
  coalesce(sum(p.paisa) FILTER (WHERE e.at >= %(since)s AND p.paisa > 0), 0),
  -coalesce(sum(p.paisa) FILTER (WHERE e.at >= %(since)s AND p.paisa < 0), 0)
FROM payments_posting p JOIN payments_entry e ON e.id = p.entry_id WHERE e.at < %(until)s GROUP BY p.account ORDER BY p.account
"""


@dataclass(frozen=True, slots=True)
class Balance:
    """Paisa of one account. `before` and `after` are debit where positive, credit where negative."""

    account: str
    before: int
    debit: int
    credit: int

    @property
    def after(self) -> int:
        return self.before + self.debit - self.credit


def balances(since: datetime, until: datetime) -> list[Balance]:
    """Every account that was ever used before `until` (not included)."""
    with connection.cursor() as cursor:
        cursor.execute(_BALANCES, {"since": since, "until": until})
        return [Balance(account, int(before), int(debit), int(credit)) for account, before, debit, credit in cursor.fetchall()]


def postings(since: datetime, until: datetime, most: int) -> Iterator[tuple[datetime, str, str, str, int]]:
    """Time, key, order's number, account and paisa of the postings of a time, in the order of their writing; at most so many."""
    rows = Posting.objects.filter(entry__at__gte=since, entry__at__lt=until).order_by("entry_id", "pk")
    for at, key, number, account, paisa in rows.values_list("entry__at", "entry__key", "entry__order__number", "account", "paisa")[:most]:
        yield at, key, number or "", account, paisa
