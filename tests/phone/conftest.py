"""One house and one Chromium for all browser tests; they end with them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.phone.chromium import chromium
from tests.phone.house import House
from tests.phone.walks import Phone, head_end, signed_in


@pytest.fixture(scope="package")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with House(tmp_path_factory.mktemp("house")) as it:
        yield it


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with chromium() as it:
        yield it


@pytest.fixture(scope="package")
def _phones(house: House, browser: Browser) -> Iterator[dict[str, Phone]]:
    with signed_in(house, browser) as found:
        yield found


@pytest.fixture
def phones(house: House, _phones: dict[str, Phone]) -> Iterator[dict[str, Phone]]:
    """Two people who pay, by their language. Nothing goes wrong but what the test asks for."""
    house.forget_limits()
    yield _phones
    house.gates.calm()
    head_end(house)


@pytest.fixture
def bangla(phones: dict[str, Phone]) -> Phone:
    return phones["bn"]


@pytest.fixture
def english(phones: dict[str, Phone]) -> Phone:
    return phones["en"]
