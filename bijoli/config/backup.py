"""A backup is a folder: the database as pg_dump writes it, the two keys, and a list of all files with their checksums.

Without the keys a restored site would be worth little: every phone's subscription is bound to the VAPID key, every sign-in to the secret
key. So whoever holds a backup holds everything: folders are 0700, files 0600.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

from bijoli.config.postgres import bin_folder
from bijoli.monitor.backups import LIST, PREFIX, kept
from bijoli.monitor.logs import mask

DUMP, KEYS = "database", "keys"
SECRET, VAPID = "secret-key", "vapid.pem"
# Tables whose rows somebody would miss
RAW = "metering_segment"  # and its partitions
TELLING = ("customers_customer", "metering_meter", RAW, "alerts_episode")


class BackupError(Exception):
    """It was not done; the message says why and what to do. What was there before is as it was."""


def back_up(folder: Path, now: datetime, *, jobs: int = 2, keep: int = 0, raw: bool = True) -> Path:
    """Makes `folder`/bijoli-<time> and returns it; it appears whole or not at all. `keep`: older ones beyond so many go (0: all stay).

    Without `raw` the raw readings are left out: they are by far the most, and a base backup with its WAL holds them too.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    done = folder / f"{PREFIX}{now:%Y%m%dT%H%M%SZ}"
    part = folder / f".{done.name}.part"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(mode=0o700)
    try:
        left_out = () if raw else (f"--exclude-table-data={RAW}*",)
        _postgres("pg_dump", "--format=directory", f"--jobs={jobs}", "--no-owner", "--no-privileges", f"--file={part / DUMP}", *left_out)
        _copy_keys(part / KEYS)
        _close(part)
        about = {"made": now.isoformat(), "server": connection.pg_version, "files": _sums(part)}  # type: ignore[attr-defined]
        _write(part / LIST, json.dumps(about, indent=1).encode())
        part.rename(done)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    for old in kept(folder)[: -keep or None] if keep else []:
        shutil.rmtree(old)
    return done


def restore(backup: Path, *, replace: bool = False, jobs: int = 2) -> list[str]:
    """Puts database and keys back. Returns what whoever runs it should know. Raises BackupError before anything was changed where the
    backup is damaged, or where the database holds data and `replace` is not said."""
    _check(backup)
    if not replace and (table := filled()):
        raise BackupError(f"the database holds data ({table}): restore into an empty one, or say --replace, and all of it is lost")
    with connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA IF EXISTS public CASCADE")
        cursor.execute("CREATE SCHEMA public")
    connection.close()
    _postgres("pg_restore", "--exit-on-error", f"--jobs={jobs}", "--no-owner", "--no-privileges", f"--dbname={_name()}", str(backup / DUMP))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return _put_keys(backup / KEYS)


def filled() -> str:
    """The first table with rows that somebody would miss; empty where there is none."""
    with connection.cursor() as cursor:
        there = set(connection.introspection.table_names(cursor))
        for table in TELLING:
            if table in there:
                cursor.execute(f"SELECT EXISTS (SELECT FROM {table})")
                if cursor.fetchone()[0]:
                    return table
    return ""


def _copy_keys(folder: Path) -> None:
    folder.mkdir(mode=0o700)
    _write(folder / SECRET, settings.SECRET_KEY.encode())
    if settings.VAPID_KEY_FILE.exists():
        _write(folder / VAPID, settings.VAPID_KEY_FILE.read_bytes())


def _put_keys(folder: Path) -> list[str]:
    """Each key to its place; another one that stood there is kept beside it."""
    told = []
    if (folder / SECRET).read_text() != settings.SECRET_KEY:
        told += [f"another secret key was in use ({said})" for said in _put(folder / SECRET, settings.DATA_FOLDER / SECRET)]
        if os.environ.get("BIJOLI_SECRET_KEY"):
            told.append(f"BIJOLI_SECRET_KEY is set and differs from the backup's: set it to the content of {folder / SECRET}")
    if not (folder / VAPID).exists():
        return [*told, "the backup has no VAPID key: none had been made yet"]
    return [*told, *(f"another VAPID key was in use ({said})" for said in _put(folder / VAPID, settings.VAPID_KEY_FILE))]


def _put(source: Path, target: Path) -> list[str]:
    aside = target.with_name(f"{target.name}.before-restore")
    told = []
    if target.exists() and target.read_bytes() != source.read_bytes():
        target.replace(aside)
        told = [f"kept as {aside}"]
    target.parent.mkdir(parents=True, exist_ok=True)
    _write(target, source.read_bytes())
    return told


def _check(backup: Path) -> None:
    if not (backup / LIST).exists():
        raise BackupError(f"{backup} is no backup: it has no {LIST}")
    wanted = json.loads((backup / LIST).read_text())["files"]
    found = _sums(backup)
    if broken := sorted(name for name in {*wanted, *found} if wanted.get(name) != found.get(name)):
        raise BackupError(f"{backup} is damaged ({', '.join(broken[:3])}): take another one")


def _sums(folder: Path) -> dict[str, str]:
    """SHA-256 of each file, by its path in the backup."""
    sums = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name != LIST:
            with path.open("rb") as file:
                sums[str(path.relative_to(folder))] = hashlib.file_digest(file, "sha256").hexdigest()
    return sums


def _close(folder: Path) -> None:
    for path in folder.rglob("*"):
        path.chmod(0o700 if path.is_dir() else 0o600)


def _write(path: Path, content: bytes) -> None:
    """Never readable by others, not for a moment, and on the disk when this returns."""
    path.unlink(missing_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _name() -> str:
    return str(connection.settings_dict["NAME"])


def _postgres(program: str, *arguments: str) -> None:
    """One of PostgreSQL's own programs, at our database. The password goes by the environment, which other accounts cannot read."""
    given: dict[str, Any] = connection.settings_dict
    names = {"PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER", "PGPASSWORD": "PASSWORD", "PGDATABASE": "NAME"}
    place = {name: str(given[key]) for name, key in names.items() if given.get(key)}
    done = subprocess.run(
        [bin_folder() / program, *arguments], env=os.environ | place, capture_output=True, text=True, check=False, umask=0o077
    )
    if done.returncode:
        raise BackupError(f"{program} failed: {mask.text(done.stderr.strip()[-800:])}")
