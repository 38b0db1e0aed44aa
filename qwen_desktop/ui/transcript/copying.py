"""A selection to the Markdown that is copied: exact source between, slices of the first and the last leaf.

A place is (block, leaf of that block in the order of `blocks.leaves_of`, rendered character in that leaf).  Rendered
characters are those of `inline.runs_of` without the box of a task; of a code block its code; of a table its cells, each
followed by a tab or, at the end of a row, a line end.  Formulas on their own lines and rules are taken whole.

`Block.src` is what was received with line ends made `\\n`, NUL made U+FFFD, and no blank lines or link definitions at
the very end if they draw nothing; a whole message is copied from its own text, not from here.  No Qt."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from markdown_it.token import Token

from qwen_desktop.ui.transcript.inline import plain_of, runs_of
from qwen_desktop.ui.transcript.markdown import parser
from qwen_desktop.ui.transcript.source_map import References, markdown_slice
from qwen_desktop.ui.transcript.stream import Block
from qwen_desktop.ui.transcript.units import units_of

Place = tuple[int, int, int]
_TASK_BOX = 4
"""Characters of `[ ] `, which is drawn as a box."""
_DEEP = re.compile(" {4,}")
_TASKS = ("[ ] ", "[x] ")


@dataclass(slots=True)
class LeafPlace:
    """Where a leaf stands in the source of its block: lines begin..end, and what is before its text there."""

    token: Token
    begin: int
    end: int
    prefix: str
    """Container marks before the first line of its text, the mark of a heading included."""
    hidden: int = 0
    """Rendered characters that are not shown: the box of a task."""
    rows: list[list[Token]] = field(default_factory=list)
    """Of a table: the inline tokens of its cells."""
    row_lines: list[int] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Its rendered characters."""
        match self.token.type:
            case "inline":
                return plain_of(runs_of(self.token))[self.hidden :]
            case "fence" | "code_block":
                return self.token.content
            case "math_block":
                return self.token.content or "$"
            case "hr":
                return "-"
        return "".join("\t".join(plain_of(runs_of(cell)) for cell in row) + "\n" for row in self.rows)

    @property
    def continuation(self) -> str:
        """What stands before its further lines."""
        return re.sub(r"[^>\s]", " ", self.prefix)


def block_offsets(block: Block, references: References | None = None) -> list[LeafPlace]:
    """Where the leaves of a block are in its `src`."""
    if block.kind == "plain":
        text = block.tokens[1]
        return [LeafPlace(text, 0, block.src.count("\n") + 1, "")]
    tokens = parser().parse(block.prefix + block.src, {"references": dict(references or {})})
    skipped = block.prefix.count("\n")
    lines = block.src.split("\n")
    leaves: list[LeafPlace] = []
    is_item, element_end = False, 0
    table: LeafPlace | None = None
    for token in (token for unit in units_of(tokens, block.prefix) for token in unit.tokens):
        begin, end = (token.map[0] - skipped, token.map[1] - skipped) if token.map else (0, 0)
        if token.type in ("heading_open", "paragraph_open"):
            element_end = end
        elif token.type == "table_open" or (token.type == "tr_open" and table is None):
            last = end if token.type == "table_open" else len(block.src.rstrip("\n").split("\n"))
            table = LeafPlace(token, begin, last, _prefix(lines[begin], re.compile(r"[^>\s]")))
            leaves.append(table)
            is_item = False
        if table is not None:
            if token.type == "tr_open":
                table.rows.append([])
                table.row_lines.append(begin)
            elif token.type == "inline":
                table.rows[-1].append(token)
            table = None if token.type == "table_close" else table
        elif token.type == "inline":
            first = token.content.split("\n")[0]
            prefix = lines[begin][: max(0, lines[begin].find(first, len(_marks(lines[begin]))))]
            hidden = _TASK_BOX if is_item and first[:4].lower() in _TASKS else 0
            leaves.append(LeafPlace(token, begin, element_end, prefix, hidden))
            is_item = False
        elif token.type in ("fence", "code_block", "math_block", "hr"):
            if token.type == "code_block":
                code = token.content.split("\n")[0]
                prefix = lines[begin][: len(lines[begin]) - len(code)] if lines[begin].endswith(code) else "    "
            else:
                prefix = lines[begin][: max(0, lines[begin].find(token.markup))]
            leaves.append(LeafPlace(token, begin, end, prefix))
            is_item = False
        elif token.type in ("list_item_open", "list_item_close"):
            is_item = token.type == "list_item_open"
    return leaves


_MARK = re.compile(r"[ \t]*(?:>|[-+*](?=\s)|\d{1,9}[.)](?=\s))")


_NUMBERED = re.compile(r"[ \t>]*\d{1,9}[.)](?=\s)")


