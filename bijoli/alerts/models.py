"""What is wrong with a meter, since when, and what was told about it."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone


class Kind(models.TextChoices):
    LOW = "low"
    ZERO = "zero"
    OVERLOAD = "overload"
    TAMPER = "tamper"


class Episode(models.Model):
    """One continuous condition of one meter and kind. At most one is open, held by the database."""

    meter = models.ForeignKey("metering.Meter", on_delete=models.CASCADE, related_name="episodes")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    opened_at = models.DateTimeField(help_text="the meter's time")
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_why = models.CharField(max_length=20, blank=True, help_text="recovered, superseded, finding")
    lap = models.PositiveSmallIntegerField(default=1)
    memory = models.JSONField(default=dict, help_text="what the rules remember between readings; written by core.alerts alone")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint("meter", "kind", condition=Q(closed_at=None), name="episode_open_once"),
        ]
        indexes = [
            models.Index(fields=["meter", "-opened_at"]),
            models.Index(fields=["created_at"], name="episode_made"),
            models.Index(fields=["-opened_at"], condition=Q(kind="tamper"), name="episode_tamper"),
        ]

    def __str__(self) -> str:
        return f"episode {self.pk}"


class Stage(models.Model):
    """A stage that an episode reached: what was told (or why it was not), with the reading that caused it."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    episode = models.ForeignKey(Episode, on_delete=models.CASCADE, related_name="stages")
    code = models.CharField(max_length=4, help_text="L0 L1 L2 L3 Z1 Z2 Z3 ZR O1 O2 O3 OR T1 T2 TR")
    times = models.PositiveSmallIntegerField(default=1, help_text="which telling of this code in the episode")
    lap = models.PositiveSmallIntegerField(default=1)
    at = models.DateTimeField(help_text="the meter's time of the cause")
    received_at = models.DateTimeField()
    decided_at = models.DateTimeField(default=timezone.now)
    balance_paisa = models.BigIntegerField(null=True)
    load_w = models.IntegerField(null=True)
    relay = models.SmallIntegerField(default=0)
    limit = models.BigIntegerField(null=True, help_text="the limit used: paisa or W")
    facts = models.JSONField(default=dict, help_text="whatever else the words need: event code, counter, protected_until")
    suppressed = models.CharField(max_length=20, blank=True, help_text="why it was not pushed: late, gap, flap …; empty is told")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["episode", "code", "times"], name="stage_once")]

    def __str__(self) -> str:
        return f"stage {self.pk}"


class WorkOrder(models.Model):
    """Our own people work at a meter or on a feeder: what its meters signal then is no tampering. Approved by whoever enters it."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    meter = models.ForeignKey("metering.Meter", on_delete=models.CASCADE, null=True, related_name="work_orders")
    feeder = models.CharField(max_length=40, blank=True, help_text="empty where it is about one meter")
    division = models.CharField(max_length=40, help_text="whose work it is; on a feeder it holds for that division's meters")
    begins_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    note = models.CharField(max_length=300, blank=True)
    approved_by = models.ForeignKey("customers.Customer", on_delete=models.SET_NULL, null=True, related_name="+")
    approved_at = models.DateTimeField(default=timezone.now)
    cancelled_by = models.ForeignKey("customers.Customer", on_delete=models.SET_NULL, null=True, related_name="+")
    cancelled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        permissions = [("approve_workorder", "Can approve and cancel work orders")]
        constraints = [
            models.CheckConstraint(condition=Q(meter=None) ^ Q(feeder=""), name="work_at_one_place"),
            models.CheckConstraint(condition=Q(ends_at__gt=models.F("begins_at")), name="work_ends_later"),
        ]
        indexes = [models.Index(fields=["ends_at"], name="work_ends")]

    def __str__(self) -> str:
        return f"work order {self.pk}"


class Storm(models.Model):
    """So many meters of a feeder tell of the same at once that each person gets one notice for all of theirs. At most one open each."""

    feeder = models.CharField(max_length=40)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    episodes = models.IntegerField(default=0, help_text="as last counted")

    class Meta:
        constraints = [models.UniqueConstraint("feeder", "kind", condition=Q(ended_at=None), name="storm_open_once")]
        indexes = [models.Index(fields=["-began_at"], name="storm_newest")]

    def __str__(self) -> str:
        return f"storm {self.pk}"


class Dispute(models.Model):
    """A person says that what they were told is wrong. Staff answer; at most one of a person and stage is open, held by the database."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    stage = models.ForeignKey(Stage, on_delete=models.CASCADE, related_name="disputes")
    customer = models.ForeignKey("customers.Customer", on_delete=models.CASCADE, related_name="disputes")
    account = models.ForeignKey("customers.Account", on_delete=models.CASCADE, related_name="disputes")
    text = models.CharField(max_length=1000)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    answer = models.CharField(max_length=1000, blank=True)
    answered_by = models.ForeignKey("customers.Customer", on_delete=models.SET_NULL, null=True, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("customer", "stage", condition=Q(closed_at=None), name="dispute_open_once"),
        ]
        indexes = [
            models.Index(fields=["created_at"], condition=Q(closed_at=None), name="dispute_open"),
            models.Index(fields=["-created_at"], name="dispute_newest"),
        ]

    def __str__(self) -> str:
        return f"dispute {self.pk}"
