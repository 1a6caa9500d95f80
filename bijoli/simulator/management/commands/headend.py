"""`manage.py headend`: the simulated meters report by the real clock, until Ctrl-C."""

from __future__ import annotations

import signal
import threading
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from bijoli.simulator.control import serve
from bijoli.simulator.store import TownError
from bijoli.simulator.town import opened


class Command(BaseCommand):
    help = "Runs the simulated meters of the town (manage.py town) by the real clock, speaking only to the ingest door."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--url", default="http://localhost:8000", help="the site (default: %(default)s)")
        parser.add_argument("--port", type=int, default=8002, help="loopback port for manage.py cause (default: %(default)s)")

    def handle(self, *_: Any, **options: Any) -> None:
        stopped = threading.Event()
        for name in (signal.SIGINT, signal.SIGTERM):
            signal.signal(name, lambda *_: stopped.set())
        try:
            with opened(options["url"]) as headend, serve(headend, options["port"]) as control:
                threading.Thread(target=control.serve_forever, daemon=True).start()
                self.stdout.write(f"{len(headend.meters.homes)} meters report to {options['url']}; Ctrl-C stops them.")
                headend.run(stopped)
                control.shutdown()
        except TownError as error:
            raise CommandError(str(error)) from None
        except OSError as error:
            raise CommandError(f"port {options['port']}: {error.strerror}; choose another with --port") from None
