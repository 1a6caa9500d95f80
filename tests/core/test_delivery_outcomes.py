"""How long to wait for a push service, and when to leave it alone."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bijoli.delivery.origins import FIRST_PAUSE, KEY_PAUSE, LONGEST_PAUSE, PROBE, TROUBLES, Origins
from bijoli.delivery.outcomes import LONGEST_RETRY_AFTER, pause, retry_after_seconds

NOW = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)
ORIGIN = "https://push.test"


def test_pauses_grow_and_then_stay():
    assert [pause(attempts, "", NOW).total_seconds() for attempts in range(1, 7)] == [2, 8, 30, 120, 300, 300]


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("", 0),
        ("0", 0),
        ("17", 17),
        ("999999999999", LONGEST_RETRY_AFTER),
        ("-5", 0),
        ("1.5", 0),
        ("১৭", 0),
        ("soon", 0),
        ("Sun, 22 Nov 2026 06:01:30 GMT", 90),
        ("Sun, 22 Nov 2026 05:00:00 GMT", 0),
        ("Sun, 22 Nov 2099 05:00:00 GMT", LONGEST_RETRY_AFTER),
        ("Sunday, 22-Nov-26 06:01:30 GMT", 90),
        ("Sun Nov 22 06:01:30 2026", 90),
        ("Sun, 99 Nov 2026 06:01:30 GMT", 0),
    ],
)
def test_retry_after_is_understood_in_all_its_forms_and_bounded(value, seconds):
    assert retry_after_seconds(value, NOW) == seconds


@given(st.text(max_size=60), st.integers(1, 50))
def test_no_header_can_break_or_silence_us(value, attempts):
    assert timedelta(seconds=2) <= pause(attempts, value, NOW) <= timedelta(seconds=LONGEST_RETRY_AFTER)


def test_one_unlucky_message_closes_nothing():
    origins = Origins()
    for _ in range(TROUBLES - 1):
        origins.troubled(ORIGIN, 0, "HTTP 503")
    assert origins.wait(ORIGIN, 0) == 0
    origins.answered(ORIGIN, 0, accepted=True)
    origins.troubled(ORIGIN, 0, "HTTP 503")
    assert origins.wait(ORIGIN, 0) == 0


def closed(origins: Origins, now: float = 0) -> None:
    for _ in range(TROUBLES):
        origins.troubled(ORIGIN, now, "HTTP 503")


def test_many_in_a_row_are_a_pause_for_that_service_alone():
    origins = Origins()
    closed(origins)
    assert origins.wait(ORIGIN, 0) == FIRST_PAUSE
    assert origins.wait("https://other.test", 0) == 0


def test_after_the_pause_one_goes_first_and_its_answer_opens_for_all():
    origins = Origins()
    closed(origins)
    later = FIRST_PAUSE
    assert [origins.wait(ORIGIN, later) for _ in range(3)] == [0, PROBE, PROBE]
    origins.answered(ORIGIN, later + 0.1, accepted=True)
    assert origins.wait(ORIGIN, later + 0.1) == 0


def test_those_on_their_way_do_not_make_the_pause_longer_but_a_failed_probe_does():
    origins, now, lengths = Origins(), 0.0, []
    closed(origins)
    for _ in range(500):
        origins.troubled(ORIGIN, 0.5, "curl 28")
    for _ in range(8):
        lengths.append(origins.wait(ORIGIN, now))
        now += lengths[-1]
        assert origins.wait(ORIGIN, now) == 0
        origins.troubled(ORIGIN, now, "curl 28")
    assert lengths == [2, 4, 8, 16, 32, 64, LONGEST_PAUSE, LONGEST_PAUSE]


def test_a_refused_key_stops_unless_it_was_taken_lately():
    origins = Origins()
    assert origins.refused(ORIGIN, 0, "HTTP 401")
    assert origins.wait(ORIGIN, 0) == KEY_PAUSE
    origins.answered(ORIGIN, 100, accepted=True)
    assert not origins.refused(ORIGIN, 200, "HTTP 403")
    assert origins.refused(ORIGIN, 100 + 3601, "HTTP 403")


def test_gone_subscriptions_do_not_prove_the_key():
    origins = Origins()
    origins.answered(ORIGIN, 0, accepted=False)
    assert origins.refused(ORIGIN, 1, "HTTP 401")
