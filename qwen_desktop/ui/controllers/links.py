"""What was clicked in a reply to what happens: the browser for a link, a question for a picture, then the picture.

Pictures are fetched once they were asked for, with their host named, made harmless like those of the user, and kept in
a folder that goes when the app ends; after a crash, when the next picture is loaded."""

from __future__ import annotations

import asyncio
import shutil
import threading
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from shiboken6 import isValid

from qwen_desktop.core.chat.attachment import Attachment
from qwen_desktop.core.errors import QwenDesktopError
from qwen_desktop.core.web_address import host_of
from qwen_desktop.ui.aio import TaskOwner

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from PySide6.QtWidgets import QWidget

    from qwen_desktop.core.providers.transport import Transport
    from qwen_desktop.core.storage.attachments import AttachmentStore
    from qwen_desktop.ui.pictures.large_picture import LargePicture
    from qwen_desktop.ui.pictures.thumbnails import Thumbnails
    from qwen_desktop.ui.theme import Theme


class Links(QObject):
    """Signals: failed(BaseException): a bug."""

    failed = Signal(object)

    def __init__(
        self,
        theme: Theme,
        large: LargePicture,
        transport: Callable[[], Transport],
        folder: Path,
        parent: QObject | None = None,
    ) -> None:
        """`folder` belongs to this object: for pictures of this session.  Who made `large` closes it, before this."""
        super().__init__(parent)
        self._theme = theme
        self._large = large
        self._transport = transport
        self._folder = folder
        self._store: AttachmentStore | None = None
        self._emptying = threading.Lock()
        self._thumbnails: Thumbnails | None = None
        self._tasks = TaskOwner(self)
        self._tasks.failed.connect(self.failed)
        self._is_closed = False

    def follow(self, link: str, window: QWidget) -> None:
        """Open what was clicked in `window`; a picture only after asking, with its host named."""
        from qwen_desktop.ui.transcript.inline import image_in
        from qwen_desktop.ui.transcript.remote_pictures import Loading, remote_pictures

        url = image_in(link)
        if not url:
            open_link(link)
            return
        known = remote_pictures().find(url)
        if isinstance(known, Attachment):
            self._open(known, window)
        elif not isinstance(known, Loading):
            self._ask(link, url, window)

    def _ask(self, link: str, url: str, window: QWidget, passed_on_by: str = "") -> None:
        """`link` is what was clicked, `url` the address that would be asked now."""
        from qwen_desktop.ui.views.image_question import ImageQuestion

        question = ImageQuestion(self._theme, url, window, passed_on_by=passed_on_by)
        question.show_requested.connect(lambda: self._load(link, url, window))
        question.open_requested.connect(lambda: open_link(url))
        question.open()

    def _load(self, link: str, url: str, window: QWidget) -> None:
        from qwen_desktop.ui.transcript.inline import image_in
        from qwen_desktop.ui.transcript.remote_pictures import Loading, remote_pictures

        if not isinstance(remote_pictures().find(image_in(link)), Loading):
            remote_pictures().put(image_in(link), Loading())
            self._tasks.start(self._fetch(link, url, window), name="remote picture")

    async def _fetch(self, link: str, url: str, window: QWidget) -> None:
        from qwen_desktop.core.providers.remote_picture import PictureElsewhere, fetch_picture
        from qwen_desktop.ui.transcript.inline import ALONE, image_in
        from qwen_desktop.ui.transcript.remote_pictures import Loading, NotLoaded, remote_pictures

        pictures, place = remote_pictures(), image_in(link)
        try:
            data = await fetch_picture(self._transport(), url)
            attachment = await asyncio.to_thread(self._keep, data, url)
        except PictureElsewhere as elsewhere:
            pictures.put(place, None)
            if _is_shown(window):
                self._ask(link, elsewhere.url, window, passed_on_by=host_of(url))
        except QwenDesktopError as error:
            from qwen_desktop.core.failure_sentences import why_no_picture

            pictures.put(place, NotLoaded(why_no_picture(error)))
        else:
            if self._thumbnails is None:
                self._thumbnails = self._make_thumbnails()
            pictures.put(place, attachment)
            if not link.startswith(ALONE) and _is_shown(window):
                self._open(attachment, window)
        finally:
            if isinstance(pictures.find(place), Loading):  # cancelled, as when the app ends
                pictures.put(place, None)

    def _keep(self, data: bytes, url: str) -> Attachment:
        """On a worker thread."""
        from urllib.parse import unquote, urlsplit

        from qwen_desktop.core.images.apart import prepare_apart
        from qwen_desktop.core.storage.attachments import AttachmentStore

        with self._emptying:
            if self._store is None:
                shutil.rmtree(self._folder, ignore_errors=True)
                self._store = AttachmentStore(self._folder)
        name = unquote(urlsplit(url).path).rpartition("/")[2]
        try:
            return self._store.put(prepare_apart(data, name))
        finally:
            if self._is_closed:  # meanwhile, without waiting for this
                shutil.rmtree(self._folder, ignore_errors=True)

    def _make_thumbnails(self) -> Thumbnails:
        from qwen_desktop.ui.pictures.thumbnails import Thumbnails
        from qwen_desktop.ui.transcript.remote_pictures import remote_pictures

        assert self._store is not None
        made = Thumbnails(self._store.path, self)
        remote_pictures().use(made)
        return made

    def _open(self, attachment: Attachment, window: QWidget) -> None:
        assert self._store is not None
        assert self._thumbnails is not None
        self._large.show((attachment,), 0, self._thumbnails, self._store.path, window)

    async def close(self) -> None:
        """Ends what is under way, and forgets the pictures."""
        self._is_closed = True
        await self._tasks.close()
        if self._thumbnails is not None:
            self._thumbnails.close()
        if self._store is not None:
            await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)


def _is_shown(window: QWidget) -> bool:
    return isValid(window) and window.isVisible()


def open_link(url: str) -> None:
    """Opens a web or mail address the user clicked; nothing else, whatever the model wrote."""
    from PySide6.QtCore import QUrl
    from PySide6.QtGui import QDesktopServices

    found = QUrl(url, QUrl.ParsingMode.StrictMode)
    if found.isValid() and found.scheme().lower() in ("http", "https", "mailto"):
        QDesktopServices.openUrl(found)
