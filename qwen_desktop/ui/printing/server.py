"""The process in which chats become PDF files and Markdown the bodies of web pages: wishes in, one a line, answers out.

`{"body": Markdown}` is answered by `{"html": …}`.  `{"target": PATH, "title": …}` begins a PDF; a line for each of its
pieces follows, then `{"end": true}`, which is answered by `{"number": …, "words": …}`: zero and '' if it is written.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from PySide6.QtCore import QFile, QIODevice
from PySide6.QtGui import QGuiApplication, QPdfWriter


def serve() -> int:
    """Until the input ends; the exit code."""
    application = QGuiApplication.instance() or QGuiApplication(["qwen-desktop"])
    assert application is not None
    # A frozen app without a console has pipes, but no streams.
    source: IO[bytes] = sys.stdin.buffer if sys.stdin is not None else open(0, "rb")  # noqa: SIM115
    answers: IO[bytes] = sys.stdout.buffer if sys.stdout is not None else open(1, "wb")  # noqa: SIM115
    while line := source.readline():
        wish = json.loads(line)
        answer = {"html": _body_of(wish["body"])} if "body" in wish else _printed(wish, source)
        answers.write(json.dumps(answer).encode() + b"\n")
        answers.flush()
    return 0


def _body_of(markdown: str) -> str:
    from qwen_desktop.ui.printing.web_page import page_body_of

    return page_body_of(markdown)


def _printed(wish: dict[str, Any], source: IO[bytes]) -> dict[str, Any]:
    pieces = _pieces(source)
    answer: dict[str, Any] = {"number": 0, "words": ""}
    try:
        print_document(pieces, wish["title"], Path(wish["target"]))
    except OSError as error:
        answer = {"number": error.errno or 0, "words": error.strerror or "not written"}
    for _ in pieces:  # what was not printed any more
        pass
    return answer


def _pieces(source: IO[bytes]) -> Iterator[dict[str, Any]]:
    while line := source.readline():
        piece = json.loads(line)
        if "end" in piece:
            return
        yield piece


def print_document(pieces: Iterator[dict[str, Any]], title: str, target: Path) -> None:
    """`pieces` as `core.exchange.print_pieces` makes them, to sheets of A4 over the file `target`.  Raises OSError."""
    from qwen_desktop.ui.printing.document import Document
    from qwen_desktop.ui.printing.searchable import make_searchable

    file = QFile(str(target))
    if not file.open(QIODevice.OpenModeFlag.WriteOnly):
        raise OSError(0, file.errorString())
    writer = QPdfWriter(file)
    document = Document(writer, title)
    try:
        for piece in pieces:
            document.add(piece)
            if file.error() != QFile.FileError.NoError:
                break
    finally:
        document.close()
    del document, writer  # it ends the file when it goes
    file.flush()
    problem = file.errorString() if file.error() != QFile.FileError.NoError else ""
    file.close()
    if problem or target.stat().st_size == 0:
        raise OSError(_number_of(target), problem)
    make_searchable(target)


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
