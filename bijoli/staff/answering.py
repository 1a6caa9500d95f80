"""What waits for an answer of the staff: open or answered, and the form whose words the customer reads."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.admin import SimpleListFilter, display
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from bijoli.staff.base import StaffAdmin, Verb
from bijoli.staff.desks import say
from bijoli.staff.forms import AnswerForm
from bijoli.staff.gate import staff

MOST_WAITING = 1000


class StateFilter(SimpleListFilter):
    title = _("State")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("open", _("waits for an answer")), ("closed", _("answered"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        waits = {"open": True, "closed": False}.get(self.value() or "")
        return queryset if waits is None else queryset.filter(closed_at__isnull=waits)


class AnsweringAdmin(StaffAdmin):
    """A desk whose rows have `public_id`, `created_at`, `closed_at` and `answer`. Its `keep` stores an answer, or raises ValueError."""

    bare = True  # a base, no page of its own
    handle = "public_id"
    list_filter = (StateFilter,)
    ordering = ("-created_at",)
    done: str | Any = ""  # what is said when it is kept

    def keep(self, public_id: UUID, text: str, staff_id: int, now: datetime) -> None:
        raise NotImplementedError

    @property
    def permission(self) -> str:
        return f"{self.opts.app_label}.change_{self.opts.model_name}"

    def waiting(self, request: HttpRequest) -> int | None:
        return self.get_queryset(request).filter(closed_at=None)[:MOST_WAITING].count()

    @display(description=_("When"))
    def told(self, row: Any) -> str:
        return say.when(row.created_at)

    @display(description=_("Division"))
    def division(self, row: Any) -> str:
        return say.office(row.account.usage_point.division) if hasattr(row.account, "usage_point") else say.UNKNOWN

    @display(description=_("State"))
    def state(self, row: Any) -> str:
        return gettext("answered") if row.closed_at else gettext("waits for an answer")

    @display(description=_("Answer"))
    def reply(self, row: Any) -> str:
        return row.answer or say.UNKNOWN

    def verbs(self, request: HttpRequest, row: Any) -> list[Verb]:
        if row.closed_at or not self.may(request, self.permission):
            return []
        form = getattr(request, "_answer_form", None) or AnswerForm()
        url = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_answer", args=[row.public_id])
        return [Verb("answer", _("Answer and close"), url, "staff/parts/answer.html", context={"form": form})]

    def more_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_answer"
        return [path("<uuid:object_id>/answer/", self.guarded(self.answer, "answer"), name=name)]

    def answer(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """POST: keeps the answer, which the customer reads at once."""
        if request.method != "POST" or not self.may(request, self.permission):
            raise PermissionDenied
        form = AnswerForm(request.POST)
        if not form.is_valid():
            setattr(request, "_answer_form", form)  # noqa: B010 - Django's request has no such field to declare
            setattr(request, "_staff_page", "view")  # noqa: B010
            request.method = "GET"
            return self.change_view(request, str(object_id))
        row = self.get_object(request, str(object_id))
        try:
            self.keep(row.public_id, form.cleaned_data["answer"], staff(request).pk, timezone.now())
            messages.success(request, self.done)
        except ValueError:
            messages.error(request, gettext("A colleague has answered already."))
        return HttpResponseRedirect(self.url_of(row))
