"""Runs every measurement, each in a process of its own, and writes one flat object of numbers (`python -m bench record` runs one).

A part that fails stops no other: its old figures go, the rest is written, and the exit code is 1.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
RESULT = ROOT / "build" / "bench.json"
# part -> how many runs: the figure kept is the median. Long parts run once.
PARTS = dict.fromkeys(
    (
        *("record", "history", "door", "delay", "listen", "push", "storm", "stormguard", "pages", "staff", "lighthouse"),
        *("crash", "money", "fuzz", "routes", "nodered", "flink", "forecast"),
    ),
    1,
)
LONGEST_S = 3600


def main(chosen: list[str]) -> int:
    if unknown := set(chosen) - PARTS.keys():
        print(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}", file=sys.stderr)
        return 2
    figures: dict[str, float] = json.loads(RESULT.read_text()) if chosen and RESULT.exists() else {}
    figures["machine.cores"] = len(os.sched_getaffinity(0))
    failed = []
    for part in chosen or PARTS:
        began = time.monotonic()
        print(f"— {part}", flush=True)
        found = repeated(part, PARTS[part])
        if found is None:
            failed.append(part)
            print(f"{part} failed", file=sys.stderr)
        figures |= found or {}
        RESULT.parent.mkdir(exist_ok=True)
        RESULT.write_text(json.dumps(figures, indent=2, sort_keys=True) + "\n")
        print(f"  {time.monotonic() - began:.0f} s", flush=True)
    for name, value in sorted(figures.items()):
        print(f"{name:32s} {value:14,.3f}")
    print(f"written to {RESULT.relative_to(ROOT)}" + (f"; failed: {', '.join(failed)}" if failed else ""))
    return 1 if failed else 0


def repeated(part: str, times: int) -> dict[str, float] | None:
    """The median of each figure over so many runs; None where none of them came to its end."""
    runs = [found for _ in range(times) if (found := measured(part)) is not None]
    names = runs[0] if runs else {}
    return {name: _median([run[name] for run in runs]) for name in names} if runs else None


def _median(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]


def measured(part: str) -> dict[str, float] | None:
    """The figures of `bench.<part>.measure()`: the last line that its process prints, as JSON. None where it fails."""
    call = f"import json; from bench.{part} import measure; print(json.dumps(measure()))"
    try:
        done = subprocess.run([sys.executable, "-c", call], cwd=ROOT, stdout=subprocess.PIPE, text=True, timeout=LONGEST_S, check=True)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        return None
    print(done.stdout[: done.stdout.rstrip().rfind("\n") + 1], end="")
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
