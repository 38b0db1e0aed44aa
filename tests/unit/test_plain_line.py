"""Any text becomes one harmless line of bounded length, at a bounded cost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qwen_desktop.core.plain_line import plain_line


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", ""),
        ("  two\twords \n\n here ", "two words here"),
        ("Three & days <b>in</b> Beijing", "Three & days <b>in</b> Beijing"),
        ("a\x1b[31mb\x00c", "a[31mbc"),
        ("a\N{RIGHT-TO-LEFT OVERRIDE}b\N{ZERO WIDTH SPACE}c\N{SOFT HYPHEN}d", "abcd"),
        ("a\N{LINE SEPARATOR}b\N{NO-BREAK SPACE}c\N{IDEOGRAPHIC SPACE}d", "a b c d"),
        ("lone \ud800 half", "lone half"),
        ("北京三日游安排", "北京三日游安排"),
        ("0123456789abcdef", "012345678…"),
        ("01234567  89abcdef", "01234567…"),
        ("\n" * 1_000_000 + "x", ""),
    ],
)
def test_line_is_what_can_be_read(text: str, line: str) -> None:
    assert plain_line(text, 10 if len(text) >= 16 and text[0] == "0" else 60) == line


@given(st.text(), st.integers(1, 50))
def test_line_is_always_harmless(text: str, most_characters: int) -> None:
    line = plain_line(text, most_characters)
    assert len(line) <= most_characters
    assert line.isprintable()
    assert line == line.strip()
    line.encode("utf-8")
