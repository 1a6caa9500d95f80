"""A phone's passkey store in software: makes and uses credentials as WebAuthn level 2 says (ES256, attestation "none")."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2 import cbor
from fido2.cose import ES256

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


def text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def raw(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class Authenticator:
    """`origin` is where its browser believes to be; `verifies` whether it asks for the finger."""

    origin: str = "http://localhost"
    verifies: bool = True
    id: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    user: bytes = b""

    def make(self, options: dict[str, Any]) -> str:
        """navigator.credentials.create(), as the JSON that the page posts."""
        wish = options["publicKey"]
        self.user = raw(wish["user"]["id"])
        public = cbor.encode(dict(ES256.from_cryptography_key(self.key.public_key())))
        attested = bytes(16) + len(self.id).to_bytes(2, "big") + self.id + public
        data = self._data(wish["rp"]["id"], ATTESTED) + attested
        statement = cbor.encode({"fmt": "none", "attStmt": {}, "authData": data})
        return self._json({"clientDataJSON": self._client("webauthn.create", wish), "attestationObject": statement})

    def use(self, options: dict[str, Any], **changed: bytes) -> str:
        """navigator.credentials.get(), as the JSON that the page posts; `changed` parts are a cheat's."""
        wish = options["publicKey"]
        data, client = self._data(wish["rpId"], 0), self._client("webauthn.get", wish)
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        parts = {"clientDataJSON": client, "authenticatorData": data, "signature": signature, "userHandle": self.user}
        return self._json(parts | changed)

    def _data(self, rp_id: str, more: int) -> bytes:
        flags = PRESENT | (VERIFIED if self.verifies else 0) | more
        return hashlib.sha256(rp_id.encode()).digest() + bytes([flags]) + bytes(4)

    def _client(self, kind: str, wish: dict[str, Any]) -> bytes:
        return json.dumps({"type": kind, "challenge": wish["challenge"], "origin": self.origin, "crossOrigin": False}).encode()

    def _json(self, parts: dict[str, bytes]) -> str:
        response = {name: text(part) for name, part in parts.items()}
        return json.dumps(
            {"id": text(self.id), "rawId": text(self.id), "type": "public-key", "response": response, "clientExtensionResults": {}}
        )
