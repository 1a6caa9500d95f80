"""Ledger, reconciliation, closures and the gateways' health on the staff's pages."""

import csv
import io
from datetime import timedelta

import pytest
from django.utils import timezone

from bijoli.payments import closures, reconcile
from bijoli.payments.models import Closure, GatewayCall, Notice, Reconciliation, Vend
from bijoli.payments.settling import settle
from bijoli.staff.models import Looked
from bijoli.staff.roles import ROLES
from tests.apps.payments.days import bought, line, noon, row, stated
from tests.apps.payments.outside import outside, paid
from tests.apps.staff.conftest import EAST
from tests.apps.staff.money import page, recharge
from tests.apps.staff.test_payments import said

pytestmark = pytest.mark.django_db

LEDGER = "/staff/payments/entry/"
DAYS = "/staff/payments/reconciliation/"
CLOSED = "/staff/payments/closure/"
HEALTH = "/staff/payments/gatewaycall/"


@pytest.fixture(autouse=True)
def world():
    with outside() as both:
        yield both


def rows(answer):
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


def yesterday(world, *, missing=False):
    """A day with one recharge; `missing` from the head-end's list."""
    order = bought("T1")
    world[1].lists[noon().date()] = [] if missing else [line(order)]
    stated(row("T1", order))
    return order, reconcile.compare(noon().date(), timezone.now())


# Who sees what


@pytest.mark.parametrize("role", list(ROLES))
def test_each_role_reaches_what_its_table_says(member, world, role):
    _, kept = yesterday(world)
    closure = closed()
    needs = {
        LEDGER: "view_entry",
        f"{LEDGER}balances.csv": "view_entry",
        f"{LEDGER}postings.csv": "view_entry",
        DAYS: "view_reconciliation",
        f"{DAYS}{kept.day}/": "view_reconciliation",
        f"{DAYS}{kept.day}/differences.csv": "view_reconciliation",
        CLOSED: "view_closure",
        f"{CLOSED}{closure.public_id}/": "view_closure",
        f"{CLOSED}announce/": "announce_closure",
        HEALTH: "view_gatewaycall",
    }
    one = member(role)
    for url, need in needs.items():
        assert one.client.get(url).status_code == (200 if f"payments.{need}" in ROLES[role].may else 403), url
    again = one.client.post(f"{DAYS}{kept.day}/again/").status_code
    assert again == (302 if "payments.run_reconciliation" in ROLES[role].may else 403)
    cancelled = one.client.post(f"{CLOSED}{closure.public_id}/cancel/").status_code
    assert cancelled == (302 if "payments.announce_closure" in ROLES[role].may else 403)


def test_what_belongs_to_no_division_is_the_head_offices(member, world):
    _, kept = yesterday(world)
    one = member("administrator", EAST)
    assert [one.client.get(url).status_code for url in (LEDGER, f"{LEDGER}postings.csv")] == [403, 403]
    assert one.client.get(f"{DAYS}{kept.day}/").status_code == 404
    assert one.client.get(f"{DAYS}{kept.day}/differences.csv").status_code == 404
    assert one.client.post(f"{DAYS}{kept.day}/again/").status_code == 404
    assert one.client.get(f"{CLOSED}announce/").status_code == 403
    assert one.client.post(f"{CLOSED}{closed().public_id}/cancel/").status_code == 403


@pytest.mark.parametrize("language", ["bn", "en"])
def test_every_page_in_both_languages(member, world, language):
    _, kept = yesterday(world, missing=True)
    chief = member("administrator")
    type(chief.person).objects.update(language=language)
    for url in (LEDGER, DAYS, f"{DAYS}{kept.day}/", CLOSED, f"{CLOSED}{closed().public_id}/", f"{CLOSED}announce/", HEALTH):
        answer = chief.client.get(url)
        assert answer.status_code == 200
        assert answer.headers["Content-Language"] == language


# The ledger


