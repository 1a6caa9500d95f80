"""The town in which the staff's pages are measured is filled by SQL of its own, which must still fit the tables. A small one here."""

import json
import os
import subprocess
import sys

from tests.processes import CHECKOUT

TOWN = """
import json, time
from bench import cluster, fleet, stafftown
cluster.start()
from django.apps import apps
from django.conf import settings
divisions = [one.division for one in settings.UTILITY.offices]
fleet.grow(0, 650, divisions, 1_300_000_000, feeder=10)
stafftown.fill(int(time.time()) - 600, int(time.time()) // 86_400, divisions)
names = "complaints.Complaint", "payments.Order", "delivery.Delivery", "alerts.Dispute", "insight.Unexplained", "staff.Looked"
print(json.dumps({name: apps.get_model(name).objects.count() for name in names}))
"""


def test_the_staffs_town_fills():
    done = subprocess.run(
        [sys.executable, "-c", TOWN],
        cwd=CHECKOUT,
        env={name: value for name, value in os.environ.items() if not name.startswith(("BIJOLI_", "DJANGO_"))},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    rows = json.loads(done.stdout.splitlines()[-1])
    assert min(rows.values()) > 0, rows
