"""What becomes of gateways."""

from __future__ import annotations

from datetime import datetime

from bijoli.ingest.models import Gateway


def revoke(name: str, now: datetime) -> bool:
    """Ends a gateway's token: what it sends is refused from now on. False where there is none, or it has ended already."""
    return bool(Gateway.objects.filter(name=name, revoked_at=None).update(revoked_at=now))
