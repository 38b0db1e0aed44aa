"""Pictures that conversations of other programs name: from a zip or a data URL to attachments like any other.

Their bytes are hostile: bounded before they are read, decoded where pictures of prompts are, kept as what came out of
that.  A zip is never unpacked, so a path in it leads nowhere; one that means to is refused all the same.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import lzma
import re
import stat
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace

from qwen_desktop.core.chat.attachment import Attachment
from qwen_desktop.core.errors import AttachmentRefused
from qwen_desktop.core.exchange.problems import BadPicture
from qwen_desktop.core.exchange.whole import WantedPicture, WholeConversation, WholeMessage
from qwen_desktop.core.images.apart import prepare_apart
from qwen_desktop.core.plain_line import plain_line
from qwen_desktop.core.storage.attachments import AttachmentStore
from qwen_desktop.core.words import describe, tr

MOST_BYTES = 64 << 20
"""Of one picture as it comes."""
MOST_BYTES_IN_ALL = 32 << 30
"""Of the pictures of one zip."""
MOST_RATIO = 200
"""Of a picture's size to what it takes in the zip, above some size: pictures are packed already."""
_RATIO_FROM_BYTES = 1 << 20
_SLICE = 192 * 1024
"""Bytes that are worked on at once, so that no other thread waits long for the interpreter."""
_ID = re.compile(r"file[-_][A-Za-z0-9]+")
_ELSEWHERE = re.compile(r"^[/\\]|^[A-Za-z]:|(?:^|[/\\])\.\.(?:[/\\]|$)|\0")
_PICTURE_ENDINGS = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".dat")
_DATA_URL = re.compile(r"data:(?:image/[\w.+-]{1,40})?(?:;[\w=.+-]{0,80})*;base64,", re.IGNORECASE)

UNPACKING = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, RuntimeError, NotImplementedError, ValueError, OSError
)  # fmt: skip
"""What unpacking a zip may raise."""

Encoded = str | memoryview
"""Base64 as `json_walk.decoded` gives it: a text, or, where that would be long, its bytes."""

Finder = Callable[[str, str], WantedPicture]
"""What a conversation calls a picture by, and the name its user gave it ('' if none), to where it is to be had."""


def nowhere(pointer: str, name: str) -> WantedPicture:
    """For conversations that came without their pictures."""
    return _refused(name or _id_of(pointer), "missing")


def from_data_url(url: Encoded, name: str = "") -> WantedPicture | None:
    """A picture that stands in the text of a file; None for an address of any other kind."""
    begin = _DATA_URL.match(_text(url[:200]))
    return None if begin is None else from_base64(url, begin.end(), name)


def from_base64(text: Encoded, begin: int = 0, name: str = "") -> WantedPicture:
    """The same of what has no address before it."""
    name = name or tr("Picture")
    if (len(text) - begin) * 3 // 4 > MOST_BYTES:
        return _refused(name, "large")

    def read() -> bytes:
        try:
            return decoded_base64(text, begin)
        except ValueError as error:
            raise BadPicture("encoded", name) from error

    digest = hashlib.sha256()
    for at in range(begin, len(text), _SLICE):
        part = text[at : at + _SLICE]
        digest.update(part.encode("utf-8", "replace") if isinstance(part, str) else part)
    return WantedPicture(name, f"data:{digest.hexdigest()}", read)


def _text(encoded: Encoded) -> str:
    return encoded if isinstance(encoded, str) else str(encoded, "utf-8", "replace")


def decoded_base64(text: Encoded, begin: int = 0) -> bytes:
    """The bytes of a long text, a slice at a time.  Raises ValueError."""
    parts = []
    for at in range(begin, len(text), _SLICE):
        part = text[at : at + _SLICE]
        try:
            parts.append(binascii.a2b_base64(part, strict_mode=True))
        except binascii.Error:
            # With line ends in it, slices do not fall on whole groups.
            return base64.b64decode("".join(_text(text[begin:]).split()), validate=True)
    return b"".join(parts)


