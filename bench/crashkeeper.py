"""Starts what `make demo` and the systemd units start, starts again what ended, and kills: any process, PostgreSQL, or all at once.

As systemd does: a service whose main process died loses its other processes too, and is started again 100 ms later.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from tests.processes import CHECKOUT

RESTART_S = 0.1
GUNICORN = ("-m", "gunicorn", "bijoli.config.wsgi", "--workers", "2", "--threads", "8", "--log-level", "critical", "--no-control-socket")


class Service:
    """One process of ours in a process group of its own. `starts` counts how often it was started."""

    def __init__(self, name: str, log: Path, *arguments: str) -> None:
        self.name, self.log, self.command = name, log, [sys.executable, *arguments]
        self.starts = 0
        self._ending = threading.Event()
        self._child: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._keep, daemon=True)
        self._thread.start()

    def _keep(self) -> None:
        while not self._ending.is_set():
            with self.log.open("ab") as log:
                self._child = subprocess.Popen(
                    self.command, cwd=CHECKOUT, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
                )
            self.starts += 1
            self._child.wait()
            self._kill_group(self._child.pid)
            self._ending.wait(RESTART_S)

    @property
    def pid(self) -> int | None:
        child = self._child
        return child.pid if child and child.poll() is None else None

    def kill(self) -> bool:
        """kill -9 of the main process; False where it does not run just now."""
        return (pid := self.pid) is not None and _kill(pid)

    def kill_group(self) -> None:
        if (pid := self.pid) is not None:
            self._kill_group(pid)

    def kill_worker(self, chance: random.Random) -> bool:
        """kill -9 of one of its children, as the kernel does when memory runs out."""
        workers = _children(self.pid) if self.pid else []
        return bool(workers) and _kill(chance.choice(workers))

    def end(self) -> None:
        self._ending.set()
        if (pid := self.pid) is not None:
            with suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGTERM)
        self._thread.join(15)
        if self._thread.is_alive():
            self.kill_group()
            self._thread.join(5)

    @staticmethod
    def _kill_group(pid: int) -> None:
        with suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)


class Database:
    """The cluster's postmaster, looked after like a service: where it is gone, it is started again and recovers."""

    def __init__(self, start: Callable[[], object], folder: Path) -> None:
        self._start, self._file = start, folder / "postmaster.pid"
        self._ending = threading.Event()
        self.recoveries = 0
        self._thread = threading.Thread(target=self._keep, daemon=True)
        self._thread.start()

    @property
    def pid(self) -> int | None:
        """The postmaster, where it runs."""
        with suppress(OSError, ValueError, IndexError):
            pid = int(self._file.read_text().splitlines()[0])
            if (Path("/proc") / str(pid) / "comm").read_text().startswith("postgres"):
                return pid
        return None

    def kill(self) -> bool:
        """The postmaster alone; the others notice, and end by themselves."""
        return (pid := self.pid) is not None and _kill(pid)

    def kill_all(self) -> bool:
        """The postmaster and all of its processes at the same moment."""
        pid = self.pid
        if pid is None:
            return False
        for each in (pid, *_children(pid)):
            _kill(each)
        return True

    def kill_backend(self, chance: random.Random) -> bool:
        """One process that serves one of ours: PostgreSQL then drops all connections and recovers."""
        backends = [pid for pid in _children(self.pid or 0) if "bijoli bijoli" in _title(pid)]
        return bool(backends) and _kill(chance.choice(backends))

    def end(self) -> None:
        self._ending.set()
        self._thread.join(120)

    def _keep(self) -> None:
        from bijoli.config.postgres import PostgresError

        while not self._ending.wait(RESTART_S):
            if self.pid is None:
                with suppress(PostgresError):  # what is left of the former one may still hold its memory: again
                    self._start()
                    self.recoveries += 1


def _kill(pid: int) -> bool:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def _title(pid: int) -> str:
    try:
        return (Path("/proc") / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def _children(parent: int) -> list[int]:
    found = []
    for each in Path("/proc").iterdir():
        if each.name.isdecimal():
            with suppress(OSError, IndexError, ValueError):
                if int((each / "stat").read_text().rpartition(")")[2].split()[1]) == parent:
                    found.append(int(each.name))
    return found


def until(what: str, look: Callable[[], object], seconds: float, every: float = 0.1) -> None:
    """Waits until it is so. Raises TimeoutError with `what`."""
    end = time.monotonic() + seconds
    while not look():
        if time.monotonic() > end:
            raise TimeoutError(f"not within {seconds:g} s: {what}")
        time.sleep(every)
