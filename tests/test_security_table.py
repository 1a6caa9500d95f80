"""docs/security.md names tests: they must be there."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PLACES = [ROOT, ROOT / "tests", ROOT / "tests" / "apps", ROOT / "tests" / "apps" / "staff"]


def test_each_test_that_the_security_table_names_exists():
    text = (ROOT / "docs" / "security.md").read_text()
    named = {
        one
        for one in re.findall(r"`([\w/*]+(?:\.py|/))`", text)
        if "test" in one or one.split("/")[0] in {"staff", "complaints", "delivery"}
    }
    missing = {one for one in named if not any(list(place.glob(one.rstrip("/"))) or list(place.glob(f"**/{one}")) for place in PLACES)}
    assert len(named) > 20
    assert not missing - {"staff/roles.py"}
