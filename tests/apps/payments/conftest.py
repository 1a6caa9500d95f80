"""The simulated payment gateways, a scripted head-end, and the site on a port that both reach."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import override_settings

from bijoli.payments import headend
from tests.apps.payments.outside import Meters
from tests.paygates import Gates, chosen, running


@pytest.fixture(scope="session")
def _gates(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gates]:
    with running(tmp_path_factory.mktemp("paygates")) as gates:
        yield gates


@pytest.fixture
def gates(_gates: Gates) -> Iterator[Gates]:
    """The simulated gateways, chosen by the installation; nothing goes wrong that the test does not ask for."""
    _gates.calm()
    with chosen(_gates):
        yield _gates


@pytest.fixture
def meters() -> Iterator[Meters]:
    """The head-end stands for the outside: outside.py."""
    made = Meters()
    headend.MAKERS["scripted"] = lambda: made
    headend.head_end.cache_clear()
    with override_settings(HEADEND="scripted"):
        yield made
    del headend.MAKERS["scripted"]
    headend.head_end.cache_clear()


@pytest.fixture
def site(gates: Gates, meters: Meters, live_server: Any) -> Iterator[str]:
    """The site's own address, so that notices and browsers come to it over HTTP; with the gateways and the head-end."""
    with override_settings(SITE_URL=live_server.url):
        yield live_server.url
