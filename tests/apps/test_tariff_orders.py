"""Orders that change a tariff: two people, a day to come, kept for ever; and the book that pages read."""

from datetime import UTC, date, datetime, timedelta
from io import StringIO
from pathlib import Path
from threading import Thread

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import Error, IntegrityError, connection, transaction
from django.utils import timezone

from bijoli.core.tariff import table_of
from bijoli.monitor.doctor import examine
from bijoli.tariffs import orders, reads
from bijoli.tariffs.models import TariffOrder
from bijoli.tariffs.orders import OrderError
from tests import households

NOW = datetime(2026, 11, 25, 12, tzinfo=timezone.get_current_timezone())
TODAY, NEW_YEAR = date(2026, 11, 25), date(2027, 1, 1)
FILE = reads.file_book()
PLACE = Path(__file__).resolve().parents[2] / "utilities" / "demo" / "tariff.toml"


@pytest.fixture(autouse=True)
def fresh():
    reads.look_again()
    yield
    reads.look_again()


@pytest.fixture
def two(db):
    return households.person(name="one").pk, households.person(name="other").pk


def table(code="LT-A", since=NEW_YEAR, **change):
    return table_of(FILE.at(code, TODAY)) | {"from": since.isoformat()} | change


def coming(book):
    """The class's tariff that has not begun; None for none."""
    return next((tariff for tariff in book.history("LT-A") if tariff.since > TODAY), None)


def why(act, *args, **more):
    with pytest.raises(OrderError) as refused:
        act(*args, **more)
    return refused.value.why


def test_an_approved_order_counts_from_its_day(two, django_capture_on_commit_callbacks):
    one, other = two
    assert reads.book() == FILE
    order = orders.propose(table(demand="45"), one, NOW, "order of December")
    assert coming(reads.book()) is None  # nobody has approved it
    with django_capture_on_commit_callbacks(execute=True):
        orders.approve(order.public_id, other, NOW)
    book = reads.book()
    assert (book.at("LT-A", date(2026, 12, 31)).demand, book.at("LT-A", NEW_YEAR).demand) == (42_00, 45_00)
    assert coming(book).demand == 45_00
    with django_capture_on_commit_callbacks(execute=True):
        orders.withdraw(order.public_id, one, NOW)
    assert reads.book() == FILE
    order.refresh_from_db()
    assert (order.state, order.approved_by_id, order.withdrawn_by_id) == ("withdrawn", other, one)


def test_the_table_is_kept_in_the_file_s_shape_without_floats(two):
    order = orders.propose(table(), two[0], NOW)
    order.refresh_from_db()
    assert order.table == table()
    assert order.table["lifeline"] == {"upto_kwh": "50", "rate": "4.63"}
    assert not [value for value in leaves(order.table) if not isinstance(value, str)]


def leaves(value):
    if isinstance(value, dict | list):
        return [leaf for part in (value.values() if isinstance(value, dict) else value) for leaf in leaves(part)]
    return [value]


@pytest.mark.parametrize("day", [date(2026, 11, 24), TODAY])
def test_an_order_begins_tomorrow_at_the_earliest(two, day):
    assert why(orders.propose, table(since=day), two[0], NOW) == "past"
    assert orders.propose(table(since=TODAY + timedelta(days=1)), two[0], NOW).state == "draft"


def test_the_day_is_the_local_one(two):
    """At 18:30 UTC it is tomorrow in Dhaka."""
    late = datetime(2026, 11, 25, 18, 30, tzinfo=UTC)
    assert why(orders.propose, table(since=date(2026, 11, 26)), two[0], late) == "past"


def test_a_draft_whose_day_has_come_is_not_approved_but_can_be_withdrawn(two):
    order = orders.propose(table(), two[0], NOW)
    later = NOW + timedelta(days=60)
    assert why(orders.approve, order.public_id, two[1], later) == "past"
    assert orders.withdraw(order.public_id, two[0], later).state == "withdrawn"


def test_nobody_approves_their_own_and_nothing_moves_twice(two):
    one, other = two
    order = orders.propose(table(), one, NOW)
    assert why(orders.approve, order.public_id, one, NOW) == "own"
    orders.approve(order.public_id, other, NOW)
    assert why(orders.approve, order.public_id, other, NOW) == "state"
    assert why(orders.withdraw, order.public_id, other, NOW + timedelta(days=60)) == "past"
    orders.withdraw(order.public_id, other, NOW)
    assert why(orders.withdraw, order.public_id, other, NOW) == "state"
    assert why(orders.approve, order.public_id, other, NOW) == "state"


def test_one_class_and_day_has_one_approved_order(two):
    one, other = two
    first, second = (orders.propose(table(demand=demand), one, NOW) for demand in ("45", "46"))
    orders.approve(first.public_id, other, NOW)
    assert why(orders.approve, second.public_id, other, NOW) == "taken"
    orders.withdraw(first.public_id, one, NOW)
    assert orders.approve(second.public_id, other, NOW).state == "approved"


