"""Takes out of a text what may be somebody's: numbers, tokens, addresses, quoted values. Plain functions; whatever is in doubt goes.

No pattern finds a name in free text, so an exception's own words are shown only where we know who wrote them (`said`); a message of
a foreign library is shown without the texts that were put into it (`message`).
"""

from __future__ import annotations

import errno
import logging
import re
import traceback
from collections.abc import Iterator, Mapping
from itertools import takewhile
from typing import Any

GONE = "…"
LARGEST_ID = 10**9  # a larger whole number is no row of ours: it may be a phone or a meter number
DEEPEST = 8  # exceptions in one chain
_URL = re.compile(r"\b([a-z][a-z0-9+.-]*://)(?:[^\s/@]*@)?([\w.-]*(?::\d+)?)([/?#][^\s'\"<>)]*)?", re.I)
_QUERY = re.compile(r"\?\S+=\S*")
_WORD = re.compile(r"(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[\w-]{16,}")  # tokens, keys, UUIDs
_DIGITS = re.compile(r"\+?\d(?:[ -]?\d){5,}")  # \d is a Bangla digit too
_ADDRESS = re.compile(r"\b(?!127\.)\d{1,3}(?:\.\d{1,3}){3}\b|(?<![\w:])(?:[0-9a-f]{1,4}:){2,}[0-9a-f:.]*", re.I)
_QUOTED = re.compile(r"""'[^']*'|"[^"]*"|`[^`]*`|«[^»]*»""")
_DETAIL = re.compile(r"\b(DETAIL|CONTEXT|PARAMETERS|LINE \d+):.*", re.S)
OWN = "bijoli"
OUR_WORDS = {
    "ImproperlyConfigured",
    "CommandError",
    "PostgresError",
    "DemoError",
    "ImportError",
    "ModuleNotFoundError",
    "TemplateDoesNotExist",
    "TimeoutError",
}


def text(given: str) -> str:
    """`given` without URLs' paths, queries, long digits, tokens, network addresses and what PostgreSQL says of a row."""
    kept = _DETAIL.sub(GONE, given)
    kept = _URL.sub(lambda url: f"{url[1]}{url[2]}{f'/{GONE}' if url[3] else ''}", kept)
    kept = _QUERY.sub(f"?{GONE}", kept)
    for pattern in (_WORD, _ADDRESS, _DIGITS):
        kept = pattern.sub(GONE, kept)
    return kept


def message(record: logging.LogRecord) -> str:
    """The record's message. Ours keeps the texts put into it, masked; a foreign one loses them, and whatever stands in quotes."""
    own = record.name.split(".")[0] == OWN
    template = record.msg if isinstance(record.msg, str) else str(value(record.msg, own))
    plain = text(template) if own else text(_QUOTED.sub(GONE, template))
    if not record.args:
        return plain
    try:
        return str(template % _masked(record.args, own))
    except (TypeError, ValueError, KeyError):
        return plain


def _masked(args: Any, own: bool) -> Any:
    if isinstance(args, Mapping):
        return {name: value(given, own) for name, given in args.items()}
    return tuple(value(given, own) for given in args)


def value(given: object, own: bool) -> object:
    """One value of a message: a small number stays, an exception says what `said` says, a text is masked, or gone where it is foreign."""
    if given is None or isinstance(given, bool | float):
        return given
    if isinstance(given, int):
        return given if abs(given) < LARGEST_ID else _Gone()
    if isinstance(given, BaseException):
        return said(given)
    return text(str(given)) if own else _Gone()


class _Gone(int):
    """Nothing to see, for %s, %r and %d alike; %d alone shows 0."""

    def __str__(self) -> str:
        return GONE

    __repr__ = __str__


def said(error: BaseException) -> str:
    """The exception's type, and of its words only those that quote no row and no request."""
    name = type(error).__name__
    if state := getattr(error, "sqlstate", None):
        diag = getattr(error, "diag", None)
        named = [getattr(diag, part, None) for part in ("table_name", "column_name", "constraint_name")]
        return f"{name} {state} {' '.join(part for part in named if part)}".strip()
    if type(error).__module__.startswith("psycopg"):
        return f"{name}: {text(str(error))}"  # without a state: the connection's own words
    if isinstance(error, OSError) and error.errno:
        return f"{name} {errno.errorcode.get(error.errno, error.errno)}: {error.strerror}"
    if name in OUR_WORDS:
        return f"{name}: {text(str(error))}"
    cause = error.__cause__
    return f"{name} ({said(cause)})" if cause is not None and type(cause).__module__.startswith("psycopg") else name


def trace(error: BaseException) -> list[str]:
    """The exception and what it came from, each with its places, the innermost last. Neither source text nor values."""
    lines: list[str] = []
    for number, one in enumerate(_chain(error)):
        frames = [f"  {frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(one.__traceback__)]
        lines += [f"{'from ' if number else ''}{said(one)}", *frames]
    return lines


def _chain(error: BaseException) -> list[BaseException]:
    def along() -> Iterator[BaseException | None]:
        one: BaseException | None = error
        for _ in range(DEEPEST):
            yield one
            if one is not None:
                one = one.__cause__ or (None if one.__suppress_context__ else one.__context__)

    return [one for one in takewhile(lambda one: one is not None, along()) if one is not None]
