"""A payment on paper, and a recharge that was bought elsewhere: every charge, numbers and times."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext

from bijoli.core import bangla
from bijoli.core.payment import RECHARGE
from bijoli.payments.reads import OrderView
from bijoli.web.paper.document import Document, Fact, Section
from bijoli.web.paying import gateway_name
from bijoli.web.splitting import Lines, lines
from bijoli.web.templatetags.bijoli import language, masked, taka

TOKEN_GROUP = 4


def grouped(token: str) -> str:
    """20 digits as they are typed: 1234 5678 …, Latin in every language."""
    return " ".join(token[at : at + TOKEN_GROUP] for at in range(0, len(token), TOKEN_GROUP))


def split_of(order: OrderView) -> Lines:
    """The charges of a recharge as the head-end took them, else as they were quoted."""
    return lines(order.split or order.quote, int(order.quote.get("months", 1)))


def credited(order: OrderView) -> int | None:
    return (order.split or order.quote).get("credited")


def written(at: datetime | None) -> str:
    """ "28 November 2026, 11:15 pm": true on whichever day it is read; empty for None."""
    if at is None:
        return ""
    local = timezone.localtime(at)
    day = bangla.digits(f"{local.day} {bangla.MONTHS[language()][local.month - 1]} {local.year}", language())
    return f"{day}, {bangla.clock(local, language())}"


def facts(order: OrderView, said: Callable[[datetime | None], str] = written) -> list[Fact]:
    """Number, way of payment, the gateway's own number, times: for the page and the paper alike. `said` writes a time."""
    rows = [
        (gettext("Number"), order.number),
        (gettext("Paid with"), gateway_name(order.gateway)),
        (gettext("Transaction ID"), order.transaction_id),
        (gettext("Paid at"), said(order.paid_at)),
        (gettext("On the meter"), said(order.on_meter_at)),
    ]
    return [row for row in rows if row[1]]


def document(order: OrderView, account: str, charges: Lines, total: Fact, made: datetime) -> Document:
    """The receipt of an order. `account` is its number, empty for somebody else's meter, which is printed masked. `charges` and `total` are
    a recharge's split and what reached the meter, or a bill's lines and what was paid of it."""
    meter = masked(order.meter_number).strip() if order.other else order.meter_number
    who: list[Fact] = [(gettext("Account"), account)] if account else []
    who += [(gettext("Meter"), meter)] if meter else []
    titles = {RECHARGE: gettext("Receipt of a recharge")}
    tokens = [Section(gettext("Recharge token"), ["#", gettext("Token")], _tokens(order.tokens))] if order.tokens else []
    return _paper(
        titles.get(order.purpose, gettext("Receipt of a bill payment")), [*who, *facts(order)], order.paid_at, charges, total, tokens, made
    )


def of_credit(
    account: str, meter: str, at: datetime, facts: Sequence[Fact], charges: Lines, total: Fact, tokens: Sequence[str], made: datetime
) -> Document:
    """A recharge that was bought anywhere, of what the meter's side told about it."""
    rows = [Section(gettext("Recharge token"), ["#", gettext("Token")], _tokens(tokens))] if tokens else []
    who = [(gettext("Account"), account), (gettext("Meter"), meter), *facts]
    return _paper(gettext("Receipt of a recharge"), [fact for fact in who if fact[1]], at, charges, total, rows, made)


def _paper(
    title: str, who: Sequence[Fact], at: datetime | None, charges: Lines, total: Fact, more: Sequence[Section], made: datetime
) -> Document:
    rows = [[name, taka(paisa)] for name, paisa in charges]
    split = Section(gettext("Every charge"), [gettext("What"), gettext("Amount")], rows, list(total))
    return Document(
        title=title,
        subtitle=written(at or made),
        made=made,
        language=language(),
        facts=who,
        figures=[(charges[0][0], taka(charges[0][1])), total] if charges else [total],
        sections=[split, *more] if charges else list(more),
        footer=gettext("Made by the app; valid without signature."),
    )


def _tokens(tokens: Sequence[str]) -> list[list[str]]:
    return [[bangla.number(place, language()) + ".", grouped(token)] for place, token in enumerate(tokens, 1)]
