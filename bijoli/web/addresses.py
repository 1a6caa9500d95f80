"""Addresses of an account's pages. Django's `reverse` is asked once a process for each page, not a dozen times for each answer."""

from __future__ import annotations

from functools import cache
from uuid import UUID

from django.urls import reverse

_ANY = UUID(int=0)


def of_account(name: str, public_id: UUID, *more: str) -> str:
    """The page `name` of urls.py of an account; `more` are further parts of the address, few in all. Raises NoReverseMatch."""
    return _of_any(name, *more).replace(str(_ANY), str(public_id))


@cache
def of_all(name: str) -> str:
    """A page that is the same address for everybody."""
    return reverse(name)


@cache
def _of_any(name: str, *more: str) -> str:
    return reverse(name, args=[_ANY, *more])
