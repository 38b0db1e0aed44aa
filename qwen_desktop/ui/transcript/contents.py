"""A reply's Markdown to what it holds besides text: how many code blocks, tables and formulas, in words.  No Qt."""

from __future__ import annotations

import re

from qwen_desktop.core.words import tr

_LINE = re.compile(
    r"^[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)?(?:(?P<fence>`{3,}|~{3,}|\$\$)(?P<info>[^\n]*)"
    r"|(?P<row>\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-*:?[ \t]*)+)|(?P<dollars>[^\n]*\$[^\n]*))$",
    re.MULTILINE,
)
_INLINE = re.compile(r"(?<![\\$\w])\$(?![\s$])[^$\n]{0,400}?(?<![\s\\])\$(?![\d$])")


def counts_of(text: str) -> tuple[int, int, int]:
    """Code blocks, tables and formulas."""
    code = tables = formulas = 0
    fence = ""
    for line in _LINE.finditer(text):
        marks, info = line["fence"], (line["info"] or "").strip()
        if fence:
            if marks and marks.startswith(fence) and not info:
                fence = ""
        elif marks == "$$":
            formulas += 1
            fence = "" if len(info) > 2 and info.endswith("$$") else marks
        elif marks and not (marks[0] == "`" and "`" in info):
            code += 1
            fence = marks
        elif line["row"]:
            tables += 1
        elif line["dollars"]:
            formulas += len(_INLINE.findall(line["dollars"]))
    return code, tables, formulas


def contents_words(text: str) -> str:
    """What a screen reader says about it; empty for plain text."""
    code, tables, formulas = counts_of(text)
    parts = [
        tr("code blocks: {count}", count=code) if code else "",
        tr("tables: {count}", count=tables) if tables else "",
        tr("formulas: {count}", count=formulas) if formulas else "",
    ]
    return " · ".join(part for part in parts if part)
