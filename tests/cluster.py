"""A PostgreSQL cluster of the tests' own, started before Django reads its settings (`-p tests.cluster`) and gone with them."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path


def _start() -> None:
    folder = Path(tempfile.mkdtemp(prefix="bijoli-test-"))
    folder.chmod(0o711)  # the database's account must pass through
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ["BIJOLI_DATA"] = str(folder)
    os.environ.pop("DATABASE_URL", None)
    from bijoli.config.postgres import Cluster

    cluster = Cluster(fsync=False)
    cluster.start()
    atexit.register(cluster.stop)  # runs before the folder goes


_start()
