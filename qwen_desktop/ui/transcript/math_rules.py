"""Formulas in Markdown: `$…$`, `$$…$$`, `\\(…\\)` and `\\[…\\]` as rules of the Markdown parser.  No Qt.

What only looks like a formula stays text: amounts of money, escaped signs, anything with a backtick in it, and what is
not closed.  A block that stands on lines of its own behaves like a code fence: it is opened by its first line alone,
and closed by a later one or by the end of what is around it; looking ahead without bound for its end would let a text
cut anywhere change blocks long finished."""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it.rules_block import StateBlock
    from markdown_it.rules_inline import StateInline

LONGEST_FORMULA = 2_000
"""Characters of TeX above which it is not drawn."""

_SIGNS = re.compile(r"\\[\s\S]|\$")
_CLOSER_OF = {"$": "$", "\\(": "\\)", "\\[": "\\]"}
_MONEY = re.compile(r"\d[\d,.]*\s?[kKmMbB%]?[\s,;，、；/-]*(?:[A-Za-z]{2}|[\u3400-\u9fff])")
_TEX_SIGN = re.compile(r"[\\^_={}&+<>|]")
_WORDS = re.compile(r"[^\W\d_]{2,}(?:[\s,.'-]+[^\W_]+)*[\s.]*|[\s]*")


def inline_math(state: StateInline, silent: bool) -> bool:
    """The rule for formulas in running text; token `math_inline`, or `math_inline_double` for what is displayed."""
    src, at = state.src, state.pos
    if src[at] == "$":
        opener = "$$" if src.startswith("$$", at) else "$"
    else:
        opener = src[at : at + 2]
        if opener not in _CLOSER_OF:
            return False
    end = _double_end(src, at, state.posMax) if opener == "$$" else _end(src, at, opener, state.posMax)
    if end < 0:
        return False
    content = src[at + len(opener) : end - len(opener)]
    if not content.strip() or "`" in content or len(content) > LONGEST_FORMULA:
        return False
    if opener == "\\[" and (_WORDS.fullmatch(content) or not _TEX_SIGN.search(content) or src[end : end + 1] == "("):
        return False  # escaped brackets around words
    if not silent:
        token = state.push("math_inline" if opener in ("$", "\\(") else "math_inline_double", "math", 0)
        token.content, token.markup = content, opener
    state.pos = end
    return True


def _end(src: str, at: int, opener: str, limit: int) -> int:
    """Where the formula opened at `at` has ended, or -1."""
    closers = _closers(src)[_CLOSER_OF[opener]]
    if opener == "$" and not _may_open(src, at):
        return -1
    index = bisect_left(closers, at + len(opener))
    if index == len(closers) or closers[index] + len(opener) > limit:
        return -1
    end = closers[index]
    if opener == "$":
        is_closing = not src[end - 1].isspace() and not src[end + 1 : end + 2].isdigit()
        is_double = src[end + 1 : end + 2] == "$"
        content = src[at + 1 : end]
        if not is_closing or is_double or (_MONEY.match(content) and not _TEX_SIGN.search(content)):
            return -1
    return end + len(opener)


def _may_open(src: str, at: int) -> bool:
    before, after = src[at - 1 : at], src[at + 1 : at + 2]
    return bool(after) and not after.isspace() and not before.isdigit() and before != "$"


def _double_end(src: str, at: int, limit: int) -> int:
    if src[at - 1 : at] == "$" or src[at + 2 : at + 3] == "$":
        return -1
    dollars = _closers(src)["$"]
    for index in range(bisect_left(dollars, at + 2), len(dollars)):
        end = dollars[index]
        if src[end + 1 : end + 2] == "$" and end + 2 <= limit and dollars[index + 1 : index + 2] == [end + 1]:
            return end + 2
        return -1
    return -1


@lru_cache(maxsize=8)
def _closers(src: str) -> dict[str, list[int]]:
    """Where in a text signs stand that can close a formula, each list in order: looked for once, however many open."""
    found: dict[str, list[int]] = {"$": [], "\\)": [], "\\]": []}
    for match in _SIGNS.finditer(src):
        if match[0] in found:
            found[match[0]].append(match.start())
    return found


def math_block(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """The rule for formulas on lines of their own; token `math_block`, with `is_closed` in its `meta`."""
    if state.is_code_block(start_line):
        return False
    line = state.src[state.bMarks[start_line] + state.tShift[start_line] : state.eMarks[start_line]].strip()
    opener = line[:2]
    if opener not in ("$$", "\\["):
        return False
    closer = "$$" if opener == "$$" else "\\]"
    first = line[2:]
    is_closed = _closes(first, closer)
    if not _opens(first, closer, is_closed):
        return False
    if silent:
        return True

    lines = [first[:-2] if is_closed else first]
    number = start_line
    while not is_closed and number + 1 < end_line:
        number += 1
        begin, end = state.bMarks[number] + state.tShift[number], state.eMarks[number]
        if begin < end and state.sCount[number] < state.blkIndent:
            number -= 1  # a line that belongs to what is around the container
            break
        text = state.src[begin:end].strip()
        is_closed = _closes(text, closer)
        lines.append(text[:-2] if is_closed else text)

    state.line = number + 1
    token = state.push("math_block", "math", 0)
    token.block, token.content, token.markup, token.map = True, "\n".join(lines), opener, [start_line, state.line]
    token.meta["is_closed"] = is_closed
    return True


def _closes(text: str, closer: str) -> bool:
    if not text.endswith(closer):
        return False
    before = text[:-2]
    return (len(before) - len(before.rstrip("\\"))) % 2 == 0


def _opens(first: str, closer: str, is_closed: bool) -> bool:
    """Whether a line opens a block, by what stands behind `$$` or `\\[` alone."""
    if not first:
        return True
    inside = first[:-2] if is_closed else first
    if closer in inside or inside.startswith("$") or "`" in inside or not inside.strip():
        return False
    if closer == "\\]" and _WORDS.fullmatch(inside):
        return False
    return is_closed or _TEX_SIGN.search(inside) is not None
