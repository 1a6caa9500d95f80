"""What a push carries: the JSON for the service worker, in the person's language, and the headers for the push service."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from bijoli.delivery import wording
from bijoli.delivery.channels.webpush.encrypt import PAD_TO, encrypt_all
from bijoli.delivery.channels.webpush.send import Post
from bijoli.delivery.channels.webpush.vapid import Signer
from bijoli.delivery.models import Severity
from bijoli.delivery.queue import Claim
from bijoli.delivery.topic import topic

VERSION = 1
LARGEST = 3000  # bytes of JSON; push services take 4,096 with encryption and padding


def posts(claims: Sequence[tuple[Claim, str]], signer: Signer, now: datetime, *, short: bool = False) -> list[Post]:
    """The encrypted messages, ready to be sent, tagged (claim, origin, short); with each claim comes its endpoint's origin.

    First all words, then all encryption (see `encrypt_all`). Raises where one cannot be made. `short` is for a push service that found
    it too large: no body, no padding.
    """
    plain = [(payload(claim, short=short), claim.p256dh, claim.auth) for claim, _ in claims]
    bodies = encrypt_all(plain, 1 if short else PAD_TO)
    return [
        Post((claim, origin, short), claim.endpoint, _headers(claim, origin, signer, now), body)
        for (claim, origin), body in zip(claims, bodies, strict=True)
    ]


def _headers(claim: Claim, origin: str, signer: Signer, now: datetime) -> dict[str, str]:
    return {
        "TTL": str(max(1, int((claim.expires_at - now).total_seconds()))),
        "Urgency": claim.urgency,
        "Topic": claim.topic,
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "Authorization": signer.header(origin, now.timestamp()),
    }


def payload(claim: Claim, *, short: bool = False) -> bytes:
    """UTF-8 JSON, always under LARGEST: the body gives way first."""
    joined = claim.joined if claim.joined and len(claim.joined) > 1 else None
    said = (
        wording.joined(claim, len(joined), claim.language, claim.account_name)
        if joined
        else wording.words(claim, claim.language, claim.account_name, brief=True)
    )
    told = {
        "v": VERSION,
        "id": claim.public_id,
        "kind": claim.kind,
        "code": claim.code,
        "lang": claim.language,
        "title": said.title,
        "body": "" if short else said.body,
        "tag": claim.topic,
        "renotify": claim.rises,
        "silent": claim.silent,
        "critical": claim.severity >= Severity.CRITICAL,
        "badge": claim.badge,
        "receipt": claim.token,
        "url": "/n/" if joined else f"/n/{claim.public_id}/",
    }
    if joined:
        told["replaces"] = [topic(joined[0], claim.kind)]  # the first went alone, under its own meter's tag
    written = msgspec.json.encode(told)
    return written if short or len(written) <= LARGEST else payload(claim, short=True)
