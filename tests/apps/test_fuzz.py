"""A small run of what `python -m bench fuzz` does with 100,000 batches."""

from __future__ import annotations

import logging

import pytest

from bench.fuzz import Fuzz

pytestmark = pytest.mark.django_db


def test_no_mutated_batch_brings_a_door_down_or_loses_a_row(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)
    fuzz = Fuzz(seed=1)
    fuzz.run(1_500)
    assert fuzz.failures == [], fuzz.table()
    assert fuzz.counted["good rows"] > 4_000
    assert fuzz.counted["named"] > 2_000
