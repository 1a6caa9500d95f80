"""What several of these tests need."""

from collections.abc import Iterator

import pytest
from django.db import connection


@pytest.fixture
def unreachable(transactional_db: None) -> Iterator[None]:
    """The database's address leads nowhere, as when its server is down."""
    connection.close()
    right = connection.settings_dict["HOST"]
    connection.settings_dict["HOST"] = "/nonexistent"
    yield
    connection.close()
    connection.settings_dict["HOST"] = right
