"""The embedded PostgreSQL: made, started, killed, started again; nothing lost, nothing open to others."""

import os
import shutil
import signal
import tempfile
from pathlib import Path

import psycopg
import pytest

from bijoli.config import postgres
from bijoli.config.postgres import Cluster, PostgresError, socket_folder


@pytest.fixture
def folder():
    above = Path(tempfile.mkdtemp(prefix="bijoli-pg-"))
    above.chmod(0o711)
    yield above / "postgres"
    shutil.rmtree(above)


@pytest.fixture
def cluster(folder):
    cluster = Cluster(folder)
    cluster.start()
    yield cluster
    cluster.stop()


def test_it_is_version_18_or_newer_and_sorts_the_same_everywhere(cluster):
    with psycopg.connect(cluster.dsn()) as connection:
        assert connection.info.server_version >= 180000
        row = connection.execute("select datlocprovider, datlocale from pg_database where datname = 'bijoli'").fetchone()
        assert row == ("b", "C.UTF-8")


def test_a_killed_server_loses_nothing(cluster):
    with psycopg.connect(cluster.dsn()) as connection:
        connection.execute("create table kept as select 42 as answer")
    os.kill(int((cluster.folder / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
    while cluster.running():
        pass
    assert cluster.start() is False
    with psycopg.connect(cluster.dsn()) as connection:
        assert connection.execute("select answer from kept").fetchone() == (42,)


def test_its_folders_are_closed_to_others_and_it_listens_on_no_network(cluster):
    assert cluster.folder.stat().st_mode & 0o077 == 0
    assert cluster.socket.stat().st_mode & 0o077 == 0
    with psycopg.connect(cluster.dsn()) as connection:
        assert connection.execute("show listen_addresses").fetchone() == ("",)


def test_a_long_path_gets_a_short_socket(folder):
    deep = folder / ("x" * 90)
    assert len(str(socket_folder(deep))) <= postgres.LONGEST_SOCKET_PATH


def test_programs_that_the_account_cannot_reach_are_copied_and_work(folder):
    """A checkout under a 0700 home: the wheel lies where only root can go."""
    folder.parent.joinpath("beside").mkdir()
    copy = postgres._copied(postgres.bin_folder(), folder.parent / "beside")
    cluster = Cluster(folder)
    cluster.bin = copy
    cluster.start()
    try:
        with psycopg.connect(cluster.dsn()) as connection:
            assert connection.execute("select 1").fetchone() == (1,)
    finally:
        cluster.stop()


def test_starting_twice_is_starting_once(cluster):
    assert cluster.start() is False


def test_without_any_postgresql_the_error_says_what_to_do(monkeypatch):
    monkeypatch.setattr(postgres, "_candidates", lambda: iter(()))
    with pytest.raises(PostgresError, match="DATABASE_URL"):
        postgres.bin_folder()