def _marks(line: str) -> str:
    """Container marks that a line may begin with; perhaps fewer than there are, never more than there can be."""
    found = re.match(r"[ \t>]*(?:#{1,6}[ \t]+)?", line)
    return found[0] if found else ""


def _prefix(line: str, text: re.Pattern[str]) -> str:
    """What of a table's line is container marks."""
    at = 0
    while found := _MARK.match(line, at):
        at = found.end()
    first = text.search(line, at)
    return line[: first.start()] if first else line[:at]


def markdown_between(blocks: Sequence[Block], begin: Place, end: Place, references: References | None = None) -> str:
    """The Markdown of what is selected from `begin` to `end`; the exact source where whole leaves are."""
    if begin >= end:
        return ""
    first = block_offsets(blocks[begin[0]], references)
    last = first if begin[0] == end[0] else block_offsets(blocks[end[0]], references)
    is_from_start = begin[1:] == (0, 0)
    is_to_end = not last or end[1] >= len(last) or (end[1] == len(last) - 1 and end[2] >= len(last[-1].text))
    if begin[0] == 0 and is_from_start and end[0] == len(blocks) - 1 and is_to_end:
        return "".join(block.src for block in blocks)
    if begin[:2] == end[:2] and first and not (is_from_start and is_to_end and first[begin[1]].token.type != "inline"):
        return _within(blocks[begin[0]], first[begin[1]], begin[2], end[2], references)
    head, head_line = _tail_of(blocks[begin[0]], first, begin, references)
    tail, tail_line = _head_of(blocks[end[0]], last, end, references)
    if begin[0] == end[0]:
        middle = "".join(line + "\n" for line in blocks[begin[0]].src.split("\n")[head_line:tail_line])
    else:
        middle = _lines(blocks[begin[0]].src, head_line, None)
        middle += "".join(block.src for block in blocks[begin[0] + 1 : end[0]])
        middle += _lines(blocks[end[0]].src, 0, tail_line)
    if head and _NUMBERED.match(middle or tail) and not _MARK.match(head):
        head += "\n"  # the item it was in is not copied, and a number other than 1 does not end a paragraph
    return (head + middle + tail).strip("\n")


def _lines(src: str, begin: int, end: int | None) -> str:
    return "".join(re.findall(r"[^\n]*\n|[^\n]+", src)[begin:end])


def _within(block: Block, leaf: LeafPlace, begin: int, end: int, references: References | None) -> str:
    """What is selected of one leaf alone."""
    kind = leaf.token.type
    if kind == "inline":
        if block.kind == "plain":
            return leaf.token.content[begin:end]
        return _slice(leaf, begin, end, references)
    if kind in ("fence", "code_block"):
        return leaf.token.content[begin:end]
    if not leaf.rows:
        return _whole(block, leaf)
    (row, column, inside), (last_row, last_column, stop) = _cell(leaf, begin), _cell(leaf, end, is_end=True)
    if (row, column) == (last_row, last_column):
        return markdown_slice(leaf.rows[row][column].content, inside, stop, references)
    return _rows(block, leaf, row, last_row + 1).rstrip("\n")


def _slice(leaf: LeafPlace, begin: int, end: int, references: References | None) -> str:
    return markdown_slice(leaf.token.content, begin + leaf.hidden, end + leaf.hidden, references)


def _whole(block: Block, leaf: LeafPlace) -> str:
    return "\n".join(block.src.split("\n")[leaf.begin : leaf.end]).rstrip("\n")


def _tail_of(block: Block, leaves: list[LeafPlace], place: Place, references: References | None) -> tuple[str, int]:
    """The first leaf from `place` on, and the line of the block that comes after it."""
    _, index, at = place
    if index >= len(leaves):
        return "", 0 if index == 0 else block.src.count("\n") + 1
    leaf = leaves[index]
    if index == at == 0:
        return (block.prefix if block.kind == "rows" else ""), 0
    if at >= len(leaf.text):
        return "", leaf.end
    prefix = _DEEP.sub("   ", leaf.prefix.expandtabs(4))
    continued = re.sub(r"[^>\s]", " ", prefix)
    kind = leaf.token.type
    if leaf.rows:
        return _rows(block, leaf, _cell(leaf, at)[0], len(leaf.rows)), leaf.end
    if kind == "inline" and at:
        if block.kind == "plain":
            return leaf.token.content[at:] + "\n", leaf.end
        box = leaf.token.content[: leaf.hidden]
        text = box + _slice(leaf, at, len(leaf.text), references).lstrip(" ")
        return prefix + text.replace("\n", f"\n{continued}") + "\n" + _underline(block, leaf), leaf.end
    if kind in ("fence", "code_block") and at:
        return _fence(leaf, leaf.token.content[at:], prefix), leaf.end
    first = block.src.split("\n")[leaf.begin]
    return prefix + first[len(leaf.prefix) :] + "\n", leaf.begin + 1


