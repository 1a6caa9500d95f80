"""Encrypts one message for one subscription: RFC 8291 (Web Push) over RFC 8188 (aes128gcm), one record.

Every message has its own ephemeral P-256 key and salt. The four HKDF steps are plain HMACs: each output is shorter than one SHA-256 block.
"""

from __future__ import annotations

import hmac
import os
from functools import lru_cache

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

CURVE = ec.SECP256R1()
POINT_BYTES = 65
AUTH_BYTES = 16
RECORD_SIZE = (4096).to_bytes(4, "big")
PAD_TO = 256  # lengths are rounded up to this, so that the push service cannot tell one kind of alert from another
OVERHEAD = 16 + 4 + 1 + POINT_BYTES + 16  # salt, record size, key length, our key, GCM tag


@lru_cache(maxsize=20_000)
def point(raw: bytes) -> ec.EllipticCurvePublicKey:
    """A subscription's public key. Raises ValueError unless it is an uncompressed point on P-256. Parsing costs as much as an exchange."""
    if len(raw) != POINT_BYTES or raw[0] != 4:
        raise ValueError("the key is not an uncompressed P-256 point of 65 bytes")
    return ec.EllipticCurvePublicKey.from_encoded_point(CURVE, raw)


def encrypt(plaintext: bytes, p256dh: bytes, auth: bytes, pad_to: int = PAD_TO) -> bytes:
    """The body of a push: `plaintext`, padded, for the subscription's key and secret. Content-Encoding is aes128gcm."""
    ephemeral = ec.generate_private_key(CURVE)
    padding = -(len(plaintext) + 1) % pad_to
    return seal(plaintext + b"\x02" + bytes(padding), p256dh, auth, ephemeral, os.urandom(16))


def seal(record: bytes, p256dh: bytes, auth: bytes, ephemeral: ec.EllipticCurvePrivateKey, salt: bytes) -> bytes:
    """RFC 8291 section 3.4 with the key and salt given; `record` ends with its delimiter 0x02 and padding."""
    ours = ephemeral.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    shared = ephemeral.exchange(ec.ECDH(), point(p256dh))
    input_key = _expand(_extract(auth, shared), b"WebPush: info\x00" + p256dh + ours)
    secret = _extract(salt, input_key)
    key = _expand(secret, b"Content-Encoding: aes128gcm\x00")[:16]
    nonce = _expand(secret, b"Content-Encoding: nonce\x00")[:12]
    return b"".join((salt, RECORD_SIZE, bytes([POINT_BYTES]), ours, AESGCM(key).encrypt(nonce, record, None)))


def _extract(salt: bytes, material: bytes) -> bytes:
    return hmac.digest(salt, material, "sha256")


def _expand(secret: bytes, info: bytes) -> bytes:
    return hmac.digest(secret, info + b"\x01", "sha256")
