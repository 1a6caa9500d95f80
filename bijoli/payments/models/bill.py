"""Postpaid bills as the utility's billing system made them, and what was paid of them."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone


class Bill(models.Model):
    """One month's bill of one account. It is never changed but for what was paid and told: a corrected bill replaces it and names it."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    account = models.ForeignKey("customers.Account", on_delete=models.PROTECT, related_name="bills")
    number = models.CharField(max_length=30, unique=True)
    month = models.DateField(help_text="first day of the month that it is for")
    issued_on = models.DateField()
    due_on = models.DateField(help_text="last day without late fee")
    disconnect_on = models.DateField(null=True, help_text="when the supply may be cut; null: not told")
    meter_number = models.CharField(max_length=12, blank=True)
    previous_wh = models.BigIntegerField(null=True, help_text="register at the month's beginning")
    current_wh = models.BigIntegerField(null=True)
    energy_wh = models.BigIntegerField(null=True)
    lines = models.JSONField(default=list, help_text='[{"name": "energy", "paisa": 39450, "energy_wh": 75000, "rate": 526}, …]')
    total_paisa = models.BigIntegerField(help_text="of this month, without what is open of earlier ones")
    late_paisa = models.BigIntegerField(null=True, help_text="what it grows by after the due day; null: by the tariff")
    replaces = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="replaced_by")
    received_at = models.DateTimeField(default=timezone.now)
    source = models.CharField(max_length=40, help_text="file or program that brought it")
    elsewhere_paisa = models.BigIntegerField(default=0, help_text="paid at banks and counters so far, as the billing system tells")
    closed_at = models.DateTimeField(null=True, help_text="nothing is open any more: paid with its late fee, or replaced")
    told = models.CharField(max_length=2, blank=True, default="", db_default="", help_text="the last of B1, B2, B3 that people were told")

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(total_paisa__gte=0), name="bill_amount")]
        indexes = [
            models.Index(fields=["account", "-month"]),
            models.Index(fields=["account"], condition=Q(closed_at=None), name="bill_open"),
            models.Index(fields=["told", "due_on"], condition=Q(closed_at=None), name="bill_to_tell"),
        ]

    def __str__(self) -> str:
        return f"bill {self.pk}"


class BillPayment(models.Model):
    """What an order, the account's advance, or a counter paid of a bill: of its total, and of its late fee."""

    class Way(models.TextChoices):
        ORDER = "order"
        ADVANCE = "advance"
        ELSEWHERE = "elsewhere"

    bill = models.ForeignKey(Bill, on_delete=models.PROTECT, related_name="paid")
    order = models.ForeignKey(
        "payments.Order", on_delete=models.PROTECT, null=True, related_name="bills_paid", help_text="null: it was no order"
    )
    way = models.CharField(max_length=9, choices=Way.choices, default=Way.ORDER)
    paisa = models.BigIntegerField()
    late_paisa = models.BigIntegerField(default=0)
    at = models.DateTimeField(default=timezone.now, help_text="the moment that counts for the due day: when the payer began to pay")

    class Meta:
        constraints = [
            models.UniqueConstraint("bill", "order", name="bill_payment_once"),
            models.CheckConstraint(condition=Q(paisa__gte=0, late_paisa__gte=0), name="bill_payment_amount"),
            models.CheckConstraint(
                condition=Q(way="order", order__isnull=False) | (~Q(way="order") & Q(order=None)), name="bill_payment_way"
            ),
        ]

    def __str__(self) -> str:
        return f"bill payment {self.pk}"


class BillSource(models.Model):
    """A billing system that may send bills. Only the hash of its token is kept."""

    name = models.CharField(max_length=40, unique=True)
    token_hash = models.BinaryField(unique=True, help_text="SHA-256")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_seen_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name


class BillReject(models.Model):
    """A bill that was not taken: kept as it came, with the reason, for staff, until somebody has seen to it and it is old.

    `bill_number` and `account_number` are as they were written; `division` is where that account lies, empty where there is none.
    """

    source = models.CharField(max_length=40, help_text="file or billing system")
    received_at = models.DateTimeField(default=timezone.now, db_index=True)
    row = models.PositiveIntegerField()
    field = models.CharField(max_length=20, blank=True)
    reason = models.CharField(max_length=120)
    body = models.TextField(help_text="the row, at most 4,000 characters")
    bill_number = models.CharField(max_length=30, blank=True, default="", db_default="", db_index=True)
    account_number = models.CharField(max_length=8, blank=True, default="", db_default="", db_index=True)
    division = models.CharField(max_length=40, blank=True, default="", db_default="")
    handled_at = models.DateTimeField(null=True)
    handled_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    note = models.CharField(max_length=500, blank=True, default="", db_default="", help_text="what was done about it, for colleagues")

    class Meta:
        indexes = [models.Index(fields=["-received_at"], condition=Q(handled_at=None), name="bill_reject_waits")]

    def __str__(self) -> str:
        return f"rejected bill {self.pk}"
