"""The pieces of a conversation to a PDF: each is set as it comes and forgotten when its sheet is full."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

from PySide6.QtGui import QImage, QPdfWriter

from qwen_desktop.core.protocol.surrogates import clean_text
from qwen_desktop.ui.printing.blocks import markdown_strips, picture_strip
from qwen_desktop.ui.printing.formulas import drawing_time
from qwen_desktop.ui.printing.lines import BOX, LINE, QUIET, TEXT, Paragraph, font_of, paragraphs
from qwen_desktop.ui.printing.sheets import POINT, Frame, Sheets, Strip, space
from qwen_desktop.ui.transcript.inline import PLAIN, shown

_PT_OF_PX = 0.75
_HIGHEST = 0.55
"""Of a picture, in heights of a sheet."""


class Document:
    """One PDF; `close` when all pieces are in it."""

    def __init__(self, writer: QPdfWriter, title: str) -> None:
        self._sheets = Sheets(writer, shown(title), font_of(8), QUIET, LINE)

    def add(self, piece: dict[str, Any]) -> None:
        for strip in self._strips(piece):
            self._sheets.add(strip)

    def close(self) -> None:
        self._sheets.close()

    def _strips(self, piece: dict[str, Any]) -> Iterator[Strip]:
        width = self._sheets.width
        text = shown(clean_text(str(piece.get("text", ""))).replace("\r\n", "\n"))
        match piece["kind"]:
            case "title":
                title = Paragraph([(text, PLAIN)], font_of(18, is_bold=True), leading=1.3)
                yield from title.strips(0, width, is_kept=True)
                yield space(3 * POINT, is_kept=True)
            case "about":
                yield from Paragraph([(text, PLAIN)], font_of(8.5), QUIET).strips(0, width)
            case "who":
                yield space(18 * POINT)
                yield from Paragraph([(text, PLAIN)], font_of(8.5, is_bold=True), QUIET).strips(0, width, is_kept=True)
                yield space(3 * POINT, is_kept=True)
            case "remark":
                yield from Paragraph([(text, PLAIN)], font_of(8.5), QUIET).strips(0, width, is_kept=True)
                yield space(2 * POINT, is_kept=True)
            case "typed":
                yield from _boxed(text, width)
            case "reasoning":
                frame = Frame(0, width, bar=LINE)
                for paragraph in paragraphs(text, font_of(9), QUIET):
                    yield from paragraph.strips(12 * POINT, width - 12 * POINT, (frame,))
                yield space(8 * POINT)
            case "markdown":
                drawing_time.begin_message()
                yield from markdown_strips(str(piece["text"]), width)
            case "picture":
                yield from self._picture(piece, width)
            case "sources":
                yield space(9 * POINT)
                yield from Paragraph([(text, PLAIN)], font_of(8.5), QUIET).strips(0, width, is_kept=True)
                for number, words in piece["items"]:
                    line = Paragraph([(f"{number}. {shown(str(words))}", PLAIN)], font_of(8.5), TEXT)
                    yield from line.strips(0, width)

    def _picture(self, piece: dict[str, Any], width: float) -> Iterator[Strip]:
        image = QImage.fromData(base64.b64decode(piece["content"]))
        if image.isNull():
            return
        wide, high = image.width() * _PT_OF_PX * POINT, image.height() * _PT_OF_PX * POINT
        scale = min(1.0, width / wide, self._sheets.height * _HIGHEST / high)
        yield space(6 * POINT)
        yield picture_strip(image, 0, wide * scale, high * scale, is_exact=bool(piece["is_exact"]))


def _boxed(text: str, width: float) -> Iterator[Strip]:
    """What somebody typed, in a box."""
    box = (Frame(0, width, BOX, 5 * POINT),)
    yield Strip(7 * POINT, None, True, box)
    last: Strip | None = None
    for paragraph in paragraphs(text.rstrip("\n"), font_of()):
        for strip in paragraph.strips(11 * POINT, width - 22 * POINT, box):
            if last is not None:
                yield last
            last = strip
    if last is not None:
        last.is_kept = True
        yield last
    yield Strip(7 * POINT, None, False, box)
