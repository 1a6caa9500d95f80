"""Orders, the money that gateways hold for them, and the credits that were sent to the head-end."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from bijoli.core.payment import BILL, RECHARGE, UNCONFIRMED, OrderState, VendState


class Order(models.Model):
    """One attempt of one person to pay for one thing. Its states and moves: core.payment; the database refuses any other move.

    `number` goes to the gateway and comes back with the credit; `key` makes a form that is sent twice one order.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    number = models.CharField(max_length=20, unique=True, help_text="letters and digits: R2611281234567, for gateways and receipts")
    key = models.UUIDField(unique=True, help_text="idempotency key of the form or of the wallet's call")
    purpose = models.CharField(max_length=8, choices=[(RECHARGE, RECHARGE), (BILL, BILL)])
    customer = models.ForeignKey(
        "customers.Customer", on_delete=models.SET_NULL, null=True, related_name="orders", help_text="who pays; null: a wallet's own call"
    )
    account = models.ForeignKey("customers.Account", on_delete=models.PROTECT, related_name="orders")
    meter = models.ForeignKey("metering.Meter", on_delete=models.PROTECT, null=True, related_name="orders", help_text="of a recharge")
    bill = models.ForeignKey("payments.Bill", on_delete=models.PROTECT, null=True, related_name="orders")
    other = models.BooleanField(default=False, help_text="for somebody else's meter: the payer sees a masked name and no history")
    amount_paisa = models.BigIntegerField()
    quote = models.JSONField(default=dict, help_text="the split shown before paying: gross, vat, demand, rent, arrears, rebate, credited …")
    state = models.CharField(max_length=10, choices=[(state, state) for state in OrderState], default=OrderState.CREATED)
    reason = models.CharField(max_length=60, blank=True, help_text="why it failed or waits for a person: amount, risk, quote, headend …")
    gateway = models.CharField(max_length=20)
    ref = models.CharField(max_length=120, blank=True, help_text="what the gateway knows the attempt by: session key, paymentID …")
    facts = models.JSONField(default=dict, help_text="what the adapter needs to ask again; no secrets, nothing of the person")
    hint = models.CharField(max_length=10, blank=True, help_text="what the browser's return claimed: success, failed, cancelled")
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(help_text="unpaid until then: expired; late money is taken all the same")
    executed_at = models.DateTimeField(null=True, help_text="when the gateway was told to take the money; once, then only asked")
    paid_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True, help_text="when it came to its present end: done, failed, refunded …")
    ask_at = models.DateTimeField(null=True, help_text="when the gateway is asked next; null: never")
    asked = models.PositiveIntegerField(default=0)
    leased_until = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(amount_paisa__gt=0), name="order_amount")]
        permissions = [("review_order", "Can decide about money that waits for a person"), ("ask_order", "Can have a gateway asked now")]
        indexes = [
            models.Index(fields=["customer", "-created_at"]),
            models.Index(fields=["account", "-created_at"]),
            models.Index(fields=["ask_at"], condition=Q(ask_at__isnull=False), name="order_to_ask"),
            models.Index(fields=["state", "created_at"], condition=Q(state__in=["review", "refunding", "paid"]), name="order_waiting"),
            models.Index(fields=["gateway", "ref"], condition=~Q(ref=""), name="order_ref"),
            models.Index(fields=["created_at"]),
            models.Index(fields=["paid_at"], condition=Q(paid_at__isnull=False), name="order_paid"),
        ]

    def __str__(self) -> str:
        return f"order {self.pk}"


class Payment(models.Model):
    """Money that a gateway says it holds for an order, exactly as it says. A gateway's transaction is kept once, held by the database."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="payments")
    gateway = models.CharField(max_length=20)
    transaction_id = models.CharField(max_length=80)
    paisa = models.BigIntegerField()
    wrong = models.CharField(max_length=20, blank=True, help_text="why it does not pay the order: amount, risk, currency, surplus")
    facts = models.JSONField(default=dict, help_text="what a refund needs: bank_tran_id …")
    at = models.DateTimeField(null=True, help_text="the gateway's own time")
    seen_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint("gateway", "transaction_id", name="payment_once"),
            models.UniqueConstraint("order", condition=Q(wrong=""), name="payment_settles_once"),
            models.CheckConstraint(condition=Q(paisa__gt=0), name="payment_amount"),
        ]
        indexes = [
            models.Index(Coalesce("at", "seen_at"), name="payment_came"),
            models.Index(fields=["transaction_id"], name="payment_transaction"),
        ]

    def __str__(self) -> str:
        return f"payment {self.pk}"


class Vend(models.Model):
    """The order to the head-end to put a recharge on a meter. `key` is the same in every attempt, so that it counts once there."""

    order = models.OneToOneField(Order, on_delete=models.PROTECT, related_name="vend")
    key = models.UUIDField(default=uuid.uuid4, unique=True)
    meter = models.ForeignKey("metering.Meter", on_delete=models.PROTECT, related_name="vends")
    gross_paisa = models.BigIntegerField()
    expected_paisa = models.BigIntegerField(help_text="credit by the quote: the head-end takes no other")
    sold_at = models.DateTimeField(help_text="the instant for which the charges due are counted: the quote's")
    state = models.CharField(max_length=8, choices=[(state, state) for state in VendState], default=VendState.QUEUED)
    reason = models.CharField(max_length=60, blank=True)
    split = models.JSONField(default=dict, help_text="the head-end's own split, in the quote's words")
    tokens = models.JSONField(default=list, help_text="strings of 20 digits, in the order of typing")
    typed = models.JSONField(default=list, help_text="positions of tokens that the person ticked off")
    not_before = models.DateTimeField(null=True, help_text="recharge is closed until then")
    queued_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True, help_text="first attempt")
    accepted_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True, help_text="on the meter, tokens given, or refused")
    ask_at = models.DateTimeField(null=True, default=timezone.now, help_text="when it is sent, or the head-end asked, next; null: never")
    asked = models.PositiveIntegerField(default=0)
    leased_until = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["ask_at"], condition=Q(ask_at__isnull=False), name="vend_to_ask"),
            models.Index(fields=["meter"], condition=Q(state__in=sorted(UNCONFIRMED)), name="vend_under_way"),
            models.Index(Coalesce("accepted_at", "ended_at"), name="vend_credited"),
        ]

    def __str__(self) -> str:
        return f"vend {self.pk}"
