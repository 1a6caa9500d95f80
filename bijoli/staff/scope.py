"""Whose data a member of the staff may see: the one rule, as conditions that each query carries in itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q
from django.http import HttpRequest
from django.utils import timezone

from bijoli.customers.access import live
from bijoli.customers.models import Access
from bijoli.metering.models import Installation
from bijoli.staff.models import StaffScope

NOTHING = Q(pk__in=[])


@dataclass(frozen=True, slots=True)
class Scope:
    """Head office sees all; others what lies in their divisions, and where they have none, nothing."""

    head_office: bool
    divisions: tuple[str, ...] = ()

    def point(self, path: str = "") -> Q:
        """For a query on usage points, or (`path` "account__usage_point__") on what leads to one."""
        return Q() if self.head_office else Q(**{f"{path}division__in": self.divisions})

    def account(self, path: str = "") -> Q:
        """For a query on accounts, or on what has one."""
        return self.point(f"{path}usage_point__")

    def customer(self, now: datetime | None = None) -> Q:
        """For a query on customers: those who may see an account of the divisions now."""
        if self.head_office:
            return Q()
        mine = Access.objects.filter(live(now or timezone.now()), self.account("account__"), customer=OuterRef("pk"))
        return Q(Exists(mine))

    def meter(self, path: str = "pk") -> Q:
        """For a query on meters, or on what names one by `path` ("meter_id"): those that stand in the divisions now."""
        if self.head_office:
            return Q()
        standing = Installation.objects.filter(self.point("usage_point__"), removed_at=None, meter=OuterRef(path))
        return Q(Exists(standing))

    def everything(self) -> Q:
        """For what belongs to no division: the head office's alone."""
        return Q() if self.head_office else NOTHING


def scope_of(request: HttpRequest) -> Scope:
    """The scope of who asks. Asked once a request; nothing for somebody without one."""
    kept: Scope | None = getattr(request, "_staff_scope", None)
    if kept is None:
        row = StaffScope.objects.filter(customer_id=request.user.pk or 0, customer__is_staff=True).first()
        kept = Scope(row.head_office, tuple(row.divisions)) if row else Scope(False)
        setattr(request, "_staff_scope", kept)  # noqa: B010 - Django's request has no such field to declare
    return kept
