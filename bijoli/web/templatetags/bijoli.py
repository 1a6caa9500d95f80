"""What the templates need to speak: icons, and numbers and times as people say them, in the page's language."""

from __future__ import annotations

from datetime import date, datetime
from html import escape

from django import template
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext

from bijoli.core import bangla
from bijoli.customers import rolewords
from bijoli.web import icons, palette

register = template.Library()
UNKNOWN = "\u2014"  # never 0: a template also gives "" for what is not there
MASK = "\u2022\u2022\u2022\u2022 "


def language() -> str:
    """The page's language: "bn" or "en"."""
    return get_language() or "bn"


@register.simple_tag
def icon(name: str, css: str = "") -> SafeString:
    return icons.icon(name, css)


@register.simple_tag
def accent_style() -> SafeString:
    """The utility's colours, for a page that has no context."""
    return mark_safe(palette.style())  # noqa: S308 - made of the utility's colours


@register.filter
def digits(given: object) -> str:
    """Counts and hotlines in the digits of the page's language. Not for meter numbers, codes and tokens."""
    return bangla.digits(str(given), language())


@register.filter
def taka(paisa: int | None, decimals: int = 2) -> str:
    return bangla.taka(paisa, language(), decimals) if isinstance(paisa, int) else UNKNOWN


@register.filter
def amount(paisa: int | None) -> str:
    """Taka without the sign, for the large balance."""
    return taka(paisa).removeprefix("৳ ") if isinstance(paisa, int) else UNKNOWN


@register.filter
def absolute(paisa: int | None) -> int | None:
    """Without the sign, where words tell the direction."""
    return abs(paisa) if isinstance(paisa, int) else None


@register.filter
def kwh(wh: int | None, decimals: int = 1) -> str:
    return bangla.kwh(wh, language(), decimals) if isinstance(wh, int) else UNKNOWN


@register.filter
def kw(w: int | None) -> str:
    return bangla.kw(w, language()) if isinstance(w, int) else UNKNOWN


@register.filter
def when(at: datetime | None) -> str:
    """ "আজ, সকাল ১০:১৫"."""
    return bangla.when(timezone.localtime(at), timezone.localtime(), language()) if isinstance(at, datetime) else UNKNOWN


@register.filter
def within(at: datetime | None) -> str:
    """The same inside a sentence: "today, 10:15 am"."""
    said = when(at)
    return said[:1].lower() + said[1:]


@register.simple_tag
def reading(at: datetime | None, old: bool = False) -> SafeString:
    """How old a value is, a clock beside it where it is `old`; nothing where no time is known."""
    if not isinstance(at, datetime):
        return SafeString()
    words = gettext("Reading %(when)s · %(ago)s") % {"when": within(at), "ago": ago(at)}
    css, sign = (' class="old"', icons.icon("clock", "s")) if old else ("", "")
    return mark_safe(f"<small{css}>{sign}{escape(words)}</small>")  # noqa: S308 - escaped


@register.filter
def clock(at: datetime) -> str:
    return bangla.clock(timezone.localtime(at), language())


@register.filter
def seconds(at: datetime) -> str:
    """Hours, minutes and seconds, for the record of a delivery."""
    return bangla.digits(f"{timezone.localtime(at):%H:%M:%S}", language())


@register.filter
def dayname(on: date) -> str:
    """ "আজ", "গতকাল", "১২ নভেম্বর"."""
    return bangla.day(on, timezone.localdate(), language())


@register.filter
def fulldate(on: date) -> str:
    """ "১ ফেব্রুয়ারি ২০২৪": a day with its year, as on paper."""
    return bangla.digits(f"{on.day} {bangla.MONTHS[language()][on.month - 1]} {on.year}", language())


@register.filter
def ago(at: datetime) -> str:
    return bangla.ago((timezone.now() - at).total_seconds(), language())


@register.simple_tag
def rolename(role: str) -> str:
    """A role at an account in words."""
    return rolewords.name(role)


@register.filter
def masked(number: str) -> str:
    """A meter number as strangers may see it: the last four digits, always Latin."""
    return MASK + number[-4:]
