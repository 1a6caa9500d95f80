"""The simulated bKash's notices: a topic of SNS with its own signing certificate, made at each start.

POST /bkash/_subscribe {"url": …, "version": "1"} does what bKash does when a merchant registers an address: a SubscriptionConfirmation
goes there, and notifications only once its SubscribeURL was fetched; an address that was confirmed stays so. Version 1 signs by
SHA-1, 2 by SHA-256.
"""

from __future__ import annotations

import base64
import json
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from bijoli.simulator.paygates.base import Simulation, local, taka
from bijoli.simulator.paygates.store import Transaction

TOPIC = "arn:aws:sns:ap-southeast-1:000000000000:bijoli-simulated"
SIGNED = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
}
BY_API = "10002294"


class Topic:
    """Subscribers, and what is signed for them."""

    def __init__(self, sim: Simulation, name: str) -> None:
        self.sim, self.name = sim, name
        self.key = _new()
        self.file = f"SimpleNotificationService-{secrets.token_hex(16)}.pem"
        self.certificate = _certificate(self.key)

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get(f"/{self.name}/sns/{self.file}", self.show_certificate),
            web.get(f"/{self.name}/sns/confirm", self.confirm),
            web.post(f"/{self.name}/_subscribe", self.subscribe),
        ]

    async def show_certificate(self, request: web.Request) -> web.Response:
        return web.Response(body=self.certificate, content_type="application/x-pem-file")

    async def subscribe(self, request: web.Request) -> web.Response:
        asked = await request.json()
        if any(one["url"] == asked["url"] and one["confirmed"] for one in self._subscribers().values()):
            return web.json_response({"status": 200, "confirmed": True})
        token = secrets.token_hex(32)
        held = self._subscribers() | {token: {"url": asked["url"], "version": asked.get("version", "1"), "confirmed": False}}
        self.sim.store.remember(self.name, "subscribers", held)
        url = f"{self.sim.origin}/{self.name}/sns/confirm?Action=ConfirmSubscription&TopicArn={TOPIC}&Token={token}"
        message = f"You have chosen to subscribe to the topic {TOPIC}."
        status = await self._send(held[token], "SubscriptionConfirmation", Message=message, SubscribeURL=url, Token=token)
        return web.json_response({"status": status, "confirmed": self._subscribers()[token]["confirmed"]})

    async def confirm(self, request: web.Request) -> web.Response:
        held, token = self._subscribers(), request.query.get("Token", "")
        if token not in held:
            raise web.HTTPBadRequest(text="<ErrorResponse/>", content_type="text/xml")
        held[token]["confirmed"] = True
        self.sim.store.remember(self.name, "subscribers", held)
        return web.Response(text="<ConfirmSubscriptionResponse/>", content_type="text/xml")

    def _subscribers(self) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = self.sim.store.recall(self.name, "subscribers", {})
        return found

    def tell(self, made: Transaction, fields: dict[str, str]) -> None:
        """Money came: every confirmed subscriber is told, beside what is answered now."""
        number = made.number
        if self.sim.strikes(self.name, "no_notice", number) is not None:
            return
        copies = self.sim.strikes(self.name, "duplicate_notice", number)
        delayed = self.sim.strikes(self.name, "notice_delayed", number)
        inner = {
            "dateTime": f"{local(made.at):%Y%m%d%H%M%S}",
            "debitMSISDN": fields["customerMsisdn"],
            "creditOrganizationName": "Simulated merchant",
            "creditShortCode": "00000",
            "trxID": made.id,
            "transactionStatus": "Completed",
            "transactionType": BY_API,
            "amount": taka(made.paisa),
            "currency": "BDT",
            "transactionReference": fields["payerReference"],
            "merchantInvoiceNumber": number,
        }
        for subscriber in self._subscribers().values():
            for _ in range(1 if copies is None else int(copies.get("copies", 3))):
                if subscriber["confirmed"]:
                    wait = 0 if delayed is None else float(delayed.get("seconds", 3))
                    self.sim.spawn(self._notify(subscriber, number, json.dumps(inner)), wait)

    async def _notify(self, subscriber: dict[str, Any], number: str, inner: str) -> None:
        await self._send(subscriber, "Notification", number, Message=inner)

    async def _send(self, subscriber: dict[str, Any], kind: str, number: str = "", **fields: str) -> int:
        version = str(subscriber["version"])
        said = {"Type": kind, "MessageId": secrets.token_hex(16), "TopicArn": TOPIC, **fields}
        said["Timestamp"] = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.000Z}"
        if self.sim.strikes(self.name, "notice_topic", number) is not None:
            said["TopicArn"] = TOPIC + "-of-another"
        key = _new() if self.sim.strikes(self.name, "notice_forged", number) is not None else self.key
        said |= {"SignatureVersion": version, "Signature": signature(key, said, version)}
        said["SigningCertURL"] = f"{self.sim.origin}/{self.name}/sns/{self.file}"
        if (elsewhere := self.sim.strikes(self.name, "notice_certificate", number)) is not None:
            said["SigningCertURL"] = str(elsewhere.get("url", "https://sns.example.com/SimpleNotificationService.pem"))
        if self.sim.strikes(self.name, "notice_tampered", number) is not None:
            said["Message"] = said["Message"].replace(number or "topic", "SOMEBODYELSES")
        headers = {"Content-Type": "text/plain; charset=UTF-8", "x-amz-sns-message-type": kind, "x-amz-sns-topic-arn": said["TopicArn"]}
        return await self.sim.tell(subscriber["url"], json.dumps(said).encode(), headers)


def signature(key: rsa.RSAPrivateKey, said: dict[str, str], version: str) -> str:
    """Base64 of the signature over the signed fields that are there."""
    text = "".join(f"{name}\n{said[name]}\n" for name in SIGNED[said["Type"]] if name in said)
    digest = hashes.SHA1() if version == "1" else hashes.SHA256()  # noqa: S303 version 1 is SHA-1
    return base64.b64encode(key.sign(text.encode(), padding.PKCS1v15(), digest)).decode()


def _new() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _certificate(key: rsa.RSAPrivateKey) -> bytes:
    """A certificate for the signing key, from an authority that is made for it."""
    authority = ec.generate_private_key(ec.SECP256R1())
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Simulated authority")])
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.simulated.invalid")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(hours=1)).not_valid_after(now + timedelta(days=365))
    return builder.sign(authority, hashes.SHA256()).public_bytes(Encoding.PEM)
