"""An explanation as a sum that a person can follow: the words of each line, and the balance's way in one row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.utils.translation import gettext

from bijoli.core import bangla
from bijoli.core.explain import BACKWARDS, ESTIMATE, POSITION, REGISTER, TURN, Explanation, Line, Recharge
from bijoli.core.money import TAKA
from bijoli.insight.explanations import EXCHANGE, Told
from bijoli.web.templatetags.bijoli import clock, language
from bijoli.web.templatetags.bijoli import taka as plain_taka


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a sum: its words, what it did to the balance (None: not known), a sentence under it. `mark`: nothing explains it."""

    words: str
    paisa: int | None
    under: str = ""
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Term:
    """One number of the row "old + recharge - energy = new", with its sign."""

    sign: str
    paisa: int


def units(wh: int) -> str:
    """kWh to the Wh, without zeros at the end: a sum must come out when it is worked out again."""
    return bangla.kw(wh, language(), 3)


def taka(paisa: int) -> str:
    """An amount inside a sentence: it stays on one line."""
    return plain_taka(paisa).replace(" ", "\u00a0")


def steps(why: Explanation) -> list[Step]:
    """What happened between the two balances, and what is left over."""
    told = [_step(line, line.paisa) for line in why.lines]
    if why.energy_wh and why.expected is None:
        told.append(Step(gettext("%(n)s units, at a price that is not known") % {"n": units(why.energy_wh)}, None))
    return told + _left(why.remainder, why.amiss, bool(why.unknown))


def month_steps(told: Told) -> list[Step]:
    """The same of a whole month: lines of one kind and rate together."""
    together: dict[tuple[str, int | None], Line] = {}
    count = 0
    for line in (line for whole in told.wholes for line in whole.why.lines):
        key = (line.name, line.rate)
        known = together.get(key)
        energy = (known.energy_wh or 0 if known else 0) + (line.energy_wh or 0)
        together[key] = Line(line.name, line.paisa + (known.paisa if known else 0), None, energy or None, line.rate)
        count += line.name == "recharge"
    found = [_step(line, line.paisa, count) for line in together.values()]
    left = [whole.why.remainder for whole in told.wholes]
    sure = all(whole.why.unexplained is not None for whole in told.wholes)
    whole = None if None in left else sum(each for each in left if each is not None)
    return found + _left(whole, sure and abs(whole or 0) > TAKA, not sure)


def _left(remainder: int | None, amiss: bool, unknown: bool) -> list[Step]:
    if remainder is None:
        return [Step(gettext("What is left over"), None, mark="open")]
    if amiss:
        return [Step(gettext("Not explained"), remainder, mark="open")]
    if unknown:
        return [Step(gettext("Left over, with an estimate in it"), remainder)] if remainder else []
    return [Step(gettext("Rounding"), remainder)] if remainder else []


def _step(line: Line, paisa: int, count: int = 0) -> Step:
    if line.name == "recharge":
        if line.recharge is None:
            return Step(gettext("Recharges (%(n)s)") % {"n": bangla.digits(str(count), language())}, paisa)
        at = clock(datetime.fromtimestamp(line.recharge.at, UTC))
        words = gettext("Recharge, %(time)s") % {"time": at}
        return Step(f"{words} · {line.recharge.channel}" if line.recharge.channel else words, paisa, split(line.recharge))
    if line.energy_wh is not None and line.rate is not None:
        told = {"n": units(line.energy_wh), "rate": taka(line.rate)}
        if line.name == "lifeline":
            words = gettext("The month's first %(n)s units, now %(rate)s more each") % told
            return Step(words, paisa, gettext("The lowest rate is only for a month that stays within its limit."))
        return Step(gettext("%(n)s units at %(rate)s") % told, paisa)
    return Step(charge_name(line.name), paisa)


def split(paid: Recharge) -> str:
    """ "Paid ৳ 1,000.00 − VAT ৳ 47.62 − Demand charge ৳ 84.00 + Rebate ৳ 4.14"; empty where what was paid is not known."""
    if paid.gross is None:
        return ""
    words, back = gettext("Paid"), gettext("Rebate")
    parts = [f"{words} {taka(paid.gross)}"]
    taken = [(gettext("VAT"), paid.vat or 0), *((charge_name(name), paisa) for name, paisa in paid.charges)]
    parts += [f"{bangla.MINUS} {name} {taka(paisa)}" for name, paisa in taken if paisa]
    if paid.rebate:
        parts.append(f"+ {back} {taka(paid.rebate)}")
    return " ".join(parts)


def wrong(paid: Recharge) -> str:
    """A sentence on a split that does not add up; empty where it does, or where a part of it is not known."""
    if not paid.off:
        return ""
    return gettext("The figures of this recharge do not add up: %(amount)s is not accounted for.") % {"amount": taka(abs(paid.off))}


def terms(why: Explanation) -> list[Term]:
    """The balance before, what came and went, the balance after."""
    groups = [_total(why, {"recharge"}), _total(why, {"energy", "lifeline"}), _total(why, None)]
    groups.append(why.remainder or 0)
    if why.expected is None:
        return [Term("", why.start.paisa), Term("→", why.end.paisa)]
    changes = [Term("+" if paisa > 0 else bangla.MINUS, abs(paisa)) for paisa in groups if paisa]
    return [Term("", why.start.paisa), *changes, Term("=", why.end.paisa)]


def _total(why: Explanation, names: set[str] | None) -> int:
    known = {"recharge", "energy", "lifeline"}
    return sum(line.paisa for line in why.lines if (line.name in names if names else line.name not in known))


def reasons(unknown: Sequence[str]) -> list[str]:
    """Why a remainder cannot be told, in sentences."""
    if not unknown:
        return []
    said = {
        REGISTER: gettext("The meter told its balance, but not its units at that time."),
        BACKWARDS: gettext("The meter's count of units went back, so they cannot be counted."),
        ESTIMATE: gettext("One of the figures is an estimate, so the last taka cannot be judged."),
        POSITION: gettext("How many units the month had before is not known, so the rate of each unit cannot be told."),
        TURN: gettext("How many units fell before and after the turn of the month is not known exactly."),
        EXCHANGE: gettext("The meter was exchanged. What was used between its last reading and the first of the new one is not known."),
    }
    return [said[one] for one in unknown if one in said]


def opening(told: Told) -> int | None:
    return told.wholes[0].why.start.paisa if told.wholes else None


def closing(told: Told) -> int | None:
    return told.wholes[-1].why.end.paisa if told.wholes else None


def unknown_of(told: Told) -> Sequence[str]:
    """Why the month as a whole cannot be judged."""
    return sorted({one for whole in told.wholes for one in whole.why.unknown})


def charge_name(key: str) -> str:
    """A charge of the wire in words; one that we do not know keeps its own name."""
    names = {
        "demand": gettext("Demand charge"),
        "meter_rent": gettext("Meter rent"),
        "rent": gettext("Meter rent"),
        "service": gettext("Service charge"),
        "arrears": gettext("Arrears"),
    }
    return names.get(key, key)
