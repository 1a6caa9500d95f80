"""Our tokens are what RFC 8292 asks for, and the key is kept safe."""

import json
import os
from concurrent.futures import ThreadPoolExecutor

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bijoli.delivery.channels.webpush import base64url, vapid
from bijoli.simulator import pushvapid

ORIGIN = "https://push.test"
NOW = 1_800_000_000.0


def signer() -> vapid.Signer:
    return vapid.Signer(ec.generate_private_key(ec.SECP256R1()), "mailto:push@utility.example")


def parts(header: str) -> tuple[dict, dict, str]:
    fields = dict(part.split("=", 1) for part in header.removeprefix("vapid ").split(","))
    head, claims, _ = fields["t"].split(".")
    return json.loads(base64url.decode(head)), json.loads(base64url.decode(claims)), fields["k"]


def test_the_token_says_for_whom_by_whom_and_for_less_than_a_day():
    ours = signer()
    head, claims, key = parts(ours.header(ORIGIN, NOW))
    assert head == {"typ": "JWT", "alg": "ES256"}
    assert (claims["aud"], claims["sub"], key) == (ORIGIN, "mailto:push@utility.example", ours.public_key)
    assert NOW < claims["exp"] <= NOW + 86_400


def test_the_signature_is_ours():
    ours = signer()
    token = ours.header(ORIGIN, NOW).split("t=")[1].split(",")[0]
    signed, _, signature = token.rpartition(".")
    raw = base64url.decode(signature)
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), base64url.decode(ours.public_key))
    der = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    public.verify(der, signed.encode(), ec.ECDSA(hashes.SHA256()))


def test_our_own_push_service_takes_it_for_its_origin_alone():
    ours = signer()
    pushvapid.check(ours.header(ORIGIN, NOW), ours.public_key, ORIGIN, NOW)
    with pytest.raises(pushvapid.Refused):
        pushvapid.check(ours.header(ORIGIN, NOW), ours.public_key, "https://other.test", NOW)


def test_a_token_is_kept_for_its_origin_and_renewed_long_before_it_ends():
    ours = signer()
    first = ours.header(ORIGIN, NOW)
    assert ours.header(ORIGIN, NOW + 5 * 3600) == first
    assert ours.header("https://other.test", NOW) != first
    later = NOW + 7 * 3600
    assert parts(ours.header(ORIGIN, later))[1]["exp"] > later + 11 * 3600


def test_a_missing_key_is_made_once_and_readable_by_its_owner_alone(tmp_path, settings):
    settings.VAPID_KEY_FILE = tmp_path / "keys" / "vapid.pem"
    first = vapid.public_key()
    vapid._signer.cache_clear()
    assert vapid.public_key() == first
    assert os.stat(settings.VAPID_KEY_FILE).st_mode & 0o777 == 0o600
    assert [path.name for path in settings.VAPID_KEY_FILE.parent.iterdir()] == ["vapid.pem"]


def test_processes_that_start_together_end_with_one_key(tmp_path):
    path = tmp_path / "vapid.pem"
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: vapid._make(path), range(8)))
    assert len(list(tmp_path.iterdir())) == 1


def test_a_key_of_another_kind_is_refused_with_what_to_do(tmp_path, settings):
    settings.VAPID_KEY_FILE = tmp_path / "vapid.pem"
    key = ec.generate_private_key(ec.SECP384R1())
    settings.VAPID_KEY_FILE.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    with pytest.raises(ValueError, match="move it away"):
        vapid.public_key()
