"""Encrypts one message for one subscription: RFC 8291 (Web Push) over RFC 8188 (aes128gcm), one record.

Every message has its own ephemeral P-256 key and salt. The four HKDF steps are plain HMACs: each output is shorter than one SHA-256 block.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Sequence
from functools import lru_cache

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

CURVE = ec.SECP256R1()
POINT_BYTES = 65
AUTH_BYTES = 16
RECORD_SIZE = (4096).to_bytes(4, "big")
PAD_TO = 256  # lengths are rounded up to this, so that the push service cannot tell one kind of alert from another
Message = tuple[bytes, bytes, bytes]  # plaintext, and the subscription's p256dh and auth
OVERHEAD = 16 + 4 + 1 + POINT_BYTES + 16  # salt, record size, key length, our key, GCM tag


@lru_cache(maxsize=20_000)
def point(raw: bytes) -> ec.EllipticCurvePublicKey:
    """A subscription's public key. Raises ValueError unless it is an uncompressed point on P-256. Parsing costs as much as an exchange."""
    if len(raw) != POINT_BYTES or raw[0] != 4:
        raise ValueError("the key is not an uncompressed P-256 point of 65 bytes")
    return ec.EllipticCurvePublicKey.from_encoded_point(CURVE, raw)


def encrypt_all(messages: Sequence[Message], pad_to: int = PAD_TO) -> list[bytes]:
    """The bodies of pushes: each plaintext, padded, for its subscription's key and secret. Content-Encoding is aes128gcm.

    One step for all before the next: a processor that stays with one step has its code at hand (a fifth faster). ValueError where a
    key is none.
    """
    phones = [point(p256dh) for _, p256dh, _ in messages]
    keys = [ec.generate_private_key(CURVE) for _ in messages]
    agreed = [key.exchange(ec.ECDH(), phone) for key, phone in zip(keys, phones, strict=True)]
    ours = [key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint) for key in keys]
    return [
        _seal(plaintext + b"\x02" + bytes(-(len(plaintext) + 1) % pad_to), p256dh, auth, own, shared, os.urandom(16))
        for (plaintext, p256dh, auth), own, shared in zip(messages, ours, agreed, strict=True)
    ]


def seal(record: bytes, p256dh: bytes, auth: bytes, ephemeral: ec.EllipticCurvePrivateKey, salt: bytes) -> bytes:
    """RFC 8291 section 3.4 with the key and salt given; `record` ends with its delimiter 0x02 and padding."""
    ours = ephemeral.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return _seal(record, p256dh, auth, ours, ephemeral.exchange(ec.ECDH(), point(p256dh)), salt)


def _seal(record: bytes, p256dh: bytes, auth: bytes, ours: bytes, shared: bytes, salt: bytes) -> bytes:
    input_key = _expand(_extract(auth, shared), b"WebPush: info\x00" + p256dh + ours)
    secret = _extract(salt, input_key)
    key = _expand(secret, b"Content-Encoding: aes128gcm\x00")[:16]
    nonce = _expand(secret, b"Content-Encoding: nonce\x00")[:12]
    return b"".join((salt, RECORD_SIZE, bytes([POINT_BYTES]), ours, AESGCM(key).encrypt(nonce, record, None)))


def _extract(salt: bytes, material: bytes) -> bytes:
    return hmac.digest(salt, material, "sha256")


def _expand(secret: bytes, info: bytes) -> bytes:
    return hmac.digest(secret, info + b"\x01", "sha256")
