"""TAMPER: T1 signal, T2 again, TR finding. Neutral: the meter has reported something, nobody is accused."""

from __future__ import annotations

from django.utils.translation import gettext as _

from bijoli.delivery.words.said import Said, Words


def words(said: Said) -> Words:
    if said.code == "TR":
        return _finding(said)
    title = _("Unusual signal from the meter") if said.code == "T1" else _("Unusual signal from the meter again")
    body = _("%(place)s: do not open the meter. Please call %(hotline)s.") % {"place": said.place, "hotline": said.hotline}
    return Words(title, body, said.explained(lambda: _cause(said), _neutral, lambda: _advice(said)), "call")


def _cause(said: Said) -> str:
    counter = said.number("counter")
    if said.code == "T2" and counter is not None and counter > 1:
        known = {"when": said.when, "count": said.count(counter)}
        return _("The meter has reported an unusual event %(count)s times, last at %(when)s.") % known
    return _("At %(when)s the meter reported an unusual event.") % {"when": said.when}


def _neutral() -> str:
    return _("It is a signal and no accusation: work nearby or a fault can cause it too.")


def _advice(said: Said) -> str:
    return _("Do not open the meter. Call %(hotline)s and we will look into it with you.") % {"hotline": said.hotline}


def _finding(said: Said) -> Words:
    body = _("%(place)s: the matter of the unusual signal is settled.") % {"place": said.place}
    return Words(_("The meter has been checked"), body, said.explained(_settled), "none")


def _settled() -> str:
    return _("Our staff have looked into the meter's unusual signal, and the matter is settled. You need not do anything.")
