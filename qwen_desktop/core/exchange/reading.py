"""A file to the conversations in it, one after another: ours, ChatGPT's, or lists of messages; also packed in a zip.

What a file is, its content says, not its name.  Everything in it is hostile: nothing is unpacked to disk, each piece is
bounded, and one that cannot be taken is named while the others go on.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from qwen_desktop.core.exchange import chatgpt, json_form, openai_messages
from qwen_desktop.core.exchange.foreign_pictures import UNPACKING, Encoded, Finder, ZipPictures, decoded_base64, nowhere
from qwen_desktop.core.exchange.json_walk import Piece, decoded, pieces_of
from qwen_desktop.core.exchange.pictures import MOST_BYTES
from qwen_desktop.core.exchange.problems import BadConversation, BadFile
from qwen_desktop.core.exchange.whole import WholeConversation
from qwen_desktop.core.long_work import let_go
from qwen_desktop.core.plain_line import plain_line

MOST_FILE_BYTES = 16 << 30
MOST_UNPACKED_BYTES = 4 << 30
"""Of a zip, all in all: a bomb of kilobytes may unpack to anything."""
MOST_CONVERSATIONS = 200_000
MOST_NAMES = 100_000
MOST_COLLECTED_BYTES = 64 << 20
_LEAST_BYTES = 256
"""What the smallest value costs all the same."""
_ENDINGS = (".json", ".jsonl", ".ndjson")


@dataclass(frozen=True, slots=True)
class Found:
    """One conversation of a file, or why it cannot be taken."""

    title: str
    conversation: WholeConversation | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class FoundPicture:
    """A picture of conversations before it."""

    digest: str
    content: bytes


def read_file(
    path: Path, otherwise_at: datetime, check: Callable[[], None] = lambda: None
) -> Iterator[Found | FoundPicture]:
    """What is in the file, in its order.  `check` is called often, and may raise to give up.

    Raises BadFile where the file cannot be read on; what came before is complete.
    """
    try:
        with _opened(path) as file:
            if _is_zip(file):
                yield from _read_zip(file, otherwise_at, check)
            else:
                yield from _read_json(_checked(file.read, check, MOST_FILE_BYTES), otherwise_at)
    except BadFile as error:
        raise BadFile(error.reason, error.detail, path=path.name) from error
    except FileNotFoundError as error:
        raise BadFile("missing", path=path.name) from error
    except OSError as error:
        raise BadFile("unreadable", os.strerror(error.errno or 0), path=path.name) from error


def _opened(path: Path) -> BinaryIO:
    # Without waiting: a pipe would never answer.
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0))
    try:
        about = os.fstat(descriptor)
        if not stat.S_ISREG(about.st_mode):
            raise BadFile("not_json")
        if about.st_size > MOST_FILE_BYTES:
            raise BadFile("large")
        return os.fdopen(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


def _checked(read: Callable[[int], bytes], check: Callable[[], None], most_bytes: int) -> Callable[[int], bytes]:
    left = most_bytes

    def checked(size: int) -> bytes:
        nonlocal left
        check()
        chunk = read(size)
        left -= len(chunk)
        if left < 0:
            raise BadFile("large")
        return chunk

    return checked


def _is_zip(file: BinaryIO) -> bool:
    begin = file.read(4)
    file.seek(0)
    return begin in (b"PK\x03\x04", b"PK\x05\x06")


def _read_zip(file: BinaryIO, otherwise_at: datetime, check: Callable[[], None]) -> Iterator[Found | FoundPicture]:
    """The JSON files in it that hold conversations; names and links in it mean nothing, since nothing is unpacked."""
    try:
        archive = zipfile.ZipFile(file)
        names = archive.infolist()
    except UNPACKING as error:
        raise BadFile("zip") from error
    if len(names) > MOST_NAMES:
        raise BadFile("large")
    wanted = [one for one in names if one.filename.lower().endswith(_ENDINGS) and not _is_dross(one)]
    theirs = [one for one in wanted if one.filename.rpartition("/")[2].startswith("conversations")]
    pictures = ZipPictures(archive, check)
    left = MOST_UNPACKED_BYTES
    problem: BadFile | None = None
    seen: set[bytes] = set()
    has_any = False
    for one in sorted(theirs, key=_numbers_in) or wanted:
        try:
            with archive.open(one) as unpacked:
                read = _checked(_unpacking(unpacked.read), check, left)
                for found in _read_json(read, otherwise_at, pictures.find, seen):
                    has_any = True
                    yield found
                left -= unpacked.tell()
        except BadFile as error:
            if error.reason != "not_json" or theirs:  # other files of theirs are JSON too, and no conversations
                problem = problem or error  # of many parts, one that is damaged does not stop the others
        except UNPACKING:
            problem = problem or BadFile("zip")
    if problem is not None:
        raise problem
    if not has_any:
        raise BadFile("not_json")


def _is_dross(one: zipfile.ZipInfo) -> bool:
    """A folder, or what macOS puts beside files."""
    return one.is_dir() or one.filename.startswith("__MACOSX/") or one.filename.rpartition("/")[2].startswith("._")


def _numbers_in(one: zipfile.ZipInfo) -> tuple[list[int], str]:
    return [int(digits) for digits in re.findall(r"\d{1,9}", one.filename)], one.filename


def _unpacking(read: Callable[[int], bytes]) -> Callable[[int], bytes]:
    def unpacked(size: int) -> bytes:
        try:
            return read(size)
        except UNPACKING as error:
            raise BadFile("zip") from error

    return unpacked


def _read_json(
    read: Callable[[int], bytes], otherwise_at: datetime, find: Finder = nowhere, seen: set[bytes] | None = None
) -> Iterator[Found | FoundPicture]:
    """`seen`: of conversations of ChatGPT, which may stand in more than one file of an export."""
    reader = _Reader(otherwise_at, find, set() if seen is None else seen)
    for piece in pieces_of(read):
        yield from reader.take(piece)
        if reader.count > MOST_CONVERSATIONS:
            raise BadFile("large")
    yield from reader.finish()


class _Reader:
    """Pieces of one file to conversations."""

    def __init__(self, otherwise_at: datetime, find: Finder, seen: set[bytes]) -> None:
        self._otherwise_at = otherwise_at
        self._find = find
        self._seen = seen
        self._collected: dict[str, Any] = {}
        """Of an outer object that may be one conversation by itself."""
        self._messages: list[Any] = []
        """Of an outer list that may be one conversation by itself."""
        self._bytes = 0
        self.count = 0

    def take(self, piece: Piece) -> Iterator[Found | FoundPicture]:
        match piece.kind:
            case "item":
                yield from self._take_item(piece)
            case "list":
                self._collected[piece.key] = []
            case "element" if piece.key == "conversations":
                yield from self._found(piece)
            case "element" if piece.key == "files":
                yield from _picture(piece)
            case "element" | "value":
                self._collect(piece)
            case "end":
                yield from self._end()

    def finish(self) -> Iterator[Found]:
        """The file has ended.  Raises BadFile if nothing in it was known."""
        if self._messages:
            yield self._made({"messages": self._messages}, "")
        if not self.count:
            raise BadFile("not_json")

    def _take_item(self, piece: Piece) -> Iterator[Found]:
        """Of an outer list: a conversation, or one message of the only one."""
        yield from self._found(piece, may_be_message=True)

    def _collect(self, piece: Piece) -> None:
        self._bytes += len(piece.raw or b"") + len(piece.key) + _LEAST_BYTES
        if piece.raw is None or self._bytes > MOST_COLLECTED_BYTES:
            raise BadFile("large")
        try:
            value = decoded(piece)
        except BadConversation:
            raise BadFile("not_json") from None
        is_version = piece.key == "version" and self._collected.get("format") == json_form.FORMAT
        if is_version and isinstance(value, int) and value > json_form.VERSION:
            raise BadFile("newer")
        if piece.kind == "element":
            self._collected[piece.key].append(value)
        else:
            self._collected[piece.key] = value

    def _end(self) -> Iterator[Found]:
        found, self._collected, self._bytes = self._collected, {}, 0
        if "conversations" in found:
            self.count += not found.get("conversations") and found.get("format") == json_form.FORMAT
        elif openai_messages.looks_like_message(found) and "messages" not in found:
            self._messages.append(found)  # one a line
        elif "mapping" in found or "messages" in found:
            yield self._made(found, "")
        elif self.count:
            self.count += 1
            yield Found("", problem=BadConversation("unknown").sentence)

    def _found(self, piece: Piece, *, may_be_message: bool = False) -> Iterator[Found]:
        try:
            found = decoded(piece)
        except BadConversation as error:
            self.count += 1
            yield Found("", problem=error.sentence)
            return
        if self._is_repeated(found, piece):
            self.count += 1
        elif may_be_message and openai_messages.looks_like_message(found):
            self._bytes += len(piece.raw or b"")
            if self._bytes > MOST_COLLECTED_BYTES:
                raise BadFile("large")
            self._messages.append(found)
        else:
            yield self._made(found, "")

    def _is_repeated(self, found: Any, piece: Piece) -> bool:
        """The same bytes have been there: a large export holds some in more than one of its files."""
        if not isinstance(found, dict) or "mapping" not in found:
            return False
        digest = hashlib.sha256(piece.raw or b"").digest()
        is_there = digest in self._seen
        self._seen.add(digest)
        return is_there

    def _made(self, found: Any, title: str) -> Found:
        self.count += 1
        if isinstance(found, dict) and isinstance(found.get("title"), str):
            title = plain_line(found["title"], 100)
        try:
            return Found(title, self._conversation(found))
        except BadConversation as error:
            return Found(title, problem=error.sentence)
        except RecursionError:
            return Found(title, problem=BadConversation("json").sentence)
        finally:
            _let_go(found)

    def _conversation(self, found: Any) -> WholeConversation:
        if isinstance(found, list) and found and all(map(openai_messages.looks_like_message, found)):
            found = {"messages": found}
        if not isinstance(found, dict):
            raise BadConversation("unknown")
        if "mapping" in found:
            made = chatgpt.conversation_from(found, self._otherwise_at, self._find)
        elif "messages" in found and "updated_at" in found and "created_at" in found and _is_ours(found["messages"]):
            made = json_form.conversation_from(found)
        elif "messages" in found:
            made = openai_messages.conversation_from(found, self._otherwise_at)
        else:
            raise BadConversation("unknown")
        return made


def _let_go(found: Any) -> None:
    for value in found.values() if isinstance(found, dict) else ():
        if isinstance(value, dict | list):
            let_go(value)


def _is_ours(messages: Any) -> bool:
    """Their messages have contents, ours have texts."""
    return isinstance(messages, list) and not any(isinstance(one, dict) and "content" in one for one in messages[:3])


def _picture(piece: Piece) -> Iterator[FoundPicture]:
    """What is no picture is passed over: the conversations that want it say that it is missing."""
    try:
        found = decoded(piece)
        digest, content = found["digest"], found["content"]
        if isinstance(digest, str) and isinstance(content, Encoded) and len(content) <= MOST_BYTES * 4 // 3 + 4:
            yield FoundPicture(digest, decoded_base64(content))
    except (BadConversation, KeyError, TypeError, ValueError):
        return
