"""What is found by its exact number alone: there is no list of all customers to leaf through."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from bijoli.staff.base import StaffAdmin


class ByNumber(StaffAdmin):
    """A desk without a list: its address leads to the look-up."""

    bare = True
    in_menu = False
    handle = "public_id"

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:find"))