class ZipPictures:
    """The pictures of an export, found by the beginning of their file's name."""

    def __init__(self, archive: zipfile.ZipFile, check: Callable[[], None]) -> None:
        self._archive = archive
        self._check = check
        self._left = MOST_BYTES_IN_ALL
        infos = [one for one in archive.infolist() if not one.is_dir()]
        self._counts = Counter(one.filename for one in infos)
        self._by_id: dict[str, zipfile.ZipInfo] = {}
        for one in sorted(infos, key=lambda one: not one.filename.lower().endswith(_PICTURE_ENDINGS)):
            if found := _ID.match(re.split(r"[/\\]", one.filename)[-1]):
                self._by_id.setdefault(found[0], one)

    def find(self, pointer: str, name: str = "") -> WantedPicture:
        """See `Finder`."""
        info = next((self._by_id[id] for id in _ID.findall(pointer[:500]) if id in self._by_id), None)
        if info is None:
            return nowhere(pointer, name)
        name = name or plain_line(re.split(r"[/\\]", info.filename)[-1], 200)
        if problem := self._problem(info):
            return _refused(name, problem)
        return WantedPicture(name, f"zip:{info.filename}", lambda: self._read(info, name))

    def _problem(self, info: zipfile.ZipInfo) -> str:
        kind = stat.S_IFMT(info.external_attr >> 16)
        if _ELSEWHERE.search(info.orig_filename):
            return "path"
        if kind and kind != stat.S_IFREG:
            return "link"
        if self._counts[info.filename] > 1:
            return "twice"
        if info.file_size > MOST_BYTES:
            return "large"
        if info.file_size > _RATIO_FROM_BYTES and info.file_size > MOST_RATIO * info.compress_size:
            return "ratio"
        return ""

    def _read(self, info: zipfile.ZipInfo, name: str) -> bytes:
        parts: list[bytes] = []
        size = 0
        try:
            with self._archive.open(info) as file:
                while part := file.read(_SLICE):
                    self._check()
                    size += len(part)
                    self._left -= len(part)
                    if size > MOST_BYTES or self._left < 0:
                        raise BadPicture("large", name)
                    parts.append(part)
        except UNPACKING as error:
            raise BadPicture("damaged", name) from error
        return b"".join(parts)


class PictureTaker:
    """Puts the pictures that conversations want into the history's store."""

    def __init__(self, store: AttachmentStore, check: Callable[[], None]) -> None:
        self._store = store
        self._check = check
        self._known: dict[str, Attachment | str] = {}
        """By where it came from: each is prepared once."""
        self.count = 0

    def taken(self, whole: WholeConversation) -> tuple[WholeConversation, list[str]]:
        """The conversation with its pictures, and a sentence for each that cannot be taken and is named in the text.

        Raises StorageUnavailable, and what `check` raises."""
        problems: list[str] = []
        messages = tuple(self._with_pictures(one, problems) if one.wanted else one for one in whole.messages)
        return replace(whole, messages=messages), problems

    def forget(self) -> None:
        """What was asked of one file says nothing about the next."""
        self._known.clear()

    def _with_pictures(self, one: WholeMessage, problems: list[str]) -> WholeMessage:
        made: dict[str, Attachment] = {}
        text = one.message.text
        for picture in one.wanted:
            found = self._one(picture)
            if isinstance(found, Attachment):
                made.setdefault(found.digest, found)
            else:
                problems.append(found)
                if not picture.problem:  # else its name is there already
                    text = f"{text}\n\n{named(picture)}".strip()
        self.count += len(made)
        message = replace(one.message, text=text, attachments=tuple(made.values()))
        return replace(one, message=message, wanted=())

    def _one(self, picture: WantedPicture) -> Attachment | str:
        if picture.read is None:
            return picture.problem
        if (known := self._known.get(picture.key)) is not None:
            return known
        self._check()
        found: Attachment | str
        try:
            found = self._store.put(prepare_apart(picture.read(), picture.name))
        except BadPicture as error:
            found = error.sentence
        except AttachmentRefused as error:
            found = describe(error).sentence
        self._known[picture.key] = found
        return found


def named(picture: WantedPicture) -> str:
    """What stands in a text for a picture that is not there."""
    return f"[{tr('Picture: {name}', name=picture.name)}]"


def problems_of(whole: WholeConversation) -> Iterable[str]:
    """Sentences about pictures that cannot be had, known before any is read."""
    return (picture.problem for one in whole.messages for picture in one.wanted if picture.problem)


def _refused(name: str, reason: str) -> WantedPicture:
    return WantedPicture(name, problem=BadPicture(reason, name).sentence)


def _id_of(pointer: str) -> str:
    found = _ID.findall(pointer[:500])
    return found[-1][:80] if found else re.sub(r"[^\w.-]", "", pointer[:500].rpartition("/")[2])[:80]
