"""Back to a moment between two backups, as docs/runbook.md says it: a base backup, the WAL that was archived since, and a target."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from bijoli.config.postgres import Cluster, account
from tests.processes import wait_until


@pytest.fixture
def folder() -> Iterator[Path]:
    """Open for the database's own account, which archives there."""
    made = Path(tempfile.mkdtemp(prefix="bijoli-pitr-"))
    made.chmod(0o711)
    for name in ("archive", "base"):
        (made / name).mkdir(mode=0o700)
        if owner := account():
            os.chown(made / name, owner.pw_uid, owner.pw_gid)
    yield made
    shutil.rmtree(made, ignore_errors=True)


def run(cluster: Cluster, statement: str) -> list[tuple]:
    with psycopg.connect(cluster.dsn(), autocommit=True) as connection:
        done = connection.execute(statement)
        return done.fetchall() if done.description else []


def test_what_was_committed_after_the_moment_is_gone_and_all_before_is_there(folder):
    first = Cluster(folder / "first", fsync=False)
    first.start()
    second = Cluster(folder / "base", fsync=False)
    try:
        with (first.folder / "pg_hba.conf").open("a") as rules:
            rules.write("local replication all peer map=bijoli\n")
        run(first, "ALTER SYSTEM SET archive_mode = on")
        run(first, f"ALTER SYSTEM SET archive_command = 'test ! -f {folder}/archive/%f && cp %p {folder}/archive/%f'")
        first.stop()
        first.start()
        run(first, "CREATE TABLE told (what text)")
        run(first, "INSERT INTO told VALUES ('before the base backup')")
        owner = account()
        drop = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []} if owner else {}
        command = [first.bin / "pg_basebackup", "-h", first.socket, "-U", "bijoli", "-D", folder / "base", "-X", "none", "-c", "fast"]
        subprocess.run(command, check=True, capture_output=True, cwd="/", **drop)
        shutil.rmtree(folder / "base/socket")  # the embedded server's own: its lock file was copied too
        run(first, "INSERT INTO told VALUES ('after the base backup')")
        run(first, "SELECT pg_create_restore_point('good')")
        run(first, "DELETE FROM told")
        ((last,),) = run(first, "SELECT pg_walfile_name(pg_switch_wal())")
        wait_until("the last piece of WAL is in the archive", lambda: (folder / "archive" / last).exists())
        first.stop()
        shutil.rmtree(first.folder)  # the machine is lost

        lines = f"restore_command = 'cp {folder}/archive/%f %p'\nrecovery_target_name = 'good'\nrecovery_target_action = 'promote'\n"
        with (second.folder / "postgresql.auto.conf").open("a") as settings:
            settings.write(lines)
        (second.folder / "recovery.signal").touch()
        if owner:
            os.chown(second.folder / "recovery.signal", owner.pw_uid, owner.pw_gid)
        second.start()
        wait_until("the server is its own again", lambda: run(second, "SELECT pg_is_in_recovery()") == [(False,)])
        assert run(second, "SELECT what FROM told ORDER BY what") == [("after the base backup",), ("before the base backup",)]
        run(second, "INSERT INTO told VALUES ('and it goes on')")
    finally:
        first.stop()
        second.stop()
