""" "This is wrong": the queue, one of them with what was told, and the answer."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.admin import SimpleListFilter, display
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from bijoli.alerts import disputes
from bijoli.alerts.models import Dispute
from bijoli.delivery.models import Notification
from bijoli.staff.base import Cell, Section, StaffAdmin, Verb
from bijoli.staff.desks import say
from bijoli.staff.desks.told import about
from bijoli.staff.forms import AnswerForm
from bijoli.staff.gate import staff
from bijoli.staff.looks import Subject
from bijoli.staff.scope import Scope
from bijoli.staff.site import site

MOST_WAITING = 1000


class StateFilter(SimpleListFilter):
    title = _("State")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("open", _("waits for an answer")), ("closed", _("answered"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        waits = {"open": True, "closed": False}.get(self.value() or "")
        return queryset if waits is None else queryset.filter(closed_at__isnull=waits)


class DisputeDesk(StaffAdmin):
    personal = True
    anonymous_list = True  # times, kinds and divisions; whose it is stands on the page of each
    handle = "public_id"
    title = titles = _("“This is wrong”")
    about = _("Customers say that an alert is wrong. The answer stands on their notification.")
    icon = "help"
    list_display = ("told", "kind", "division", "state")
    list_filter = (StateFilter,)
    ordering = ("-created_at",)
    fields = ("told", "words", "kind", "division", "state", "reply")

    def scoped(self, rows: QuerySet[Dispute], scope: Scope) -> QuerySet[Dispute]:
        bounded = rows.filter(scope.account("account__"))
        return bounded.select_related("stage__episode", "customer", "account__usage_point")

    def subject(self, row: Dispute) -> Subject:
        return Subject(str(row.pk), row.customer_id, row.account_id)

    def heading(self, row: Dispute) -> str:
        return self.kind(row)

    def waiting(self, request: HttpRequest) -> int | None:
        return self.get_queryset(request).filter(closed_at=None)[:MOST_WAITING].count()

    @display(description=_("When"))
    def told(self, row: Dispute) -> str:
        return say.when(row.created_at)

    @display(description=_("What they say"))
    def words(self, row: Dispute) -> str:
        return row.text

    @display(description=_("Alert"))
    def kind(self, row: Dispute) -> str:
        kinds = {"low": gettext("Balance is low"), "zero": gettext("Balance finished"), "overload": gettext("Overload")}
        return f"{kinds.get(row.stage.episode.kind, gettext('Signal from the meter'))} · {row.stage.code}"

    @display(description=_("Division"))
    def division(self, row: Dispute) -> str:
        return say.office(row.account.usage_point.division) if hasattr(row.account, "usage_point") else say.UNKNOWN

    @display(description=_("State"))
    def state(self, row: Dispute) -> str:
        return gettext("answered") if row.closed_at else gettext("waits for an answer")

    @display(description=_("Answer"))
    def reply(self, row: Dispute) -> str:
        return row.answer or say.UNKNOWN

    def sections(self, request: HttpRequest, row: Dispute, scope: Scope) -> list[Section]:
        cells = about(self, request, row.customer, row.account)
        if told := Notification.objects.filter(customer=row.customer_id, stage=row.stage_id).first():
            cells.append([Cell(gettext("Notification")), say.link(row.stage.code, "delivery_notification", told.public_id)])
        return [self._reading(row), Section(gettext("Whom it is about"), [], cells)]

    def _reading(self, row: Dispute) -> Section:
        """What the alert stood on."""
        stage = row.stage
        limit = (say.taka if stage.episode.kind in ("low", "zero") else say.kw)(stage.limit)
        facts = [
            (gettext("Time of the meter"), say.when(stage.at)),
            (gettext("Received from the gateway"), say.when(stage.received_at)),
            (gettext("Balance"), say.taka(stage.balance_paisa)),
            (gettext("Load, kW"), say.kw(stage.load_w)),
            (gettext("Limit"), limit),
            (gettext("Code of the event"), str(stage.facts.get("event_code") or say.UNKNOWN)),
        ]
        return Section(gettext("What the alert is based on"), [], [say.texts(pair) for pair in facts])

    # The answer

    def verbs(self, request: HttpRequest, row: Dispute) -> list[Verb]:
        if row.closed_at or not self.may(request, "alerts.change_dispute"):
            return []
        form = getattr(request, "_answer_form", None) or AnswerForm()
        url = reverse("admin:alerts_dispute_answer", args=[row.public_id])
        return [Verb("answer", _("Answer and close"), url, "staff/parts/answer.html", context={"form": form})]

    def more_urls(self) -> list[URLPattern]:
        return [path("<uuid:object_id>/answer/", self.guarded(self.answer, "answer"), name="alerts_dispute_answer")]

    def answer(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """POST: keeps the answer, which the customer reads at once."""
        if request.method != "POST" or not self.may(request, "alerts.change_dispute"):
            raise PermissionDenied
        form = AnswerForm(request.POST)
        if not form.is_valid():
            setattr(request, "_answer_form", form)  # noqa: B010 - Django's request has no such field to declare
            setattr(request, "_staff_page", "view")  # noqa: B010
            request.method = "GET"
            return self.change_view(request, str(object_id))
        row = self.get_object(request, str(object_id))
        try:
            disputes.answer(row.public_id, form.cleaned_data["answer"], staff(request).pk, timezone.now())
            messages.success(request, gettext("Answered. The customer reads it on the notification."))
        except disputes.DisputeError:
            messages.error(request, gettext("A colleague has answered already."))
        return HttpResponseRedirect(self.url_of(row))


site.register(Dispute, DisputeDesk)
