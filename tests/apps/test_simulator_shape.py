"""Any file of interval data gives a load shape: whole weeks from a Monday on, gaps and double stamps mended."""

import gzip

import numpy as np
import pytest

from bijoli.simulator.shape import MONDAY, WEEK_SLOTS, ShapeError, read_shape, shipped

MONDAY_2026 = np.datetime64("2026-01-05T00:00:00")


def write(path, header, rows):
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


def hours(days):
    return [MONDAY_2026 + np.timedelta64(n, "h") for n in range(days * 24)]


def test_the_shipped_samples_are_whole_years_of_quarters_of_an_hour():
    shapes = shipped()
    assert len(shapes) == 3
    for shape in shapes:
        assert len(shape.levels) % (52 * WEEK_SLOTS) == 0
        assert shape.first_slot % WEEK_SLOTS == 0
        assert shape.levels.mean() == pytest.approx(1, abs=1e-3)
        assert not np.isnan(shape.levels).any()


def test_a_file_by_name_with_other_columns_and_american_dates(tmp_path):
    rows = [f"{at.astype(object):%m/%d/%Y %H:%M:%S},{0.5 + at.astype(object).hour / 24:.3f},1,0,0" for at in hours(15)]
    shape = read_shape(write(tmp_path / "home.csv", "DateTime,Consumption kWh,Off-peak,Mid-peak,On-peak", rows))
    assert len(shape.levels) == 2 * WEEK_SLOTS
    assert shape.first_slot == (int(MONDAY_2026.astype(int)) - MONDAY) // 900
    assert shape.levels[:4] * shape.mean_w == pytest.approx([500.0] * 4, abs=0.1)
    assert shape.levels[23 * 4] * shape.mean_w == pytest.approx(1458, abs=0.5)


def test_kwh_of_half_an_hour_is_twice_the_load_and_a_zone_keeps_the_written_clock(tmp_path):
    stamps = [MONDAY_2026 + np.timedelta64(30 * n, "m") for n in range(7 * 48)]
    text = "start,value\n" + "".join(f"{str(at).replace('T', ' ')}+06:00,0.25\n" for at in stamps)
    (tmp_path / "zoned.csv.gz").write_bytes(gzip.compress(text.encode()))
    shape = read_shape(tmp_path / "zoned.csv.gz")
    assert shape.mean_w == pytest.approx(500)
    assert shape.first_slot % WEEK_SLOTS == 0


def test_a_double_stamp_counts_once_and_a_gap_takes_the_same_time_of_other_weeks(tmp_path):
    rows = [f"{at},{2.0 if at.astype(object).hour == 19 else 1.0}" for at in hours(21)]
    gap = [row for row in rows if not row.startswith("2026-01-14T19")]
    twice = [*gap[:100], gap[100].replace(",1.0", ",3.0"), *gap[100:]]
    shape = read_shape(write(tmp_path / "torn.csv", "start,value", twice))
    load_w = shape.levels * shape.mean_w
    assert load_w[(9 * 24 + 19) * 4] == pytest.approx(2000, abs=1)
    assert load_w[100 * 4] == pytest.approx(2000, abs=1)


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([], "no rows"),
        (["a,1", "b,2"], "no column of times"),
        (["2026-01-05 00:00,x", "2026-01-05 01:00,y"], "no column of numbers beside 'start'"),
        ([f"{at},1" for at in hours(3)], "less than one whole week"),
        ([f"{at},0" for at in hours(8)], "no use at all"),
        ([f"2026-01-05 00:{minute:02d}:00,1" for minute in range(60)], "intervals of 60 s"),
        (["2026-01-05 00:00,1", "yesterday,2"], "not all of one layout"),
    ],
)
def test_a_file_that_is_no_interval_data_is_named_with_the_reason(tmp_path, rows, says):
    with pytest.raises(ShapeError, match=says) as refused:
        read_shape(write(tmp_path / "bad.csv", "start,value", rows))
    assert "bad.csv" in str(refused.value)
