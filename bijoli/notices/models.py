"""What the utility tells many customers at once: planned outages and other notices, to feeders, divisions or a list of accounts."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone


class Notice(models.Model):
    """Proposed, approved where it goes to many, sent in slices, over or cancelled. Nothing of it is changed after it was proposed.

    Audience: usage points that lie on one of `feeders`, in one of `divisions`, or whose account is one of `accounts`; and, where `bounds`
    is not empty, in one of these divisions (those of who proposed it).
    """

    class Kind(models.TextChoices):
        OUTAGE = "outage"
        NOTICE = "notice"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=6, choices=Kind.choices)
    title = models.JSONField(default=dict, help_text='by language: {"bn": "…", "en": "…"}')
    body = models.JSONField(default=dict, help_text="by language")
    feeders = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    divisions = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    accounts = ArrayField(models.BigIntegerField(), default=list, blank=True, help_text="keys of accounts")
    bounds = ArrayField(models.CharField(max_length=40), default=list, blank=True, help_text="divisions of who proposed it; empty: all")
    touches = ArrayField(models.CharField(max_length=40), default=list, blank=True, help_text="divisions in which its audience lies")
    starts_at = models.DateTimeField(null=True, help_text="when the supply goes off; null for a plain notice")
    ends_at = models.DateTimeField(null=True)
    send_at = models.DateTimeField(help_text="not sent before")
    expires_at = models.DateTimeField(help_text="shown and pushed until then")
    counted = models.IntegerField(help_text="recipients when it was proposed")
    proposed_by = models.ForeignKey("customers.Customer", on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(default=timezone.now)
    approved_by = models.ForeignKey("customers.Customer", on_delete=models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)
    cancelled_by = models.ForeignKey("customers.Customer", on_delete=models.PROTECT, null=True, related_name="+")
    cancelled_at = models.DateTimeField(null=True)
    begun_at = models.DateTimeField(null=True, help_text="when the first slice was told")
    reached = models.BigIntegerField(default=0, help_text="the last usage point that was gone through")
    told = models.IntegerField(default=0, help_text="persons told so far")
    sent_at = models.DateTimeField(null=True, help_text="when the last slice was told")
    cleared_at = models.DateTimeField(null=True, help_text="when it was taken off the bells, or its end told")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(approved_by=models.F("proposed_by")), name="notice_by_two"),
            models.CheckConstraint(condition=Q(expires_at__gt=models.F("send_at")), name="notice_expires"),
        ]
        permissions = [("propose_notice", "Can propose and cancel notices"), ("approve_notice", "Can approve notices to many")]
        indexes = [
            models.Index(fields=["send_at"], condition=Q(cleared_at=None), name="notice_live"),
            models.Index(fields=["-proposed_at"], name="notice_newest"),
        ]

    def __str__(self) -> str:
        return f"notice {self.pk}"


class Recipient(models.Model):
    """A person was told of a notice: once, whatever number of homes it is about, held by the database. Gone when the notice is over."""

    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, db_index=False, related_name="recipients")
    customer = models.ForeignKey("customers.Customer", on_delete=models.CASCADE, related_name="+")
    notification = models.ForeignKey(
        "delivery.Notification", on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, null=True, related_name="+"
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["notice", "customer"], name="recipient_once")]

    def __str__(self) -> str:
        return f"recipient {self.pk}"
