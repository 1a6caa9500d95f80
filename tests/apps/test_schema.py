"""docs/openapi.json tells the truth: its addresses are those of the code, and schemathesis finds nothing that it does not say."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from django.test import Client
from django.urls import get_resolver
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks

from bench.fuzz import kept_connection
from bijoli.monitor.door import PAGES
from tests.apps.ingest_door import meters, token
from tests.households import person

__all__ = ["meters"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("meters")]
SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "openapi.json").read_text())
# Not among them: that bad data is refused and good data taken. A door answers 200 and names the bad rows, and keys must lie on a curve.
CHECKS: list[Any] = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.response_headers_conformance,
    checks.unsupported_method,
]


def application(environ: dict[str, Any], start_response: Any) -> Any:
    """The site, made when it is first asked: its static files are there by then."""
    from bijoli.config.wsgi import application

    return application(environ, start_response)


schema = schemathesis.openapi.from_dict(SCHEMA)
schema.app = application
bounded = settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


@schemathesis.serializer("application/x-ndjson")
def _lines(_: Any, value: Any) -> bytes:
    return value.encode("utf-8", "surrogatepass") if isinstance(value, str) else json.dumps(value).encode()


def addresses() -> set[str]:
    """What has a schema: the machines' door, what the app's scripts speak to, and what probes ask; /metrics has a format of its own."""
    found = {f"/{route}" for route in _routes(get_resolver().url_patterns)} | set(PAGES)
    return {each for each in found if each.startswith(("/ingest/", "/push/", "/unread", "/health", "/ready"))}


def _routes(patterns: Any, before: str = "") -> Iterator[str]:
    for each in patterns:
        here = before + str(each.pattern)
        yield from _routes(each.url_patterns, here) if hasattr(each, "url_patterns") else [here]


def test_every_address_of_these_doors_is_in_the_schema_and_no_other() -> None:
    assert set(SCHEMA["paths"]) == addresses()


@schema.parametrize()
@bounded
def test_as_nobody(case: Any) -> None:
    with kept_connection():
        case.call_and_validate(checks=[*CHECKS, checks.ignored_auth])


@schema.parametrize()
@bounded
def test_as_a_gateway_and_a_customer(case: Any, keys: dict[str, str]) -> None:
    with kept_connection():
        case.call_and_validate(checks=CHECKS, headers=keys)


@pytest.fixture
def keys(settings: Any) -> dict[str, str]:
    """A gateway's token, and a session with its CSRF token."""
    settings.PUSH_HOSTS = ["push.test"]
    client = Client()
    client.force_login(person())
    csrf = client.get("/push/key").json()["csrf"]
    cookies = "; ".join(f"{name}={kept.value}" for name, kept in client.cookies.items())
    return {"Authorization": f"Bearer {token()}", "Cookie": cookies, "X-CSRFToken": csrf, "Accept-Encoding": "identity"}


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 4096,
        b'{"a":' * 800,
        b'{"endpoint": "\\u0000"}',
        b'{"endpoint": "\\ud800"}',
        b'{"endpoint": "\xff"}',
        b"NaN",
        b"9" * 4096,
        b"",
    ],
)
@pytest.mark.parametrize("path", ["/push/subscribe", "/push/unsubscribe", "/push/receipt", "/push/trial"])
def test_a_body_that_no_script_of_ours_sends_brings_nothing_down(path: str, body: bytes, keys: dict[str, str]) -> None:
    answer = Client(enforce_csrf_checks=True).post(path, body, content_type="application/json", headers=keys)
    assert answer.status_code in (200, 204, 404, 422)
