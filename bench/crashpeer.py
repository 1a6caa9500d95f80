"""The push service and the phones of the crash run: answers slowly, so that many pushes are on their way, and remembers all it got.

Every message is decrypted, as the phone would. Two phones of three are awake: they report "displayed" at once, and again until they are
heard, as the service worker does. `python -m bench.crashpeer …` is the sender: `manage.py deliver` with this peer's certificate.
"""

from __future__ import annotations

import http.client
import json
import queue
import random
import sys
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta

from tests.pushpeer import Got, Peer, Reply

SLOWEST_S = (2.0, 4.0)  # how long an answer takes
AWAKE = 2 / 3
REPORTERS = 4  # connections over which receipts go


class Slow(dict[str, Reply]):
    """What the peer answers to any path: 201, after a while."""

    def __init__(self, chance: random.Random) -> None:
        self._chance, self._due = chance, [0.0]

    def get(self, path: str, default: object = None) -> Reply:  # type: ignore[override]
        reply = Reply(delay_s=self._chance.uniform(*SLOWEST_S))
        self._due.append(time.monotonic() + reply.delay_s)
        return reply

    def in_flight(self) -> int:
        """Messages that came in and are not answered yet."""
        now = time.monotonic()
        self._due = [due for due in self._due if due > now]
        return len(self._due)

    def cut(self) -> None:
        """The sender is gone: nobody waits for these answers."""
        self._due = []


@dataclass
class Message:
    """One notification at one phone: how often it was posted, and under which tags and topics."""

    posts: int = 0
    names: set[tuple[str, str]] = field(default_factory=set)
    code: str = ""


class Phones:
    """Reads what came in, in a thread: `seen[device path, notification id]`."""

    def __init__(self, peer: Peer, private: object, secret: bytes, web_port: int, seed: int) -> None:
        self.peer, self.private, self.secret, self.port, self.seed = peer, private, secret, web_port, seed
        self.seen: dict[tuple[str, str], Message] = defaultdict(Message)
        self.bad: list[str] = []
        self._receipts: queue.Queue[str] = queue.Queue()
        self._ending = threading.Event()
        self._threads = [threading.Thread(target=work, daemon=True) for work in (self._read, *[self._report] * REPORTERS)]
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        self._ending.set()
        for thread in self._threads:
            thread.join(30)

    @property
    def resent(self) -> int:
        """Messages posted once more than needed, because the sender died before it knew the answer."""
        return sum(message.posts - 1 for message in self.seen.values())

    def _read(self) -> None:
        place = 0
        while not (self._ending.is_set() and place == len(self.peer.got)):
            if place == len(self.peer.got):
                time.sleep(0.05)
                continue
            try:
                self._take(self.peer.got[place])
            except Exception as error:
                self.bad.append(f"{type(error).__name__}: {error}")
            place += 1

    def _take(self, got: Got) -> None:
        import http_ece

        told = json.loads(http_ece.decrypt(got.body, private_key=self.private, auth_secret=self.secret, version="aes128gcm"))
        message = self.seen[got.path, told["id"]]
        message.posts += 1
        message.names.add((told["tag"], got.headers["topic"]))
        message.code = told["code"]
        if random.Random(f"{self.seed} {got.path}").random() < AWAKE:
            self._receipts.put(told["receipt"])

    def _report(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        waiting = ""
        while waiting or not self._ending.is_set():
            try:
                waiting = waiting or self._receipts.get(timeout=0.2)
                body = json.dumps({"token": waiting, "event": "displayed", "at": int(time.time() * 1000)})
                connection.request("POST", "/push/receipt", body, {"Content-Type": "application/json"})
                answer = connection.getresponse()
                answer.read()
                if answer.status == 204:
                    waiting = ""
                else:
                    time.sleep(0.2)
            except queue.Empty:
                continue
            except (OSError, http.client.HTTPException):
                connection.close()
                time.sleep(0.2)
                if self._ending.is_set():
                    return


def send(authority: str, connect_to: str, lease_s: float) -> None:
    """What `manage.py deliver` does, with the peer's certificate and address."""
    import os
    from threading import Event

    os.environ["DJANGO_SETTINGS_MODULE"] = "bijoli.config.settings"
    import django

    django.setup()
    from bijoli.delivery import queue as deliveries
    from bijoli.delivery.channels.webpush.send import Sender
    from bijoli.delivery.deliver import Deliverer

    deliveries.LEASE = timedelta(seconds=lease_s)
    Deliverer(Sender(certificates=authority, connect_to=[connect_to])).run(Event())


if __name__ == "__main__":
    send(sys.argv[1], sys.argv[2], float(sys.argv[3]))
