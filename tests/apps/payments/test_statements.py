"""A gateway's statement: what is taken, what is not and why, and that twice is once."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from bijoli.payments import statements
from bijoli.payments.models import Statement, StatementLine
from tests.apps.payments.days import HEAD, noon, row, stated

pytestmark = pytest.mark.django_db


def test_lines_are_taken_once_however_often_they_come():
    first = stated(row("T1"), row("T2", paisa=12345), row("T1", kind="refund"))
    again = stated(row("T1"), row("T2", paisa=12345), row("T3"), row("T3"))
    assert (first.new, first.known, first.rejected) == (3, 0, [])
    assert (again.new, again.known, again.rejected) == (1, 3, [])
    assert StatementLine.objects.count() == 4
    assert StatementLine.objects.get(transaction_id="T2").paisa == 12345
    assert list(Statement.objects.values_list("gateway", "day")) == [("paper", noon().date())]


def test_the_same_transaction_with_another_amount_is_not_believed():
    stated(row("T1"))
    done = stated(row("T1", paisa=60000))
    assert done.rejected == [(2, "this transaction was told before, with another amount or order")]
    assert StatementLine.objects.get().paisa == 50000
    inside = stated(row("T5"), row("T5", paisa=1))
    assert (inside.new, [number for number, _ in inside.rejected]) == (1, [3])


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        ("fee,T1,R1,5.00,2026-11-22 12:00", "kind is not"),
        ("payment,,R1,5.00,2026-11-22 12:00", "transaction_id"),
        ("payment,T1,R1,5.001,2026-11-22 12:00", "amount is no sum"),
        ("payment,T1,R1,NaN,2026-11-22 12:00", "amount is no sum"),
        ("payment,T1,R1,5 taka,2026-11-22 12:00", "amount is no sum"),
        ("payment,T1,R1,-5.00,2026-11-22 12:00", "amount is not above zero"),
        ("payment,T1,R1,5.00,yesterday", "at is no time"),
        ("payment,T1,R1,5.00,2126-11-22 12:00", "at lies ahead"),
        (f"payment,T1,{'R' * 41},5.00,2026-11-22 12:00", "order_number"),
        ("payment,T1", "amount is no sum"),
    ],
)
def test_a_bad_line_is_named_and_the_others_are_kept(bad, why):
    done = stated(row("T8"), bad + "\n", row("T9"))
    assert (done.new, len(done.rejected)) == (2, 1)
    number, reason = done.rejected[0]
    assert number == 3
    assert why in reason


def test_a_file_with_other_columns_is_refused():
    with pytest.raises(ValueError, match="no column kind"):
        statements.load("paper", ["type,id\n", "a,b\n"], timezone.now())


def test_a_time_without_a_zone_is_the_utilitys():
    statements.load("paper", [HEAD, "payment,T1,,5.00,2026-11-22 00:10\n"], timezone.now())
    line = StatementLine.objects.get()
    assert line.day.isoformat() == "2026-11-22"
    assert line.at.isoformat() == "2026-11-21T18:10:00+00:00"


def test_the_command_says_what_became_of_it(tmp_path, capsys):
    file = tmp_path / "s.csv"
    file.write_text("\ufeff" + HEAD + row("T1"))
    call_command("statement", "paper", str(file))
    assert "1 new, 0 known, 0 not taken" in capsys.readouterr().out
    file.write_text(HEAD + "payment,T1\n")
    with pytest.raises(CommandError, match="not taken"):
        call_command("statement", "paper", str(file))
    assert "line 2: amount" in capsys.readouterr().out
    with pytest.raises(CommandError):
        call_command("statement", "paper", str(tmp_path / "none.csv"))
    empty = noon(5).date()
    file.write_text(HEAD)
    call_command("statement", "paper", str(file), day=empty)
    assert Statement.objects.filter(day=empty).exists()
    assert timezone.now() - Statement.objects.get(day=empty).received_at < timedelta(minutes=5)
