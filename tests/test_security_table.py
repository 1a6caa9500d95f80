"""docs/security.md leaves out no requirement, and names nothing that is not there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "docs" / "security.md").read_text()
PLACES = [ROOT / place for place in ("", "bijoli", "tests", "tests/apps", "tests/core", "tests/journeys")]
# How many requirements of level 1 and 2 each section of ASVS 5.0.0 has. In each section they are the first ones.
SECTIONS = """
1.1 2 1.2 9 1.3 11 1.4 3 1.5 2 2.1 3 2.2 3 2.3 4 2.4 1 3.2 2 3.3 4 3.4 6 3.5 5 3.7 2 4.1 3 4.2 1 4.3 2 4.4 4 5.1 1 5.2 3 5.3 2
5.4 3 6.1 3 6.2 12 6.3 4 6.4 4 6.5 5 6.6 3 6.8 4 7.1 3 7.2 4 7.3 2 7.4 5 7.5 2 7.6 2 8.1 2 8.2 3 8.3 1 8.4 1 9.1 3 9.2 4 10.1 2 10.2 2
10.3 4 10.4 11 10.5 5 10.6 2 10.7 3 11.1 2 11.2 3 11.3 3 11.4 4 11.5 1 11.6 1 12.1 3 12.2 2 12.3 4 13.1 1 13.2 5 13.3 2 13.4 5 14.1 2
14.2 4 14.3 3 15.1 3 15.2 3 15.3 7 16.1 1 16.2 5 16.3 4 16.4 3 16.5 3 17.1 1 17.2 4 17.3 2
"""
COUNTS = {section: int(count) for section, count in re.findall(r"(\S+) (\d+)", SECTIONS)}
ROWS = [line.split(" | ") for line in TEXT.splitlines() if re.match(r"\| \d", line)]


def numbers(text: str) -> set[str]:
    """The requirements that a text names: one by one, as a span, a whole section or chapter in words."""
    found = set()
    for first, last in re.findall(r"(\d+\.\d+\.\d+)(?: ?(?:–|to) ?(\d+\.\d+\.\d+))?", text):
        found |= set(span(first, last or first))
    for section in re.findall(r"(?<![\d.])(\d+\.\d+)(?![\d.]*\d)", text):
        found |= {f"{section}.{one}" for one in range(1, COUNTS.get(section, 0) + 1)}
    for chapter in re.findall(r"chapter (\d+)", text):
        found |= {one for one in wanted() if one.startswith(f"{chapter}.")}
    return found


def span(first: str, last: str) -> list[str]:
    """All requirements from the one to the other, in the standard's order."""
    ordered = sorted({*wanted(), first, last}, key=lambda one: [int(part) for part in one.split(".")])
    return ordered[ordered.index(first) : ordered.index(last) + 1]


def wanted() -> list[str]:
    return [f"{section}.{one}" for section, count in COUNTS.items() for one in range(1, count + 1)]


def test_no_requirement_of_level_1_and_2_is_left_out():
    outside = TEXT.split("## What does not apply")[1].split("\n## ")[0]
    beside = " ".join(re.findall(r"\((\d+\.\d+\.\d+(?:, \d+\.\d+\.\d+)*)\)", TEXT))  # answered in words above a table
    listed = numbers(outside) | numbers(beside) | {one for row in ROWS for one in numbers(row[0])}
    assert [one for one in wanted() if one not in listed] == []
    assert len(wanted()) == 253


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0].strip("| "))
def test_each_row_says_how_it_stands(row):
    _numbers, _asked, sign, met, tested = row
    assert sign in ("✓", "◐", "✗", "⚙")
    assert met.strip()
    for named in re.findall(r"`([\w./*-]+(?:\.py|/))`", f"{met} {tested}"):
        if named.startswith("/"):
            continue  # an address of the site
        assert any(list(place.glob(named.rstrip("/"))) for place in PLACES), named
