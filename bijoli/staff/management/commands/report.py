"""`manage.py report`: the figures of the reports, as the staff's pages show them; or all reports as files in a folder."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import date, timedelta
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from bijoli.reports import typed
from bijoli.reports.evidence import evidence
from bijoli.reports.gather import LONGEST, cut, report
from bijoli.reports.period import Asked
from bijoli.staff.reporting import files
from bijoli.staff.reporting.folder import DAYS, write
from bijoli.web import csvout


class Command(BaseCommand):
    help = "Prints the figures of the reports as CSV, or writes every report into a folder, as PDF and CSV (--folder)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--from", dest="first", type=date.fromisoformat, help="2026-11-01; else the launch, or thirty days")
        parser.add_argument("--until", dest="last", type=date.fromisoformat, help="2026-11-30, included; else today")
        parser.add_argument("--division", action="append", help="a key of the office list; may be given several times")
        parser.add_argument("--sql", action="store_true", help="print the statements that count persons, for psql, and stop")
        parser.add_argument("--folder", type=Path, help="write every report into this folder, as PDF in each language and CSV")

    def handle(
        self, *, first: date | None, last: date | None, division: list[str] | None, sql: bool, folder: Path | None, **options: object
    ) -> None:
        asked = _asked(first, last, division)
        if sql:
            self.stdout.write(evidence(asked))
        elif folder:
            self._write(folder, asked)
        else:
            self.stdout.write(csvout.written(*files.benefit(report(asked))), ending="")
        if kept := cut(asked):
            self.stderr.write(
                f"Notifications before {kept} are not kept any more (BIJOLI_NOTIFICATION_MONTHS): the figures are at least these."
            )

    def _write(self, folder: Path, asked: Asked) -> None:
        try:
            for path in write(folder, asked):
                self.stdout.write(str(path))
        except OSError as error:
            raise CommandError(f"{folder}: {error.strerror}") from None


def _asked(first: date | None, last: date | None, divisions: list[str] | None) -> Asked:
    last = last or timezone.localdate()
    sheet = typed.sheet()
    launched = sheet.launched_on if sheet and sheet.launched_on and sheet.launched_on <= last else None
    first = first or launched or last - timedelta(days=DAYS - 1)
    if not 0 <= (last - first).days < LONGEST:
        raise CommandError(f"--from must not be after --until, nor more than {LONGEST} days before it")
    known = [one.division for one in settings.UTILITY.offices]
    if wrong := sorted(set(divisions or ()) - set(known)):
        raise CommandError(f"{wrong[0]!r} is no division of offices.csv; there are: {', '.join(known) or 'none'}")
    return Asked(first, last, timezone.now(), tuple(divisions) if divisions else None)
