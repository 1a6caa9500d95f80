"""Real brokers on loopback: Debian's Mosquitto and NATS's own server, each in a folder of its own, killed and started again at will."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.processes import answers, free_port, wait_until


class Broker:
    """One broker on a port of its own. What it kept lies in `folder` and outlives `kill`."""

    def __init__(self, program: str, arguments: list[str], folder: Path, port: int) -> None:
        self.folder, self.port, self.mqtt = folder, port, port
        self._command = [program, *arguments]
        self._child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with (self.folder / "log").open("ab") as log:
            self._child = subprocess.Popen(self._command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder)
        wait_until(f"the broker answers: {self.folder}/log", lambda: answers(self.port), 10)

    def kill(self, number: int = signal.SIGKILL) -> None:
        if self._child is not None:
            self._child.send_signal(number)
            self._child.wait(10)
            self._child = None


@contextmanager
def mosquitto(folder: Path, *settings: str) -> Iterator[Broker]:
    """Persistence on, saved every second: Mosquitto's best."""
    program = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    assert program, "Mosquitto is missing: sudo apt-get install mosquitto"
    port = free_port()
    lines = [
        f"listener {port} 127.0.0.1",
        "allow_anonymous true",
        "persistence true",
        f"persistence_location {folder}/",
        "autosave_interval 1",
        "max_queued_messages 0",
        "sys_interval 1",
        *(["user root"] if os.getuid() == 0 else []),
        *settings,
    ]
    (folder / "mosquitto.conf").write_text("\n".join(lines) + "\n")
    yield from _running(Broker(program, ["-c", str(folder / "mosquitto.conf")], folder, port))


@contextmanager
def nats_server(folder: Path, *settings: str) -> Iterator[Broker]:
    """JetStream on disk, synced at each write, and its MQTT door on the next port."""
    port, mqtt = free_port(), free_port()
    lines = [
        f"listen: 127.0.0.1:{port}",
        "server_name: test",
        f'jetstream {{ store_dir: "{folder}/store", sync_interval: always }}',
        f"mqtt {{ listen: 127.0.0.1:{mqtt}, ack_wait: 2s }}",
        *settings,
    ]
    (folder / "nats.conf").write_text("\n".join(lines) + "\n")
    broker = Broker(str(Path(sys.executable).parent / "nats-server"), ["-c", str(folder / "nats.conf")], folder, port)
    broker.mqtt = mqtt
    yield from _running(broker)


def _running(broker: Broker) -> Iterator[Broker]:
    broker.start()
    try:
        yield broker
    finally:
        broker.kill()
