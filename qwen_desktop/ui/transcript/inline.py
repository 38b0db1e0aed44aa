"""Inline tokens to runs: stretches of text that look the same.  No Qt.

What a model writes is hostile: control characters become visible signs, heaps of combining marks lose their height,
only web and mail addresses become links, pictures are named and linked but never fetched."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from qwen_desktop.core.chat.sources import MARKER
from qwen_desktop.core.web_address import web_address
from qwen_desktop.ui.transcript.grown_text import HEAD_KEY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from markdown_it.token import Token


class Look(NamedTuple):
    """How a run is drawn."""

    bold: bool = False
    italic: bool = False
    struck: bool = False
    code: bool = False
    url: str = ""
    """Where it leads; empty for what is no link.  Of a picture: `IMAGE`, then its address."""
    tex: str = ""
    """Of a formula: what is to be drawn; its run's text is its source, shown until then."""
    is_display: bool = False
    """Of a formula: as high as one on a line of its own."""


Run = tuple[str, Look]
IMAGE = "image:"
"""Before the address of a picture, which a click does not simply open."""
ALONE = "image-alone:"
"""The same of a picture that has a place of its own to be shown in."""
PLAIN = Look()

_SAFE_URL = re.compile(r"(?:https?://|mailto:)[^\s\x00-\x1f]+$", re.IGNORECASE)
_BARE_URL = re.compile(r"https?://[^\s<>\"'`，。；：！？、（）《》「」『』【】“”‘’\x00-\x1f]+", re.IGNORECASE)
_MARKS = "\u0300-\u036f\u0483-\u0489\u0e31-\u0e4e\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
_HEAPED_MARKS = re.compile(f"([{_MARKS}]{{4}})([{_MARKS}]+)")
_SIGNS = {code: 0x2400 + code for code in range(32) if code not in (9, 10)} | {127: 0x2421}
_BIDI_CONTROLS = dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C), 0x25CC)
_MATH_CLOSERS = {"\\(": "\\)", "\\[": "\\]"}
_SURROGATES = re.compile("[\ud800-\udfff]")
_NEEDS_CARE = re.compile(f"[\x00-\x08\x0b-\x1f\x7f{_MARKS}\ud800-\udfff]")


def shown(text: str) -> str:
    """`text` as it can be drawn: of the same length, no control character acts, no line is painted over by marks."""
    if _NEEDS_CARE.search(text) is None:
        return text
    text = _SURROGATES.sub("\ufffd", text.translate(_SIGNS))
    return _HEAPED_MARKS.sub(lambda found: found[1] + "\u200b" * len(found[2]), text)


def shown_code(text: str) -> str:
    """Like `shown`; characters that turn the order of others around are visible too, so that code is what it seems."""
    return shown(text).translate(_BIDI_CONTROLS)


def safe_url(url: str) -> str:
    """`url` if it may become a link, else nothing: no javascript:, file:, data: and the like, no hidden characters."""
    return url if _SAFE_URL.match(url) and url.translate(_BIDI_CONTROLS) == url else ""


def image_in(link: str) -> str:
    """The address of the picture that a link is; empty if it is a link like others."""
    return link.removeprefix(IMAGE).removeprefix(ALONE) if link.startswith((IMAGE, ALONE)) else ""


class _Runs:
    """Runs as they come; neighbours that look the same become one."""

    def __init__(self) -> None:
        self._runs: list[Run] = []
        self._parts: list[str] = []
        """Of the last run."""
        self._look = PLAIN

    def add(self, text: str, look: Look) -> None:
        if not text:
            return
        if look is not self._look and look != self._look:
            self._close()
            self._look = look
        self._parts.append(text)

    def add_formula(self, source: str, look: Look) -> None:
        """One that stays a run of its own, whatever is beside it."""
        self._close()
        self._runs.append((source, look))

    def copy(self) -> _Runs:
        """The same so far, to which other runs can be added."""
        made = _Runs()
        made._runs, made._parts, made._look = self._runs.copy(), self._parts.copy(), self._look
        return made

    def all(self) -> list[Run]:
        self._close()
        return self._runs

    def _close(self) -> None:
        if self._parts:
            self._runs.append(("".join(self._parts), self._look))
            self._parts.clear()


