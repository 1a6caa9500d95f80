"""What stands in deploy/: units that systemd understands, whose programs exist; and production settings with nothing to complain about."""

from __future__ import annotations

import os
import re
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import get_commands

from bijoli.config.settings import _database
from tests.processes import CHECKOUT

UNITS = sorted((CHECKOUT / "deploy/systemd").glob("bijoli*"))
SERVICES = [unit for unit in UNITS if unit.suffix == ".service"]
HARD = ("NoNewPrivileges=yes", "ProtectSystem=strict", "PrivateTmp=yes", "StateDirectory=bijoli", "CapabilityBoundingSet=", "User=bijoli")
PRODUCTION = {
    "BIJOLI_HOSTS": "bijoli.example",
    "BIJOLI_HTTPS": "1",
    "BIJOLI_PROXIES": "1",
    "BIJOLI_SECRET_KEY": "k8f2m0Xqz7w3Vt5y9u1b4n6c8x0s2d4f6g8h0j2k4l6-Pq9Rt7Uv3Wx",
    "BIJOLI_DEMO": "0",
    "BIJOLI_DEBUG": "0",
    "BIJOLI_SMS": "console",
}


def entries(unit: Path) -> dict[str, list[str]]:
    """A unit's lines by their name; a name may come more than once, which configparser does not take."""
    found: dict[str, list[str]] = {}
    for line in unit.read_text().splitlines():
        assert line == "" or line[0] in "#[" or re.fullmatch(r"[A-Z][A-Za-z]+=.*", line), f"{unit.name}: {line}"
        if "=" in line and line[0] != "#":
            name, _, value = line.partition("=")
            found.setdefault(name, []).append(value)
    return found


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.name)
def test_each_service_runs_something_that_exists_and_may_do_little(unit):
    for command in entries(unit)["ExecStart"]:
        program, *arguments = command.split()
        assert Path(program).is_relative_to("/opt/bijoli/.venv/bin")
        assert (CHECKOUT / ".venv/bin" / Path(program).name).exists() or shutil.which(Path(program).name)
        assert arguments[-1] == "bijoli.config.wsgi" or arguments[1] in get_commands()
    text = unit.read_text().splitlines()
    assert not [line for line in HARD if line not in text]
    assert "Restart=always" in text or "Type=oneshot" in text


def test_the_target_wants_units_that_exist():
    names = {unit.name for unit in UNITS}
    wanted = entries(CHECKOUT / "deploy/systemd/bijoli.target")["Wants"][0].split()
    assert {re.sub(r"@\w+", "@", name) for name in wanted} <= names
    timers = [name for name in names if name.endswith(".timer")]
    assert {timer.replace(".timer", ".service") for timer in timers} <= names


def test_systemd_itself_finds_nothing_wrong(tmp_path):
    """With this checkout in the place of /opt/bijoli. Where there is no systemd, the tests above must do."""
    for unit in UNITS:
        text = unit.read_text().replace("/opt/bijoli/.venv/bin/", f"{Path(sys.executable).parent}/").replace("/opt/bijoli", str(CHECKOUT))
        (tmp_path / unit.name.replace("@.", "@1.")).write_text(text)
    assert len(list(tmp_path.iterdir())) == len(UNITS) >= 8
    if program := shutil.which("systemd-analyze"):
        files = [str(unit) for unit in tmp_path.iterdir()]
        done = subprocess.run([program, "verify", "--man=no", *files], capture_output=True, text=True, check=False, timeout=120)
        said = [line for line in done.stderr.splitlines() if "bijoli" in line and "postgresql.service" not in line]
        assert not said


def test_the_example_of_the_environment_names_known_settings():
    from bijoli.config import env

    text = (CHECKOUT / "deploy/systemd/environment.example").read_text()
    named = set(re.findall(r"^([A-Z_]+)=", text, re.M))
    assert named <= {*env.KNOWN, "WEB_CONCURRENCY"}
    assert {"BIJOLI_HOSTS", "BIJOLI_HTTPS", "BIJOLI_PROXIES", "DATABASE_URL", "BIJOLI_BACKUPS"} <= named


def test_django_has_nothing_against_the_production_settings(tmp_path):
    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=CHECKOUT,
        env=os.environ | PRODUCTION,
        capture_output=True,
        text=True,
        check=False,
    )
    warned = [line for line in done.stderr.splitlines() if line.startswith("?:")]
    assert warned == ["?: (customers.W002) Sign-in codes are printed on the console"]  # the one channel so far


@pytest.mark.parametrize(
    ("mistake", "said"),
    [
        ({"BIJOLI_DEBUG": "1"}, "BIJOLI_DEBUG=1"),
        ({"BIJOLI_DEMO": "1"}, "BIJOLI_DEMO=1"),
        ({"BIJOLI_PROXIES": "0"}, "set BIJOLI_PROXIES"),
        ({"BIJOLI_HTTPS": "0"}, "BIJOLI_HTTPS is not set"),
        ({"BIJOLI_HOSTS": "*"}, "BIJOLI_HOSTS is *"),
        ({"BIJOLI_SECRET_KEY": "secret"}, "BIJOLI_SECRET_KEY is shorter"),
        ({"BIJOLI_SMS": "fax"}, "BIJOLI_SMS is fax"),
        ({"BIJOLI_VAPID_CONTACT": ""}, "BIJOLI_VAPID_CONTACT"),
    ],
    ids=lambda given: next(iter(given)) if isinstance(given, dict) else "",
)
def test_the_doctor_names_a_mistake_of_production(mistake, said):
    done = subprocess.run(
        [sys.executable, "manage.py", "doctor"],
        cwd=CHECKOUT,
        env=os.environ | PRODUCTION | mistake,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert said in done.stdout


def test_a_database_may_be_a_socket():
    assert _database("postgresql://bijoli@%2Frun%2Fpostgresql/bijoli")["HOST"] == "/run/postgresql"
    assert _database("")["OPTIONS"] == {"connect_timeout": 5}  # a host that is dead holds nobody for minutes
    assert _database("postgresql://u:p%40ss@db:5433/x") | {"OPTIONS": {}} == {
        **{"ENGINE": "django.db.backends.postgresql", "CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True, "OPTIONS": {}},
        **{"NAME": "x", "USER": "u", "PASSWORD": "p@ss", "HOST": "db", "PORT": "5433"},
    }


def test_gunicorns_own_lines_are_guarded_however_it_is_started():
    from bijoli.config.gunicorn import GuardedLogger

    assert runpy.run_path(str(CHECKOUT / "gunicorn.conf.py"))["logger_class"] is GuardedLogger
