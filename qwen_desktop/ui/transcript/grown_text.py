"""A paragraph that grows to its inline tokens, reading its beginning once.

A text can be cut after a space, or between two Chinese characters, where nothing is open: no emphasis, bracket, run of
backticks or formula begins before the cut that could end behind it.  What stands before such a cut has the tokens it
has alone, for the rules look no farther than one character to either side, and a cut after a space looks to them like
the edge of the text; between Chinese characters no rule looks across.  No Qt."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from markdown_it import MarkdownIt
    from markdown_it.rules_core import StateCore
    from markdown_it.token import Token

ENV_KEY = "grown_text"
"""Where the parser's environment has the `GrownText` of a stream."""
HEAD_KEY = "head"
"""Where an inline token's `meta` has the `Head` of its children."""
LONGEST_REST = 420
"""Characters that are read again each time, before a part of them is laid by."""
MARGIN = 100
"""The last characters are not laid by: most of what is open there will be closed in a moment."""
TRIES = 3
"""So many places are tried, each a little before the other."""
_CUT = re.compile(r"(?<=[^\s\\][ \n])(?=\S)|(?<=[\u3001-\u303f\u3400-\u9fff\uff01-\uff60])(?=[\u3400-\u9fff])")
"""After a space, or between two Chinese characters: there no rule looks across."""
_CLOSED_BRACKETS = re.compile(r"\[[^\[\]]*\](?![\[(])")
_MAY_OPEN = re.compile(r"[\[`$<]")


class Head:
    """What was laid by of a text: its first `count` tokens, which will not change, and what was made of them."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.made: dict[Any, Any] = {}


class GrownText:
    """The beginning of one text, with its tokens; of a text that begins otherwise nothing is known."""

    def __init__(self) -> None:
        self._forget({})
        self._before: dict[str, tuple[list[Token], Head]] = {}
        self._now: dict[str, tuple[list[Token], Head]] = {}
        """Tokens of whole texts, as of the parse before and of the present one."""

    def begin_parse(self) -> None:
        """Texts of the parse before this one are remembered, earlier ones are not."""
        self._before, self._now = self._now, {}

    def read_beside(self, inline: Token, markdown: MarkdownIt, env: MutableMapping[str, Any]) -> None:
        """Give the token of a text beside the one that grows its children, most often those it had before."""
        text = inline.content
        known = self._before.get(text)
        if known is None:
            children = read_inline(text, markdown, env)
            known = children, Head(len(children))
        if "[" not in text:  # else it asks for the links that are known
            self._now[text] = known
            inline.meta[HEAD_KEY] = known[1]
        inline.children = known[0]

    def _forget(self, known: dict[str, Any]) -> None:
        self._head = ""
        self._tokens: list[Token] = []
        self._kept = Head(0)
        self._asked: set[str] = set()
        """Labels of links that were looked for in it."""
        self._known = known
        """Link definitions it was read with."""
        self._next_try = LONGEST_REST
        """Length of the rest above which a part of it is tried to be laid by."""

    def read_growing(self, inline: Token, markdown: MarkdownIt, env: MutableMapping[str, Any]) -> None:
        """Give the token of the text that grows its children."""
        text = inline.content
        if len(text) <= LONGEST_REST:
            inline.children = read_inline(text, markdown, env)
            inline.meta.pop(HEAD_KEY, None)
        else:
            inline.children = self._read(text, markdown, env)
            inline.meta[HEAD_KEY] = self._kept

    def _read(self, text: str, markdown: MarkdownIt, env: MutableMapping[str, Any]) -> list[Token]:
        references = env["references"]
        if references != self._known or not text.startswith(self._head):
            self._forget(dict(references))
        if len(text) - len(self._head) > self._next_try:
            self._lay_by(text, markdown, env)
        references.asked |= self._asked
        rest = markdown.inline.parse(text[len(self._head) :], markdown, env, [])
        return [*self._tokens[:-1], *_joined([*(token.copy() for token in self._tokens[-1:]), *rest])]

    def _lay_by(self, text: str, markdown: MarkdownIt, env: MutableMapping[str, Any]) -> None:
        """Read all but the end of what is left of `text` for good, if nothing is open there."""
        from markdown_it.rules_inline import StateInline

        begin, end = len(self._head), len(text) - MARGIN
        self._next_try = (len(text) - begin) * 5 // 4
        cuts = [found.start() for found in _CUT.finditer(text, max(begin, end - 4 * MARGIN), end)]
        for _ in range(TRIES):
            while cuts and cuts[-1] > end:
                cuts.pop()
            if not cuts or not _is_balanced(text[begin : cuts[-1]]):
                return
            end = cuts[-1] - MARGIN // 4
            asking = type(env["references"])(env["references"])
            state = StateInline(text[begin : cuts[-1]], markdown, {**env, "references": asking}, [])
            markdown.inline.tokenize(state)
            for rule in markdown.inline.ruler2.getRules(""):
                rule(state)
            opened = [mark.token for mark in state.delimiters if mark.open and mark.end < 0]
            opened += [at for at, token in enumerate(state.tokens) if _is_open(token)]
            if not opened:
                self._head = text[: cuts[-1]]
                self._tokens = _joined(self._tokens + state.tokens)
                self._kept = Head(max(0, len(self._tokens) - 1))
                self._asked |= asking.asked
                self._next_try = LONGEST_REST
                return
            if min(opened) < len(state.tokens) * 3 // 4:
                return  # it stays open, wherever the end is cut


def _is_balanced(text: str) -> bool:
    """Whether it is worth a try: as many signs close something as open it."""
    return (
        text.count("[") <= text.count("]")
        and text.count("<") <= text.count(">")
        and text.count("\\(") <= text.count("\\)")
        and not text.count("$") % 2
        and not text.count("`") % 2
    )


def _is_open(token: Token) -> bool:
    """Whether a sign in a text may begin something that ends farther on."""
    if token.type == "text_special":
        return token.content in "[("
    return token.type == "text" and _MAY_OPEN.search(_CLOSED_BRACKETS.sub("", token.content)) is not None


def _joined(tokens: list[Token]) -> list[Token]:
    """Texts that stand side by side as one, and what was escaped as text: once, so that what was laid by is not looked
    through again each time."""
    joined: list[Token] = []
    parts: list[str] = []
    for token in tokens:
        if token.children:
            token.children = _joined(token.children)  # what is said of a picture
        if token.type == "text_special":
            token.type = "text"
        is_text = token.type == "text"
        if is_text and parts:
            parts.append(token.content)
            continue
        if len(parts) > 1:
            joined[-1].content = "".join(parts)
        parts = [token.content] if is_text else []
        joined.append(token)
    if len(parts) > 1:
        joined[-1].content = "".join(parts)
    return joined


def read_inline(text: str, markdown: MarkdownIt, env: MutableMapping[str, Any]) -> list[Token]:
    """The inline tokens of a text of which nothing is known."""
    return _joined(markdown.inline.parse(text, markdown, env, []))


def inline_rule(state: StateCore) -> None:
    """In the place of the parser's own rule of this name, and of `text_join`."""
    grown: GrownText | None = state.env.get(ENV_KEY)
    inlines = [token for token in state.tokens if token.type == "inline"]
    if grown is None:
        for token in inlines:
            token.children = read_inline(token.content, state.md, state.env)
        return
    grown.begin_parse()
    for token in inlines:
        if token is inlines[-1] and len(token.content) > LONGEST_REST:
            grown.read_growing(token, state.md, state.env)
        else:
            grown.read_beside(token, state.md, state.env)
