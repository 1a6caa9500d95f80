"""The figures of a slab notice, as rows of its detail page."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.translation import gettext

from bijoli.web.templatetags.bijoli import dayname, kwh, taka


def rows(known: dict[str, Any]) -> list[tuple[str, str]]:
    """Name and value; what is not known is empty."""
    return [
        (gettext("Units this month"), _units(known.get("used_wh"))),
        (gettext("End of this step"), _units(known.get("edge_wh"))),
        (gettext("A unit costs now"), _taka(known.get("rate"))),
        (gettext("A unit costs after it"), _taka(known.get("next_rate"))),
        (gettext("Passing it costs at once"), _taka(known.get("cliff_paisa"))),
        (gettext("Likely day"), _day(known.get("crosses_on")) or (gettext("not in this month") if known.get("stays") else "")),
        (gettext("Tariff as of"), _day(known.get("tariff_since"))),
    ]


def _units(wh: object) -> str:
    return kwh(wh, 0 if wh % 1000 == 0 else 1) if isinstance(wh, int) else ""


def _taka(paisa: object) -> str:
    return taka(paisa) if isinstance(paisa, int) else ""


def _day(text: object) -> str:
    return dayname(date.fromisoformat(text)) if isinstance(text, str) else ""
