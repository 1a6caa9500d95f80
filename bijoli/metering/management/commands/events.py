"""Look at the events that meters sent."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db.models import Count, Max

from bijoli.metering.events import map_again
from bijoli.metering.models import MeterEvent


class Command(BaseCommand):
    help = "Counts the events that were kept, by what they mean."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--unmapped", action="store_true", help="only codes that nobody has given a meaning, most frequent first")
        parser.add_argument("--map", action="store_true", help="give kept events the meaning that their codes have by now; alerts nobody")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["map"]:
            self.stdout.write(f"{map_again()} events have a meaning now")
            return
        if options["unmapped"]:
            found = MeterEvent.objects.filter(kind="").values("profile", "code")
            for row in found.annotate(count=Count("pk"), last=Max("at")).order_by("-count", "profile", "code"):
                self.stdout.write(f"{row['count']:>10}  {row['profile']:12}  {row['code']:24}  last {row['last']:%Y-%m-%d}")
            return
        for row in MeterEvent.objects.values("kind").annotate(count=Count("pk")).order_by("-count"):
            self.stdout.write(f"{row['count']:>10}  {row['kind'] or 'unmapped'}")
