"""`manage.py backtest`: how often the run-out forecast was right, on homes of any interval files."""

from __future__ import annotations

import tomllib
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

import bijoli
from bijoli.core.forecast import TUNING
from bijoli.core.tariff import Tariff, TariffError, read_tariff
from bijoli.insight import scores
from bijoli.insight.backtest import Home, Setting, Trial, home_of, replay_all
from bijoli.insight.calibrate import chosen
from bijoli.metering.intervalfile import IntervalFileError, read_intervals

SHIPPED = Path(bijoli.__file__).parent / "simulator" / "shapes"
HEAD = f"{'home':40}{'origins':>8}{'asked':>7}{'unknown':>8}{'inside':>8}{'sooner':>8}{'later':>8}{'width':>7}{'error h':>9}{'peer h':>8}"


class Command(BaseCommand):
    help = "Replays homes: forecasts from each Monday with 60 days before it, and compares with what came. Default: the shipped samples."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="*", type=Path, help="CSV or CSV.gz of interval data, one home each")
        parser.add_argument(
            "--choose", nargs="+", type=Path, default=[], metavar="FILE", help="choose the range's constants on these homes"
        )
        parser.add_argument("--balance-days", type=_days, default=(1.0, 14.0), metavar="1-14", help="days to the true run-out")
        parser.add_argument("--tariff", default="LT-A", help="class whose newest rates are used (default: %(default)s)")
        parser.add_argument(
            "--scale-kwh-month", type=float, nargs="+", default=[250.0], metavar="KWH", help="mean month; 0 is as in the file"
        )
        parser.add_argument("--each", type=int, default=4, help="balances at each origin (default: %(default)s)")
        parser.add_argument("--seed", type=int, default=1)

    def handle(self, *_: Any, **options: Any) -> None:
        files = options["files"] or sorted(SHIPPED.glob("*.csv.gz"))
        zone, utility = ZoneInfo(settings.UTILITY.zone), settings.UTILITY
        try:
            homes, on = self._homes(files, options), self._homes(options["choose"], options)
            tuning = chosen(on, zone) if on else TUNING
            tariff = newest(options["tariff"])
        except (IntervalFileError, TariffError, OSError, ValueError) as error:
            raise CommandError(str(error)) from None
        days, each, seed = options["balance_days"], options["each"], options["seed"]
        setting = Setting(tariff, zone, utility.protected, utility.holidays, days, each, seed, tuning)
        if on:
            self.stdout.write(f"Constants chosen on {len(options['choose'])} files:")
            self.stdout.write("\n".join(f"  {name} = {getattr(tuning, name)}" for name in ("pooled", "less", "more")))
            self._report("Homes chosen on", replay_all(on, setting))
        self._report("Homes held out" if on else "Homes", replay_all(homes, setting))

    def _homes(self, files: Sequence[Path], options: dict[str, Any]) -> list[Home]:
        read = [read_intervals(path) for path in files]
        sizes: list[float] = options["scale_kwh_month"]
        return [home_of(file, size or None, f"{file.name} {size:g}" if len(sizes) > 1 else file.name) for file in read for size in sizes]

    def _report(self, title: str, trials: Sequence[Trial]) -> None:
        self.stdout.write(f"\n{title}\n{HEAD}")
        for row in _lines([*scores.by_home(trials).items(), *scores.by_days_left(trials).items()]):
            self.stdout.write(row)
        total = scores.score(trials)
        if total is None:
            self.stdout.write("No forecast: no Monday has 60 days of history before it and known days after it.")
            return
        self.stdout.write(line("all", total))
        self.stdout.write(
            f"{total.homes} homes, {total.origins} origins: the truth lay in the range {total.inside:.1%} of the time; median width"
            f" {total.width_ratio:.0%} of the days left (12 hours are 25 %). Median error {total.error_h:.1f} h, of the peer (mean of 30"
            f" days) {total.peer_error_h:.1f} h. Cuts named inside protected hours: {total.broken}."
        )


def newest(code: str) -> Tariff:
    """The newest rates of a class in the utility's file."""
    path = Path(settings.UTILITY_FOLDER) / "tariff.toml"
    book = read_tariff(tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal))
    known = [tariff for tariff in book.tariffs if tariff.code == code]
    if not known:
        raise TariffError(f"{path}: no tariff {code!r}")
    return max(known, key=lambda tariff: tariff.since)


def line(name: str, found: scores.Score) -> str:
    counts = f"{found.origins:8d}{found.forecasts:7d}{found.unknown:8d}"
    parts = f"{found.inside:8.1%}{found.sooner:8.1%}{found.later:8.1%}{found.width_ratio:7.2f}"
    return f"{name[:40]:40}{counts}{parts}{found.error_h:9.1f}{found.peer_error_h:8.1f}"


def _lines(groups: Iterable[tuple[str, list[Trial]]]) -> list[str]:
    return [line(name, found) for name, group in groups if (found := scores.score(group)) is not None]


def _days(text: str) -> tuple[float, float]:
    least, _, most = text.partition("-")
    try:
        days = float(least), float(most or least)
    except ValueError:
        raise ArgumentTypeError(f"{text!r}: two numbers of days with - between them, as 1-14") from None
    if not 0 < days[0] <= days[1] <= 60:
        raise ArgumentTypeError(f"{text!r}: from more than 0 to 60 days")
    return days
