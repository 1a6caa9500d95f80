"""The walk over every address of the site, by who must not see it: nobody, another customer, another division's staff; counted.

The tests hold what is right (tests/apps/walk and its neighbours); here they are only run and counted, so
that there is one list of addresses and one judge. A case that does not pass counts as a leak, whatever its reason.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
WALKS = ("tests/apps/**/test_every_*.py", "tests/apps/test_rights.py", "tests/apps/staff/test_scope.py", "tests/apps/staff/test_factor.py")
LONGEST_S = 1500
REQUESTS = "requests walked: "


def measure() -> dict[str, float]:
    """Keys: routes.walked (cases: an address and who asks for it), routes.requests (what was asked in them), routes.leaks (bar: 0)."""
    environment = {name: value for name, value in os.environ.items() if name not in ("BIJOLI_DATA", "DATABASE_URL")}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "bench.routes", "-p", "no:cacheprovider", *_walks()]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=LONGEST_S, check=False)
    counts = told(done.stdout)
    if not counts.get("passed"):
        raise RuntimeError(f"no walk came to its end:\n{done.stdout[-3000:]}\n{done.stderr[-1000:]}")
    leaks = counts.get("failed", 0) + counts.get("error", 0) + counts.get("errors", 0)
    if leaks:
        print(done.stdout[-3000:])
    return {"routes.walked": counts["passed"] + leaks, "routes.requests": counts["requests"], "routes.leaks": leaks}


def _walks() -> list[str]:
    """The files. Raises FileNotFoundError where one of them is not there any more."""
    found = {pattern: [str(path.relative_to(ROOT)) for path in sorted(ROOT.glob(pattern))] for pattern in WALKS}
    if missing := [pattern for pattern, files in found.items() if not files]:
        raise FileNotFoundError(", ".join(missing))
    return [file for files in found.values() for file in files]


def told(output: str) -> dict[str, int]:
    """What pytest's last lines say: "3 failed, 412 passed in 93.1s", and how many requests were made."""
    summary = next((line for line in reversed(output.splitlines()) if re.search(r"\d+ (passed|failed|errors?)\b.* in [\d.]+s", line)), "")
    counts = {name: int(count) for count, name in re.findall(r"(\d+) (passed|failed|errors?|skipped)", summary)}
    asked = re.search(rf"^{REQUESTS}(\d+)", output, re.MULTILINE)
    return counts | {"requests": int(asked.group(1)) if asked else 0}


_asked: list[str] = []


def pytest_configure() -> None:
    """As a plugin of that run: every request of a test's client is counted."""
    from django.core.signals import request_started

    request_started.connect(_heard, dispatch_uid="bench.routes")


def _heard(environ: dict[str, str] | None = None, **_: object) -> None:
    _asked.append((environ or {}).get("PATH_INFO", ""))


def pytest_terminal_summary(terminalreporter: object) -> None:
    terminalreporter.write_line(f"{REQUESTS}{len(_asked)} of {len(set(_asked))} addresses")  # type: ignore[attr-defined]


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))
