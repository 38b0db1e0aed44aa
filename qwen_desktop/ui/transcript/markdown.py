"""Markdown to tokens: the one parser set-up that every block of every reply goes through.

CommonMark (https://spec.commonmark.org/0.31.2/) with tables and strikethrough (https://github.github.com/gfm/) and
dollar math; both read 2026-11-23.  Raw HTML is off: a tag is text.  No Qt.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock

DEEPEST_LEVEL = 60
"""Nesting beyond which the parser stops looking (each quote counts 1, each list 2)."""


@cache
def parser() -> MarkdownIt:
    """The parser, built at its first use: the first frame of the window does not pay for it."""
    from markdown_it import MarkdownIt
    from mdit_py_plugins.dollarmath import dollarmath_plugin

    markdown = MarkdownIt("commonmark", {"html": False, "maxNesting": DEEPEST_LEVEL})
    markdown.enable(["table", "strikethrough"])
    markdown.use(dollarmath_plugin, allow_labels=False, allow_space=False, allow_digits=False)
    markdown.block.ruler.at("math_block", math_block, {"alt": ["paragraph", "reference", "blockquote", "list"]})
    return markdown


def math_block(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """`$$` alone on a line opens, the next such line or the end of its container closes; `$$ x $$` is a whole one.

    The plugin's own rule looks ahead without bound for its closer and is nothing when there is none, so a text cut
    anywhere could change blocks long finished.  This one behaves like a code fence."""
    if state.is_code_block(start_line):
        return False
    first = state.src[state.bMarks[start_line] + state.tShift[start_line] : state.eMarks[start_line]].strip()
    on_one_line = len(first) > 4 and first.startswith("$$") and first.endswith("$$") and "$$" not in first[2:-2]
    if not on_one_line and first != "$$":
        return False
    if silent:
        return True

    line, is_closed, content = start_line, on_one_line, first[2:-2]
    if not on_one_line:
        for line in range(start_line + 1, end_line + 1):
            if line == end_line:
                break
            begin, end = state.bMarks[line] + state.tShift[line], state.eMarks[line]
            if begin < end and state.sCount[line] < state.blkIndent:
                break  # a line that belongs to what is around the container
            if state.src[begin:end].strip() == "$$":
                is_closed = True
                break
        content = state.getLines(start_line + 1, line, state.sCount[start_line], True)

    state.line = line + 1 if is_closed else line
    token = state.push("math_block", "math", 0)
    token.block, token.content, token.markup, token.map = True, content, "$$", [start_line, state.line]
    return True
