"""Two homes in two divisions, and who walks, made once for a test file; what a test changes is undone after it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any

import pytest
from django.db import transaction
from django.test import override_settings

from tests.apps.payments.outside import outside
from tests.apps.staff.conftest import EAST, WEST
from tests.apps.walk import people
from tests.apps.walk.place import Place
from tests.mailpeer import MailPeer


class World:
    """Rahima Khatun, whose everything is at stake, and the Intruder with as much of their own."""

    def __init__(self) -> None:
        self.chief = people.colleague("administrator")
        self.hers = Place(WEST, self.chief, "Rahima Khatun", 0)
        self.own = Place(EAST, self.chief, "Intruder", 1)

    @cached_property
    def before(self) -> list[Any]:
        """Hers as it stands before each test: what a test changes is undone after it."""
        return self.hers.kept()


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Both homes, in a transaction that goes with the file.

    The pages that sell are only there with a gateway and a head-end, the address's with a mail server.
    """
    with MailPeer() as post, django_db_blocker.unblock(), outside(), transaction.atomic():
        post_file = post.file(tmp_path_factory.mktemp("post"))
        with override_settings(SMS_CHANNEL="console", EMAIL_FILE=post_file):
            yield World()
        transaction.set_rollback(True)
