"""What was learnt of a home, and which advice it was given."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
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