def runs_of(inline: Token | None, look: Look = PLAIN) -> list[Run]:
    """The runs of one inline token; neighbours that look the same are one run.  A hard break is `\\n`."""
    tokens = (inline.children or []) if inline is not None else []
    head = inline.meta.get(HEAD_KEY) if inline is not None else None
    if head is None:
        return _read(tokens, look, _Runs()).all()
    begun: _Runs | None = head.made.get(look)
    if begun is None:
        begun = head.made[look] = _read(tokens[: head.count], look, _Runs())
    return _read(tokens[head.count :], look, begun.copy()).all()


def _read(tokens: Sequence[Token], look: Look, runs: _Runs) -> _Runs:
    """Add what the tokens say, in which nothing is open at first that looks otherwise than `look`."""
    looks = [look]
    for token in tokens:
        now = looks[-1]
        kind = token.type
        if kind == "text" or kind == "html_inline":
            _add_text(runs, token.content, now)
        elif kind == "softbreak":
            runs.add(" ", now)
        elif kind == "hardbreak":
            runs.add("\n", now)
        elif kind == "code_inline":
            runs.add(shown_code(token.content), _looking(now, kind))
        elif kind in ("math_inline", "math_inline_double"):
            source = f"{token.markup}{token.content}{_MATH_CLOSERS.get(token.markup, token.markup)}"
            look = now._replace(tex=token.content.strip(), is_display=kind == "math_inline_double")
            runs.add_formula(shown(source).replace("\n", " "), look)
        elif kind == "image":
            url = safe_url(str(token.attrs.get("src", "")))
            runs.add(shown(token.content) or url or "…", now._replace(url=now.url or (IMAGE + url if url else "")))
        elif kind == "link_open":
            looks.append(now._replace(url=safe_url(str(token.attrs.get("href", "")))))
        elif token.nesting == 1:
            looks.append(_looking(now, kind))
        elif token.nesting == -1 and len(looks) > 1:
            looks.pop()
        elif token.content:
            _add_text(runs, token.content, now)
    return runs


def with_sources(runs: list[Run], sources: Mapping[int, str]) -> list[Run]:
    """`runs` in which numbers such as `[1]` lead to the addresses they stand for; the text stays what it is.

    Code, formulas, pictures and links stay as they are.  Only addresses of the web are led to."""
    if not sources:
        return runs
    linked = _Runs()
    for text, look in runs:
        if look.tex:
            linked.add_formula(text, look)
            continue
        at = 0
        for mark in MARKER.finditer(text) if not look.code and not look.url and "[" in text else ():
            if url := web_address(sources.get(int(mark[1]), "")):
                linked.add(text[at : mark.start()], look)
                linked.add(mark[0], look._replace(url=url))
                at = mark.end()
        linked.add(text[at:], look)
    return linked.all()


def same_length(one: Sequence[Run], other: Sequence[Run]) -> int:
    """How many characters from the beginning say and look the same; where a formula comes it is enough."""
    same = _same_beginning(one, other)
    length = 0
    for text, look in one[:same]:
        if look.tex:
            return length
        length += len(text)
    if same < min(len(one), len(other)) and one[same][1] == other[same][1] and not one[same][1].tex:
        length += _same_beginning(one[same][0], other[same][0])
    return length


def _same_beginning(one: Sequence[Any], other: Sequence[Any]) -> int:
    """Items two texts or lists have in common from the beginning."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if one[low:middle] == other[low:middle] else (low, middle - 1)
    return low


def plain_of(runs: list[Run]) -> str:
    return "".join(text for text, _ in runs)


@lru_cache(maxsize=64)
def _looking(look: Look, kind: str) -> Look:
    """A look inside of a token of that kind."""
    match kind:
        case "strong_open":
            return look._replace(bold=True)
        case "em_open":
            return look._replace(italic=True)
        case "s_open":
            return look._replace(struck=True)
        case "code_inline":
            return look._replace(code=True)
    return look


def _add_text(runs: _Runs, text: str, look: Look) -> None:
    text = shown(text)
    if look.url or "://" not in text:
        runs.add(text, look)
        return
    at = 0
    for found in _BARE_URL.finditer(text):
        url = found[0].rstrip(".,;:!?*_~)]}")
        if url.count("(") > url.count(")") and text[found.start() + len(url) :].startswith(")"):
            url += ")"
        runs.add(text[at : found.start()], look)
        runs.add(url, look._replace(url=safe_url(url)))
        at = found.start() + len(url)
    runs.add(text[at:], look)
