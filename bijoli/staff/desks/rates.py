"""A tariff in words: its rates, its charges and what months cost by it, beside the tariff before it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal

from django.utils.html import format_html
from django.utils.translation import get_language, gettext, ngettext

from bijoli.core import bangla
from bijoli.core.tariff import WH_PER_KWH, Line, Tariff, charge
from bijoli.staff.base import Cell, Section
from bijoli.staff.desks import say

Row = tuple[str, str]
EXAMPLES_KWH = (50, 150, 300, 450, 650)
EXAMPLE_W = 2000


def sections(tariff: Tariff, before: Tariff | None) -> list[Section]:
    """Rates, charges and examples, each beside what held before where there was something."""
    return [
        _beside(gettext("Rates, per unit (kWh)"), rates, tariff, before),
        _beside(gettext("Charges"), charges, tariff, before),
        _beside(gettext("What a month costs, at 2 kW, postpaid"), examples, tariff, before),
    ]


def rates(tariff: Tariff) -> list[Row]:
    """Lifeline, slabs, times of use."""
    rows: list[Row] = []
    if tariff.lifeline:
        upto = {"units": units(tariff.lifeline.upto_wh or 0)}
        rows.append((gettext("Lifeline: only if the whole month is at most %(units)s units") % upto, say.taka(tariff.lifeline.rate)))
    low = 0
    for slab in tariff.slabs:
        rows.append((span(low, slab.upto_wh), say.taka(slab.rate)))
        low = slab.upto_wh or low
    return rows + [(f"{time_name(name)} {hours(tariff, name)}".strip(), say.taka(rate)) for name, rate in tariff.times.items()]


def charges(tariff: Tariff) -> list[Row]:
    """All that is not energy."""
    on = ", ".join(vat_name(part) for part in ("energy", "demand", "rent", "rebate") if part in tariff.vat_on)
    taken = {"recharge": gettext("with a month's first recharge"), "month": gettext("when the month begins")}
    late = say.UNKNOWN if tariff.late_permille is None else percent(tariff.late_permille)
    rows = [
        (gettext("Demand charge, per kW and month"), say.taka(tariff.demand)),
        (gettext("VAT"), gettext("%(percent)s on: %(lines)s") % {"percent": percent(tariff.vat_permille), "lines": on or say.UNKNOWN}),
        (gettext("Rebate, prepaid, on the energy"), percent(tariff.rebate_permille)),
        (gettext("Meter rent a month, prepaid"), _rent(tariff.rent)),
        (gettext("Meter rent a month, postpaid"), _rent(tariff.rent_postpaid)),
        (gettext("Late payment surcharge, postpaid"), late),
        (gettext("Demand charge and rent leave a prepaid balance"), taken[tariff.charges_taken]),
    ]
    if tariff.bill_step > 1:
        rows.append((gettext("A bill is rounded to"), say.taka(tariff.bill_step)))
    return rows


def examples(tariff: Tariff) -> list[Row]:
    """Whole bills of some months, VAT and demand charge with them."""
    return [
        (gettext("%(units)s units") % {"units": say.count(kwh)}, say.taka(sum(line.paisa for line in _bill(kwh, tariff))))
        for kwh in EXAMPLES_KWH
    ]


def range_of(tariff: Tariff) -> str:
    """The lowest and the highest rate: "৳ 4.63 – ৳ 14.61"."""
    found = sorted({slab.rate for slab in tariff.slabs} | ({tariff.lifeline.rate} if tariff.lifeline else set()))
    return say.taka(found[0]) if len(found) == 1 else f"{say.taka(found[0])} – {say.taka(found[-1])}"


def name_of(tariff: Tariff) -> str:
    """The class's name in the page's language."""
    return tariff.name.get(get_language() or "en") or next(iter(tariff.name.values()), "")


def on(day: date) -> str:
    """A day with its year, never "today": it is read for years."""
    language = get_language() or "en"
    return bangla.digits(f"{day.day} {bangla.MONTHS[language][day.month - 1]} {day.year}", language)


def units(wh: int) -> str:
    return bangla.kwh(wh, get_language() or "en", 3 if wh % WH_PER_KWH else 0)


def span(low: int, upto: int | None) -> str:
    """A slab as people say it: "76–200 units"."""
    if upto is None:
        return gettext("above %(units)s units") % {"units": units(low)} if low else gettext("each unit")
    first = low + WH_PER_KWH if low and not low % WH_PER_KWH else low
    return gettext("%(low)s–%(high)s units") % {"low": units(first), "high": units(upto)}


def time_name(name: str) -> str:
    known = {"peak": gettext("Peak"), "off_peak": gettext("Off-peak"), "super_off_peak": gettext("Super off-peak")}
    return known.get(name, name)


def hours(tariff: Tariff, name: str) -> str:
    said = ", ".join(f"{one.begin:%H:%M}–{one.end:%H:%M}" for one in tariff.hours.get(name, ()))
    return bangla.digits(f"({said})", get_language() or "en") if said else ""


def vat_name(part: str) -> str:
    return {
        "energy": gettext("energy"),
        "demand": gettext("demand charge"),
        "rent": gettext("meter rent"),
        "rebate": gettext("rebate"),
    }[part]


def percent(permille: int) -> str:
    value = Decimal(permille) / 10
    return f"{bangla.number(value, get_language() or 'en', 0 if permille % 10 == 0 else 1)} %"


def _bill(kwh: int, tariff: Tariff) -> tuple[Line, ...]:
    return charge(kwh * WH_PER_KWH, tariff, sanctioned_w=EXAMPLE_W)


def _rent(rents: Mapping[int, int]) -> str:
    if not rents:
        return gettext("none")
    return ", ".join(
        ngettext("%(count)s phase: %(taka)s", "%(count)s phases: %(taka)s", phases) % {"count": say.count(phases), "taka": say.taka(rent)}
        for phases, rent in sorted(rents.items())
    )


def _beside(title: str, rows_of: Callable[[Tariff], list[Row]], tariff: Tariff, before: Tariff | None) -> Section:
    """The rows of a tariff, what is new marked beside the old; rows that only the old one has stand at the end."""
    new = rows_of(tariff)
    if before is None:
        return Section(
            title, [gettext("What"), gettext("from %(day)s") % {"day": on(tariff.since)}], [say.texts(row) for row in new], slim=True
        )
    old, known = dict(rows_of(before)), {label for label, _ in new}
    rows = [[Cell(label), _marked(value, old.get(label)), Cell(old.get(label, say.UNKNOWN))] for label, value in new]
    rows += [[Cell(label), Cell(say.UNKNOWN), Cell(value)] for label, value in old.items() if label not in known]
    heads = [
        gettext("What"),
        gettext("from %(day)s") % {"day": on(tariff.since)},
        gettext("before, from %(day)s") % {"day": on(before.since)},
    ]
    return Section(title, heads, rows, slim=True)


def _marked(value: str, old: str | None) -> Cell:
    return Cell(value if value == old else format_html("<strong>{}</strong>", value))
