"""`manage.py paygates --port 8003`: runs the simulated payment gateways until it is stopped."""

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

    from bijoli.simulator.paygates.base import Simulation
    from bijoli.simulator.paygates.server import MODULES, Server, environment
except ModuleNotFoundError as missing:  # the demo's requirement, which a production installation leaves out
    raise CommandError(f"{missing.name} is missing: pip install 'bijoli[demo]'") from None

LOOPBACK = ("127.0.0.1", "::1")


class Command(BaseCommand):
    help = "Payment gateways on this machine, for the demo and the tests: their real protocols, pretend money, faults on demand."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, required=True)
        parser.add_argument("--host", choices=("localhost", "127.0.0.1"), default="localhost", help="how browsers and the site call it")
        parser.add_argument("--folder", type=Path, help="keeps sessions and money here; the data folder's paygates/")
        parser.add_argument("--settings-only", action="store_true", help="prints the settings that make Bijoli use them, and ends")

    def handle(self, *, port: int, host: str, folder: Path | None, settings_only: bool, **options: object) -> None:
        folder, origin = folder or settings.DATA_FOLDER / "paygates", f"http://{host}:{port}"
        for name, value in environment(origin, folder).items():
            self.stdout.write(f"{name}={value}")
        if not settings_only:
            asyncio.run(self._serve(Simulation(origin, folder), port))

    async def _serve(self, sim: Simulation, port: int) -> None:
        """1. Listen on loopback alone. 2. Say so. 3. Wait for Ctrl-C or SIGTERM."""
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        runner = web.AppRunner(Server(sim, MODULES).application(), access_log=None, shutdown_timeout=1)
        await runner.setup()
        try:
            for host in LOOPBACK:
                await self._listen(runner, host, port)
            self.stdout.write(f"payment gateways: {sim.origin}/")
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
