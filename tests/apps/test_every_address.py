"""Every address of the site, found by walking its routes: as nobody, and as another customer with the first one's ids.

Nothing of the first customer is shown or changed, nothing fails. An address without a rule here fails the test.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from allauth.usersessions.models import UserSession
from django.test import Client
from django.urls import get_resolver
from django.utils import timezone

from bijoli.complaints.models import Entry
from bijoli.complaints.photos import Picture
from bijoli.complaints.submitting import Draft, submit
from bijoli.customers import sharing
from bijoli.customers.models import Account, Customer, Invitation
from bijoli.delivery.models import Device, Notification
from bijoli.delivery.tell import tell
from bijoli.metering.models import Meter
from bijoli.monitor.door import PAGES
from bijoli.payments.models import Order, Vend
from tests.apps.payments.billing import bill
from tests.apps.payments.outside import ordered, outside
from tests.households import NOON, meter, person, phone, telling

TOKEN = "90817263544536271809"
pytestmark = pytest.mark.django_db
LOGIN = "/accounts/login/"
OPEN, PAGE, SCRIPT, MACHINE, STAFF = "open", "page", "script", "machine", "staff"
# What each address is: open to anyone, a customer's page (a guest is led to sign in), a script's or a gateway's (401).
RULES = {
    "n/": PAGE,
    "n/read": PAGE,
    "n/<uuid:public_id>/": PAGE,
    "n/<uuid:public_id>/read": PAGE,
    "n/<uuid:public_id>/wrong/": PAGE,
    "usage/": PAGE,
    "usage/<uuid:public_id>/": PAGE,
    "usage/<uuid:public_id>/months/": PAGE,
    "usage/<uuid:public_id>/load/": PAGE,
    "usage/<uuid:public_id>/recharges/": PAGE,
    "usage/<uuid:public_id>/<slug:page>.<slug:form>": PAGE,
    "usage/<uuid:public_id>/why/": PAGE,
    "recharge/": PAGE,
    "recharge/<uuid:public_id>/": PAGE,
    "recharge/<uuid:public_id>/quote/": PAGE,
    "recharge/<uuid:public_id>/receipt.pdf": PAGE,
    "recharge/other/": PAGE,
    "pay/<uuid:public_id>/": PAGE,
    "pay/<uuid:public_id>/go/": PAGE,
    "pay/<uuid:public_id>/state": PAGE,
    "pay/<uuid:public_id>/typed": PAGE,
    "pay/<uuid:public_id>/receipt.pdf": PAGE,
    "pay/<uuid:public_id>/back/": OPEN,  # where a gateway's page leads any browser to: on to the order's page, which is the payer's
    "bills/": PAGE,
    "bills/<uuid:public_id>/": PAGE,
    "bills/<uuid:public_id>/pay/": PAGE,
    "bills/<uuid:public_id>/<uuid:bill_id>/": PAGE,
    "bills/<uuid:public_id>/<uuid:bill_id>/pdf": PAGE,
    "bills/<uuid:public_id>/<uuid:bill_id>/pay/": PAGE,
    "settings/": PAGE,
    "settings/alerts/": PAGE,
    "settings/accounts/add/": PAGE,
    "settings/accounts/code/": PAGE,
    "settings/accounts/<uuid:public_id>/leave/": PAGE,
    "settings/accounts/<uuid:public_id>/people/": PAGE,
    "settings/accounts/<uuid:public_id>/people/<uuid:person_id>/": PAGE,
    "settings/accounts/<uuid:public_id>/invitations/<uuid:invitation_id>/": PAGE,
    "settings/invitations/<uuid:public_id>/": PAGE,
    "settings/privacy/": PAGE,
    "settings/privacy/download/": PAGE,
    "settings/privacy/delete/": PAGE,
    "settings/devices/<uuid:public_id>/remove": PAGE,
    "": PAGE,
    "accounts/passkeys/": PAGE,
    "accounts/passkeys/offer/": PAGE,
    "accounts/passkeys/confirm/": PAGE,
    "accounts/passkeys/options/": PAGE,
    "accounts/passkeys/add/": PAGE,
    "accounts/passkeys/change/": PAGE,
    "accounts/profile/": PAGE,
    "accounts/profile/name/": PAGE,
    "accounts/profile/accounts/": PAGE,
    "accounts/profile/devices/end/": PAGE,
    "accounts/profile/devices/end-all/": PAGE,
    "help/": OPEN,
    "help/complaints/": PAGE,
    "help/complaints/new/": PAGE,
    "help/complaints/<uuid:public_id>/": PAGE,
    "help/complaints/<uuid:public_id>/say": PAGE,
    "help/complaints/<uuid:public_id>/reopen": PAGE,
    "help/complaints/<uuid:public_id>/rate": PAGE,
    "help/complaints/<uuid:public_id>/follow": PAGE,
    "help/complaints/<uuid:public_id>/photo/<uuid:photo_id>": PAGE,
    "help/power/": PAGE,
    "help/power/<uuid:public_id>/": PAGE,
    "help/power/<uuid:public_id>/ask": PAGE,
    "language/": OPEN,
    "theme/": OPEN,
    "sw.js": OPEN,
    "manifest.webmanifest": OPEN,
    "offline/": OPEN,
    "push/receipt": OPEN,
    "accounts/login/": OPEN,
    "accounts/login/code/": OPEN,
    "accounts/login/passkey/options/": OPEN,
    "accounts/login/passkey/": OPEN,
    "accounts/logout/": OPEN,
    "health": OPEN,
    "ready": OPEN,
    "metrics": OPEN,
    "push/key": SCRIPT,
    "push/subscribe": SCRIPT,
    "push/unsubscribe": SCRIPT,
    "push/trial": SCRIPT,
    "push/trial/state": SCRIPT,
    "unread": SCRIPT,
    "till/notice/<slug:name>/": OPEN,  # a hint that is never believed
    "ingest/readings": MACHINE,
    "ingest/events": MACHINE,
    "till/bills": MACHINE,
    "till/biller/query": MACHINE,
    "till/biller/pay": MACHINE,
}


def _routes(patterns: Any, before: str = "") -> Iterator[str]:
    for each in patterns:
        here = before + str(each.pattern)
        yield from _routes(each.url_patterns, here) if hasattr(each, "url_patterns") else [here]


ROUTES = sorted({*_routes(get_resolver().url_patterns), *(path.lstrip("/") for path in PAGES)})


def rule(route: str) -> str:
    return STAFF if route.startswith("staff/") else RULES[route]


@pytest.fixture(autouse=True)
def _codes_leave(settings: Any) -> None:
    settings.SMS_CHANNEL = "console"


@pytest.fixture(autouse=True)
def _gateway() -> Iterator[None]:
    """The pages that sell are only there with a gateway and a head-end."""
    with outside():
        yield


@pytest.fixture
def hers() -> dict[str, Any]:
    """The first customer with all that has an id: account, notification, phone, session, complaint with its photo."""
    her = person(name="Rahima Khatun", language="en")
    device = phone(her)
    tell([telling(meter(her))], NOON)
    Client().force_login(her)
    photo_of = Picture(b"photo of Rahima Khatun", 1, 1)
    draft = Draft(uuid4(), "no_supply", "Rahima Khatun has no light", Account.objects.get().pk, photo=photo_of)
    complaint = submit(her.pk, draft, NOON)
    return {
        "complaint": complaint,
        "photo": complaint.photos.get(),
        "customer": her,
        "account": Account.objects.get(),
        "notification": Notification.objects.get(),
        "device": device,
        "session": UserSession.objects.filter(user=her).first(),
        "bill": bill(Account.objects.get()),
        "invitation": _invitation(her),
        "order": _order(her),
    }


def _invitation(her: Customer) -> Invitation:
    """Somebody is invited to her account; an intruder may neither answer nor take it back."""
    sharing.invite(her.pk, Account.objects.get().pk, "+8801999000111", "viewer", None, timezone.now())
    return Invitation.objects.get()


def _order(her: Customer) -> Order:
    """A recharge of hers that was paid, with a token to be typed in."""
    mine = {"customer_id": her.pk, "account_id": Account.objects.get().pk, "meter_id": Meter.objects.get().pk}
    made = ordered(**mine)
    now = timezone.now()
    for state_ in ("pending", "paid", "done"):
        Order.objects.filter(pk=made.pk).update(state=state_, paid_at=now)
    Vend.objects.create(
        order=made, meter_id=mine["meter_id"], gross_paisa=1, expected_paisa=1, sold_at=now, state="tokens", tokens=[TOKEN], ask_at=None
    )
    return made


def ids(hers: dict[str, Any]) -> list[Any]:
    both = ("notification", "account", "device", "customer", "order", "bill", "complaint", "invitation")
    return [
        *(hers[name].public_id for name in (*both, "photo")),
        *(hers[name].pk for name in both),
    ]


def addresses(route: str, hers: dict[str, Any]) -> set[str]:
    """The route with each of her ids, where it takes one."""
    wanted = {"uuid": UUID, "int": int}
    kinds = re.findall(r"<(\w+):\w+>", route)
    fit = [each for each in ids(hers) if all(isinstance(each, wanted.get(kind, object)) for kind in kinds)]
    made = {"/" + re.sub(r"<\w+:\w+>|\(\?P.*", str(each), route) for each in fit}
    if kinds == ["uuid", "uuid"]:  # each with each: an account and what belongs to it
        first, second = re.findall(r"<\w+:\w+>", route)
        made = {"/" + route.replace(first, str(one)).replace(second, str(other)) for one in fit for other in fit}
    assert made, f"no id fits {route}"
    return made


def answers(client: Client, route: str, hers: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """What GET and POST answer, with her ids in the address, in the query and in the form."""
    given = {name: str(getattr(hers[name], "public_id", getattr(hers[name], "pk", ""))) for name in hers}
    given |= {"session": str(getattr(hers["session"], "pk", 1)), "id": "1", "name": "Intruder", "on": "low", "limit": "500", "from": "1:00"}
    given |= {"number": hers["account"].number, "amount": "500", "gateway": "paper", "key": given["order"], "place": "0", "typed": "1"}
    given |= {
        "draft": str(hers["complaint"].draft),
        "category": "no_supply",
        "text": "Intruder",
        "stars": "1",
        "alert": given["notification"],
    }
    given |= {"until": "2:00", "endpoint": hers["device"].endpoint, "nickname": "Intruder", f"nickname-{given['account']}": "Intruder"}
    for path in sorted(addresses(route, hers)):
        yield f"GET {path}", client.get(path, {"id": given["notification"], "account": given["account"]})
        yield f"POST {path}", client.post(path, given)
        yield f"POST JSON {path}", client.post(path, json.dumps(given), content_type="application/json")


def state(hers: dict[str, Any]) -> Any:
    """All of hers that could be changed."""
    return [
        Customer.objects.filter(pk=hers["customer"].pk).values().get(),
        list(Device.objects.filter(customer=hers["customer"]).values()),
        list(Notification.objects.values("pk", "read_at", "superseded_at")),
        list(hers["account"].access.values()),
        list(hers["account"].invitations.values()),
        list(hers["customer"].complaints.values()),
        list(Entry.objects.filter(complaint__customer=hers["customer"]).values()),
        [list(Order.objects.values()), list(Vend.objects.values())],
        [hers["account"].bills.values().get()],
        list(UserSession.objects.filter(user=hers["customer"]).values()),
    ]


def shows_her(answer: Any, hers: dict[str, Any]) -> bool:
    """Whether the answer holds something that only she may see. What was sent may be sent back: a public id says nothing."""
    content = b"".join(answer) if answer.streaming else answer.content
    person, device = hers["customer"], hers["device"].label or "\0"
    secrets = (person.name, person.phone[-10:], hers["account"].number, hers["bill"].number, device)
    secrets += (hers["order"].number, TOKEN, " ".join(TOKEN[at : at + 4] for at in range(0, 20, 4)))
    secrets += (hers["complaint"].number, "photo of Rahima")
    return any(secret.encode() in content for secret in secrets)


def test_every_address_has_a_rule_and_every_rule_an_address() -> None:
    assert {route for route in ROUTES if not route.startswith("staff/")} == set(RULES)


@pytest.mark.parametrize("route", ROUTES)
def test_as_nobody(route: str, hers: dict[str, Any]) -> None:
    before = state(hers)
    for asked, answer in answers(Client(), route, hers):
        assert answer.status_code < 500, asked
        assert not shows_her(answer, hers), asked
        if rule(route) in (PAGE, STAFF):
            assert answer.status_code in (302, 401, 404, 405), (asked, answer.status_code)
            assert answer.status_code != 302 or LOGIN in answer["Location"], (asked, answer["Location"])
        elif rule(route) in (SCRIPT, MACHINE):
            assert answer.status_code in (401, 405), (asked, answer.status_code)
    assert state(hers) == before


@pytest.mark.parametrize("route", ROUTES)
def test_as_another_customer(route: str, hers: dict[str, Any]) -> None:
    before, client, other = state(hers), Client(), person(name="Intruder", language="en")
    meter(other)
    client.force_login(other)
    for asked, answer in answers(client, route, hers):
        assert answer.status_code < 500, asked
        assert not shows_her(answer, hers), asked
        if rule(route) == STAFF:
            assert answer.status_code in (302, 403, 404, 405), (asked, answer.status_code)
            assert answer.status_code != 302 or "/staff/" not in answer["Location"].split("?")[0], (asked, answer["Location"])
        if "<uuid:public_id>" in route and rule(route) != OPEN:
            assert answer.status_code in (302, 404, 405), (asked, answer.status_code)
    assert state(hers) == before
