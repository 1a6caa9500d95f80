"""What holds for all kinds together: several alerts of one reading, repeats, memories that survive, the filter before the rules."""

import random
from dataclasses import asdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bijoli.core.alerts.memory import OF_KIND, dump, load
from bijoli.core.alerts.stages import KINDS, STAGES, Severity
from bijoli.core.conditions import Relay
from tests.core.alerts_loop import Meter


def test_one_reading_that_is_low_and_over_the_limit_makes_two_pushes():  # (20)
    meter = Meter().reading(150, 3).reading(99, 5.2)
    assert sorted(meter.pushed) == ["L1", "O1"]
    assert max(meter.stages, key=lambda stage: stage.severity).code == "O1"


def test_the_same_reading_again_says_nothing_more():
    """`record` hands a reading on once; should it come twice all the same, no stage is reached twice."""
    meter = Meter(filtered=False).balances(150, 99, 99, 99, 40, 40).loads(5.2, 5.2, 5.6, 5.6)
    assert meter.pushed == ["L1", "L2", "O1", "O2"]


TABLE = """
    kind      severity  TTL      urgency  gap, hours  pushed  replaces
L0  low       notice    86400    normal   0           yes     -
L1  low       notice    86400    high     72          yes     -
L2  low       warning   86400    high     12          yes     -
L3  low       high      86400    high     6           yes     -
Z1  zero      high      21600    high     0           yes     -
Z2  zero      critical  14400    high     0           yes     -
Z3  zero      critical  14400    high     0           yes     -
ZR  zero      info      14400    high     0           yes     zero,low
O1  overload  warning   900      high     1           yes     -
O2  overload  high      900      high     0.25        yes     -
O3  overload  critical  900      high     1           yes     -
OR  overload  info      900      high     0           no      overload
T1  tamper    high      259200   high     0           yes     -
T2  tamper    high      259200   high     0           yes     -
TR  tamper    high      259200   high     0           yes     tamper
"""


@pytest.mark.parametrize("line", TABLE.strip().splitlines()[1:])
def test_each_stage_is_what_the_table_of_the_specification_says(line):
    code, kind, severity, ttl, urgency, gap, pushed, replaces = line.split()
    rule = STAGES[code]
    assert (rule.kind, rule.severity.name.lower(), rule.ttl_s, rule.urgency) == (kind, severity, int(ttl), urgency)
    assert (rule.gap_s, rule.pushed, ",".join(rule.supersedes) or "-") == (float(gap) * 3600, pushed == "yes", replaces)


def test_the_table_is_whole_and_what_is_worse_leaves_first():
    assert {line.split()[0] for line in TABLE.strip().splitlines()[1:]} == set(STAGES)
    assert {rule.kind for rule in STAGES.values()} == set(KINDS)
    assert [severity.name.lower() for severity in sorted(Severity)] == ["info", "notice", "warning", "high", "critical"]


def test_a_memory_of_another_version_is_read_all_the_same():
    for kind, memory in OF_KIND.items():
        assert load(kind, {"opened": 5, "of_another_version": True}) == memory(opened=5)
        assert dump(memory(opened=5))["opened"] == 5


# The filter: what `record` does not hand on, the rules would not have acted on.

MONEY = st.none() | st.sampled_from(
    [-20.0, -0.01, 0.0, 0.01, 20, 49.99, 50, 51, 99, 99.99, 100, 101, 119.99, 120, 200, 239, 240, 299, 360, 500]
)
LOAD = st.sampled_from([None, 0.0, 2.0, 4.75, 4.76, 5.0, 5.01, 5.5, 5.51, 7.0])
RELAY = st.sampled_from([Relay.UNKNOWN] * 6 + list(Relay))
WORD = st.sampled_from([""] * 12 + ["credit", "overload", "zero_balance", "supply_off", "supply_on", "tamper_cover"])
STEP = st.sampled_from([1, 15, 15, 15, 45, 60, 300, 1500])
READINGS = st.lists(st.tuples(MONEY, LOAD, RELAY, STEP, WORD), min_size=5, max_size=60)
OWN = st.sampled_from([(), (200,), (200, 300)])


def told(steps, own, filtered):
    meter = Meter(own_limits=own, filtered=filtered, ticks=True)
    for taka, kw, relay, minutes, word in steps:
        if word:
            _say(meter, word)
        meter.reading(taka, kw, relay).wait(minutes=minutes - 15)
    return [{**asdict(stage), "facts": dict(stage.facts)} for stage in meter.stages], meter.open


def _say(meter, word):
    """A credit or an event between two readings: these are handed on always."""
    meter.wait(seconds=-30)
    (meter.credit(50) if word == "credit" else meter.event(word)).wait(seconds=30)


@settings(max_examples=400, deadline=None)
@given(READINGS, OWN)
def test_the_filter_never_drops_a_reading_that_the_rules_would_act_on(steps, own):
    assert told(steps, own, filtered=True) == told(steps, own, filtered=False)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), OWN)
def test_the_same_holds_over_a_month_of_use_and_recharges(seed, own):
    chance, balance, steps = random.Random(seed), 300.0, []
    for _ in range(700):
        balance = round(balance - chance.choice([0, 0.5, 3, 20]), 2)
        balance += chance.choice([0] * 40 + [30, 70, 200])
        known = chance.random() > 0.1
        steps.append((balance if known else None, chance.choice([1, 3, 4.8, 5.2, 5.7, None]), Relay.UNKNOWN, 60, ""))
    assert told(steps, own, filtered=True) == told(steps, own, filtered=False)


@settings(max_examples=200, deadline=None)
@given(READINGS, OWN)
def test_one_open_episode_of_a_kind_and_every_closing_was_opened(steps, own):
    meter = Meter(own_limits=own, ticks=True)
    for taka, kw, relay, minutes, _ in steps:
        meter.reading(taka, kw, relay).wait(minutes=minutes - 15)
    open_now: set[str] = set()
    for decision in meter.decisions:
        assert decision.opened == (decision.kind not in open_now)
        open_now = open_now - {decision.kind} if decision.closed else open_now | {decision.kind}
    assert open_now == meter.open
    assert not {"low", "zero"} <= open_now
