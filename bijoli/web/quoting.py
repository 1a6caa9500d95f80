"""A recharge before it is paid: the amount that was typed, the quote for it, what it buys, and why it is refused."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext

from bijoli.core import bangla, money
from bijoli.core.forecast import Unknown
from bijoli.core.tariff import TariffError
from bijoli.customers.reads import AccountView
from bijoli.insight import reads as insight
from bijoli.metering.reads import PointView
from bijoli.payments import quotes
from bijoli.payments.headend.port import HeadEndAway, HeadEndRefused
from bijoli.payments.quotes import Quoted
from bijoli.web.figures.period import months_back
from bijoli.web.splitting import Lines, lines
from bijoli.web.templatetags.bijoli import language, taka

NEAR_END = 25  # of the month
UNTIL = "month"  # the quick choice that asks for as much as the month's end takes
log = logging.getLogger(__name__)


class NoQuote(Exception):
    """Nothing can be quoted. `words` say why; `away`: it may work in a few minutes."""

    def __init__(self, words: str, *, away: bool = False) -> None:
        super().__init__(words)
        self.words, self.away = words, away


@dataclass(frozen=True, slots=True)
class Offer:
    """What a page shows of a quote. `least` is the smallest amount that leaves something, where this one does not; `light` the smallest
    that brings the balance above zero, where this one does not (None: enough, or not known). `buys` is a sentence, or empty."""

    quoted: Quoted
    lines: Lines
    least: int | None = None
    light: int | None = None
    buys: str = ""

    @property
    def gross(self) -> int:
        return self.quoted.split.gross

    @property
    def credited(self) -> int:
        return self.quoted.split.credited


def typed(text: str) -> int:
    """Paisa of an amount as it was typed, in either digits. Raises NoQuote with a sentence for what cannot be paid."""
    paying = settings.UTILITY.paying
    limits = {"least": bangla.taka(paying.least, language(), 0), "most": bangla.taka(paying.most, language(), 0)}
    try:
        paisa = money.typed(text)
    except ValueError:
        raise NoQuote(gettext("Write the amount in taka, for example %(amount)s.") % {"amount": bangla.number(500, language())}) from None
    if not paying.least <= paisa <= paying.most:
        raise NoQuote(gettext("From %(least)s to %(most)s can be recharged at once.") % limits)
    return paisa


def quote(point: PointView | None, paisa: int, now: datetime) -> Quoted:
    """Raises NoQuote, in words, where the head-end does not answer or nothing is sold for this meter."""
    if point is None or point.meter_number is None:
        raise NoQuote(gettext("No meter stands at this account yet, so there is nothing to recharge."))
    try:
        return quotes.quote(point, paisa, now)
    except HeadEndAway:
        words = gettext("The meter system does not answer at present, so nothing can be paid. Please try again in a few minutes.")
        raise NoQuote(words, away=True) from None
    except HeadEndRefused as refusal:
        log.warning("no quote: the head-end refuses: %s", refusal.reason, extra={"event": "headend.refused"})
    except TariffError as error:
        log.error("no quote: %s", error, extra={"event": "quote.tariff"})
    raise NoQuote(gettext("This meter cannot be recharged here at present. Please call us, or go to a vending station.")) from None


def until_end(mine: AccountView, point: PointView, now: datetime) -> Quoted:
    """The quote of what it takes until the month's end. Raises NoQuote where that is not known, or nothing is missing."""
    found = insight.enough_until(mine.id, month_end(now), now)
    if isinstance(found, Unknown) or not found.short_paisa:
        raise NoQuote(gettext("How much it takes until then cannot be said at present. Choose an amount."))
    quoted = quote(point, settings.UTILITY.paying.least, now)
    gross = max(settings.UTILITY.paying.least, quotes.least(point, quoted, found.short_paisa - 1))
    return quotes.again(point, quoted, min(gross, settings.UTILITY.paying.most))


def month_end(now: datetime) -> date:
    """The last day of the month; from the 25th on, of the next one."""
    local = timezone.localtime(now)
    return months_back(local.date(), -2 if local.day > NEAR_END else -1) - timedelta(days=1)


def offer(mine: AccountView, point: PointView, quoted: Quoted, now: datetime) -> Offer:
    """For a person's own meter: with what it buys, by the balance and the use that are known."""
    shown = bare(point, quoted)
    if shown.least is not None:
        return shown
    raised = insight.raised(mine.id, shown.credited, now)
    if raised is None:
        return shown
    light = quotes.least(point, quoted, -raised.balance_paisa) if raised.balance_paisa + shown.credited <= 0 else None
    return Offer(quoted, shown.lines, None, light, "" if light else _buys(raised, now))


def bare(point: PointView, quoted: Quoted) -> Offer:
    """For somebody else's meter: the split alone. Balance and use are not the payer's business."""
    least = None if quoted.split.enough else max(settings.UTILITY.paying.least, quotes.least(point, quoted))
    return Offer(quoted, lines(quoted.kept, quoted.months), least)


def refusal(offered: Offer) -> str:
    """Why the amount is refused, with the smallest one that is not; empty where it is enough."""
    if offered.least is None:
        return ""
    words = gettext("%(amount)s does not cover the charges that are due: nothing would reach the meter. Recharge at least %(least)s.")
    amounts = {"amount": offered.gross, "least": offered.least}
    return words % {name: taka(paisa, 0 if paisa % money.TAKA == 0 else 2).replace(" ", "\u00a0") for name, paisa in amounts.items()}


def _buys(raised: insight.Raised, now: datetime) -> str:
    """ "About 49 units, enough until about 30 November"; only what is known."""
    units = bangla.kwh(raised.units_wh, language(), 0 if raised.units_wh >= 10_000 else 1) if raised.units_wh else ""
    ends = raised.ends
    if isinstance(ends, Unknown):
        return gettext("About %(n)s units") % {"n": units} if units else ""
    if ends.likely is None:
        return gettext("About %(n)s units; the balance then lasts for more than a month") % {"n": units} if units else ""
    day = bangla.day(ends.likely.date(), timezone.localtime(now).date(), language())
    known = {"n": units, "day": day[:1].lower() + day[1:]}
    if not units:
        return gettext("The balance then lasts until about %(day)s") % known
    return gettext("About %(n)s units; the balance then lasts until about %(day)s") % known
