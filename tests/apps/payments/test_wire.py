"""The gateways' HTTP client against a server that answers as it should not."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings

from bijoli.payments.gateways import wire
from bijoli.payments.gateways.port import GatewayAway
from bijoli.payments.gateways.wire import NeverSent, Wire
from tests import certificates
from tests.processes import free_port


class Server(ThreadingHTTPServer):
    """Answers every request with `status`, `headers` and `pieces`; `pause` (an event) is waited for before each piece."""

    status = 200
    headers: dict[str, str] = {}
    pieces: tuple[bytes, ...] = (b"{}",)
    pause: threading.Event | None = None
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("localhost", 0), _Handler)
        self.asked: list[tuple[str, dict[str, str], bytes]] = []

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass  # a client that went away


class _Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.asked.append((f"{self.command} {self.path}", dict(self.headers), body))
        self.send_response(self.server.status)
        for name, value in self.server.headers.items():
            self.send_header(name, value)
        self.end_headers()
        for piece in self.server.pieces:
            if self.server.pause is not None:
                self.server.pause.wait(0.1)
            self.wfile.write(piece)
            self.wfile.flush()

    do_POST = do_GET

    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextmanager
def serving(server: Server) -> Iterator[Server]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def server() -> Iterator[Server]:
    with serving(Server()) as made:
        yield made


def to(server: Server, **more: Any) -> Wire:
    return Wire(f"http://localhost:{server.server_port}", **more)


def test_numbers_with_a_point_stay_exact(server):
    server.pieces = (b'{"amount": 100.10, "count": 3}',)
    told = to(server).get("/x")
    assert told == {"amount": Decimal("100.10"), "count": 3}
    assert wire.paisa(told["amount"]) == 10010


def test_what_is_sent_arrives(server):
    to(server).get("/x", {"a": "b c"}, headers={"X-One": "1"})
    to(server).post_form("/x", {"a": "b & c"})
    to(server).post_json("/x", {"a": "বিজলি"}, headers={"X-Two": "2"})
    (get, headers, _), (form, _, form_body), (post, more, json_body) = server.asked
    assert get == "GET /x?a=b+c"
    assert headers["X-One"] == "1"
    assert (form, form_body) == ("POST /x", b"a=b+%26+c")
    assert (post, more["X-Two"], json_body.decode()) == ("POST /x", "2", '{"a":"বিজলি"}')


@pytest.mark.parametrize("status", [500, 502, 503, 301, 302, 307])
def test_a_status_that_is_no_answer(server, status):
    server.status, server.headers = status, {"Location": f"http://localhost:{server.server_port}/elsewhere"}
    with pytest.raises(GatewayAway, match=str(status)):
        to(server).get("/x")
    assert len(server.asked) == 1  # no redirect is followed


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b'"ok"', b"<html>", b"{", b"\xff\xfe{}"])
@pytest.mark.parametrize("status", [200, 403])
def test_a_body_that_is_no_object(server, body, status):
    server.pieces, server.status = (body,), status
    with pytest.raises(GatewayAway):
        to(server).get("/x")


def test_a_refusal_with_words_is_an_answer(server):
    server.status, server.pieces = 400, (b'{"reason": "no"}',)
    assert to(server).get("/x") == {"reason": "no"}


def test_too_much_is_not_read(server):
    server.pieces = (b"{" + b" " * 65536,) * 1000
    with pytest.raises(GatewayAway, match="too large"):
        to(server).get("/x")


def test_an_answer_that_drips_for_ever_is_not_waited_for(server):
    server.pause, server.pieces = threading.Event(), (b" ",) * 100
    with pytest.raises(GatewayAway, match="never ends"):
        to(server, answer_s=0.3).get("/x")


def test_nobody_there_means_never_sent():
    with pytest.raises(NeverSent):
        Wire(f"http://localhost:{free_port()}").get("/x")


def test_the_environment_s_proxy_is_not_used(server, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", f"http://localhost:{free_port()}")
    assert to(server).get("/x") == {}


def test_certificates_are_verified(tmp_path: Path):
    authority, certificate = certificates.make(tmp_path, "localhost")
    secure = Server()
    secure.socket = certificates.server_context(certificate, ["http/1.1"]).wrap_socket(secure.socket, server_side=True)
    with serving(secure):
        url = f"https://localhost:{secure.server_port}"
        with pytest.raises(NeverSent):
            Wire(url).get("/x")
        with override_settings(GATEWAY_CA=str(authority)):
            assert Wire(url).get("/x") == {}
            with pytest.raises(NeverSent):  # the right authority, another host
                Wire(f"https://127.0.0.1:{secure.server_port}").get("/x")
    assert len(secure.asked) == 1


@pytest.mark.parametrize(
    ("told", "paisa"), [("500.00", 50000), ("500", 50000), (500, 50000), (Decimal("0.01"), 1), ("1e2", 10000), ("500.0", 50000)]
)
def test_amounts_are_read_to_the_paisa(told, paisa):
    assert wire.paisa(told) == paisa
    assert wire.floor_paisa(told) == (paisa, True)


@pytest.mark.parametrize("told", [None, "", "x", "NaN", "Infinity", True, 500.0, [], {}])
def test_what_is_no_amount(told):
    for read in (wire.paisa, wire.floor_paisa):
        with pytest.raises(GatewayAway):
            read(told)


def test_parts_of_a_paisa_are_no_amount_and_never_rounded_up():
    with pytest.raises(GatewayAway):
        wire.paisa("499.999")
    assert wire.floor_paisa("499.999") == (49999, False)
    for told in ("0.009", "0", "-5.00", "1e30"):
        with pytest.raises(GatewayAway):
            wire.floor_paisa(told)


def test_amounts_are_written_with_two_decimals():
    assert [wire.taka(paisa) for paisa in (1, 10, 50050, 50_000_000)] == ["0.01", "0.10", "500.50", "500000.00"]
