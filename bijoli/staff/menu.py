"""The places of the staff's site that one member may go to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.contrib.admin import AdminSite
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext

if TYPE_CHECKING:
    from bijoli.staff.base import StaffAdmin

FINDERS = ("customers.view_customer", "customers.view_account", "metering.view_meter")


@dataclass(frozen=True, slots=True)
class Place:
    """One entry of the menu, and a card on the first page. `waiting` is how many things wait there; None where nothing does."""

    url: str
    name: str
    icon: str
    about: str
    waiting: int | None
    here: bool


def places(site: AdminSite, request: HttpRequest) -> list[Place]:
    """The look-up first, then the desks in the order of their registration."""
    found = []
    if any(request.user.has_perm(one) for one in FINDERS):
        words = gettext("A customer, account or meter by its exact number. Each look is written down.")
        found.append(_place(request, reverse("admin:find"), gettext("Find"), "person", words, None))
    desks: list[StaffAdmin] = [desk for desk in site._registry.values() if getattr(desk, "in_menu", False)]  # type: ignore[misc]
    return found + [_desk(request, desk) for desk in desks if desk.has_view_permission(request)]


def _desk(request: HttpRequest, desk: StaffAdmin) -> Place:
    url = reverse(f"admin:{desk.opts.app_label}_{desk.opts.model_name}_changelist")
    at_home = request.path == reverse("admin:index")
    return _place(request, url, str(desk.titles), desk.icon, str(desk.about), desk.waiting(request) if at_home else None)


def _place(request: HttpRequest, url: str, name: str, icon: str, about: str, waiting: int | None) -> Place:
    return Place(url, name, icon, about, waiting, request.path.startswith(url))
