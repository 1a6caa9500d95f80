"""`manage.py phone`: opens stock Firefox as a phone that gets real pushes from the local push service."""

from __future__ import annotations

import os
import subprocess
import time
from argparse import ArgumentParser
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from bijoli.simulator.phone import PhoneError, command, is_open, prepare

SETTLED_S = 3  # a Firefox that cannot start says so before


class Command(BaseCommand):
    help = "Opens Firefox, prepared for the demo's push service. The phone is kept: it is the same one next time."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--url", help="the page to open; the running demo's")
        parser.add_argument("--push", help="WebSocket address of the push service; the running demo's")
        parser.add_argument("--name", default="phone", help="another name is another phone: --name mother")
        parser.add_argument("--headless", action="store_true", help="without a window; stays in the foreground")
        parser.add_argument("--marionette-port", type=int, help="lets a program drive it on this port")

    def handle(
        self,
        *,
        url: str | None,
        push: str | None,
        name: str,
        headless: bool,
        marionette_port: int | None,
        **options: object,
    ) -> None:
        url, push = url or os.environ.get("BIJOLI_DEMO_URL"), push or os.environ.get("BIJOLI_DEMO_PUSH")
        if not url or not push:
            raise CommandError("No demo is running: say `make demo` first, in another terminal (or give --url and --push).")
        folder: Path = settings.DATA_FOLDER / "phones" / name
        if is_open(folder):
            raise CommandError(f"This phone is open already: look for its window. For another phone: --name mother (this one is {name}).")
        try:
            prepare(folder, push, marionette_port)
            start = command(folder, url, headless=headless, driven=marionette_port is not None)
        except PhoneError as error:
            raise CommandError(str(error)) from None
        if headless:
            os.execv(start[0], start)  # noqa: S606 signals reach the browser itself
        self._open(start, folder)

    def _open(self, start: list[str], folder: Path) -> None:
        """Starts Firefox on its own and returns; what it says goes to a log beside its profile."""
        log = folder.with_suffix(".log")
        with log.open("w") as file:
            firefox = subprocess.Popen(start, stdin=subprocess.DEVNULL, stdout=file, stderr=file, start_new_session=True)
        time.sleep(SETTLED_S)
        if firefox.poll():
            raise CommandError(f"Firefox stopped at once; its log says why: {log}")
        self.stdout.write(f"Firefox is open ({folder.name}). Sign in, then Settings > notifications on this device > turn on.")
