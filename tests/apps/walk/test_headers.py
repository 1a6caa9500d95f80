"""What every answer of every address carries, whoever asks; and that a form of unknown origin changes nothing anywhere."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.staticfiles.storage import staticfiles_storage
from django.test import Client

from tests.apps.walk import people
from tests.apps.walk.asking import address, form
from tests.apps.walk.conftest import World
from tests.apps.walk.rules import MACHINE, PAGE, ROUTES, RULES, SCRIPT, STAFF

pytestmark = pytest.mark.django_db
# Whose POST stands on a proof of its own: machines' tokens, a receipt's token, a gateway's own browser that comes back
WITHOUT_A_FORM = {"push/receipt", "pay/<uuid:public_id>/back/", "till/notice/<slug:name>/", "health", "ready", "metrics"}


@pytest.fixture(scope="module")
def cookies(world: World) -> Any:
    return world.hers.cookies  # of a session that is listed already


def right(answer: Any) -> None:
    policy = answer.headers["Content-Security-Policy"]
    for part in ("default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"):
        assert part in policy
    assert "unsafe" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert not [name for name in answer.headers if name.startswith("Access-Control-")]
    kind = answer.headers.get("Content-Type", "")
    assert "charset=utf-8" in kind.lower().replace('"', "") or not kind.startswith("text/")


@pytest.mark.parametrize("route", ROUTES)
def test_headers(route: str, world: World, cookies: Any) -> None:
    path = address(route, world.hers)
    for client in (Client(), people.browser(cookies)):
        for answer in (client.get(path), client.options(path)):
            right(answer)


@pytest.mark.parametrize("path", ["/nowhere/", "/static/nothing.css", "/%00", "/accounts/password/reset/"])
def test_headers_of_what_is_not_there(path: str) -> None:
    answer = Client().get(path)
    assert answer.status_code == 404
    right(answer)


def test_headers_of_files_and_of_another_host() -> None:
    style = Client().get(staticfiles_storage.url("web/app.css"))
    assert style.getvalue()  # read to its end, the client closes the file and leaves this world's connection open
    right(style)
    refused = Client().get("/", headers={"Host": "elsewhere.test"})
    assert refused.status_code == 400
    right(refused)


@pytest.mark.parametrize("route", [route for route in ROUTES if RULES[route].door != MACHINE and route not in WITHOUT_A_FORM])
def test_a_post_without_the_forms_token_changes_nothing(route: str, world: World, cookies: Any) -> None:
    before = world.before
    client = Client(enforce_csrf_checks=True)
    client.cookies.update(cookies)
    answer = client.post(address(route, world.hers), form(world.hers), headers={"Origin": "https://elsewhere.test"})
    assert answer.status_code in ((403, 404, 405) if RULES[route].door in (PAGE, SCRIPT, STAFF) else (403, 405)), answer.status_code
    assert world.hers.kept() == before
