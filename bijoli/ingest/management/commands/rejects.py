"""Look at the rows that were not taken, take them in, forget them."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand
from django.db.models import Count, Max
from django.utils import timezone

from bijoli.ingest.models import Reject
from bijoli.ingest.retry import retry


class Command(BaseCommand):
    help = "Counts rejected and quarantined rows by reason; takes in what can be taken now."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--retry", action="store_true", help="take in rows of meters that are loaded by now, and times that have come")
        parser.add_argument("--forget", type=int, metavar="DAYS", help="delete those older than this")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        if options["retry"]:
            taken, left = retry(now)
            self.stdout.write(f"{taken} taken in, {left} left as they are")
        if options["forget"] is not None:
            gone, _ = Reject.objects.filter(received_at__lt=now - timedelta(days=options["forget"])).delete()
            self.stdout.write(f"{gone} forgotten")
        found = Reject.objects.values("door", "field", "reason").annotate(count=Count("pk"), last=Max("received_at"))
        for row in found.order_by("-count", "door", "field", "reason"):
            self.stdout.write(
                f"{row['count']:>10}  {row['door']:8}  {row['field']:12}  {row['reason']}  last {row['last']:%Y-%m-%d %H:%M} UTC"
            )
