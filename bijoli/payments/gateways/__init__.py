"""Which gateways this installation has: BIJOLI_GATEWAYS, in the order in which customers see them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import cast

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from bijoli.payments.gateways.port import Gateway


def _adapter(path: str) -> Callable[[], Gateway]:
    """Makes the class of that name (below this package), imported when it is first wanted."""
    return lambda: cast(Gateway, import_string(f"{__name__}.{path}")())


MAKERS: dict[str, Callable[[], Gateway]] = {
    "bkash": _adapter("bkash.Bkash"),
    "nagad": _adapter("nagad.Nagad"),
    "sslcommerz": _adapter("sslcommerz.Sslcommerz"),
}


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
