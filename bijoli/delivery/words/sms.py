"""An alert as an SMS: at most two segments, the meter masked, no address to tap, no nickname."""

from __future__ import annotations

from django.conf import settings
from django.utils.translation import override

from bijoli.core import sms
from bijoli.delivery import wording
from bijoli.delivery.views import Facts

MOST_SEGMENTS = 2
STOP = {"bn": "।"}


def text(told: Facts, language: str) -> str:
    """The words of the push, after the utility's name; where that would be longer than two segments, without their second half."""
    said = wording.words(told, language, "", brief=True)
    utility = settings.UTILITY.short_name[language]
    whole = sms.sent(f"{utility}: {said.title}{STOP.get(language, '.')} {said.body}")
    if sms.segments(whole) <= MOST_SEGMENTS:
        return whole
    with override(language):
        return sms.sent(f"{utility}: {said.title} ({wording.masked(told.meter_number)})")
