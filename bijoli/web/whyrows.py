"""The days of "why this charge" as rows: each made once, in plain strings, since a month has thirty of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from html import escape

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from bijoli.insight.explanations import Span
from bijoli.insight.questions import QuestionView
from bijoli.web import icons, sums
from bijoli.web.sums import Step
from bijoli.web.templatetags.bijoli import dayname, kwh, taka, within


@dataclass(frozen=True, slots=True)
class Row:
    """A day, or days together; `name` is its address on the page. As HTML `head`, what a closed row shows, and `lines`, its whole sum,
    empty where nothing is known.

    `open`: something is not explained, `less` that less went than is known; `notes`: (tone, icon, sentence).
    """

    title: str
    name: str
    head: SafeString = field(default_factory=SafeString)
    lines: SafeString = field(default_factory=SafeString)
    open: bool = False
    less: bool = False
    notes: tuple[tuple[str, SafeString, str], ...] = ()
    asked: QuestionView | None = None
    here: bool = False

    @property
    def may_ask(self) -> bool:
        return self.open and (self.asked is None or self.asked.closed_at is not None)


def gap(first: date, last: date) -> Row:
    """Days of which nothing is known."""
    return Row(_days(first, last), f"none-{last}")


def row(name: str, span: Span, asked: QuestionView | None, here: bool) -> Row:
    """A span that is explained, as far as it can be."""
    reasons = sums.reasons(span.why.unknown)
    title = _days(span.first, span.last)
    if span.exchange:
        title = gettext("Another meter, %(day)s") % {"day": title}
    return Row(
        title=title,
        name=name,
        head=_head(span, title, bool(reasons)),
        lines=_whole(span),
        open=span.questionable,
        less=(span.why.remainder or 0) > 0,
        notes=tuple(_notes(span, reasons)),
        asked=asked,
        here=here,
    )


def _head(span: Span, title: str, unknown: bool) -> SafeString:
    """Icon, day, units, the balance's way; last what it comes to, for the eye or for the ear alone."""
    why, (tone, picture, state) = span.why, _standing(span, unknown)
    units = "" if why.energy_wh is None else gettext("%(n)s units") % {"n": kwh(why.energy_wh)}
    if span.questionable:
        words = gettext("%(amount)s not explained") % {"amount": taka(abs(why.remainder or 0))}
        end = f'<span class="chip low small">{escape(words)}</span>'
    else:
        end = f'<span class="hush">{escape(state)}</span>'
    dot = f'<span class="dot {tone}">{icons.icon(picture)}</span>'
    way = f'<small class="num">{_way(span)}</small>'
    return mark_safe(f"{dot}<span><b>{escape(title)}</b><small>{escape(units)}</small>{way}{end}</span>")  # noqa: S308 - escaped above


def lines(steps: Iterable[Step]) -> SafeString:
    """Steps as the pairs of a <dl class="lines">."""
    return mark_safe("".join(map(_line, steps)))  # noqa: S308 - escaped in _line


def _line(step: Step) -> str:
    words, amount = escape(step.words), gettext("not known") if step.paisa is None else taka(step.paisa)
    if step.mark:
        words, amount = f'<span class="old">{icons.icon("warn", "s")}{words}</span>', f"<b>{amount}</b>"
    under = f"<br><small>{escape(step.under)}</small>" if step.under else ""
    return f"<dt>{words}{under}</dt><dd>{amount}</dd>"


def _whole(span: Span) -> SafeString:
    start, end = span.why.start, span.why.end
    first = f"<dt>{_balance(start.at)}</dt><dd>{taka(start.paisa)}</dd>"
    last = f'<dt class="total">{_balance(end.at)}</dt><dd class="total">{taka(end.paisa)}</dd>'
    return mark_safe(first + lines(sums.steps(span.why)) + last)  # noqa: S308 - escaped above


def _balance(at: int) -> str:
    return escape(gettext("Balance, %(time)s") % {"time": within(datetime.fromtimestamp(at, UTC))})


def _way(span: Span) -> str:
    """The balance's way in one row; it breaks between its numbers alone."""
    return " ".join(f'<span class="nowrap">{term.sign} {taka(term.paisa)}</span>' for term in sums.terms(span.why))


def _standing(span: Span, unknown: bool) -> tuple[str, str, str]:
    if span.questionable:
        return "low", "warn", ""
    if span.exchange:
        return "mute", "meter", ""
    if unknown:
        return "mute", "help", gettext("Partly known")
    return "good", "check", gettext("All explained")


def _notes(span: Span, reasons: list[str]) -> Iterable[tuple[str, SafeString, str]]:
    if span.first != span.last:
        silent = gettext("The meter was silent in between, so these days are one sum.")
        yield "mute", icons.icon("silent", "s"), silent
    for reason in reasons:
        yield "mute", icons.icon("help", "s"), reason
    for paid in span.why.wrong_splits:
        yield "low", icons.icon("warn", "s"), sums.wrong(paid)


def _days(first: date, last: date) -> str:
    return dayname(last) if first == last else f"{dayname(first)} – {dayname(last)}"
