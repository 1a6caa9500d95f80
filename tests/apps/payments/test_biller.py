"""A wallet asks for a bill and pays it over the real door: unknown accounts, wrong months, the same Trxid twice, other amounts."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.test import Client
from django.utils import timezone

from bijoli.core.utility import Paying
from bijoli.customers.models import Account
from bijoli.payments import billers, bills
from bijoli.payments.models import BillPayment, Order, Payment
from tests.apps.payments.billing import amounts, balances, bill, home

pytestmark = pytest.mark.django_db
PASSWORD = "a long secret of the wallet"
TODAY = timezone.localdate()


@pytest.fixture(autouse=True)
def _wallets(settings: Any, tmp_path: Path) -> Iterator[None]:
    path = tmp_path / "billers.toml"
    path.write_text(
        "\n".join(
            f'[{name}]\nusername = "{name}-user"\npassword_sha256 = "{hashlib.sha256(PASSWORD.encode()).hexdigest()}"'
            for name in ("bkash", "upay")
        )
    )
    settings.BILLERS = str(path)
    settings.UTILITY = replace(settings.UTILITY, paying=Paying())
    yield
    billers._wallets.cache_clear()


def call(what: str, wallet: str = "bkash", **fields: Any) -> dict[str, Any]:
    given = {"Username": f"{wallet}-user", "Password": PASSWORD, **fields}
    answer = Client().post(f"/till/biller/{what}", json.dumps(given), content_type="application/json")
    assert answer.status_code == 200, answer.content
    return dict(answer.json())


def due(account: Account, month: date = date(2026, 10, 1), days: int = 5, **fields: Any) -> Any:
    days_ = {"issued_on": f"{TODAY - timedelta(days=30)}", "due_on": f"{TODAY + timedelta(days=days)}"}
    return bill(account, now=timezone.now(), **days_, month=f"{month:%Y-%m}", **fields)


def test_a_bill_is_asked_for_and_paid() -> None:
    account = home()
    mine = due(account)
    asked = call("query", Acc_No=account.number, Bill_month="102026")
    assert (asked["Error_Code"], asked["bill_month"], asked["bill_amount"]) == ("000", "102026", "1000.00")
    assert asked["bill_due_date"] == f"{mine.due_on:%Y%m%d}"
    assert asked["breakdown"][-1] == {"name": "vat", "amount": "47.62"}
    paying = {"Amount": "1000.00", "Trxid": "9X1", "Paytime": "x", "User_Mobile_Number": "01711111111"}
    told = call("pay", Acc_No=account.number, Bill_month="102026", **paying)
    assert (told["Error_Code"], told["total_amount"], told["trxid"], told["paytime"]) == ("000", "1000.00", "9X1", "x")
    assert told["breakdown"] == [{"name": "bill 102026", "amount": "1000.00"}]
    order = Order.objects.get()
    assert (order.state, order.customer, order.gateway, order.number) == ("done", None, "biller-bkash", told["receipt"])
    assert "01711111111" not in json.dumps([order.facts, *Payment.objects.values_list("facts", flat=True)])
    assert balances(account) == {"bills": 100_000}
    assert call("query", Acc_No=account.number)["Error_Code"] == "203"


def test_the_same_transaction_again_gives_the_same_answer_and_pays_once() -> None:
    account = home()
    due(account)
    pays = {"Acc_No": account.number, "Amount": 1000, "Trxid": "9X1", "Paytime": f"{timezone.localtime():%Y%m%d%H%M%S}"}
    first = call("pay", **pays)
    assert first["Error_Code"] == "000"
    assert call("pay", **pays) == first
    assert call("pay", **{**pays, "Paytime": "later"}) == first
    assert (Order.objects.count(), Payment.objects.count(), BillPayment.objects.count()) == (1, 1, 1)
    assert call("pay", "upay", **pays)["Error_Code"] == "203"  # another wallet's transaction of the same name is another one


def test_the_same_transaction_for_something_else_is_refused() -> None:
    account, other = home(), home()
    due(account)
    due(other)
    call("pay", Acc_No=account.number, Amount=1000, Trxid="9X1")
    assert call("pay", Acc_No=account.number, Amount=900, Trxid="9X1")["Error_Code"] == "301"
    assert call("pay", Acc_No=account.number, Amount=1000, Trxid="9X1", Bill_month="102026")["Error_Code"] == "301"
    assert call("pay", Acc_No=other.number, Amount=1000, Trxid="9X1")["Error_Code"] == "301"
    assert Order.objects.count() == 1


@pytest.mark.parametrize("amount", [999.99, "1000.01", 1])
def test_another_amount_is_refused_where_the_rules_say_so(amount: Any) -> None:
    account = home()
    due(account)
    refused = call("pay", Acc_No=account.number, Amount=amount, Trxid="9X1")
    assert refused["Error_Code"] == "302"
    assert not Order.objects.exists()


def test_parts_and_more_where_the_rules_allow_it(settings: Any) -> None:
    settings.UTILITY = replace(settings.UTILITY, paying=Paying(partial=True, over=True))
    account = home()
    due(account)
    assert call("pay", Acc_No=account.number, Amount=400, Trxid="9X1")["breakdown"] == [{"name": "bill 102026", "amount": "400.00"}]
    assert call("query", Acc_No=account.number)["bill_amount"] == "600.00"
    assert call("query", Acc_No=account.number)["breakdown"][-1] == {"name": "paid", "amount": "-400.00"}
    told = call("pay", Acc_No=account.number, Amount=700, Trxid="9X2")
    assert told["breakdown"] == [{"name": "bill 102026", "amount": "600.00"}, {"name": "advance", "amount": "100.00"}]
    assert bills.advance(account.pk) == 10_000


def test_what_is_not_there_is_refused_in_known_codes() -> None:
    account = home()
    mine = due(account)
    assert call("query", Acc_No="99999999")["Error_Code"] == "201"
    assert call("query", Bill_no="none")["Error_Code"] == "201"
    assert call("query", Meter_no="000000000000")["Error_Code"] == "201"
    assert call("query", Meter_no="no meter")["Error_Code"] == "201"
    assert call("query", Acc_No=account.number, Bill_month="092026")["Error_Code"] == "202"
    assert call("pay", Acc_No=account.number, Bill_month="092026", Amount=1000, Trxid="1")["Error_Code"] == "202"
    assert call("query", Bill_no=mine.number, Bill_month="092026")["Error_Code"] == "202"
    Account.objects.filter(pk=home().pk).update(mode="prepaid")
    assert call("query", Acc_No=Account.objects.get(mode="prepaid").number)["Error_Code"] == "204"


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"Acc_No": "30000001", "Bill_no": "1"},
        {"Acc_No": "30000001", "Bill_month": "132026"},
        {"Acc_No": "30000001", "Amount": "1", "Trxid": ""},
        {"Acc_No": "30000001", "Amount": "1.001", "Trxid": "1"},
        {"Acc_No": "30000001", "Amount": "-5", "Trxid": "1"},
        {"Acc_No": "30000001", "Amount": True, "Trxid": "1"},
        {"Acc_No": "30000001", "Amount": [1], "Trxid": "1"},
        {"Acc_No": "30000001", "Amount": 1, "Trxid": "a\nb"},
    ],
)
def test_what_is_not_complete_is_said(fields: dict[str, Any]) -> None:
    assert call("pay", **fields)["Error_Code"] == "102"


def test_a_bill_by_its_number_or_its_meter() -> None:
    account = home()
    first = due(account)
    second = due(account, replaces=first.number, **amounts("800.00"))
    meter = account.usage_point.installations.get().meter
    assert call("query", Meter_no=meter.number)["bill_amount"] == "800.00"
    assert call("query", Bill_no=first.number)["bill_amount"] == "800.00"  # what replaced it
    assert call("pay", Bill_no=second.number, Amount=800, Trxid="1")["Error_Code"] == "000"


def test_a_wallet_that_could_not_reach_us_pays_in_time() -> None:
    account = home()
    due(account, days=-1)
    assert call("query", Acc_No=account.number)["bill_amount"] == "1050.00"
    yesterday = timezone.localtime() - timedelta(hours=23, minutes=59)
    if yesterday.date() == TODAY - timedelta(days=1):
        told = call("pay", Acc_No=account.number, Amount=1000, Trxid="1", Paytime=f"{yesterday:%Y%m%d%H%M%S}")
        assert told["Error_Code"] == "000"
    assert call("pay", Acc_No=account.number, Amount=1000, Trxid="2", Paytime="20200101000000")["Error_Code"] in ("203", "302")


def test_strangers_are_kept_out_and_slowed_down() -> None:
    account = home()
    due(account)

    def tried(**fields: Any) -> Any:
        return Client().post("/till/biller/query", json.dumps({"Acc_No": account.number, **fields}), content_type="application/json")

    assert tried().status_code == 401
    assert tried(Username="bkash-user", Password="wrong").json()["Error_Code"] == "101"
    assert tried(Username=["bkash-user"], Password={"x": 1}).status_code == 401
    assert "1000" not in tried(Username="upay-user", Password="").content.decode()
    assert [tried(Username="bkash-user", Password=str(n)).status_code for n in range(20)][-1] == 429
    assert tried(Username="bkash-user", Password=PASSWORD).status_code == 200  # the wallet itself is not kept out


def test_what_is_no_request() -> None:
    for body in (b"", b"[]", b"{", b"\xff", b"[" * 10_000, b" " * 20_000):
        assert Client().post("/till/biller/pay", body, content_type="application/json").status_code == 401
    assert Client().get("/till/biller/pay").status_code == 405


def test_without_a_file_nobody_may(settings: Any, tmp_path: Path) -> None:
    settings.BILLERS = ""
    assert billers.wallet("", "") is None
    settings.BILLERS = str(tmp_path / "bad.toml")
    (tmp_path / "bad.toml").write_text('[bkash]\nusername = "x"\npassword_sha256 = "secret"\n')
    with pytest.raises(ImproperlyConfigured):
        billers.wallet("x", "y")


@pytest.mark.django_db(transaction=True)
def test_ten_calls_of_one_transaction_at_once_pay_once() -> None:
    account = home()
    due(account)
    told: list[dict[str, Any]] = []

    def one() -> None:
        try:
            told.append(call("pay", Acc_No=account.number, Amount=1000, Trxid="9X1", Paytime="now"))
        finally:
            connection.close()

    threads = [threading.Thread(target=one) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(told) == 10
    assert all(each == told[0] and each["Error_Code"] == "000" for each in told)
    assert balances(account) == {"bills": 100_000}
    assert Payment.objects.count() == 1
