"""Tokens of one parse to units: the pieces that are drawn, kept and finished as one.

A unit is a whole top-level element, or one item of a list, or some rows of a table.  No Qt."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it.token import Token

ROWS_PER_UNIT = 6
"""Rows of a table that are drawn and kept together."""

_KINDS = {
    "paragraph_open": "paragraph",
    "heading_open": "heading",
    "blockquote_open": "quote",
    "fence": "fence",
    "code_block": "code",
    "math_block": "math",
    "hr": "rule",
    "table_open": "table",
}
_LIST_OPEN = ("bullet_list_open", "ordered_list_open")


@dataclass(slots=True)
class Unit:
    """A block to be, in the coordinates of one parse."""

    kind: str
    tokens: list[Token]
    line: int
    """Where it starts, counted from the first line after the prefix."""
    group: int
    """Which top-level element it is or belongs to."""
    opens: bool = True
    """It is the first part of its list or table, what is frozen included."""
    closes: bool = True
    """It is the last part of its list or table, as far as is known."""
    number: int | None = None
    """Of an item in a numbered list."""
    is_loose: bool | None = None
    """Of an item: whether its list is; None while no paragraph of the list would show it."""


def units_of(tokens: list[Token], prefix: str = "", next_number: int | None = None) -> list[Unit]:
    """The units of a parse.  With a prefix, the first element is entered where it was left: what the prefix gave is
    dropped, and a numbered list goes on at `next_number`."""
    skipped_lines = prefix.count("\n")
    units: list[Unit] = []
    for group, element in enumerate(_elements(tokens, level=0)):
        is_entered = group == 0 and bool(prefix)
        first = element[0]
        if first.type in _LIST_OPEN:
            units += _items(element, group, is_entered, next_number)
        elif first.type == "table_open":
            units += _row_groups(element, group, is_entered)
        else:
            units.append(Unit(_KINDS.get(first.type, "paragraph"), element, _line(first), group))
    for unit in units:
        unit.line -= skipped_lines
    return units


def set_loose(tokens: list[Token], is_loose: bool) -> None:
    """Make the paragraphs that stand directly in the items of a top-level list those of a loose or a tight list."""
    for token in tokens:
        if token.level == 2 and token.type in ("paragraph_open", "paragraph_close"):
            token.hidden = not is_loose


def is_loose(tokens: list[Token]) -> bool | None:
    """Whether the top-level list that `tokens` start with is loose; None if no paragraph shows it."""
    for token in tokens:
        if token.level == 2 and token.type == "paragraph_open":
            return not token.hidden
        if token.level == 0 and token.nesting == -1:
            break
    return None


_MARKER = re.compile(r" {0,3}(?:[-+*]|\d{1,9}([.)]))")


def invented_item(first_line: str) -> str:
    """An item that belongs to the same list as `first_line`, and so wide that no item of the list is inside it."""
    found = _MARKER.match(first_line)
    if found is None:
        return ""
    return f"1{found[1]}   x\n" if found[1] else f"{found[0].lstrip()}    x\n"


def _elements(tokens: list[Token], level: int) -> Iterator[list[Token]]:
    begin = depth = 0
    for index, token in enumerate(tokens):
        depth += token.nesting
        if depth == 0:
            yield tokens[begin : index + 1]
            begin = index + 1


def _items(element: list[Token], group: int, is_entered: bool, next_number: int | None) -> list[Unit]:
    opening = element[0]
    looseness = is_loose(element)
    number: int | None = None
    if opening.type == "ordered_list_open":
        number = next_number if is_entered else int(opening.attrs.get("start", 1))
    items = [Unit("item", item, _line(item[0]), group, False, False, None, looseness)
             for item in _elements(element[1:-1], level=1)]  # fmt: skip
    if is_entered:
        del items[0]
    else:
        items[0].tokens.insert(0, opening)
        items[0].opens = True
    if items:
        items[-1].tokens.append(element[-1])
        items[-1].closes = True
    for offset, item in enumerate(items):
        item.number = None if number is None else number + offset
    return items


def _row_groups(element: list[Token], group: int, is_entered: bool) -> list[Unit]:
    body = next((index for index, token in enumerate(element) if token.type == "tbody_open"), None)
    if body is None:
        return [] if is_entered else [Unit("table", element, _line(element[0]), group)]
    rows = list(_elements(element[body + 1 : -2], level=2))
    units = []
    for begin in range(0, len(rows), ROWS_PER_UNIT):
        part = rows[begin : begin + ROWS_PER_UNIT]
        tokens = [token for row in part for token in row]
        unit = Unit("rows", tokens, _line(part[0][0]), group, False, False)
        if begin == 0 and not is_entered:
            unit = Unit("table", element[: body + 1] + tokens, _line(element[0]), group, True, False)
        units.append(unit)
    units[-1].tokens += element[-2:]
    units[-1].closes = True
    return units


def _line(token: Token) -> int:
    return token.map[0] if token.map else 0
