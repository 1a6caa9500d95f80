"""What was said to and by gateways: calls for the breaker, raw notices, shared access tokens."""

from __future__ import annotations

from django.db import models
from django.utils import timezone


class Notice(models.Model):
    """A server-to-server notice, raw. It is only a hint: the gateway is asked. Kept, genuine or not, for the days of BIJOLI_NOTICE_DAYS."""

    gateway = models.CharField(max_length=20)
    received_at = models.DateTimeField(default=timezone.now, db_index=True)
    body = models.TextField()
    genuine = models.BooleanField(null=True, help_text="null: it bears no signature that could tell")
    reason = models.CharField(max_length=80, blank=True, help_text="why it was not believed")
    order = models.ForeignKey("payments.Order", on_delete=models.SET_NULL, null=True, related_name="notices")

    def __str__(self) -> str:
        return f"notice {self.pk}"


class GatewayCall(models.Model):
    """One call to a gateway or the head-end, and whether it was answered. The breaker counts them; old ones are dropped."""

    gateway = models.CharField(max_length=20)
    what = models.CharField(max_length=20, help_text="begin, ask, execute, refund, credit …")
    at = models.DateTimeField(default=timezone.now)
    ok = models.BooleanField()
    ms = models.IntegerField()

    class Meta:
        indexes = [models.Index(fields=["gateway", "-at"])]

    def __str__(self) -> str:
        return f"call {self.pk}"


class GatewayToken(models.Model):
    """A gateway's access token, shared by all processes under a row lock: asking for one twice an hour is all that a gateway allows."""

    gateway = models.CharField(max_length=20, primary_key=True)
    token = models.TextField(blank=True)
    refresh_token = models.TextField(blank=True)
    expires_at = models.DateTimeField(null=True)
    granted = models.JSONField(default=list, help_text="times (seconds since 1970) of the last grants and refreshes")
    leased_until = models.DateTimeField(null=True, help_text="somebody asks the gateway for a new one until then")

    def __str__(self) -> str:
        return f"token of {self.gateway}"
