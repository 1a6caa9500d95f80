"""The elements of a JSON array, told apart by brackets and quotes alone: where one of them is no JSON, the others are still whole."""

from __future__ import annotations

import re

# A string, whole or without its end; a bracket; a comma.
_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|[\[\]{},]', re.DOTALL)
_ENDS = {ord("["): ord("]"), ord("{"): ord("}")}
_COMMA, _QUOTE = ord(","), ord('"')


class BadBody(Exception):
    """The body as a whole is not what its type says. Nothing of it is taken."""


def elements(content: bytes) -> list[bytes]:
    """Each element as it came, whatever it is made of. Raises BadBody where the brackets do not close, or this is no array."""
    text = content.strip()
    if not (text.startswith(b"[") and text.endswith(b"]")):
        raise BadBody("the body is no JSON array")
    found, start, open_ones = [], 1, bytearray()
    for token in _TOKEN.finditer(text):
        letter, at = text[token.start()], token.start()
        if letter == _COMMA:
            if len(open_ones) == 1:
                found.append(text[start:at].strip())
                start = at + 1
        elif letter in _ENDS:
            open_ones.append(_ENDS[letter])
        elif letter != _QUOTE and not (open_ones and open_ones.pop() == letter):
            raise BadBody("the body is no JSON array: a bracket is closed that is not open")
        if not open_ones and at != len(text) - 1:
            raise BadBody("the body is no JSON array: something stands behind its end")
    if open_ones:
        raise BadBody("the body is no JSON array: it is not closed")
    last = text[start:-1].strip()
    return [*found, last] if found or last else []
