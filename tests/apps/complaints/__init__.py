"""Complaints, with a real database."""
