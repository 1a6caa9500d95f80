"""An account is added with a code that goes to the phone on file; whoever tries numbers through learns nothing."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bijoli.customers import codes, linking, onetime
from bijoli.customers.models import Access, Account, Customer, Deed, Limit, OneTimeCode
from bijoli.customers.reads import accounts
from bijoli.metering.models import Meter
from tests.apps.signin_steps import codes_in
from tests.households import LONG_AGO, loaded, meter, person

pytestmark = pytest.mark.django_db
ADD, CODE = "/settings/accounts/add/", "/settings/accounts/code/"


@pytest.fixture(autouse=True)
def _console(settings: Any) -> None:
    settings.SMS_CHANNEL = "console"


@pytest.fixture
def holder() -> Customer:
    return person(language="en")


@pytest.fixture
def numbers(holder: Customer) -> dict[str, str]:
    made = meter(holder)
    return {"account": Account.objects.get().number, "meter": made.number}


@pytest.fixture
def son() -> Client:
    client = Client()
    client.force_login(person(language="en", name="Son"))
    return client


def who(client: Client) -> Customer:
    return Customer.objects.get(pk=client.session["_auth_user_id"])


def texts(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str, str]]:
    """What leaves for phones: number, code, text."""
    left: list[tuple[str, str, str]] = []
    monkeypatch.setitem(codes.CHANNELS, "console", lambda *one: left.append(one))
    return left


def test_the_owners_code_opens_the_account_for_the_family(
    son: Client, holder: Customer, numbers: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    left = texts(monkeypatch)
    assert son.post(ADD, numbers).headers["Location"] == CODE
    ((number, code, text),) = left
    assert number == holder.phone
    assert f"ending in {numbers['account'][-4:]}" in text
    assert "Tell it only to a person you trust" in text
    assert code not in OneTimeCode.objects.values_list("proof", flat=True)
    assert son.post(CODE, {"code": code}).headers["Location"] == "/"
    (mine,) = accounts(who(son).pk)
    assert (mine.number, mine.role) == (numbers["account"], "family")
    assert Access.objects.get(customer=who(son)).given_by == holder
    assert Deed.objects.get().what == "linked"
    assert son.post(CODE, {"code": code}).status_code == 422  # once


def test_numbers_are_read_as_people_write_them(son: Client, numbers: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    left = texts(monkeypatch)
    account = numbers["account"].translate(str.maketrans("0123456789", "০১২৩৪৫৬৭৮৯"))
    son.post(ADD, {"account": account, "meter": f" {numbers['meter'][:4]}-{numbers['meter'][4:]} "})
    assert len(left) == 1


def wrong_ones(numbers: dict[str, str]) -> list[dict[str, str]]:
    meter(person())
    other = Meter.objects.exclude(number=numbers["meter"]).get()
    meter()  # with nobody's phone on file
    silent = Meter.objects.order_by("-pk").first()
    bare = Account.objects.order_by("-pk").first()
    return [
        {**numbers, "meter": other.number},
        {**numbers, "account": "99999999"},
        {"account": "99999999", "meter": "nothing"},
        {"account": bare.number, "meter": silent.number},  # type: ignore[union-attr]
    ]


def shape(sql: str) -> str:
    return re.sub(r"'[^']*'|\b\d+\b|NULL", "?", sql)


def test_whoever_tries_numbers_learns_nothing(numbers: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The same pages, the same questions to the database; only no message leaves."""
    left, seen = texts(monkeypatch), []
    for given in [numbers, *wrong_ones(numbers)]:
        client = Client()
        client.force_login(person(language="en"))
        Limit.objects.all().delete()
        with CaptureQueriesContext(
            connection,
        ) as asked:
            answer = client.post(ADD, given)
        page = client.get(CODE).content.decode()
        wrong = client.post(CODE, {"code": "000000" if not left or left[-1][1] != "000000" else "000001"})
        words = re.sub(r'name="csrf[^>]*>|value="[^"]*"|content="[^"]*"', "", page)
        seen.append((answer.status_code, answer.headers["Location"], words, wrong.status_code, [shape(one["sql"]) for one in asked]))
    assert len(left) == 1
    for each in seen[1:]:
        assert each[:4] == seen[0][:4]
        assert each[4] == seen[0][4]


