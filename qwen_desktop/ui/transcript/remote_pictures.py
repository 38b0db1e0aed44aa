"""Addresses of pictures in replies to what is there of them: loading, kept in a file, or why not.

Nothing is fetched here: what a person asked for is put in by `controllers/links.py`, and what shows replies
looks it up."""

from __future__ import annotations

from collections import OrderedDict
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QObject, QSize, Qt, Signal

if TYPE_CHECKING:
    from PySide6.QtGui import QImage

    from qwen_desktop.core.chat.attachment import Attachment
    from qwen_desktop.ui.pictures.thumbnails import Thumbnails

MOST_KNOWN = 1_000


class Loading(NamedTuple):
    """It was asked for."""


class NotLoaded(NamedTuple):
    """It was asked for and could not be had."""

    why: str
    """For people, without a full stop."""


class RemotePictures(QObject):
    """To be used from the GUI thread.

    Signals: changed(): another picture is there, is being loaded, or is not to be had; read(): one was read from its
    file, to be painted."""

    changed = Signal()
    read = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._known: OrderedDict[str, Loading | NotLoaded | Attachment] = OrderedDict()
        self._thumbnails: Thumbnails | None = None

    def use(self, thumbnails: Thumbnails) -> None:
        """Where pictures that are there are read from."""
        self._thumbnails = thumbnails
        thumbnails.arrived.connect(self.read, Qt.ConnectionType.QueuedConnection)

    def find(self, url: str) -> Loading | NotLoaded | Attachment | None:
        """What is known of the picture at `url`; None: nobody has asked for it."""
        return self._known.get(url)

    def put(self, url: str, state: Loading | NotLoaded | Attachment | None) -> None:
        """From now on this is known of it."""
        self._known.pop(url, None)
        if state is not None:
            self._known[url] = state
            while len(self._known) > MOST_KNOWN:
                self._known.popitem(last=False)
        self.changed.emit()

    def image(self, attachment: Attachment, size: QSize, ratio: float) -> QImage | None:
        """A picture that is there, as large as `size` (px at 100 %); None: it is being read, and `read` tells."""
        found = self._thumbnails.find(attachment, size, ratio) if self._thumbnails is not None else None
        return found.image if found is not None else None


@cache
def remote_pictures() -> RemotePictures:
    """The one of this process."""
    return RemotePictures()
