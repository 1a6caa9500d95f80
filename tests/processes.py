"""Real processes for the tests: started on free ports, their output kept, ended in any case."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TypeVar

CHECKOUT = Path(__file__).resolve().parents[1]
T = TypeVar("T")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(what: str, look: Callable[[], T], seconds: float = 30, every: float = 0.05) -> T:
    """Looks until the answer is true, and returns it. Fails with `what` when it never is."""
    end = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds:g} s: {what}")
        time.sleep(every)


class Process:
    """One process of ours. Its output goes to a file, so that a full pipe never stops it and a failure can be read."""

    def __init__(self, name: str, command: list[str], environment: dict[str, str] | None = None) -> None:
        self.name, self.command, self.environment = name, command, environment or {}
        self._output = tempfile.NamedTemporaryFile("w+b", prefix=f"bijoli-{name}-", suffix=".log")  # noqa: SIM115 closed on leaving
        self._child: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Process:
        self._child = subprocess.Popen(
            self.command,
            cwd=CHECKOUT,
            env=os.environ | self.environment,
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=subprocess.STDOUT,
        )
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._child is not None and self._child.poll() is None:
            self._child.terminate()
            try:
                self._child.wait(10)
            except subprocess.TimeoutExpired:
                self._child.kill()
                self._child.wait()
        self._output.close()

    @property
    def id(self) -> int:
        """The process id, while it runs."""
        if self._child is None:
            raise AssertionError(f"{self.name} was not started")
        return self._child.pid

    def end(self, seconds: float) -> None:
        """Waits for it to end by itself."""
        if self._child is not None:
            with suppress(subprocess.TimeoutExpired):
                self._child.wait(seconds)

    def output(self) -> str:
        return Path(self._output.name).read_text(errors="replace")

    def wait_for(self, up: Callable[[], object], seconds: float = 60) -> None:
        """Waits until `up` is true; a process that ends before fails with its own words."""

        def look() -> object:
            if self._child is None or self._child.poll() is not None:
                raise AssertionError(f"{self.name} ended:\n{self.output()[-3000:]}")
            return up()

        wait_until(f"{self.name} is up", look, seconds)


def manage(name: str, *arguments: str, environment: dict[str, str] | None = None) -> Process:
    """A long-running command of manage.py."""
    return Process(name, [sys.executable, "manage.py", name, *arguments], environment)


def answers(port: int) -> bool:
    """Whether something listens on the port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0
