"""deploy/prometheus: rules that can be read, over figures and labels that /metrics has, leading to what the runbook says."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import yaml
from django.utils import timezone

from bijoli.ingest.models import Gateway, Reject
from bijoli.metering.models import Segment
from bijoli.monitor.metrics import registry
from bijoli.payments.models import Difference, Reconciliation
from tests.apps.test_metrics import delivery
from tests.households import person, phone
from tests.processes import CHECKOUT

RULES = [
    rule for group in yaml.safe_load((CHECKOUT / "deploy/prometheus/bijoli.rules.yml").read_text())["groups"] for rule in group["rules"]
]
ANCHORS = {
    re.sub(r"[^\w -]", "", line.lstrip("# ")).strip().lower().replace(" ", "-")
    for line in (CHECKOUT / "docs/runbook.md").read_text().splitlines()
    if line.startswith("#")
}


@pytest.fixture
def figures(db, settings, tmp_path) -> dict[str, set[str]]:
    """The labels that each figure has, in a house where everything has happened once."""
    now = timezone.now()
    backup = tmp_path / "bijoli-20261122T021000Z"
    backup.mkdir()
    (backup / "manifest.json").write_text('{"made": "2026-11-22T02:10:00+00:00"}')
    settings.BACKUPS = str(tmp_path)
    gateway = Gateway.objects.create(name="hes", token_hash=b"1", last_seen_at=now, rows_taken=5)
    Reject.objects.create(gateway=gateway, row=1, reason="unknown meter", body="")
    Segment.objects.create(day=1, first_meter=1, last_meter=1, readings=1, received_at=now, body=b"")
    delivery(phone(person()), status="displayed", queued_at=now, sent_at=now, displayed_at=now)
    Difference.objects.create(reconciliation=Reconciliation.objects.create(day=timezone.localdate() - timedelta(days=1)), kind="amount")
    return {sample.name: set(sample.labels) for family in registry(now).collect() for sample in family.samples}


def test_there_are_rules_and_each_says_what_to_do():
    assert len(RULES) > 10
    for rule in RULES:
        assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}
        assert rule["labels"]["severity"] in {"page", "ticket"}
        page, _, anchor = rule["annotations"]["runbook"].partition("#")
        assert page == "docs/runbook.md"
        assert anchor in ANCHORS, rule["alert"]
        assert rule["expr"].count("(") == rule["expr"].count(")")


def test_each_rule_asks_for_figures_and_labels_that_exist(figures):
    for rule in RULES:
        for name, chosen in re.findall(r"(bijoli_\w+)(?:\{([^}]*)\})?", rule["expr"]):
            assert name in figures, rule["alert"]
            assert set(re.findall(r"(\w+)(?:=~|!~|!=|=)", chosen)) <= figures[name], rule["alert"]
        for label in re.findall(r"by \((\w+)\)|\$labels\.(\w+)", f"{rule['expr']} {rule['annotations']['summary']}"):
            asked = re.findall(r"bijoli_\w+", rule["expr"])
            assert all({*label} - {""} <= figures[name] for name in asked), rule["alert"]


def test_each_figure_is_described(figures):
    text = (CHECKOUT / "docs/operations.md").read_text()
    assert not {name for name in figures if f"`{name}" not in text}
