"""The same threshold by Apache Flink: a keyed state for each of 1.3 million meters, RocksDB, incremental checkpoints every ten seconds.

Flink's own SQL, the work in Java; the rows come from a file of NDJSON in memory (no HTTP), two tasks on the same cores. What a job's
start takes is measured with one row and left out. It keeps the last "under 100" of a meter and prints what turned: no hysteresis, no
rollups, no history, no stages, no push, and its alerts are durable only as far as its sink is.
"""

from __future__ import annotations

import fcntl
import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.loadgen import Job

ROOT = Path(__file__).resolve().parents[1]
PEER, VENV, RESULT = ROOT / "bench" / "peers" / "flink", ROOT / "build" / "peers" / "flink", ROOT / "build" / "bench.json"
OURS = "ingest.http_per_s"
METERS, ROUNDS, WARM = 1_300_000, 2, 100_000
LONGEST_S = 240


def measure(meters: int = METERS) -> dict[str, float]:
    """Keys: ingest.flink_per_s and ingest.flink_ratio (RocksDB), ingest.flink_heap_per_s and ingest.flink_heap_ratio. Run `door` before."""
    ours = json.loads(RESULT.read_text()).get(OURS) if RESULT.exists() else None
    assert ours, "nothing to compare with: python -m bench door"
    python = _environment()
    memory = Path("/dev/shm")  # noqa: S108 the rows are to come from memory
    with tempfile.TemporaryDirectory(prefix="bijoli-flink-", dir=memory if memory.is_dir() else None) as folder:
        job = _rows(Path(folder), meters)
        done = subprocess.run([str(python), str(PEER / "threshold.py"), folder], capture_output=True, text=True, timeout=LONGEST_S)
        assert done.returncode == 0, done.stderr[-2000:]
        seconds = {(backend, source): took for backend, source, took in map(json.loads, done.stdout.splitlines())}
        _check(Path(folder) / "log", job)
    found = {}
    for backend, name in (("rocksdb", "flink"), ("hashmap", "flink_heap")):
        rate = meters * ROUNDS / (seconds[backend, "readings"] - seconds[backend, "single_row"])
        print(f"Flink, state in {backend}: {rate:,.0f} readings/s ({seconds[backend, 'single_row']:.1f} s to start a job are left out)")
        found |= {f"ingest.{name}_per_s": rate, f"ingest.{name}_ratio": ours / rate}
    return found


def _rows(folder: Path, meters: int) -> Job:
    measured = Job(0, "", meters, ROUNDS, 0, 1_795_320_000, 900, 1)
    jobs = {"warm": Job(0, "", min(WARM, meters), 1, 0, 1_795_320_000, 900, 1), "single_row": Job(0, "", 1, 1, 1, 1_795_320_000, 900, 1)}
    for name, job in (jobs | {"readings": measured}).items():
        (folder / name).mkdir()
        with (folder / name / "rows.json").open("wb") as file:
            file.writelines(job.lane(0))
    return measured


def _check(log: Path, job: Job) -> None:
    """It found the meters that fell, in both runs; in the file's order or, with two readers, nearly so."""
    told = len(re.findall(r"\+[IU]\[", log.read_text()))
    warm = len(range(0, min(WARM, job.meters), 200))
    assert told >= job.fallen() + 2 * warm, (told, job.fallen())


def _environment() -> Path:
    """Its own environment, made once for each list of packages. The Python in it."""
    wanted, mark = PEER / "requirements.txt", VENV / ".installed"
    VENV.parent.mkdir(parents=True, exist_ok=True)
    with (VENV.parent / ".flink.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (mark.exists() and mark.read_bytes() == wanted.read_bytes()):
            shutil.rmtree(VENV, ignore_errors=True)
            subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=True)
            pip = [str(VENV / "bin" / "python"), "-m", "pip", "install", "--quiet", "--no-deps", "--disable-pip-version-check"]
            subprocess.run([*pip, "-r", str(wanted)], check=True)
            shutil.copyfile(wanted, mark)
    return VENV / "bin" / "python"


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))
