"""Room for so many batches at a time; who came first goes in first. A plain semaphore lets the one that just left pass those that wait."""

from __future__ import annotations

import threading
from collections import deque


class Room:
    """`places` at most are inside."""

    def __init__(self, places: int) -> None:
        self._free = places
        self._lock = threading.Lock()
        self._waiting: deque[threading.Event] = deque()

    def enter(self, seconds: float) -> bool:
        """Waits for a place for so long. Returns whether there was one; then `leave` must follow."""
        with self._lock:
            if self._free:
                self._free -= 1
                return True
            called = threading.Event()
            self._waiting.append(called)
        if called.wait(seconds):
            return True
        with self._lock:
            if called.is_set():  # a place was given in this very moment
                return True
            self._waiting.remove(called)
            return False

    def leave(self) -> None:
        """Gives the place to the one that has waited longest."""
        with self._lock:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._free += 1
