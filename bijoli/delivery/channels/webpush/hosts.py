"""Which push services we may call. A subscription comes from a browser, so its address must not make our server call what it names."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import urlsplit

from django.conf import settings

LONGEST = 1000
ENDPOINT = re.compile(r"(https?://[A-Za-z0-9.:-]+)/[!\"$-\[\]-~]*")  # visible ASCII, no userinfo, backslash or fragment
HOST = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")


def allowed(endpoint: str) -> bool:
    """Whether `endpoint` is of a known push service over HTTPS, or of the local one over HTTP. Asked at subscribing and at each send."""
    found = ENDPOINT.fullmatch(endpoint)
    if found is None or len(endpoint) > LONGEST:
        return False
    return _allowed(found.group(1), tuple(settings.PUSH_HOSTS), tuple(settings.PUSH_HOSTS_LOCAL))


def is_local(endpoint: str) -> bool:
    """Whether it is the local push service of the demo and the tests: host and port exactly as configured, plain HTTP."""
    return endpoint.startswith("http://") and endpoint[7:].partition("/")[0] in settings.PUSH_HOSTS_LOCAL


def origin(endpoint: str) -> str:
    """Scheme, host and port: the audience of a VAPID token (RFC 8292 section 2). For an endpoint that is allowed."""
    scheme, _, rest = endpoint.partition("://")
    return f"{scheme.lower()}://{rest.partition('/')[0].lower().removesuffix(':443')}"


@lru_cache(maxsize=1000)
def _allowed(place: str, known: tuple[str, ...], local: tuple[str, ...]) -> bool:
    """The part before the path, which is the same for thousands of endpoints."""
    try:
        parts = urlsplit(place)
        port = parts.port
    except ValueError:
        return False
    return place in {f"http://{one}" for one in local} or (
        parts.scheme == "https" and port in (None, 443) and _known(parts.hostname or "", known)
    )


def _known(host: str, patterns: tuple[str, ...]) -> bool:
    if not HOST.fullmatch(host) or _is_address(host):
        return False
    return any(host == pattern or (pattern.startswith("*.") and host.endswith(pattern[1:])) for pattern in patterns)


def _is_address(host: str) -> bool:
    """An address in digits; 127.1 is one too to some resolvers."""
    return host.rsplit(".", 1)[-1].isdigit()
