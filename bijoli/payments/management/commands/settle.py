"""`manage.py settle`: sees payments through until it is stopped."""

from __future__ import annotations

from argparse import ArgumentParser

from django.core.management.base import BaseCommand

from bijoli.delivery.stopping import stop_on_signals
from bijoli.payments import worker


class Command(BaseCommand):
    help = "Asks gateways about open orders, puts paid recharges on meters, sees refunds through. Start as many as you like."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="ends when nothing is due")
        parser.add_argument("--threads", type=int, default=worker.THREADS, help="how many wait for others at the same time (%(default)s)")

    def handle(self, *, once: bool, threads: int, **options: object) -> None:
        stop = stop_on_signals()
        if once:
            self.stdout.write(f"settle: {worker.drain()} steps taken")
            return
        self.stdout.write("settle: ready")
        self.stdout.flush()
        worker.run(stop, threads)
