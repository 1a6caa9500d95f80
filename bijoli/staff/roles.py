"""What each role may do: the one table. `write` makes Django's groups of it after each migration; nobody edits groups by hand."""

from __future__ import annotations

from dataclasses import dataclass

from django.apps import apps
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

PEOPLE = ("customers.view_customer", "customers.view_account")
SIGNS_OUT = ("customers.change_customer",)
METERS = ("metering.view_meter", "metering.view_meterevent")
TOLD = ("delivery.view_notification", "alerts.view_dispute")
TAMPERS = ("alerts.view_episode", "alerts.change_episode")
WORKS = ("alerts.view_workorder", "alerts.view_storm")
APPROVES_WORK = (*WORKS, "alerts.approve_workorder")
CHARGES = ("insight.view_question", "insight.change_question", "insight.view_looked")
COMPLAINTS = ("complaints.view_complaint", "complaints.change_complaint")
MACHINES = ("ingest.view_gateway", "ingest.view_reject")
TARIFFS = ("tariffs.view_tarifforder",)
PROPOSES = (*TARIFFS, "tariffs.propose_tarifforder", "tariffs.withdraw_tarifforder")
APPROVES = (*TARIFFS, "tariffs.approve_tarifforder", "tariffs.withdraw_tarifforder")
MONEY = ("payments.view_order", "payments.view_refund")
BOOKS = ("payments.view_entry", "payments.view_reconciliation", "payments.view_closure", "payments.view_gatewaycall")
BILLS = ("payments.view_billreject",)
HANDLES_BILLS = (*BILLS, "payments.change_billreject", "payments.view_billsource")
FINANCE = (*MONEY, *BOOKS, *HANDLES_BILLS, "payments.view_notice", "payments.ask_order", "payments.run_reconciliation")
PAYS_BACK = (*FINANCE, "payments.review_order", "payments.propose_refund")
LETS_GO = (*FINANCE, "payments.review_order", "payments.approve_refund")
CLOSES = (*BOOKS[2:], "payments.announce_closure")
REPORTS = ("reports.view_sheet",)
WRITES = (*REPORTS, "reports.edit_sheet")
NOTICES = ("notices.view_notice",)
ANNOUNCES = (*NOTICES, "notices.propose_notice", "notices.approve_notice")
HEALTH = ("delivery.view_delivery",)
WATCHERS = ("staff.view_looked", "staff.view_staffscope", "customers.view_deed")


@dataclass(frozen=True, slots=True)
class Role:
    """A function in the utility: its name for people, and the permissions it holds ("app.action_model")."""

    name: str | Promise
    may: tuple[str, ...]


ROLES: dict[str, Role] = {
    "service": Role(
        _("Customer service"),
        (
            *PEOPLE,
            *SIGNS_OUT,
            *METERS[:1],
            *TOLD,
            *TAMPERS[:1],
            *CHARGES,
            *COMPLAINTS,
            *TARIFFS,
            *WORKS,
            *MONEY,
            *BILLS,
            *NOTICES,
            "payments.ask_order",
            "payments.view_closure",
            "alerts.change_dispute",
        ),
    ),
    "technical": Role(
        _("Meters and technical"),
        (*PEOPLE[1:], *METERS, *TOLD, *TAMPERS, *CHARGES, *COMPLAINTS, *APPROVES_WORK, *NOTICES, *HEALTH, "alerts.change_dispute"),
    ),
    "operations": Role(
        _("Operations and integration"),
        (
            *(*METERS, *TAMPERS, *MACHINES, *APPROVES_WORK, *CHARGES[2:], *CLOSES, *ANNOUNCES, *HEALTH),
            *("ingest.change_gateway", "ingest.change_reject", *HANDLES_BILLS, "payments.change_billsource"),
        ),
    ),
    "tariffs": Role(_("Tariffs: proposes"), PROPOSES),
    "approver": Role(_("Tariffs: approves"), APPROVES),
    "money": Role(_("Money: proposes"), PAYS_BACK),
    "treasurer": Role(_("Money: approves"), LETS_GO),
    "reporter": Role(_("Reports"), WRITES),
    "auditor": Role(_("Auditor"), (*WATCHERS, *REPORTS, *TARIFFS, *MONEY, *BOOKS, "payments.view_notice")),
    "administrator": Role(
        _("Administrator"),
        (
            *(*PEOPLE, *SIGNS_OUT, *METERS, *TOLD, *TAMPERS, *CHARGES, *COMPLAINTS, *APPROVES_WORK, *MACHINES, *ANNOUNCES, *HEALTH),
            *WATCHERS,
            *dict.fromkeys((*PROPOSES, *APPROVES)),
            *dict.fromkeys((*PAYS_BACK, *LETS_GO, *CLOSES, *WRITES)),
            *("alerts.change_dispute", "ingest.change_gateway", "ingest.change_reject", "payments.change_billsource"),
        ),
    ),
}


def write(using: str = "default") -> None:
    """Makes the groups say what the table says."""
    labels = {permission.split(".")[0] for role in ROLES.values() for permission in role.may}
    for label in sorted(labels):
        create_permissions(apps.get_app_config(label), verbosity=0, using=using)
    for key, role in ROLES.items():
        group, _made = Group.objects.using(using).get_or_create(name=key)
        wanted = Q()
        for permission in role.may:
            label, codename = permission.split(".")
            wanted |= Q(content_type__app_label=label, codename=codename)
        group.permissions.set(Permission.objects.using(using).filter(wanted))


def named(key: str) -> str:
    """The role's name in the active language; the key itself for a group that is none of ours."""
    return str(ROLES[key].name) if key in ROLES else key
