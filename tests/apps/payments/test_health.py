"""What the doctor and /metrics say of money, in a quiet house and in one where everything stands still."""

from datetime import timedelta

import pytest
from django.utils import timezone

from bijoli.monitor import money
from bijoli.monitor.metrics import registry
from bijoli.payments import calls, health, notices
from bijoli.payments.models import Difference, GatewayCall, Notice, Order, Reconciliation, Vend
from bijoli.payments.settling import settle
from tests.apps.payments.outside import ordered, outside, paid

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def world():
    with outside() as both:
        yield both


def told():
    return {finding.about: finding.problem for finding in money.examine(timezone.now())}


def figures():
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in registry(timezone.now()).collect()
        for sample in family.samples
        if "order" in sample.name or "refund" in sample.name or "settle" in sample.name or "reconc" in sample.name or "rests" in sample.name
    }


def bought(hours, told=None):
    """A recharge that was begun, and perhaps paid, so long ago."""
    at = timezone.now() - timedelta(hours=hours)
    order = ordered(at)
    if told:
        settle(order.pk, told, at)
    return order


def test_a_quiet_house():
    assert set(told().values()) == {""}
    found = figures()
    assert found["bijoli_payment_gateway_rests", "paper"] == found["bijoli_payment_gateway_rests", "head-end"] == 0
    assert ("bijoli_reconciliation_age_seconds",) not in found  # never made is not zero
    assert found["bijoli_orders_open_oldest_seconds",] == found["bijoli_settle_overdue_seconds",] == 0


def test_a_house_in_which_everything_stands_still():
    bought(2)
    bought(3, paid())
    bought(1, paid(transaction="T2", wrong="risk"))
    yesterday = Reconciliation.objects.create(day=timezone.localdate() - timedelta(days=1), made_at=timezone.now() - timedelta(hours=9))
    Difference.objects.create(reconciliation=yesterday, kind="only_gateway")
    for _ in range(6):
        GatewayCall.objects.create(gateway="paper", what="ask", ok=False, ms=9)
    found = told()
    assert "is `manage.py settle` running?" in found["queue of settle"]
    assert "1 are open, the oldest for 2.0 hours" in found["open orders"]
    assert "1 are paid and not on the meter, the oldest for 3.0 hours" in found["paid orders"]
    assert "1 orders in review and 0 refunds" in found["money for a person"]
    assert "only_gateway 1" in found["reconciliation"]
    assert "not answering: paper." in found["payment gateways"]
    rows = figures()
    counts = {name: rows[f"bijoli_{name}",] for name in ("orders_open", "orders_paid", "orders_review", "refunds_proposed")}
    assert counts == {"orders_open": 1, "orders_paid": 1, "orders_review": 1, "refunds_proposed": 0}
    assert rows["bijoli_orders_paid_oldest_seconds",] == pytest.approx(3 * 3600, abs=60)
    assert rows["bijoli_reconciliation_differences", "only_gateway"] == rows["bijoli_payment_gateway_rests", "paper"] == 1
    assert rows["bijoli_reconciliation_age_seconds",] == pytest.approx(9 * 3600, abs=60)


def test_what_a_closure_holds_is_not_late():
    bought(5, paid())
    Vend.objects.update(not_before=timezone.now() + timedelta(hours=2), ask_at=timezone.now() + timedelta(hours=2))
    assert health.standing(timezone.now()).paid_oldest_s == 0
    assert set(told().values()) == {""}


def test_what_is_leased_is_not_overdue():
    bought(1)
    now = timezone.now()
    Order.objects.update(ask_at=now - timedelta(minutes=5), leased_until=now + timedelta(seconds=50))
    assert health.standing(now).overdue_s == 0


def test_old_calls_and_notices_go(settings):
    now = timezone.now()
    for days in (1, 7, 9, 100):
        GatewayCall.objects.create(gateway="paper", what="ask", ok=True, ms=1, at=now - timedelta(days=days))
        Notice.objects.create(gateway="paper", body="", received_at=now - timedelta(days=days))
    assert calls.drop_old(now, lambda: True)
    assert GatewayCall.objects.count() == 2
    settings.NOTICE_DAYS = 0
    assert notices.drop_old(now, lambda: True)
    assert Notice.objects.count() == 4
    settings.NOTICE_DAYS = 90
    assert notices.drop_old(now, lambda: True)
    assert Notice.objects.count() == 3
    assert not calls.drop_old(now, lambda: False)


def test_the_gateways_page_counts_by_party():
    now = timezone.now()
    for ms in range(100, 200):
        GatewayCall.objects.create(gateway="paper", what="ask", ok=ms < 195, ms=ms, at=now - timedelta(minutes=10))
    GatewayCall.objects.create(gateway="head-end", what="credit", ok=True, ms=40, at=now - timedelta(hours=5))
    bought(1)
    paper, head = health.parties(now)
    assert (paper.name, paper.hour.calls, paper.hour.ok, paper.hour.median_ms) == ("paper", 100, 95, 149.5)
    assert paper.hour.slow_ms == pytest.approx(194.05)
    assert (paper.open, paper.resting, paper.forged) == (1, False, 0)
    assert (head.name, head.hour.calls, head.hour.median_ms, head.day.calls) == ("head-end", 0, None, 1)
