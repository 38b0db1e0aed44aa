"""Markdown to tokens: the one parser set-up that every block of every reply goes through.

CommonMark (https://spec.commonmark.org/0.31.2/) with tables and strikethrough (https://github.github.com/gfm/), both
read 2026-11-23, and formulas.  Raw HTML is off: a tag is text.  No Qt.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from qwen_desktop.ui.transcript.grown_text import inline_rule
from qwen_desktop.ui.transcript.math_rules import inline_math, math_block
from qwen_desktop.ui.transcript.paragraph_rule import paragraph_or_heading

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

DEEPEST_LEVEL = 60
"""Nesting beyond which the parser stops looking (each quote counts 1, each list 2)."""


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
    markdown.core.ruler.at("inline", inline_rule)
    markdown.disable("text_join")
    return markdown
