"""The staff's pages on models. Each module registers its own; `register` puts them into the menu's order."""

from importlib import import_module

ORDER = (
    "complaints",
    "disputes",
    "questions",
    "payments",
    "refunds",
    "unexplained",
    "reports",
    "told",
    "unmapped",
    "meters",
    "tampers",
    "works",
    "people",
    "tariffs",
    "ledger",
    "reconciliations",
    "closed",
    "notices",
    "deliveries",
    "health",
    "rejects",
    "gateways",
    "billrows",
    "billsources",
    "ownership",
    "watchers",
)


def register() -> None:
    """Every desk, in the order of the menu."""
    for name in ORDER:
        import_module(f"bijoli.staff.desks.{name}")
