"""Posting to the machines' door as a gateway does, and the meters that its tests know."""

from __future__ import annotations

import json
from collections.abc import Iterable
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.http import HttpResponse
from django.test import Client

from bijoli.metering import numbers
from bijoli.metering.models import Meter, MeterState

AT = "2026-11-22T10:15:00+06:00"
SECONDS = 1_795_320_900
METER = "066012345678"


@pytest.fixture
def meters() -> None:
    numbers.forget()
    for number in (METER, "066012345679", "077012345678"):
        MeterState.objects.create(meter=Meter.objects.create(number=number), sanctioned_load_w=3000, calm=2)


def token(*options: str) -> str:
    out = StringIO()
    call_command("gateway", "hes", *options, stdout=out)
    return out.getvalue().strip()


def post(path: str, body: Any, key: str | None = None, content_type: str = "application/json", **headers: str) -> HttpResponse:
    client = Client(enforce_csrf_checks=True)
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    given = {"Authorization": f"Bearer {key or token()}", **{name.replace("_", "-"): value for name, value in headers.items()}}
    return client.post(f"/ingest/{path}", content, content_type=content_type, headers=given)  # type: ignore[return-value]


def reading(**fields: Any) -> dict[str, Any]:
    return {"meter": METER, "at": AT, "balance": 84.50, "register_kwh": 22609.583, "load_kw": 2.21} | fields


def rows(answer: dict[str, Any]) -> int:
    """The numbers of an answer, added up."""
    counted: Iterable[int] = (answer[name] for name in ("accepted", "repeated", "late", "quarantined"))
    return sum(counted) + len(answer["rejected"]) + answer.get("more", 0)
