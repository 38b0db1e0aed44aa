"""Any text to one line that menus, notifications and windows of other programs can show as it is."""

from __future__ import annotations


def plain_line(text: str, most_characters: int) -> str:
    """The beginning of `text` on one line: no control characters, none that turn the direction, no lone surrogates.

    White space becomes single spaces.  At most `most_characters`, the last of them an ellipsis if something was cut;
    a text without anything to show gives an empty line.
    """
    # Bounded before it is looked at: a reply may be of megabytes, and the beginning of one may be nothing but spaces.
    shown = "".join(letter if letter.isprintable() else _space(letter) for letter in text[: most_characters * 16])
    line = " ".join(shown.split())
    return line if len(line) <= most_characters else line[: most_characters - 1].rstrip() + "…"


def _space(letter: str) -> str:
    return " " if letter.isspace() else ""
