"""Markdown text to the stretches that are code or formulas, found line by line without parsing.  No Qt.

For counting and for walking through headings, in texts that nobody has looked at.  Every pattern is bounded: a line of
any length costs one look at its beginning."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_MARKS = re.compile(
    r"\n[ \t>]{0,80}+(?P<item>(?:[-*+]|\d{1,9}[.)])[ \t]{1,20}+)?"
    r"(?P<marks>`{3,80}+|~{3,80}+|\$\$)(?P<info>[^\n]{0,400})"
)


@dataclass(frozen=True, slots=True)
class Fenced:
    """Code or a formula between its marks."""

    begin: int
    """Where the line of its opening marks begins."""
    end: int
    """Behind its closing marks; the end of the text where there are none."""
    is_formula: bool


def fenced(text: str) -> Iterator[Fenced]:
    """The code blocks and the formulas that stand alone, from the top; `text` may end within one."""
    marks, begin = "", 0
    if "```" not in text and "~~~" not in text and "$$" not in text:
        return
    for line in _MARKS.finditer("\n" + text):
        found, info = line["marks"], line["info"].strip()
        at = line.start()
        if marks:
            if found.startswith(marks) and not info and not line["item"]:
                yield Fenced(begin, line.end() - 1, marks == "$$")
                marks = ""
        elif found == "$$" and len(info) > 2 and info.endswith("$$"):
            yield Fenced(at, line.end() - 1, True)
        elif found[0] != "`" or "`" not in info:
            marks, begin = found, at
    if marks:
        yield Fenced(begin, len(text), marks == "$$")
