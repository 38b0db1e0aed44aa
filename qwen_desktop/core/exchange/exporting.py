"""Conversations to files: one, several or all, in any format.

Blocks for the disk, so it runs on any thread but the window's.  One conversation is in memory at a time.  What is
finished stays when the rest is given up; nothing half-written does.
"""

from __future__ import annotations

import enum
import os
import secrets
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar
from urllib.parse import quote

from qwen_desktop.core.chat.attachment import Attachment
from qwen_desktop.core.exchange import wording
from qwen_desktop.core.exchange.file_names import folded, free_name, safe_stem
from qwen_desktop.core.exchange.html import BodyOf, page_of
from qwen_desktop.core.exchange.json_file import write_json
from qwen_desktop.core.exchange.markdown import markdown_of
from qwen_desktop.core.exchange.output import new_file, new_folder, publish, told
from qwen_desktop.core.exchange.pictures import PictureFiles, ending_of
from qwen_desktop.core.exchange.print_pieces import Piece, pieces_of
from qwen_desktop.core.exchange.problems import InTheWay
from qwen_desktop.core.exchange.whole import WholeConversation
from qwen_desktop.core.storage.exchange import conversation_ids, read_whole
from qwen_desktop.core.words import tr

T = TypeVar("T")

_MOST_STEM_BYTES = 100
_JSON_STEM = "qwen-desktop"
PICTURES_FOLDER = "attachments"


class Format(enum.StrEnum):
    """The value is the ending of the file, and what `export --format` calls it."""

    MARKDOWN = "md"
    JSON = "json"
    HTML = "html"
    PDF = "pdf"


class Cancelled(Exception):
    """The user gave it up; raised by `Tools.check`."""


class Reader(Protocol):
    """Runs a read on a connection of the history, and waits for it."""

    def __call__(self, job: Callable[[sqlite3.Connection], T]) -> T: ...


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be exported of each conversation."""

    format: Format = Format.MARKDOWN
    with_reasoning: bool = True
    """Of Markdown, HTML and PDF; JSON leaves nothing out."""
    with_deleted: bool = False
    """JSON: what was deleted and can be brought back, too."""
    with_sent: bool = False
    """JSON: what left for each reply, too."""


@dataclass(frozen=True, slots=True)
class Tools:
    """What an export works with."""

    read: Reader
    attachments: Path
    """The folder of the history's pictures."""
    body_of: BodyOf
    """Markdown to safe HTML."""
    print_pdf: Callable[[Iterator[Piece], str, Path], None] | None = None
    """Pieces and a title to a PDF file that is empty now; raises OSError and CannotPrint."""
    tell: Callable[[int, int], None] = lambda done, total: None
    check: Callable[[], None] = lambda: None
    """Called often; raises Cancelled to give up."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written."""

    path: Path
    """The file, or the folder of several."""
    conversations: int
    missing_pictures: int = 0


def export_one(tools: Tools, wish: Wish, conversation_id: int, path: Path, *, may_replace: bool = False) -> Exported:
    """One conversation to the file `path`.

    Raises LookupError, StorageUnavailable, InTheWay (a file that is there stays, unless it `may_replace`), Cancelled.
    """
    pictures = PictureFiles(tools.attachments)
    tools.check()
    whole = _read(tools, wish, conversation_id)
    try:
        _write(tools, wish, whole, path, pictures, f"{path.stem}-files", may_replace=may_replace)
    except FileExistsError as error:
        raise InTheWay(str(path)) from error
    return Exported(path, 1, pictures.missing)


def export_many(tools: Tools, wish: Wish, folder: Path, ids: Sequence[int] | None = None) -> Exported:
    """Those conversations, or all, to files in `folder`, which is made if need be; what is in it stays.

    JSON gives one file, everything else one for each conversation.  Raises StorageUnavailable, InTheWay, Cancelled.
    """
    wanted = tools.read(lambda db: conversation_ids(db, with_deleted=wish.with_deleted)) if ids is None else list(ids)
    new_folder(folder)
    with told(folder):
        taken = {folded(name) for name in os.listdir(folder)}
    pictures = PictureFiles(tools.attachments)
    tools.tell(0, len(wanted))
    if wish.format is Format.JSON:
        return _one_json(tools, wish, wanted, folder, taken, pictures)
    written = 0
    for done, whole in enumerate(_all(tools, wish, wanted)):
        stem = f"{whole.created_at:%Y-%m-%d} {safe_stem(whole.title, tr('Untitled chat'), _MOST_STEM_BYTES)}"
        while True:
            name = free_name(stem, f".{wish.format}", taken)
            taken.add(folded(name))
            with suppress(FileExistsError):  # somebody else was faster
                _write(tools, wish, whole, folder / name, pictures, PICTURES_FOLDER)
                break
        written += 1
        tools.tell(done + 1, len(wanted))
    return Exported(folder, written, pictures.missing)


