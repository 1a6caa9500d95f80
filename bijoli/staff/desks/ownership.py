"""For the auditor: what people did about access and their own data. By our own numbers alone: the auditor audits deeds, not customers."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import SimpleListFilter, display
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from bijoli.customers import deedwords, rolewords
from bijoli.customers.models import Deed
from bijoli.staff.base import StaffAdmin
from bijoli.staff.desks import say
from bijoli.staff.scope import Scope
from bijoli.staff.site import site


class WhatFilter(SimpleListFilter):
    title = _("What")
    parameter_name = "what"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(deedwords.names().items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.value() or ""
        return queryset.filter(what=chosen) if chosen in deedwords.names() else queryset


class DeedDesk(StaffAdmin):
    personal = False
    title = titles = _("Access and consent")
    about = _("Who gave whom access, who agreed to what, who took or deleted their data. Nobody can change it.")
    icon = "people"
    list_display = ("when", "what_", "who", "which", "whom")
    list_filter = (WhatFilter,)
    ordering = ("-at",)
    fields = ("when", "what_", "who", "which", "whom", "more")

    def scoped(self, rows: QuerySet[Deed], scope: Scope) -> QuerySet[Deed]:
        return rows.filter(scope.everything())

    @display(description=_("When"))
    def when(self, row: Deed) -> str:
        return f"{say.day(row.at)}, {say.seconds(row.at)}"

    @display(description=_("What"))
    def what_(self, row: Deed) -> str:
        return deedwords.name(row.what)

    @display(description=_("Who"))
    def who(self, row: Deed) -> str:
        return gettext("customer #%(key)s") % {"key": row.customer_id}

    @display(description=_("Account"))
    def which(self, row: Deed) -> str:
        return gettext("account #%(key)s") % {"key": row.account_id} if row.account_id else say.UNKNOWN

    @display(description=_("Whom"))
    def whom(self, row: Deed) -> str:
        return gettext("customer #%(key)s") % {"key": row.other_id} if row.other_id else say.UNKNOWN

    @display(description=_("More"))
    def more(self, row: Deed) -> str:
        facts = {name: value for name, value in row.facts.items() if value != ""}
        said = [rolewords.name(str(value)) if name == "role" else f"{name}: {value}" for name, value in facts.items()]
        return ", ".join(said) or say.UNKNOWN


site.register(Deed, DeedDesk)
