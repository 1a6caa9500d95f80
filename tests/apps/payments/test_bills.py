"""Bills come once, never change, add up, and bad ones are kept with their reason."""

from __future__ import annotations

import json
from datetime import date, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from bijoli.payments import billintake, bills, sources
from bijoli.payments.models import Bill, BillReject, BillSource
from tests.apps.payments.billing import NOW, amounts, bill, brought, home, on, paid, row

pytestmark = pytest.mark.django_db
COLUMNS = "number,account,month,issued_on,due_on,total,lines,late,replaces"


def test_a_bill_is_stored_as_it_was_written() -> None:
    account = home()
    made = bill(account, number="1126-1", late="50.00")
    assert (made.account_id, made.month, made.due_on) == (account.pk, date(2026, 10, 1), date(2026, 11, 25))
    assert (made.total_paisa, made.late_paisa, made.previous_wh, made.energy_wh) == (100_000, 5_000, 1_000_000, 150_000)
    assert made.lines[0] == {"name": "energy", "paisa": 86_838, "energy_wh": 150_000, "rate": 579}


def test_the_same_lines_may_be_objects() -> None:
    account = home()
    given = [{"name": "energy", "amount": "916.00", "kwh": "150", "rate": "6.10"}, {"name": "demand", "amount": 84}]
    assert bill(account, lines=given).lines == [
        {"name": "energy", "paisa": 91_600, "energy_wh": 150_000, "rate": 610},
        {"name": "demand", "paisa": 8_400},
    ]


def test_again_changes_nothing_and_another_of_its_number_is_refused() -> None:
    account = home()
    given = row(account)
    assert (brought(given).accepted, brought(given).known, brought(given, given).known) == (1, 1, 2)
    changed = brought({**given, "due_on": "2026-11-26"})
    assert (changed.accepted, changed.known, changed.rejected[0].field) == (0, 0, "number")
    assert Bill.objects.get().due_on == date(2026, 11, 25)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"total": "1000.01"}, "total"),
        ({"total": "1000.001"}, "total"),
        ({"total": "-1", "lines": "credit:-1"}, "total"),
        ({"total": 1000.0}, "total"),
        ({"lines": ""}, "lines"),
        ({"lines": "energy"}, "lines"),
        ({"lines": [{"name": "energy"}]}, "lines"),
        ({"lines": [["energy", "1"]]}, "lines"),
        ({"account": "99999999"}, "account"),
        ({"account": "123"}, "account"),
        ({"month": "2026-13"}, "month"),
        ({"due_on": "2026-11-01"}, "due_on"),
        ({"disconnect_on": "2026-11-24"}, "disconnect_on"),
        ({"late": "-5"}, "late"),
        ({"number": "x" * 31}, "number"),
        ({"number": "a\0b"}, "number"),
        ({"meter": "12a"}, "meter"),
        ({"energy_kwh": "NaN"}, "energy_kwh"),
        ({"energy_kwh": "1e999999"}, "energy_kwh"),
        ({"replaces": "unknown"}, "replaces"),
        ({"colour": "red"}, ""),
    ],
)
def test_what_cannot_be_is_kept_with_its_reason_and_the_others_go_on(fields: dict[str, Any], field: str) -> None:
    account = home()
    taken = brought(row(account), {**row(account), **fields}, row(account))
    assert (taken.rows, taken.accepted) == (3, 2)
    assert [(fault.row, fault.field) for fault in taken.rejected] == [(2, field)]
    kept = BillReject.objects.get()
    assert (kept.row, kept.field, kept.source) == (2, field, "test")
    assert kept.reason
    assert kept.body


def test_a_correction_is_a_new_bill_that_names_the_one_it_replaces() -> None:
    account, other = home(), home()
    first = bill(account)
    second = bill(account, replaces=first.number, **amounts("900.00"))
    assert second.replaces_id == first.pk
    assert [(each.number, each.open, each.replaced) for each in bills.of_account(account.pk, NOW)] == [
        (second.number, 90_000, False),
        (first.number, 0, True),
    ]
    again = brought(row(account, replaces=first.number), row(other, replaces=second.number))
    assert [fault.field for fault in again.rejected] == ["replaces", "replaces"]


