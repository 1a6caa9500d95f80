"""The sender against a strict HTTP/2 peer over TLS that misbehaves."""

import time

import pytest

from bijoli.delivery.channels.webpush.send import LARGEST_ANSWER, Answer, Post, Sender
from tests.pushpeer import HOST, Peer, Reply

HEADERS = {"TTL": "60", "Urgency": "high", "Topic": "t", "Content-Encoding": "aes128gcm"}


def finish(sender: Sender, seconds: float = 10) -> dict[object, Answer]:
    answers, until = {}, time.monotonic() + seconds
    while sender.in_flight:
        assert time.monotonic() < until
        for answer in sender.wait(0.1):
            answers[answer.tag] = answer
    return answers


def post(sender: Sender, peer: Peer, tag: object, body: bytes = b"sealed") -> None:
    sender.post(Post(tag, peer.endpoint(str(tag)), HEADERS, body))


def test_a_message_arrives_as_rfc_8030_wants_it(sender, peer):
    post(sender, peer, "a", b"\x00\xff" * 50)
    assert finish(sender)["a"].status == 201
    got = peer.got[0]
    assert (got.path, got.body, got.headers[":method"], got.headers[":scheme"]) == ("a", b"\x00\xff" * 50, "POST", "https")
    assert {name: got.headers[name.lower()] for name in HEADERS} == HEADERS


def test_hundreds_travel_at_once_over_very_few_connections(sender, peer):
    for n in range(600):
        post(sender, peer, n)
    assert {answer.status for answer in finish(sender).values()} == {201}
    assert {got.path for got in peer.got} == {str(n) for n in range(600)}
    assert peer.connections <= 4


def test_the_next_message_uses_the_same_connection(sender, peer):
    for n in range(5):
        post(sender, peer, n)
        finish(sender)
    assert peer.connections == 1


def test_a_slow_answer_holds_up_no_other(sender, peer):
    peer.by_path["slow"] = Reply(delay_s=0.7)
    post(sender, peer, "slow")
    for n in range(50):
        post(sender, peer, n)
    began, quick = time.monotonic(), 0
    while quick < 50:
        quick += len(sender.wait(0.1))
    assert time.monotonic() - began < 0.5
    assert finish(sender)["slow"].status == 201


def test_status_retry_after_and_words_come_back(sender, peer):
    peer.replies.append(Reply(429, (("retry-after", "17"),), b"later, please"))
    post(sender, peer, "a")
    assert finish(sender)["a"] == Answer("a", 429, "17", "later, please")
    post(sender, peer, "b")
    assert finish(sender)["b"].retry_after == ""  # nothing is left of the former answer on a handle used again


def test_a_redirect_is_not_followed(sender, peer):
    peer.replies.append(Reply(307, (("location", peer.endpoint("elsewhere")),)))
    post(sender, peer, "a")
    assert finish(sender)["a"].status == 307
    assert [got.path for got in peer.got] == ["a"]


def test_an_endless_answer_is_cut_off(sender, peer):
    peer.replies.append(Reply(201, (), b"x" * (LARGEST_ANSWER + 1)))
    post(sender, peer, "a")
    answer = finish(sender)["a"]
    assert answer.status == 0
    assert answer.fault


def test_silence_ends_in_time(sender, peer):
    peer.replies.append(Reply(0))
    began = time.monotonic()
    post(sender, peer, "a")
    answer = finish(sender)["a"]
    assert answer.status == 0
    assert "28" in answer.fault
    assert time.monotonic() - began < 3


def test_a_cut_connection_is_a_fault_and_the_next_message_makes_a_new_one(sender, peer):
    peer.replies.extend([Reply(-1)] * 3)
    post(sender, peer, "a")
    first = finish(sender)["a"]
    peer.replies.clear()
    post(sender, peer, "b")
    assert (first.status, finish(sender)["b"].status) == (0, 201)


def test_an_unknown_authority_is_refused(peer):
    sender = Sender(connect_to=peer.connect_to, connect_s=2, answer_s=2)
    post(sender, peer, "a")
    answer = finish(sender)["a"]
    sender.close()
    assert answer.status == 0
    assert answer.fault.startswith("curl 60")
    assert peer.got == []


def test_a_host_that_is_not_listed_is_not_called(sender, peer, settings):
    settings.PUSH_HOSTS = ["other.test"]
    with pytest.raises(ValueError, match="not a push service"):
        post(sender, peer, "a")
    assert peer.got == []
    assert sender.in_flight == 0


def test_nobody_there_is_a_fault(settings):
    settings.PUSH_HOSTS = [HOST]
    sender = Sender(connect_to=[f"{HOST}:443:127.0.0.1:9"], connect_s=1, answer_s=2)
    sender.post(Post("a", f"https://{HOST}/a", HEADERS, b"x"))
    answer = finish(sender)["a"]
    sender.close()
    assert answer.status == 0
