"""BILL: B1 a new bill, B2 nearly due, B3 overdue. Its amount is what was open of it when it was told."""

from __future__ import annotations

from django.utils.translation import gettext as _

from bijoli.core import bangla
from bijoli.delivery.words.said import Said, Words


def words(said: Said) -> Words:
    """Raises KeyError for a code unknown."""
    new = _("A corrected bill has come") if said.facts.get("corrected") else _("A new bill has come")
    title = {"B1": new, "B2": _("A bill is due soon"), "B3": _("A bill is overdue")}[said.code]
    return Words(title, _body(said), said.explained(lambda: _month(said), lambda: _last_day(said), lambda: _after(said)), "bill")


def _body(said: Said) -> str:
    paisa, due = said.number("paisa"), said.day("due_on")
    if paisa is None or due is None:
        return _("%(place)s: open the bill to see what is to be paid.") % {"place": said.place}
    known = {"place": said.place, "amount": said.taka(paisa, 0 if paisa % 100 == 0 else 2), "day": said.written(due)}
    if said.code == "B3":
        return _("%(place)s: %(amount)s is still to be paid. The last day was %(day)s.") % known
    return _("%(place)s: %(amount)s to pay, %(day)s at the latest.") % known


def _month(said: Said) -> str:
    month = said.day("month")
    if month is None:
        return _("Open the bill to see what it is for.")
    return _("It is the bill of %(month)s.") % {"month": bangla.month(month, said.language)}


def _last_day(said: Said) -> str:
    due = said.day("due_on")
    if due is None:
        return ""
    words = _("Its last day was %(day)s.") if said.code == "B3" else _("Its last day is %(day)s.")
    return words % {"day": said.written(due)}


def _after(said: Said) -> str:
    """What comes of not paying; and that money paid elsewhere takes its time to be known here."""
    fee = said.number("late_paisa")
    later = _("After that day a late fee of %(fee)s is added.") % {"fee": said.taka(fee)} if fee else ""
    paid = _("If you have paid it at a bank or a counter, you need do nothing: we learn of it from there.")
    return " ".join(part for part in (later, "" if said.code == "B1" else paid) if part)
