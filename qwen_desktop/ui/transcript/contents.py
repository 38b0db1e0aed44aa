"""A reply's Markdown to what it holds besides text: how many code blocks, tables and formulas, in words.  No Qt."""

from __future__ import annotations

import re

from qwen_desktop.core.words import tr
from qwen_desktop.ui.transcript.fences import fenced

_ROW = re.compile(r"\n[ \t>]{0,80}+\|?[ \t]{0,20}+:?-{1,400}+:?[ \t]{0,20}+\|[-:| \t]{0,400}+(?=\n|\Z)")
"""The line below the heads of a table."""
_INLINE = re.compile(r"(?<![\\$\w])\$(?![\s$])[^$\n]{0,400}?(?<![\s\\])\$(?![\d$])")


def counts_of(text: str) -> tuple[int, int, int]:
    """Code blocks, tables and formulas."""
    code = tables = formulas = at = 0
    for stretch in (*fenced(text), None):
        begin = len(text) if stretch is None else stretch.begin
        tables += len(_ROW.findall(text, at, begin)) if "|" in text else 0
        formulas += len(_INLINE.findall(text, at, begin)) if "$" in text else 0
        if stretch is not None:
            at = stretch.end
            formulas += stretch.is_formula
            code += not stretch.is_formula
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
