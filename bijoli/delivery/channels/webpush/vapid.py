"""Who sends: a signed token for each push service (RFC 8292, ES256), cached until half its life is over."""

from __future__ import annotations

import json
import os
import secrets
from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from django.conf import settings

from bijoli.delivery.channels.webpush import base64url

LIFE_SECONDS = 12 * 3600  # RFC 8292 allows 24 h; half of it forgives a wrong clock on either side


class Signer:
    """Makes the Authorization header for each origin. `contact` is a mailto: or https: address of who runs this sender."""

    def __init__(self, key: ec.EllipticCurvePrivateKey, contact: str) -> None:
        self._key = key
        self._contact = contact
        self._headers: dict[str, tuple[int, str]] = {}
        self.public_key = base64url.encode(key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))

    def header(self, origin: str, now: float) -> str:
        """`vapid t=<token>,k=<key>` for `origin` (scheme, host and odd port); `now` in epoch seconds."""
        expires, header = self._headers.get(origin, (0, ""))
        if expires - now < LIFE_SECONDS / 2:
            expires = int(now) + LIFE_SECONDS
            header = f"vapid t={self._token(origin, expires)},k={self.public_key}"
            self._headers[origin] = (expires, header)
        return header

    def _token(self, origin: str, expires: int) -> str:
        claims = {"aud": origin, "exp": expires, "sub": self._contact}
        parts = ({"typ": "JWT", "alg": "ES256"}, claims)
        signed = ".".join(base64url.encode(json.dumps(part, separators=(",", ":")).encode()) for part in parts)
        r, s = decode_dss_signature(self._key.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
        return f"{signed}.{base64url.encode(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


def signer() -> Signer:
    """The signer of this installation; its key is made when missing."""
    return _signer(settings.VAPID_KEY_FILE, settings.VAPID_CONTACT)


def public_key() -> str:
    """The key that browsers subscribe with (`applicationServerKey`): 65 bytes in base64url."""
    return signer().public_key


@cache
def _signer(path: Path, contact: str) -> Signer:
    if not path.exists():
        _make(path)
    key = load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.curve.name != "secp256r1":
        raise ValueError(f"{path}: not a P-256 private key; move it away and a new one is made (all phones must subscribe again)")
    return Signer(key, contact)


def _make(path: Path) -> None:
    """A new key, readable by its owner alone. Two processes that start together end with the same key: the first link wins."""
    pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.parent.mkdir(parents=True, exist_ok=True)
    written = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        with open(os.open(written, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())
        os.link(written, path)
    except FileExistsError:
        pass
    finally:
        written.unlink(missing_ok=True)
