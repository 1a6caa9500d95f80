"""What electricity costs: dated tariffs, their slabs, the lines of a bill, a month's days, and how a prepaid recharge is split.

Energy is Wh, load W, money integer paisa rounded half up. What a tariff file says stands in docs/tariff.md.
"""

from bijoli.core.tariff.charging import charge, demand_charge, energy_cost, energy_lines, late_fee, meter_rent, month_cost
from bijoli.core.tariff.model import (
    PERMILLE,
    W_PER_KW,
    WH_PER_KWH,
    Hours,
    Line,
    Quote,
    Slab,
    Tariff,
    TariffBook,
    TariffError,
    half_up,
)
from bijoli.core.tariff.months import Position, day_costs, month_lines, slab_position
from bijoli.core.tariff.quoting import least_gross, quote, turn_charges
from bijoli.core.tariff.reading import read_one, read_tariff, table_of
from bijoli.core.tariff.timing import split_by_time, time_of

__all__ = [
    "PERMILLE",
    "WH_PER_KWH",
    "W_PER_KW",
    "Hours",
    "Line",
    "Position",
    "Quote",
    "Slab",
    "Tariff",
    "TariffBook",
    "TariffError",
    "charge",
    "day_costs",
    "demand_charge",
    "energy_cost",
    "energy_lines",
    "half_up",
    "late_fee",
    "least_gross",
    "meter_rent",
    "month_cost",
    "month_lines",
    "quote",
    "read_one",
    "read_tariff",
    "slab_position",
    "split_by_time",
    "table_of",
    "time_of",
    "turn_charges",
]
