"""The simulated payment gateways as a program: hosted pages, its test side, chance, and that its death loses no money."""

from __future__ import annotations

import os
import re
import signal
import socket
from collections.abc import Iterator
from datetime import datetime
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest

from bijoli.payments.gateways.sslcommerz import session_fields
from bijoli.simulator.paygates.base import DHAKA
from bijoli.simulator.paygates.faults import Faults
from bijoli.simulator.paygates.sslcommerz import PASSWORD, STORE
from tests.apps.payments.sslcommerz_shop import payable
from tests.paygates import Gates, running
from tests.processes import answers, free_port, manage

NAME = "sslcommerz"


@pytest.fixture(scope="module")
def gates(tmp_path_factory) -> Iterator[Gates]:
    with running(tmp_path_factory.mktemp("paygates")) as gates:
        yield gates


def post(url: str, fields: dict[str, str]) -> tuple[int, str]:
    try:
        with urlopen(url, urlencode(fields).encode(), timeout=20) as answer:  # noqa: S310 loopback
            return answer.status, answer.read().decode()
    except HTTPError as error:
        with error:
            return error.code, error.read().decode()


def opened(gates: Gates) -> tuple[str, str]:
    """A session as a merchant opens it: the order's number and the page's address."""
    wanted = payable()
    fields = {"store_id": STORE, "store_passwd": PASSWORD, **session_fields(wanted)}
    _, said = post(f"{gates.origin}/sslcommerz/gwprocess/v4/api.php", fields)
    found = re.search(r'"GatewayPageURL": "([^"]+)"', said)
    assert found, said
    return wanted.number, found.group(1)


def test_the_hosted_page_works_without_scripts_and_says_that_it_is_simulated(gates):
    number, page = opened(gates)
    shown = gates.call(page.removeprefix(gates.origin))
    assert "<script" not in shown
    assert [word for word in ("SIMULATED", "500.50", number, "পেমেন্ট", 'lang="bn"', "viewport") if word not in shown] == []
    assert re.findall(r'name="choice" value="(\w+)"', shown) == ["pay", "fail", "cancel"]


def test_a_button_leads_back_by_a_form_with_a_visible_button(gates):
    number, page = opened(gates)
    status, shown = post(page, {"choice": "pay"})
    assert (status, re.findall(r'method="post" action="([^"]+)"', shown)) == (200, ["http://127.0.0.1:9/back"])
    assert "<button" in shown
    sent = dict(re.findall(r'name="(\w+)" value="([^"]*)"', shown))
    assert (sent["tran_id"], sent["status"], sent["amount"]) == (number, "VALID", "500.50")


def test_a_payment_is_made_once(gates):
    number, page = opened(gates)
    assert post(page, {"choice": "pay"})[0] == 200
    assert post(page, {"choice": "pay"})[0] == 409
    assert "This payment is over" in gates.call(page.removeprefix(gates.origin))
    assert len(gates.money(order=number)) == 1


def test_what_nobody_knows(gates):
    _, page = opened(gates)
    assert post(page, {"choice": "steal"})[0] == 400
    assert post(f"{gates.origin}/sslcommerz/pay/unknown", {"choice": "pay"})[0] == 404
    assert post(f"{gates.origin}/paypal/pay/x", {"choice": "pay"})[0] == 404


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"cus_email": ""}, "'cus_email' is missing"),
        ({"total_amount": "9.99"}, "'total_amount'"),
        ({"total_amount": "100.001"}, "'total_amount'"),
        ({"total_amount": "lots"}, "'total_amount'"),
        ({"currency": "USD"}, "'currency'"),
        ({"tran_id": "x" * 31}, "'tran_id' is longer"),
        ({"product_profile": "telecom-vertical"}, "'product_type' is missing"),
        ({"shipping_method": "YES"}, "'ship_name' is missing"),
        ({"store_passwd": "x"}, "Store Credential"),
    ],
)
def test_a_session_needs_its_fields(gates, change, reason):
    fields = {"store_id": STORE, "store_passwd": PASSWORD, **session_fields(payable()), **change}
    status, said = post(f"{gates.origin}/sslcommerz/gwprocess/v4/api.php", fields)
    assert (status, '"status": "FAILED"' in said) == (200, True)
    assert reason in said


def test_a_day_s_statement(gates):
    number, page = opened(gates)
    post(page, {"choice": "pay"})
    [truth] = gates.money(order=number)
    lines = gates.call(f"/sslcommerz/_statement?day={datetime.fromtimestamp(truth['at'], DHAKA).date()}").splitlines()
    assert lines[0] == "kind,transaction_id,order_number,amount,at"
    assert [line.split(",")[:4] for line in lines if number in line] == [["payment", truth["id"], number, "500.50"]]
    assert gates.call("/sslcommerz/_statement?day=2020-01-01").splitlines() == lines[:1]


def test_faults_are_used_up_one_by_one_and_chance_can_be_repeated():
    faults = Faults()
    faults.ask({"gateway": "g", "what": "w", "times": 2, "order": "O1", "seconds": 3})
    assert faults.strikes("g", "w", "O2") is None
    assert [faults.strikes("g", "w", "O1") for _ in range(3)] == [{"seconds": 3}, {"seconds": 3}, None]
    thrown = []
    for _ in range(2):
        faults.throw({"seed": 7, "chances": {"w": 0.3, "g.v": 1}, "details": {"g.v": {"seconds": 2}}})
        thrown.append([faults.strikes("g", "w") is not None for _ in range(400)])
    assert thrown[0] == thrown[1]
    assert 80 < sum(thrown[0]) < 160
    assert (faults.strikes("g", "v"), faults.strikes("h", "v")) == ({"seconds": 2}, None)
    with pytest.raises(ValueError, match="chance"):
        faults.throw({"chances": {"w": 2}})


def test_notices_go_nowhere_but_to_this_machine(gates):
    wanted = payable(notice_url="http://gateway.example/notice")
    post(f"{gates.origin}/sslcommerz/gwprocess/v4/api.php", {"store_id": STORE, "store_passwd": PASSWORD, **session_fields(wanted)})
    gates.fault(NAME, "notice_first", order=wanted.number)
    gates.press(NAME, wanted.number, "pay", back=False)
    assert [one["status"] for one in gates.log("notice") if "gateway.example" in one["url"]] == [0]


def test_the_death_of_the_program_loses_no_money(tmp_path):
    port = free_port()
    gates, arguments = Gates(f"http://localhost:{port}", tmp_path), ("--port", str(port), "--folder", str(tmp_path))
    with manage("paygates", *arguments) as process:
        process.wait_for(lambda: answers(port))
        numbers = []
        for _ in range(5):
            number, page = opened(gates)
            assert post(page, {"choice": "pay"})[0] == 200
            numbers.append(number)
        waiting, page = opened(gates)
        os.kill(process.id, signal.SIGKILL)
        process.end(20)
    with manage("paygates", *arguments) as process:
        process.wait_for(lambda: answers(port))
        assert [one["number"] for one in gates.money(NAME)] == numbers
        assert post(page, {"choice": "pay"})[0] == 200
        assert gates.money(order=waiting)[0]["paisa"] == 50050
        assert "BIJOLI_SSLCOMMERZ_URL=http://localhost" in process.output()
        with socket.socket() as probe:
            probe.settimeout(2)
            assert probe.connect_ex((_other_address(), port)) != 0  # nobody from outside


def _other_address() -> str:
    """An address of this machine that is not loopback; one that is none where it has no network."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return "192.0.2.1"
        return str(probe.getsockname()[0])
