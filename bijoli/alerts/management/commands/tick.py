"""`manage.py tick`: the timer for what no reading triggers."""

from __future__ import annotations

from argparse import ArgumentParser

from django.core.management.base import BaseCommand
from django.utils import timezone

from bijoli.alerts import tick
from bijoli.delivery.stopping import stop_on_signals


class Command(BaseCommand):
    help = "Looks every ten seconds for what no reading triggers: reminders, calm periods. Ctrl-C or SIGTERM ends it cleanly."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="looks once and ends")

    def handle(self, *, once: bool, **options: object) -> None:
        if once:
            self.stdout.write(f"tick: {tick.tick(timezone.now())} told")
            return
        stop = stop_on_signals()
        self.stdout.write("tick: ready")
        self.stdout.flush()
        tick.run(stop)
