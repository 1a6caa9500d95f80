"""Bills that were not taken, and billing systems, on the staff's pages: who sees which, the row, finding, handling, revoking."""

from __future__ import annotations

import re

import pytest
from django.utils import timezone

from bijoli.customers.models import Account
from bijoli.payments import sources
from bijoli.payments.billintake import handled
from bijoli.payments.models import BillReject, BillSource
from bijoli.staff.models import Looked
from tests.apps.payments.billing import brought, row
from tests.apps.staff.conftest import EAST, WEST, home

pytestmark = pytest.mark.django_db
ROWS, SYSTEMS = "/staff/payments/billreject/", "/staff/payments/billsource/"


@pytest.fixture
def east(db: None) -> Account:
    return home(EAST)[1]


@pytest.fixture
def bad(east: Account) -> BillReject:
    """A bill of an account in the east whose lines do not add up."""
    brought(row(east, "1026-9", total="999.00"))
    return BillReject.objects.get()


def said(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def lines(answer) -> list[str]:
    return [line.url for line in answer.context["cl"].lines()]


def test_a_row_says_why_and_shows_itself_as_it_came(member, bad, east):
    one = member("service", EAST)
    assert "1 waiting" in said(one.client.get("/staff/"))
    assert lines(one.client.get(ROWS)) == [f"{ROWS}{bad.pk}/"]
    assert east.number not in said(one.client.get(ROWS))
    page = said(one.client.get(f"{ROWS}{bad.pk}/"))
    assert "the lines add up to 100000 paisa, the total is 99900 paisa" in page
    assert east.number in page
    assert Looked.objects.filter(page="payments.billreject/view", staff=one.person).count() == 1


@pytest.mark.parametrize(
    ("role", "divisions", "sees", "handles"),
    [
        ("service", [EAST], True, False),
        ("service", [WEST], False, False),
        ("money", [], True, True),
        ("money", [WEST], False, False),
        ("operations", [EAST], True, True),
        ("technical", [], False, False),
        ("auditor", [], False, False),
    ],
)
def test_who_sees_and_handles_a_row(member, bad, role, divisions, sees, handles):
    one = member(role, *divisions)
    assert (one.client.get(f"{ROWS}{bad.pk}/").status_code == 200) is sees
    one.client.post(f"{ROWS}{bad.pk}/handled/", {"why": "The billing office sends it again"})
    bad.refresh_from_db()
    assert (bad.handled_at is not None) is handles


def test_a_row_of_an_unknown_account_is_the_head_offices(member, east):
    brought(row(east) | {"account": "99999999"}, "no bill", row(east) | {"account": "x" * 50, "number": {"a": 1}})
    assert set(BillReject.objects.values_list("division", "account_number")) == {("", "99999999"), ("", "")}
    assert lines(member("operations", EAST).client.get(ROWS)) == []
    chief = member("operations")
    assert len(lines(chief.client.get(ROWS))) == 3
    assert len(lines(chief.client.get(f"{ROWS}?why=account"))) == 1
    assert len(lines(chief.client.get(f"{ROWS}?why=other"))) == 1
    assert len(lines(chief.client.get(f"{ROWS}?why=number"))) == 1
    assert "no account of this number is loaded" in said(chief.client.get(f"{ROWS}?why=account"))
    assert lines(chief.client.get(f"{ROWS}?from=else")) == []
    assert len(lines(chief.client.get(f"{ROWS}?from=test"))) == 3


def test_handled_once_with_a_note(member, bad):
    one = member("money")
    url = f"{ROWS}{bad.pk}/"
    assert "Fill in what is asked for." in said(one.client.post(f"{url}handled/", {"why": "  "}, follow=True))
    assert one.client.get(f"{url}handled/").status_code == 403
    assert "Taken off the list." in said(one.client.post(f"{url}handled/", {"why": "Comes again tomorrow"}, follow=True))
    assert not handled(bad.pk, one.person.pk, "again", timezone.now())
    assert "A colleague was faster" in said(one.client.post(f"{url}handled/", {"why": "Mine"}, follow=True))
    page = said(one.client.get(url))
    assert "Comes again tomorrow (money )" in page or "Comes again tomorrow (money)" in page
    assert f"{url}handled/" not in one.client.get(url).content.decode()
    assert (lines(one.client.get(ROWS)), lines(one.client.get(f"{ROWS}?state=handled"))) == ([], [url])


@pytest.mark.parametrize("language", ["en", "bn"])
def test_a_row_is_found_by_the_number_of_its_bill_or_account_and_by_post_alone(member, bad, east, language):
    one = member("service", EAST)
    type(one.person).objects.update(language=language)
    assert f"{ROWS}find/" in one.client.get(ROWS).content.decode()
    for number in ("1026-9", east.number, f" {east.number[:4]} {east.number[4:]} "):
        assert f"{ROWS}{bad.pk}/" in one.client.post(f"{ROWS}find/", {"number": number}).content.decode()
    assert f"{ROWS}{bad.pk}/" not in one.client.get(f"{ROWS}find/?number={east.number}").content.decode()
    other = member("service", WEST)
    assert f"{ROWS}{bad.pk}/" not in other.client.post(f"{ROWS}find/", {"number": east.number}).content.decode()
    assert member("technical").client.post(f"{ROWS}find/", {"number": east.number}).status_code == 403


def test_billing_systems_are_the_head_offices_and_revoked_by_who_may(member):
    token = sources.renew("erp", timezone.now())
    one = BillSource.objects.get()
    url, operator = f"{SYSTEMS}{one.pk}/", member("operations")
    assert "may send" in said(operator.client.get(url))
    assert member("operations", EAST).client.get(url).status_code == 404
    assert member("service").client.get(SYSTEMS).status_code == 403
    assert member("money").client.post(f"{url}revoke/").status_code == 403
    operator.client.post(f"{url}revoke/")
    assert sources.of(token, timezone.now()) is None
    assert "revoked" in said(operator.client.get(url))
    assert f"{url}revoke/" not in operator.client.get(url).content.decode()
