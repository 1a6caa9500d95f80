"""What all tests share: the compiled Bangla and the collected static files, made once a run in the run's own folder."""

from __future__ import annotations

import pytest
from django.core.management import call_command

from tools.messages import compile_catalogue


@pytest.fixture(scope="session", autouse=True)
def _built_site():
    compile_catalogue()
    call_command("collectstatic", verbosity=0, interactive=False)
