"""Whose request it is: the client's address behind the utility's own proxies."""

from __future__ import annotations

import ipaddress

from django.conf import settings
from django.http import HttpRequest

NOWHERE = "0.0.0.0"  # noqa: S104 - a request over a Unix socket has no address; nothing is bound here


def client_address(request: HttpRequest) -> str:
    """The client's IP address: the n-th from the right of X-Forwarded-For, n the proxies of ours (`BIJOLI_PROXIES`).

    What stands further left was written by the client and is worth nothing. Fewer entries than proxies means that the
    request came around them: then the connection's own address counts.
    """
    told = request.headers.get("X-Forwarded-For", "").split(",")
    proxies: int = settings.PROXIES
    given = told[-proxies] if 0 < proxies <= len(told) else request.META.get("REMOTE_ADDR", "")
    return _clean(given) or _clean(request.META.get("REMOTE_ADDR", "")) or NOWHERE


def network(address: str) -> str:
    """What the limits count by: an IPv4 address, or the /64 of an IPv6 one, which is one home's."""
    parsed = ipaddress.ip_address(address)
    if isinstance(parsed, ipaddress.IPv6Address) and not parsed.ipv4_mapped:
        return str(ipaddress.ip_network((parsed, 64), strict=False).network_address)
    return str(getattr(parsed, "ipv4_mapped", None) or parsed)


def _clean(given: str) -> str:
    """A valid address without port and brackets, or ""."""
    text = given.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return ""
