"""The ledger: double entry, append only. The database refuses an entry whose postings do not add up to zero, a change and a deletion."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone


class Entry(models.Model):
    """One event of money. `key` names what caused it (payment:12, vend:9, refund:3), so that it is written once."""

    key = models.CharField(max_length=60, unique=True)
    order = models.ForeignKey("payments.Order", on_delete=models.PROTECT, null=True, related_name="entries")
    at = models.DateTimeField(default=timezone.now, db_index=True)

    def __str__(self) -> str:
        return f"entry {self.pk}"


class DaySum(models.Model):
    """What the postings of one account on one local day add up to, as far as the `Summed` entries go. Written by `daysums` alone."""

    pk = models.CompositePrimaryKey("day", "account")
    day = models.DateField()
    account = models.CharField(max_length=40)
    debit = models.BigIntegerField(help_text="paisa, of the positive postings")
    credit = models.BigIntegerField(help_text="paisa, of the negative ones, without the sign")

    def __str__(self) -> str:
        return f"sum of {self.day}"


class Summed(models.Model):
    """Up to which entry the days are added up: one row."""

    entry = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"up to entry {self.entry}"


class Posting(models.Model):
    """One side of an entry. Debit is positive, credit negative. Account names: core.payment."""

    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="postings")
    account = models.CharField(max_length=40)
    party = models.ForeignKey("customers.Account", on_delete=models.PROTECT, null=True, related_name="+", help_text="whose it is")
    paisa = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint("entry", "account", name="posting_once"),
            models.CheckConstraint(condition=~Q(paisa=0), name="posting_amount"),
        ]
        indexes = [models.Index(fields=["account"]), models.Index(fields=["party", "account"])]

    def __str__(self) -> str:
        return f"posting {self.pk}"
