"""Conversations to one file of our own format, written as they come: what is in memory is one of them, never all."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable
from typing import BinaryIO

from qwen_desktop.core.chat.attachment import Attachment
from qwen_desktop.core.exchange.json_form import FORMAT, VERSION, encoded, head_of, message_line
from qwen_desktop.core.exchange.pictures import PictureFiles
from qwen_desktop.core.exchange.whole import WholeConversation


def write_json(
    file: BinaryIO,
    conversations: Iterable[WholeConversation],
    pictures: PictureFiles,
    check: Callable[[], None] = lambda: None,
) -> None:
    """The whole file.  `check` is called often, and may raise to give up.  Raises OSError."""
    wanted: dict[str, Attachment] = {}
    file.write(b'{"format": "%s", "version": %d,\n"conversations": [' % (FORMAT.encode(), VERSION))
    is_first = True
    for whole in conversations:
        file.write(b"\n" if is_first else b",\n")
        is_first = False
        _write_conversation(file, whole, check)
        for picture in whole.attachments():
            wanted.setdefault(picture.digest, picture)
    file.write(b"\n]")
    is_first = True
    for digest, picture in wanted.items():
        check()
        content = pictures.read(picture)
        if content is None:
            continue
        file.write(b',\n"files": [\n' if is_first else b",\n")
        is_first = False
        head = encoded({"digest": digest, "media_type": picture.media_type})
        file.write(head[:-1] + b',"content":"' + base64.b64encode(content) + b'"}')
    file.write(b"}\n" if is_first else b"\n]}\n")


def _write_conversation(file: BinaryIO, whole: WholeConversation, check: Callable[[], None]) -> None:
    file.write(head_of(whole)[:-1] + b',"messages":[')
    for number, one in enumerate(whole.messages):
        if number % 256 == 0:
            check()
        file.write((b",\n" if number else b"\n") + message_line(one))
    file.write(b"]}")
