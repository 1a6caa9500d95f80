"""How complaints are said: states, findings and steps of the time line, in the page's language."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.translation import gettext

from bijoli.complaints.reads import ComplaintView, Step
from bijoli.core.complaint import Category
from bijoli.web.templatetags.bijoli import digits, language, within

TONES = {"submitted": "", "assigned": "", "working": "", "resolved": "good", "closed": "mute", "reopened": "low"}


@dataclass(frozen=True, slots=True)
class Choice:
    """One category of the form, and what is promised of it."""

    key: str
    name: str
    icon: str
    danger: bool
    of_account: bool
    promise: str


@dataclass(frozen=True, slots=True)
class Line:
    """One step of the time line. `text` are words that somebody typed."""

    at: datetime
    title: str
    text: str


def groups() -> list[tuple[str, list[Choice]]]:
    """The categories by group, in the order of the utility's file."""
    desk, speak = settings.UTILITY.complaints, language()
    return [
        (name[speak], [_choice(one) for one in desk.categories if one.group == group])
        for group, name in desk.groups.items()
        if any(one.group == group for one in desk.categories)
    ]


def _choice(one: Category) -> Choice:
    known = {"hours": digits(one.hours)}
    if one.by_clock:
        promise = gettext("within 1 hour") if one.hours == 1 else gettext("within %(hours)s hours") % known
    else:
        promise = gettext("within %(hours)s working hours") % known
    return Choice(one.key, one.name[language()], one.icon, one.danger, one.of_account, promise)


def category(key: str) -> tuple[str, str]:
    """Name and icon; of a category that is no more the word for all."""
    known = settings.UTILITY.complaints.category(key)
    return (known.name[language()], known.icon) if known else (gettext("Complaint"), "chat")


def state(view: ComplaintView) -> tuple[str, str]:
    """Words and tone."""
    if view.late:
        return gettext("Later than promised"), "off"
    return state_name(view.state), TONES[view.state]


def state_name(key: str) -> str:
    return {
        "submitted": gettext("Received by us"),
        "assigned": gettext("With our people"),
        "working": gettext("Being worked on"),
        "resolved": gettext("Resolved"),
        "closed": gettext("Closed"),
        "reopened": gettext("Opened again"),
    }[key]


def finding(key: str) -> str:
    return {
        "fixed": gettext("Repaired or put right"),
        "explained": gettext("Explained: nothing was wrong"),
        "paid_back": gettext("Money given back or corrected"),
        "not_found": gettext("Looked at, no fault found"),
        "duplicate": gettext("Already known from another complaint"),
        "elsewhere": gettext("Not ours to solve: told where to go"),
    }.get(key, "")


def lines(view: ComplaintView, brand: str) -> list[Line]:
    """The time line; of another's complaint what they did is not said to "you"."""
    said = [(step, _theirs(step) if view.by else "") for step in view.steps]
    return [Line(step.at, words or title(step.kind, step.facts, step.ours, brand), step.text) for step, words in said]


def _theirs(step: Step) -> str:
    return {
        "submitted": gettext("Complained"),
        "said": gettext("Added"),
        "reopened": gettext("Opened again"),
        "rated": gettext("%(stars)s of 5") % {"stars": digits(step.facts.get("rating", ""))},
    }.get(step.kind, "")


def title(kind: str, facts: dict[str, Any], ours: bool, brand: str) -> str:
    """What one step was. `brand` is the utility's short name."""
    names = {office.division: office.name[language()] for office in settings.UTILITY.offices}
    return {
        "submitted": gettext("You told us"),
        "assigned": gettext("Given to those who can solve it"),
        "working": gettext("Somebody is working on it"),
        "reply": gettext("%(name)s replied") % {"name": brand},
        "note": gettext("Note"),
        "said": gettext("You added"),
        "moved": gettext("Passed on to %(division)s") % {"division": names.get(facts.get("division", ""), facts.get("division", ""))},
        "late": gettext("Not solved in time: it went one step higher"),
        "resolved": gettext("Resolved: %(finding)s") % {"finding": finding(facts.get("finding", ""))},
        "closed": gettext("Closed"),
        "reopened": gettext("You opened it again"),
        "rated": gettext("You gave %(stars)s of 5") % {"stars": digits(facts.get("rating", ""))},
    }[kind]


def by_when(view: ComplaintView) -> str:
    """The promise in one sentence, while it is the utility's turn."""
    return gettext("Promised until %(when)s") % {"when": within(view.promised_at)}
