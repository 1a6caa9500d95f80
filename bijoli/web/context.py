"""What the frame of every page needs: the utility's name and colours, the person's theme, the bell and the bottom bar."""

from __future__ import annotations

from functools import partial

from django.conf import settings
from django.http import HttpRequest
from django.utils.safestring import mark_safe
from django.utils.translation import get_language

from bijoli.web import bars, palette
from bijoli.web.person import chosen_theme, customer


def every_page(request: HttpRequest) -> dict[str, object]:
    """The bars are asked only where a template shows them, so a page without bars costs no query."""
    language = get_language() or settings.UTILITY.languages[0]
    return {
        "utility": settings.UTILITY,
        "brand": settings.UTILITY.short_name[language],
        "brand_name": settings.UTILITY.name[language],
        "accent_style": mark_safe(palette.style()),  # noqa: S308 - made of the utility's colours
        "theme": chosen_theme(request),
        "LANGUAGE": language,
        "other_languages": [pair for pair in settings.LANGUAGES if pair[0] in settings.UTILITY.languages and pair[0] != language],
        "signed_in": customer(request) is not None,
        "unread": partial(bars.unread, request),
        "bell_label": partial(bars.bell_label, request),
        "places": partial(bars.places, request),
    }
