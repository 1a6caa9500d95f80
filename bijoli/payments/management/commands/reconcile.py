"""`manage.py reconcile`: compares gateways, ledger and head-end of a day."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import date, timedelta

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from bijoli.payments import reconcile


class Command(BaseCommand):
    help = "Compares what gateways, orders with their ledger, and the head-end say of a day. Ends with 1 where they differ."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--day", type=date.fromisoformat, help="2026-11-22; else yesterday")

    def handle(self, *, day: date | None, **options: object) -> None:
        now = timezone.now()
        try:
            kept = reconcile.compare(day or timezone.localdate(now) - timedelta(days=1), now)
        except ValueError as error:
            raise CommandError(str(error)) from None
        found = reconcile.rows(kept)
        for one in found:
            paisa = f"gateway {one.gateway_paisa} ledger {one.ledger_paisa} head-end {one.headend_paisa}"
            self.stdout.write(f"{one.kind}: {one.order.number if one.order else '-'} {one.gateway} {one.transaction_id} {paisa}")
        waits = reconcile.missing(kept)
        if waits:
            self.stdout.write(f"no statement yet: {', '.join(waits)}")
        if kept.sums["headend"] != "heard":
            self.stdout.write(f"head-end: {kept.sums['headend']}")
        self.stdout.write(f"{kept.day}: {reconcile.verdict(kept, len(found))}")
        if found:
            raise CommandError(f"{len(found)} differences")
