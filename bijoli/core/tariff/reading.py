"""Reads tariff tables and writes them back. The shape, key by key, stands in docs/tariff.md."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, time
from decimal import Decimal, InvalidOperation
from typing import Any

from bijoli.core import money
from bijoli.core.tariff.model import WH_PER_KWH, Hours, Slab, Tariff, TariffBook, TariffError
from bijoli.core.tariff.timing import check_hours

OWN = {"code", "from", "name", "demand", "slabs", "lifeline", "times"}
SHARED = {
    "vat_percent", "vat_on", "rebate_percent", "rent", "rent_postpaid", "late_percent", "hours", "charges_taken", "round_bill", "source",
}  # fmt: skip
VAT_ON = {"energy", "demand", "rent", "rebate"}
CHARGES_TAKEN = {"recharge", "month"}
LARGEST = 10**9  # no rate, charge or month's energy comes near
FINEST = -6  # a power of ten


def read_tariff(table: Mapping[str, Any]) -> TariffBook:
    """The tariff book of a parsed tariff file (TOML read with `parse_float=Decimal`, as amounts are never floats).

    `[[common]]` tables hold what all classes share from a day on (VAT, rebate, rent), `[[tariff]]` tables one class each, which may
    say a shared thing in its own way. Raises TariffError, naming the table and what is wrong with it.
    """
    commons = [_shared(position, common) for position, common in enumerate(table.get("common", []), 1)]
    tariffs: list[Tariff] = []
    for position, given in enumerate(table.get("tariff", []), 1):
        tariffs.append(_named(f"tariff {position}", given, commons))
        if any((one.code, one.since) == (tariffs[-1].code, tariffs[-1].since) for one in tariffs[:-1]):
            raise TariffError(f"tariff {position} ({tariffs[-1].code}): there is another one from {tariffs[-1].since}")
    if not tariffs:
        raise TariffError("no [[tariff]] table")
    if unknown := set(table) - {"common", "tariff"}:
        raise TariffError(f"unknown table: {', '.join(sorted(unknown))}")
    return TariffBook(tuple(tariffs))


def read_one(table: Mapping[str, Any]) -> Tariff:
    """The tariff of one `[[tariff]]` table that says everything itself. Raises TariffError."""
    return _named("tariff", table, [])


def table_of(tariff: Tariff) -> dict[str, Any]:
    """The `[[tariff]]` table of a tariff, fit for JSON: amounts and percents as decimal text, days and times as ISO text.

    `read_one` makes the same tariff of it.
    """
    table: dict[str, Any] = {
        "code": tariff.code,
        "from": tariff.since.isoformat(),
        "name": dict(tariff.name),
        "demand": _taka(tariff.demand),
        "slabs": [_slab_table(slab) for slab in tariff.slabs],
        "times": {name: _taka(rate) for name, rate in tariff.times.items()},
        "hours": {name: [_hours_table(stretch) for stretch in stretches] for name, stretches in tariff.hours.items()},
        "vat_percent": _percent_text(tariff.vat_permille),
        "vat_on": sorted(tariff.vat_on),
        "rebate_percent": _percent_text(tariff.rebate_permille),
        "rent": {str(phases): _taka(rent) for phases, rent in tariff.rent.items()},
        "rent_postpaid": {str(phases): _taka(rent) for phases, rent in tariff.rent_postpaid.items()},
        "charges_taken": tariff.charges_taken,
        "round_bill": _taka(tariff.bill_step),
        "source": tariff.source,
    }
    if tariff.lifeline:
        table["lifeline"] = _slab_table(tariff.lifeline)
    if tariff.late_permille is not None:
        table["late_percent"] = _percent_text(tariff.late_permille)
    return table


def _shared(position: int, given: Any) -> dict[str, Any]:
    try:
        _keys(given, SHARED | {"from"})
        return dict(given) | {"from": _day(given["from"])}
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise TariffError(f"common {position}: {_said(error)}") from None


def _named(where: str, given: Any, commons: list[dict[str, Any]]) -> Tariff:
    """One tariff; what is wrong with it is said with its place and class."""
    try:
        _keys(given, OWN | SHARED)
        since = _day(given["from"])
        return _tariff({**_common(commons, since), **given}, since)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        code = given.get("code", "without code") if isinstance(given, Mapping) else "no table"
        raise TariffError(f"{where} ({code}): {_said(error)}") from None


def _said(error: Exception) -> str:
    return f"{error.args[0]} is missing" if isinstance(error, KeyError) else f"{type(error).__name__}: {error}"


def _keys(given: Mapping[str, Any], known: Collection[str]) -> None:
    if unknown := set(given) - set(known):
        raise ValueError(f"unknown: {', '.join(sorted(map(str, unknown)))}")


def _common(commons: list[dict[str, Any]], since: date) -> dict[str, Any]:
    valid = [common for common in commons if common["from"] <= since]
    if commons and not valid:
        raise TariffError(f"no [[common]] table from {since} or before")
    return max(valid, key=lambda common: common["from"]) if valid else {}


def _tariff(given: Mapping[str, Any], since: date) -> Tariff:
    slabs = tuple(_slab(slab) for slab in given["slabs"])
    lifeline = _slab(given["lifeline"]) if "lifeline" in given else None
    _check(slabs, lifeline)
    times = {str(time_name): _amount(rate) for time_name, rate in given.get("times", {}).items()}
    hours = {str(time_name): _stretches(stretches) for time_name, stretches in given.get("hours", {}).items()}
    check_hours(times, hours)
    return Tariff(
        code=_code(given["code"]),
        name={_text(language, "name"): _text(words, "name") for language, words in given["name"].items()},
        since=since,
        slabs=slabs,
        lifeline=lifeline,
        demand=_amount(given["demand"]),
        times=times,
        vat_permille=_permille(given["vat_percent"]),
        vat_on=frozenset(_one_of(part, VAT_ON, "vat_on") for part in given["vat_on"]),
        rebate_permille=_permille(given["rebate_percent"]),
        rent=_rents(given["rent"]),
        source=str(given.get("source", "")),
        rent_postpaid=_rents(given.get("rent_postpaid", {})),
        late_permille=_permille(given["late_percent"]) if "late_percent" in given else None,
        hours=hours,
        charges_taken=_one_of(given.get("charges_taken", "recharge"), CHARGES_TAKEN, "charges_taken"),
        bill_step=max(1, _amount(given.get("round_bill", "0.01"))),
    )


def _slab(given: Mapping[str, Any]) -> Slab:
    _keys(given, {"upto_kwh", "rate"})
    return Slab(_wh(given["upto_kwh"]) if "upto_kwh" in given else None, _amount(given["rate"]))


def _check(slabs: tuple[Slab, ...], lifeline: Slab | None) -> None:
    """Slabs rise and only the last is without end; the lifeline ends and is no dearer than the first slab."""
    ends = [slab.upto_wh for slab in slabs[:-1]]
    if not slabs or slabs[-1].upto_wh is not None or None in ends or ends != sorted(set(ends), key=lambda end: end or 0):
        raise ValueError("slabs must rise, and only the last has no upto_kwh")
    if [slab.rate for slab in slabs] != sorted(slab.rate for slab in slabs):
        raise ValueError("slabs must not become cheaper")
    if lifeline and (lifeline.upto_wh is None or lifeline.rate > slabs[0].rate):
        raise ValueError("lifeline needs an upto_kwh and a rate no higher than the first slab's")


def _stretches(given: Any) -> tuple[Hours, ...]:
    stretches = given if isinstance(given, list) else [given]
    for stretch in stretches:
        _keys(stretch, {"from", "until"})
    return tuple(Hours(_time(stretch["from"]), _time(stretch["until"])) for stretch in stretches)


def _rents(given: Mapping[Any, Any]) -> dict[int, int]:
    return {int(phases): _amount(rent) for phases, rent in given.items()}


def _amount(given: Any) -> int:
    value = money.paisa(_exact(given))
    if value < 0:
        raise ValueError(f"{given} taka is below zero")
    return value


def _wh(given: Any) -> int:
    value = _exact(given) * WH_PER_KWH
    if value <= 0 or value != value.to_integral_value():
        raise ValueError(f"upto_kwh must be above zero and no finer than a Wh, not {given}")
    return int(value)


def _permille(percent: Any) -> int:
    value = _exact(percent) * 10
    if value != value.to_integral_value():
        raise ValueError(f"{percent} % is finer than a tenth of a percent")
    if not 0 <= value <= 1000:
        raise ValueError(f"{percent} % is not between 0 and 100")
    return int(value)


def _exact(given: Any) -> Decimal:
    if isinstance(given, float):
        raise TypeError(f"{given!r} is a float: read the file with parse_float=Decimal")
    if isinstance(given, bool) or not isinstance(given, int | str | Decimal):
        raise TypeError(f"{given!r} is no number")
    try:
        value = Decimal(given)
    except InvalidOperation:
        raise ValueError(f"{given!r} is no number") from None
    if not value.is_finite() or value.copy_abs() > LARGEST or (value and value.adjusted() < FINEST):
        raise ValueError(f"{given} cannot be right")
    return value


def _day(given: Any) -> date:
    day = date.fromisoformat(given) if isinstance(given, str) else given
    if type(day) is not date:  # a datetime is a date too
        raise TypeError(f"from: {given!r} is no date")
    return day


def _time(given: Any) -> time:
    moment = time.fromisoformat(given) if isinstance(given, str) else given
    if not isinstance(moment, time) or moment.tzinfo:
        raise TypeError(f"hours: {given!r} is no time of day")
    return moment


def _text(given: Any, key: str) -> str:
    if not isinstance(given, str) or not given.strip():
        raise TypeError(f"{key}: {given!r} is no text")
    return given


def _code(given: Any) -> str:
    """A class's key: it stands in addresses and in the register."""
    code = _text(given, "code")
    if code != code.strip() or "/" in code or not code.isprintable():
        raise ValueError(f"code: {code!r} has a slash, a blank at an end, or a sign that cannot be printed")
    return code


def _one_of(given: Any, known: Collection[str], key: str) -> str:
    if given not in known:
        raise ValueError(f"{key}: {given!r} is not one of {', '.join(sorted(known))}")
    return str(given)


def _taka(paisa: int) -> str:
    return str(money.to_taka(paisa))


def _percent_text(permille: int) -> str:
    return str(Decimal(permille) / 10)


def _slab_table(slab: Slab) -> dict[str, str]:
    ends = {} if slab.upto_wh is None else {"upto_kwh": f"{Decimal(slab.upto_wh) / WH_PER_KWH:f}"}
    return ends | {"rate": _taka(slab.rate)}


def _hours_table(stretch: Hours) -> dict[str, str]:
    return {"from": stretch.begin.isoformat("minutes"), "until": stretch.end.isoformat("minutes")}
