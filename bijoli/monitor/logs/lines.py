"""A log record as one line: JSON for machines, text for people. The same guarded fields in both; nothing else of a record gets through."""

from __future__ import annotations

import logging
import sys
import threading
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

from pythonjsonlogger.json import JsonFormatter

from bijoli.monitor.logs import mask

# What a line may carry beside its message (`extra=`): names of things of ours, and numbers. Whatever else is given is left out.
FIELDS = (
    *("method", "route", "status", "ms", "delivery", "stage", "change", "episode", "meter_id", "gateway", "door", "rows"),
    *("service", "process_name", "pid", "seconds", "count", "source", "customer_id"),
)


def told(record: logging.LogRecord) -> dict[str, Any]:
    """The line's fields: time (UTC), level, event, the ids, the message, and the trace where there was an exception.

    `event` is stable: given by `extra`, else the module and the function that speaks, for a library its logger.
    """
    given = record.__dict__
    line: dict[str, Any] = {
        "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
        "level": record.levelname,
        "event": given.get("event") or (f"{record.name[7:]}.{record.funcName}" if record.name.startswith("bijoli.") else record.name),
    }
    line |= {name: _plain(given[name]) for name in FIELDS if name in given}
    if said := mask.message(record):
        line["message"] = said
    if record.exc_info and record.exc_info[1]:
        line["trace"] = mask.trace(record.exc_info[1])
    return line


def _plain(value: object) -> object:
    """A number, or a text without what may be somebody's."""
    return value if isinstance(value, int | float | None) else mask.text(str(value))


class Json(JsonFormatter):
    """One object a line (NDJSON)."""

    def format(self, record: logging.LogRecord) -> str:
        return self.serialize_log_record(told(record))


class Text(logging.Formatter):
    """`2026-11-23T06:10:15.000+00:00 INFO request method=GET route=web:home status=200 ms=12.1`, a trace on lines of its own."""

    def format(self, record: logging.LogRecord) -> str:
        line = told(record)
        ids = "".join(f" {name}={line[name]}" for name in FIELDS if name in line)
        head = f"{line['time']} {line['level']} {line['event']}{ids}" + (f": {line['message']}" if "message" in line else "")
        return "\n".join([head, *line.get("trace", [])])


def guard_the_end() -> None:
    """What ends a process or a thread goes through the log too: Python itself would print the values that an exception quotes.

    At a terminal a person reads, and is shown the whole of it.
    """
    if sys.stderr is None or sys.stderr.isatty():
        return
    log = logging.getLogger("bijoli.process")

    def ended(kind: type[BaseException], error: BaseException, _trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            return
        log.critical("ended by an error", exc_info=error, extra={"event": "process.ended"})

    def thread_ended(args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None:
            log.error("a thread ended by an error", exc_info=args.exc_value, extra={"event": "thread.ended"})

    sys.excepthook = ended
    threading.excepthook = thread_ended
