"""CLOSED: C1, recharge will be closed and the balance may not last; C0, it stays open after all. Advice, no alert: nothing is wrong."""

from __future__ import annotations

from django.utils.translation import gettext as _

from bijoli.delivery.words.said import Said, Words


def words(said: Said) -> Words:
    if said.code == "C0":
        body = _("%(place)s: the closing that we told you of is cancelled. You can recharge at any time.") % {"place": said.place}
        return Words(_("Recharge is open"), body, said.explained(lambda: _cancelled(said)), "none")
    return Words(_title(said), _body(said), said.explained(lambda: _closing(said), lambda: _lasts(said), lambda: _least(said)), "recharge")


def _title(said: Said) -> str:
    starts = said.time("starts_at")
    return _("Recharge before %(when)s") % {"when": said.moment(starts)} if starts else _("Recharge will be closed for a time")


def _body(said: Said) -> str:
    ends, lasts, paisa = said.time("ends_at"), said.time("lasts_until"), said.number("recharge_paisa")
    if ends is None:
        return _("%(place)s: your balance may not last so long. Please recharge before.") % {"place": said.place}
    known = {"place": said.place, "until": said.weekday_and_clock(ends)}
    if lasts is None or paisa is None:
        return _("%(place)s: recharge is then closed until %(until)s, and your balance may not last so long.") % known
    known |= {"lasts": said.weekday_and_clock(lasts), "amount": said.taka(paisa, 0)}
    return _("%(place)s: closed until %(until)s. Your balance may last only until %(lasts)s. Recharge at least %(amount)s before.") % known


def _closing(said: Said) -> str:
    starts, ends = said.time("starts_at"), said.time("ends_at")
    if starts is None or ends is None:
        return _("Recharge will be closed for a time. Please recharge before.")
    known = {"starts": said.moment(starts), "ends": said.moment(ends)}
    if said.facts.get("held"):
        return _("A recharge paid between %(starts)s and %(ends)s reaches the meter only afterwards. Please recharge before.") % known
    return _("From %(starts)s until %(ends)s nobody can recharge. Please recharge before.") % known


def _lasts(said: Said) -> str:
    lasts, balance = said.time("lasts_until"), said.number("balance_paisa")
    if balance is None:
        return ""
    known = {"when": said.when, "balance": said.taka(balance)}
    if lasts is None:
        return _("At the reading of %(when)s your meter held %(balance)s.") % known
    return _(
        "At the reading of %(when)s your meter held %(balance)s. As you have used lately, that may last only until about %(lasts)s."
    ) % {**known, "lasts": said.moment(lasts)}


def _least(said: Said) -> str:
    paisa = said.number("recharge_paisa")
    if paisa is None:
        return ""
    return _("A recharge of %(amount)s should last until it is open again, unless older dues are taken from it.") % {
        "amount": said.taka(paisa, 0)
    }


def _cancelled(said: Said) -> str:
    starts, ends = said.time("starts_at"), said.time("ends_at")
    if starts is None or ends is None:
        return _("Recharge will not be closed.")
    return _("Recharge was to be closed from %(starts)s until %(ends)s. That is cancelled.") % {
        "starts": said.moment(starts),
        "ends": said.moment(ends),
    }
