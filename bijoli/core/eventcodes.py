"""What the codes of meters and head-ends mean: one table for each list of codes, since the same number means different things in two lists.

A table's entry is `code: (kind, begins)`; in a pair the first code begins what the second ends. Sources: IS 15959 (India's DLMS companion,
three independent code lists), the DLMS/COSEM standard event log as IDIS, DSMR and SMR use it, IEC 61968-9 (CIM) end device event types,
DLMS prepayment objects (classes 111 and 70).
"""

from __future__ import annotations

from collections.abc import Iterable

Table = dict[str, tuple[str, bool | None]]


def _pairs(kind: str, *pairs: tuple[str | int, str | int]) -> Table:
    """Codes that come as (occurrence, restoration)."""
    return {str(code): (kind, begins) for pair in pairs for code, begins in zip(pair, (True, False), strict=True)}


def _alone(kind: str, codes: Iterable[str | int], begins: bool | None = None) -> Table:
    """Codes without a counterpart."""
    return {str(code): (kind, begins) for code in codes}


IS15959: Table = {
    **_pairs("power_fail", (1, 2), (3, 4), (5, 6)),  # a phase's voltage is missing
    **_pairs("over_voltage", (7, 8)),
    **_pairs("low_voltage", (9, 10)),
    **_alone("info", (11, 12, 63, 64, 205, 206)),  # unbalance of voltage and current, low power factor
    **_pairs("tamper_current", (21, 22), (51, 52), (53, 54), (55, 56), (57, 58), (59, 60), (61, 62), (65, 66), (81, 82)),
    **_pairs("overload", (67, 68), (215, 216)),
    **_pairs("tamper_neutral", (69, 70), (83, 84), (203, 204), (207, 208)),
    **_alone("power_fail", (85, 101), True),
    **_alone("power_restore", (86, 102), False),
    **_alone("config_change", (*range(151, 167), 182, 183, 211, 212, 213, 214)),
    **_pairs("tamper_magnet", (201, 202)),
    **_pairs("tamper_comm", (209, 210)),
    **_alone("tamper_cover", (251,), True),  # never restored: the log of cover openings does not roll over
    **_alone("meter_fault", (252, 253), True),  # the load switch is welded; lists differ in the number
    **_alone("supply_off", (301,), True),
    **_alone("supply_on", (302,), False),
    **_pairs("meter_fault", (889, 890)),
}

DLMS: Table = {
    **_alone("info", (255, 9, 10, 11)),
    **_alone("power_fail", (1, *range(86, 89)), True),
    **_alone("power_restore", (2, *range(90, 93)), False),
    **_alone("config_change", (3, 4, 5, 6, 17, 18, 47)),
    **_alone("meter_fault", (7, 8, *range(12, 17)), True),
    **_pairs("tamper_comm", (21, 22)),
    **_pairs("tamper_cover", (40, 41), (44, 45), (48, 49)),
    **_pairs("tamper_magnet", (42, 43)),
    **_alone("tamper_comm", (46,)),  # a failed login is no removal: it neither begins nor ends
    **_alone("low_voltage", range(77, 80), True),
    **_alone("info", (103, 113, 123, 133)),  # fraud attempt on an M-Bus device: another meter than this
}
# 80 to 85 are voltage codes of opposite meaning in two lists; plain `dlms` does not know them
DSMR: Table = DLMS | _alone("low_voltage", range(80, 83), True) | _alone("over_voltage", range(83, 86), True)
SMR: Table = DLMS | _alone("over_voltage", range(80, 83), True) | _alone("over_voltage", range(83, 86), False)

CIM: Table = {  # without the first part, the type of device, which senders fill in differently
    **_pairs("tamper_cover", ("12.0.257", "12.0.291"), ("12.43.257", "12.43.291"), ("12.141.212", "12.141.16"), ("12.29.212", "12.29.16")),
    **_alone("tamper_cover", ("12.17.257",), True),
    **_pairs("tamper_magnet", ("12.66.242", "12.66.243")),
    **_pairs("tamper_current", ("12.48.219", "12.48.28"), ("12.93.219", "12.93.28"), ("12.6.219", "12.6.28")),
    **_alone("tamper_comm", ("12.136.38", "12.136.85", "12.24.85")),
    **_pairs("overload", ("15.261.139", "15.261.216")),
    **_alone("supply_off", ("31.26.68", "15.26.68"), True),
    **_alone("supply_on", ("31.26.42", "15.26.42"), False),
    **_alone("power_fail", ("26.38.85", "26.80.59", "26.25.85"), True),
    **_alone("power_restore", ("26.38.49",), False),
    **_alone("low_voltage", ("26.79.223",), True),
    **_alone("over_voltage", ("26.79.248",), True),
    **_alone("config_change", ("15.261.24", "36.116.24", "7.31.24")),
    **_alone("info", ("8.0.215",)),
    **_alone("meter_fault", ("2.22.150", "2.0.85", "9.83.159", "11.46.79"), True),
    **_alone("meter_fault", (f"18.{part}.{fault}" for part in (72, 85, 92) for fault in (79, 85)), True),
    **_alone("meter_fault", (f"18.{part}.28" for part in (72, 85, 92)), False),
    **_alone("meter_fault", ("18.1.199", "18.1.220", "21.1.79"), True),
    **_alone("meter_fault", ("18.1.28", "21.1.28"), False),
}

PREPAY: Table = {  # states of the DLMS account (class 111) and disconnect control (class 70), by name or by bit
    **_alone("low_balance", ("low_credit", "0x02"), True),
    **_alone("zero_balance", ("out_of_credit", "0x40"), True),
    **_alone("emergency_credit", ("emergency_credit", "0x20"), True),
    **_alone("supply_off", ("disconnected", "ready_for_reconnection"), True),
    **_alone("supply_on", ("connected",), False),
}

IDIS: Table = DLMS  # what the three have in common; its own codes beyond that stay unmapped until a maker's list says them

TABLES: dict[str, Table] = {
    "is15959": IS15959,
    "dlms": DLMS,
    "idis": IDIS,
    "dsmr": DSMR,
    "smr": SMR,
    "cim": CIM,
    "prepay": PREPAY,
}
