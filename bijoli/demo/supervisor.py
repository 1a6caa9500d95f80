"""Runs the demo: the database, then the processes, then the town; watches them; stops all of them, in the opposite order.

1. checks what would fail later (disk, ports)  2. database, migrations, static files  3. web, watch, deliver, tick, settle, push service,
simulated payment gateways
4. the town with its history  5. the live meters  6. says where to look, and waits
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from types import FrameType
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from django.conf import settings
from django.core.management import call_command
from django.utils import timezone
from rich.console import Console

from bijoli.config.postgres import Cluster
from bijoli.demo.gateways import subscribe
from bijoli.demo.processes import Process
from bijoli.demo.words import SECOND_NAME, SECOND_PHONE, STAFF_NAME, STAFF_PHONE, words
from bijoli.simulator.paygates.server import environment as gateway_settings
from bijoli.simulator.town import build, town_folder
from bijoli.simulator.vending.listen import environment as headend_settings
from bijoli.staff.people import demo

SPACE_MB = 1500
UP_SECONDS = 60


class DemoError(Exception):
    """The demo cannot go on; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Ports:
    web: int
    push: int
    headend: int
    gateways: int


def run(port: int, meters: int, days: int) -> None:
    """The whole demo, until Ctrl-C. `days` of history for `meters` simulated meters; a second start continues with the same data."""
    console = Console(highlight=False)
    ports = Ports(port, port + 1, port + 2, port + 3)
    for stop in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(stop, _interrupt)
    with ExitStack() as stack, suppress(KeyboardInterrupt):
        _check(ports)
        stack.callback(console.print, "Stopped.")
        stack.enter_context(_settings_for_others(ports))
        _database(console, stack)
        running = [stack.enter_context(process) for process in _processes(ports)]
        with console.status("Starting the site …"):
            _wait_for(f"http://127.0.0.1:{ports.web}/accounts/login/", running)
            subscribe(f"http://localhost:{ports.gateways}", _url(ports))
        build(_url(ports), meters=meters, days=days)
        call_command("upkeep", "homes", stdout=StringIO())  # the first night's work, which came before there was a history
        for phone, name in ((STAFF_PHONE, STAFF_NAME), (SECOND_PHONE, SECOND_NAME)):
            demo(phone, name, timezone.now())
        running.append(stack.enter_context(_process("headend", ["headend", "--url", _url(ports), "--port", str(ports.headend)])))
        _wait_for_port(ports.headend, running[-1])
        console.print(words(_url(ports)), soft_wrap=True)
        _watch_over(running, console)


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _url(ports: Ports) -> str:
    return f"http://localhost:{ports.web}"


def _check(ports: Ports) -> None:
    free = shutil.disk_usage(settings.DATA_FOLDER).free // 2**20
    if free < SPACE_MB:
        where = f"only {free} MB are free under {settings.DATA_FOLDER}"
        raise DemoError(f"{where}; the demo needs {SPACE_MB}. Make room, or set BIJOLI_DATA to a larger disk.")
    for port in (ports.web, ports.push, ports.headend, ports.gateways):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                other = ports.web + 100
                raise DemoError(
                    f"port {port} is in use: another demo, or another program. Stop it, or take other ports: make demo PORT={other}"
                ) from None


@contextmanager
def _settings_for_others(ports: Ports) -> Iterator[None]:
    """The demo's settings, for our processes and for commands typed beside it (`manage.py` reads the file)."""
    chosen = {
        "BIJOLI_DEMO": "1",
        "BIJOLI_SMS": "console",
        "BIJOLI_PUSH_HOSTS_LOCAL": f"localhost:{ports.push}",
        "BIJOLI_DEMO_URL": _url(ports),
        "BIJOLI_DEMO_PUSH": f"ws://localhost:{ports.push}/",
        "BIJOLI_DEMO_HEADEND": f"http://localhost:{ports.headend}",
        "BIJOLI_SITE": _url(ports),
        **headend_settings(f"http://127.0.0.1:{ports.headend}", town_folder()),
        **gateway_settings(f"http://localhost:{ports.gateways}", _gateways_folder()),
    }
    os.environ.update(chosen)
    notes: Path = settings.DATA_FOLDER / "demo.env"
    notes.write_text("".join(f"{name}={value}\n" for name, value in chosen.items()))
    try:
        yield
    finally:
        notes.unlink(missing_ok=True)


def _database(console: Console, stack: ExitStack) -> None:
    cluster = Cluster()
    with console.status("Starting PostgreSQL …"):
        cluster.start()
    stack.callback(cluster.stop)
    with console.status("Preparing the tables, the words and the files of the site …"):
        call_command("migrate", verbosity=0, interactive=False)
        call_command("collectstatic", verbosity=0, interactive=False)


def _processes(ports: Ports) -> Iterator[Process]:
    yield _process("pushservice", ["pushservice", "--port", str(ports.push), "--folder", str(settings.DATA_FOLDER / "pushservice")])
    gunicorn = [
        "-m",
        "gunicorn",
        "-c",
        "python:bijoli.config.gunicorn",
        "bijoli.config.wsgi",
        "--bind",
        f"127.0.0.1:{ports.web}",
    ]
    yield Process("web", [sys.executable, *gunicorn], _log("web"), show="sign-in code")
    yield _process("paygates", ["paygates", "--port", str(ports.gateways), "--folder", str(_gateways_folder())])
    for name in ("watch", "deliver", "tick", "settle"):
        yield _process(name, [name])


def _gateways_folder() -> Path:
    return Path(settings.DATA_FOLDER) / "paygates"


def _process(name: str, arguments: list[str]) -> Process:
    return Process(name, [sys.executable, "manage.py", *arguments], _log(name))


def _log(name: str) -> Path:
    folder: Path = settings.DATA_FOLDER / "log"
    folder.mkdir(exist_ok=True)
    return folder / f"{name}.log"


def _wait_for(url: str, running: list[Process]) -> None:
    end = time.monotonic() + UP_SECONDS
    while time.monotonic() < end:
        for process in running:
            if process.ended():
                raise DemoError(f"{process.name} stopped at once; its log says why: {process.log}")
        try:
            with urlopen(url, timeout=2):  # noqa: S310 our own address
                return
        except HTTPError as error:
            raise DemoError(f"the site answers {error.code}; its log says why: {_log('web')}") from None
        except (URLError, OSError):
            time.sleep(0.1)
    raise DemoError(f"the site did not start within {UP_SECONDS} seconds; its log says why: {_log('web')}")


def _wait_for_port(port: int, process: Process) -> None:
    """Until a command typed at once would be heard."""
    end = time.monotonic() + UP_SECONDS
    while time.monotonic() < end:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        if process.ended():
            break
        time.sleep(0.05)
    raise DemoError(f"{process.name} did not start; its log says why: {process.log}")


def _watch_over(running: list[Process], console: Console) -> None:
    while True:
        for process in running:
            if process.ended():
                console.print(f"[bold red]{process.name} stopped[/] and is started again; its log: {process.log}")
                process.start_again()
        time.sleep(0.5)
