"""Who may push: the check of a sender's VAPID token (RFC 8292), as strict as the strictest push service."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

LONGEST_LIFE_S = 86_400  # RFC 8292, 2: exp must not be more than 24 hours ahead


class Refused(Exception):
    """A push is not taken: the HTTP status and a reason for the sender's log."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status, self.reason = status, reason


def decode(text: str) -> bytes:
    """base64url without padding, as everywhere in Web Push. Raises ValueError for anything else."""
    if "=" in text or "+" in text or "/" in text:
        raise ValueError("not base64url without padding")
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def normal(key: str) -> str:
    """A subscriber's key as senders write it. Firefox pads it with `=`. Raises ValueError for what is no point of P-256."""
    if key:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decode(key.rstrip("=")))
    return key.rstrip("=")


def check(authorization: str | None, key: str, origin: str, now: float) -> None:
    """Passes a sender who signed for `origin` with the subscription's `key` (empty: any key). Raises Refused 401 or 403."""
    if not authorization:
        if key:
            raise Refused(401, "this subscription is bound to a key: Authorization: vapid is missing")
        return
    try:
        token, public = _parts(authorization)
        claims = _verified(token, public)
        _claims(claims, origin, now)
    except (ValueError, KeyError, binascii.Error, InvalidSignature) as error:
        raise Refused(401, f"vapid: {error or type(error).__name__}") from None
    if key and decode(public) != decode(key):
        raise Refused(403, "vapid: another key than the subscription's")


def _parts(authorization: str) -> tuple[str, str]:
    scheme, _, rest = authorization.partition(" ")
    if scheme.lower() != "vapid":
        raise ValueError(f"scheme {scheme!r}")
    pairs = dict(pair.strip().split("=", 1) for pair in rest.split(","))
    return pairs["t"], pairs["k"]


def _verified(token: str, public: str) -> dict[str, Any]:
    head, payload, signature = token.split(".")
    if json.loads(decode(head)).get("alg") != "ES256":
        raise ValueError("alg is not ES256")
    raw = decode(signature)
    if len(raw) != 64:
        raise ValueError("signature is not 64 bytes")
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decode(public))
    der = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    key.verify(der, f"{head}.{payload}".encode(), ec.ECDSA(hashes.SHA256()))
    claims = json.loads(decode(payload))
    if not isinstance(claims, dict):
        raise ValueError("claims are no object")
    return claims


def _claims(claims: dict[str, Any], origin: str, now: float) -> None:
    if claims["aud"] != origin:
        raise ValueError(f"aud is {claims['aud']!r}, not {origin!r}")
    expires = claims["exp"]
    if not isinstance(expires, int | float) or not now < expires <= now + LONGEST_LIFE_S:
        raise ValueError("exp is past, or more than 24 hours ahead")
    if not str(claims.get("sub", "")).startswith(("mailto:", "https:")):
        raise ValueError("sub is neither mailto: nor https:")
