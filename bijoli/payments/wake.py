"""Wakes the process `settle`: at the commit, so that it finds what it is woken for."""

from __future__ import annotations

from django.db import connection

CHANNEL = "bijoli_money"  # NOTIFY


def wake() -> None:
    """PostgreSQL itself holds the call back until the commit."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, '')", [CHANNEL])
