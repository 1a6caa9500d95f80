"""How the web process is run: gunicorn reads this file by itself when it is started in the checkout. Options of the command line win."""

import os

from bijoli.config.gunicorn import GuardedLogger as logger_class  # noqa: F401 - nothing of a person in gunicorn's own lines
from bijoli.config.gunicorn import post_worker_init  # noqa: F401

workers = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 2
threads = 8
control_socket_disable = True
