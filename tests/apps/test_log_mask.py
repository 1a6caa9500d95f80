"""What is taken out of a log line, and what stays."""

import json
import logging
import subprocess
import sys

import psycopg
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import IntegrityError, connection

from bijoli.customers.models import Customer
from bijoli.monitor.logs import mask
from bijoli.monitor.logs.lines import Json, Text
from tests.processes import CHECKOUT


def record(template, *args, name="bijoli.somewhere", error=None, **extra):
    made = logging.getLogger(name).makeRecord(
        name, logging.ERROR, "f.py", 1, template, args, error and (type(error), error, None), "work", extra
    )
    return json.loads(Json().format(made))


@pytest.mark.parametrize(
    ("given", "left"),
    [
        ("call 01700-000001 or +8801711 223344", "call … or …"),
        ("০১৭০০০০০০০১", "…"),
        ("meter 066012345678 is silent", "meter … is silent"),
        ("curl 3: bad URL https://u:pw@push.test/wpush/v2/gAAA?x=1 here", "curl 3: bad URL https://push.test/… here"),
        ("postgresql://bijoli:pa55@db/bijoli", "postgresql://db/…"),
        ("GET /n/?q=Rahima", "GET /n/?…"),
        ("token dGhpcyBpcyBhIHNlY3JldCA0Mg", "token …"),
        ("n/5f0c8a52-6d0e-4d6c-9f7e-1df1a6f6f001/", "n/…/"),
        ("from 103.4.5.6 and 2001:db8::1", "from … and …"),
        ("duplicate key\nDETAIL:  Key (phone)=(+8801700000001) already exists.", "duplicate key\n…"),
        ("PostgreSQL 18, HTTP 410, curl 28, 84.5 s, 127.0.0.1:8000", "PostgreSQL 18, HTTP 410, curl 28, 84.5 s, 127.0.0.1:8000"),
        ("push service https://fcm.googleapis.com: HTTP 403", "push service https://fcm.googleapis.com: HTTP 403"),
    ],
)
def test_what_may_be_somebodys_goes(given, left):
    assert mask.text(given) == left


def test_ids_of_ours_stay_and_large_numbers_go():
    assert record("delivery %s of %d failed: %s", 7_654_321, 66012345678, "HTTP 410")["message"] == "delivery 7654321 of 0 failed: HTTP 410"
    assert record("meter %s", 66012345678)["message"] == "meter …"


def test_a_library_says_its_own_words_only():
    assert record("Invalid HTTP_HOST header: 'rahima.example'", name="django.security")["message"] == "Invalid HTTP_HOST header: …"
    assert record("%s: %s", "Not Found", "/Rahima", name="django.request")["message"] == "…: …"
    assert record("Worker (pid:%s) was sent %s!", 41, "SIGKILL", name="gunicorn.error")["message"] == "Worker (pid:41) was sent …!"


def test_only_known_fields_pass():
    line = record("x", status=200, route="web:home", customer="Rahima", gateway="hes 01700000001")
    assert "customer" not in line
    assert (line["status"], line["route"], line["gateway"]) == (200, "web:home", "hes …")
    assert line["event"] == "somewhere.work"
    assert record("x", event="push.paused")["event"] == "push.paused"


def test_an_exception_is_its_type_and_place():
    try:
        try:
            raise KeyError("Rahima")
        except KeyError as error:
            raise ValueError("01700000001 is no name") from error
    except ValueError as error:
        line = record("failed: %s", error, error=error)
    assert line["message"] == "failed: ValueError"
    assert line["trace"][0] == "ValueError"
    assert line["trace"][2] == "from KeyError"
    assert all("test_log_mask.py:" in line["trace"][place] for place in (1, 3))


@pytest.mark.django_db
def test_a_database_error_names_the_rule_and_not_the_row():
    Customer.objects.create_user("+8801700000001")
    with pytest.raises(IntegrityError) as caught:
        Customer.objects.create_user("+8801700000001")
    assert mask.said(caught.value) == "IntegrityError (UniqueViolation 23505 customers_customer customers_customer_phone_key)"


@pytest.mark.django_db
def test_a_value_that_postgresql_quotes_is_gone():
    with pytest.raises(Exception, match="Rahima") as caught, connection.cursor() as cursor:
        cursor.execute("SELECT %s::int", ["Rahima"])
    assert mask.said(caught.value) == "DataError (InvalidTextRepresentation 22P02)"


def test_a_connection_that_fails_says_why():
    with pytest.raises(psycopg.OperationalError) as caught:
        psycopg.connect("host=/nonexistent user=rahima")
    assert "No such file or directory" in mask.said(caught.value)


def test_words_of_ours_and_of_the_system_are_shown():
    assert mask.said(ImproperlyConfigured("BIJOLI_HTTPS='x': say 1 or 0")) == "ImproperlyConfigured: BIJOLI_HTTPS='x': say 1 or 0"
    assert mask.said(FileNotFoundError(2, "No such file", "/home/rahima")) == "FileNotFoundError ENOENT: No such file"


def test_the_text_form_says_the_same():
    made = logging.getLogger("bijoli.x").makeRecord("bijoli.x", 20, "f", 1, "taken", (), None, "work", {"event": "ingest", "rows": 5})
    assert Text().format(made).split(" ", 1)[1] == "INFO ingest rows=5: taken"


@pytest.mark.parametrize("ending", ["raise ValueError('Rahima 01700000001')", "int('Rahima')"])
def test_a_process_that_dies_tells_no_values(ending):
    script = f"import django; django.setup(); {ending}"
    done = subprocess.run([sys.executable, "-c", script], cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "process.ended" in done.stderr
    assert "ValueError" in done.stderr
    assert "Rahima" not in done.stderr
