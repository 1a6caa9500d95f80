"""Which addresses of the staff's site there are, with real keys in them.

Out of the URL configuration, so that a new page comes in by itself.
"""

from __future__ import annotations

import html
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bijoli.staff.scope import Scope

OBJECTS = 12  # that are opened of each kind
CHOICES = 8  # of one filter, at most
PAGES = (100, 60, 30, 15, 8, 4, 2)  # the last page of a list is the first of these that there is
NOT_WALKED = {"enrol", "prove", "leave", "elevate_end", "jsi18n", None}  # the door, and Django's own catalogue


@dataclass(frozen=True, slots=True)
class Route:
    """One address of the configuration, and the paths that it was filled into. `file`: it answers with a file to keep, not with a page."""

    name: str
    paths: tuple[str, ...]
    file: bool = False


def routes(scope: Scope) -> Iterator[Route]:
    """Every one. Raises KeyError for a part of an address that nobody here knows a value for."""
    from bijoli.staff.urls import urlpatterns

    for name, where in _addresses(urlpatterns):
        paths = tuple(f"/staff/{where}" if not made else "/staff/" + _filled(where, made) for made in _values(name, where, scope))
        files = [one for one in paths if re.search(r"\.(csv|pdf)$|/photo/", one)]
        yield Route(name, paths, file=bool(files))


def _addresses(patterns: Any, before: str = "") -> Iterator[tuple[str, str]]:
    for each in patterns:
        where = before + str(each.pattern)
        if hasattr(each, "url_patterns"):
            yield from _addresses(each.url_patterns, where)
        elif each.name not in NOT_WALKED:
            yield each.name, where


def _filled(where: str, values: dict[str, str]) -> str:
    return re.sub(r"<(?:\w+:)?(\w+)>", lambda found: values[found.group(1)], where)


def _values(name: str, where: str, scope: Scope) -> list[dict[str, str]]:
    """What stands in the address, once for each path; one empty set where nothing does."""
    names = re.findall(r"<(?:\w+:)?(\w+)>", where)
    if not names:
        return [{}]
    from django.utils import timezone

    from bijoli.complaints.models import Photo
    from bijoli.reports.models import Dimension, Indicator
    from bijoli.reports.period import fiscal_year

    if "photo_id" in names:
        mine = Photo.objects.all() if scope.head_office else Photo.objects.filter(complaint__division__in=scope.divisions)
        return [{"object_id": str(one.complaint.public_id), "photo_id": str(one.public_id)} for one in mine.order_by("pk")[:OBJECTS]]
    if "object_id" in names:
        return [{**one, "payment": "1"} for one in _keys(name, scope)]

    known: dict[str, list[str]] = {
        "dimension": [str(one) for one in Dimension.values],
        "year": [str(fiscal_year(timezone.localdate()))],
        "key": [str(one) for one in Indicator.objects.values_list("indicator", flat=True)[:OBJECTS]],
        "code": ["LT-A"],
        "day": ["2024-02-01"],
        "page": ["benefit", "service", "performance"],
    }
    first = names[0]
    return [{first: one, **{other: "csv" if other == "form" else known[other][0] for other in names[1:]}} for one in known[first]]


def _keys(name: str, scope: Scope) -> list[dict[str, str]]:
    """Some of the rows that lie within the scope, from all over the table."""
    from bijoli.staff.site import site

    desk: Any = next(one for one in site._registry.values() if name.startswith(f"{one.opts.app_label}_{one.opts.model_name}_"))
    rows = desk.scoped(desk.model._default_manager.all(), scope)
    lowest, highest = (desk.model._default_manager.order_by(order).values_list("pk", flat=True).first() for order in ("pk", "-pk"))
    if lowest is None:
        return []
    chance = random.Random(name)
    found = [rows.filter(pk__gte=chance.randint(lowest, highest)).order_by("pk").first() for _ in range(OBJECTS)]
    return [{"object_id": str(getattr(one, desk.handle))} for one in found if one is not None]


def filters(page: str) -> list[str]:
    """The queries ("?state=late") that a list's page offers."""
    found = []
    for nav in re.findall(r'<nav class="choices filter".*?</nav>', page, re.DOTALL):
        found += [html.unescape(one) for one in re.findall(r'href="(\?[^"]*)"', nav)][:CHOICES]
    return list(dict.fromkeys(found))
