"""Code to coloured spans with Pygments: lexers loaded off the GUI thread, growing code read on from where it stood.

A span is (first character, length, name of a colour of the theme).  No Qt."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

Span = tuple[int, int, str]
LexerToken = tuple[int, Any, str]
"""Offset, Pygments token type, text."""

LONGEST_COLOURED = 200_000
"""Characters of code above which it stays plain."""
SMALL_CODE = 1_500
"""Characters that may be read again at every update: about 2 ms."""
LINES_BACK = 3
"""Complete lines behind the end that are read again, since their meaning may depend on what follows."""


class Lexers:
    """Pygments lexers by the word after the fence, each loaded once in a thread: the first costs some 50 ms."""

    def __init__(self) -> None:
        self._found: dict[str, Any] = {}
        self._waiting: dict[str, list[Callable[[], None]]] = {}
        self._lock = threading.Lock()

    def find(self, language: str, when_loaded: Callable[[], None]) -> Any:
        """The lexer, or None if there is none or it is not there yet; then `when_loaded` is called from the thread."""
        name = language.lower()
        if not name or len(name) > 40:
            return None
        with self._lock:
            if name in self._found:
                return self._found[name]
            if name in self._waiting:
                self._waiting[name].append(when_loaded)
                return None
            self._waiting[name] = [when_loaded]
        threading.Thread(target=self._load, args=(name,), name=f"lexer {name}", daemon=True).start()
        return None

    def _load(self, name: str) -> None:
        lexer = None
        try:
            lexer = _lexer(name)
        finally:
            with self._lock:
                self._found[name] = lexer
                waiting = self._waiting.pop(name)
        for call in waiting:
            call()


def _lexer(name: str) -> Any:
    """Ready to be used; None for a language that nobody knows."""
    from pygments.lexers import get_lexer_by_name
    from pygments.util import ClassNotFound

    try:
        lexer = get_lexer_by_name(name, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return None
    next(iter(lexer.get_tokens_unprocessed("a\n")), None)  # compiles its patterns
    return lexer


LEXERS = Lexers()


@lru_cache(maxsize=32)
def _kept_lexer(name: str) -> Any:
    return _lexer(name)


def colour_spans(code: str, language: str, longest_s: float = 10.0) -> Iterator[Span]:
    """The coloured parts of finished code in their order, read at once; what takes longer stays plain."""
    name = language.lower()
    lexer = _kept_lexer(name) if 0 < len(name) <= 40 and len(code) <= LONGEST_COLOURED else None
    if lexer is None:
        return
    end = time.monotonic() + longest_s
    for offset, token_type, text in lexer.get_tokens_unprocessed(code):
        if role := role_of(token_type):
            yield offset, len(text), role
        if time.monotonic() > end:
            return


class GrowingLexer:
    """Reads growing code on from a saved state of the lexer, some lines before the end.

    Only for lexers that are nothing but a table of patterns; what it says about the last lines may be wrong until
    more is there, and rarely stays wrong, so finished code is read once more as a whole."""

    def __init__(self, lexer: Any) -> None:
        self._lexer = lexer
        self._position = 0
        self._stack: tuple[str, ...] = ("root",)
        self._lowest = 99

    @staticmethod
    def can_read(lexer: Any) -> bool:
        from pygments.lexer import RegexLexer

        return isinstance(lexer, RegexLexer) and (
            type(lexer).get_tokens_unprocessed is RegexLexer.get_tokens_unprocessed
        )

    @property
    def position(self) -> int:
        """From which offset on code is read the next time."""
        return self._position

    def read(self, code: str) -> tuple[int, list[LexerToken]]:
        """`code` is what it was before and more.  From which offset on the meaning is new, and its tokens."""
        start = self._position
        tokens, line_states = _lex(self._lexer, code, start, self._stack)
        settled = len(code)
        for _ in range(LINES_BACK):
            settled = code.rfind("\n", 0, max(settled, 0))
        is_far_behind = len(code) - start > SMALL_CODE
        for position, stack in line_states:
            if position > start:
                self._lowest = min(self._lowest, len(stack))
            if start <= position <= settled + 1 and settled > 0 and (len(stack) <= self._lowest or is_far_behind):
                self._position, self._stack = position, stack
        return start, tokens


def _lex(
    lexer: Any, text: str, position: int, start: tuple[str, ...]
) -> tuple[list[LexerToken], list[tuple[int, tuple[str, ...]]]]:
    """Pygments' own loop over its tables, from any state, noting the state at each line start.

    Source: https://pygments.org/docs/lexerdevelopment/ (read 2026-11-23)"""
    from pygments.token import Error, Whitespace, _TokenType

    tables = lexer._tokens
    stack = list(start)
    tokens: list[LexerToken] = []
    states: list[tuple[int, tuple[str, ...]]] = []
    rules = tables[stack[-1]]
    while True:
        if position == 0 or text[position - 1 : position] == "\n":
            states.append((position, tuple(stack)))
        for matches, action, new_state in rules:
            found = matches(text, position)
            if not found:
                continue
            if isinstance(action, _TokenType):
                tokens.append((position, action, found.group()))
            elif action is not None:
                tokens.extend(action(lexer, found))
            position = found.end()
            if new_state is not None:
                _change_state(stack, new_state)
                rules = tables[stack[-1]]
            break
        else:
            if position >= len(text):
                return tokens, states
            if text[position] == "\n":
                stack = ["root"]
                rules = tables["root"]
                tokens.append((position, Whitespace, "\n"))
            else:
                tokens.append((position, Error, text[position]))
            position += 1


