"""The probes: /health asks nobody, /ready asks the database, and neither needs a session, a cookie or a right host name."""

import pytest
from django.db import connection
from django.test import Client


def test_health_lives_without_a_database():
    answer = Client().get("/health")  # no django_db: a query would fail this test
    assert (answer.status_code, answer.content) == (200, b"alive\n")


def test_health_looks_at_no_session_and_sets_no_cookie():
    client = Client(headers={"Cookie": "sessionid=abcdefghijklmnopqrstuvwxyz012345"})
    answer = client.get("/health", headers={"Host": "10.1.2.3"})
    assert answer.status_code == 200
    assert not answer.cookies
    assert "Cookie" not in answer.headers.get("Vary", "")
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/health", "/ready"])
def test_probes_are_only_read(path):
    assert Client().post(path).status_code == 405


@pytest.mark.django_db
def test_ready_where_the_database_fits(django_assert_num_queries):
    Client().get("/ready")
    with django_assert_num_queries(2):  # is the table of migrations there, and what it holds
        answer = Client().get("/ready")
    assert (answer.status_code, answer.content) == (200, b"ready\n")


@pytest.mark.django_db
def test_not_ready_where_a_migration_is_missing():
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'metering'")
    answer = Client().get("/ready")
    assert answer.status_code == 503
    assert "manage.py migrate" in answer.content.decode()


@pytest.mark.django_db(transaction=True)
def test_not_ready_without_a_database(unreachable):
    answer = Client().get("/ready")
    assert (answer.status_code, answer.content) == (503, b"the database does not answer\n")
