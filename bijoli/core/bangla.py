"""Numbers, money and times as people in Bangladesh write and say them, in Bangla and in English.

Lakh grouping (12,34,567) in both languages. Times come in aware and already in the local zone; `language` is "bn" or "en".
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

BANGLA_DIGITS = str.maketrans("0123456789", "০১২৩৪৫৬৭৮৯")
LATIN_DIGITS = str.maketrans("০১২৩৪৫৬৭৮৯", "0123456789")
MINUS = "\u2212"
MONTHS = {
    "bn": ["জানুয়ারি", "ফেব্রুয়ারি", "মার্চ", "এপ্রিল", "মে", "জুন", "জুলাই", "আগস্ট", "সেপ্টেম্বর", "অক্টোবর", "নভেম্বর", "ডিসেম্বর"],
    "en": ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"],
}
WEEKDAYS = {"bn": ["সোম", "মঙ্গল", "বুধ", "বৃহঃ", "শুক্র", "শনি", "রবি"], "en": ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]}
WEEKDAYS_LONG = {
    "bn": ["সোমবার", "মঙ্গলবার", "বুধবার", "বৃহস্পতিবার", "শুক্রবার", "শনিবার", "রবিবার"],
    "en": ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
}
PARTS_OF_DAY = ((4, "রাত"), (6, "ভোর"), (12, "সকাল"), (15, "দুপুর"), (18, "বিকাল"), (20, "সন্ধ্যা"), (24, "রাত"))  # until this hour
_PART_OF_HOUR = [next(word for until, word in PARTS_OF_DAY if hour < until) for hour in range(24)]
PARTS_IN_ENGLISH = ((5, "night"), (12, "morning"), (17, "afternoon"), (21, "evening"), (24, "night"))
STEPS = ((60, 1, ("second", "সেকেন্ড")), (3600, 60, ("minute", "মিনিট")), (86400, 3600, ("hour", "ঘণ্টা")), (None, 86400, ("day", "দিন")))


def digits(text: str, language: str) -> str:
    """The text with the digits of the language."""
    return text.translate(BANGLA_DIGITS if language == "bn" else LATIN_DIGITS)


def latin(text: str) -> str:
    """The text with Latin digits, whatever was typed."""
    return text.translate(LATIN_DIGITS)


def number(value: Decimal | int, language: str, decimals: int = 0) -> str:
    """1234567 -> "12,34,567", rounded half up to `decimals`, in the digits of the language."""
    return _said(int((Decimal(value).scaleb(decimals)).to_integral_value(ROUND_HALF_UP)), language, decimals)


def part(value: int, whole: int, language: str, decimals: int) -> str:
    """`value / whole` like `number`: paisa as taka, Wh as kWh. In integers, as pages say hundreds of them."""
    scaled = (2 * abs(value) * 10**decimals + whole) // (2 * whole)
    return _said(scaled if value >= 0 else -scaled, language, decimals)


def _said(scaled: int, language: str, decimals: int) -> str:
    """A number of 10^-decimals."""
    text = f"{abs(scaled):0{decimals + 1}d}"
    whole, rest = (text[:-decimals], "." + text[-decimals:]) if decimals else (text, "")
    return digits((MINUS if scaled < 0 else "") + (_lakh(whole) if len(whole) > 3 else whole) + rest, language)


def _lakh(whole: str) -> str:
    head, tail = whole[:-3], whole[-3:]
    pairs = []
    while head:
        head, pair = head[:-2], head[-2:]
        pairs.append(pair)
    return ",".join([*reversed(pairs), tail])


def taka(paisa: int, language: str, decimals: int = 2) -> str:
    """Paisa as "৳ 1,23,456.78"."""
    return f"৳ {part(paisa, 100, language, decimals)}"


def kwh(wh: int, language: str, decimals: int = 1) -> str:
    """Wh as units (kWh), the numeral alone."""
    return part(wh, 1000, language, decimals)


def kw(w: int, language: str, decimals: int = 2) -> str:
    """W as kilowatts, the numeral alone, without zeros at the end: 5.60 -> "5.6", 5.00 -> "5"."""
    text = part(w, 1000, "en", decimals)
    return digits(text.rstrip("0").rstrip(".") if "." in text else text, language)


def clock(at: datetime, language: str) -> str:
    """ "সকাল ১০:১৫" or "10:15 am"."""
    hour = at.hour % 12 or 12
    if language == "bn":
        return f"{_PART_OF_HOUR[at.hour]} " + f"{hour}:{at.minute:02}".translate(BANGLA_DIGITS)
    return f"{hour}:{at.minute:02} {'am' if at.hour < 12 else 'pm'}"


def day(on: date, today: date, language: str) -> str:
    """ "আজ", "গতকাল", "১২ নভেম্বর", with the year where it is another one."""
    words = {0: ("Today", "আজ"), 1: ("Yesterday", "গতকাল"), -1: ("Tomorrow", "আগামীকাল")}
    if named := words.get((today - on).days):
        return named[language == "bn"]
    year = "" if on.year == today.year else f" {on.year}"
    return digits(f"{on.day} {MONTHS[language][on.month - 1]}{year}", language)


def when(at: datetime, now: datetime, language: str) -> str:
    """ "আজ, সকাল ১০:১৫"."""
    return f"{day(at.date(), now.date(), language)}, {clock(at, language)}"


def weekday(on: date, language: str) -> str:
    """Short name of the day of the week."""
    return WEEKDAYS[language][on.weekday()]


def about(at: datetime, now: datetime, language: str) -> str:
    """A moment to come, roughly: "today evening", "Thursday evening" within the week, "3 December" later. Local times."""
    parts = PARTS_OF_DAY if language == "bn" else PARTS_IN_ENGLISH
    ahead, part_name = (at.date() - now.date()).days, next(word for until, word in parts if at.hour < until)
    if ahead > 6:
        return day(at.date(), now.date(), language)
    if ahead > 1:
        return f"{WEEKDAYS_LONG[language][at.weekday()]} {part_name}"
    named = day(at.date(), now.date(), language)
    return f"{named if language == 'bn' else named.lower()} {part_name}"


def month(on: date, language: str) -> str:
    """ "নভেম্বর ২০২৬"."""
    return digits(f"{MONTHS[language][on.month - 1]} {on.year}", language)


def duration(seconds: float, language: str) -> str:
    """The largest whole unit: "৪ মিনিট", "2 days"."""
    size, (english, bangla) = next((size, names) for until, size, names in STEPS if until is None or seconds < until)
    count = max(0, int(seconds // size))
    if language == "bn":
        return f"{number(count, 'bn')} {bangla}"
    return f"{number(count, 'en')} {english}{'' if count == 1 else 's'}"


def ago(seconds: float, language: str) -> str:
    """ "৪ মিনিট আগে"; under ten seconds "এইমাত্র"."""
    if seconds < 10:
        return "এইমাত্র" if language == "bn" else "just now"
    return f"{duration(seconds, language)} {'আগে' if language == 'bn' else 'ago'}"
