"""BALANCE FINISHED: Z1 finished, Z2 power off, Z3 still off, ZR restored."""

from __future__ import annotations

from django.utils.translation import gettext as _

from bijoli.delivery.words.said import Said, Words


def words(said: Said) -> Words:
    return {"Z1": _finished, "Z2": _off, "Z3": _still_off, "ZR": _restored}[said.code](said)


def _finished(said: Said) -> Words:
    until = said.time("protected_until")
    if until is None:
        body = _("%(place)s: the supply may stop. Please recharge.") % {"place": said.place}
        promise = _("The supply can stop at any time: please recharge now.")
    else:
        known = {"place": said.place, "until": said.weekday_and_clock(until)}
        body = _("%(place)s: the power stays on until %(until)s. Please recharge before then.") % known
        promise = _("In the protected hours the supply is not cut: it stays on until %(until)s. Please recharge before then.") % known
    return Words(_("Balance finished"), body, said.explained(lambda: _balance(said), lambda: promise), "recharge")


def _off(said: Said) -> Words:
    explanation = said.explained(lambda: _balance(said), _switched_off, lambda: _way_out(said))
    return Words(_("Balance finished, power is off"), _body_off(said), explanation, "recharge")


def _still_off(said: Said) -> Words:
    since = said.time("out_since")
    if since is None:
        body, cause = _body_off(said), _("The power is still off because the balance is finished.")
    else:
        known = {"place": said.place, "since": said.moment(since)}
        body = _("%(place)s: off since %(since)s, because the balance is finished. Recharge to get power back.") % known
        cause = _("The power has been off since %(since)s because the balance is finished.") % known
    return Words(_("The power is still off"), body, said.explained(lambda: cause, lambda: _way_out(said)), "recharge")


def _restored(said: Said) -> Words:
    balance = said.number("balance_paisa")
    low = balance is not None and balance < said.utility.thresholds.low_paisa
    title = _("The power is on again") if said.time("out_since") else _("Balance added to the meter")
    if balance is None:
        body = _("%(place)s: there is balance again.") % {"place": said.place}
    else:
        known = {"place": said.place, "balance": said.taka(balance)}
        body = (_("%(place)s: %(balance)s now, which is still low.") if low else _("%(place)s: %(balance)s now.")) % known
    advice = _("This is still low: another recharge keeps the power on.") if low else ""
    return Words(title, body, said.explained(lambda: _balance(said), lambda: advice), "recharge" if low else "usage")


def _balance(said: Said) -> str:
    balance = said.number("balance_paisa")
    if balance is None:
        return _("The meter reported at %(when)s.") % {"when": said.when}
    return _("At the reading of %(when)s the balance was %(balance)s.") % {"when": said.when, "balance": said.taka(balance)}


def _switched_off() -> str:
    return _("The meter has switched the supply off because the balance is finished.")


def _body_off(said: Said) -> str:
    return _("%(place)s: recharge to get power back.") % {"place": said.place}


def _way_out(said: Said) -> str:
    return _("Recharge to get power back. If it does not return then, call %(hotline)s.") % {"hotline": said.hotline}
