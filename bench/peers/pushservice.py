"""Starts the push service that the senders are measured against: Node's own HTTP/2 server, with TLS that the senders verify."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.peers import node

SCRIPT = Path(__file__).with_name("pushservice.mjs")


@dataclass(frozen=True, slots=True)
class Service:
    """`authority` is the CA file that its certificate is verified by."""

    host: str
    port: int
    authority: Path

    @property
    def connect_to(self) -> list[str]:
        """For curl: calls to the host's ordinary port go there."""
        return [f"{self.host}:443:127.0.0.1:{self.port}"]


@contextmanager
def running(host: str) -> Iterator[Service]:
    """A push service named `host` on a free port of loopback, on the cores that the caller is bound to now."""
    from tests import certificates

    with tempfile.TemporaryDirectory(prefix="bijoli-peer-") as folder:
        authority, server = certificates.make(Path(folder), host)
        command = [str(node.node()), str(SCRIPT), str(server)]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        try:
            assert process.stdout is not None
            yield Service(host, int(process.stdout.readline()), authority)
        finally:
            process.terminate()
            process.communicate(timeout=10)
