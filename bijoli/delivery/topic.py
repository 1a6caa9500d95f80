"""The name under which a newer push replaces an older one, at the push service (RFC 8030 Topic) and in the phone's tray (tag)."""

from __future__ import annotations

import hmac

from django.conf import settings

from bijoli.delivery.channels.webpush import base64url


def topic(*names: object) -> str:
    """32 base64url characters (RFC 8030, 5.4, allows no more) that stay the same for the same names, yet tell nobody what they are."""
    said = ":".join(str(name) for name in names)
    return base64url.encode(hmac.digest(settings.SECRET_KEY.encode(), b"push topic:" + said.encode(), "sha256")[:24])
