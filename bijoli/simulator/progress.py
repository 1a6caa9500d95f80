"""Progress bars for what takes longer than two seconds."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

SHOW_AFTER = 1.0

OnProgress = Callable[[str, int, int], None]  # what is done, how much of it, of how much


@contextmanager
def bars(console: Console | None = None) -> Iterator[OnProgress]:
    """One bar for each thing that is done, shown once it takes longer than a second."""
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    progress = Progress(*columns, console=console or Console(stderr=True))
    tasks: dict[str, int] = {}
    began = time.monotonic()

    def told(what: str, done: int, total: int) -> None:
        if what not in tasks:
            tasks[what] = progress.add_task(what, total=total)
        progress.update(tasks[what], completed=done, total=total)
        if time.monotonic() > began + SHOW_AFTER:
            progress.start()

    try:
        yield told
    finally:
        progress.stop()