def _one_json(
    tools: Tools, wish: Wish, wanted: list[int], folder: Path, taken: set[str], pictures: PictureFiles
) -> Exported:
    written = 0

    def counted() -> Iterator[WholeConversation]:
        nonlocal written
        for whole in _all(tools, wish, wanted):
            yield whole
            written += 1
            tools.tell(written, len(wanted))

    path = folder / free_name(_JSON_STEM, ".json", taken)
    try:
        with new_file(path) as file:
            write_json(file, counted(), pictures, tools.check)
    except FileExistsError as error:
        raise InTheWay(str(path)) from error
    return Exported(folder, written, pictures.missing)


def _all(tools: Tools, wish: Wish, wanted: list[int]) -> Iterator[WholeConversation]:
    for conversation_id in wanted:
        tools.check()
        with suppress(LookupError):  # erased meanwhile
            yield _read(tools, wish, conversation_id)


def _read(tools: Tools, wish: Wish, conversation_id: int) -> WholeConversation:
    with_all = wish.format is Format.JSON
    return tools.read(
        lambda db: read_whole(
            db, conversation_id, with_deleted=with_all and wish.with_deleted, with_sent=with_all and wish.with_sent
        )
    )


def _write(
    tools: Tools,
    wish: Wish,
    whole: WholeConversation,
    path: Path,
    pictures: PictureFiles,
    pictures_folder: str,
    *,
    may_replace: bool = False,
) -> None:
    match wish.format:
        case Format.JSON:
            with new_file(path, may_replace=may_replace) as file:
                write_json(file, [whole], pictures, tools.check)
        case Format.MARKDOWN:
            where = _PictureCopies(pictures, path.parent / pictures_folder)
            _write_text(
                tools,
                path,
                markdown_of(whole, where.path_of, with_reasoning=wish.with_reasoning),
                may_replace=may_replace,
            )
        case Format.HTML:
            page = page_of(whole, tools.body_of, pictures.read, with_reasoning=wish.with_reasoning)
            _write_text(tools, path, page, may_replace=may_replace)
        case Format.PDF:
            pieces = pieces_of(whole, pictures.read, with_reasoning=wish.with_reasoning)
            _write_pdf(tools, path, pieces, wording.title_line(whole.title), may_replace=may_replace)


def _write_text(tools: Tools, path: Path, parts: Iterator[str], *, may_replace: bool) -> None:
    with new_file(path, may_replace=may_replace) as file:
        for part in parts:
            tools.check()
            # A half surrogate pair cannot be in a file of UTF-8, nor is one in the history.
            file.write(part.encode("utf-8", "replace"))


def _write_pdf(tools: Tools, path: Path, pieces: Iterator[Piece], title: str, *, may_replace: bool) -> None:
    if tools.print_pdf is None:
        raise ValueError("nobody prints")
    if not may_replace and os.path.lexists(path):
        raise FileExistsError(str(path))
    made = path.with_name(f".{secrets.token_hex(8)}.part")
    try:
        tools.check()
        with told(path):
            os.close(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            tools.print_pdf(pieces, title, made)
            publish(made, path, may_replace=may_replace)
    finally:
        with suppress(OSError):
            made.unlink()


class _PictureCopies:
    """Pictures of a Markdown file, copied into a folder beside it when the text names them."""

    def __init__(self, pictures: PictureFiles, folder: Path) -> None:
        self._pictures = pictures
        self._folder = folder

    def path_of(self, picture: Attachment) -> str | None:
        name = picture.digest[:20] + ending_of(picture)
        if (content := self._pictures.read(picture)) is None:
            return None
        new_folder(self._folder)
        with suppress(FileExistsError), new_file(self._folder / name) as file:
            file.write(content)
        return f"{quote(self._folder.name)}/{name}"


def suggested_name(title: str, wanted: Format) -> str:
    """A name for the file of one conversation."""
    return free_name(safe_stem(wording.title_line(title), tr("Untitled chat"), _MOST_STEM_BYTES), f".{wanted}", ())
