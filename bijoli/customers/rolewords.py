"""What each role is called, and what it may see and do, in a sentence. The table itself is customers/rights.py."""

from __future__ import annotations

from django.utils.translation import gettext

from bijoli.customers.rights import GIVEN


def name(role: str) -> str:
    return {
        "owner": gettext("Owner"),
        "family": gettext("Family"),
        "tenant": gettext("Tenant"),
        "payer": gettext("Pays only"),
        "viewer": gettext("Looks only"),
    }.get(role, role)


def allows(role: str) -> str:
    return {
        "owner": gettext("Sees everything, pays, complains, and decides who else has access."),
        "family": gettext("Sees everything, pays and complains."),
        "tenant": gettext("Sees balance and use since moving in, pays and complains. Not what others recharged."),
        "payer": gettext("Sees the balance, how long it lasts and the bills, and pays. Not the use of electricity."),
        "viewer": gettext("Sees balance and use from a day on. Cannot pay."),
    }.get(role, "")


def given() -> list[tuple[str, str, str]]:
    """What an owner may give: key, name, sentence."""
    return [(role, name(role), allows(role)) for role in GIVEN]
