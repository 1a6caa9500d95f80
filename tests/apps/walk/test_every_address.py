"""Every address of the site, found by walking its routes, with her ids in all places: nobody else is shown or changes anything of hers.

An address without a rule in rules.py fails the test, and so does a rule whose address shows nothing even to her: it would prove nothing.
"""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tests.apps.walk import people
from tests.apps.walk.asking import address, addresses, asked, content, wrong
from tests.apps.walk.conftest import World
from tests.apps.walk.rules import MACHINE, OPEN, PAGE, ROUTES, RULES, SCRIPT, STAFF, routes

pytestmark = pytest.mark.django_db  # what a test changes is undone after it
LOGIN = "/accounts/login/"
SEEN_BY_ITSELF = [route for route in routes(PAGE) if RULES[route].reads]


@pytest.fixture(scope="module")
def walkers(world: World) -> dict[str, Any]:
    """Cookies of all who walk as customers."""
    return {
        "herself": people.signed_in(world.hers.customer),
        "another": people.signed_in(world.own.customer),
        "former": people.signed_in(people.former(world.hers)),
        **{role: people.signed_in(people.guest_of(world.hers, role)) for role in ("payer", "tenant", "viewer")},
    }


def test_every_address_has_a_rule_and_every_rule_an_address() -> None:
    assert set(ROUTES) == set(RULES)


@pytest.mark.parametrize("route", SEEN_BY_ITSELF)
def test_she_sees_what_is_hers(route: str, world: World, walkers: dict[str, Any]) -> None:
    answer = people.browser(walkers["herself"]).get(address(route, world.hers))
    assert answer.status_code == 200
    assert content(answer)


@pytest.mark.parametrize("route", ROUTES)
def test_as_nobody(route: str, world: World, walkers: dict[str, Any]) -> None:
    before, rule = world.before, RULES[route]
    for what, answer in asked(Client(), addresses(route, world.hers), world.hers):
        assert not wrong(answer, world.hers), what
        if rule.door in (PAGE, STAFF):
            assert answer.status_code in (302, 401, 404, 405), (what, answer.status_code)
            assert answer.status_code != 302 or LOGIN in answer["Location"], (what, answer["Location"])
        elif rule.door in (SCRIPT, MACHINE):
            assert answer.status_code in (401, 405), (what, answer.status_code)
    assert world.hers.kept() == before


@pytest.mark.parametrize("walker", ["another", "former"])
@pytest.mark.parametrize("route", ROUTES)
def test_as_another_customer(route: str, walker: str, world: World, walkers: dict[str, Any]) -> None:
    before, rule = world.before, RULES[route]
    client = people.browser(walkers[walker])
    for what, answer in asked(client, addresses(route, world.hers, world.own), world.hers):
        assert not wrong(answer, world.hers), what
        if rule.door == STAFF:
            assert answer.status_code in (302, 403, 404, 405), (what, answer.status_code)
            assert answer.status_code != 302 or "/staff/" not in answer["Location"].split("?")[0], (what, answer["Location"])
        elif rule.ids and rule.door != OPEN:
            assert answer.status_code in (302, 404, 405), (what, answer.status_code)
    assert world.hers.kept() == before


@pytest.mark.parametrize("walker", ["payer", "tenant", "viewer"])
@pytest.mark.parametrize("route", routes(PAGE))
def test_as_somebody_with_a_small_role(route: str, walker: str, world: World, walkers: dict[str, Any]) -> None:
    """Hers alone, though the account is shared: tokens, receipts, complaints, who is invited; and nobody gives themselves more."""
    hers, client = world.hers, people.browser(walkers[walker])
    before = [list(hers.account.access.order_by("pk").values("customer", "role", "until")), hers.account.invitations.count()]
    own = hers.own_marks
    for what, answer in asked(client, addresses(route, hers), hers, quick=True):
        assert answer.status_code < 500, what
        assert not [mark for mark in own if mark in content(answer)], what
    if "leave" not in route and "delete" not in route:
        after = [list(hers.account.access.order_by("pk").values("customer", "role", "until")), hers.account.invitations.count()]
        assert after == before
