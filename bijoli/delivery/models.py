"""Whom was told what, on which phone, and what became of it."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone


class Device(models.Model):
    """A browser's push subscription (RFC 8030). Gone when its push service says so or the person removes it."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    customer = models.ForeignKey("customers.Customer", on_delete=models.CASCADE, related_name="devices")
    endpoint = models.URLField(max_length=1000, unique=True)
    p256dh = models.BinaryField(help_text="65 bytes, uncompressed point")
    auth = models.BinaryField(help_text="16 bytes")
    session_key = models.CharField(
        max_length=40, blank=True, default="", db_default="", help_text="the sign-in that it belongs to and ends with; empty is none"
    )
    label = models.CharField(max_length=80, blank=True, help_text="Firefox on Android")
    language = models.CharField(max_length=5, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    seen_at = models.DateTimeField(default=timezone.now)
    gone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["customer"], condition=Q(gone_at=None), name="device_live")]

    def __str__(self) -> str:
        return f"device {self.pk}"


class Severity(models.IntegerChoices):
    """Order in which deliveries leave: the highest first."""

    INFO = 0
    NOTICE = 1
    WARNING = 2
    HIGH = 3
    CRITICAL = 4


class Notification(models.Model):
    """One person is told one stage of one episode (or a test). `read_at` is the only state that the badge counts by."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    customer = models.ForeignKey("customers.Customer", on_delete=models.CASCADE, related_name="notifications")
    account = models.ForeignKey("customers.Account", on_delete=models.CASCADE, null=True, related_name="notifications")
    meter = models.ForeignKey("metering.Meter", on_delete=models.CASCADE, null=True, related_name="notifications")
    stage = models.ForeignKey("alerts.Stage", on_delete=models.CASCADE, null=True, related_name="notifications")
    kind = models.CharField(max_length=8, help_text="low, zero, overload, tamper, test")
    code = models.CharField(max_length=4, help_text="the stage's code; TEST for a test")
    severity = models.SmallIntegerField(choices=Severity.choices, default=Severity.NOTICE)
    at = models.DateTimeField(help_text="the meter's time of the cause")
    received_at = models.DateTimeField(null=True)
    facts = models.JSONField(default=dict, help_text="values for the words: balance_paisa, load_w, limit, late, …")
    made_at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True, blank=True)
    superseded_at = models.DateTimeField(null=True, blank=True)
    sms_at = models.DateTimeField(null=True, blank=True, help_text="when an SMS or e-mail may say it, where nobody has seen it by then")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer", "stage"], condition=Q(stage__isnull=False), name="notification_once"),
        ]
        indexes = [
            models.Index(fields=["customer", "-made_at"]),
            models.Index(fields=["customer"], condition=Q(read_at=None, superseded_at=None), name="notification_unread"),
            models.Index(fields=["sms_at"], condition=Q(sms_at__isnull=False), name="notification_sms"),
        ]

    def __str__(self) -> str:
        return f"notification {self.pk}"


class Delivery(models.Model):
    """A notification on its way to one channel of a person. This table is the queue of `deliver`."""

    class Status(models.TextChoices):
        QUEUED = "queued"
        SENT = "sent"
        DISPLAYED = "displayed"
        OPENED = "opened"
        EXPIRED = "expired"
        SUPERSEDED = "superseded"
        SUPPRESSED = "suppressed"
        FAILED = "failed"

    notification = models.ForeignKey(Notification, on_delete=models.CASCADE, related_name="deliveries")
    channel = models.CharField(max_length=8, default="webpush", help_text="webpush, sms or email")
    device = models.ForeignKey(Device, on_delete=models.SET_NULL, null=True, related_name="deliveries")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.QUEUED)
    reason = models.CharField(max_length=80, blank=True, help_text="why suppressed or failed: no device, opted out, HTTP 410 …")
    severity = models.SmallIntegerField(default=Severity.NOTICE)
    topic = models.CharField(max_length=32, help_text="RFC 8030 Topic and the notification's tag")
    joined_since = models.DateTimeField(null=True, blank=True, help_text="told in one with other meters of the person, since then")
    urgency = models.CharField(max_length=8, default="high")
    expires_at = models.DateTimeField()
    silent = models.BooleanField(default=False)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(default=timezone.now, help_text="not tried before this")
    leased_until = models.DateTimeField(null=True, blank=True)
    queued_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True, blank=True)
    displayed_at = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField(null=True, blank=True)
    dismissed_at = models.DateTimeField(null=True, blank=True)
    receipt_hash = models.BinaryField(null=True, blank=True, help_text="SHA-256 of the one-use receipt token")
    segments = models.PositiveSmallIntegerField(null=True, blank=True, help_text="messages that the network charges for an SMS")
    route = models.CharField(max_length=40, blank=True, db_default="", default="", help_text="the SMS gateway that took it")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["notification", "channel", "device"], name="delivery_once"),
            models.UniqueConstraint(fields=["notification"], condition=Q(channel="sms"), name="delivery_sms_once"),
            models.UniqueConstraint(fields=["notification"], condition=Q(channel="email"), name="delivery_email_once"),
        ]
        indexes = [
            models.Index(fields=["-severity", "due_at"], condition=Q(status="queued", channel="webpush"), name="delivery_push_queue"),
            models.Index(fields=["-severity", "due_at"], condition=Q(status="queued", channel="sms"), name="delivery_sms_queue"),
            models.Index(fields=["-severity", "due_at"], condition=Q(status="queued", channel="email"), name="delivery_email_queue"),
            models.Index(fields=["queued_at"], condition=Q(channel__in=["sms", "email"]), name="delivery_text_day"),
            models.Index(fields=["receipt_hash"], name="delivery_receipt"),
        ]

    def __str__(self) -> str:
        return f"delivery {self.pk}"
