"""What all listeners share: an address that cannot be used is said plainly."""

from __future__ import annotations


class BadAddress(Exception):
    """The address given to `manage.py listen` cannot be used, and why."""
