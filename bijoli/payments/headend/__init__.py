"""Which head-end this installation speaks to: BIJOLI_HEADEND, an address (docs/head-end.md) or the name of a plugged-in adapter."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from django.conf import settings

from bijoli.payments.headend.port import HeadEnd, HeadEndRefused

MAKERS: dict[str, Callable[[], HeadEnd]] = {}  # plugged in by apps above: "simulated" by the simulator


@cache
def head_end() -> HeadEnd:
    """The adapter. Raises HeadEndRefused where none is set: recharges are then not sold."""
    chosen: str = settings.HEADEND
    if not chosen:
        raise HeadEndRefused("none")
    if chosen in MAKERS:
        return MAKERS[chosen]()
    return MAKERS["http"]()
