"""The forms of the alert settings as the page shows them: what is chosen, or what was just typed and why it cannot be."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import time

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext

from bijoli.core import money
from bijoli.core.bangla import clock, digits, taka
from bijoli.customers import mailbox
from bijoli.customers.reads import AccountView
from bijoli.delivery.channels import email, sms
from bijoli.web.person import called, customer
from bijoli.web.templatetags.bijoli import language


@dataclass(frozen=True, slots=True)
class Switch:
    """An alert that this person may switch off."""

    code: str
    name: str
    hint: str
    on: bool


@dataclass(frozen=True, slots=True)
class AccountForm:
    """`limit` is the text of the field, `state` what is kept, in words. A postpaid account has no balance, so no limit."""

    account: AccountView
    name: str
    state: str
    prepaid: bool
    limit: str
    switches: list[Switch]
    wishes: list[Switch]
    error: str


@dataclass(frozen=True, slots=True)
class QuietForm:
    """`begin` and `end` are the texts of the fields; `own`: whether the person has chosen; `none`: whether there are no quiet hours now.

    `utility` are the utility's hours in words.
    """

    begin: str
    end: str
    own: bool
    none: bool
    utility: str
    error: str


def account_form(
    mine: AccountView,
    typed: str | None = None,
    off: Collection[str] | None = None,
    error: str = "",
    asked: Collection[str] | None = None,
) -> AccountForm:
    """As it is kept; or as typed, with what is wrong."""
    limit = _amount(mine.own_limit_paisa) if typed is None else typed
    return AccountForm(mine, called(mine), _state(mine), mine.mode == "prepaid", limit, switches(mine, off), wishes(mine, asked), error)


def _state(mine: AccountView) -> str:
    """What differs from the usual."""
    prepaid, said = mine.mode == "prepaid", []
    if prepaid and mine.own_limit_paisa is not None:
        said.append(
            gettext("Own limit %(limit)s") % {"limit": taka(mine.own_limit_paisa, language(), 0 if mine.own_limit_paisa % 100 == 0 else 2)}
        )
    if mine.muted & {switch.code for switch in switches(mine)}:
        said.append(gettext("something is switched off"))
    return ", ".join(said) or gettext("As usual")


def switches(mine: AccountView, off: Collection[str] | None = None) -> list[Switch]:
    """What may be switched off for this account (customers/alertchoices.py holds the rule)."""
    low = ("L0", gettext("Push under my own limit"), gettext("Works once you have set a limit above."))
    over = (
        "O1",
        gettext("Push when the load passes the sanctioned load"),
        gettext("If it rises further or the power trips, we tell you anyway."),
    )
    slab = (
        "S1",
        gettext("Notice before the next price step"),
        gettext("Among your notifications, before the month's units reach a dearer step. Switched off, it does not come at all."),
    )
    money = [low] if mine.mode == "prepaid" else _bills()
    offered = money + ([over, slab] if mine.sees_use else [])
    return [Switch(code, name, hint, code not in (mine.muted if off is None else off)) for code, name, hint in offered]


def _bills() -> list[tuple[str, str, str]]:
    soon = gettext("Push before a bill's last day"), gettext("Once, some days before. Not if it is paid.")
    return [
        ("B1", gettext("Push for a new bill"), gettext("As soon as it is here.")),
        ("B2", *soon),
        ("B3", gettext("Push for an overdue bill"), gettext("Once, after the last day. Not if it is paid.")),
    ]


def wishes(mine: AccountView, asked: Collection[str] | None = None) -> list[Switch]:
    """What is pushed only to those who ask for it."""
    slab = ("S1", gettext("Push before the next price step too"), gettext("Otherwise the notice waits here in the app, without a sound."))
    return [Switch(code, name, hint, code in (mine.asked if asked is None else asked)) for code, name, hint in [slab] if mine.sees_use]


def _amount(paisa: int | None) -> str:
    """For a field: without sign and grouping, and without decimals where there are none."""
    return "" if paisa is None else digits(f"{money.to_taka(paisa):f}".removesuffix(".00"), language())


def quiet_form(request: HttpRequest, begin: str = "", end: str = "", error: str = "") -> QuietForm:
    """As it is kept: the person's own hours, else the utility's; or as typed, with what is wrong."""
    person, utility = customer(request), settings.UTILITY
    kept = (person.quiet_from, person.quiet_until) if person else (None, None)
    own = None not in kept
    first, last = kept if own else (utility.quiet_from, utility.quiet_until)
    fields = (begin, end) if error else (f"{first:%H:%M}", f"{last:%H:%M}")
    hours = f"{_said(utility.quiet_from)} – {_said(utility.quiet_until)}"
    return QuietForm(*fields, own, first == last, hours, error)


def sms_form(request: HttpRequest) -> bool | None:
    """Whether SMS comes for more than what cannot wait; None where no alert goes by SMS at all."""
    person = customer(request)
    return not person.fewer_sms if person and sms.offered() else None


@dataclass(frozen=True, slots=True)
class EmailForm:
    """The confirmed address (empty where there is none), whether alerts go there, and one that waits for its code."""

    address: str
    on: bool
    waiting: str


def email_form(request: HttpRequest) -> EmailForm | None:
    """None where nothing goes by e-mail at all."""
    person = customer(request)
    if person is None or not email.offered():
        return None
    return EmailForm(person.email, person.by_email, mailbox.waiting(person, timezone.now()))


def notice_switches(request: HttpRequest) -> list[Switch]:
    """Which of the utility's own notices are pushed to this person."""
    person = customer(request)
    outages = gettext("Push for planned outages"), gettext("Work on the line: from when until when there is no electricity.")
    news = gettext("Push for other news of the utility"), gettext("For example changed office hours.")
    return [
        Switch("outages", *outages, not (person and person.mutes_outages)),
        Switch("news", *news, not (person and person.mutes_news)),
    ]


def _said(at: time) -> str:
    return clock(timezone.localtime().replace(hour=at.hour, minute=at.minute), language())
