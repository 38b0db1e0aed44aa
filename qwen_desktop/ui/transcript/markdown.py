"""Markdown to tokens: the one parser set-up that every block of every reply goes through.

CommonMark (https://spec.commonmark.org/0.31.2/) with tables and strikethrough (https://github.github.com/gfm/), both
read 2026-11-23, and formulas.  Raw HTML is off: a tag is text; so are footnotes.  No Qt.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from qwen_desktop.ui.transcript.grown_text import inline_rule
from qwen_desktop.ui.transcript.math_rules import inline_math, math_block
from qwen_desktop.ui.transcript.paragraph_rule import paragraph_or_heading

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock

DEEPEST_LEVEL = 60
"""Nesting beyond which the parser stops looking (each quote counts 1, each list 2)."""


def link_definition(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """CommonMark's, but for footnotes: as a definition of a link "^1" their text would not be shown."""
    from markdown_it.rules_block import reference

    begin = state.bMarks[start_line] + state.tShift[start_line]
    return not state.src.startswith("[^", begin) and reference(state, start_line, end_line, silent)


@cache
def parser() -> MarkdownIt:
    """The parser, built at its first use: the first frame of the window does not pay for it."""
    from markdown_it import MarkdownIt
    from mdit_py_plugins.dollarmath import dollarmath_plugin

    markdown = MarkdownIt("commonmark", {"html": False, "maxNesting": DEEPEST_LEVEL})
    markdown.enable(["table", "strikethrough"])
    markdown.use(dollarmath_plugin)  # of it only how its tokens are rendered is used
    markdown.inline.ruler.at("math_inline", inline_math)
    markdown.block.ruler.at("math_block", math_block, {"alt": ["paragraph", "reference", "blockquote", "list"]})
    markdown.block.ruler.at("lheading", paragraph_or_heading)
    markdown.block.ruler.at("reference", link_definition)
    markdown.core.ruler.at("inline", inline_rule)
    markdown.disable("text_join")
    return markdown
