"""A PostgreSQL cluster of a measurement's own, durable as in production, gone afterwards. Import it before anything of Django."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path


def start() -> Path:
    """Starts the cluster, migrates, and returns the data folder. Once a process."""
    folder = Path(tempfile.mkdtemp(prefix="bijoli-bench-"))
    folder.chmod(0o711)  # the database's account must pass through
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ["BIJOLI_DATA"] = str(folder)
    os.environ["DJANGO_SETTINGS_MODULE"] = "bijoli.config.settings"
    os.environ.pop("DATABASE_URL", None)
    from bijoli.config.postgres import Cluster

    cluster = Cluster()
    cluster.start()
    atexit.register(cluster.stop)  # runs before the folder goes
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    return folder


def process_id() -> int:
    """Of the server's first process."""
    from bijoli.config.postgres import cluster_folder

    return int((cluster_folder() / "postmaster.pid").read_text().splitlines()[0])
