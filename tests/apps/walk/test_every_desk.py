"""Every address of the staff: as colleagues of another division, without the role, the second step or the extended view.

A colleague's own division has as much in it as hers, so that lists, counts and papers are never empty.
"""

from __future__ import annotations

from typing import Any

import pytest

from bijoli.customers.models import Customer
from bijoli.staff.models import StaffScope
from bijoli.staff.roles import ROLES
from tests.apps.staff.conftest import EAST, WEST
from tests.apps.walk import people
from tests.apps.walk.asking import address, addresses, asked, content, wrong
from tests.apps.walk.conftest import World
from tests.apps.walk.rules import ALL, DIVISION, RULES, STAFF, routes

pytestmark = pytest.mark.django_db
DESKS = routes(STAFF)
SHOWING = [route for route in DESKS if RULES[route].reads and RULES[route].needs is not None]
REASON = "asked by the caller"


@pytest.fixture(scope="module")
def walkers(world: World) -> dict[str, Any]:
    """Cookies of all who walk as staff."""
    nowhere = people.colleague("administrator", EAST)
    made = {
        "head office": people.inside(people.colleague("administrator"), REASON),
        "her division": people.inside(people.colleague("administrator", WEST), REASON),
        "another division": people.inside(people.colleague("administrator", EAST), REASON),
        "no division": people.inside(nowhere, REASON),
        **{role: people.inside(people.colleague(role)) for role in ROLES},
    }
    StaffScope.objects.filter(customer=nowhere).update(divisions=[], head_office=False)
    return made


@pytest.mark.parametrize("route", SHOWING)
def test_the_head_office_sees_what_is_there(route: str, world: World, walkers: dict[str, Any]) -> None:
    """Otherwise the walk of the others would prove nothing."""
    answer = people.browser(walkers["head office"]).get(address(route, world.hers))
    lists = route.endswith(("customers/customer/", "customers/account/", "metering/meter/", "delivery/notification/"))
    assert answer.status_code == (302 if lists else 200)


@pytest.mark.parametrize("route", [route for route in SHOWING if RULES[route].whose == DIVISION and RULES[route].ids])
def test_her_division_sees_it_too(route: str, world: World, walkers: dict[str, Any]) -> None:
    assert people.browser(walkers["her division"]).get(address(route, world.hers)).status_code == 200


@pytest.mark.parametrize("walker", ["another division", "no division"])
@pytest.mark.parametrize("route", DESKS)
def test_as_another_division(route: str, walker: str, world: World, walkers: dict[str, Any]) -> None:
    before, rule, quick = world.before, RULES[route], walker == "no division"
    for what, answer in asked(people.browser(walkers[walker]), addresses(route, world.hers, world.own), world.hers, quick=quick):
        assert not wrong(answer, world.hers), what
        if rule.whose != ALL and rule.ids and rule.needs is not None:
            assert answer.status_code in (403, 404, 405), (what, answer.status_code)
    if rule.whose != ALL:
        assert world.hers.kept() == before


@pytest.mark.parametrize("role", list(ROLES))
def test_as_each_role_without_the_right(role: str, world: World, walkers: dict[str, Any]) -> None:
    """Of the head office: nothing but the role stands in the way."""
    before = world.before
    for route in DESKS:
        needs = RULES[route].needs
        if (
            not needs
            or set(needs.split()) & set(ROLES[role].may)
            or route.endswith("/propose/")
            or not (RULES[route].ids or RULES[route].reads)
        ):
            continue
        client, path = people.browser(walkers[role]), address(route, world.hers)
        for what, answer in ((f"GET {path}", client.get(path)), (f"POST {path}", client.post(path, {"why": "Intruder", "answer": "x"}))):
            assert not wrong(answer, world.hers), (role, what)
            assert answer.status_code in (302, 403, 404, 405), (role, what, answer.status_code)
            assert answer.status_code != 302 or answer["Location"] == "/staff/find/" or "elevate" in answer["Location"], (role, what)
    assert world.hers.kept() == before


@pytest.mark.parametrize("standing", ["not enrolled", "not proved", "taken off"])
def test_before_the_second_step_and_after_the_end(standing: str, world: World) -> None:
    person = people.colleague("administrator")
    cookies = people.signed_in(person) if standing == "not enrolled" else people.inside(person, REASON)
    if standing == "not proved":
        cookies = people.signed_in(person)
    if standing == "taken off":
        Customer.objects.filter(pk=person.pk).update(is_staff=False)
    before = world.hers.kept()
    for route in DESKS:
        if RULES[route].needs is None:
            continue
        client, path = people.browser(cookies), address(route, world.hers)
        for answer in (client.get(path), client.post(path, {"why": "Intruder"})):
            assert not wrong(answer, world.hers), path
            leads = {"not enrolled": "/staff/enrol/", "not proved": "/staff/prove/", "taken off": None}[standing]
            assert (answer.status_code, answer.get("Location", "").split("?")[0] or None) == ((302, leads) if leads else (404, None)), path
    assert world.hers.kept() == before


def test_without_a_reason_the_extended_view_stays_shut(world: World) -> None:
    client = people.browser(people.inside(people.colleague("administrator")))
    for route in (route for route in DESKS if route.endswith("/whole/")):
        answer = client.get(address(route, world.hers))
        assert answer["Location"].startswith("/staff/elevate/"), route
        assert world.hers.customer.name not in content(answer)
