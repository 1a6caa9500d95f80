"""Nagad's cryptography: RSA of 2048 bits, PKCS#1 v1.5 both for what is hidden and, with SHA-256, for signatures."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import (
    load_der_private_key,
    load_der_public_key,
    load_pem_private_key,
    load_pem_public_key,
)
from django.core.exceptions import ImproperlyConfigured

from bijoli.payments.gateways.port import GatewayAway, GatewayRefused

LONGEST = 245  # bytes that 2048 bits can hide
PEM = b"-----BEGIN"


class Keys:
    """Ours, to open and to sign; Nagad's, to hide and to check. Raises ImproperlyConfigured where a file has no such key."""

    def __init__(self, private: Path, public: Path) -> None:
        try:
            self._ours = cast(rsa.RSAPrivateKey, _private(private.read_bytes()))
            self._theirs = cast(rsa.RSAPublicKey, _public(public.read_bytes()))
        except (OSError, ValueError, TypeError) as error:
            raise ImproperlyConfigured(f"Nagad's keys cannot be read: {type(error).__name__}") from None
        if not isinstance(self._ours, rsa.RSAPrivateKey) or not isinstance(self._theirs, rsa.RSAPublicKey):
            raise ImproperlyConfigured("Nagad's keys are not RSA keys")

    def sealed(self, what: Mapping[str, str], name: str = "sensitiveData") -> dict[str, str]:
        """What is sent hidden, under `name`, with the signature of the same bytes. Raises ValueError for more than 245 bytes."""
        plain = json.dumps(what, separators=(",", ":")).encode()
        if len(plain) > LONGEST:
            raise ValueError(f"{len(plain)} bytes are more than RSA can hide")
        signature = self._ours.sign(plain, padding.PKCS1v15(), hashes.SHA256())
        return {name: _text(self._theirs.encrypt(plain, padding.PKCS1v15())), "signature": _text(signature)}

    def opened(self, told: Mapping[str, Any]) -> dict[str, Any]:
        """What a reply hides. Raises GatewayRefused("signature") where it is not from Nagad, GatewayAway where it cannot be read."""
        try:
            plain = self._ours.decrypt(_bytes(told.get("sensitiveData")), padding.PKCS1v15())
            self._theirs.verify(_bytes(told.get("signature")), plain, padding.PKCS1v15(), hashes.SHA256())
            found = json.loads(plain)
        except InvalidSignature:
            raise GatewayRefused("signature", "a reply with a wrong signature") from None
        except ValueError:
            raise GatewayAway("a reply that cannot be opened") from None
        if not isinstance(found, dict):
            raise GatewayAway("a reply that holds no object")
        return found


def _private(data: bytes) -> object:
    return load_pem_private_key(data, None) if PEM in data else load_der_private_key(_bare(data), None)


def _public(data: bytes) -> object:
    return load_pem_public_key(data) if PEM in data else load_der_public_key(_bare(data))


def _bare(data: bytes) -> bytes:
    """Base64 without armour, perhaps on several lines."""
    return base64.b64decode(b"".join(data.split()), validate=True)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _bytes(text: object) -> bytes:
    if not isinstance(text, str):
        raise ValueError("no text")
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise ValueError("no base64") from None
