"""How the web process is run: gunicorn reads this file by itself when it is started in the checkout. Options of the command line win."""

import os

workers = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 2
threads = 8
control_socket_disable = True
