"""Who runs on which core, so that a process is measured alone on one while the database and the peers use the other."""

from __future__ import annotations

import os


def measured() -> set[int]:
    """The core of the process that is measured."""
    return {min(_ALL)}


def others() -> set[int]:
    """The cores of everything else; the same one where the machine has one only."""
    return _ALL - measured() or measured()


def pin(cores: set[int]) -> None:
    """Binds this process, and those that it will start, to these cores."""
    os.sched_setaffinity(0, cores)


_ALL = os.sched_getaffinity(0)
