"""The door for machines: which gateways may send, and what could not be taken, with its reason."""

from __future__ import annotations

from django.db import models
from django.utils import timezone


class Gateway(models.Model):
    """A head-end or concentrator that may send. Only the hash of its token is kept."""

    name = models.CharField(max_length=60, unique=True)
    token_hash = models.BinaryField(unique=True, help_text="SHA-256")
    meter_prefix = models.CharField(max_length=12, blank=True, help_text="bound to meters whose number begins so; empty is all")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_seen_at = models.DateTimeField(null=True, blank=True, help_text="a batch was stored; at most a minute old")
    rows_taken = models.BigIntegerField(default=0, db_default=0, help_text="new rows so far, at most a minute behind")

    def __str__(self) -> str:
        return self.name


class Reject(models.Model):
    """A row that was not taken: kept as it came, with the reason, for staff."""

    gateway = models.ForeignKey(Gateway, on_delete=models.SET_NULL, null=True, related_name="rejects")
    door = models.CharField(max_length=8, default="readings", help_text="readings or events")
    received_at = models.DateTimeField(default=timezone.now)
    row = models.PositiveIntegerField()
    field = models.CharField(max_length=20, blank=True)
    reason = models.CharField(max_length=120)
    quarantined = models.BooleanField(default=False, help_text="well formed, but its meter time lies ahead of ours")
    body = models.TextField(help_text="the row, at most 4,000 characters")

    class Meta:
        indexes = [models.Index(fields=["-received_at"])]

    def __str__(self) -> str:
        return f"reject {self.pk}"


class FileInWork(models.Model):
    """How far a file of the files door has been taken in: kept in the same transaction as its rows, gone when the file is done."""

    path = models.TextField(unique=True, help_text="in the folder that is listened to")
    size = models.BigIntegerField()
    modified_ns = models.BigIntegerField(help_text="with the size: that it is still the same file")
    target = models.TextField(help_text="its name when it is done")
    lines = models.BigIntegerField(default=0, help_text="of the file, taken in")
    rejects_bytes = models.BigIntegerField(default=0, help_text="of the list of its rejected rows, written so far")

    def __str__(self) -> str:
        return f"file {self.pk}"


class StreamPlace(models.Model):
    """Up to which message a stream was taken in: moved in the same transaction as the rows, and only by who knows where it stood."""

    stream = models.CharField(max_length=255)
    part = models.CharField(max_length=255, help_text="the block of subjects; > is all")
    made = models.CharField(max_length=64, help_text="when the stream was made: another of the same name begins anew")
    sequence = models.BigIntegerField(default=0, help_text="the stream's number of the last message that was taken in")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["stream", "part"], name="one_place_a_part")]

    def __str__(self) -> str:
        return f"place in {self.stream}"
