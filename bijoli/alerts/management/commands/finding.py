"""`manage.py finding 0660… "seal in order"`: what staff found at a meter that had signalled."""

from __future__ import annotations

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from bijoli.alerts.finding import FindingError, finding


class Command(BaseCommand):
    help = "Notes a finding: the open tamper alert of the meter closes, and its people are told. A next signal is told again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("meter", help="12 digits; 11 are padded with a 0")
        parser.add_argument("text", help="what was found")

    def handle(self, *, meter: str, text: str, **options: object) -> None:
        try:
            finding(meter, text, timezone.now())
        except FindingError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"meter {meter}: the tamper alert is closed, its people are told")