def test_the_database_holds_the_two_people_and_the_history(two):
    one, other = two
    order = orders.propose(table(), one, NOW)
    rows = TariffOrder.objects.filter(pk=order.pk)

    def refused(act, kind=Error):
        with pytest.raises(kind), transaction.atomic():
            act()

    refused(lambda: rows.update(state="approved", approved_by=one, approved_at=NOW), IntegrityError)
    refused(lambda: rows.update(state="approved", approved_at=NOW), IntegrityError)
    refused(lambda: rows.update(state="withdrawn"), IntegrityError)
    refused(lambda: rows.update(since=date(2027, 2, 1)))
    refused(lambda: rows.update(table={}))
    refused(rows.delete)
    orders.approve(order.public_id, other, NOW)
    refused(lambda: rows.update(state="draft", approved_by=None, approved_at=None))
    refused(lambda: rows.update(approved_by=households.person().pk))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"demand": "a lot"}, "'a lot' is no number"),
        ({"slabs": [{"upto_kwh": "75", "rate": "5"}]}, "only the last has no upto_kwh"),
        ({"demand": 4.2}, "is a float"),
        ({"code": "LT-A-of-somewhere"}, "at most 12"),
    ],
)
def test_what_cannot_be_a_tariff_is_refused_in_words(two, change, says):
    with pytest.raises(OrderError, match=says):
        orders.propose(table() | change, two[0], NOW)
    assert not TariffOrder.objects.exists()


def test_a_page_pays_no_query_for_the_book(two, django_assert_num_queries, monkeypatch):
    reads.book()
    with django_assert_num_queries(0):
        reads.book()
    monkeypatch.setattr(reads, "CHECKED_EVERY_S", 0)
    with django_assert_num_queries(1):
        kept = reads.book()
    order = orders.propose(table(demand="45"), two[0], NOW)
    orders.approve(order.public_id, two[1], NOW)  # by another process, say: no look_again here
    with django_assert_num_queries(2):
        assert reads.book() != kept


@pytest.mark.django_db(transaction=True)
def test_many_threads_read_one_book():
    found = []

    def read():
        found.append(reads.book())
        connection.close()

    threads = [Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert all(book == FILE for book in found)


def test_a_file_that_cannot_be_read_names_itself_and_the_table(db, settings, tmp_path):
    settings.UTILITY_FOLDER = tmp_path
    with pytest.raises(ImproperlyConfigured, match=r"tariff\.toml: not found"):
        reads.file_book()
    (tmp_path / "tariff.toml").write_text("[[tariff]]\ncode = 'LT-A'\n")
    with pytest.raises(ImproperlyConfigured, match=r"tariff\.toml: tariff 1 \(LT-A\): from is missing"):
        reads.file_book()
    findings = {finding.about: finding.problem for finding in examine(NOW)}
    assert "from is missing" in findings["tariff file"]
    assert "from is missing" in findings["tariff orders"]


# The command


def said(*args):
    out = StringIO()
    call_command("tariff", *args, stdout=out)
    return out.getvalue()


def test_the_command_shows_what_holds_and_what_comes(two):
    order = orders.propose(table(since=timezone.localdate() + timedelta(days=9), demand="45.50"), two[0], timezone.now())
    orders.approve(order.public_id, two[1], timezone.now())
    reads.look_again()
    text = said()
    assert "4.63 to 50 (lifeline)" in text
    assert "20.17" in text
    assert "45.50" in text[text.index("To come") :]


def test_the_command_prints_every_line_of_a_bill(db):
    assert [line.split()[0] + " " + line.split()[-1] for line in said("bill", "150", "--prepaid").splitlines()] == [
        "energy 394.50", "energy 540.00", "demand 84.00", "rent 40.00", "rebate -4.67", "vat 50.93", "total 1104.76",
    ]  # fmt: skip
    assert said("bill", "650", "--kw", "5").splitlines()[-1].split()[-1] == "6646.50"
    for wrong in (("bill", "x"), ("bill", "-1"), ("bill", "1", "--code", "LT-X"), ("bill", "1", "--prepaid", "--phases", "2")):
        with pytest.raises(CommandError):
            said(*wrong)


def test_the_command_checks_a_file(tmp_path):
    path = tmp_path / "new.toml"
    path.write_text(PLACE.read_text().replace("rate = 5.26", "rate = 5.265"))
    with pytest.raises(CommandError, match=r"5\.265"):
        said("check", str(path))
    with pytest.raises(CommandError, match="No such file"):
        said("check", str(tmp_path / "none.toml"))
    path.write_text("[[tariff]\n")
    with pytest.raises(CommandError, match=r"new\.toml"):
        said("check", str(path))
    assert "LT-D3" in said("check", str(PLACE))