def test_a_bill_and_its_correction_may_come_together() -> None:
    account = home()
    first, second, third = (row(account, number=f"n{number}") for number in (1, 2, 3))
    taken = brought(first, {**second, "replaces": "n1"}, {**third, "replaces": "n2"})
    assert taken.accepted == 3
    assert [each.number for each in bills.open_bills(account.pk, date(2026, 11, 20))] == ["n3"]


def test_the_last_six_months_are_shown_and_whatever_is_open() -> None:
    account = home()
    months = [date(2025, 12, 1), date(2026, 1, 1), date(2026, 4, 1), date(2026, 5, 1), date(2026, 10, 1)]
    made = [bill(account, month=f"{month:%Y-%m}") for month in months]
    paid(account, 100_000, made[0])
    paid(account, 100_000, made[3])
    assert [each.month for each in bills.of_account(account.pk, NOW)] == [months[4], months[3], months[2], months[1]]


def test_files(tmp_path: Path) -> None:
    account = home()
    path, said, bad = tmp_path / "october.csv", StringIO(), StringIO()
    good = f"a1,{account.number},2026-10,2026-11-05,2026-11-25,84.00,demand:84.00,,"
    path.write_text(f"{COLUMNS}\n{good}\na2,{account.number},2026-10,2026-11-05,2026-11-25,84.00,demand:83.00,,\n")
    call_command("bills", str(path), stdout=said, stderr=bad)
    assert "2 lines; 1 new bills, 0 known already, 1 rejected" in said.getvalue()
    assert bad.getvalue().startswith("october.csv:3: total: ")
    assert BillReject.objects.get().source == "october.csv"
    (tmp_path / "bad.csv").write_text("number\n1\n")
    with pytest.raises(CommandError, match="missing: "):
        call_command("bills", str(tmp_path / "bad.csv"), stdout=said, stderr=bad)


def post(body: Any, token: str, kind: str = "application/json") -> Any:
    text = body if isinstance(body, str) else json.dumps(body)
    return Client().post("/till/bills", text, content_type=kind, headers={"Authorization": f"Bearer {token}"})


def test_the_billing_system_posts_a_list_or_lines() -> None:
    account, token = home(), sources.renew("billing", NOW)
    first, second = row(account), row(account)
    answer = post([first, {**second, "total": "1"}], token)
    assert answer.status_code == 200
    assert (answer.json()["accepted"], answer.json()["known"], answer.json()["rejected_rows"]) == (1, 0, 1)
    assert answer.json()["rejected"][0]["row"] == 2
    lines = "\n".join([json.dumps(first), "{broken", json.dumps(second), '{"total": NaN}'])
    answer = post(lines, token, "application/x-ndjson")
    assert (answer.json()["accepted"], answer.json()["known"]) == (1, 1)
    assert [fault["row"] for fault in answer.json()["rejected"]] == [2, 4]
    assert Bill.objects.filter(source="billing").count() == 2


def test_the_door_keeps_others_out() -> None:
    account, token = home(), sources.renew("billing", NOW)
    assert post([row(account)], "wrong").status_code == 401
    assert post("no json", token).status_code == 400
    assert post({"number": "1"}, token).status_code == 400
    assert post("[]", token, "text/plain").status_code == 400
    assert post("[" * 100_000, token).status_code == 400
    assert post(" " * (8 * 1024 * 1024 + 1), token).status_code == 413
    assert sources.renew("billing", NOW) != token
    assert post([row(account)], token).status_code == 401  # the new token ended it
    assert not Bill.objects.exists()


def test_a_token_is_shown_once_and_ends() -> None:
    said = StringIO()
    call_command("billsource", "billing", stdout=said)
    token = said.getvalue().strip()
    assert post([], token).status_code == 200
    assert token.encode() not in bytes(BillSource.objects.get().token_hash)
    call_command("billsource", "billing", "--revoke", stdout=said)
    assert post([], token).status_code == 401
    with pytest.raises(CommandError):
        call_command("billsource", "nobody", "--revoke", stdout=said)


def test_rejected_rows_go_after_their_days(settings: Any) -> None:
    settings.REJECT_DAYS = 90
    brought({"number": "x"})
    assert billintake.drop_old(NOW + timedelta(days=89), lambda: True)
    assert BillReject.objects.exists()
    assert billintake.drop_old(on(date(2027, 3, 1)), lambda: True)
    assert not BillReject.objects.exists()
