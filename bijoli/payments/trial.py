"""The ledger by account over a time: what stood there before, what moved, what stands there after. It adds up to zero."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.db import connection

from bijoli.payments.models import Posting

# The days that are added up already, and the entries since.
_BALANCES = """
WITH done AS (SELECT coalesce(max(entry), 0) AS entry FROM payments_summed),
moved AS (
  SELECT day, account, debit, credit FROM payments_daysum WHERE day <= %(last)s
  UNION ALL
  SELECT (e.at AT TIME ZONE %(zone)s)::date, p.account, greatest(p.paisa, 0), -least(p.paisa, 0)
  FROM payments_entry e JOIN payments_posting p ON p.entry_id = e.id
  WHERE e.id > (SELECT entry FROM done) AND (e.at AT TIME ZONE %(zone)s)::date <= %(last)s)
SELECT account, coalesce(sum(debit - credit) FILTER (WHERE day < %(first)s), 0),
  coalesce(sum(debit) FILTER (WHERE day >= %(first)s), 0), coalesce(sum(credit) FILTER (WHERE day >= %(first)s), 0)
FROM moved GROUP BY account ORDER BY account
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


def balances(first: date, last: date) -> list[Balance]:
    """Every account that was ever used until the end of the local day `last`; what moved from the day `first` on."""
    with connection.cursor() as cursor:
        cursor.execute(_BALANCES, {"first": first, "last": last, "zone": settings.UTILITY.zone})
        return [Balance(account, int(before), int(debit), int(credit)) for account, before, debit, credit in cursor.fetchall()]


def postings(since: datetime, until: datetime, most: int) -> Iterator[tuple[datetime, str, str, str, int]]:
    """Time, key, order's number, account and paisa of the postings of a time, in the order of their writing; at most so many."""
    rows = Posting.objects.filter(entry__at__gte=since, entry__at__lt=until).order_by("entry_id", "pk")
    for at, key, number, account, paisa in rows.values_list("entry__at", "entry__key", "entry__order__number", "account", "paisa")[:most]:
        yield at, key, number or "", account, paisa
