"""How the reports say figures, and what their words mean: in the active language."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_FLOOR, Decimal

from django.utils.translation import get_language, gettext

from bijoli.core import bangla
from bijoli.reports.models import Dimension
from bijoli.reports.period import Asked
from bijoli.reports.times import ACCEPTED, COMMITTED, DISPLAYED, WHOLE
from bijoli.staff.desks import say
from bijoli.web import story
from bijoli.web.templatetags.bijoli import fulldate

MINUTE, HOUR, DAY = 60, 3600, 86_400
FIRST_SAID = 100  # under so many seconds, hundredths are said


def language() -> str:
    return get_language() or "bn"


def no_data() -> str:
    return gettext("no data")


def numeral(value: Decimal | int | None) -> str:
    """With as many decimals as it has, two at most."""
    if value is None:
        return no_data()
    exact = Decimal(value).quantize(Decimal("0.01"))
    decimals = max(0, -int(exact.normalize().as_tuple().exponent))
    return bangla.number(exact, language(), decimals)


def percent(value: Decimal | None) -> str:
    """Rounded down: 99.99 is never told as the whole."""
    return no_data() if value is None else bangla.number(value.quantize(Decimal("0.1"), ROUND_FLOOR), language(), 1) + "%"


def span(seconds: float | None) -> str:
    """ "0.42 seconds", "2 minutes 5 seconds", "1 hour 5 minutes", "1 day 2 hours"."""
    if seconds is None:
        return no_data()
    if seconds < FIRST_SAID:
        return gettext("%(seconds)s s") % {"seconds": bangla.number(Decimal(seconds), language(), 2)}
    return _parts(seconds)


def _parts(seconds: float) -> str:
    """The two largest units of a minute or more."""
    size, smaller = next(pair for pair in ((DAY, HOUR), (HOUR, MINUTE), (MINUTE, 1)) if seconds >= pair[0])
    rest = int(seconds) % size
    first = bangla.duration(seconds, language())
    return f"{first} {bangla.duration(rest, language())}" if rest >= smaller else first


def minutes(value: Decimal | None) -> str:
    """Minutes as people say them: 1440 is one day, 2 is 2 minutes."""
    if value is None:
        return no_data()
    seconds, sign = abs(float(value)) * MINUTE, "" if value >= 0 else bangla.MINUS
    if seconds < MINUTE:
        return sign + (gettext("%(seconds)s s") % {"seconds": numeral(Decimal(seconds))})
    return sign + (span(seconds) if seconds >= FIRST_SAID else _parts(seconds))


def amount(dimension: str, value: Decimal | None) -> str:
    """A value of a TCVQ row in its unit."""
    if value is None:
        return no_data()
    if dimension == Dimension.TIME:
        return minutes(value)
    if dimension == Dimension.COST:
        return bangla.taka(int(value * 100), language())
    if dimension == Dimension.QUALITY:
        return percent(value)
    return numeral(value)


def dimension(key: str) -> str:
    return {
        "time": gettext("Time"),
        "cost": gettext("Cost"),
        "visits": gettext("Visits"),
        "quality": gettext("Quality"),
        "steps": gettext("Steps"),
        "people": gettext("People"),
        "papers": gettext("Papers"),
    }[key]


def unit(key: str) -> str:
    """What is typed for a dimension."""
    return {
        "time": gettext("minutes; one day is 1440"),
        "cost": gettext("taka"),
        "quality": gettext("percent; more is better"),
    }.get(key, gettext("a number"))


def kind(key: str) -> str:
    return story.kind(key) if key else gettext("All kinds")


def step(key: str) -> str:
    return {
        COMMITTED: gettext("received → decided"),
        ACCEPTED: gettext("decided → taken by the push service"),
        DISPLAYED: gettext("taken → shown on the phone"),
        WHOLE: gettext("received → shown, in all"),
    }[key]


def days(first: date | None, last: date | None) -> str:
    """A period in words; open ends and unknown ones too."""
    if first is None and last is None:
        return no_data()
    if first is None or last is None:
        known = fulldate(first or last)  # type: ignore[arg-type]
        return gettext("from %(day)s") % {"day": known} if first else gettext("until %(day)s") % {"day": known}
    begin, end = (fulldate(day).replace(" ", "\u00a0") for day in (first, last))
    return f"{begin} – {end}"


def place(asked: Asked) -> str:
    """Which divisions a report is about."""
    if asked.divisions is None:
        return gettext("All divisions")
    return ", ".join(say.office(one) for one in asked.divisions) or no_data()


def definitions() -> list[tuple[str, str]]:
    """What each word of the reports means: printed with the figures, so that nobody can read more into them."""
    return [
        (
            gettext("Alert"),
            gettext(
                "a notification of low balance, finished balance, overload or a signal from the meter (unusual event). "
                "“All is well again”, advice and tests are none."
            ),
        ),
        (
            gettext("Registered"),
            gettext("a person with a verified number and an account in the period, without the utility's staff; a day's: until its end."),
        ),
        (gettext("Reached"), gettext("registered, and an alert of the period was taken by the push service or shown.")),
        (gettext("Shown"), gettext("the phone reported the alert as displayed or opened, or it was read in the app.")),
        (
            gettext("Beneficiary"),
            gettext(
                "shown an alert, and within 24 hours after: a recharge at that meter (low or finished balance), or load back under the "
                "limit (overload), or the push was opened, or answered. Reading alone does not count."
            ),
        ),
        (
            gettext("How it is counted"),
            gettext(
                "each person once in each figure, so parts do not add up to the whole. By the day on which the alert was made, "
                "and the division of its account. Who recharged is not known: all who were shown the alert count."
            ),
        ),
        (
            gettext("Self-disconnection"),
            gettext("supply went off because the balance was finished. Its length: until supply was back, where the meter told both."),
        ),
        (
            gettext("Complaint"),
            gettext(
                "by the day on which it came. Resolved: as it stands now; one that was opened again counts until it was resolved last. "
                "Late: resolved after the promised time, or not yet and the time is over."
            ),
        ),
        (gettext("Half, 90, 95, 99 of 100 within"), gettext("the time within which so many of them had done that step.")),
    ]
