"""The backtest: forecasts from what was known at each origin, a balance whose true end is known, and figures that can be checked."""

import re
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from io import StringIO
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from bijoli.core.forecast import run_out
from bijoli.core.tariff import energy_cost
from bijoli.core.utility import ProtectedHours
from bijoli.insight import scores
from bijoli.insight.backtest import Home, Setting, home_of, origins, profile_at, replay, spent
from bijoli.insight.calibrate import chosen
from bijoli.insight.management.commands.backtest import newest
from bijoli.metering.intervalfile import IntervalFileError, read_intervals

MONDAY = date(2026, 1, 5)
DHAKA = ZoneInfo("Asia/Dhaka")


def hourly(days, seed=1, restless=0.2):
    """A home's Wh: evenings and Fridays are dearer, and each day is a little different."""
    rng = np.random.default_rng(seed)
    shape = np.where(np.arange(24) >= 18, 900.0, 300.0)
    friday = np.where(np.arange(days) % 7 == 4, 1.4, 1.0)
    return (rng.lognormal(0, restless, days) * friday)[:, None] * shape


def home(days=200, seed=1):
    return Home("made up", MONDAY, hourly(days, seed).ravel())


def write(path, wh):
    begin = np.datetime64(MONDAY.isoformat(), "m")
    rows = [f"{begin + 60 * place},{value / 1000:.4f}" for place, value in enumerate(wh.ravel())]
    path.write_text("\n".join(["start,value", *rows]) + "\n")
    return path


@pytest.fixture
def setting():
    return Setting(newest("LT-A"), DHAKA, ProtectedHours(time(16), time(10), (4, 5)))


def run(*arguments, **options):
    out = StringIO()
    call_command("backtest", *map(str, arguments), stdout=out, **options)
    return out.getvalue()


def test_the_printed_figures_of_a_made_up_home(tmp_path):
    text = run(write(tmp_path / "made.csv", hourly(200)), "--each", "2")
    row = re.search(r"^made  .*$", text, re.M)[0].split()
    _, count, asked, unknown, inside = row[:5]
    mondays = len(range(63, 200, 7))  # the first with 60 days before it is the tenth
    assert int(unknown) == 0
    assert mondays - 2 <= int(count) <= mondays  # a balance may end after the data's end
    assert 2 * int(count) - 4 <= int(asked) <= 2 * int(count)
    assert float(inside.rstrip("%")) >= 80
    assert text.rstrip().endswith("Cuts named inside protected hours: 0.")
    assert run(tmp_path / "made.csv", "--each", "2") == text  # seeded


def test_what_comes_after_an_origin_changes_no_forecast(setting):
    known = home()
    origin = list(origins(known))[6]
    place = (origin - MONDAY).days * 24
    other = Home(known.name, MONDAY, np.concatenate([known.hourly[:place], 7 * known.hourly[place:] + 100]))
    assert profile_at(known, origin) == profile_at(other, origin)
    before, after = ([t for t in replay(one, setting) if t.origin == origin] for one in (known, other))
    assert len(before) == len(after) == setting.each
    at, tariffs = datetime.combine(origin, time(0), DHAKA), lambda _: setting.tariff
    ends = [run_out(400_00, at, 90_000, profile_at(one, origin), tariffs, setting.protected, ()) for one in (known, other)]
    assert ends[0] == ends[1]
    assert sum(t.inside for t in after) < sum(t.inside for t in before)  # but the truth is another


def test_the_balance_is_what_the_home_used_by_the_tariff_each_month_anew(setting):
    known, origin = home(), date(2026, 4, 27)
    place, turn, end = ((day - MONDAY).days * 24 for day in (origin, date(2026, 5, 1), date(2026, 5, 4)))
    april = known.hourly[(date(2026, 4, 1) - MONDAY).days * 24 : place].sum()
    expected = energy_cost(round(april), round(known.hourly[place:turn].sum()), setting.tariff)
    expected += energy_cost(0, round(known.hourly[turn:end].sum()), setting.tariff)
    assert spent(known, origin, 7, setting.tariff) == pytest.approx(expected, abs=20)


