"""Who of the staff may see what, and who looked at whom."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone


class StaffScope(models.Model):
    """A member of the staff: a customer with `is_staff`, and the S&D divisions whose customers this person may see.

    The roles are Django's groups: staff/roles.py. Without a row here nobody enters, whatever the flags say.
    """

    customer = models.OneToOneField("customers.Customer", on_delete=models.CASCADE, related_name="staff_scope")
    head_office = models.BooleanField(default=False, help_text="sees every division")
    divisions = ArrayField(models.CharField(max_length=40), default=list, blank=True, help_text="keys of the utility's office list")
    invitation = models.CharField(max_length=64, blank=True, help_text="keyed hash of the code that allows to set up the second factor")
    invited_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    def __str__(self) -> str:
        return f"staff {self.customer_id}"


class Looked(models.Model):
    """One member of the staff saw one person's data, or did something. Append only: a trigger refuses changes and deletion.

    The keys are no constraints: the line outlives whom it names.
    """

    at = models.DateTimeField(default=timezone.now, editable=False)
    staff = models.ForeignKey("customers.Customer", on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="looks")
    page = models.CharField(max_length=60, help_text="what was seen or done: customers.customer/view, alerts.dispute/answer")
    thing = models.CharField(max_length=60, blank=True, help_text="the row's own key on that page")
    customer = models.ForeignKey(
        "customers.Customer", on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, null=True, related_name="looked_at"
    )
    account = models.ForeignKey(
        "customers.Account", on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, null=True, related_name="looked_at"
    )
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["-at"], name="looked_at"),
            models.Index(fields=["staff", "-at"], name="looked_staff"),
            models.Index(fields=["customer", "-at"], name="looked_customer"),
            models.Index(fields=["account", "-at"], name="looked_account"),
        ]

    def __str__(self) -> str:
        return f"look {self.pk}"
