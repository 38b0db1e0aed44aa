"""Pictures on disk to small ones on the screen: read on a worker thread, at the screen's own resolution, kept within a
bound.

JPEGs are decoded at the size that is wanted (QImageReader leaves that to the decoder), and Qt lets other threads run
meanwhile: a 60-megapixel photo held the GUI thread for less than 3 ms.
"""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QObject, QRect, QSize, Signal
from PySide6.QtGui import QImage, QImageReader

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from qwen_desktop.core.chat.attachment import Attachment

CACHE_BYTES = 24 << 20
MOST_WAITING = 200


class Thumbnail(NamedTuple):
    """What is known of a picture at one size."""

    image: QImage | None
    """None: the file is not there, or cannot be read."""


class Thumbnails(QObject):
    """To be used from the GUI thread.  Signals: arrived(): there are some that were not there; ask again."""

    arrived = Signal()

    def __init__(self, path_of: Callable[[Attachment], Path], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._path_of = path_of
        self._known: OrderedDict[tuple[str, int, int], Thumbnail] = OrderedDict()
        self._bytes = 0
        self._wanted: deque[tuple[tuple[str, int, int], Attachment]] = deque()
        self._waiting: set[tuple[str, int, int]] = set()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._is_closed = False

    def find(self, attachment: Attachment, size: QSize, ratio: float) -> Thumbnail | None:
        """The picture cut to fill `size` (px at 100 %), or None: then it is being read, and `arrived` tells."""
        key = attachment.digest, max(1, round(size.width() * ratio)), max(1, round(size.height() * ratio))
        with self._lock:
            found = self._known.get(key)
            if found is not None:
                self._known.move_to_end(key)
            elif key not in self._waiting and not self._is_closed:
                self._want(key, attachment)
        return found

    def forget_missing(self, attachment: Attachment) -> None:
        """It may be there again: look once more when it is next asked for."""
        with self._lock:
            for key in [key for key, known in self._known.items() if key[0] == attachment.digest and not known.image]:
                del self._known[key]

    @property
    def kept_bytes(self) -> int:
        return self._bytes

    def _want(self, key: tuple[str, int, int], attachment: Attachment) -> None:
        self._waiting.add(key)
        self._wanted.append((key, attachment))
        if len(self._wanted) > MOST_WAITING:  # far behind: what is asked for last is what is looked at
            self._waiting.discard(self._wanted.popleft()[0])
        if self._thread is None:
            self._thread = threading.Thread(target=self._read_all, name="thumbnails", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Read no more; waits a moment for the picture at hand."""
        with self._lock:
            self._is_closed = True
            self._wanted.clear()
            self._waiting.clear()
            thread = self._thread
        if thread is not None:
            thread.join(3.0)

    # On the worker thread

    def _read_all(self) -> None:
        while True:
            with self._lock:
                if not self._wanted:
                    self._thread = None
                    return
                key, attachment = self._wanted.popleft()
            found = Thumbnail(_read(str(self._path_of(attachment)), QSize(key[1], key[2])))
            with self._lock:
                if self._is_closed:
                    return
                self._keep(key, found)
            with suppress(RuntimeError):  # the app has ended meanwhile
                self.arrived.emit()

    def _keep(self, key: tuple[str, int, int], found: Thumbnail) -> None:
        self._waiting.discard(key)
        self._known[key] = found
        self._bytes += _size(found)
        while self._bytes > CACHE_BYTES and len(self._known) > 1:
            self._bytes -= _size(self._known.popitem(last=False)[1])


def _size(found: Thumbnail) -> int:
    return 0 if found.image is None else found.image.sizeInBytes()


def _read(path: str, size: QSize) -> QImage | None:
    """The middle of the picture, as large as fills `size`."""
    reader = QImageReader(path)
    whole = reader.size()
    if not whole.isValid() or whole.isEmpty():
        return None
    scale = max(size.width() / whole.width(), size.height() / whole.height())
    scaled = QSize(max(size.width(), round(whole.width() * scale)), max(size.height(), round(whole.height() * scale)))
    # A strip of 1 × 5000 would become as long as its width is enlarged: only the part that is seen is scaled.
    if scaled.width() > 4 * size.width() or scaled.height() > 4 * size.height():
        part = QSize(
            min(whole.width(), max(1, round(size.width() / scale))),
            min(whole.height(), max(1, round(size.height() / scale))),
        )
        reader.setClipRect(_middle(whole, part))
        reader.setScaledSize(size)
    else:
        reader.setScaledSize(scaled)
        reader.setScaledClipRect(_middle(scaled, size))
    image = reader.read()
    return None if image.isNull() else image


def _middle(whole: QSize, part: QSize) -> QRect:
    return QRect(
        (whole.width() - part.width()) // 2, (whole.height() - part.height()) // 2, part.width(), part.height()
    )
