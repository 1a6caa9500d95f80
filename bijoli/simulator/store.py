"""The town's own folder: which town it is, the state of its meters, the gateway's token, and what is still to be sent.

Order at each turn: what is to be sent is written down, then the state, then it is sent, then struck off. So a crash at any
point repeats a message at most, and the door takes repeats without harm.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np

from bijoli.simulator.meters import MONTHS, State


class TownError(Exception):
    """The town cannot go on; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Which town: all else follows from these. `first_slot` is the quarter of an hour (since 1970) in which it began."""

    meters: int
    seed: int
    first_slot: int
    shapes: tuple[str, ...] = ()  # files of interval data; none is the shipped samples
    peopled: bool = False  # whether people are linked to the accounts yet


class Store:
    """Files under the data folder, readable by their owner alone."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.outbox = folder / "outbox"
        self.outbox.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        self._sent = max((int(path.name.split("-")[0]) for path in self.outbox.glob("*-*.ndjson")), default=0)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Nobody else may run this town meanwhile."""
        with (self.folder / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise TownError(f"the town of {self.folder} is being run by another program: stop its head-end first") from None
            yield

    def plan(self) -> Plan | None:
        path = self.folder / "town.json"
        if not path.exists():
            return None
        kept = json.loads(path.read_text())
        return Plan(**(kept | {"shapes": tuple(kept["shapes"])}))

    def keep_plan(self, plan: Plan) -> None:
        self._write("town.json", json.dumps(asdict(plan), indent=1).encode())

    def token(self) -> str:
        path = self.folder / "gateway-token"
        if not path.exists():
            raise TownError(f"no gateway token in {self.folder}: `manage.py town` makes the town and its token")
        return path.read_text().strip()

    def keep_token(self, token: str) -> None:
        self._write("gateway-token", token.encode())

    def state(self) -> State | None:
        path = self.folder / "state.npz"
        if not path.exists():
            return None
        with np.load(path) as kept:
            begun = np.full((len(kept["at"]), MONTHS), -1)  # a town made before its head-end sold credit, and before there were bills
            since = {"taken": np.zeros_like(kept["at"]), "turns": begun}
            return State(**(since | {field.name: kept[field.name] for field in fields(State) if field.name in kept}))

    def keep_state(self, state: State) -> None:
        path = self.folder / "state.new.npz"
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            np.savez(file, **{field.name: getattr(state, field.name) for field in fields(State)})
        path.replace(self.folder / "state.npz")

    def post(self, door: str, body: bytes) -> Path:
        """Writes down what is to be sent; `door` is readings or events."""
        self._sent += 1
        return self._write(f"outbox/{self._sent:08d}-{door}.ndjson", body)

    def unsent(self) -> list[tuple[str, Path]]:
        """What is still to be sent, oldest first."""
        return [(path.stem.split("-")[1], path) for path in sorted(self.outbox.glob("*-*.ndjson"))]

    def billed(self) -> set[str]:
        """Numbers of the bills that the site has."""
        path = self.folder / "billed.json"
        return set(json.loads(path.read_text())) if path.exists() else set()

    def keep_billed(self, numbers: set[str]) -> None:
        self._write("billed.json", json.dumps(sorted(numbers)).encode())

    def forget(self) -> None:
        """A town whose database is gone begins anew."""
        for path in [
            self.folder / "town.json",
            self.folder / "state.npz",
            self.folder / "billed.json",
            *self.outbox.glob("*.ndjson"),
            *self.folder.glob("vending.sqlite*"),
        ]:
            path.unlink(missing_ok=True)

    def _write(self, name: str, body: bytes) -> Path:
        path, new = self.folder / name, self.folder / f"{name}.new"
        with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(body)
        new.replace(path)
        return path
