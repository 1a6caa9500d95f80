"""docs/runbook.md: each command in it exists with the options it is given, and each query runs."""

from __future__ import annotations

import re
import shlex

import pytest
from django.core.management import get_commands, load_command_class
from django.db import connection

from tests.processes import CHECKOUT

TEXT = (CHECKOUT / "docs/runbook.md").read_text()
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```", TEXT, re.M | re.S)
LINES = [line for kind, block in BLOCKS if kind == "sh" for line in block.splitlines()]
COMMANDS = sorted({line.removeprefix("bijoli ") for line in [*LINES, *re.findall(r"`(bijoli [^`]+)`", TEXT)] if line.startswith("bijoli ")})
QUERIES = [query.strip() for kind, block in BLOCKS if kind == "sql" for query in block.split(";") if query.strip()]
UNITS = {path.name for path in (CHECKOUT / "deploy/systemd").iterdir()}
# Programs of Debian, PostgreSQL and the front that a runbook may name
KNOWN = {
    *("alias", "systemctl", "journalctl", "curl", "nginx", "tail", "df", "du", "ls", "timedatectl", "chronyc", "openssl", "certbot", "git"),
    *("pg_basebackup", "bijoli", "/opt/bijoli/.venv/bin/pip"),
}


@pytest.mark.parametrize("line", COMMANDS)
def test_each_command_of_ours_takes_what_it_is_given(line):
    name, *arguments = shlex.split(line)
    parser = load_command_class(get_commands()[name], name).create_parser("manage.py", name)
    known, rest = parser.parse_known_args(arguments)
    assert not rest, known


def test_there_is_something_to_check():
    assert len(COMMANDS) >= 9
    assert len(QUERIES) >= 8


def test_other_programs_are_few_and_known():
    assert {line.split()[0] for line in LINES} <= KNOWN


def test_each_unit_that_is_named_exists():
    foreign = {"nginx", "postgresql", "certbot.timer"}
    for line in LINES:
        if match := re.match(r"systemctl (?:start|stop|restart|reload|status|enable --now) (.+)", line):
            for name in shlex.split(match.group(1)):
                plain = re.sub(r"@[\d*]+$", "@", name)
                assert name in foreign or plain in UNITS or f"{plain}.service" in UNITS, line


@pytest.mark.django_db
@pytest.mark.parametrize("query", QUERIES)
def test_each_query_runs(query):
    assert query.startswith("SELECT ")
    with connection.cursor() as cursor:
        cursor.execute(query)
        cursor.fetchall()


def test_what_it_is_about_is_there():
    titles = {line.lstrip("# ").lower() for line in TEXT.splitlines() if line.startswith("## ")}
    wanted = {
        *("no pushes", "pushes are late", "a queue grows", "the database is away or full", "a push service refuses our key"),
        *("a gateway is silent", "rows are rejected, or a clock is wrong", "the disk is full", "the certificate has expired", "a storm"),
        *("start and stop", "upgrade", "restore", "add a machine", "the vapid key is lost", "backup"),
    }
    assert wanted <= titles


def test_its_own_links_lead_somewhere():
    anchors = {re.sub(r"[^\w -]", "", line.lstrip("# ")).lower().replace(" ", "-") for line in TEXT.splitlines() if line.startswith("#")}
    assert set(re.findall(r"\]\(#([^)]+)\)", TEXT)) <= anchors


def test_the_readme_leads_here():
    assert "docs/runbook.md" in (CHECKOUT / "README.md").read_text()
