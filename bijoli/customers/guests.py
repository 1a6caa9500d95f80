"""What invitations leave behind goes: the invitations, and people who were invited and never came."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from bijoli.customers.models import Access, Customer, Invitation

KEPT = timedelta(days=30)  # after an invitation's last day
SLICE = 500


def sweep(now: datetime, go_on: Callable[[], bool]) -> bool:
    """Returns whether nothing of it is left."""
    while go_on():
        old = list(Invitation.objects.filter(expires_at__lt=now - KEPT).order_by("expires_at").values_list("pk", "phone")[:SLICE])
        Invitation.objects.filter(pk__in=[pk for pk, _phone in old]).delete()
        waited_for = Invitation.objects.values("phone")
        never_came = Customer.objects.filter(phone__in=[phone for _pk, phone in old if phone], phone_verified_at=None, is_staff=False)
        strangers = never_came.exclude(pk__in=Access.objects.values("customer_id")).exclude(phone__in=waited_for)
        strangers.filter(created_at__lt=now - KEPT, name="").delete()
        if len(old) < SLICE:
            return True
    return False
