"""Messages of the Amazon Simple Notification Service (SNS), by which bKash tells of payments: whether one is genuine, and its subscription.

Everything cheap is looked at before anything is fetched, and nothing is fetched but from an SNS host. A signing certificate is
trusted because it comes from there over verified TLS, as Amazon describes it.
"""

from __future__ import annotations

import base64
import json
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import httpx
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from django.conf import settings
from django.utils import timezone

from bijoli.payments.gateways.port import GatewayAway

HOST = re.compile(r"sns\.[a-zA-Z0-9-]{3,}\.amazonaws\.com(\.cn)?")
NOTIFICATION, SUBSCRIPTION = "Notification", "SubscriptionConfirmation"
SIGNED = {
    NOTIFICATION: ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    SUBSCRIPTION: ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
}
DIGESTS: Mapping[str, type[hashes.HashAlgorithm]] = {"1": hashes.SHA1, "2": hashes.SHA256}
ANSWER_S = 5.0
LARGEST = 64 * 1024


@dataclass(frozen=True, slots=True)
class Checked:
    """A message; `reason` says why it is not genuine. `message` is a notification's inner one; `confirm_url` comes with a subscription."""

    reason: str = ""
    message: Mapping[str, Any] = field(default_factory=dict)
    confirm_url: str = ""


def checked(body: bytes, topic: str) -> Checked:
    """Looks at a message as it came in. Never raises."""
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return Checked("no JSON")
    if not isinstance(told, dict) or str(told.get("Type")) not in SIGNED:
        return Checked("no message of SNS that we take")
    must = [name for name in SIGNED[str(told["Type"])] if name != "Subject"]
    if any(not isinstance(told.get(name), str) for name in (*must, "SigningCertURL", "Signature")):
        return Checked("a field is missing or no text")
    if not topic or told.get("TopicArn") != topic:
        return Checked("another topic" if topic else "BIJOLI_BKASH_TOPIC is not set")
    if reason := _forged(told):
        return Checked(reason)
    if told["Type"] == SUBSCRIPTION:
        url = told["SubscribeURL"]
        return Checked(confirm_url=url) if _ours_to_fetch(url) else Checked("a subscription elsewhere")
    return Checked(message=_inner(told["Message"]))


def confirm(url: str) -> None:
    """Confirms a subscription. Only for an address that `checked` has given. Raises GatewayAway."""
    _fetched(url)


def _forged(told: Mapping[str, Any]) -> str:
    """Why the signature is not right; empty where it is."""
    digest, url = DIGESTS.get(str(told.get("SignatureVersion"))), str(told.get("SigningCertURL", ""))
    if digest is None:
        return "an unknown kind of signature"
    if not _ours_to_fetch(url) or not urlsplit(url).path.endswith(".pem"):
        return "a certificate from elsewhere"
    try:
        signature = base64.b64decode(str(told.get("Signature", "")), validate=True)
        _key(url).verify(signature, _signed(told), padding.PKCS1v15(), digest())
    except (InvalidSignature, ValueError):
        return "the signature is wrong"
    except GatewayAway as error:
        return f"no certificate: {error}"
    return ""


def _signed(told: Mapping[str, Any]) -> bytes:
    """Names and values of the signed fields that are there, each on a line of its own."""
    return "".join(f"{name}\n{told[name]}\n" for name in SIGNED[told["Type"]] if name in told).encode()


def _inner(text: str) -> Mapping[str, Any]:
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def _ours_to_fetch(url: str) -> bool:
    """Whether it is an address of SNS; for the demo and the tests also of BIJOLI_GATEWAYS_LOCAL, over plain HTTP."""
    try:
        parts = urlsplit(url)
        plain = parts.port is None and parts.username is None and parts.password is None
    except ValueError:
        return False
    if parts.scheme == "http":
        return parts.netloc in settings.GATEWAYS_LOCAL
    return parts.scheme == "https" and plain and bool(HOST.fullmatch(parts.hostname or "")) and "\\" not in url


def _key(url: str) -> rsa.RSAPublicKey:
    certificate = _certificate(url)
    if not certificate.not_valid_before_utc <= timezone.now() <= certificate.not_valid_after_utc:
        raise GatewayAway("it is not valid now")
    key = certificate.public_key()
    if not isinstance(key, rsa.RSAPublicKey):
        raise GatewayAway("its key is of another kind")
    return key


@lru_cache(maxsize=8)
def _certificate(url: str) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(_fetched(url))
    except ValueError:
        raise GatewayAway("it cannot be read") from None


def _fetched(url: str) -> bytes:
    context = ssl.create_default_context(cafile=settings.GATEWAY_CA or None)
    try:
        with (
            httpx.Client(verify=context, timeout=ANSWER_S, follow_redirects=False, trust_env=False) as http,
            http.stream("GET", url) as response,
        ):
            body = bytearray()
            for piece in response.iter_bytes():
                body += piece
                if len(body) > LARGEST:
                    raise GatewayAway("the answer is too large")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise GatewayAway(type(error).__name__) from None
    if response.status_code != httpx.codes.OK:
        raise GatewayAway(f"status {response.status_code}")
    return bytes(body)
