"""What a PDF says its glyphs mean, corrected in place: Chinese and Arabic words are found and copied as written.

WORKAROUND for a PDF writer that names each glyph by the lowest character that has it: 自 would be copied as the radical
⾃, a space as a tab, an Arabic letter as the shape it has between others.
Form of these tables: https://adobe-type-tools.github.io/font-tech-notes/pdfs/5411.ToUnicode.pdf (read 2026-11-27).
"""

from __future__ import annotations

import mmap
import re
import unicodedata
from functools import cache
from pathlib import Path

from PySide6.QtGui import QFont, QRawFont

from qwen_desktop.ui.printing.lines import FONTS

_RADICALS = range(0x2E80, 0x2FE0)
_IDEOGRAPHS = range(0x4E00, 0xA000)
_SHAPES = (*range(0xFB50, 0xFDFE), *range(0xFE70, 0xFEFD))
"""Arabic letters as they stand beside others."""
_NAMES = re.compile(rb"\[(?:<[0-9A-F]{4}> ?)+\]")
_NAME = re.compile(rb"[0-9A-F]{4}")


def make_searchable(file: Path) -> None:
    """Of a finished PDF; the length of nothing in it changes.  Raises OSError."""
    with file.open("r+b") as opened, mmap.mmap(opened.fileno(), 0) as content:
        end = content.rfind(b"endcmap")
        while end > 0:
            begin = content.rfind(b"begincmap", 0, end)
            if begin < 0:
                return
            table = content[begin:end]
            content[begin:end] = _NAMES.sub(lambda names: _NAME.sub(_corrected, names[0]), table)
            end = content.rfind(b"endcmap", 0, begin)


def _corrected(name: re.Match[bytes]) -> bytes:
    code = int(name[0], 16)
    if code == 0x09:
        code = 0x20
    elif code in _RADICALS:
        code = _ideographs().get(code, code)
    elif code in _SHAPES:
        letter = unicodedata.normalize("NFKC", chr(code))
        code = ord(letter) if len(letter) == 1 else code
    return b"%04X" % code


@cache
def _ideographs() -> dict[int, int]:
    """Radicals to the characters that look the same in one of the fonts of print."""
    found: dict[int, int] = {}
    for family in FONTS:
        font = QRawFont.fromFont(QFont(family))
        if not font.supportsCharacter(ord("自")):
            continue
        glyphs = {glyph: code for code in reversed(_IDEOGRAPHS) for glyph in font.glyphIndexesForString(chr(code))}
        for code in _RADICALS:
            for glyph in font.glyphIndexesForString(chr(code)):
                if glyph and glyph in glyphs:
                    found.setdefault(code, glyphs[glyph])
    return found
