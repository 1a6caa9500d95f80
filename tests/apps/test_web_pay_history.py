"""Payments in the history, on Home, and those bought elsewhere with their paper."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.test import Client
from django.utils import timezone

from bijoli.core.payment import VendState
from bijoli.metering.models import Credit
from tests.apps.papers import read
from tests.apps.payments.outside import work
from tests.apps.recharging import Till, text, till
from tests.apps.test_web_pay import bought
from tests.households import meter, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Iterator[Till]:
    with till() as found:
        yield found


def test_home_says_what_is_on_its_way(shop: Till) -> None:
    shop.meters.state = VendState.ACCEPTED
    order = bought(shop)
    assert "৳ 500 on its way to the meter" in text(shop.client.get("/"))
    shop.meters.state = VendState.ON_METER
    work(order)
    assert "on its way" not in text(shop.client.get("/"))


def test_what_is_on_its_way_stands_above_the_history_and_then_in_it(shop: Till) -> None:
    shop.meters.state = VendState.ACCEPTED
    order = bought(shop)
    assert "Paid, on its way to the meter" in text(shop.client.get(shop.page))
    shop.meters.state = VendState.ON_METER
    work(order)
    Credit.objects.create(meter=shop.home, at=timezone.now(), credited_paisa=47857, gross_paisa=50000, order=order.number, charges=[])
    said = shop.client.get(shop.page).content.decode()
    assert "Your payments" not in said
    assert f'href="/pay/{order.public_id}/"' in said


def test_a_recharge_from_elsewhere_has_its_paper_too(shop: Till) -> None:
    Credit.objects.create(
        meter=shop.home, at=timezone.now(), credited_paisa=35395, gross_paisa=50000, vat_paisa=2381, rebate_paisa=176, order="X99",
        channel="Station", charges=[{"name": "demand", "paisa": 8400}], tokens=["1" * 20],
    )  # fmt: skip
    path = re.search(r'href="(/recharge/[^"]*\.pdf\?credit=\d+)"', shop.client.get(shop.page).content.decode())[1]  # type: ignore[index]
    said = read(shop.client.get(path).content)[0].text
    for words in ("X99", "Station", "Demand charge", "353.95", "1111 1111 1111 1111 1111"):
        assert words in said, words
    stranger = Client()
    other = person()
    meter(other)
    stranger.force_login(other)
    assert stranger.get(path).status_code == 404
