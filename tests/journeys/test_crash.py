"""kill -9 under load, a short run of what `python -m bench.crash` does fifty times: real processes, a real PostgreSQL that recovers."""

from __future__ import annotations

import random
import subprocess
import sys

from tests.processes import CHECKOUT

LONGEST_S = 420


def test_six_kills_lose_no_reading_and_no_alert_and_tell_nobody_twice():
    seed = random.randrange(100_000)
    command = [sys.executable, "-m", "bench.crash", "--kills", "6", "--seed", str(seed), "--lease", "20"]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, timeout=LONGEST_S, check=False)
    assert done.returncode == 0, f"seed {seed}\n{done.stdout[-4000:]}\n{done.stderr[-2000:]}"
    assert "lost     nothing" in done.stdout
    assert "doubled  nothing" in done.stdout
