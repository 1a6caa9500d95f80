"""`manage.py pushservice --port 8091`: runs the local push service until it is stopped."""

from __future__ import annotations

import asyncio
import errno
import signal
from argparse import ArgumentParser
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

try:
    from aiohttp import web

    from bijoli.simulator.pushservice import PushService
except ModuleNotFoundError as missing:  # the demo's requirement, which a production installation leaves out
    raise CommandError(f"{missing.name} is missing: pip install 'bijoli[demo]'") from None

LOOPBACK = ("127.0.0.1", "::1")


class Command(BaseCommand):
    help = "A push service on this machine, for the demo and the tests: stock Firefox gets real pushes without internet."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, required=True)
        parser.add_argument("--folder", type=Path, help="keeps subscriptions here; the data folder's pushservice/")

    def handle(self, *, port: int, folder: Path | None, **options: object) -> None:
        service = PushService(f"http://localhost:{port}", folder or settings.DATA_FOLDER / "pushservice")
        asyncio.run(self._serve(service, port))

    async def _serve(self, service: PushService, port: int) -> None:
        """1. Listen on loopback alone. 2. Say so. 3. Wait for Ctrl-C or SIGTERM. 4. Say good-bye to the browsers."""
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        runner = web.AppRunner(service.application(), access_log=None, shutdown_timeout=2)
        await runner.setup()
        try:
            for host in LOOPBACK:
                await self._listen(runner, host, port)
            self.stdout.write(f"push service: http://localhost:{port}/")
            self.stdout.flush()
            await stop.wait()
        finally:
            await runner.cleanup()

    async def _listen(self, runner: web.AppRunner, host: str, port: int) -> None:
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError as error:
            if host == "::1" and error.errno in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
                return  # a machine without IPv6
            raise CommandError(f"port {port} cannot be opened on {host}: {error.strerror}. Choose another with --port.") from None
