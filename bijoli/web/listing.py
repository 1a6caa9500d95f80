"""A notification as an entry of a list: its words, icon and tone, and whether it still counts."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext

from bijoli.delivery.views import NotificationView
from bijoli.delivery.wording import Words, words
from bijoli.web.templatetags.bijoli import language

HAPPY = ("ZR", "OR", "TR", "C0", "N0", "P1", "P2", "P4", "P5", "KR")  # a condition has ended, a complaint is resolved
LOOKS = {
    "low": ("warn", "low"),
    "zero": ("boltoff", "off"),
    "overload": ("gauge", "off"),
    "tamper": ("shield", "off"),
    "slab": ("usage", ""),
    "pay": ("wallet", ""),
    "bill": ("bill", ""),
    "closed": ("wallet", "low"),
    "share": ("people", ""),
    "notice": ("office", ""),
    "case": ("chat", ""),
    "storm": ("bell", "low"),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """`remark` says why it looks different: late or replaced."""

    view: NotificationView
    words: Words
    icon: str
    tone: str
    remark: str


def entry(view: NotificationView) -> Entry:
    return Entry(view, words(view, language(), view.account_name), *_look(view), _remark(view))


def _look(view: NotificationView) -> tuple[str, str]:
    """Icon and tone."""
    if view.code in HAPPY:
        return "check", "good"
    if view.code == "B3":
        return "bill", "low"
    return LOOKS.get(view.kind, ("bell", ""))


def _remark(view: NotificationView) -> str:
    if view.facts.get("grouped"):
        return gettext("Told in one notice for your line")
    if view.superseded_at is not None:
        return gettext("No longer so")
    return gettext("Told late by the meter") if view.facts.get("late") else ""
