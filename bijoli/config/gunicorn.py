"""gunicorn's settings: `gunicorn -c python:bijoli.config.gunicorn bijoli.config.wsgi`. What differs by machine is an environment variable.

gunicorn's own access log stays off: it would write addresses and queries. Ours writes a line for each request (monitor/logs/requests.py).
"""

from __future__ import annotations

import gc
import os
from typing import Any

from gunicorn.glogging import Logger

from bijoli.config import logs


class GuardedLogger(Logger):  # type: ignore[misc]
    """Hands everything to the one log."""

    def setup(self, cfg: Any) -> None:
        logs.configure()
        self.error_log.propagate = True  # the base class cuts it off

    def access(self, *_: Any, **__: Any) -> None:
        """Nothing: see above."""

    def reopen_files(self) -> None:
        """There are none."""

    def close_on_exec(self) -> None:
        """There are none."""


logger_class = GuardedLogger
bind = os.environ.get("BIJOLI_BIND", "127.0.0.1:8000")
# Pages are made by the processor: one more process than cores fills the waits, and few threads keep them from waiting for each other
workers = int(os.environ.get("WEB_CONCURRENCY", len(os.sched_getaffinity(0)) + 1))
threads = int(os.environ.get("BIJOLI_WEB_THREADS", "4"))
worker_class = "gthread"
timeout = 60  # a worker that is silent for so long is started anew
graceful_timeout = 30
keepalive = 75  # longer than the proxy's, so that it is the proxy that ends an idle connection
max_requests = 100_000
max_requests_jitter = 10_000
control_socket_disable = True


def post_worker_init(_worker: Any) -> None:
    """What stays for as long as the process is looked through for garbage no more: that stopped every page of a worker for 80 ms."""
    gc.collect()
    gc.freeze()
