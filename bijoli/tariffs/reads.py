"""The tariff book: the utility's file, and the approved orders on top of it. Kept in the process, so that a page pays nothing for it."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from threading import Lock
from time import monotonic
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db.models import Count, Max

from bijoli.core.tariff import TariffBook, TariffError, read_one, read_tariff
from bijoli.tariffs.models import TariffOrder

CHECKED_EVERY_S = 10  # an order begins tomorrow at the earliest: no page needs it sooner


@dataclass(frozen=True, slots=True)
class _Kept:
    book: TariffBook
    stamp: tuple[Any, ...]  # changes whenever an order is approved or withdrawn
    checked: float  # monotonic


_lock = Lock()
_kept: dict[Path, _Kept] = {}


def book() -> TariffBook:
    """All tariffs, of the file and of approved orders. An order approved in another process shows within ten seconds.

    Raises ImproperlyConfigured for a file that cannot be read, TariffError for an order that cannot.
    """
    folder = Path(settings.UTILITY_FOLDER)
    kept = _kept.get(folder)
    if kept and monotonic() - kept.checked < CHECKED_EVERY_S:
        return kept.book
    if not _lock.acquire(blocking=kept is None):
        return kept.book if kept else book()  # another thread is looking
    try:
        fresh = _kept[folder] = _looked(folder, _kept.get(folder))
        return fresh.book
    finally:
        _lock.release()


def look_again() -> None:
    """The next `book()` asks the database."""
    _kept.clear()


def file_book() -> TariffBook:
    """The tariffs of the utility's file alone, read once in a process. Raises ImproperlyConfigured, naming file and table."""
    return _read(Path(settings.UTILITY_FOLDER) / "tariff.toml")


def book_of(path: Path) -> TariffBook:
    """The tariffs of any file. Raises ValueError in words (TariffError, TOMLDecodeError, UnicodeDecodeError), and OSError."""
    return read_tariff(tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal))


@cache
def _read(path: Path) -> TariffBook:
    try:
        return book_of(path)
    except FileNotFoundError:
        raise ImproperlyConfigured(f"{path}: not found; the utility's folder needs its tariffs (docs/tariff.md)") from None
    except (ValueError, OSError) as error:
        raise ImproperlyConfigured(f"{path}: {error}") from None


def _looked(folder: Path, kept: _Kept | None) -> _Kept:
    """The book with what is approved by now; the same one where nothing is new."""
    checked, stamp = monotonic(), _stamp()
    if kept and kept.stamp == stamp:
        return _Kept(kept.book, stamp, checked)
    approved = TariffOrder.objects.filter(state="approved").order_by("approved_at").values_list("public_id", "table")
    tariffs = []
    for public_id, table in approved:
        try:
            tariffs.append(read_one(table))
        except TariffError as error:
            raise TariffError(f"order {public_id}: {error}") from None
    return _Kept(_read(folder / "tariff.toml").with_tariffs(tariffs), stamp, checked)


def _stamp() -> tuple[int, datetime | None]:
    found = TariffOrder.objects.filter(state="approved").aggregate(count=Count("pk"), last=Max("approved_at"))
    return found["count"], found["last"]
