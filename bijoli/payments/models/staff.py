"""What staff decide and check: refunds by two people, deeds, closed windows, the daily three-way reconciliation."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone


class Refund(models.Model):
    """Money that goes back to its payer. Proposed by one person (or by us, for money that came twice), approved by another."""

    class State(models.TextChoices):
        PROPOSED = "proposed"
        WITHDRAWN = "withdrawn"
        APPROVED = "approved"  # the gateway is to be told
        SENT = "sent"  # told, perhaps: it is asked, never told twice
        REFUNDED = "refunded"
        REFUSED = "refused"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    payment = models.ForeignKey("payments.Payment", on_delete=models.PROTECT, related_name="refunds")
    paisa = models.BigIntegerField()
    why = models.CharField(max_length=500)
    state = models.CharField(max_length=9, choices=State.choices, default=State.PROPOSED)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", help_text="null: we")
    proposed_at = models.DateTimeField(default=timezone.now)
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)
    ref = models.CharField(max_length=120, blank=True, help_text="the gateway's own number of it")
    sent_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=120, blank=True, help_text="why the gateway refused")
    ask_at = models.DateTimeField(null=True)
    asked = models.PositiveIntegerField(default=0)
    leased_until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(paisa__gt=0), name="refund_amount"),
            models.CheckConstraint(
                condition=Q(approved_by=None) | Q(proposed_by=None) | ~Q(approved_by=F("proposed_by")), name="refund_two_people"
            ),
            models.UniqueConstraint("payment", condition=~Q(state__in=["withdrawn", "refused"]), name="refund_once"),
        ]
        indexes = [models.Index(fields=["ask_at"], condition=Q(ask_at__isnull=False), name="refund_to_ask")]
        permissions = [("propose_refund", "Can propose a refund"), ("approve_refund", "Can approve a refund")]

    def __str__(self) -> str:
        return f"refund {self.pk}"


class Deed(models.Model):
    """What a member of the staff decided about an order. Append only: the database refuses a change and a deletion."""

    order = models.ForeignKey("payments.Order", on_delete=models.PROTECT, related_name="deeds")
    staff = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    what = models.CharField(max_length=20, help_text="accept, again, split, ask, propose, approve, withdraw, name")
    why = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"deed {self.pk}"


class Closure(models.Model):
    """A time in which recharge is closed. `hold`: payments are taken and reach the meters afterwards; `refuse`: none are taken."""

    class Policy(models.TextChoices):
        REFUSE = "refuse"
        HOLD = "hold"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    policy = models.CharField(max_length=6, choices=Policy.choices, default=Policy.REFUSE)
    words = models.JSONField(default=dict, help_text='what customers read, by language: {"bn": "…", "en": "…"}')
    announced_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    announced_at = models.DateTimeField(default=timezone.now)
    cancelled_at = models.DateTimeField(null=True)
    cancelled_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    looked_at = models.DateTimeField(null=True, help_text="when all meters were last looked through for those that run out inside it")

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="closure_ends_later")]
        permissions = [("announce_closure", "Can announce that recharge is closed")]

    def __str__(self) -> str:
        return f"closure {self.pk}"


class Statement(models.Model):
    """That a gateway's statement of a day has come: without one nothing of that day can be missing in it."""

    gateway = models.CharField(max_length=20)
    day = models.DateField()
    received_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint("gateway", "day", name="statement_once")]

    def __str__(self) -> str:
        return f"statement {self.pk}"


class StatementLine(models.Model):
    """One line of a gateway's own statement of a day."""

    gateway = models.CharField(max_length=20)
    day = models.DateField(db_index=True)
    kind = models.CharField(max_length=8, help_text="payment or refund")
    transaction_id = models.CharField(max_length=80)
    order_number = models.CharField(max_length=40, blank=True)
    paisa = models.BigIntegerField()
    at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint("gateway", "kind", "transaction_id", name="statement_line_once")]

    def __str__(self) -> str:
        return f"statement line {self.pk}"


class Reconciliation(models.Model):
    """One day's comparison of gateways, orders with their ledger, and head-end. Made anew it replaces its differences."""

    day = models.DateField(unique=True)
    made_at = models.DateTimeField(default=timezone.now)
    sums = models.JSONField(default=dict, help_text="counts and paisa by gateway and side")

    class Meta:
        permissions = [("run_reconciliation", "Can compare a day again")]

    def __str__(self) -> str:
        return f"reconciliation of {self.day}"


class Difference(models.Model):
    """One thing on which the three sides do not agree. `kind`: only_gateway, only_ledger, amount, not_on_meter …"""

    reconciliation = models.ForeignKey(Reconciliation, on_delete=models.CASCADE, related_name="differences")
    kind = models.CharField(max_length=20)
    gateway = models.CharField(max_length=20, blank=True)
    order = models.ForeignKey("payments.Order", on_delete=models.PROTECT, null=True, related_name="+")
    transaction_id = models.CharField(max_length=80, blank=True)
    gateway_paisa = models.BigIntegerField(null=True)
    ledger_paisa = models.BigIntegerField(null=True)
    headend_paisa = models.BigIntegerField(null=True)

    def __str__(self) -> str:
        return f"difference {self.pk}"
