"""A bill on paper: whose, which month, what is to be paid until when and after, the breakdown, the registers, what was paid."""

from __future__ import annotations

from datetime import date, datetime

from django.conf import settings
from django.utils.translation import gettext

from bijoli.core import bangla
from bijoli.customers.reads import AccountView
from bijoli.metering.reads import PointView
from bijoli.payments.bills import BillView
from bijoli.web import billwords
from bijoli.web.paper.document import Document, Section


def document(bill: BillView, mine: AccountView, point: PointView | None, made: datetime, language: str) -> Document:
    """`made` is aware and local. Numbers that are read to a clerk stay in Latin digits."""

    def day(on: date) -> str:
        return bangla.digits(f"{on.day} {bangla.MONTHS[language][on.month - 1]} {on.year}", language)

    def taka(paisa: int) -> str:
        return bangla.taka(paisa, language)

    facts = [(gettext("Account"), mine.number), (gettext("Bill number"), bill.number), (gettext("Issued on"), day(bill.issued_on))]
    if bill.meter_number:
        facts.append((gettext("Meter"), bill.meter_number))
    if point:
        facts += [
            (gettext("Tariff class"), point.tariff),
            (gettext("Sanctioned load"), gettext("%(n)s kW") % {"n": bangla.kw(point.sanctioned_load_w, language)}),
        ]
    figures = [(gettext("To pay"), taka(bill.open)), (gettext("Last day without late fee"), day(bill.due_on))]
    if bill.open and not bill.overdue:
        figures.append((gettext("After that day"), gettext("not known") if bill.after_due is None else taka(bill.after_due)))
    if bill.open and bill.disconnect_on:
        figures.append((gettext("Supply may be cut from"), day(bill.disconnect_on)))
    return Document(
        title=gettext("Electricity bill"),
        subtitle=billwords.month(bill),
        made=made,
        language=language,
        facts=facts,
        figures=figures,
        sections=[_charges(bill, language), *_registers(bill, language), *_paid(bill, language)],
        footer=gettext("%(utility)s, hotline %(number)s")
        % {"utility": settings.UTILITY.short_name[language], "number": bangla.digits(settings.UTILITY.hotline, language)},
    )


def _charges(bill: BillView, language: str) -> Section:
    rows = []
    for line in bill.lines:
        wh, rate = line.get("energy_wh"), line.get("rate")
        name = gettext("Energy") if wh is not None and rate is not None else billwords.line_name(line)
        units = "" if wh is None else bangla.kwh(wh, language)
        rows.append([name, units, "" if rate is None else bangla.taka(rate, language), bangla.taka(line["paisa"], language)])
    note = gettext("This bill was replaced by another one. Nothing of it is to be paid.") if bill.replaced else ""
    if bill.late_rest:
        note = gettext("Late fee: %(amount)s more.") % {"amount": bangla.taka(bill.late_rest, language)}
    head = [gettext("Charge"), gettext("Units"), gettext("Rate"), gettext("Amount")]
    return Section(gettext("Breakdown"), head, rows, [gettext("Total"), "", "", bangla.taka(bill.total_paisa, language)], note)


def _registers(bill: BillView, language: str) -> list[Section]:
    if bill.previous_wh is None and bill.current_wh is None and bill.energy_wh is None:
        return []
    cells = [None if wh is None else bangla.kwh(wh, language) for wh in (bill.previous_wh, bill.current_wh, bill.energy_wh)]
    head = [gettext("Meter at the beginning"), gettext("Meter at the end"), gettext("Units used")]
    return [Section(gettext("Meter reading"), head, [cells])]


def _paid(bill: BillView, language: str) -> list[Section]:
    if not bill.paid:
        return []
    rows = []
    for part in bill.paid:
        on = billwords.paid_day(part)
        when = bangla.digits(f"{on.day} {bangla.MONTHS[language][on.month - 1]} {on.year}", language)
        rows.append([when, billwords.how(part), bangla.taka(part.paisa + part.late_paisa, language)])
    total = [gettext("Total"), "", bangla.taka(bill.paid_paisa, language)]
    return [Section(gettext("Payments"), [gettext("Day"), gettext("Way"), gettext("Amount")], rows, total)]
