"""What people type into the reports (the service sheet, what things cost before, the year's indicators), and reports as they were counted.

What is typed is append only: an edit is a new row with who and when, the newest one holds, and a trigger refuses changes.
"""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone


class Kept(models.Model):
    """Who wrote it and when. The key is no constraint: the row outlives whom it names."""

    by = models.ForeignKey("customers.Customer", on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+")
    at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        abstract = True


class Sheet(Kept):
    """The service sheet: what the service is called, and since when it is there."""

    name_bn = models.CharField(max_length=200)
    name_en = models.CharField(max_length=200)
    about_bn = models.TextField(blank=True)
    about_en = models.TextField(blank=True)
    pilot_from = models.DateField(null=True)
    pilot_until = models.DateField(null=True)
    launched_on = models.DateField(null=True)

    class Meta:
        permissions = [("edit_sheet", "Can write what stands in the reports")]

    def __str__(self) -> str:
        return f"sheet {self.pk}"


class Dimension(models.TextChoices):
    """What a service costs people and the utility. Units: minutes, taka, visits, percent, then counts."""

    TIME = "time"
    COST = "cost"
    VISITS = "visits"
    QUALITY = "quality"
    STEPS = "steps"
    PEOPLE = "people"
    PAPERS = "papers"


class Saving(Kept):
    """One row of the TCVQ table. `before` has a source, or is not known. `after` is typed, or measured here (`measure`)."""

    dimension = models.CharField(max_length=8, choices=Dimension.choices)
    before = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    source = models.CharField(max_length=300, blank=True, help_text="where `before` comes from")
    after = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    measure = models.CharField(max_length=20, blank=True, help_text="a key of measures.MEASURES; then `after` is not typed")
    how = models.CharField(max_length=300, blank=True, help_text="how the typed `after` was measured")
    sample = models.CharField(max_length=120, blank=True, help_text="on how many it was measured")
    since = models.DateField(null=True)
    until = models.DateField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(before=None) | ~models.Q(source=""), name="saving_source"),
            models.CheckConstraint(condition=models.Q(after=None) | models.Q(measure=""), name="saving_one_after"),
        ]
        indexes = [models.Index(fields=["dimension", "-id"], name="saving_newest")]

    def __str__(self) -> str:
        return f"saving {self.pk}"


class Indicator(Kept):
    """One indicator of the annual performance report of a fiscal year (`year` 2026 is July 2026 to June 2027)."""

    indicator = models.UUIDField(default=uuid.uuid4, help_text="the same in all versions of one indicator")
    year = models.PositiveSmallIntegerField()
    position = models.PositiveSmallIntegerField(default=0)
    name_bn = models.CharField(max_length=200)
    name_en = models.CharField(max_length=200)
    unit_bn = models.CharField(max_length=40, blank=True)
    unit_en = models.CharField(max_length=40, blank=True)
    target = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    lower = models.BooleanField(default=False, help_text="whether the target is reached from above")
    value = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    measure = models.CharField(max_length=20, blank=True, help_text="a key of measures.MEASURES; then `value` is not typed")
    source = models.CharField(max_length=300, blank=True, help_text="where a typed value comes from")
    dropped = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(value=None) | ~models.Q(source=""), name="indicator_source"),
            models.CheckConstraint(condition=models.Q(value=None) | models.Q(measure=""), name="indicator_one_value"),
        ]
        indexes = [models.Index(fields=["year", "indicator", "-id"], name="indicator_newest")]

    def __str__(self) -> str:
        return f"indicator {self.pk}"


class Counted(models.Model):
    """A report of some days and divisions as it was last counted: for pages that cannot wait. `everywhere`: no division is named."""

    first = models.DateField()
    last = models.DateField()
    everywhere = models.BooleanField()
    divisions = ArrayField(models.CharField(max_length=40), default=list)
    body = models.TextField(blank=True, help_text="gather.Report as JSON")
    counted_at = models.DateTimeField(null=True)
    wanted_at = models.DateTimeField(null=True, help_text="since when somebody waits for it, or for it anew")
    asked_at = models.DateTimeField(help_text="when somebody last looked")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["first", "last", "everywhere", "divisions"], name="counted_once")]

    def __str__(self) -> str:
        return f"counted {self.pk}"
