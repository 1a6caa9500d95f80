"""What is said on the next page, kept in a cookie that is named like our others (Django's has a name of its own)."""

from __future__ import annotations

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.messages.storage.session import SessionStorage


class NamedCookie(CookieStorage):
    """Signed by Django, `HttpOnly` and `Secure` as the session's."""

    cookie_name = f"{settings.COOKIE_PREFIX}messages"


class Said(FallbackStorage):
    """In the cookie; what is too long for it in the session."""

    storage_classes = (NamedCookie, SessionStorage)
