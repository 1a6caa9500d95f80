"""The house rules that a machine can hold: layers, a pure core, sizes, words, settings, migrations, and docs that tell the truth."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import call_command

from bijoli.config import env
from tools import messages

ROOT = Path(__file__).resolve().parents[1]
PARTS = sorted(path.name for path in (ROOT / "bijoli").iterdir() if (path / "__init__.py").exists())
LONGEST_FILE = 300
LARGEST_PICTURE = 120_000  # bytes
LONGEST_FUNCTION = 45


def tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", *patterns], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [ROOT / line for line in listed.stdout.splitlines() if (ROOT / line).exists()]


def test_imports_only_point_downwards():
    done = subprocess.run([Path(sys.executable).parent / "lint-imports"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_core_needs_nothing_but_python():
    modules = [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in tracked("bijoli/core/*.py")]
    script = f"import sys; sys.path.insert(0, {str(ROOT)!r}); import importlib; [importlib.import_module(m) for m in {modules!r}]"
    done = subprocess.run([sys.executable, "-S", "-W", "error", "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


CLOCKS_AND_DOORS = {"now", "today", "utcnow", "monotonic", "perf_counter", "open", "print", "input", "urandom", "getenv", "connect"}


def test_the_core_has_no_clock_and_no_doors():
    calls = [
        f"{path.name}:{node.lineno}"
        for path in tracked("bijoli/core/*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and _called(node) in CLOCKS_AND_DOORS
    ]
    assert not calls


def _called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def test_no_file_is_longer_than_a_person_reads():
    files = [path for path in tracked("*.py", "*.js", "*.css", "*.html", "*.sql") if "migrations" not in path.parts]
    long = {str(path.relative_to(ROOT)): count for path in files if (count := len(path.read_text().splitlines())) > LONGEST_FILE}
    assert not long


def test_no_function_is_longer_than_a_screen():
    long = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
        for path in tracked("bijoli/**/*.py", "tools/*.py")
        if "migrations" not in path.parts
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno - node.lineno >= LONGEST_FUNCTION
    ]
    assert not long


def test_every_word_has_its_bangla():
    assert messages.missing() == []


def test_no_bangla_is_left_over():
    used = {message if isinstance(message, str) else message[0] for (message, _context), _place in messages.used()}
    assert {entry.id if isinstance(entry.id, str) else entry.id[0] for entry in messages.catalogue() if entry.id} - used == set()


def test_every_setting_is_documented():
    text = (ROOT / "docs" / "settings.md").read_text()
    documented = set(re.findall(r"^\| `([A-Z_]+)` \|", text, re.M))
    assert documented == set(env.KNOWN)


@pytest.mark.django_db
def test_the_migrations_are_complete():
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_the_tree_is_the_one_that_is_described():
    text = (ROOT / "ARCHITECTURE.md").read_text()
    described = set(re.findall(r"^  ([a-z]+)/ ", text, re.M))
    assert described == set(PARTS)


def test_links_in_the_docs_lead_somewhere():
    broken = [
        f"{path.relative_to(ROOT)}: {target}"
        for path in tracked("*.md")
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", path.read_text())
        if not target.startswith(("http://", "https://", "mailto:")) and not (path.parent / target).exists()
    ]
    assert not broken


def test_the_docs_show_each_picture_and_each_is_small():
    shown = {name for path in tracked("*.md") for name in re.findall(r"pictures/([\w-]+\.png)", path.read_text())}
    kept = {path.name: path.stat().st_size for path in (ROOT / "docs" / "pictures").iterdir()}
    assert shown == set(kept)
    assert {name for name, size in kept.items() if size > LARGEST_PICTURE} == set()


def test_every_command_is_documented():
    docs = "\n".join(path.read_text() for path in tracked("*.md"))
    commands = {path.stem for path in tracked("bijoli/**/management/commands/*.py") if path.stem != "__init__"}
    assert not {name for name in commands if f"manage.py {name}" not in docs}


def test_nothing_names_the_utility_in_the_code():
    names = re.compile(r"desco|dpdc|nesco|meghnapur|16120|16999", re.I)
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in tracked("bijoli/**/*.py", "bijoli/**/*.html", "bijoli/**/*.js")
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if names.search(line)
    ]
    assert not found
