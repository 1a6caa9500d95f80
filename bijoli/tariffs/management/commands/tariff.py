"""Look at tariffs: those in force and those to come, a file before it is put in place, and what a month would cost."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from rich.console import Console
from rich.table import Table

from bijoli.core.money import to_taka
from bijoli.core.tariff import W_PER_KW, WH_PER_KWH, Line, Slab, Tariff, TariffError, charge
from bijoli.tariffs import reads


class Command(BaseCommand):
    help = "Prints today's tariffs and those to come (docs/tariff.md)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        what = parser.add_subparsers(dest="what", title="more")
        check = what.add_parser("check", help="reads a tariff file and says what is wrong with it")
        check.add_argument("file", type=Path, metavar="FILE")
        bill = what.add_parser("bill", help="the lines of a month's bill by today's tariff")
        bill.add_argument("kwh", metavar="KWH")
        bill.add_argument("--code", default="LT-A", help="tariff class (LT-A)")
        bill.add_argument("--kw", default="2", help="sanctioned load (2)")
        bill.add_argument("--phases", type=int, default=1)
        bill.add_argument("--prepaid", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        one = {"check": self._check, "bill": self._bill}.get(options["what"] or "", self._show)
        try:
            one(options)
        except TariffError as error:
            raise CommandError(str(error)) from None

    def _show(self, options: dict[str, Any]) -> None:
        book, today = reads.book(), timezone.localdate()
        coming = sorted((tariff for tariff in book.tariffs if tariff.since > today), key=lambda one: (one.since, one.code))
        self._table(f"In force on {today}", [book.at(code, today) for code in book.codes(today)])
        if coming:
            self._table("To come", coming)

    def _check(self, options: dict[str, Any]) -> None:
        try:
            found = reads.book_of(options["file"])
        except OSError as error:
            raise CommandError(f"{options['file']}: {error.strerror}") from None
        except ValueError as error:
            raise CommandError(f"{options['file']}: {error}") from None
        self._table(str(options["file"]), found.tariffs)

    def _bill(self, options: dict[str, Any]) -> None:
        energy, load = _whole(options["kwh"], WH_PER_KWH), _whole(options["kw"], W_PER_KW)
        tariff = reads.book().at(options["code"], timezone.localdate())
        lines = charge(energy, tariff, sanctioned_w=load, phases=options["phases"], prepaid=options["prepaid"])
        for line in lines:
            self.stdout.write(f"{line.name:10} {_detail(line):32} {to_taka(line.paisa):>14}")
        self.stdout.write(f"{'total':10} {f'tariff of {tariff.since}':32} {to_taka(sum(line.paisa for line in lines)):>14}")

    def _table(self, title: str, tariffs: Iterable[Tariff]) -> None:
        table = Table("class", "since", "Tk/kWh", "by time", "demand, Tk/kW", "VAT", "source", title=title, title_justify="left")
        for tariff in tariffs:
            times = "\n".join(f"{name} {to_taka(rate)}" for name, rate in tariff.times.items())
            vat = f"{Decimal(tariff.vat_permille) / 10} %"
            table.add_row(tariff.code, str(tariff.since), _rates(tariff), times, str(to_taka(tariff.demand)), vat, tariff.source)
        Console(file=self.stdout._out, width=120).print(table)


def _rates(tariff: Tariff) -> str:
    lifeline = [f"{_rate(tariff.lifeline)} (lifeline)"] if tariff.lifeline else []
    return "\n".join(lifeline + [_rate(slab) for slab in tariff.slabs])


def _rate(slab: Slab) -> str:
    upto = "" if slab.upto_wh is None else f" to {Decimal(slab.upto_wh) / WH_PER_KWH}"
    return f"{to_taka(slab.rate)}{upto}"


def _detail(line: Line) -> str:
    if line.energy_wh is None or line.rate is None:
        return ""
    return f"{Decimal(line.energy_wh) / WH_PER_KWH} kWh at {to_taka(line.rate)}"


def _whole(given: str, unit: int) -> int:
    """Wh or W of a number of kWh or kW."""
    try:
        value = Decimal(given) * unit
        if not value.is_finite() or not 0 <= value < 10**12 or value != int(value):
            raise CommandError(f"{given} cannot be right")
    except InvalidOperation:
        raise CommandError(f"{given!r} is no number") from None
    return int(value)
