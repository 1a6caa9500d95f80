"""Bring postpaid bills from CSV files."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from bijoli.metering.register import BadFile, rows
from bijoli.payments.billintake import take
from bijoli.payments.billrows import OPTIONAL, REQUIRED


class Command(BaseCommand):
    help = "Brings bills from CSV (docs/bills.md). A file may be brought again; bad lines are named and kept, the others go on."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")

    def handle(self, *args: Any, **options: Any) -> None:
        for path in options["files"]:
            try:
                self._one(path)
            except OSError as error:
                raise CommandError(f"{path}: {error.strerror}") from None
            except BadFile as error:
                raise CommandError(f"{path}: {error}") from None

    def _one(self, path: Path) -> None:
        lines = accepted = known = 0
        with path.open(encoding="utf-8-sig", newline="") as file:
            for taken in take(rows(file, REQUIRED, OPTIONAL), path.name, timezone.now()):
                lines, accepted, known = lines + taken.rows, accepted + taken.accepted, known + taken.known
                for fault in taken.rejected:
                    self.stderr.write(f"{path.name}:{fault.row}: {fault.field or 'line'}: {fault.reason}")
        self.stdout.write(f"{path.name}: {lines} lines; {accepted} new bills, {known} known already, {lines - accepted - known} rejected")
