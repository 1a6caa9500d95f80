"""STORM: many meters of a feeder tell of the same at once; one notice names the person's own ones."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from bijoli.delivery.words.said import Said, Words

NAMED = 3


def words(said: Said) -> Words:
    title, advice, action = {"low": _low, "overload": _overload, "tamper": _tamper}[str(said.facts.get("of"))]()
    body = f"{_places(said)}: {advice}"
    return Words(title, body, said.explained(lambda: _many(said), lambda: body), action)


def _low() -> tuple[str, str, str]:
    return _("Balance is low"), _("please recharge. Many meters on your line report it now."), "recharge"


def _overload() -> tuple[str, str, str]:
    advice = _("switch off some appliances. Many meters on your line report it now.")
    return _("Load over the sanctioned limit"), advice, "usage"


def _tamper() -> tuple[str, str, str]:
    advice = _("many meters on your line report it now. Please do not open the meter; you need not do anything.")
    return _("Unusual signal from the meter"), advice, "none"


def _places(said: Said) -> str:
    """ "Home, meter •••• 1234, Shop and 2 more"."""
    named = _names(said.facts)
    listed = ", ".join(named[:NAMED])
    return (
        listed if len(named) <= NAMED else _("%(places)s and %(count)s more") % {"places": listed, "count": said.count(len(named) - NAMED)}
    )


def rest(facts: dict[str, Any]) -> list[str]:
    """All of the person's meters that the notice is about, where the words leave some of them out."""
    named = _names(facts)
    return named if len(named) > NAMED else []


def _names(facts: dict[str, Any]) -> list[str]:
    return [_("Meter •••• %(last)s") % {"last": name} if digits else str(name) for _id, name, digits in facts.get("places", [])]


def _many(said: Said) -> str:
    return _("At %(when)s many meters on your line began to report the same, so we tell you in one notice.") % {"when": said.when}
