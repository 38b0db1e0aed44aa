"""Growing Markdown to the sentences a screen reader is told, each as soon as it is finished.  No Qt.

The text is walked once, by a machine whose every step depends on what was walked already and on the next character:
however the text is cut into chunks, the sentences are the same, and a chunk costs what its own length costs.

A sentence ends at its mark, at the end of a heading or a table row, before a list item, a blank line or another
block, and where it gets too long to wait for.  Code and formulas are named once and not read.
"""

from __future__ import annotations

import re

from qwen_desktop.core.words import tr

LONG = 400
"""Characters after which a comma or a space will do as the end."""
LONGEST = 800
"""Characters after which anything will."""
HEAD = 24
"""Characters at the beginning of a line that may be marks; more are text."""

_MARKS = frozenset(" \t>-*+_=#`~$|0123456789.)")
_INTERESTING = re.compile(r"[\n.!?。！？…]")
_INTERESTING_LATE = re.compile(r"[\n.!?。！？…\s,;，；、]")
_WIDE_ENDS = frozenset("。！？")
_ENDS = frozenset(".!?…") | _WIDE_ENDS
_CLOSERS = frozenset("\"'”’」』》）】)]*_`~")
_ABBREVIATION = re.compile(r"(?:^|[\s(])(?:[A-Za-z]|[Mm]rs?|Dr|St|vs|etc|cf|e\.g|i\.e|z\.B|[Ff]ig|No|approx)\.$")
_PREFIX = re.compile(r"[ \t]*(?:>[ \t]?)*[ \t]*")
_ITEM = re.compile(r"(?:[-*+]|\d{1,9}[.)])[ \t]+")
_FENCE = re.compile(r"(`{3,}|~{3,})")
_HEADING = re.compile(r"#{1,6}(?:[ \t]+|$)")
_RULE = re.compile(r"[-*_=][-*_= \t]*$")
_DELIMITER_ROW = re.compile(r"\|?[\s:|-]*-[\s:|-]*$")
_WIDE = re.compile("[\u2e80-\u9fff\uac00-\ud7af\uff00-\uffef\u3000-\u303f]")
_PICTURE = re.compile(r"!\[([^\]\n]*)\]\([^)\n]*\)")
_LINK = re.compile(r"\[([^\]\n]+)\]\([^)\n]*\)")
_EMPHASIS = re.compile(r"(?<!\\)(?:\*{1,3}(?=\S)|(?<=\S)\*{1,3}|~~|`+|(?<![\w\\])_{1,3}|_{1,3}(?!\w))")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")


