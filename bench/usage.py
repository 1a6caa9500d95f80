"""What processes used, from /proc: CPU seconds and memory of a tree of them."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def tree(root: int) -> list[int]:
    """The process and all that came from it."""
    parents = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with suppress(OSError):
                parents[int(folder.name)] = int(_fields(int(folder.name))[1])
    found = [root]
    for one in found:
        found += [child for child, parent in parents.items() if parent == one]
    return found


def cpu_seconds(root: int) -> float:
    """Of the tree, with those of its processes that have ended and were waited for."""
    total = 0
    for process in tree(root):
        with suppress(OSError):
            total += sum(int(ticks) for ticks in _fields(process)[11:15])
    return total / TICKS


def memory_mb(root: int) -> float:
    """Of the tree; what several of them share counts once (PSS)."""
    total = 0
    for process in tree(root):
        with suppress(OSError):
            lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
            total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total / 1024


def _fields(process: int) -> list[str]:
    """What stands behind the name in /proc/PID/stat: state, parent, ..."""
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
