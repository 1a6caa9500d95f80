"""Tariffs by class and day for many homes at once: the book is read once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from bijoli.core.tariff import Tariff, TariffError, turn_charges
from bijoli.tariffs.reads import book


class Tariffs:
    """Looks tariffs up in the book as it is now; each answer is kept."""

    def __init__(self) -> None:
        self._book = book()
        self._known: dict[tuple[str, date], Tariff | None] = {}

    def find(self, code: str, day: date) -> Tariff | None:
        """The tariff of a class on a day; None where there is none."""
        key = (code, day)
        if key not in self._known:
            try:
                self._known[key] = self._book.at(code, day)
            except TariffError:
                self._known[key] = None
        return self._known[key]

    def all(self, day: date) -> list[Tariff]:
        """The tariffs of all classes on a day."""
        return [self._book.at(code, day) for code in self._book.codes(day)]

    def of(self, code: str) -> Callable[[date], Tariff]:
        """The tariffs of a class by day. Raises TariffError where there is none."""

        def at(day: date) -> Tariff:
            return self.find(code, day) or self._book.at(code, day)

        return at

    def charges(self, code: str, sanctioned_w: int, phases: int) -> Callable[[date], int]:
        """What leaves a prepaid balance on the first day of a month, by day: paisa. Nothing where the utility takes it with recharges."""

        def on(day: date) -> int:
            tariff = self.find(code, day)
            return 0 if tariff is None else turn_charges(tariff, sanctioned_w=sanctioned_w, phases=phases)

        return on
