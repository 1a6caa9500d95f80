"""The walk finds what it is made for: leaks planted in many places, one at a time, each as a careless change would make it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db.models import Q

from bijoli.complaints.models import Photo
from bijoli.customers import reads as access
from bijoli.customers.access import LIVE_SQL
from bijoli.delivery import reads as delivery
from bijoli.payments import reads as payments
from bijoli.payments.models import Order
from tests.apps.staff.conftest import EAST
from tests.apps.walk import people
from tests.apps.walk.asking import addresses, asked, wrong
from tests.apps.walk.conftest import World

pytestmark = pytest.mark.django_db
Leak = tuple[str, Any, str]


def _all(*_given: Any, **_named: Any) -> Q:
    return Q()


def _rows(_self: Any, rows: Any, _scope: Any) -> Any:
    return rows


def _order_of_anybody(_customer: int, public_id: Any) -> Any:
    return next(iter(payments._views(Order.objects.filter(public_id=public_id))), None)


def _photo_of_anybody(_customer: int, _complaint: Any, photo: Any, _now: Any) -> bytes:
    return bytes(Photo.objects.get(public_id=photo).body)


EVERYBODYS = access._MINE.replace("access.customer_id = %(customer)s", "%(customer)s > 0")
NOTICED = delivery._MINE.replace("WHERE n.customer_id = %(customer)s", "WHERE %(customer)s > 0")
FOR_EVER = access._MINE.replace(LIVE_SQL, "%(now)s > access.since")
DETAIL, DESKS = "<str:object_id>/", "bijoli.staff.desks."
LEAKS: dict[str, Leak] = {
    # what is changed, into what, and the address where it shows
    "accounts of all divisions": ("bijoli.staff.scope.Scope.account", _all, f"staff/customers/account/{DETAIL}"),
    "payments of all divisions": ("bijoli.staff.scope.Scope.account", _all, f"staff/payments/order/{DETAIL}"),
    "refunds of all divisions": ("bijoli.staff.scope.Scope.account", _all, f"staff/payments/refund/{DETAIL}"),
    "the whole page of all divisions": ("bijoli.staff.scope.Scope.customer", _all, "staff/customers/customer/<uuid:object_id>/whole/"),
    "find, of all divisions": ("bijoli.staff.scope.Scope.account", _all, "staff/payments/order/find/"),
    "meters of all divisions": ("bijoli.staff.scope.Scope.meter", _all, f"staff/metering/meter/{DETAIL}"),
    "codes of all divisions": ("bijoli.staff.scope.Scope.meter", _all, "staff/metering/meterevent/"),
    "work of all divisions": ("bijoli.staff.scope.Scope.point", _all, "staff/alerts/workorder/"),
    "storms of all divisions": (f"{DESKS}works.StormDesk.scoped", _rows, "staff/alerts/storm/"),
    "notices of all divisions": (f"{DESKS}notices.NoticeDesk.scoped", _rows, "staff/notices/notice/"),
    "photos of all divisions": (
        f"{DESKS}complaints.ComplaintDesk.scoped",
        _rows,
        "staff/complaints/complaint/<uuid:object_id>/photo/<uuid:photo_id>/",
    ),
    "the head office's log": ("bijoli.staff.scope.Scope.everything", _all, f"staff/staff/looked/{DETAIL}"),
    "an order of anybody": ("bijoli.payments.reads.order", _order_of_anybody, "pay/<uuid:public_id>/"),
    "notifications of anybody": ("bijoli.delivery.reads._MINE", NOTICED, "n/"),
    "accounts of anybody": ("bijoli.customers.reads._MINE", EVERYBODYS, "usage/<uuid:public_id>/"),
    "Home of anybody": ("bijoli.customers.reads._MINE", EVERYBODYS, ""),
    "an access that has ended": ("bijoli.customers.reads._MINE", FOR_EVER, ""),
    "a photo of anybody": (
        "bijoli.complaints.reads.photo",
        _photo_of_anybody,
        "help/complaints/<uuid:public_id>/photo/<uuid:photo_id>",
    ),
    "a way out of the site": ("bijoli.web.pages.choices.url_has_allowed_host_and_scheme", lambda *_a, **_b: True, "theme/"),
}


@pytest.fixture(scope="module")
def walkers(world: World) -> Callable[[str, str], Any]:
    made = {
        "staff": people.inside(people.colleague("administrator", EAST), "asked by the caller"),
        "former": people.signed_in(people.former(world.hers)),
        "another": people.signed_in(world.own.customer),
    }

    def walker(leak: str, route: str) -> Any:
        return made["staff" if route.startswith("staff/") else "former" if leak == "an access that has ended" else "another"]

    return walker


@pytest.mark.parametrize("leak", LEAKS)
def test_a_leak_is_found(leak: str, world: World, walkers: Callable[[str, str], Any], monkeypatch: pytest.MonkeyPatch) -> None:
    target, instead, route = LEAKS[leak]
    before = world.before

    def found() -> list[str]:
        client = people.browser(walkers(leak, route))
        return [what for what, answer in asked(client, addresses(route, world.hers, world.own), world.hers) if wrong(answer, world.hers)]

    assert found() == []
    assert world.hers.kept() == before
    monkeypatch.setattr(target, instead)
    assert found()
