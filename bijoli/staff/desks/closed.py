"""When recharge is closed: announced with words for customers, and who would run out inside it; cancelled."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import display
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from bijoli.payments import closures
from bijoli.payments.models import Closure
from bijoli.staff.base import StaffAdmin, Verb
from bijoli.staff.desks import closedview, deeds, say, seen
from bijoli.staff.forms import ClosureForm
from bijoli.staff.gate import staff
from bijoli.staff.looks import Subject, note
from bijoli.staff.scope import Scope, scope_of
from bijoli.staff.site import site

RIGHT = "payments.announce_closure"


class ClosureDesk(StaffAdmin):
    personal = False
    handle = "public_id"
    title = _("Recharge closed")
    titles = _("Recharge closed")
    about = _("Times in which recharge is closed: announced with words for customers, and cancelled.")
    icon = "clock"
    list_display = ("starts", "ends", "standing", "meanwhile")
    fields = ("standing", "starts", "ends", "meanwhile", "bangla", "english", "announced", "cancelled", "looked")
    ordering = ("-starts_at",)

    def scoped(self, rows: QuerySet[Closure], scope: Scope) -> QuerySet[Closure]:
        """It holds for the whole utility: every division's colleagues see it."""
        return rows

    @display(description=_("From"))
    def starts(self, row: Closure) -> str:
        return say.when(row.starts_at)

    @display(description=_("Until"))
    def ends(self, row: Closure) -> str:
        return say.when(row.ends_at)

    @display(description=_("State"))
    def standing(self, row: Closure) -> str:
        now = timezone.now()
        if row.cancelled_at:
            return gettext("cancelled")
        if row.ends_at <= now:
            return gettext("over")
        return gettext("closed now") if row.starts_at <= now else gettext("announced")

    @display(description=_("Payments meanwhile"))
    def meanwhile(self, row: Closure) -> str:
        hold = gettext("are taken, and reach the meters afterwards")
        return hold if row.policy == Closure.Policy.HOLD else gettext("are refused")

    @display(description=_("Words in Bangla"))
    def bangla(self, row: Closure) -> str:
        return str(row.words.get("bn", say.UNKNOWN))

    @display(description=_("Words in English"))
    def english(self, row: Closure) -> str:
        return str(row.words.get("en", say.UNKNOWN))

    @display(description=_("Announced"))
    def announced(self, row: Closure) -> str:
        return _deed(row.announced_by_id, row.announced_at)

    @display(description=_("Cancelled"))
    def cancelled(self, row: Closure) -> str:
        return _deed(row.cancelled_by_id, row.cancelled_at) if row.cancelled_at else say.UNKNOWN

    @display(description=_("Meters last looked through"))
    def looked(self, row: Closure) -> str:
        return say.when(row.looked_at) if row.looked_at else say.UNKNOWN

    def list_verbs(self, request: HttpRequest) -> list[Verb]:
        if not self._may_close(request):
            return []
        return [Verb("announce", _("Announce"), reverse("admin:payments_closure_announce"), "staff/parts/go.html")]

    def verbs(self, request: HttpRequest, row: Closure) -> list[Verb]:
        if row.cancelled_at or row.ends_at <= timezone.now() or not self._may_close(request):
            return []
        words = gettext("Recharge opens at once, or is never closed. What was held leaves now. Customers are not told anew.")
        url = reverse("admin:payments_closure_cancel", args=[row.public_id])
        return [deeds.verb("cancel", gettext("Cancel it"), url, words, danger=True)]

    def more_urls(self) -> list[URLPattern]:
        return [
            path("announce/", self.guarded(self.announce, "announce"), name="payments_closure_announce"),
            path("<uuid:object_id>/cancel/", self.guarded(self.cancel, "cancel"), name="payments_closure_cancel"),
        ]

    def announce(self, request: HttpRequest) -> HttpResponse:
        """The form; POST `look` shows who would run out inside, POST `announce` keeps it."""
        if not self._may_close(request):
            raise PermissionDenied
        form = ClosureForm(request.POST if request.method == "POST" else None)
        preview = None
        if form.is_valid():
            given = form.cleaned_data
            try:
                if "announce" in request.POST:
                    words = {"bn": given["bangla"], "en": given["english"]}
                    times = (given["starts_at"], given["ends_at"], given["policy"])
                    row = closures.announce(*times, words, staff(request).pk, timezone.now())
                    note(request, f"{self.page}/announce", [Subject(str(row.public_id))])
                    return HttpResponseRedirect(self.url_of(row))
                closures.check(given["starts_at"], given["ends_at"], timezone.now())
                preview = closedview.preview(given["starts_at"], given["ends_at"], timezone.now())
            except closures.ClosureError as error:
                form.add_error("ends_at" if error.why in {"order", "long"} else "starts_at", deeds.refusal(error.why))
        shown = {"form": form, "preview": preview, "title": gettext("Announce that recharge is closed"), "desk": self}
        return render(request, "staff/closure.html", self.admin_site.each_context(request) | shown)

    def cancel(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """POST: it is over, or never begins."""
        if request.method != "POST" or not self._may_close(request):
            raise PermissionDenied
        row, who, now = self.get_object(request, str(object_id)), staff(request).pk, timezone.now()
        return deeds.done(self, request, row, "cancel", lambda _why: closures.cancel(row.public_id, who, now), gettext("Cancelled."))

    def _may_close(self, request: HttpRequest) -> bool:
        return self.may(request, RIGHT) and scope_of(request).head_office


def _deed(person: int | None, at: Any) -> str:
    who = seen.called({person}).get(person, f"#{person}") if person else say.UNKNOWN
    return f"{who}, {say.when(at)}"


site.register(Closure, ClosureDesk)
