"""The register comes in from files: as often as wanted, with each bad line named, and a meter exchange understood."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from bijoli.customers.models import Access, Account, Customer
from bijoli.metering import numbers, reads
from bijoli.metering.models import Credit, Installation, Meter, MeterState, UsagePoint

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "examples"
HEAD = "account,mode,meter,installed_at,division,feeder,sanctioned_kw,phone,role,nickname\n"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh_numbers() -> None:
    numbers.forget()


def loaded(tmp_path: Path, lines: str, *options: str, head: str = HEAD) -> tuple[str, str]:
    """What the command said, and what it complained of."""
    path = tmp_path / "register.csv"
    path.write_text(head + lines, encoding="utf-8")
    out, err = StringIO(), StringIO()
    call_command("load", str(path), *options, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def everything() -> list[object]:
    """All rows that a load writes, without their keys."""
    return [
        list(Account.objects.order_by("number").values("number", "mode", "public_id")),
        list(UsagePoint.objects.order_by("account__number").values()),
        list(Meter.objects.order_by("id").values()),
        list(Installation.objects.order_by("id").values()),
        list(MeterState.objects.order_by("meter_id").values()),
        list(Customer.objects.order_by("phone").values()),
        list(Access.objects.order_by("id").values()),
    ]


def test_the_documented_example_loads_without_a_complaint() -> None:
    out, err = StringIO(), StringIO()
    call_command("load", str(EXAMPLES / "register.csv"), stdout=out, stderr=err)
    assert err.getvalue() == ""
    assert "new: 4 meters, 3 people, 4 links; 1 meters exchanged" in out.getvalue()
    point = reads.points([Account.objects.get(number="30000002").pk]).popitem()[1]
    assert (point.meter_number, point.sanctioned_load_w, point.tariff) == ("066012345700", 5000, "LT-E")
    assert MeterState.objects.count() == 4
    assert sorted(Access.objects.values_list("account__number", "customer__phone", "role")) == [
        ("30000001", "+8801712345678", "owner"),
        ("30000001", "+8801812345678", "owner"),
        ("30000001", "+8801912345678", "tenant"),
        ("30000002", "+8801712345678", "owner"),
    ]
    assert list(Access.objects.filter(customer__phone="+8801712345678").order_by("position").values_list("position", "nickname")) == [
        (0, "বাসা"),
        (1, "দোকান"),
    ]


def test_a_file_loaded_twice_changes_nothing() -> None:
    call_command("load", str(EXAMPLES / "register.csv"), stdout=StringIO())
    before = everything()
    out = StringIO()
    call_command("load", str(EXAMPLES / "register.csv"), stdout=out)
    assert everything() == before
    assert "new: 0 meters, 0 people, 0 links; 0 meters exchanged" in out.getvalue()


def test_each_bad_line_is_named_and_the_others_go_on(tmp_path: Path) -> None:
    _, err = loaded(
        tmp_path,
        "30000001,,066012345678,,Gulshan,GUL-07,3,,,\n"
        "3000000,,066012345679,,Gulshan,GUL-07,3,,,\n"
        "30000003,,0660123,,Gulshan,GUL-07,3,,,\n"
        "30000004,,066012345681,22/11/2026,Gulshan,GUL-07,3,,,\n"
        "30000005,,066012345682,,Gulshan,GUL-07,0,,,\n"
        "30000006,,066012345683,,Gulshan,GUL-07,3,0212345,,\n"
        "30000007,,066012345684,,Gulshan,GUL-07,3,,landlord,\n"
        "30000008,,066012345685,,,GUL-07,3,,,\n"
        "30000009,,066012345686,,Gulshan,GUL-07,3,,,,too,many\n"
        "30000010,,066012345687,,Gulshan,GUL-07,3,,,\n",
    )
    assert err.splitlines() == [
        "register.csv:3: account: an account number has 8 digits",
        "register.csv:4: meter: a meter number has 12 digits",
        "register.csv:5: installed_at: no date: 2026-11-22 or 2026-11-22T10:15:00+06:00",
        "register.csv:6: sanctioned_kw: over 0 and at most 100000 kW",
        "register.csv:7: phone: not a mobile number",
        "register.csv:8: role: not one of owner, family, payer, tenant, viewer",
        "register.csv:9: division: 1 to 40 characters",
        "register.csv:10: line: more values than columns",
    ]
    assert sorted(Account.objects.values_list("number", flat=True)) == ["30000001", "30000010"]


def test_meter_ids_are_dense_and_in_the_order_of_the_file(tmp_path: Path) -> None:
    lines = [f"3000000{n},,06601234567{9 - n},,Gulshan,GUL-07,3,,,\n" for n in range(1, 9)]
    loaded(tmp_path, "".join(lines[:4]))
    loaded(tmp_path, "".join(lines))
    ids = list(Meter.objects.order_by("-number").values_list("id", flat=True))
    assert ids == list(range(ids[0], ids[0] + 8))


def test_a_meter_exchange_ends_the_old_installation_and_begins_a_new_one(tmp_path: Path) -> None:
    loaded(tmp_path, "30000001,,066012345678,2024-05-01,Gulshan,GUL-07,3,,,\n")
    out, _ = loaded(tmp_path, "30000001,,066012345699,2026-03-10,Gulshan,GUL-07,5,,,\n")
    assert "1 meters exchanged" in out
    old, new = Installation.objects.order_by("installed_at")
    assert old.removed_at == new.installed_at
    assert new.removed_at is None
    assert new.meter.number == "066012345699"
    assert MeterState.objects.get(meter=new.meter).sanctioned_load_w == 5000


def test_an_old_file_loaded_again_after_an_exchange_does_not_bring_the_old_meter_back(tmp_path: Path) -> None:
    old = "30000001,,066012345678,2024-05-01,Gulshan,GUL-07,3,,,\n"
    loaded(tmp_path, old)
    loaded(tmp_path, "30000001,,066012345699,2026-03-10,Gulshan,GUL-07,3,,,\n")
    _, err = loaded(tmp_path, old)
    assert err == ""
    assert Installation.objects.get(removed_at=None).meter.number == "066012345699"


def test_an_exchange_without_a_later_date_is_refused(tmp_path: Path) -> None:
    loaded(tmp_path, "30000001,,066012345678,2024-05-01,Gulshan,GUL-07,3,,,\n")
    _, err = loaded(tmp_path, "30000001,,066012345699,,Gulshan,GUL-07,3,,,\n30000001,,066012345688,2023-01-01,Gulshan,GUL-07,3,,,\n")
    assert [line.split(": ")[0:2] for line in err.splitlines()] == [["register.csv:2", "installed_at"], ["register.csv:3", "installed_at"]]
    assert Installation.objects.get().meter.number == "066012345678"


def test_a_meter_cannot_stand_at_two_accounts(tmp_path: Path) -> None:
    _, err = loaded(
        tmp_path, "30000001,,066012345678,2024-05-01,Gulshan,GUL-07,3,,,\n30000002,,066012345678,2024-05-01,Gulshan,GUL-07,3,,,\n"
    )
    assert err.startswith("register.csv:3: meter: stands at another account")
    assert Installation.objects.get().usage_point.account.number == "30000001"


def test_people_come_later_and_their_own_words_stay(tmp_path: Path) -> None:
    loaded(tmp_path, "30000001,,066012345678,,Gulshan,GUL-07,3,,,\n")
    loaded(tmp_path, "30000001,,066012345678,,Gulshan,GUL-07,3,01712345678,payer,Home\n")
    Access.objects.update(nickname="My own word")
    loaded(tmp_path, "30000001,,066012345678,,Gulshan,GUL-07,3,০১৭১২৩৪৫৬৭৮,owner,Home\n")
    access = Access.objects.get()
    assert (access.role, access.nickname) == ("owner", "My own word")
    assert not access.customer.has_usable_password()


def test_an_own_limit_goes_with_the_account_to_its_new_meter(tmp_path: Path) -> None:
    loaded(tmp_path, "30000001,,066012345678,2024-05-01,Gulshan,GUL-07,3,01712345678,,\n")
    Access.objects.update(own_limit_paisa=300_00)
    loaded(tmp_path, "30000001,,066012345699,2026-03-10,Gulshan,GUL-07,3,,,\n")
    assert MeterState.objects.get(meter__number="066012345699").edges == [1, 50_00, 100_00, 120_00, 300_00, 360_00]


def test_a_file_without_the_needed_columns_is_refused_as_a_whole(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="missing: division, feeder, sanctioned_kw"):
        loaded(tmp_path, "30000001,066012345678\n", head="account,meter\n")
    with pytest.raises(CommandError, match="unknown column: colour"):
        loaded(tmp_path, "", head=HEAD.strip() + ",colour\n")


def test_past_recharges_come_in_once_and_wake_nobody(tmp_path: Path) -> None:
    call_command("load", str(EXAMPLES / "register.csv"), stdout=StringIO())
    for _ in range(2):
        out, err = StringIO(), StringIO()
        call_command("load", "--credits", str(EXAMPLES / "recharges.csv"), stdout=out, stderr=err)
        assert err.getvalue() == ""
    assert "0 new recharges, 3 known already" in out.getvalue()
    account = Account.objects.get(number="30000001").pk
    newest, oldest = reads.credits(account, timezone.now().replace(year=2020), timezone.now().replace(year=2030))
    assert (newest.channel, newest.credited_paisa) == ("Nagad", 288_00)
    assert oldest.charges == [{"name": "demand", "paisa": 84_00}, {"name": "rent", "paisa": 40_00}]
    assert oldest.tokens == ["12345678901234567890"]
    assert Credit.objects.count() == 3
    assert reads.changes_waiting() == 0


def test_a_bad_recharge_is_named(tmp_path: Path) -> None:
    call_command("load", str(EXAMPLES / "register.csv"), stdout=StringIO())
    _, err = loaded(
        tmp_path,
        "066012345678,2026-10-03,0,\n066012345678,,5,\n066099999999,2026-10-03,5,\n066012345678,2026-10-03,5.001,\n066012345678,2026-10-03,5,84\n",
        "--credits",
        head="meter,at,credited,charges\n",
    )
    assert err.splitlines() == [
        "register.csv:2: credited: an amount over 0 in taka",
        "register.csv:3: at: is missing",
        "register.csv:4: meter: no meter of this number is loaded",
        "register.csv:5: credited: no amount in taka with two decimals",
        "register.csv:6: charges: write demand:84.00;rent:40.00",
    ]
