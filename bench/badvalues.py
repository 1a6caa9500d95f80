"""Values as they stand in JSON that are surely wrong in their field, values that are odd, and bytes that break things."""

UNKNOWN = "919999999999"  # a meter that nobody has

NO_NUMBER = (
    '"a lot"', "NaN", "Infinity", "-Infinity", "1e400", "-1e400", "true", "[]", "{}", '"1e400"', '"NaN"', '"sNaN123"', '"Infinity"',
    "1e309",
)  # fmt: skip
NO_NUMBER_NOR_TEXT = (
    '"84.5"', '"৮৪"', '""',
)  # fmt: skip
NO_METER = (
    "66012345678", "null", "true", "[]", '""', '"12"', '"0660123456789"', '"০৬৬০১২৩৪৫৬৭৮"', '"06601234567x"', '"\\u0000"',
    '"0660 1234567"', f'"{UNKNOWN}"', '"+6601234567"', '"٠٦٦٠١٢٣٤٥٦٧٨"', '"\\ud800"', '"-66012345678"', '"６６０１２３４５６７８９"',
)  # fmt: skip
NO_TIME = (
    '"yesterday"', "null", "true", "1.5", "-1", "0", "1795320900000", "99999999999999999999999", '"2026-11-22"',
    '"2026-11-22T10:15:00"', '"2026-02-30T10:15:00Z"', '"2026-11-22T25:15:00Z"', '"2026-11-22T10:15:00+99:00"',
    '"২০২৬-১১-২২T10:15:00Z"', '"0001-01-01T00:00:00+14:00"', '"1999-12-31T23:59:59Z"', '""', '"NaN"', "1e400",
    '"9999-12-31T23:59:59-23:59"', '"2026-11-22T10:15:60Z"', '"1795320900"', '"\\u0000"',
)  # fmt: skip
NO_NAME = (
    '"open"', '"Closed"', "1", "true", "[]", '""', '"\\u0000"', '"known\\u0000"',
)  # fmt: skip
NO_TEXT = (
    "null", "true", "[]", "{}", '""', '"  "', '"\\u0000"', f'"{"x" * 81}"', '"\\ud800"', "1.5",
)  # fmt: skip
NO_CREDIT = (
    "null", '"5"', "[]", "{}", '{"credited": 0}', '{"credited": -5}', '{"credited": "NaN"}', '{"credited": 1e400}',
    '{"credited": "1e999999"}', '{"credited": 0.001}', '{"credited": 1e99}', '{"credited": 5, "charges": 1}',
    '{"credited": 5, "charges": [{"name": "", "amount": 1}]}', '{"credited": 5, "gross": "1e-999999"}',
    '{"credited": 5, "tokens": [null]}', '{"credited": 5, "order": "\\u0000"}', '{"credited": 5, "channel": "' + "x" * 41 + '"}',
    '{"credited": "-0.0"}', '{"credited": "sNaN"}', '{"credited": true}',
)  # fmt: skip
# By field: wrong wherever they stand.
BAD_VALUES = {
    "meter": NO_METER,
    "at": NO_TIME,
    "balance": (*NO_NUMBER, "84.505", "1e300", "-1e13", '"84,50"'),
    "register_kwh": (*NO_NUMBER, *NO_NUMBER_NOR_TEXT, "-1", "1.00001", "1e13"),
    "load_kw": (*NO_NUMBER, *NO_NUMBER_NOR_TEXT, "-0.01", "1.00001", "9e9"),
    "quality": (*NO_NAME, '"guessed"'),
    "relay": NO_NAME,
    "profile": (*NO_TEXT, '"İİİİİİİİİİİİ"', '"1234567890123"', "5"),
    "code": NO_TEXT,
    "id": ("true", "[]", "{}", '""', '"  "', '"\\u0000"', f'"{"x" * 81}"', '"\\ud800"', "1.5"),
    "credit": NO_CREDIT,
}
# What may stand anywhere; whether the row stands then depends.
ODD_VALUES = (
    "-0.0", "1e-400", "0e400", "1E5", '"-0.0"', '"৮৪"', '" 84.50 "', '"1_000"', '"1e2"', "null", '""', "123456789012345678901234567890",
    '"\\ud83d\\ude00"', '"\\u09f3"', "0.1e1", '"İ"', "-9223372036854775808", "9223372036854775807", "18446744073709551616", "9" * 500,
)  # fmt: skip
# Put in between.
SPICE = (
    b"\xff", b"\x00", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\xc0\xaf", b"\xf4\x90\x80\x80", b"\r", b"\x1f\x8b", b"\\u0000", b"\\", b'"',
    b"{", b"}", b"[", b"]", b",", b":", b" ", b"\t", b"1e999999999", b"\xe2\x80\xa8", b"\x0b", b"\x85", b"\xc2\xa0", b"-", b"NaN",
    b"null",
)  # fmt: skip
