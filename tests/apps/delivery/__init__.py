"""Delivery, with a real database and a real push service."""
