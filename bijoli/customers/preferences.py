"""What customers set for themselves: name, language, theme, and their own words for their accounts."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.utils import timezone

from bijoli.customers.access import live
from bijoli.customers.models import Access, Customer

THEMES = ("system", "light", "dark")
LONGEST_NAME = 120
LONGEST_NICKNAME = 60


def set_preferences(customer_id: int, *, name: str | None = None, language: str | None = None, theme: str | None = None) -> None:
    """Changes what is given, leaves what is None. Raises ValueError for a language or theme that is not offered."""
    if language is not None and language not in settings.UTILITY.languages:
        raise ValueError(f"language {language!r} is not offered")
    if theme is not None and theme not in THEMES:
        raise ValueError(f"theme {theme!r} is not offered")
    tidy = None if name is None else one_line(name, LONGEST_NAME)
    changes = {"name": tidy, "language": language, "theme": theme}
    given = {field: value for field, value in changes.items() if value is not None}
    if given:
        Customer.objects.filter(pk=customer_id).update(**given)


def set_nickname(customer_id: int, public_id: uuid.UUID, text: str) -> bool:
    """The customer's own word for an account ("home", "shop"); empty takes it away. False where the account is not theirs."""
    mine = Access.objects.filter(live(timezone.now()), customer_id=customer_id, account__public_id=public_id)
    return bool(mine.update(nickname=one_line(text, LONGEST_NICKNAME)))


def one_line(text: str, longest: int) -> str:
    """Without control characters and runs of spaces; cut at `longest` characters. Joiners stay: Bangla is written with them."""
    kept = "".join(letter if letter.isprintable() or letter in "\u200c\u200d" else " " for letter in text)
    return " ".join(kept.split())[:longest].rstrip()
