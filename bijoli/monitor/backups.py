"""Where backups lie and how old they are. config/backup.py makes them."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

from django.conf import settings

PREFIX = "bijoli-"
LIST = "manifest.json"


def kept(folder: Path) -> list[Path]:
    """The backups in a folder, the oldest first; one that is still being made is none."""
    return sorted(path for path in folder.glob(f"{PREFIX}*") if (path / LIST).exists())


def made_at(backup: Path) -> datetime:
    return datetime.fromisoformat(json.loads((backup / LIST).read_text())["made"])


def age(now: datetime) -> float | None:
    """Seconds since the newest backup of BIJOLI_BACKUPS; None where there is none. Raises OSError where the folder cannot be read."""
    found = kept(Path(settings.BACKUPS)) if settings.BACKUPS else []
    return max((now - made_at(found[-1])).total_seconds(), 0.0) if found else None
