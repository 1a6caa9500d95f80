"""Runs every measurement, each in a process of its own, and writes one flat object of numbers (`python -m bench record` runs one)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
RESULT = ROOT / "build" / "bench.json"
PARTS = ("record", "push", "delay")
LONGEST_S = 1800


def main(chosen: list[str]) -> int:
    if unknown := set(chosen) - set(PARTS):
        print(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}", file=sys.stderr)
        return 2
    figures: dict[str, float] = json.loads(RESULT.read_text()) if RESULT.exists() else {}
    figures["machine.cores"] = len(os.sched_getaffinity(0))
    for part in chosen or PARTS:
        print(f"— {part}", flush=True)
        figures |= measured(part)
        RESULT.parent.mkdir(exist_ok=True)
        RESULT.write_text(json.dumps(figures, indent=2, sort_keys=True) + "\n")
    for name, value in sorted(figures.items()):
        print(f"{name:32s} {value:14,.3f}")
    print(f"written to {RESULT.relative_to(ROOT)}")
    return 0


def measured(part: str) -> dict[str, float]:
    """The figures of `bench.<part>.measure()`: the last line that its process prints, as JSON."""
    call = f"import json; from bench.{part} import measure; print(json.dumps(measure()))"
    done = subprocess.run([sys.executable, "-c", call], cwd=ROOT, stdout=subprocess.PIPE, text=True, timeout=LONGEST_S, check=True)
    print(done.stdout[: done.stdout.rstrip().rfind("\n") + 1], end="")
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
