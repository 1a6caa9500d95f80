"""How long an SMS is: what networks count and charge. Pure.

A text of letters of the GSM alphabet (3GPP TS 23.038) goes in septets: 160 in one message, 153 in each part of a longer one, and a few
letters count twice. Any other letter, Bangla's among them, makes the whole text UCS-2: 70 UTF-16 code units, or 67 in each part.
"""

from __future__ import annotations

_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_TWICE = "\f^{}\\[~]|€"
WIDTH = dict.fromkeys(_BASIC, 1) | dict.fromkeys(_TWICE, 2)
GSM, UCS2 = (160, 153), (70, 67)

# Two code points for one letter, as most keyboards and NFC write them; networks charge for each, phones show the same
_SHORTER = {"\u09a1\u09bc": "\u09dc", "\u09a2\u09bc": "\u09dd", "\u09af\u09bc": "\u09df"}
_PLAIN = {
    "৳\u00a0": "Tk ",
    "৳\u202f": "Tk ",
    "৳ ": "Tk ",
    "৳": "Tk ",
    "•": "*",
    "–": "-",
    "—": "-",
    "−": "-",
    "’": "'",
    "‘": "'",
    "“": '"',
    "”": '"',
    "…": "...",
    "\u00a0": " ",
}
_PLAIN |= {"\u202f": " ", "→": ">", "×": "x", "\u2009": " "}


def is_gsm(text: str) -> bool:
    """Whether it goes in the GSM alphabet."""
    return all(letter in WIDTH for letter in text)


def segments(text: str) -> int:
    """How many messages a network makes of exactly this text, and charges for; an empty one is one."""
    widths, (alone, part) = ([WIDTH[letter] for letter in text], GSM) if is_gsm(text) else ([_units(letter) for letter in text], UCS2)
    if sum(widths) <= alone:
        return 1
    count, used = 1, 0
    for width in widths:  # a letter that counts twice is never cut in two
        if used + width > part:
            count, used = count + 1, 0
        used += width
    return count


def _units(letter: str) -> int:
    """UTF-16 code units."""
    return 2 if ord(letter) > 0xFFFF else 1


def sent(text: str) -> str:
    """The text as it leaves: typography is made plain where that saves all of it from UCS-2; ড় ঢ় য় are one unit."""
    plain = text
    for sign, instead in _PLAIN.items():
        plain = plain.replace(sign, instead)
    if is_gsm(plain):
        return plain
    for pair, letter in _SHORTER.items():
        text = text.replace(pair, letter)
    return text
