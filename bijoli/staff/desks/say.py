"""How the desks say values: in the page's language, unknown as a dash."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext

from bijoli.core import bangla
from bijoli.core.phone import local, masked
from bijoli.staff.base import Cell
from bijoli.web.templatetags.bijoli import UNKNOWN, dayname, kw, language, seconds, taka, when

__all__ = [
    "UNKNOWN",
    "count",
    "day",
    "kw",
    "language",
    "link",
    "office",
    "phone",
    "phone_masked",
    "role",
    "seconds",
    "taka",
    "texts",
    "when",
    "whole",
]


def count(number: int) -> str:
    """In lakhs and crores, in the digits of the page's language."""
    return bangla.number(number, get_language() or "en")


def day(at: datetime) -> str:
    return dayname(timezone.localdate(at))


def phone(number: str) -> str:
    """As people write it, in Latin digits."""
    return local(number, settings.UTILITY.country_code)


def phone_masked(number: str) -> str:
    return local(masked(number), settings.UTILITY.country_code)


def office(division: str) -> str:
    """The division's name in the page's language; its key where the office list has none."""
    names = {one.division: one.name for one in settings.UTILITY.offices}
    return names.get(division, {}).get(get_language() or "en", "") or division


def role(key: str) -> str:
    """What a person may do with an account."""
    names = {"owner": gettext("owner"), "payer": gettext("payer"), "tenant": gettext("tenant"), "viewer": gettext("viewer")}
    names["family"] = gettext("family")
    return names.get(key, key)


def link(text: Any, name: str, key: Any) -> Cell:
    """A cell that leads to a row's page: `name` is "customers_account"."""
    return Cell(str(text), reverse(f"admin:{name}_change", args=[key]))


def whole(name: str, key: Any) -> str:
    """The address of a row's page with everything on it."""
    return reverse(f"admin:{name}_whole", args=[key])


def texts(values: Iterable[Any]) -> list[Cell]:
    return [Cell(str(value)) for value in values]
