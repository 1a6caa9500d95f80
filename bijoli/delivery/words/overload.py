"""OVERLOAD: O1 over the sanctioned load, O2 far over or a trip, O3 trips again and again, OR normal again."""

from __future__ import annotations

from django.utils.translation import gettext as _

from bijoli.delivery.words.said import Said, Words

TRIPPED = 3  # Relay.OPEN_OVERLOAD: the meter has cut the supply because of the load


def words(said: Said) -> Words:
    return {"O1": _over, "O2": _trip if _has_tripped(said) else _far_over, "O3": _again, "OR": _normal}[said.code](said)


def _has_tripped(said: Said) -> bool:
    return said.number("relay") == TRIPPED or bool(said.facts.get("trip"))


def _over(said: Said) -> Words:
    explanation = said.explained(lambda: _cause(said), lambda: _("Switch off some appliances, else the meter may switch itself off."))
    return Words(_("Load over the sanctioned limit"), _load(said, _("Switch off some appliances.")), explanation, "usage")


def _far_over(said: Said) -> Words:
    advice = _("The meter may switch itself off.")
    return Words(_("Load far over the sanctioned limit"), _load(said, advice), said.explained(lambda: _cause(said), _keep_off), "usage")


def _trip(said: Said) -> Words:
    body = _("%(place)s: switch off some appliances before the power returns.") % {"place": said.place}
    explanation = said.explained(lambda: _cause(said), lambda: _("The meter has cut the supply because the load was too high."), _keep_off)
    return Words(_("Overload has cut the power"), body, explanation, "usage")


def _again(said: Said) -> Words:
    count = said.count(said.number("counter") or 3)
    known = {"place": said.place, "count": count}
    body = _("%(place)s: overload has cut the power %(count)s times within an hour. Leave large appliances off.") % known
    explanation = said.explained(
        lambda: _("Within an hour the meter has cut the supply %(count)s times because the load was too high.") % known,
        _keep_off,
        lambda: _("If you need more, ask for a higher sanctioned load: call %(hotline)s.") % {"hotline": said.hotline},
    )
    return Words(_("Overload again and again"), body, explanation, "usage")


def _normal(said: Said) -> Words:
    body = _("%(place)s: the load is within the limit.") % {"place": said.place}
    return Words(_("The load is normal again"), body, said.explained(lambda: _cause(said)), "usage")


def _limit(said: Said) -> int | None:
    return said.number("sanctioned_w") or said.number("limit")


def _load(said: Said, advice: str) -> str:
    """ "Shop: 5.6 kW, limit 5. Switch off some appliances." with what is known."""
    load, limit = said.number("load_w"), _limit(said)
    if load is None or limit is None:
        return _("%(place)s: more than the sanctioned load.") % {"place": said.place} + " " + advice
    known = {"place": said.place, "load": said.kw(load), "limit": said.kw(limit)}
    return _("%(place)s: %(load)s kW, limit %(limit)s.") % known + " " + advice


def _cause(said: Said) -> str:
    load, limit = said.number("load_w"), _limit(said)
    if load is None or limit is None:
        return _("The meter reported at %(when)s.") % {"when": said.when}
    known = {"when": said.when, "load": said.kw(load), "limit": said.kw(limit)}
    return _("At the reading of %(when)s the load was %(load)s kW; the sanctioned load is %(limit)s kW.") % known


def _keep_off() -> str:
    return _("Leave large appliances off until the load is back under the limit.")
