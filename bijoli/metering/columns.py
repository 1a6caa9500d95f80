"""A batch of readings as columns: what the doors hand over, and what became of each row."""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
MISSING = np.iinfo(np.int64).min  # a value that was not read


@dataclass(slots=True)
class Readings:
    """Columns of equal length. `meter` is the meter's number (12 digits as an integer), `at` its own time in seconds since 1970 UTC.

    `balance` paisa, `register` Wh, `load` W: MISSING where not read. `relay` as in models.Relay. `estimated` 0 or 1.
    """

    meter: Ints
    at: Ints
    balance: Ints
    register: Ints
    load: Ints
    relay: NDArray[np.int16]
    estimated: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.meter)

    def take(self, rows: NDArray[Any]) -> Readings:
        """The rows named by an index or a mask, in its order."""
        return Readings(*(getattr(self, field.name)[rows] for field in fields(self)))

    @classmethod
    def of(cls, rows: list[dict[str, Any]]) -> Readings:
        """From rows with these names as keys; `meter` and `at` are required, the rest may be absent or None. For tests and small doors."""

        def column(name: str, missing: int, kind: Any) -> NDArray[Any]:
            return np.array([missing if row.get(name) is None else int(row[name]) for row in rows], kind)

        values = {name: column(name, MISSING, np.int64) for name in ("meter", "at", "balance", "register", "load")}
        return cls(**values, relay=column("relay", 0, np.int16), estimated=column("estimated", 0, np.bool_))


class Status(IntEnum):
    """What became of a row. Only UNKNOWN and QUARANTINED are not stored: the door keeps them with the reason."""

    ACCEPTED = 0
    REPEATED = 1
    LATE = 2
    QUARANTINED = 3
    UNKNOWN = 4


@dataclass(slots=True)
class Outcome:
    """The status of each row of a batch, in the batch's order, and how many changes were handed on to the alert rules."""

    status: NDArray[np.int8]
    changes: int = 0

    def count(self, status: Status) -> int:
        return int(np.count_nonzero(self.status == status))
