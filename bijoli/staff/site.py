"""Django's admin as the staff's own site: our door, our look, only the addresses that are named here."""

from __future__ import annotations

from functools import update_wrapper
from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, URLResolver, path
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect

from bijoli.staff import gate
from bijoli.staff.base import StaffAdmin
from bijoli.staff.elevate import elevated
from bijoli.staff.menu import places
from bijoli.staff.pages import door, find, reason

DROPPED = {"login", "logout", "password_change", "password_change_done", "autocomplete", "view_on_site", "app_list"}


class StaffSite(AdminSite):
    """Every page goes through `admin_view`, and so through the gate."""

    site_header = site_title = index_title = _("Staff")
    enable_nav_sidebar = False

    def has_permission(self, request: Any) -> bool:
        return gate.inside(request)

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """The gate before any page; kept by no cache, whatever the page says."""

        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            answer: HttpResponse = gate.turned_away(request) or view(request, *args, **kwargs)
            return answer

        return csrf_protect(never_cache(update_wrapper(guarded, view)))

    def get_urls(self) -> list[URLPattern | URLResolver]:
        own: list[URLPattern | URLResolver] = [
            path("enrol/", door.enrol, name="enrol"),
            path("prove/", door.prove, name="prove"),
            path("leave/", door.leave, name="leave"),
            path("codes/", self.admin_view(door.new_codes), name="codes"),
            path("elevate/", self.admin_view(reason.elevate), name="elevate"),
            path("elevate/end/", self.admin_view(reason.end), name="elevate_end"),
            path("find/", self.admin_view(find.find), name="find"),
        ]
        return own + [each for each in super().get_urls() if getattr(each, "name", None) not in DROPPED]

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Only what stands on the staff's base: it bounds and writes down."""
        if not (admin_class and issubclass(admin_class, StaffAdmin)):
            raise TypeError(f"{admin_class}: staff pages stand on bijoli.staff.base.StaffAdmin")
        super().register(model_or_iterable, admin_class, **options)

    def each_context(self, request: Any) -> dict[str, Any]:
        return {"site_title": self.site_title, "places": places(self, request), "is_popup": False, "elevated": elevated(request)}

    def index(self, request: Any, extra_context: dict[str, Any] | None = None) -> Any:
        """What may be done here."""
        return render(request, "staff/index.html", self.each_context(request))


site = StaffSite()
