"""One line of a stream to the question whether it is a whole JSON object, without building it."""

from __future__ import annotations

import re

import msgspec

_OPENING = re.compile(rb"[ \t]*\{")
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*("?)', re.DOTALL)
"""A string and its closing quote, missing where the line ends first.  No alternatives within a possessive group:
Python before 3.11.5 matches those wrongly (https://github.com/python/cpython/issues/106052)."""


class _Anything(msgspec.Struct):
    """An object of which nothing is wanted: the decoder only walks over it."""


_walk_over = msgspec.json.Decoder(_Anything).decode


def opens_object(line: bytes | bytearray) -> bool:
    """It begins as a JSON object does."""
    return _OPENING.match(line) is not None


def brace_balance(line: bytes | bytearray) -> int | None:
    """Opening less closing braces outside of strings; None when a string is left open, which no next line can close."""
    balance, outside_from = 0, 0
    for string in _STRING.finditer(line):
        if not string[1]:
            return None
        start = string.start()
        balance += line.count(b"{", outside_from, start) - line.count(b"}", outside_from, start)
        outside_from = string.end()
    return balance + line.count(b"{", outside_from) - line.count(b"}", outside_from)


def is_whole_object(line: bytes | bytearray) -> bool:
    """It begins as an object, and all that it opens is closed; faults inside are for the reader of the JSON to find."""
    if not opens_object(line):
        return False
    try:
        _walk_over(line)
    except (msgspec.DecodeError, RecursionError):
        balance = brace_balance(line)
        return balance is not None and balance <= 0
    return True
