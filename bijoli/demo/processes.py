"""A child process of the demo, with its log; lines that a person must see (the sign-in code) are shown too."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path
from types import TracebackType

from bijoli.config.folder import CHECKOUT

STOP_SECONDS = 10


class Process:
    """Starts on entering, ends (SIGTERM, after ten seconds SIGKILL) on leaving."""

    def __init__(self, name: str, command: list[str], log: Path, show: str = "") -> None:
        self.name, self.command, self.log, self.show = name, command, log, show
        self._child: subprocess.Popen[str] | None = None

    def __enter__(self) -> Process:
        self._start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        child = self._child
        if child is None or child.poll() is not None:
            return
        child.terminate()
        try:
            child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()

    def ended(self) -> bool:
        return self._child is not None and self._child.poll() is not None

    def start_again(self) -> None:
        self._start()

    def _start(self) -> None:
        """In a session of its own: Ctrl-C reaches the supervisor alone, which then stops the others in order."""
        self._child = subprocess.Popen(
            self.command,
            cwd=CHECKOUT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            bufsize=1,
        )
        threading.Thread(target=self._keep_log, args=(self._child,), daemon=True).start()

    def _keep_log(self, child: subprocess.Popen[str]) -> None:
        assert child.stdout is not None  # noqa: S101 it was asked for
        with self.log.open("a", encoding="utf-8") as file:
            for line in child.stdout:
                if self.show and self.show in line:
                    sys.stdout.write(line)
                    sys.stdout.flush()
                    continue  # a code belongs on the console, not into a file that stays
                file.write(line)
                file.flush()
