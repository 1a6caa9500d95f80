"""The simulated Nagad's two key pairs, its own and the merchant's, made once; and its sealed messages. Not the adapter's code."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
)

GATEWAY, MERCHANT = "nagad-gateway", "nagad-merchant"


def files(folder: Path) -> tuple[Path, Path]:
    """What a merchant has: its private key, and Nagad's public key. Bare base64 without armour, as Nagad hands them out."""
    return folder / f"{MERCHANT}.private", folder / f"{GATEWAY}.public"


class Seals:
    """Nagad's side. The pairs are kept in `folder`, if there is one; a pair that lies there is taken."""

    def __init__(self, folder: Path | None) -> None:
        self.ours, self.merchant = _pair(folder, GATEWAY), _pair(folder, MERCHANT).public_key()
        self._forger: rsa.RSAPrivateKey | None = None

    def sealed(self, what: dict[str, Any], *, forged: bool = False) -> dict[str, str]:
        """`forged`: signed with another key."""
        plain = json.dumps(what, separators=(",", ":")).encode()
        key = self.ours
        if forged:
            key = self._forger = self._forger or _new()
        signature = key.sign(plain, padding.PKCS1v15(), hashes.SHA256())
        hidden = self.merchant.encrypt(plain, padding.PKCS1v15())
        return {"sensitiveData": base64.b64encode(hidden).decode(), "signature": base64.b64encode(signature).decode()}

    def opened(self, body: dict[str, Any], name: str = "sensitiveData") -> dict[str, Any] | None:
        """What the merchant has sealed; None where it cannot be read or is signed by another."""
        try:
            plain = self.ours.decrypt(base64.b64decode(body[name], validate=True), padding.PKCS1v15())
            signature = base64.b64decode(body["signature"], validate=True)
            self.merchant.verify(signature, plain, padding.PKCS1v15(), hashes.SHA256())
            found = json.loads(plain)
        except (KeyError, TypeError, ValueError, InvalidSignature):
            return None
        return found if isinstance(found, dict) else None


def _new() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _pair(folder: Path | None, name: str) -> rsa.RSAPrivateKey:
    if folder is not None and (folder / f"{name}.private").exists():
        kept = load_der_private_key(base64.b64decode((folder / f"{name}.private").read_text()), None)
        if isinstance(kept, rsa.RSAPrivateKey):
            return kept
    key = _new()
    if folder is not None:
        private = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        for kind, data in (("public", public), ("private", private)):
            path = folder / f"{name}.{kind}"
            path.touch(0o600)
            path.write_text(base64.b64encode(data).decode())
    return key