def test_a_code_is_of_one_person_one_purpose_and_ten_minutes(son: Client, numbers: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    left, now = texts(monkeypatch), timezone.now()
    son.post(ADD, numbers)
    code, me = left[0][1], who(son)
    stranger = Client()
    stranger.force_login(person())
    assert stranger.post(CODE, {"code": code}).status_code == 422
    assert onetime.use(me.pk, onetime.DELETE, code, now) is None
    assert onetime.use(me.pk, onetime.LINK, code, now + onetime.LASTS + timedelta(seconds=5)) is None
    assert not accounts(me.pk)
    assert linking.confirm(me.pk, code, now) is not None


def test_five_wrong_tries_and_the_code_is_dead(son: Client, numbers: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    left = texts(monkeypatch)
    son.post(ADD, numbers)
    code = left[0][1]
    other = f"{(int(code) + 1) % 10**6:06}"
    assert [son.post(CODE, {"code": other}).status_code for _ in range(5)] == [422] * 5
    assert son.post(CODE, {"code": code}).status_code == 422
    assert not accounts(who(son).pk)


def test_asking_is_limited_by_person_and_the_phone_on_file_is_left_alone(numbers: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    left = texts(monkeypatch)
    client = Client()
    client.force_login(person(language="en"))
    assert [client.post(ADD, numbers).status_code for _ in range(6)] == [302] * 5 + [429]
    assert len(left) == 1  # one a minute to one phone, whoever asks, and the answer does not tell
    another = Client()
    another.force_login(person())
    assert another.post(ADD, numbers).status_code == 302
    assert len(left) == 1


def test_others_requests_do_not_use_up_the_owners_sign_in(son: Client, holder: Customer, numbers: dict[str, str], capsys: Any) -> None:
    sent = codes_in(capsys)
    son.post(ADD, numbers)
    assert len(sent()) == 1
    Client().post("/accounts/login/", {"phone": holder.phone})
    assert len(sent()) == 2


def test_a_holder_who_left_may_come_back_as_owner(holder: Customer, numbers: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    left, client = texts(monkeypatch), Client()
    client.force_login(holder)
    linking.leave(holder.pk, Account.objects.get().pk, timezone.now())
    assert not accounts(holder.pk)
    client.post(ADD, numbers)
    client.post(CODE, {"code": left[0][1]})
    assert [mine.role for mine in accounts(holder.pk)] == ["owner"]


def test_whom_the_utility_took_off_does_not_come_back(holder: Customer, numbers: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    left, client = texts(monkeypatch), Client()
    client.force_login(holder)
    Access.objects.update(until=timezone.now() - timedelta(days=1))
    assert client.post(ADD, numbers).status_code == 302
    assert left == []


def test_the_register_does_not_give_back_what_a_person_ended(tmp_path: Any) -> None:
    lines = "30000001,prepaid,660000000001,2025-01-01T00:00:00+06:00,Uttara,F1,5\n"
    account_id = loaded(tmp_path, lines)
    path = tmp_path / "people.csv"
    path.write_text(
        "account,mode,meter,installed_at,division,feeder,sanctioned_kw,phone,name\n" + lines.strip() + ",01711000001,Rahima Khatun\n"
    )
    from io import StringIO

    from django.core.management import call_command

    call_command("load", str(path), stdout=StringIO())
    mine = Access.objects.get()
    linking.leave(mine.customer_id, account_id, timezone.now())
    call_command("load", str(path), stdout=StringIO())
    assert not accounts(mine.customer_id)
    Access.objects.all().delete()
    Access.objects.create(customer_id=mine.customer_id, account_id=account_id, since=LONG_AGO, until=timezone.now() - timedelta(days=1))
    call_command("load", str(path), stdout=StringIO())  # what the utility itself ended, it may give again
    assert len(accounts(mine.customer_id)) == 1
