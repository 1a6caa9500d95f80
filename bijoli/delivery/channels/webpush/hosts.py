"""Which push services we may call. A subscription comes from a browser, so its address must not make our server call what it names."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

LONGEST = 1000
VISIBLE = re.compile(r"[!-~]+")  # ASCII without spaces and controls: nothing that two parsers could read in two ways
HOST = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")


def allowed(endpoint: str) -> bool:
    """Whether `endpoint` is of a known push service over HTTPS, or of the local one over HTTP. Asked at subscribing and at each send."""
    if len(endpoint) > LONGEST or not VISIBLE.fullmatch(endpoint) or "\\" in endpoint:
        return False
    try:
        parts = urlsplit(endpoint)
        port = parts.port
    except ValueError:
        return False
    if "@" in parts.netloc or parts.fragment:
        return False
    return is_local(endpoint) or (parts.scheme == "https" and port in (None, 443) and _known(parts.hostname or ""))


def is_local(endpoint: str) -> bool:
    """Whether it is the local push service of the demo and the tests: host and port exactly as configured, plain HTTP."""
    parts = urlsplit(endpoint)
    return parts.scheme == "http" and parts.netloc in settings.PUSH_HOSTS_LOCAL


def origin(endpoint: str) -> str:
    """Scheme, host and port: the audience of a VAPID token (RFC 8292 section 2)."""
    parts = urlsplit(endpoint)
    return f"{parts.scheme}://{_netloc(parts)}"


def _netloc(parts: SplitResult) -> str:
    return (parts.hostname or "") if parts.port in (None, 443) and parts.scheme == "https" else parts.netloc


def _known(host: str) -> bool:
    if not HOST.fullmatch(host) or _is_address(host):
        return False
    return any(host == pattern or (pattern.startswith("*.") and host.endswith(pattern[1:])) for pattern in settings.PUSH_HOSTS)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host.rsplit(".", 1)[-1].isdigit()  # 127.1 is an address to some resolvers
    return True
