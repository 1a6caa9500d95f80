"""For the auditor: who looked at whom, and who belongs to the staff."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import SimpleListFilter, display
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from bijoli.customers.models import Customer
from bijoli.staff import factor
from bijoli.staff.base import Section, StaffAdmin
from bijoli.staff.desks import say, seen
from bijoli.staff.models import Looked, StaffScope
from bijoli.staff.roles import named
from bijoli.staff.scope import Scope
from bijoli.staff.site import site

LATEST = 50


class WhoFilter(SimpleListFilter):
    title = _("Who")
    parameter_name = "who"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        names = seen.called(set(StaffScope.objects.values_list("customer_id", flat=True)[:100]))
        return sorted(((str(key), name) for key, name in names.items()), key=lambda pair: pair[1])

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.value() or ""
        return queryset.filter(staff_id=int(chosen)) if chosen.isascii() and chosen.isdigit() else queryset


class LookedDesk(StaffAdmin):
    """Names the colleague, and the person by our own number alone: the auditor audits colleagues, not customers."""

    personal = False
    title = titles = _("Who looked")
    about = _("Each look at a customer, and each entry of a colleague. Nobody can change it.")
    icon = "shield"
    list_display = ("when", "who", "what", "whom")
    list_filter = (WhoFilter,)
    ordering = ("-at",)
    fields = ("when", "who", "what", "whom", "why")

    def scoped(self, rows: QuerySet[Looked], scope: Scope) -> QuerySet[Looked]:
        """A colleague's name by a sub-select: the line stays also where the colleague's row is gone."""
        colleague = Customer.objects.filter(pk=OuterRef("staff_id"))
        names = {"staff_name": Subquery(colleague.values("name")), "staff_phone": Subquery(colleague.values("phone"))}
        return rows.filter(scope.everything()).annotate(**names)

    @display(description=_("When"))
    def when(self, row: Looked) -> str:
        return f"{say.day(row.at)}, {say.seconds(row.at)}"

    @display(description=_("Who"))
    def who(self, row: Looked) -> str:
        name, phone = getattr(row, "staff_name", ""), getattr(row, "staff_phone", "")
        return name or (say.phone_masked(phone) if phone else f"#{row.staff_id}")

    @display(description=_("What"))
    def what(self, row: Looked) -> str:
        return seen.what(row.page)

    @display(description=_("Whom"))
    def whom(self, row: Looked) -> str:
        said = [gettext("customer #%(key)s") % {"key": row.customer_id}] if row.customer_id else []
        said += [gettext("account #%(key)s") % {"key": row.account_id}] if row.account_id else []
        return ", ".join(said) or (f"#{row.thing}" if row.thing else say.UNKNOWN)

    @display(description=_("Reason"))
    def why(self, row: Looked) -> str:
        return row.reason or say.UNKNOWN


class StaffDesk(StaffAdmin):
    personal = False
    title = _("Colleague")
    titles = _("Staff")
    about = _("Who may enter here, as what, and for which divisions.")
    icon = "key"
    list_display = ("who", "roles", "where", "ready")
    fields = ("who", "number", "roles", "where", "ready")
    ordering = ("pk",)

    def scoped(self, rows: QuerySet[StaffScope], scope: Scope) -> QuerySet[StaffScope]:
        return rows.filter(scope.everything(), customer__is_staff=True).select_related("customer").prefetch_related("customer__groups")

    def heading(self, row: StaffScope) -> str:
        return self.who(row)

    @display(description=_("Who"))
    def who(self, row: StaffScope) -> str:
        return row.customer.name or say.phone_masked(row.customer.phone)

    @display(description=_("Mobile number"))
    def number(self, row: StaffScope) -> str:
        return say.phone(row.customer.phone)

    @display(description=_("Roles"))
    def roles(self, row: StaffScope) -> str:
        return ", ".join(named(group.name) for group in row.customer.groups.all()) or say.UNKNOWN

    @display(description=_("Divisions"))
    def where(self, row: StaffScope) -> str:
        return gettext("head office: all") if row.head_office else ", ".join(say.office(one) for one in row.divisions) or say.UNKNOWN

    @display(description=_("Second factor"))
    def ready(self, row: StaffScope) -> str:
        return gettext("set up") if factor.authenticator(row.customer_id) else gettext("not yet")

    def sections(self, request: HttpRequest, row: StaffScope, scope: Scope) -> list[Section]:
        if not self.may(request, "staff.view_looked"):
            return []
        looks = Looked.objects.filter(staff_id=row.customer_id).order_by("-at")[:LATEST]
        found = [say.texts([say.when(look.at), seen.what(look.page), look.reason]) for look in looks]
        heads = [gettext("When"), gettext("What"), gettext("Reason")]
        return [Section(gettext("What they looked at"), heads, found, gettext("Nothing."))]


site.register(Looked, LookedDesk)
site.register(StaffScope, StaffDesk)
