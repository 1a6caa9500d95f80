"""What several of these tests need."""

from collections.abc import Iterator

import pytest
from django.db import connection

from bijoli.customers.models import Customer
from bijoli.metering.models import Meter
from tests import households
from tests.apps.alert_changes import state


@pytest.fixture
def rahima(db: None) -> Customer:
    """A person with a phone that takes pushes."""
    person = households.person()
    households.phone(person)
    return person


@pytest.fixture
def meter(rahima: Customer) -> Meter:
    """Her meter, with a state."""
    made = households.meter(rahima)
    state(made)
    return made


@pytest.fixture
def unreachable(transactional_db: None) -> Iterator[None]:
    """The database's address leads nowhere, as when its server is down."""
    connection.close()
    right = connection.settings_dict["HOST"]
    connection.settings_dict["HOST"] = "/nonexistent"
    yield
    connection.close()
    connection.settings_dict["HOST"] = right
