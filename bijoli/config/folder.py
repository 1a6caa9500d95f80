"""Where this checkout keeps what it makes: `./var`, or for root a folder under /var/lib/bijoli of its own (two clones never share)."""

from __future__ import annotations

import hashlib
import os
import secrets
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]


def data_folder() -> Path:
    """The data folder, from `BIJOLI_DATA` where it is set. Made when missing, closed to others; root's lets the database's account pass."""
    given = os.environ.get("BIJOLI_DATA", "")
    if given:
        folder = Path(given)
    elif os.geteuid() == 0:
        key = hashlib.sha256(str(CHECKOUT).encode()).hexdigest()[:12]
        folder = Path("/var/lib/bijoli") / key
    else:
        folder = CHECKOUT / "var"
    folder.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, parents=True, exist_ok=True)
    return folder


def kept_secret(name: str) -> str:
    """A random text that stays the same from start to start: kept in the data folder, readable by its owner alone."""
    path = data_folder() / name
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
    except FileExistsError:
        pass
    return path.read_text()
