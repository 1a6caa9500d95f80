"""What all tests share: the compiled Bangla and the collected static files, made once a run in the run's own folder."""

from __future__ import annotations

import pytest
from django.core.management import call_command

from tools.messages import compile_catalogue


@pytest.fixture(scope="session", autouse=True)
def _built_site():
    compile_catalogue()
    call_command("collectstatic", verbosity=0, interactive=False)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """For several workers (`make test`): a file's tests stay together; all that drive browsers are one worker's, and begin first."""
    for item in items:
        browser = "phone" in item.path.parts
        item.add_marker(pytest.mark.xdist_group("browsers" if browser else item.path.name))
    items.sort(key=lambda item: "phone" not in item.path.parts)
