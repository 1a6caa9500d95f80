"""Load the register, or past recharges, from CSV files."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, TypeVar

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from rich.console import Console
from rich.progress import Progress

from bijoli.metering import pastcredits, register
from bijoli.metering.load import load
from bijoli.metering.register import BadFile, BadLine, Checker

Row = TypeVar("Row")
TABLES = "customers_account, customers_customer, customers_access, metering_usagepoint, metering_meter, metering_installation"
WORTH_ANALYSING = 1000  # lines


class Command(BaseCommand):
    help = "Loads accounts, meters and people from CSV (docs/load.md). A file may be loaded again; bad lines are named, the others go on."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        parser.add_argument("--credits", action="store_true", help="the files hold past recharges")

    def handle(self, *args: Any, **options: Any) -> None:
        one = self._credits if options["credits"] else self._register
        for path in options["files"]:
            try:
                with path.open(encoding="utf-8-sig", newline="") as file, _bar(path, file) as moved:
                    one(path, file, moved)
            except OSError as error:
                raise CommandError(f"{path}: {error.strerror}") from None
            except BadFile as error:
                raise CommandError(f"{path}: {error}") from None

    def _register(self, path: Path, file: IO[str], moved: Callable[[], None]) -> None:
        bad: list[BadLine] = []
        checker = Checker(settings.UTILITY.zone, settings.UTILITY.country_code)
        loaded = None
        for loaded in load(_good(register.rows(file, register.REQUIRED, register.OPTIONAL), checker.line, bad)):
            moved()
            self._name(path, loaded.bad, bad)
        self._name(path, bad)
        if loaded and loaded.lines >= WORTH_ANALYSING:
            with connection.cursor() as cursor:
                cursor.execute(f"ANALYZE {TABLES}")
        if loaded:
            self.stdout.write(
                f"{path.name}: {loaded.lines} lines; new: {loaded.meters} meters, {loaded.people} people, {loaded.links} links;"
                f" {loaded.exchanged} meters exchanged"
            )

    def _credits(self, path: Path, file: IO[str], moved: Callable[[], None]) -> None:
        bad: list[BadLine] = []
        checker = Checker(settings.UTILITY.zone, settings.UTILITY.country_code)
        imported = None
        rows = register.rows(file, pastcredits.REQUIRED, pastcredits.OPTIONAL)
        for imported in pastcredits.import_credits(_good(rows, lambda line, row: pastcredits.credit_line(checker, line, row), bad)):
            moved()
            self._name(path, imported.bad, bad)
        self._name(path, bad)
        if imported:
            self.stdout.write(f"{path.name}: {imported.lines} lines; {imported.credits} new recharges, {imported.known} known already")

    def _name(self, path: Path, *found: list[BadLine]) -> None:
        """Names bad lines once, in the order of the file."""
        for one in sorted((one for bad in found for one in bad), key=lambda one: one.line):
            self.stderr.write(f"{path.name}:{one.line}: {one.column or 'line'}: {one.reason}")
        for bad in found:
            bad.clear()


def _good(rows: Iterator[tuple[int, dict[str, str]]], check: Callable[[int, dict[str, str]], Row], bad: list[BadLine]) -> Iterator[Row]:
    """The rows that pass; the others go to `bad`."""
    for number, row in rows:
        try:
            yield check(number, row)
        except BadLine as error:
            bad.append(error)


@contextmanager
def _bar(path: Path, file: IO[str]) -> Iterator[Callable[[], None]]:
    """A progress bar by the bytes read."""
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(path.name, total=path.stat().st_size)
        yield lambda: progress.update(task, completed=file.buffer.tell())  # type: ignore[attr-defined]
