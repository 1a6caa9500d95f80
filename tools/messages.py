"""The Bangla catalogue without gettext's tools: `check` lists what has no Bangla, `add` puts one message in, `compile` makes the .mo."""

from __future__ import annotations

import fcntl
import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation import template

ROOT = Path(__file__).resolve().parents[1]
CATALOGUE = ROOT / "locale" / "bn" / "LC_MESSAGES" / "django.po"
KEYWORDS = {
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "_": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
}
Message = tuple[str | tuple[str, ...], str | None]  # msgid (or singular and plural), context


def used() -> Iterator[tuple[Message, str]]:
    """Every message of the code and of the templates, with where it stands. Settings of languages' own names are not messages."""
    for path in sorted((ROOT / "bijoli").rglob("*.py")):
        yield from _messages(path, path.read_bytes())
    for path in sorted((ROOT / "bijoli").rglob("*.html")):
        yield from _messages(path, template.templatize(path.read_text(encoding="utf-8"), origin=str(path)).encode())


def _messages(path: Path, source: bytes) -> Iterator[tuple[Message, str]]:
    for line, message, _comments, context in extract("python", io.BytesIO(source), keywords=KEYWORDS):
        text = tuple(message) if isinstance(message, tuple | list) else message
        if text:
            yield (text, context), f"{path.relative_to(ROOT)}:{line}"


def catalogue() -> Catalog:
    if not CATALOGUE.exists():
        return Catalog(locale="bn", project="Bijoli", fuzzy=False, header_comment="# Bijoli in Bangla.")
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="bn")


def missing() -> list[str]:
    """One line for each message without Bangla, or whose Bangla lacks or adds a placeholder."""
    known, faults = catalogue(), []
    for (msgid, context), place in used():
        entry = known.get(msgid if isinstance(msgid, str) else msgid[0], context)
        said = entry.string if entry else ""
        if not said or (isinstance(said, tuple | list) and not all(said)):
            faults.append(f"{place}: no Bangla for {msgid!r}")
        elif isinstance(msgid, str) and isinstance(said, str) and _holes(msgid) != _holes(said):
            faults.append(f"{place}: placeholders differ: {msgid!r} and {said!r}")
    return faults


def _holes(text: str) -> set[str]:
    return set(re.findall(r"%\(\w+\)[sd]|%[sd]|\{\w*\}", text))


def add(msgid: str, bangla: str, plural: str = "") -> None:
    """Puts one message in, or changes it; safe beside others who do the same."""
    CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
    with (CATALOGUE.parent / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        known = catalogue()
        known.delete(msgid)
        known.add((msgid, plural) if plural else msgid, (bangla, bangla) if plural else bangla)
        with CATALOGUE.open("wb") as file:
            write_po(file, known, sort_output=True, omit_header=False, width=140)


def compile_catalogue() -> None:
    with CATALOGUE.with_suffix(".mo").open("wb") as file:
        write_mo(file, catalogue())


def main(arguments: list[str]) -> int:
    match arguments:
        case ["add", msgid, bangla]:
            add(msgid, bangla)
        case ["add", msgid, plural, bangla]:
            add(msgid, bangla, plural)
        case ["compile"]:
            compile_catalogue()
        case ["check"]:
            faults = missing()
            print("\n".join(faults) or "Every message has its Bangla.")
            return 1 if faults else 0
        case _:
            print('say: check | compile | add "English" "বাংলা" | add "one" "many" "বাংলা"', file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