def _change_state(stack: list[str], change: Any) -> None:
    if isinstance(change, int):
        del stack[max(1, len(stack) + change) if change < 0 else change :]
        return
    for state in (change,) if isinstance(change, str) else change:
        if state == "#pop":
            if len(stack) > 1:
                stack.pop()
        elif state == "#push":
            stack.append(stack[-1])
        else:
            stack.append(state)


def tokens_in_slices(lexer: Any, code: str, budget_s: float) -> Iterator[list[LexerToken]]:
    """All tokens of `code`, in lists that each took about `budget_s` to find."""
    slice_: list[LexerToken] = []
    end = time.perf_counter() + budget_s
    for token in lexer.get_tokens_unprocessed(code):
        slice_.append(token)
        if time.perf_counter() > end:
            yield slice_
            slice_ = []
            end = time.perf_counter() + budget_s
    yield slice_


_ROLES: dict[Any, str] = {}


def role_of(token_type: Any) -> str:
    """Name of the theme's colour for a Pygments token type; empty for ordinary text."""
    role = _ROLES.get(token_type)
    if role is None:
        role = _ROLES[token_type] = _find_role(str(token_type))
    return role


_PREFIXES = (
    ("Token.Keyword", "syntax_keyword"),
    ("Token.Operator.Word", "syntax_keyword"),
    ("Token.Name.Tag", "syntax_keyword"),
    ("Token.Comment.Preproc", "syntax_keyword"),
    ("Token.Comment", "syntax_comment"),
    ("Token.Literal.String", "syntax_string"),
    ("Token.Literal.Number", "syntax_number"),
    ("Token.Name.Function", "syntax_function"),
    ("Token.Name.Class", "syntax_function"),
    ("Token.Name.Decorator", "syntax_function"),
    ("Token.Name.Attribute", "syntax_function"),
    ("Token.Name.Namespace", ""),
    ("Token.Generic.Inserted", "syntax_string"),
    ("Token.Generic.Deleted", "syntax_number"),
    ("Token.Generic.Heading", "syntax_keyword"),
    ("Token.Generic.Subheading", "syntax_keyword"),
    ("Token.Generic.Prompt", "syntax_comment"),
)


def _find_role(name: str) -> str:
    return next((role for prefix, role in _PREFIXES if name.startswith(prefix)), "")
