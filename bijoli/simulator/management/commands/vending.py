"""`manage.py vending --port 8095`: a simulated head-end that only sells credit, until it is stopped."""

from __future__ import annotations

import signal
import threading
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from bijoli.simulator.vending.door import Door
from bijoli.simulator.vending.engine import MOMENT
from bijoli.simulator.vending.inprocess import engine
from bijoli.simulator.vending.listen import listen, token_of


class Command(BaseCommand):
    help = "Runs a simulated head-end on this machine that sells credit by the protocol of docs/head-end.md, for trials and fault runs."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, required=True)
        parser.add_argument("--folder", type=Path, help="its books and its token lie here; the data folder's vending/")
        parser.add_argument("--delay", type=float, default=MOMENT, help="seconds until a credit is on its meter (default: %(default)s)")

    def handle(self, *, port: int, folder: Path | None, delay: float, **_: Any) -> None:
        folder = folder or Path(settings.DATA_FOLDER) / "vending"
        door = Door(engine(folder, delay=delay), token_of(folder))
        try:
            server = listen(door.answer, port)
        except OSError as error:
            raise CommandError(f"port {port}: {error.strerror}; choose another with --port") from None
        for name in (signal.SIGINT, signal.SIGTERM):
            signal.signal(name, lambda *_: threading.Thread(target=server.shutdown).start())
        with server:
            self.stdout.write(f"head-end: http://127.0.0.1:{server.server_port}/ (bearer token: {folder / 'vending-token'})")
            self.stdout.flush()
            server.serve_forever()
