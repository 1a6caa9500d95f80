"""Who sent a row: one gateway all of a body, or, where messages of many were gathered into one, a gateway for each row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from bijoli.ingest.models import Gateway
from bijoli.metering.columns import Ints

Sender = Gateway | Sequence[Gateway | None] | None


def of(sender: Sender, row: int) -> Gateway | None:
    """The gateway of a row, counted from 1."""
    return sender if sender is None or isinstance(sender, Gateway) else sender[row - 1]


def own(sender: Sender, meters: Ints, rows: Ints) -> NDArray[np.bool_]:
    """Which of these meters their rows' gateways may speak for: where one is bound, those whose number begins so."""
    if sender is None or isinstance(sender, Gateway):
        prefix = sender.meter_prefix if sender else ""
        return meters // 10 ** (12 - len(prefix)) == int(prefix or 0) if prefix else np.ones(len(meters), bool)
    if not any(gateway.meter_prefix for gateway in set(sender) if gateway):
        return np.ones(len(meters), bool)
    prefixes = [gateway.meter_prefix if gateway else "" for gateway in sender]
    pairs = zip(meters.tolist(), rows.tolist(), strict=True)
    return np.array([f"{meter:012d}".startswith(prefixes[row - 1]) for meter, row in pairs], bool)


def counts(sender: Sender, rows: Ints) -> Iterable[tuple[Gateway | None, int]]:
    """How many of these rows each gateway sent; a gateway that sent none of them is named too."""
    if sender is None or isinstance(sender, Gateway):
        return [(sender, len(rows))]
    found = Counter(dict.fromkeys(sender, 0))
    found.update(sender[row - 1] for row in rows.tolist())
    return found.items()
