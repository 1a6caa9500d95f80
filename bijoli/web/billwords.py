"""A bill in words: its lines, its slabs, what was paid of it and how."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext

from bijoli.core import bangla
from bijoli.core.tariff import WH_PER_KWH
from bijoli.payments import bills
from bijoli.payments.bills import BillView, PaidPart
from bijoli.web.paying import gateway_name
from bijoli.web.standing import Standing, bill_standing
from bijoli.web.sums import charge_name
from bijoli.web.templatetags.bijoli import language

BILLER = "biller-"  # before a wallet's name: it was paid inside the wallet's app


@dataclass(frozen=True, slots=True)
class Row:
    """A bill in a list: its month and how it stands."""

    bill: BillView
    month: str
    standing: Standing


def rows(found: Sequence[BillView], today: date) -> list[Row]:
    return [Row(bill, month(bill), bill_standing(bill, today)) for bill in found]


def month(bill: BillView) -> str:
    """ "নভেম্বর ২০২৬"."""
    return bangla.month(bill.month, language())


def lines(bill: BillView) -> list[tuple[str, int]]:
    """ "75 units at ৳ 5.26" and the charges by their names, with their paisa."""
    return [(line_name(line), int(line["paisa"])) for line in bill.lines]


def line_name(line: Mapping[str, Any]) -> str:
    """One line of a bill, or of the tariff, in words; a name that we do not know stays as the billing system wrote it."""
    if line.get("energy_wh") is not None and line.get("rate") is not None:
        rate = bangla.taka(line["rate"], language())
        return gettext("%(n)s units at %(rate)s") % {"n": _units(line["energy_wh"]), "rate": rate}
    named = {
        "energy": gettext("Energy"),
        "vat": gettext("VAT"),
        "rounding": gettext("Rounding"),
        "rebate": gettext("Rebate"),
    }
    return named.get(str(line["name"])) or charge_name(str(line["name"]))


def _units(wh: int) -> str:
    return bangla.kwh(wh, language(), 1 if wh % WH_PER_KWH else 0)


def how(part: PaidPart) -> str:
    """By which way this part was paid."""
    if part.way == "advance":
        return gettext("Paid ahead")
    if part.way == "elsewhere":
        return gettext("At a bank or a counter")
    if part.gateway.startswith(BILLER):
        return gettext("In the app of %(wallet)s") % {"wallet": gateway_name(part.gateway.removeprefix(BILLER))}
    return gateway_name(part.gateway)


def paid_by(order_id: int, paisa: int) -> list[tuple[str, int]]:
    """What an order of `paisa` paid: each bill, its late fee, and what was kept ahead. None of it while the order is not settled."""
    found: list[tuple[str, int]] = []
    for bill, part in bills.paid_by(order_id):
        found.append((gettext("Bill of %(month)s") % {"month": bangla.month(bill.month, language())}, part.paisa))
        found.append((gettext("Late fee"), part.late_paisa))
    ahead = paisa - sum(worth for _, worth in found)
    found += [(gettext("Kept ahead for the next bill"), ahead)] if found else []
    return [(name, worth) for name, worth in found if worth]


def paid_day(part: PaidPart) -> date:
    return timezone.localdate(part.at)
