""" "This is wrong": the queue, one of them with what was told, and the answer."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.contrib.admin import display
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from bijoli.alerts import disputes
from bijoli.alerts.models import Dispute
from bijoli.delivery.models import Notification
from bijoli.staff.answering import AnsweringAdmin
from bijoli.staff.base import Cell, Section
from bijoli.staff.desks import say
from bijoli.staff.desks.told import about
from bijoli.staff.looks import Subject
from bijoli.staff.scope import Scope
from bijoli.staff.site import site


class DisputeDesk(AnsweringAdmin):
    personal = True
    anonymous_list = True  # times, kinds and divisions; whose it is stands on the page of each
    title = titles = _("“This is wrong”")
    about = _("Customers say that an alert is wrong. The answer stands on their notification.")
    done = _("Answered. The customer reads it on the notification.")
    icon = "help"
    list_display = ("told", "kind", "division", "state")
    fields = ("told", "words", "kind", "division", "state", "reply")

    def scoped(self, rows: QuerySet[Dispute], scope: Scope) -> QuerySet[Dispute]:
        bounded = rows.filter(scope.account("account__"))
        return bounded.select_related("stage__episode", "customer", "account__usage_point")

    def subject(self, row: Dispute) -> Subject:
        return Subject(str(row.pk), row.customer_id, row.account_id)

    def heading(self, row: Dispute) -> str:
        return self.kind(row)

    def keep(self, public_id: UUID, text: str, staff_id: int, now: datetime) -> None:
        disputes.answer(public_id, text, staff_id, now)

    @display(description=_("What they say"))
    def words(self, row: Dispute) -> str:
        return row.text

    @display(description=_("Alert"))
    def kind(self, row: Dispute) -> str:
        kinds = {"low": gettext("Balance is low"), "zero": gettext("Balance finished"), "overload": gettext("Overload")}
        return f"{kinds.get(row.stage.episode.kind, gettext('Signal from the meter'))} · {row.stage.code}"

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


site.register(Dispute, DisputeDesk)