def _head_of(block: Block, leaves: list[LeafPlace], place: Place, references: References | None) -> tuple[str, int]:
    """The last leaf up to `place`, and the line of the block that it begins with."""
    _, index, at = place
    lines = block.src.count("\n") + 1
    if index >= len(leaves):
        return "", lines if index else 0
    leaf = leaves[index]
    if at <= 0:
        return "", leaf.begin
    if at >= len(leaf.text):
        return "", leaf.end
    kind = leaf.token.type
    if leaf.rows:
        row = _cell(leaf, at, is_end=True)[0] + 1
        return "", leaf.row_lines[row] if 0 < row < len(leaf.rows) else leaf.end
    if kind in ("fence", "code_block"):
        return _fence(leaf, leaf.token.content[:at], leaf.prefix, is_last=True), leaf.begin
    if kind != "inline":
        return "", leaf.end
    if block.kind == "plain":
        return leaf.token.content[:at], 0
    text = leaf.token.content[: leaf.hidden] + _slice(leaf, 0, at, references)
    text = leaf.prefix + text.replace("\n", f"\n{leaf.continuation}")
    return text + "\n" + _underline(block, leaf), leaf.begin


def _underline(block: Block, leaf: LeafPlace) -> str:
    """The line below a heading that has one."""
    lines = leaf.token.map[1] - leaf.token.map[0] if leaf.token.map else 0
    return _lines(block.src, leaf.begin + lines, leaf.end) if lines else ""


def _fence(leaf: LeafPlace, code: str, prefix: str, *, is_last: bool = False) -> str:
    """A part of a code block as one; indented code becomes a fence where it begins a selection, as it would belong to
    no item and no quote there."""
    continued = re.sub(r"[^>\s]", " ", prefix)
    lines = code.removesuffix("\n").split("\n")
    if leaf.token.type == "fence" or not is_last:
        longest = max((len(ticks) for ticks in re.findall("`{3,}", code)), default=2)
        marks = leaf.token.markup or "`" * (longest + 1)
        opening = f"{prefix}{marks}{leaf.token.info}\n"
        return opening + "".join(f"{continued}{line}\n" for line in lines) + f"{continued}{marks}\n"
    return "".join(f"{prefix if number == 0 else continued}{line}\n" for number, line in enumerate(lines))


def _cell(leaf: LeafPlace, position: int, *, is_end: bool = False) -> tuple[int, int, int]:
    """Row, column and place in the cell of a position in a table; of one that ends there, the cell before."""
    at, found = 0, (0, 0, 0)
    for row, cells in enumerate(leaf.rows):
        for column, cell in enumerate(cells):
            length = len(plain_of(runs_of(cell)))
            if is_end and position <= at and (row or column):
                return found
            found = row, column, max(0, min(length, position - at))
            if position < at + length + 1:
                return found
            at += length + 1
    return found


def _rows(block: Block, leaf: LeafPlace, begin: int, end: int) -> str:
    """Rows begin..end of a table, behind its header."""
    lines = block.src.split("\n")
    if block.kind == "rows":
        header = block.prefix
    else:
        header = "".join(line + "\n" for line in lines[leaf.begin : leaf.begin + 2])
        begin = max(1, begin)
    return header + "".join(lines[line] + "\n" for line in leaf.row_lines[begin:end])


# Tables


def table_as_markdown(src: str) -> str:
    """The source of a table without what stands around it: container marks and blank lines."""
    lines = [line for line in src.split("\n") if line.strip()]
    marks = _prefix(lines[0], re.compile(r"[^>\s]")) if lines else ""
    indent = re.compile(rf"[ \t>]{{0,{len(marks)}}}")
    return "".join(
        (line[len(marks) :] if number == 0 else indent.sub("", line, count=1)) + "\n"
        for number, line in enumerate(lines)
    )


def table_in(block: Block, number: int) -> str:
    """The source of the table with that number, from 0, among those in `block`, without container marks."""
    tables = [leaf for leaf in block_offsets(block) if leaf.rows]
    return table_as_markdown(_whole(block, tables[number]) + "\n") if number < len(tables) else ""


def table_as_tsv(rows: Sequence[Sequence[str]]) -> str:
    """Cells parted by tabs, rows by line ends, as spreadsheets take them: no cell has either in it."""
    return "".join("\t".join(" ".join(cell.split()) for cell in row) + "\n" for row in rows)


def table_rows(tokens: Sequence[Token]) -> Iterator[list[str]]:
    """The cells of a table's tokens, as read."""
    row: list[str] = []
    for token in tokens:
        if token.type == "tr_open":
            row = []
        elif token.type == "inline":
            row.append(plain_of(runs_of(token)))
        elif token.type == "tr_close":
            yield row
