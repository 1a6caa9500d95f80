"""Who is behind a session: allauth's backend, with the one question that every request asks written by hand (see sessionstore)."""

from __future__ import annotations

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend

from bijoli.customers.models import Customer
from bijoli.customers.prepared import fetch

_NAMES = [field.attname for field in Customer._meta.concrete_fields]
_ONE = f"SELECT {', '.join(field.column for field in Customer._meta.concrete_fields)} FROM customers_customer WHERE id = %s"


class Backend(AuthenticationBackend):  # type: ignore[misc]
    """Named by AUTHENTICATION_BACKENDS."""

    def get_user(self, user_id: Any) -> Customer | None:
        rows = fetch(_ONE, [int(user_id)])
        user = Customer.from_db(None, _NAMES, rows[0]) if rows else None
        return user if user is not None and self.user_can_authenticate(user) else None