class Announcer:
    """Takes the text of one reply as it comes and gives the sentences that are finished."""

    def __init__(self) -> None:
        self._found: list[str] = []
        self._pending: list[str] = []
        self._length = 0
        """Of what is pending."""
        self._last = ""
        """The last character that is pending, for joining lines."""
        self._line: list[str] = []
        """The beginning of a line while it is not known what it is, or all of a line that is read whole."""
        self._line_length = 0
        self._step = self._at_line_start
        self._is_one_line = False
        """The pending text ends with its line: a heading."""
        self._fence = ""
        """What closes the code or formula that is open."""
        self._had_row = False

    def feed(self, text: str) -> list[str]:
        """Take the next piece; the sentences that ended in it."""
        at = 0
        while at < len(text):
            at = self._step(text, at)
        found, self._found = self._found, []
        return found

    def finish(self) -> list[str]:
        """No more will come; what was left."""
        found = self.feed("\n")
        self._end()
        return found + self._found

    # Steps: each takes what it can from `text` at `at`, at least one character or a change of step; the next place.

    def _at_line_start(self, text: str, at: int) -> int:
        letter = text[at]
        self._line.append(letter)
        self._line_length += 1
        if letter == "\n":
            self._take_line()
        elif letter not in _MARKS:
            self._take_head()
        elif self._line_length >= HEAD:
            self._step = self._in_whole_line
        return at + 1

    def _in_whole_line(self, text: str, at: int) -> int:
        end = text.find("\n", at)
        piece = text[at:] if end < 0 else text[at : end + 1]
        self._line.append(piece)
        self._line_length += len(piece)
        if end >= 0:
            self._take_line()
        return at + len(piece)

    def _in_text(self, text: str, at: int) -> int:
        limit = LONG if self._length < LONG else LONGEST
        pattern = _INTERESTING if self._length < LONG else _INTERESTING_LATE
        room = at + limit - self._length
        found = pattern.search(text, at, room)
        if found is None:
            stop = min(len(text), room)
            self._add(text[at:stop])
            if self._length >= LONGEST:
                self._end()
            return stop
        self._add(text[at : found.start()])
        letter = found.group()
        if letter == "\n":
            self._end_line()
        else:
            self._add(letter)
            if letter in _ENDS:
                self._step = self._after_mark
            elif self._length >= LONG:
                self._end()
        return found.end()

    def _after_mark(self, text: str, at: int) -> int:
        letter = text[at]
        if (letter in _ENDS or letter in _CLOSERS) and self._length < LONGEST:
            self._add(letter)
            return at + 1
        if self._ends_before(letter):
            self._end()
        self._step = self._in_text
        return at

    # What the steps do

    def _add(self, text: str) -> None:
        if text:
            self._pending.append(text)
            self._length += len(text)
            self._last = text[-1]

    def _end(self) -> None:
        sentence = spoken("".join(self._pending))
        self._pending, self._length, self._last = [], 0, ""
        if sentence:
            self._found.append(sentence)

    def _ends_before(self, letter: str) -> bool:
        """Whether the mark that is pending ends a sentence, if `letter` follows."""
        end = "".join(self._pending[-8:])[-24:].rstrip("".join(_CLOSERS))
        if end[-1:] in _WIDE_ENDS or (letter.isspace() and end[-1:] in "!?…"):
            return True
        return letter.isspace() and not _ABBREVIATION.search(end) and not end.rstrip(".").endswith("\n")

    def _end_line(self) -> None:
        if self._is_one_line:
            self._end()
        elif self._length and not (_WIDE.match(self._last) or self._last.isspace()):
            self._add(" ")
        self._begin_line()

    def _begin_line(self) -> None:
        self._line, self._line_length, self._is_one_line = [], 0, False
        self._step = self._in_whole_line if self._fence else self._at_line_start

    def _take_head(self) -> None:
        """The beginning of a line has shown what the line is."""
        head = "".join(self._line)
        inside = head[_PREFIX.match(head).end() :]  # type: ignore[union-attr]
        item = _ITEM.match(inside)
        after = inside[item.end() :] if item else inside
        if _FENCE.match(after) or after.startswith("|") or after.startswith("$$"):
            self._step = self._in_whole_line
            return
        self._had_row = False
        if heading := _HEADING.match(after):
            self._end()
            self._is_one_line = True
            after = after[heading.end() :]
        elif item:
            self._end()
            if inside[0].isdigit():
                self._add(item.group())
        self._step = self._in_text
        at = 0
        while at < len(after):
            at = self._step(after, at)

    def _take_line(self) -> None:
        """A whole line was read: one of a fence, of a table, or one of marks only."""
        line = "".join(self._line)
        inside = line[_PREFIX.match(line).end() :].strip()  # type: ignore[union-attr]
        if self._fence:
            if _closes(inside, self._fence):
                self._fence = ""
        elif not inside:
            self._end()
            self._had_row = False
        else:
            item = _ITEM.match(inside)
            self._take_block(inside[item.end() :] if item else inside)
        self._begin_line()

    def _take_block(self, inside: str) -> None:
        if (fence := _FENCE.match(inside)) and "`" not in inside[fence.end() :]:
            self._end()
            self._fence = fence.group()
            language = inside[fence.end() :].split()[:1]
            self._found.append(
                tr("Code block, {language}", language=language[0][:40]) if language else tr("Code block")
            )
        elif inside.startswith("$$"):
            self._end()
            if not (len(inside) > 4 and inside.endswith("$$")):
                self._fence = "$$"
            self._found.append(tr("Formula"))
        elif inside.startswith("|"):
            self._end()
            if not _DELIMITER_ROW.match(inside):
                if not self._had_row:
                    self._found.append(tr("Table"))
                self._add(", ".join(cell for cell in map(str.strip, inside.strip("|").split("|")) if cell))
                self._end()
            self._had_row = True
        elif _RULE.match(inside):
            self._end()
        else:
            self._add(inside + " ")


def _closes(line: str, fence: str) -> bool:
    if fence == "$$":
        return line == "$$"
    return len(line) >= len(fence) and not line.strip(fence[0])


def spoken(text: str) -> str:
    """A sentence without the marks that nobody says."""
    text = _PICTURE.sub(r"\1", text)
    text = _LINK.sub(r"\1", text)
    text = _EMPHASIS.sub("", text)
    text = _ESCAPED.sub(r"\1", text)
    text = " ".join(text.split())
    return text if any(letter.isalnum() or ord(letter) > 0x2FF for letter in text) else ""
