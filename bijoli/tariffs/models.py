"""Orders of the staff that change a tariff from a day on: one person proposes, another approves. Kept for ever."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import models
from django.db.models import F, Q


def _person(**options: Any) -> models.ForeignKey[Any, Any]:
    """Who did it. No constraint: the order outlives whom it names."""
    return models.ForeignKey(
        "customers.Customer", on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+", **options
    )


class TariffOrder(models.Model):
    """A class's tariff from `since` on, in the shape of the utility's file (docs/tariff.md; amounts as decimal text).

    The database holds that two different persons stand behind an approved order, that one class and day has one, and (by a trigger)
    that nothing is deleted and nothing but the state moves: draft, approved, withdrawn, never back.
    """

    class State(models.TextChoices):
        DRAFT = "draft"
        APPROVED = "approved"
        WITHDRAWN = "withdrawn"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    code = models.CharField(max_length=12, help_text="tariff class")
    since = models.DateField(help_text="the local day on which it begins")
    table = models.JSONField(help_text="the tariff as a [[tariff]] table")
    note = models.CharField(max_length=500, blank=True, help_text="why, for colleagues")
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    proposed_by = _person()
    proposed_at = models.DateTimeField()
    approved_by = _person(null=True)
    approved_at = models.DateTimeField(null=True)
    withdrawn_by = _person(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(approved_by=F("proposed_by")) | Q(approved_by=None), name="order_two_people"),
            models.CheckConstraint(
                condition=(
                    Q(state="draft", approved_at=None, withdrawn_at=None)
                    | Q(state="approved", approved_at__isnull=False, withdrawn_at=None)
                    | Q(state="withdrawn", withdrawn_at__isnull=False, withdrawn_by__isnull=False)
                ),
                name="order_state",
            ),
            models.CheckConstraint(
                condition=Q(approved_by=None, approved_at=None) | Q(approved_by__isnull=False, approved_at__isnull=False),
                name="order_approved_by_somebody",
            ),
            models.UniqueConstraint("code", "since", condition=Q(state="approved"), name="order_one_a_day"),
        ]

    def __str__(self) -> str:
        return f"order {self.code} from {self.since}"
