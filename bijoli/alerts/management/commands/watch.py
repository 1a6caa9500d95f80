"""`manage.py watch`: turns what meters report into alerts until it is stopped."""

from __future__ import annotations

from argparse import ArgumentParser

from django.core.management.base import BaseCommand

from bijoli.alerts import watch
from bijoli.delivery.stopping import stop_on_signals


class Command(BaseCommand):
    help = "Decides about readings, events and credits, and tells people. Start as many as you like; Ctrl-C or SIGTERM ends it cleanly."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="ends when no change is left")

    def handle(self, *, once: bool, **options: object) -> None:
        stop = stop_on_signals()
        if once:
            self.stdout.write(f"watch: {watch.drain(stop)} changes handled")
            return
        self.stdout.write("watch: ready")
        self.stdout.flush()
        watch.run(stop)