def test_a_file_becomes_a_home_of_local_days_with_short_gaps_mended(tmp_path):
    wh = hourly(30)
    wh[3, 5:7] = wh[10, 5:10] = np.nan
    path = write(tmp_path / "home.csv", wh)
    path.write_text("\n".join(line for line in path.read_text().splitlines() if not line.endswith("nan")) + "\n")
    known = home_of(read_intervals(path))
    assert (known.name, known.first_day, len(known.daily)) == ("home", MONDAY, 30)
    assert known.daily[10] is None
    assert known.daily[3] == pytest.approx(np.nansum(wh[3]) + 2 * (wh[3, 4] + wh[3, 7]) / 2, abs=2)
    assert not known.complete(9 * 24, 11 * 24)
    assert known.complete(0, 9 * 24)
    scaled = home_of(read_intervals(path), 250)
    assert np.nanmean(scaled.hourly) * 24 * 365.25 / 12 == pytest.approx(250_000)


def test_constants_are_chosen_on_some_homes_and_shown_on_others(tmp_path, setting):
    on, held = (write(tmp_path / f"{name}.csv", hourly(200, seed)) for seed, name in enumerate(("on", "held"), 1))
    text = run(held, "--choose", on)
    first, second = text.split("Homes held out")
    assert "Constants chosen on 1 files" in first
    assert re.search(r"^on  ", first, re.M)
    assert re.search(r"^held  ", second, re.M)
    assert "on " not in [line[:3] for line in second.splitlines()]


def test_a_wider_choice_makes_a_wider_range(setting):
    calm, wild = (Home("home", MONDAY, hourly(200, 1, restless).ravel()) for restless in (0.05, 0.6))
    narrow, wide = (replace(setting, tuning=chosen([one], DHAKA)) for one in (calm, wild))
    assert sum(narrow.tuning.pooled) < sum(wide.tuning.pooled)
    widths = [scores.score(replay(home(), one)).width_ratio for one in (narrow, wide)]
    assert widths[0] < widths[1]


@pytest.mark.parametrize(
    ("content", "arguments", "says"),
    [
        (b"start,value\n", (), "no rows"),
        (b"\x1f\x8b\x00broken", (), "home.csv"),
        (None, (), "No such file"),
        (b"start,value\n2026-01-05 00:00,1\n2026-01-05 01:00,1\n", ("--tariff", "LT-Z"), "no tariff 'LT-Z'"),
    ],
)
def test_bad_files_and_options_are_named(tmp_path, content, arguments, says):
    path = tmp_path / "home.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(CommandError, match=re.escape(says)):
        run(path, *arguments)


@pytest.mark.parametrize("days", ["0-3", "5-2", "1-90", "x"])
def test_days_that_make_no_sense_are_refused(days):
    with pytest.raises(CommandError, match="days"):
        run("--balance-days", days)


def test_a_home_with_too_short_a_history_gives_no_forecast(tmp_path):
    assert "No forecast" in run(write(tmp_path / "home.csv", hourly(50)))


def test_a_broken_archive_is_named(tmp_path):
    path = tmp_path / "home.csv.gz"
    path.write_bytes(b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03abc")
    with pytest.raises(IntervalFileError, match=re.escape("home.csv.gz")):
        read_intervals(path)


def test_three_days_of_a_flat_home_are_forecast_to_the_hour(setting):
    flat = Home("flat", MONDAY, np.full(150 * 24, 400.0))
    trials = replay(flat, setting)
    assert trials
    assert max(t.error_h for t in trials) < 1
    assert max(t.error_h for t in trials) < max(t.peer_error_h for t in trials)
    assert all(t.inside and t.days_left <= 14 and t.answer.early < t.answer.late for t in trials)
    assert timedelta(0) < min(t.answer.late - t.answer.early for t in trials)
