"""Lines to a paragraph or an underlined heading: a block rule that asks for the end of it only where it can be.

The parser's own rules ask, of each line and twice, eight others whether they would begin there; of a long quote that
was nine tenths of the time.  Most lines begin with a letter, and nothing but a paragraph does.  No Qt."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it.rules_block import StateBlock

ENDS = frozenset({"fence", "blockquote", "hr", "list", "heading", "html_block", "math_block", "table"})
"""The rules that may end a paragraph, which `_FIRST` and `_UNDER_A_HEADER` know."""
_FIRST = frozenset("`~>*-_+#<$\\0123456789")
"""What a line begins with that may be something else than more of the paragraph."""
_UNDER_A_HEADER = frozenset("|-:")
"""What the line below the header of a table begins with."""


def paragraph_or_heading(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """In the place of the rule for underlined headings, which it asks where the two rules would look at other lines."""
    if silent or state.is_code_block(start_line):
        return False
    if end_line != state.lineMax:
        from markdown_it.rules_block import lheading

        return lheading(state, start_line, end_line, silent)
    from markdown_it.common.utils import mdTrim

    state.parentType = "paragraph"  # as the parser's own rule leaves it
    line, level, marker = start_line + 1, 0, ""
    while line < end_line and not state.isEmpty(line):
        indent = state.sCount[line] - state.blkIndent
        if indent <= 3:  # else it goes on with the paragraph, whatever it is
            if indent >= 0 and (marker := _underline(state, line)):
                level = 1 if marker == "=" else 2
                break
            if state.sCount[line] >= 0 and _may_end_at(state, line, end_line) and _ends_at(state, line, end_line):
                break
        line += 1

    kind, tag = ("heading", f"h{level}") if level else ("paragraph", "p")
    content = mdTrim(state.getLines(start_line, line, state.blkIndent, False))
    state.line = line + (1 if level else 0)
    opening = state.push(f"{kind}_open", tag, 1)
    opening.map = [start_line, state.line]
    inline = state.push("inline", "", 0)
    inline.content, inline.map, inline.children = content, [start_line, line], []
    closing = state.push(f"{kind}_close", tag, -1)
    opening.markup = closing.markup = marker
    return True


def _underline(state: StateBlock, line: int) -> str:
    """What a heading is underlined with, if that is all there is in a line."""
    begin, end = state.bMarks[line] + state.tShift[line], state.eMarks[line]
    marker = state.src[begin : begin + 1] if begin < end else ""
    if marker not in ("-", "="):
        return ""
    return "" if state.src[begin:end].rstrip(" \t").strip(marker) else marker


def _may_end_at(state: StateBlock, line: int, end_line: int) -> bool:
    src, at = state.src, state.bMarks[line] + state.tShift[line]
    if src[at : at + 1] in _FIRST:
        return True
    if line + 1 >= end_line:
        return False
    at = state.bMarks[line + 1] + state.tShift[line + 1]
    return src[at : at + 1] in _UNDER_A_HEADER


def _ends_at(state: StateBlock, line: int, end_line: int) -> bool:
    return any(rule(state, line, end_line, True) for rule in state.md.block.ruler.getRules("paragraph"))
