"""RFC 8291's own vector, and two libraries that read what we write."""

import json

import http_ece
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st
from pywebpush import WebPusher

from bijoli.delivery.channels.webpush import base64url
from bijoli.delivery.channels.webpush.encrypt import OVERHEAD, PAD_TO, encrypt_all, point, seal

AUTH = bytes(range(16))
PHONE = ec.generate_private_key(ec.SECP256R1())
PHONE_POINT = PHONE.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def read_by_http_ece(body: bytes, private=PHONE, auth=AUTH) -> bytes:
    return http_ece.decrypt(body, private_key=private, auth_secret=auth, version="aes128gcm")


def encrypt(plaintext: bytes, p256dh: bytes, auth: bytes) -> bytes:
    return encrypt_all([(plaintext, p256dh, auth)])[0]


def test_the_rfc_8291_appendix_a_message_comes_out_to_the_byte():
    ephemeral = ec.derive_private_key(
        int.from_bytes(base64url.decode("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"), "big"), ec.SECP256R1()
    )
    body = seal(
        b"When I grow up, I want to be a watermelon\x02",
        base64url.decode("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"),
        base64url.decode("BTBZMqHH6r4Tts7J_aSIgg"),
        ephemeral,
        base64url.decode("DGv6ra1nlYgDCS1FRnbzlw"),
    )
    assert base64url.encode(body) == (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )


@given(st.binary(max_size=3000))
def test_http_ece_reads_what_we_encrypt(plaintext):
    assert read_by_http_ece(encrypt(plaintext, PHONE_POINT, AUTH)) == plaintext


def test_pywebpush_and_we_say_the_same_to_a_phone():
    message = json.dumps({"title": "ব্যালেন্স ১০০ টাকার নিচে"}).encode()
    info = {"endpoint": "https://push.test/x", "keys": {"p256dh": base64url.encode(PHONE_POINT), "auth": base64url.encode(AUTH)}}
    theirs = WebPusher(info).encode(message, content_encoding="aes128gcm")["body"]
    ours = encrypt(message, PHONE_POINT, AUTH)
    assert read_by_http_ece(theirs) == read_by_http_ece(ours) == message
    assert ours[16:21] == theirs[16:21]  # record size and key length are laid out alike


def test_many_at_once_are_each_for_their_own_phone():
    phones = [(ec.generate_private_key(ec.SECP256R1()), bytes([n]) * 16) for n in range(5)]
    points = [key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint) for key, _ in phones]
    bodies = encrypt_all([(b"to %d" % n, point, auth) for n, (point, (_, auth)) in enumerate(zip(points, phones, strict=True))])
    assert [read_by_http_ece(body, *phone) for body, phone in zip(bodies, phones, strict=True)] == [b"to %d" % n for n in range(5)]
    assert encrypt_all([]) == []


def test_each_message_has_a_key_and_a_salt_of_its_own():
    bodies = encrypt_all([(b"the same", PHONE_POINT, AUTH)] * 20)
    assert len({body[:16] for body in bodies}) == len({body[21:86] for body in bodies}) == 20


def test_lengths_tell_nothing_about_the_message():
    sizes = {len(encrypt(b"x" * length, PHONE_POINT, AUTH)) for length in range(1, PAD_TO)}
    assert sizes == {OVERHEAD + PAD_TO}


@pytest.mark.parametrize(
    "raw",
    [b"", b"\x04" + bytes(64), b"\x04" + b"\xff" * 64, PHONE_POINT[:-1], b"\x02" + PHONE_POINT[1:33], b"\x05" + PHONE_POINT[1:]],
    ids=["nothing", "zeros", "ones", "short", "packed", "another form"],
)
def test_what_is_no_point_on_the_curve_is_refused(raw):
    with pytest.raises(ValueError, match=r"."):
        point(raw)


@given(st.binary(max_size=80))
def test_base64url_reads_what_it_writes_with_and_without_padding(raw):
    text = base64url.encode(raw)
    assert base64url.decode(text) == base64url.decode(text + "=" * (-len(text) % 4)) == raw


@pytest.mark.parametrize("text", ["a+b", "a/b", "a b", "ab=c", "a", "é"])
def test_base64url_refuses_everything_else(text):
    with pytest.raises(ValueError, match=r"."):
        base64url.decode(text)
