"""Each test vector of the alert rules is a test with its number beside the name: `grep -rn "# (9)" tests` finds the ninth."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
MARKED = re.compile(r"^def (test_\w+)\(.*#.*?((?:\(\d+\),? ?)+)$", re.M)


def marked() -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for path in TESTS.rglob("test_*.py"):
        for name, numbers in MARKED.findall(path.read_text()):
            for number in re.findall(r"\d+", numbers):
                found.setdefault(int(number), []).append(name)
    return found


@pytest.mark.parametrize("number", range(1, 21))
def test_the_vector_is_there(number):
    assert marked().get(number)
