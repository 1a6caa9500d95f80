"""A long-running command ends cleanly on Ctrl-C and on SIGTERM: the work at hand is finished, nothing new is begun."""

from __future__ import annotations

import signal
from threading import Event


def stop_on_signals() -> Event:
    """An event that SIGINT and SIGTERM set."""
    stop = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    return stop
