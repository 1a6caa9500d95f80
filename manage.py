#!/usr/bin/env python3
"""Bijoli's commands: `./manage.py help` lists them. Uses the checkout's own environment, and the running demo's settings where one runs."""

import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
OWN_PYTHON = HERE / ".venv" / "bin" / "python"


def use_own_python() -> None:
    """A person types ./manage.py: go on with the environment that make made."""
    if OWN_PYTHON.exists() and Path(sys.prefix) != HERE / ".venv":
        os.execv(OWN_PYTHON, [str(OWN_PYTHON), *sys.argv])  # noqa: S606
    sys.exit("Bijoli's packages are not installed yet: say `make demo` first.")


def use_demo() -> None:
    """While a demo runs, commands beside it take its settings (ports, local push service)."""
    from bijoli.config.folder import data_folder

    notes = data_folder() / "demo.env"
    if notes.exists():
        for line in notes.read_text().splitlines():
            name, _, value = line.partition("=")
            os.environ.setdefault(name, value)


if __name__ == "__main__":
    try:
        from django.core.management import execute_from_command_line
    except ImportError:
        use_own_python()
        raise
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bijoli.config.settings")
    use_demo()
    execute_from_command_line(sys.argv)
