"""What was learnt of a home, which advice it was given, and what its figures left open. Money is paisa, days are local."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone


class HomeProfile(models.Model):
    """How the home at a meter uses electricity, and where its running month began. Written anew each night by `learning` alone.

    `month_wh` is the register that the meter would have shown when the month began, had it stood there all the month: what a meter that
    was exchanged since had counted is taken off. The month's use is the register now less it.
    """

    meter = models.OneToOneField("metering.Meter", on_delete=models.CASCADE, primary_key=True, db_constraint=False, related_name="+")
    made_day = models.IntegerField(help_text="local day, days since 1970")
    body = ArrayField(models.IntegerField(), null=True, help_text="core.forecast's Profile, packed; null: too little is known")
    month = models.IntegerField(help_text="local month, months since 1970")
    month_wh = models.BigIntegerField(null=True, help_text="register at the month's beginning; null is not known")
    day_paisa = models.BigIntegerField(null=True, help_text="what a day costs at most, as it was lately")

    def __str__(self) -> str:
        return f"profile of meter {self.meter_id}"


class SlabNotice(models.Model):
    """A home was told that a slab ends soon: once a month and edge, held by the database; it stays with the home when its meter goes."""

    usage_point = models.ForeignKey("metering.UsagePoint", on_delete=models.CASCADE, related_name="+")
    month = models.IntegerField(help_text="local month, months since 1970")
    edge_wh = models.BigIntegerField()
    meter = models.ForeignKey("metering.Meter", on_delete=models.CASCADE, db_constraint=False, related_name="+", db_index=False)
    told_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["usage_point", "month", "edge_wh"], name="slab_notice_once")]

    def __str__(self) -> str:
        return f"slab notice {self.pk}"


class ClosureNotice(models.Model):
    """A home was told that its balance may not last while recharge is closed: once a closure, held by the database.

    `lasts_until` and `recharge_paisa` are what was said, null where that was not known.
    """

    closure = models.ForeignKey("payments.Closure", on_delete=models.CASCADE, related_name="+", db_index=False)
    usage_point = models.ForeignKey("metering.UsagePoint", on_delete=models.CASCADE, related_name="+")
    meter = models.ForeignKey("metering.Meter", on_delete=models.CASCADE, db_constraint=False, related_name="+", db_index=False)
    told_at = models.DateTimeField(default=timezone.now)
    lasts_until = models.DateTimeField(null=True)
    recharge_paisa = models.BigIntegerField(null=True)
    over_at = models.DateTimeField(null=True, help_text="when it was taken off the bell, or told that recharge stays open")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["closure", "usage_point"], name="closure_notice_once")]
        indexes = [models.Index(fields=["closure"], condition=Q(over_at=None), name="closure_notice_open")]

    def __str__(self) -> str:
        return f"closure notice {self.pk}"


# Why a charge: questions of customers, and what the nightly look found unexplained


class Question(models.Model):
    """A customer asks about a remainder that the arithmetic leaves; the arithmetic goes with it. One of a span is open, by the database."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    account = models.ForeignKey("customers.Account", on_delete=models.CASCADE, related_name="questions")
    customer = models.ForeignKey("customers.Customer", on_delete=models.CASCADE, related_name="questions")
    first = models.DateField(help_text="the days asked about, both inclusive")
    last = models.DateField()
    part = models.IntegerField(help_text="the meter's id; negative: its arrival in the place of another")
    paisa = models.BigIntegerField(help_text="the remainder: negative where more left the balance than is known")
    arithmetic = models.JSONField(help_text="the explanation as the customer saw it (snapshot.taken)")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    answer = models.CharField(max_length=1000, blank=True)
    answered_by = models.ForeignKey("customers.Customer", on_delete=models.SET_NULL, null=True, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("account", "first", "last", "part", condition=Q(closed_at=None), name="question_open_once"),
        ]
        indexes = [
            models.Index(fields=["account", "last"], name="question_account"),
            models.Index(fields=["-created_at"], name="question_newest"),
            models.Index(fields=["created_at"], condition=Q(closed_at=None), name="question_open"),
        ]

    def __str__(self) -> str:
        return f"question {self.pk}"


class Unexplained(models.Model):
    """A day of one meter whose balance moved by more than a taka that nothing explains. Gone again when a late day explains it."""

    pk = models.CompositePrimaryKey("meter", "day")
    meter = models.ForeignKey("metering.Meter", on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="+")
    day = models.IntegerField(help_text="local day, days since 1970")
    division = models.CharField(max_length=40)
    tariff = models.CharField(max_length=12)
    paisa = models.BigIntegerField(help_text="negative where more left the balance than is known")

    class Meta:
        indexes = [models.Index(fields=["day"], name="unexplained_day")]

    def __str__(self) -> str:
        return f"unexplained day {self.day} of meter {self.meter_id}"


class Looked(models.Model):
    """How many days of meters the nightly look could decide on: what `Unexplained` is a part of. One row a block of meters."""

    day = models.IntegerField(help_text="local day, days since 1970")
    block = models.IntegerField(help_text="meter id / audit.BLOCK; audit.FOLDED: all of a month that is over, on its first day")
    division = models.CharField(max_length=40)
    tariff = models.CharField(max_length=12)
    meters = models.IntegerField(help_text="meters whose day was decided on")
    unknown = models.IntegerField(help_text="meters whose day could not be decided on")

    class Meta:
        constraints = [models.UniqueConstraint("day", "block", "division", "tariff", name="looked_once")]

    def __str__(self) -> str:
        return f"day {self.day}, block {self.block}"
