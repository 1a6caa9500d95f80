"""How a recharge is split, in the words of a quote, a receipt and a paper alike. Paisa; what is taken off is negative."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext

from bijoli.core import bangla
from bijoli.web.templatetags.bijoli import language

PARTS = ("gross", "vat", "demand", "rent", "arrears", "rebate", "credited")
Lines = list[tuple[str, int]]


def lines(split: Mapping[str, Any], months: int) -> Lines:
    """Each charge that is in it; what is left for energy stands under it and is not among them. Empty for an empty split."""
    if not split:
        return []
    rows = [(gettext("VAT"), -split["vat"]), (_of(gettext("Demand charge"), months), -split["demand"])]
    rows += [(_of(gettext("Meter rent"), months), -split["rent"]), (gettext("Arrears"), -split["arrears"])]
    taken = [(name, paisa) for name, paisa in [*rows, (gettext("Rebate"), split["rebate"])] if paisa]
    return [(gettext("Recharge"), split["gross"]), *taken]


def same(split: Mapping[str, Any], quote: Mapping[str, Any]) -> bool:
    """Whether a receipt says what the quote said, to the paisa."""
    return bool(split) and all(split.get(part) == quote.get(part) for part in PARTS)


def _of(name: str, months: int) -> str:
    if months < 2:
        return name
    return gettext("%(charge)s, %(n)s months") % {"charge": name, "n": bangla.number(months, language())}
