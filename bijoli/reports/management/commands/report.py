"""`manage.py report`: the figures of the reports, as the staff's page shows them."""

from __future__ import annotations

import csv
from argparse import ArgumentParser
from datetime import date, timedelta
from io import StringIO

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from bijoli.reports import typed
from bijoli.reports.benefit import ALERTS, BENEFIT, REGISTERED
from bijoli.reports.gather import LONGEST, lines, report
from bijoli.reports.period import Asked


class Command(BaseCommand):
    help = "Prints beneficiaries, delivery times and self-disconnections as CSV. Without --from: since the launch on the service sheet."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--from", dest="first", type=date.fromisoformat, help="2026-11-01; the launch, or thirty days ago")
        parser.add_argument("--until", dest="last", type=date.fromisoformat, help="2026-11-30, included; else today")
        parser.add_argument("--division", action="append", help="a key of the office list; may be given several times")
        parser.add_argument("--sql", action="store_true", help="print the statements that count persons, and stop")

    def handle(self, *, first: date | None, last: date | None, division: list[str] | None, sql: bool, **options: object) -> None:
        if sql:
            self.stdout.write(f"-- codes: {', '.join(ALERTS)}\n{BENEFIT.strip()};\n\n{REGISTERED.strip()};")
            return
        last = last or timezone.localdate()
        launch = typed.sheet()
        first = first or (launch.launched_on if launch and launch.launched_on else last - timedelta(days=29))
        if not 0 <= (last - first).days < LONGEST:
            raise CommandError(f"--from must not be after --until, nor more than {LONGEST} days before it")
        found = report(Asked(first, last, timezone.now(), tuple(division) if division else None))
        out = StringIO()
        csv.writer(out, lineterminator="\n").writerows([("part", "of", "measure", "value"), *lines(found)])
        self.stdout.write(out.getvalue(), ending="")
        if found.cut:
            self.stderr.write(
                f"Notifications before {found.cut} are not kept any more (BIJOLI_NOTIFICATION_MONTHS): the figures are at least so high."
            )
