"""Growing Markdown to finished blocks: parse only what may still change, and give what a parse of the whole would give.

A block is what is drawn and kept as one: a paragraph, a heading, a fence, one item of a top-level list, some rows of
a table.  `blocks[:frozen]` have reached their end; what follows is parsed again at each update.  Why that is exact:

- At the top level the parser goes from block to block and remembers nothing but link definitions, so a parse that
  starts where a block starts gives the same blocks.
- A closed block never opens again, and its end was decided by the lines up to the next block's second one (a table is
  known by its second line).  So everything before the last block whose first two lines are complete is final.
- A link definition may come later and be asked for earlier.  Each block knows the labels its text asked for; when a
  label's meaning changes, those blocks are read again and reported as dirty.
- A list is left at an item and entered again behind an invented first item, a table behind its own header, so
  that neither is read from its start again.  Whether a list is loose is decided for all of it, and reported as dirty.
- A fence is not parsed at all while it grows: lines are appended until one can close it.
- Nor are blocks looked for while the last one can only get more text: see `open_text.py`.

Where exactness ends: a block without any end in sight (more than `LONGEST_TEXT` characters) and one nested deeper
than the parser looks are shown as they were written.  No Qt here; to be used by one thread at a time.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from qwen_desktop.core.weakly import weakly
from qwen_desktop.ui.transcript.grown_text import ENV_KEY, GrownText
from qwen_desktop.ui.transcript.markdown import DEEPEST_LEVEL, parser
from qwen_desktop.ui.transcript.open_text import OpenText, open_text
from qwen_desktop.ui.transcript.units import Unit, invented_item, is_loose, set_loose, units_of

if TYPE_CHECKING:
    from markdown_it.token import Token

LONGEST_TEXT = 8_000
"""Characters of a paragraph, above which it is no longer parsed: more would take more than a frame."""
LONGEST_BLOCK = 24_000
"""The same for what may have code and paragraphs in it: a quote, an item of a list."""
BRACKET_WEIGHT = 20
"""Characters that an opening bracket counts for: each may begin a link, and is looked at for long."""
BRACKET_HEAP = 400
"""Opening brackets in one line, or of those that are never closed in one paragraph, above which it is not parsed."""
MARK_HEAP = 400
"""Marks of emphasis, or of table cells, in one line, above which it is not parsed: all are compared with all."""
QUOTED_LINE_WEIGHT = 12
"""Characters that each line of a quote counts for."""
PIECE = 4_000
"""Characters of one piece of text that is shown as it was written."""

_LEVEL = attrgetter("level")
_FENCE = re.compile(r"(`{3,}|~{3,})([^\n]*)\n")
_EMPHASIS = re.compile(r"[*_~]+")
_BLANK_LINES = re.compile(r"^(?:[ \t]*\n)+", re.MULTILINE)


class Block:
    """A piece of the text that is drawn and kept as one.

    `src` is its Markdown; the `src` of all blocks together are the text read so far, with line ends made `\\n`, except
    what draws nothing (blank lines, link definitions) at its end."""

    __slots__ = (
        "_read", "_tokens", "closes", "is_closed", "is_loose", "kind", "labels", "number", "prefix", "revision", "src",
    )  # fmt: skip

    def __init__(self, src: str, kind: str, tokens: list[Token], read: Callable[[Block], list[Token]]) -> None:
        self.src = src
        self.kind = kind
        """paragraph, heading, item, quote, table, rows, fence, code, math, rule or plain."""
        self.revision = 0
        """Counts what happened to it since it was made."""
        self.prefix = ""
        """What has to stand before `src` for the parser: an invented item or a table's header."""
        self.closes = True
        """It is the last part of its list or table."""
        self.labels: set[str] = set()
        """Labels its text asked for, and perhaps those of its neighbours."""
        self.is_loose: bool | None = None
        """For an item: whether there is space between the items of its list."""
        self.is_closed = False
        """For a fence that grew: its last line is there."""
        self.number: int | None = None
        """For an item of a numbered list: its number."""
        self._tokens: list[Token] | None = tokens
        self._read = read

    @property
    def tokens(self) -> list[Token]:
        """Its tokens as markdown-it gives them, read again from `src` if they were released."""
        if self._tokens is None:
            self._tokens = self._read(self)
        return self._tokens

    def replace_tokens(self, tokens: list[Token]) -> None:
        self._tokens = tokens

    def release_tokens(self) -> None:
        """Forget the tokens; for frozen blocks only.  They take some fifty times the space of the text."""
        self._tokens = None


