"""The paragraph that a text ends with, while what comes can be nothing but more of it: no block is looked for then.

Which block a line belongs to is decided by how it begins.  Where the last line begins as a paragraph goes on, more of
that line changes none but the paragraph's own text; and a paragraph that stands at the top, or in quotes whose marks
each of its lines has, goes on with every line that begins so.  Anything else is left to the parser.  No Qt."""

from __future__ import annotations

import re
from collections.abc import MutableMapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

    from qwen_desktop.ui.transcript.grown_text import GrownText

_CLOSING = frozenset({"blockquote_close", "list_item_close", "bullet_list_close", "ordered_list_close"})
_GOES_ON = r"(?:[^\s`~>*\-_+#<$\\\d|=:\[]|(?:\*\*?|__?|``?)[^\W\d_])"
"""How a line begins that can be nothing but text: as none begins that is, or makes of the line above, another block."""
_TEXT_LINE = re.compile(_GOES_ON)
_CONTAINED_LINE = re.compile(rf"[ >]*(?:(?:[-+*]|\d{{1,9}}[.)]) +[ >]*)*{_GOES_ON}")
"""The same behind the marks of lists and quotes."""


class OpenText:
    """The text of the last paragraph of a block."""

    def __init__(
        self, inline: Token, opened: list[list[int]], written: str, marks: str | None, begun: str | None
    ) -> None:
        """`opened`: the lines of the paragraph and of what it stands in; `written`: its text, not trimmed; `marks`:
        what each of its lines begins with, None if the next line may be something else; `begun`: of the last line,
        what there is of those marks, None if text came behind them."""
        self._inline = inline
        self._opened = opened
        self._written = written
        self._marks = marks
        self._begun = begun

    def grow(self, text: str) -> bool:
        """Take what came.  False: only the parser can tell what it is, and this is of no use any more."""
        lines, marks = text.split("\n"), self._marks
        if self._begun is None:
            self._written += lines.pop(0)
            if not lines:
                return True
        else:
            lines[0] = self._begun + lines[0]
        if marks is None:
            return False
        self._begun = None if _is_text(lines[-1], marks) else lines.pop()
        if self._begun is not None and not marks.startswith(self._begun):
            return False
        if not all(_is_text(line, marks) for line in lines):
            return False
        self._written += "".join(f"\n{line[len(marks) :]}" for line in lines)
        for stretch in self._opened:
            stretch[1] += len(lines)
        return True

    def read(self, grown: GrownText, markdown: MarkdownIt, env: MutableMapping[str, Any]) -> None:
        """Give the paragraph its tokens."""
        from markdown_it.common.utils import mdTrim

        self._inline.content = mdTrim(self._written)
        grown.read_growing(self._inline, markdown, env)


def open_text(tail: str, tokens: list[Token], *, is_alone: bool) -> OpenText | None:
    """What `tail` ends with, if that is such a text; `tokens` are those of its last block.

    `is_alone`: the block is all of it, and no part of a list or table."""
    if "]:" in tail:
        return None  # a definition of a link may take lines from the paragraph
    at, depth = len(tokens) - 1, 0
    while at >= 2 and tokens[at].type in _CLOSING:
        is_alone &= tokens[at].type == "blockquote_close"
        depth, at = depth + 1, at - 1
    if at < 2 or tokens[at].type != "paragraph_close" or not tokens[at - 1].content:
        return None
    inline, marks = tokens[at - 1], "> " * depth
    before, _, line = tail.rpartition("\n")
    begun = None
    if is_alone and before and marks.startswith(line):
        begun, line = line, before[before.rfind("\n") + 1 :]
    is_alone &= _is_text(line, marks)
    if not is_alone and (begun is not None or _CONTAINED_LINE.match(line) is None):
        return None
    blanks = len(line) - len(_without_blanks(line))
    written = inline.content + line[len(line) - blanks :]
    if inline.content[0] == "[" or not line.endswith(written[written.rfind("\n") + 1 :].lstrip()):
        return None
    end = inline.map[1] if inline.map else 0
    opened = [token.map for token in tokens if token.map and token.map[1] >= end]
    return OpenText(inline, opened, written, marks if is_alone else None, begun)


def _is_text(line: str, marks: str) -> bool:
    return line.startswith(marks) and _TEXT_LINE.match(line, len(marks)) is not None


def _without_blanks(line: str) -> str:
    """`line` without what the parser takes from its end."""
    from markdown_it.common.utils import mdTrim

    return mdTrim(f"|{line}")[1:]
