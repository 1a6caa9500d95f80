"""SSLCOMMERZ's notices: the form as it came, and whether its signature is right.

It is MD5 with a shared password: a hint, never a proof.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from urllib.parse import parse_qsl

SIGNED = ("status", "tran_id", "amount", "currency", "store_id")  # a signature that leaves one of these out says nothing
MOST_FIELDS = 100


def fields(body: bytes) -> dict[str, str] | None:
    """The fields of a form, empty ones too (they are signed). None for what is no text in UTF-8, and where a field comes twice."""
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict")
    except ValueError:
        return None
    found = dict(pairs)
    twice, binary = len(found) < len(pairs), any("\0" in value for value in found.values())
    return None if twice or binary else found


def forged(said: Mapping[str, str], store: str, password: str) -> str:
    """Why a notice is not genuine; empty where its signature is right.

    verify_key names what is signed: those fields and the MD5 of the password as store_passwd, sorted by name, joined as k=v&k=v, MD5.
    (verify_sign_sha2 comes along too; how it is made is not documented.)
    """
    named = said.get("verify_key", "").split(",")
    must = [*SIGNED, "val_id"] if said.get("status") == "VALID" else SIGNED
    if missing := [name for name in must if name not in named or name not in said]:
        return f"not signed: {', '.join(missing)}"
    if said["store_id"] != store:
        return "another store"
    signed = {name: said[name] for name in named if name in said} | {"store_passwd": _md5(password)}
    text = "&".join(f"{name}={value}" for name, value in sorted(signed.items()))
    right = hmac.compare_digest(_md5(text).encode(), said.get("verify_sign", "").encode())
    return "" if right else "the signature is wrong"


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