def test_the_ledger_adds_up_and_tells_before_and_after(member):
    bought("T1", at=noon(40))
    order = bought("T2", arrives=False)
    first, last = noon(2).date(), noon(0).date()
    one = member("money")
    shown = one.client.get(f"{LEDGER}?first={first}&last={last}").content.decode()
    assert "All accounts add up to zero." in shown
    assert "Held by paper" in shown
    found = {each["account"]: each for each in rows(one.client.get(f"{LEDGER}balances.csv?first={first}&last={last}"))}
    assert found["gateway:paper"] == {
        "account": "gateway:paper",
        "before_taka": "500.00",
        "debit_taka": "500.00",
        "credit_taka": "0.00",
        "after_taka": "1000.00",
    }
    assert found["unapplied"]["after_taka"] == "-500.00"
    assert sum(round(float(each["after_taka"]) * 100) for each in found.values()) == 0
    postings = rows(one.client.get(f"{LEDGER}postings.csv?first={first}&last={last}"))
    assert [(each["order"], each["account"], each["taka"]) for each in postings] == [
        (order.number, "gateway:paper", "500.00"),
        (order.number, "unapplied", "-500.00"),
    ]


def test_a_wild_period_is_said_and_this_month_is_shown(member):
    one = member("money")
    shown = one.client.get(f"{LEDGER}?first=2026-05-02&last=2026-05-01")
    assert "The last day must not be before the first." in shown.content.decode()
    for asked in ("?first=x&last=y", "?first=0001-01-01&last=9999-12-31", "?first=2026-01-01"):
        assert one.client.get(f"{LEDGER}{asked}").status_code == 200
        assert one.client.get(f"{LEDGER}postings.csv{asked}").status_code == 200


# The reconciliation


def test_a_day_that_agrees_says_so(member, world):
    _, kept = yesterday(world)
    one = member("auditor")
    assert "all agree" in one.client.get(DAYS).content.decode()
    shown = one.client.get(f"{DAYS}{kept.day}/").content.decode()
    assert "None: all sides agree." in shown
    assert "came: paper" in shown
    assert "Compare again" not in shown


def test_a_day_that_differs_leads_to_the_order(member, world):
    order, kept = yesterday(world, missing=True)
    one = member("money")
    assert "1 difference" in one.client.get(DAYS).content.decode()
    shown = one.client.get(f"{DAYS}{kept.day}/").content.decode()
    assert "Paid, and no credit on the meter" in shown
    assert page(order) in shown
    found = rows(one.client.get(f"{DAYS}{kept.day}/differences.csv"))
    assert {each["kind"] for each in found} == {"not_on_meter", "sum statement", "sum ledger", "sum vended"}
    assert next(each for each in found if each["kind"] == "not_on_meter")["ledger_taka"] == "500.00"
    world[1].lists[kept.day] = [line(order)]
    answer = one.client.post(f"{DAYS}{kept.day}/again/", follow=True)
    assert said(answer) == ["Compared again."]
    assert "None: all sides agree." in answer.content.decode()
    assert Looked.objects.filter(page="payments.reconciliation/again", staff=one.person).exists()


def test_a_statement_that_has_not_come_is_said(member, world):
    world[1].lists[noon().date()] = [line(bought("T1"))]
    reconcile.compare(noon().date(), timezone.now())
    shown = member("money").client.get(f"{DAYS}{noon().date()}/").content.decode()
    assert "no difference so far; something has not come yet" in shown
    assert "not yet: paper" in shown


@pytest.mark.parametrize("key", ["nobody", "2020-01-01", "9999-99-99", "%00"])
def test_other_days_are_not_there(member, key):
    one = member("administrator").client
    assert one.get(f"{DAYS}{key}/").status_code == 404
    assert one.post(f"{DAYS}{key}/again/").status_code == 404
    assert not Reconciliation.objects.exists()


# Closures


def closed(hours=2, lasts=3, **fields):
    now = timezone.now()
    starts = now + timedelta(hours=hours)
    words = {"bn": "সার্ভারের কাজ", "en": "Work on the servers"}
    return closures.announce(starts, starts + timedelta(hours=lasts), fields.get("policy", "hold"), words, None, min(now, starts))


def typed(hours=2, lasts=3, **change):
    starts = timezone.localtime() + timedelta(hours=hours)
    form = {"policy": "hold", "bangla": "রিচার্জ বন্ধ থাকবে", "english": "Recharge is closed"}
    times = {"starts_at": starts, "ends_at": starts + timedelta(hours=lasts)}
    return form | {name: at.strftime("%Y-%m-%dT%H:%M") for name, at in times.items()} | change


