"""Complaints, what became of each, step by step, and the photos that came with them."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone

from bijoli.core.complaint import Finding, State


class Count(models.Model):
    """How many complaints came on a local day: the next one's place in its number."""

    day = models.DateField(primary_key=True)
    last = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.day}"


class Complaint(models.Model):
    """One complaint of one person, about one of their accounts or about none.

    `division` is where the account was when it came (empty: none): the staff's scope and the reports go by it. `draft` is the form's own
    key, so that a form which is sent twice is one complaint.
    """

    class States(models.TextChoices):
        SUBMITTED = State.SUBMITTED.value
        ASSIGNED = State.ASSIGNED.value
        WORKING = State.WORKING.value
        RESOLVED = State.RESOLVED.value
        CLOSED = State.CLOSED.value
        REOPENED = State.REOPENED.value

    class Findings(models.TextChoices):
        FIXED = Finding.FIXED.value
        EXPLAINED = Finding.EXPLAINED.value
        PAID_BACK = Finding.PAID_BACK.value
        NOT_FOUND = Finding.NOT_FOUND.value
        DUPLICATE = Finding.DUPLICATE.value
        ELSEWHERE = Finding.ELSEWHERE.value

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    number = models.CharField(max_length=16, unique=True, help_text="C261128-00123: told at once, and over the phone")
    draft = models.UUIDField(help_text="the form's key")
    customer = models.ForeignKey("customers.Customer", on_delete=models.CASCADE, null=True, related_name="complaints")
    account = models.ForeignKey("customers.Account", on_delete=models.CASCADE, null=True, related_name="complaints")
    division = models.CharField(max_length=40, blank=True, help_text="a key of the office list; empty: the head office's")
    category = models.CharField(max_length=30, help_text="a key of the utility's complaints.toml")
    danger = models.BooleanField(default=False, help_text="danger to life: first in every queue")
    text = models.TextField()
    place = models.CharField(max_length=200, blank=True, help_text="as typed")
    facts = models.JSONField(default=list, help_text='what it is about, as known then: [{"kind": "alert", …}]')
    state = models.CharField(max_length=10, choices=States.choices, default=States.SUBMITTED)
    submitted_at = models.DateTimeField(default=timezone.now)
    promised_at = models.DateTimeField()
    assigned_to = models.ForeignKey("customers.Customer", on_delete=models.SET_NULL, null=True, related_name="+")
    level = models.PositiveSmallIntegerField(default=0, help_text="steps that it went up since it is late")
    rises_at = models.DateTimeField(null=True, help_text="when it goes up next; null: not any more")
    finding = models.CharField(max_length=10, choices=Findings.choices, blank=True)
    resolved_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    reopened = models.PositiveSmallIntegerField(default=0, help_text="how many times")
    rating = models.PositiveSmallIntegerField(null=True, help_text="1 to 5")
    private = models.BooleanField(default=True, help_text="not for the others who may complain of the account")
    cleared_at = models.DateTimeField(null=True, help_text="when words and person went (chores.clear); what is counted stays")

    class Meta:
        constraints = [
            models.UniqueConstraint("customer", "draft", name="complaint_once"),
            models.CheckConstraint(condition=Q(rating=None) | Q(rating__range=(1, 5)), name="complaint_rating"),
        ]
        indexes = [
            models.Index(fields=["customer", "-submitted_at"], name="complaint_mine"),
            models.Index(fields=["-danger", "promised_at"], condition=Q(resolved_at=None), name="complaint_queue"),
            models.Index(fields=["division", "-danger", "promised_at"], condition=Q(resolved_at=None), name="complaint_division"),
            models.Index(fields=["rises_at"], condition=Q(rises_at__isnull=False), name="complaint_rises"),
            models.Index(fields=["resolved_at"], condition=Q(state="resolved"), name="complaint_resolved"),
            models.Index(fields=["account", "-submitted_at"], condition=Q(private=False), name="complaint_shared"),
            models.Index(fields=["closed_at"], condition=Q(cleared_at=None), name="complaint_kept"),
        ]

    def __str__(self) -> str:
        return f"complaint {self.pk}"


class Entry(models.Model):
    """One step of a complaint's time line. Append only: a trigger refuses changes. `inside` ones the customer does not see.

    `by` is who did it, null for the system; the key is no constraint, as the line outlives whom it names.
    """

    class Kind(models.TextChoices):
        SUBMITTED = "submitted"
        ASSIGNED = "assigned"
        WORKING = "working"
        REPLY = "reply"
        NOTE = "note"
        SAID = "said"
        MOVED = "moved"
        LATE = "late"
        RESOLVED = "resolved"
        CLOSED = "closed"
        REOPENED = "reopened"
        RATED = "rated"

    complaint = models.ForeignKey(Complaint, on_delete=models.CASCADE, related_name="entries")
    at = models.DateTimeField(default=timezone.now)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    text = models.TextField(blank=True)
    facts = models.JSONField(default=dict, help_text="level, rating, finding, promised_at, division")
    by = models.ForeignKey(
        "customers.Customer", on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, null=True, related_name="+"
    )
    staff = models.BooleanField(default=False, help_text="whether `by` acted for the utility")
    inside = models.BooleanField(default=False, help_text="for the staff alone")

    class Meta:
        indexes = [models.Index(fields=["complaint", "id"], name="entry_line")]

    def __str__(self) -> str:
        return f"entry {self.pk}"


class Follow(models.Model):
    """Somebody else who may complain of the account wants to be told of each step."""

    complaint = models.ForeignKey(Complaint, on_delete=models.CASCADE, related_name="follows")
    customer = models.ForeignKey("customers.Customer", on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint("complaint", "customer", name="follow_once")]

    def __str__(self) -> str:
        return f"follow {self.pk}"


class Photo(models.Model):
    """A photo as we made it anew: JPEG, no larger than needed, without anything that the camera wrote into it."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    complaint = models.ForeignKey(Complaint, on_delete=models.CASCADE, related_name="photos")
    body = models.BinaryField()
    width = models.PositiveSmallIntegerField()
    height = models.PositiveSmallIntegerField()
    made_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"photo {self.pk}"
