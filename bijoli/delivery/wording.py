"""Says a notification in a person's language: the push, the entry in the list and the detail page all take their words from here.

Lock screens are public: no name, no address, no whole meter number. The account goes by the customer's own word for it, else by the
meter's last four digits.
"""

from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from bijoli.core import bangla
from bijoli.delivery.views import Facts
from bijoli.delivery.words import bill, case, closed, low, notice, overload, pay, share, slab, storm, tamper, zero
from bijoli.delivery.words.said import Said, Words

__all__ = ["Words", "words"]


def words(told: Facts, language: str, account_name: str, *, brief: bool = False) -> Words:
    """`told` is a NotificationView or whatever has its kind, code, time, meter number and facts. KeyError for a kind or code unknown.

    `brief` leaves the explanation out.
    """
    with translation.override(language):
        said = Said(
            code=told.code,
            at=told.at.astimezone(ZoneInfo(settings.UTILITY.zone)),
            facts=told.facts,
            place=account_name or masked(told.meter_number),
            language=language,
            utility=settings.UTILITY,
            brief=brief,
        )
        return KINDS[told.kind](said)


def joined(told: Facts, count: int, language: str, account_name: str) -> Words:
    """One push for `count` meters of a person, of which `told` is one. KeyError for a kind that is never told in one."""
    with translation.override(language):
        titles = {"low": _("%(count)s meters are low on balance"), "overload": _("%(count)s meters are over the sanctioned load")}
        title = titles[told.kind] % {"count": bangla.number(count, language)}
        known = {"place": account_name or masked(told.meter_number), "others": bangla.number(count - 1, language)}
        return Words(title, _("%(place)s and %(others)s more. Open to see each of them.") % known, "", "none")


def masked(meter_number: str) -> str:
    """The meter by its last four digits, in Latin digits in every language: they are compared with the meter's plate."""
    return _("Meter •••• %(last)s") % {"last": meter_number[-4:]}


def _trial(said: Said) -> Words:
    explanation = _("You have asked for this message to see that alerts reach this phone.")
    return Words(_("Test message"), _("Alerts reach this phone."), explanation, "none")


KINDS: dict[str, Callable[[Said], Words]] = {
    "low": low.words,
    "zero": zero.words,
    "overload": overload.words,
    "tamper": tamper.words,
    "slab": slab.words,
    "pay": pay.words,
    "bill": bill.words,
    "closed": closed.words,
    "share": share.words,
    "notice": notice.words,
    "case": case.words,
    "storm": storm.words,
    "test": _trial,
}