def test_a_closure_is_looked_at_announced_and_cancelled(member):
    one = member("operations")
    preview = one.client.post(f"{CLOSED}announce/", typed(look="1"))
    assert "Who may run out before it ends" in preview.content.decode()
    assert "0 homes" in preview.content.decode()
    assert not Closure.objects.exists()
    answer = one.client.post(f"{CLOSED}announce/", typed(announce="1"), follow=True)
    closure = Closure.objects.get()
    assert (closure.policy, closure.words["en"], closure.announced_by_id) == ("hold", "Recharge is closed", one.person.pk)
    assert "Recharge is closed" in answer.content.decode()
    assert Looked.objects.filter(page="payments.closure/announce", thing=str(closure.public_id)).exists()
    assert "Announced for then already:" in one.client.post(f"{CLOSED}announce/", typed(look="1")).content.decode()
    answer = one.client.post(f"{CLOSED}{closure.public_id}/cancel/", follow=True)
    assert said(answer) == ["Cancelled."]
    closure.refresh_from_db()
    assert (closure.cancelled_by_id, closures.coming(timezone.now())) == (one.person.pk, [])
    assert "Cancel it" not in answer.content.decode()
    again = one.client.post(f"{CLOSED}{closure.public_id}/cancel/", follow=True)
    assert said(again) == ["A colleague was faster: look at its state."]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (typed(lasts=-1), "It must end after it begins."),
        (typed(hours=-3, lasts=5), "It cannot begin in the past."),
        (typed(lasts=24 * 7 + 1), "Recharge can be closed for at most seven days."),
        (typed(bangla=" "), "This field is required."),
        (typed(policy="perhaps"), "Select a valid choice"),
        (typed(starts_at="soon"), "Enter a valid date/time."),
    ],
)
@pytest.mark.parametrize("button", ["look", "announce"])
def test_a_bad_closure_says_what_is_wrong(member, given, says, button):
    answer = member("operations").client.post(f"{CLOSED}announce/", given | {button: "1"})
    assert answer.status_code == 200
    assert says in answer.content.decode()
    assert not Closure.objects.exists()


def test_what_is_held_leaves_when_the_last_closure_ends_or_is_cancelled(member):
    """Two closures that overlap hold as one; with one cancelled the other still holds."""
    first, second = closed(0, 2), closed(1, 4)
    order = recharge(EAST)
    settle(order.pk, paid(), timezone.now())
    vend = Vend.objects.get()
    assert (vend.not_before, vend.ask_at) == (second.ends_at, second.ends_at)
    one = member("operations")
    one.client.post(f"{CLOSED}{second.public_id}/cancel/")
    vend.refresh_from_db()
    assert vend.ask_at == first.ends_at
    one.client.post(f"{CLOSED}{first.public_id}/cancel/")
    vend.refresh_from_db()
    assert vend.not_before is None
    assert vend.ask_at <= timezone.now()


# Health


def test_the_gateways_health(member):
    now = timezone.now()
    for ms, ok in [(100, True)] * 18 + [(3000, True), (9000, False)]:
        GatewayCall.objects.create(gateway="paper", what="ask", ok=ok, ms=ms, at=now - timedelta(minutes=30))
    Notice.objects.create(gateway="paper", body="x", genuine=False)
    recharge(EAST)
    shown = member("operations").client.get(HEALTH).content.decode()
    for words in ("paper", "95.0%", "0.10 s", "in use", "Open orders", "Head-end", "not asked in the last hour"):
        assert words in shown, words
    for _ in range(9):
        GatewayCall.objects.create(gateway="paper", what="ask", ok=False, ms=9000)
    assert "people are kept from it" in member("operations").client.get(HEALTH).content.decode()


def test_a_settle_that_does_not_run_is_said(member):
    order = recharge(EAST)
    type(order).objects.update(ask_at=timezone.now() - timedelta(minutes=9))
    assert "does the process “settle” run?" in member("operations").client.get(HEALTH).content.decode()
