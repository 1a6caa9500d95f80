"""Whatever happens in whatever order: no money is lost, none counts twice, and each order ends where its money is."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bijoli.core.payment import VendState
from bijoli.payments import ledger, orders, worker
from bijoli.payments.gateways.port import Attempt, GatewayAway, Paid, Told
from bijoli.payments.models import Order, Payment, Posting, Refund, Vend
from tests.apps.payments.outside import Meters, Paper, ordered, outside

pytestmark = pytest.mark.django_db
AMOUNT = 50000
steps = st.lists(
    st.sampled_from(
        [
            "pay",
            "pay",
            "pay again",
            "tamper",
            "risk",
            "fail",
            "cancel",
            "notice",
            "silent",
            "speaks",
            "deaf",
            "lost",
            "slow",
            "quick",
            "work",
        ]
    ),
    max_size=14,
)


class World:
    """One order, what the gateway truly holds for it, and the meters' side."""

    def __init__(self, paper: Paper, meters: Meters) -> None:
        self.paper, self.meters = paper, meters
        self.order = ordered(timezone.now())
        orders.begin(self.order, timezone.now())
        self.held: list[Paid] = []
        self.attempt = Attempt.OPEN

    def do(self, step: str) -> None:
        takes = {"pay": AMOUNT, "pay again": AMOUNT, "tamper": 700, "risk": AMOUNT}
        if step in takes and (step != "pay" or not self.held):
            self.held.append(Paid(f"T{len(self.held)}", takes[step], wrong="risk" if step == "risk" else ""))
            self.attempt = Attempt.PAID
        elif step in {"fail", "cancel"} and self.attempt == Attempt.OPEN:
            self.attempt = Attempt.FAILED if step == "fail" else Attempt.CANCELLED
        elif step == "notice":
            orders.hurry(self.order.pk, timezone.now())
        elif step in {"deaf", "lost"}:
            setattr(self.meters, step, 1)
        elif step in {"slow", "quick"}:
            self.meters.state = VendState.ACCEPTED if step == "slow" else VendState.ON_METER
        self.says(silent=step == "silent")
        if step == "work":
            self.work()

    def says(self, silent: bool = False) -> None:
        self.paper.says[self.order.number] = GatewayAway("silent") if silent else Told(self.attempt, tuple(self.held))

    def work(self, rounds: int = 1) -> None:
        for _ in range(rounds):
            for model in (Order, Vend):
                model.objects.exclude(ask_at=None).update(ask_at=timezone.now() - timedelta(seconds=1), leased_until=None)
            worker.drain(1)


def check(world: World, *, calm: bool) -> None:
    order = Order.objects.get(pk=world.order.pk)
    known = {payment.transaction_id: payment.paisa for payment in Payment.objects.all()}
    truth = {paid.transaction_id: paid.paisa for paid in world.held}
    assert known.items() <= truth.items()
    assert ledger.balance("gateway:paper") == sum(known.values())
    assert sum(Posting.objects.values_list("paisa", flat=True)) == 0
    credits: dict[UUID, object] = dict(world.meters.taken)
    assert len(credits) <= 1
    if credits:
        assert AMOUNT in known.values()
    delivered = Vend.objects.filter(state="on_meter").count()
    assert (order.state == "done") == bool(delivered)
    assert ledger.balance("unapplied") == delivered * AMOUNT - sum(known.values())
    if calm:
        _check_calm(order, world, truth, known)


def _check_calm(order: Order, world: World, truth: dict[str, int], known: dict[str, int]) -> None:
    """Everything has answered: what the gateway holds is known, and the order is where its money is."""
    right = [paid for paid in world.held if paid.paisa == AMOUNT and not paid.wrong]
    if order.state in {"done", "review"}:
        surplus = Payment.objects.exclude(wrong="").count() if order.state == "done" else 0
        assert Refund.objects.count() >= surplus
    if right and order.state != "review":
        assert order.state == "done"
        assert len(world.meters.taken) == 1
    elif world.held:
        assert order.state == "review"
    else:
        assert order.state == {Attempt.OPEN: "pending"}.get(world.attempt, str(world.attempt))
    if truth:
        assert known


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps)
def test_money_is_never_lost_and_never_doubled(done: list[str]) -> None:
    with transaction.atomic(), outside() as (paper, meters):
        world = World(paper, meters)
        for step in done:
            world.do(step)
            check(world, calm=False)
        meters.state = VendState.ON_METER
        world.says()
        world.work(6)
        check(world, calm=True)
        transaction.set_rollback(True)
