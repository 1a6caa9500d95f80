"""`manage.py statement GATEWAY FILE.csv`: takes a gateway's own statement in, for the reconciliation."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import date
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from bijoli.payments.statements import load

SHOWN = 20


class Command(BaseCommand):
    help = "Takes a gateway's statement in: CSV with kind,transaction_id,order_number,amount,at. A line that comes twice counts once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("gateway")
        parser.add_argument("file", type=Path)
        parser.add_argument("--day", type=date.fromisoformat, help="a day that it covers even where it has no line of it")

    def handle(self, *, gateway: str, file: Path, day: date | None, **options: object) -> None:
        try:
            with file.open(encoding="utf-8-sig", newline="") as text:
                done = load(gateway[:20], text, timezone.now(), day)
        except (OSError, UnicodeDecodeError, ValueError) as error:
            raise CommandError(str(error)) from None
        days = ", ".join(one.isoformat() for one in sorted(done.days))
        self.stdout.write(f"statement: {done.new} new, {done.known} known, {len(done.rejected)} not taken; days: {days or 'none'}")
        for number, reason in done.rejected[:SHOWN]:
            self.stdout.write(f"line {number}: {reason}")
        if len(done.rejected) > SHOWN:
            self.stdout.write(f"and {len(done.rejected) - SHOWN} more")
        if done.rejected:
            raise CommandError("some lines were not taken; the others are kept")
