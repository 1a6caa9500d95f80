"""Sessions as Django keeps them in its table, read with one plain statement: every request does it first.

The ORM takes some ten times as long to write the query as the database to answer it. All else is Django's own.
"""

from __future__ import annotations

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.models import Session
from django.utils import timezone

from bijoli.customers.prepared import fetch

_READ = "SELECT session_data, expire_date FROM django_session WHERE session_key = %s AND expire_date > %s"


class SessionStore(DatabaseStore):
    """Named by SESSION_ENGINE."""

    def _get_session_from_db(self) -> Session | None:
        rows = fetch(_READ, [self.session_key, timezone.now()])
        if not rows:
            self._session_key = None
            return None
        data, until = rows[0]
        return Session(session_key=self.session_key or "", session_data=data, expire_date=until)
