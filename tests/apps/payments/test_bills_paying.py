"""Money becomes payment of bills: whole, in parts, over, late, twice, for bills that were replaced meanwhile; to the paisa."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from bijoli.core.utility import Paying
from bijoli.metering.models import UsagePoint
from bijoli.payments import billpaying, bills, refunds, settling
from bijoli.payments.gateways.port import Attempt, Paid, Told
from bijoli.payments.models import Bill, BillPayment, Payment
from tests.apps.payments.billing import NOW, amounts, balances, bill, brought, home, money, on, order, paid, row
from tests.households import person

pytestmark = pytest.mark.django_db
LATE = on(date(2026, 11, 28))


def rules(settings: Any, **paying: Any) -> None:
    settings.UTILITY = replace(settings.UTILITY, paying=Paying(**paying))


def standing(account: Any, now: datetime = NOW) -> list[tuple[int, int]]:
    """(open of the bill, open of its fee), the oldest first."""
    return [(each.rest, each.late_rest) for each in bills.open_bills(account.pk, now.date())]


def test_a_whole_bill_is_paid_once() -> None:
    account = home()
    mine = bill(account)
    done = paid(account, 100_000, mine)
    assert done.state == "done"
    assert standing(account) == []
    assert balances(account) == {"bills": 100_000}
    settling.settle(done.pk, Told(Attempt.PAID, (Paid(f"T{done.pk}", 100_000),)), NOW)
    assert BillPayment.objects.count() == 1
    assert billpaying.pay(done, NOW) == ""
    assert balances(account) == {"bills": 100_000}
    assert [(of.number, part.paisa) for of, part in bills.paid_by(done.pk)] == [(mine.number, 100_000)]


@pytest.mark.parametrize(
    ("paying", "amount", "why"),
    [
        ({}, 100_000, ""),
        ({}, 99_999, "partial"),
        ({}, 100_001, "over"),
        ({"partial": True}, 10_000, ""),
        ({"partial": True}, 9_999, "least_part"),
        ({"partial": True}, 99_500, "rest"),
        ({"over": True}, 100_001, ""),
        ({"over": True, "most": 150_000}, 150_001, "most"),
        ({"most": 50_000}, 100_000, ""),  # a bill may always be paid as a whole
        ({"least": 200_000}, 100_000, "least"),
    ],
)
def test_which_amounts_may_be_paid(settings: Any, paying: dict[str, Any], amount: int, why: str) -> None:
    rules(settings, **paying)
    if not why:
        billpaying.check(100_000, amount)
        return
    with pytest.raises(billpaying.NotAllowed) as told:
        billpaying.check(100_000, amount)
    assert told.value.why == why


def test_nothing_may_be_paid_of_nothing() -> None:
    with pytest.raises(billpaying.NotAllowed, match="nothing"):
        billpaying.check(0, 10_000)


def test_parts_and_then_the_late_fee_of_what_was_open() -> None:
    account = home()
    mine = bill(account)
    paid(account, 40_000, mine)
    assert standing(account) == [(60_000, 0)]
    assert standing(account, LATE) == [(60_000, 3_000)]  # 5 % of what was open when the due day ended
    paid(account, 61_000, mine, LATE)  # the bill first
    assert standing(account, LATE) == [(0, 2_000)]
    paid(account, 2_000, mine, LATE)
    assert standing(account, LATE) == []
    assert balances(account) == {"bills": 100_000, "late": 3_000}


def test_the_bill_itself_may_name_its_late_fee() -> None:
    account = home()
    bill(account, late="77.77")
    assert standing(account, on(date(2026, 11, 25))) == [(100_000, 0)]  # the due day itself
    assert standing(account, on(date(2026, 11, 26))) == [(100_000, 7_777)]
    assert bills.of_account(account.pk, NOW)[0].after_due == 107_777


def test_a_late_fee_that_nobody_tells_is_none_and_said() -> None:
    account = home()
    UsagePoint.objects.filter(account=account).update(tariff="XX")
    bill(account)
    late = bills.of_account(account.pk, LATE)[0]
    assert (late.open, late.fee, late.fee_unknown, late.after_due) == (100_000, None, True, None)


def test_the_day_on_which_one_began_to_pay_counts() -> None:
    account = home()
    mine = bill(account)
    last_minute = datetime(2026, 11, 25, 17, 59, tzinfo=UTC)  # 23:59 in Dhaka
    begun = order(account, 100_000, mine, last_minute)
    assert money(begun, last_minute + timedelta(minutes=10)).state == "done"
    assert standing(account, LATE) == []


def test_two_persons_pay_the_same_bill_and_it_is_kept_ahead(settings: Any) -> None:
    rules(settings, over=True)
    account = home()
    mine = bill(account)
    first, second = order(account, 100_000, mine), order(account, 100_000, mine)
    assert [money(first).state, money(second).state] == ["done", "done"]
    assert balances(account) == {"bills": 100_000, "advance": 100_000}
    assert bills.advance(account.pk) == 100_000


def test_two_persons_pay_the_same_bill_and_the_second_gets_it_back(settings: Any) -> None:
    rules(settings)
    account = home()
    mine = bill(account)
    first, second = order(account, 100_000, mine), order(account, 100_000, mine)
    assert [money(first).state, money(second).state] == ["done", "review"]
    second.refresh_from_db()
    assert second.reason == "paid already"
    assert balances(account) == {"bills": 100_000, "unapplied": 100_000}
    payment = Payment.objects.get(order=second)
    proposed = refunds.propose(payment.pk, person().pk, "the bill was paid", NOW)
    assert refunds.approve(proposed.public_id, person().pk, NOW).state == "approved"


def test_what_is_over_pays_the_oldest_open_bill_first(settings: Any) -> None:
    rules(settings, over=True)
    account = home()
    bills_of = [bill(account, month=month, due_on=due) for month, due in (("2026-08", "2026-11-21"), ("2026-09", "2026-11-23"))]
    newest = bill(account)
    paid(account, 250_000, newest)
    assert standing(account) == [(50_000, 0)]
    assert Bill.objects.get(pk=newest.pk).closed_at is not None
    assert Bill.objects.get(pk=bills_of[1].pk).closed_at is None
    paid(account, 60_000)
    assert balances(account) == {"bills": 300_000, "advance": 10_000}


def test_money_for_an_account_pays_its_oldest_bill_first(settings: Any) -> None:
    rules(settings, partial=True)
    account = home()
    bill(account)
    bill(account, month="2026-09", due_on="2026-11-22")
    paid(account, 120_000)
    assert [each.month for each in bills.open_bills(account.pk, NOW.date())] == [date(2026, 10, 1)]
    assert standing(account) == [(80_000, 0)]


def test_an_advance_is_taken_off_the_next_bill_and_counts_as_paid_in_time(settings: Any) -> None:
    rules(settings, over=True)
    account = home()
    paid(account, 130_000, bill(account))
    after = bill(account, now=on(date(2026, 12, 30)), month="2026-11", issued_on="2026-12-05", due_on="2026-12-25", **amounts("250.00"))
    assert balances(account) == {"bills": 125_000, "advance": 5_000}
    assert after.pk not in {each.id for each in bills.open_bills(account.pk, date(2026, 12, 30))}
    last = bill(account, now=on(date(2026, 12, 31)), month="2026-12", due_on="2027-01-25", **amounts("80.00"))
    assert [(each.id, each.rest) for each in bills.open_bills(account.pk, date(2026, 12, 31))] == [(last.pk, 3_000)]
    assert balances(account) == {"bills": 130_000}


def test_what_was_paid_of_a_replaced_bill_pays_the_new_one() -> None:
    account = home()
    first = bill(account)
    begun = order(account, 100_000, first)
    paid(account, 60_000, first)
    second = bill(account, replaces=first.number, **amounts("1500.00"))
    assert standing(account) == [(90_000, 0)]
    assert balances(account) == {"bills": 60_000}
    money(begun)  # of the bill that is gone: its money follows
    assert balances(account) == {"bills": 150_000, "advance": 10_000}
    assert {part.bill_id for _, part in bills.paid_by(begun.pk)} == {second.pk}


def test_a_correction_below_what_was_paid_leaves_an_advance() -> None:
    account = home()
    first = bill(account)
    paid(account, 100_000, first)
    bill(account, replaces=first.number, now=LATE, **amounts("700.00"))
    assert standing(account, LATE) == []
    assert balances(account) == {"bills": 70_000, "advance": 30_000}


def test_what_banks_took_is_told_with_the_bill_and_counts_on_its_day() -> None:
    account = home()
    given = row(account, paid="400.00", paid_on="2026-11-20")
    assert [brought(given).accepted, brought(given).known] == [1, 1]
    assert standing(account) == [(60_000, 0)]
    told = brought({**given, "paid": "1000.00", "paid_on": "2026-11-25"}, now=LATE)  # told late, paid in time
    assert (told.known, told.rejected) == (1, [])
    assert standing(account, LATE) == []
    assert balances(account) == {"bills": 100_000}
    assert [part.way for part in bills.of_account(account.pk, LATE)[0].paid] == ["elsewhere", "elsewhere"]
    assert brought({**given, "paid": "900.00"}).rejected[0].field == "paid"
    assert brought(row(account, paid="1.00")).rejected[0].field == "paid_on"


def test_a_bill_that_was_paid_at_a_bank_and_in_the_app_leaves_an_advance() -> None:
    account = home()
    given = row(account)
    brought(given)
    paid(account, 100_000, Bill.objects.get())
    brought({**given, "paid": "1000.00", "paid_on": "2026-11-20"})
    assert balances(account) == {"bills": 100_000, "advance": 100_000}


def test_a_bill_of_nothing_is_paid() -> None:
    account = home()
    bill(account, total="0.00", lines="energy:20.00;credit:-20.00")
    assert standing(account, LATE) == []


def test_another_accounts_bill_is_nobody_elses() -> None:
    account, other = home(), home()
    mine = bill(account)
    assert bills.bill(account.pk, mine.public_id, NOW) is not None
    assert bills.bill(other.pk, mine.public_id, NOW) is None
    assert set(bills.due([account.pk, other.pk], NOW)) == {account.pk}
    assert row(account)["account"] == account.number
