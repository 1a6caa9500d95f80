"""Which gateways this installation has: BIJOLI_GATEWAYS, in the order in which customers see them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from bijoli.payments.gateways.port import Gateway

MAKERS: dict[str, Callable[[], Gateway]] = {}


def names() -> list[str]:
    """The chosen gateways."""
    return list(settings.GATEWAYS)


@cache
def gateway(name: str) -> Gateway:
    """The adapter of a gateway. Raises KeyError for one that is not chosen."""
    if name not in names():
        raise KeyError(name)
    if name not in MAKERS:
        raise ImproperlyConfigured(f"BIJOLI_GATEWAYS: there is no gateway {name!r}: {', '.join(sorted(MAKERS))}")
    return MAKERS[name]()
