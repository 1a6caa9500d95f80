"""The simulated gateway is patient: it sends again exactly what was not acknowledged, and says what a door refuses for good."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import zstandard

from bijoli.simulator.gateway import Answer, Gateway, GatewayError


@contextmanager
def door(*answers):
    """A door that gives these answers (status, headers, body; None hangs up), one a request, and keeps what it was sent."""
    left, got = list(answers), []

    class Door(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            got.append((self.path, dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
            answer = left.pop(0)
            if answer is None:
                self.close_connection = True
                return
            status, headers, body = answer
            self.send_response(status)
            for name, value in (headers | {"Content-Length": str(len(body))}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Door) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", got
        finally:
            server.shutdown()
            thread.join()


def taken(**counts):
    return 200, {}, json.dumps({"accepted": 0, "repeated": 0, "late": 0, "quarantined": 0, "rejected": []} | counts).encode()


@contextmanager
def line(url, patience=60.0):
    waits = []
    gateway = Gateway(url, "secret", patience, waits.append)
    try:
        yield gateway, waits
    finally:
        gateway.close()


def test_a_batch_is_sent_again_as_it_is_until_it_is_taken():
    answers = (None, (503, {}, b""), (429, {"Retry-After": "7"}, b"slow down"), taken(accepted=2))
    with door(*answers) as (url, got), line(url) as (gateway, waits):
        assert gateway.readings(b'{"meter":"1"}\n') == Answer(accepted=2)
    assert waits == [0.5, 1.0, 7.0]
    assert len({(path, headers["Authorization"], body) for path, headers, body in got}) == 1
    assert got[0][0] == "/ingest/readings"
    assert got[0][1]["Authorization"] == "Bearer secret"


def test_a_large_batch_goes_compressed():
    with door(taken(accepted=1)) as (url, got), line(url) as (gateway, _):
        gateway.events(b"x" * 10_000)
    assert got[0][1]["Content-Encoding"] == "zstd"
    assert zstandard.ZstdDecompressor().decompress(got[0][2]) == b"x" * 10_000


@pytest.mark.parametrize("status", [400, 401, 413])
def test_what_is_refused_for_good_is_not_sent_again(status):
    refusal = pytest.raises(GatewayError, match=f"answered {status}: no such token")
    with door((status, {}, b"no such token")) as (url, got), line(url) as (gateway, waits), refusal:
        gateway.readings(b"{}")
    assert len(got) == 1
    assert waits == []


def test_patience_ends_with_a_sentence_that_says_what_to_do():
    with line("http://127.0.0.1:9", patience=0) as (gateway, _), pytest.raises(GatewayError, match="is the site running"):
        gateway.readings(b"{}")


def test_rejected_rows_are_named():
    with door(taken(rejected=[{"row": 17, "field": "at", "reason": "no time zone"}])) as (url, _), line(url) as (gateway, _):
        assert gateway.readings(b"{}").rejected == ("row 17, at: no time zone",)
