"""LOW BALANCE: L0 own limit, L1, L2, L3."""

from __future__ import annotations

from django.utils.translation import gettext as _

from bijoli.delivery.words.said import Said, Words

FORECAST_HOURS = {"L2": 24, "L3": 6}


def words(said: Said) -> Words:
    return Words(_title(said), _body(said), said.explained(lambda: _cause(said), _advice), "recharge")


def _limit(said: Said) -> int:
    """The limit that was crossed, in paisa: as decided, else the utility's."""
    thresholds = said.utility.thresholds
    return said.number("limit") or (thresholds.very_low_paisa if said.code == "L2" else thresholds.low_paisa)


def _is_forecast(said: Said) -> bool:
    """L2 and L3 can come of a forecast alone, with the balance still over the limit; L3 always does."""
    balance = said.number("balance_paisa")
    return said.code == "L3" or (said.code == "L2" and balance is not None and balance >= said.utility.thresholds.very_low_paisa)


def _title(said: Said) -> str:
    if said.code == "L0":
        return _("Balance under your own limit")
    if _is_forecast(said):
        return _("Balance may run out within %(hours)s hours") % {"hours": said.count(FORECAST_HOURS[said.code])}
    return _("Balance under %(limit)s taka") % {"limit": said.count(_limit(said) // 100)}


def _body(said: Said) -> str:
    balance = said.number("balance_paisa")
    if balance is None:
        return _("%(place)s: please recharge.") % {"place": said.place}
    return _("%(place)s: %(balance)s left. Please recharge.") % {"place": said.place, "balance": said.taka(balance)}


def _cause(said: Said) -> str:
    balance = said.number("balance_paisa")
    if balance is None:
        return ""
    known = {"when": said.when, "balance": said.taka(balance)}
    if _is_forecast(said):
        return _(
            "At the reading of %(when)s your meter held %(balance)s. As you have used lately, that may last less than %(hours)s hours."
        ) % {**known, "hours": said.count(FORECAST_HOURS[said.code])}
    limit = said.taka(_limit(said), 0)
    if said.code == "L0":
        return _("At the reading of %(when)s your meter held %(balance)s, under the limit of %(limit)s that you have set yourself.") % {
            **known,
            "limit": limit,
        }
    return _("At the reading of %(when)s your meter held %(balance)s, under the limit of %(limit)s.") % {**known, "limit": limit}


def _advice() -> str:
    return _("To keep the power on, recharge before the balance is finished.")
