"""SLAB: S1, the month's use comes near to the end of a slab. Advice, no alert: nothing is wrong."""

from __future__ import annotations

from django.utils.translation import gettext as _

from bijoli.core import bangla
from bijoli.delivery.words.said import Said, Words


def words(said: Said) -> Words:
    lifeline = said.number("cliff_paisa") is not None
    title = _("The lifeline rate ends soon") if lifeline else _("The next price step is near")
    rule = _lifeline if lifeline else _step
    explanation = said.explained(lambda: _cause(said), lambda: rule(said), lambda: _date(said), lambda: _as_of(said))
    return Words(title, _body(said, lifeline), explanation, "usage")


def _body(said: Said, lifeline: bool) -> str:
    used, edge, rate = said.number("used_wh"), said.number("edge_wh"), said.number("next_rate")
    if used is None or edge is None or rate is None:
        return _("%(place)s: the month's units are near to the end of their price step.") % {"place": said.place}
    known = {"place": said.place, "used": _units(said, used), "edge": _units(said, edge), "rate": said.taka(rate)}
    if lifeline:
        return _("%(place)s: %(used)s of %(edge)s units are used. Above that all of the month's units cost more.") % known
    return _("%(place)s: %(used)s units this month. Above %(edge)s each costs %(rate)s.") % known


def _cause(said: Said) -> str:
    used = said.number("used_wh")
    if used is None:
        return _("The meter reported at %(when)s.") % {"when": said.when}
    return _("By the reading of %(when)s you have used %(used)s units this month.") % {"when": said.when, "used": _units(said, used)}


def _step(said: Said) -> str:
    edge, rate, following = said.number("edge_wh"), said.number("rate"), said.number("next_rate")
    if edge is None or rate is None or following is None:
        return ""
    known = {"edge": _units(said, edge), "rate": said.taka(rate), "next": said.taka(following)}
    return _("Until %(edge)s units one costs %(rate)s, each one above that %(next)s.") % known


def _lifeline(said: Said) -> str:
    edge, rate, cliff = said.number("edge_wh"), said.number("rate"), said.number("cliff_paisa")
    if edge is None or rate is None or cliff is None:
        return ""
    known = {"edge": _units(said, edge), "rate": said.taka(rate), "cliff": said.taka(cliff)}
    return (
        _("While the month stays within %(edge)s units, each costs only %(rate)s. Beyond them the rate is lost for the whole month.")
        % known
        + " "
        + _("That costs %(cliff)s at once.") % known
    )


def _date(said: Said) -> str:
    if said.facts.get("stays"):
        return _("As you have used lately, the month ends before that.")
    on = said.day("crosses_on")
    if on is None:
        return ""
    return _("As you have used lately, that will be about %(day)s.") % {"day": said.written(on)}


def _as_of(said: Said) -> str:
    since = said.day("tariff_since")
    return "" if since is None else _("Tariff as of %(day)s, without VAT.") % {"day": said.written(since)}


def _units(said: Said, wh: int) -> str:
    return bangla.kwh(wh, said.language, 0 if wh % 1000 == 0 else 1)
