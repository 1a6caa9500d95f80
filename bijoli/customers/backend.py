"""Who is behind a session: allauth's backend, with the one question that every request asks written by hand (see sessionstore)."""

from __future__ import annotations

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.db import connection

from bijoli.customers.models import Customer

_NAMES = [field.attname for field in Customer._meta.concrete_fields]
_ONE = f"SELECT {', '.join(field.column for field in Customer._meta.concrete_fields)} FROM customers_customer WHERE id = %s"


class Backend(AuthenticationBackend):  # type: ignore[misc]
    """Named by AUTHENTICATION_BACKENDS."""

    def get_user(self, user_id: Any) -> Customer | None:
        with connection.cursor() as cursor:
            cursor.execute(_ONE, [user_id])
            row = cursor.fetchone()
        user = None if row is None else Customer.from_db(None, _NAMES, row)
        return user if user is not None and self.user_can_authenticate(user) else None
