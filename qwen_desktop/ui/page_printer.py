"""The process in which pages become PDF files: paths in, one a line, and for each an answer when it is done.

Qt's text documents read a small part of HTML and CSS (https://doc.qt.io/qt-6/richtext-html-subset.html, read
2026-11-26) and nothing from outside: whatever else a page names is not fetched.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import IO

from PySide6.QtCore import QFile, QIODevice, QMarginsF, QSizeF, QUrl
from PySide6.QtGui import QFont, QGuiApplication, QPageLayout, QPageSize, QPdfWriter, QTextDocument

_MARGIN_MM = 18.0
_DOTS_PER_INCH = 300
_FONTS = ["Noto Sans", "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", "DejaVu Sans"]


class _Document(QTextDocument):
    """Pictures come with the page or not at all."""

    def loadResource(self, kind: int, name: QUrl | str) -> object:
        url = name if isinstance(name, QUrl) else QUrl(name)
        return super().loadResource(kind, url) if url.scheme() == "data" else None


def serve() -> int:
    """Until the input ends; the exit code."""
    application = QGuiApplication.instance() or QGuiApplication(["qwen-desktop"])
    assert application is not None
    # A frozen app without a console has pipes, but no streams.
    source: IO[bytes] = sys.stdin.buffer if sys.stdin is not None else open(0, "rb")  # noqa: SIM115
    answers: IO[bytes] = sys.stdout.buffer if sys.stdout is not None else open(1, "wb")  # noqa: SIM115
    while line := source.readline():
        wish = json.loads(line)
        number, words = 0, ""
        try:
            print_page(Path(wish["page"]), Path(wish["target"]))
        except OSError as error:
            number, words = error.errno or 0, error.strerror or "not written"
        answers.write(json.dumps({"number": number, "words": words}).encode() + b"\n")
        answers.flush()
    return 0


def print_page(page: Path, target: Path) -> None:
    """One page of HTML to a PDF file of A4 sheets, over the file `target`.  Raises OSError."""
    html = page.read_text("utf-8")
    file = QFile(str(target))
    if not file.open(QIODevice.OpenModeFlag.WriteOnly):
        raise OSError(0, file.errorString())
    writer = QPdfWriter(file)
    writer.setResolution(_DOTS_PER_INCH)
    margins = QMarginsF(_MARGIN_MM, _MARGIN_MM, _MARGIN_MM, _MARGIN_MM)
    writer.setPageLayout(
        QPageLayout(
            QPageSize(QPageSize.PageSizeId.A4), QPageLayout.Orientation.Portrait, margins, QPageLayout.Unit.Millimeter
        )
    )
    writer.setCreator("Qwen Desktop")
    document = _Document()
    font = QFont(_FONTS)
    font.setPointSizeF(10)
    document.setDefaultFont(font)
    document.documentLayout().setPaintDevice(writer)
    document.setHtml(html)
    writer.setTitle(document.metaInformation(QTextDocument.MetaInformation.DocumentTitle))
    document.setDocumentMargin(0)
    # Sheets without `print_`'s own second margin and page number in the middle of nowhere.
    document.setPageSize(QSizeF(writer.width(), writer.height()))
    document.print_(writer)
    del writer  # it ends the file when it goes
    file.flush()
    problem = file.errorString() if file.error() != QFile.FileError.NoError else ""
    file.close()
    if problem or target.stat().st_size == 0:
        raise OSError(_number_of(target), problem)


def _number_of(target: Path) -> int:
    """What Qt does not tell: a disk that is full says so when it is asked itself."""
    try:
        with target.open("ab") as file:
            file.write(b"\0")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        return error.errno or 0
    return 0