@dataclass(frozen=True, slots=True)
class Update:
    """What an update changed: perhaps all blocks from `first_changed` on, and the earlier ones in `dirty`."""

    first_changed: int
    dirty: frozenset[int] = frozenset()


@dataclass(slots=True)
class _Continued:
    """The list or table that the tail goes on with."""

    prefix: str
    first_block: int
    next_number: int | None = None
    is_loose: bool = False
    """What is frozen of the list alone makes it loose."""
    is_shown_loose: bool = False


class _Recording(dict[str, Any]):
    """Link definitions that note each label asked for, found or not: a definition may still change or come."""

    def __init__(self, known: dict[str, Any]) -> None:
        super().__init__(known)
        self.asked: set[str] = set()

    def get(self, label: str, default: Any = None) -> Any:
        self.asked.add(label)
        return super().get(label, default)


class MarkdownStream:
    """Markdown that arrives in pieces: `feed` takes a piece, `update` brings `blocks` up to date."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.frozen = 0
        """How many blocks, from the first, have reached their end."""
        self._tail = ""
        self._pieces: list[str] = []
        self._ends_in_cr = False
        self._defined: dict[str, Any] = {}
        """Link definitions in the frozen part."""
        self._known: dict[str, Any] = {}
        """Link definitions of the frozen part and the tail."""
        self._continued: _Continued | None = None
        self._closing_line: re.Pattern[str] | None = None
        """Set while the tail is a fence that grows."""
        self._checked = 0
        """Up to here no line of that fence closes it; always at the start of a line."""
        self._grown = GrownText()
        """The text at the end of the tail, if it is long."""
        self._open_text: OpenText | None = None
        """What the tail ends with, if more of it need not be more than that."""
        self._is_plain = False
        """Set while the tail is a block without an end in sight."""
        self._reader = weakly(self._read_again, [])
        """What blocks read themselves again with."""

    @property
    def definitions(self) -> dict[str, Any]:
        """Link definitions read so far, by label."""
        return self._known

    def feed(self, text: str) -> None:
        """Take any piece of text; costs nothing but the memory until `update`."""
        self._pieces.append(text)

    def update(self, final: bool = False) -> Update:
        """Read what was fed.  `final` freezes everything: nothing more will come."""
        text = self._take_pieces(final)
        first_changed, dirty = self.frozen, set[int]()
        while self._tail and not (text and self._grow_open_text(text)):
            text = ""
            if self._closing_line is not None:
                if not self._grow_fence(self._closing_line):
                    break
            elif self._is_plain and not self._grow_plain():
                break
            if not self._read_tail(dirty):
                break
        if final:
            self.frozen = len(self.blocks)
            self._tail, self._closing_line, self._is_plain, self._continued = "", None, False, None
            self._grown, self._open_text = GrownText(), None
        return Update(first_changed, frozenset(index for index in dirty if index < first_changed))

    def _take_pieces(self, final: bool) -> str:
        """Append what was fed to the tail; what that is."""
        text = "".join(self._pieces)
        self._pieces.clear()
        if self._ends_in_cr:
            text = "\r" + text
        self._ends_in_cr = text.endswith("\r") and not final
        if self._ends_in_cr:
            text = text[:-1]  # half of a line end, perhaps
        text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")
        self._tail += text
        return text

    # Reading the tail

    def _read_tail(self, dirty: set[int]) -> bool:
        """Parse the tail, replace the blocks that are not frozen, freeze what is finished.  Adds to `dirty` the frozen
        blocks that changed.  True if the tail is now to be read in another way."""
        self._open_text = None
        if _has_heap(self._tail):
            self._is_plain, self._continued = True, None
            return True
        tail, continued, first = self._tail, self._continued, self.frozen
        prefix = continued.prefix if continued else ""
        references = _Recording(self._defined)
        tokens = parser().parse(prefix + tail, {"references": references, ENV_KEY: self._grown})
        units = units_of(tokens, prefix, continued.next_number if continued else None)
        starts = _line_starts(tail)

        definitions_changed = self._define(references, dirty)
        if continued is not None:
            self._agree_on_looseness(continued, units, is_loose(tokens), dirty)
        fresh = self._blocks(units, tail, starts, references.asked)
        if not definitions_changed:
            for offset, (old, new) in enumerate(zip(self.blocks[first:], fresh, strict=False)):
                fresh[offset] = _kept(old, new)
        self.blocks[first:] = fresh

        complete_lines = len(starts) - 1
        last = len(units) - 1
        while last > 0 and units[last].line + 2 > complete_lines:
            last -= 1
        if last > 0:
            self._freeze(units, last, starts)
        if self._is_better_read_otherwise():
            return True
        if len(self.blocks) > self.frozen and self.blocks[-1].kind in ("paragraph", "quote", "item"):
            is_alone = len(self.blocks) == self.frozen + 1 and self._continued is None
            self._open_text = open_text(self._tail, self.blocks[-1].tokens, is_alone=is_alone)
        return False

    def _grow_open_text(self, text: str) -> bool:
        """Give what came to the paragraph the tail ends with.  False if the tail is to be read."""
        open_, self._open_text = self._open_text, None
        if open_ is None or not open_.grow(text) or _has_heap(self._tail):
            return False
        block, references = self.blocks[-1], _Recording(self._defined)
        open_.read(self._grown, parser(), {"references": references})
        block.src += text
        block.labels = block.labels | references.asked
        block.revision += 1
        if self._is_better_read_otherwise():
            return False
        self._open_text = open_
        return True

    def _blocks(self, units: list[Unit], tail: str, starts: list[int], asked: set[str]) -> list[Block]:
        blocks = []
        for index, unit in enumerate(units):
            begin = starts[unit.line] if index else 0
            end = starts[units[index + 1].line] if index + 1 < len(units) else len(tail)
            block = Block(tail[begin:end], unit.kind, unit.tokens, self._reader)
            block.labels, block.number, block.is_loose, block.closes = asked, unit.number, unit.is_loose, unit.closes
            if not unit.opens:
                block.prefix = self._prefix_of(unit, units, starts)
            if max(map(_LEVEL, unit.tokens)) >= DEEPEST_LEVEL - 3:
                block.kind = "plain"  # the parser may have stopped looking: show all that was written
                block.replace_tokens(_plain_tokens(block.src))
            blocks.append(block)
        return blocks

    def _prefix_of(self, unit: Unit, units: list[Unit], starts: list[int]) -> str:
        """What the parser has to see before a part of a list or table that is not its first."""
        if self._continued is not None and unit.group == 0:
            return self._continued.prefix
        opening = next(other for other in units if other.group == unit.group)
        begin = starts[opening.line]
        if unit.kind == "item":
            return invented_item(self._tail[begin : starts[opening.line + 1]])
        return self._tail[begin : starts[opening.line + 2]]

    def _freeze(self, units: list[Unit], last: int, starts: list[int]) -> None:
        """Cut the tail at unit `last`: all before it has reached its end."""
        unit, cut = units[last], starts[units[last].line]
        head = self._tail[:cut]
        continued = self._continued if unit.group == 0 else None
        if "]:" in head:
            markdown, before = parser(), self._continued.prefix if self._continued else ""
            markdown.block.parse(before + head, markdown, {"references": self._defined}, [])
        if unit.opens:
            self._continued = None
        else:
            prefix = self._prefix_of(unit, units, starts)
            opening = next(k for k, other in enumerate(units) if other.group == unit.group)
            if continued is None:
                continued = _Continued(prefix, self.frozen + opening, is_shown_loose=unit.is_loose is True)
            continued.next_number = unit.number
            if unit.kind == "item" and unit.is_loose is not False and not continued.is_loose:
                # Is that so for what is frozen, or only by lines that may still prove to be something else?
                part = self._tail[0 if continued is self._continued else starts[units[opening].line] : cut]
                before = prefix if continued is self._continued else ""
                probe = parser().parse(before + part + prefix, {"references": {}})
                continued.is_loose = is_loose(probe) is True
            self._continued = continued
        self._tail = self._tail[cut:]
        self.frozen += last

    def _is_better_read_otherwise(self) -> bool:
        tail = self._tail
        if len(self.blocks) - self.frozen == 1 and self.blocks[-1].kind == "fence" and tail.count("\n") >= 2:
            opening = _FENCE.match(tail)
            if opening is not None:
                self._closing_line = re.compile(f"^ {{0,3}}{opening[1]}{opening[1][0]}*[ \\t]*$", re.MULTILINE)
                self._checked = opening.end()
                self._continued = None
                return True
        weight = len(tail) + BRACKET_WEIGHT * tail.count("[") if len(tail) > LONGEST_TEXT // 4 else 0
        if weight and self.blocks and self.blocks[-1].kind == "quote":
            weight += QUOTED_LINE_WEIGHT * tail.count("\n")
        if weight > LONGEST_TEXT and (weight > LONGEST_BLOCK or self._is_text_last()):
            self._is_plain, self._continued = True, None
            return True
        return False

    def _is_text_last(self) -> bool:
        return len(self.blocks) == self.frozen or self.blocks[-1].kind not in ("item", "quote", "fence")

    # Blocks that do not end

    def _grow_fence(self, closing_line: re.Pattern[str]) -> bool:
        """Append what came to the open fence.  True if it was closed, and what follows it is to be read."""
        tail, block = self._tail, self.blocks[-1]
        closing = closing_line.search(tail, self._checked)
        end = len(tail) if closing is None else closing.end()
        is_final = end < len(tail)
        block.src = tail[: end + 1]
        block.replace_tokens(_fence_tokens(tail[: end if closing is None else closing.start()], end_line=closing))
        block.is_closed = closing is not None
        block.revision += 1
        if not is_final:
            self._checked = tail.rfind("\n") + 1
            return False
        self._tail, self._closing_line = tail[end + 1 :], None
        self.frozen = len(self.blocks)
        return True

    def _grow_plain(self) -> bool:
        """Cut what came into pieces.  True if a blank line ended it, and what follows is to be read."""
        blank = _BLANK_LINES.search(self._tail)
        text, rest = (self._tail[: blank.end()], self._tail[blank.end() :]) if blank else (self._tail, "")
        del self.blocks[self.frozen :]
        while text:
            cut = _end_of_piece(text)
            piece, text = text[:cut], text[cut:]
            self.blocks.append(Block(piece, "plain", _plain_tokens(piece), self._reader))
            if not text and blank is None:
                self._tail = piece
                self.frozen = len(self.blocks) - 1
                return False
        self.frozen = len(self.blocks)
        self._tail, self._is_plain = rest, blank is None
        return blank is not None

    # What comes late

    def _define(self, references: _Recording, dirty: set[int]) -> bool:
        """Have the frozen blocks that asked for a changed definition read again; whether any changed."""
        if references == self._known:
            return False
        labels = references.keys() | self._known.keys()
        changed = {label for label in labels if _meaning(references, label) != _meaning(self._known, label)}
        self._known = dict(references)
        for index, block in enumerate(self.blocks[: self.frozen] if changed else ()):
            if not block.labels.isdisjoint(changed):
                block.release_tokens()
                block.revision += 1
                dirty.add(index)
        return bool(changed)

    def _agree_on_looseness(
        self, continued: _Continued, units: list[Unit], tail_is_loose: bool | None, dirty: set[int]
    ) -> None:
        """One item with a blank line makes all items of its list loose, those before it too."""
        if not units or units[0].kind != "item":
            return
        loose = continued.is_loose or tail_is_loose is True
        for unit in units:
            if unit.group == 0:
                unit.is_loose = loose
                set_loose(unit.tokens, loose)
        if loose != continued.is_shown_loose:
            continued.is_shown_loose = loose
            for index in range(continued.first_block, self.frozen):
                block = self.blocks[index]
                block.is_loose = loose
                block.release_tokens()
                block.revision += 1
                dirty.add(index)

    def _read_again(self, block: Block) -> list[Token]:
        if block.kind == "plain":
            return _plain_tokens(block.src)
        references = _Recording(self._known)
        tokens = parser().parse(block.prefix + block.src, {"references": references})
        block.labels = block.labels | references.asked
        units = units_of(tokens, block.prefix)
        tokens = [token for unit in units for token in unit.tokens]
        if not block.closes:
            del tokens[-1 if block.kind == "item" else -2 :]
        if block.kind == "item":
            set_loose(tokens, block.is_loose is True)
        return tokens


def _kept(old: Block, new: Block) -> Block:
    """The old object if it shows the same, so that nothing is drawn again."""
    if (old.src, old.kind, old.is_loose, old.prefix, old.number) != (
        new.src, new.kind, new.is_loose, new.prefix, new.number,
    ):  # fmt: skip
        return new
    old.replace_tokens(new.tokens)
    old.labels, old.closes = old.labels | new.labels, new.closes
    return old


def _meaning(references: dict[str, Any], label: str) -> tuple[str, str] | None:
    found = references.get(label) if type(references) is dict else dict.get(references, label)
    return (found["href"], found["title"]) if found else None


def _has_heap(text: str) -> bool:
    """Whether some of it is for the parser to stumble over, and nothing to read."""
    if text.count("[") > BRACKET_HEAP:
        if any(line.count("[") > BRACKET_HEAP for line in text.split("\n")):
            return True
        if any(part.count("[") - part.count("]") > BRACKET_HEAP for part in text.split("\n\n")):
            return True
    if text.count("*") + text.count("_") + text.count("~") + text.count("|") <= MARK_HEAP:
        return False
    return any(
        line.count("|") > MARK_HEAP * 2 or sum(1 for _ in _EMPHASIS.finditer(line)) > MARK_HEAP
        for line in text.split("\n")
        if len(line) > MARK_HEAP
    )


def _line_starts(text: str) -> list[int]:
    """Offsets of the lines of `text`; one more than it has complete lines."""
    return [0, *(found.end() for found in re.finditer("\n", text))]


def _end_of_piece(text: str) -> int:
    if len(text) <= PIECE:
        return len(text)
    cut = max(text.rfind("\n", PIECE // 2, PIECE), text.rfind(" ", PIECE // 2, PIECE))
    return cut + 1 if cut > 0 else PIECE


def _fence_tokens(src: str, end_line: re.Match[str] | None) -> list[Token]:
    from markdown_it.token import Token

    opening = _FENCE.match(src)
    assert opening is not None
    last_line = src.rfind("\n") + 1
    if not src[last_line:].strip(" \t"):
        src = src[:last_line]  # the parser does not see a last line of blanks before its line end is there
    lines = src.count("\n") + (0 if src.endswith("\n") else 1) + (0 if end_line is None else 1)
    return [Token("fence", "code", 0, map=[0, lines], content=src[opening.end() :], markup=opening[1],
                  info=opening[2], block=True)]  # fmt: skip


def _plain_tokens(src: str) -> list[Token]:
    from markdown_it.token import Token

    text = Token("inline", "", 0, content=src, level=1, block=True)
    text.children = [Token("text", "", 0, content=src.rstrip("\n"))]
    paragraph = Token("paragraph_open", "p", 1, map=[0, src.count("\n")], block=True)
    return [paragraph, text, Token("paragraph_close", "p", -1, block=True)]
