"""Everything about pictures that the faces share: where they lie, the thread that prepares them, the small ones on the
screen, and screenshots.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QFile, QIODevice, QObject, Signal
from PySide6.QtGui import QGuiApplication, QImage

from qwen_desktop.core.credentials.worker import Worker
from qwen_desktop.core.errors import StorageUnavailable
from qwen_desktop.core.words import tr
from qwen_desktop.ui.aio import TaskOwner
from qwen_desktop.ui.pictures.attach import LastFolder
from qwen_desktop.ui.pictures.input import PictureInput
from qwen_desktop.ui.pictures.intake import Deferred, Offer, Source
from qwen_desktop.ui.pictures.shelf import PictureShelf
from qwen_desktop.ui.pictures.thumbnails import Thumbnails

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtWidgets import QAbstractButton, QWidget

    from qwen_desktop.core.chat.attachment import Attachment
    from qwen_desktop.core.storage.attachments import AttachmentStore
    from qwen_desktop.ui.pictures.large_picture import LargePicture
    from qwen_desktop.ui.pictures.panel import PicturePanel
    from qwen_desktop.ui.pictures.screenshots import Screenshots
    from qwen_desktop.ui.theme import Theme
    from qwen_desktop.ui.views.prompt_edit import PromptEdit

COPIED_BYTES = 2_000_000
PATIENCE_S = 3.0
"""How long the end waits for the next picture that is being prepared.  A photo takes some 1 s; a file on a disk that
does not answer is never ready."""
MOST_PATIENCE_S = 10.0
"""For all of them; a new start waits for the end of the old one not much longer."""


class Pictures(QObject):
    """Signals: failed(BaseException): a bug."""

    failed = Signal(object)

    def __init__(
        self,
        store: AttachmentStore,
        theme: Theme,
        large: LargePicture,
        *,
        can_see: Callable[[str], bool | None],
        vision_model: Callable[[], str],
        screenshots: Screenshots | None = None,
        parent: QObject | None = None,
    ) -> None:
        """`store` has the pictures.  Who made `large` closes it, before this.  `can_see(model_id)` None: not known;
        `vision_model()`: one that can, or ''."""
        super().__init__(parent)
        self._store = store
        self._theme = theme
        self._large = large
        self._can_see = can_see
        self._vision_model = vision_model
        self._screenshots = screenshots
        self._worker = Worker("pictures")
        self._tasks = TaskOwner(self)
        self._tasks.failed.connect(self.failed)
        self._inputs: list[PictureInput] = []
        self._folder = LastFolder()
        self._is_capturing = False
        self.thumbnails = Thumbnails(self._path_of, self)

    def input_for(
        self,
        edit: PromptEdit,
        button: QAbstractButton,
        put_panel: Callable[[PicturePanel], None],
        *,
        make_room: Callable[[], None],
        come_back: Callable[[], None],
    ) -> PictureInput:
        """Pictures for the prompt in `edit`.  `make_room` hides its window while the screen is photographed,
        `come_back` shows it again."""
        shelf = PictureShelf(self._keep, self._worker, self)
        shelf.failed.connect(self.failed)
        made = PictureInput(
            self._theme,
            shelf,
            self.thumbnails,
            edit,
            button,
            put_panel=put_panel,
            can_see=self._can_see,
            vision_model=self._vision_model,
            folder=self._folder,
        )
        made.open_requested.connect(
            lambda one: self.open(shelf.attachments.index(one), shelf.attachments, edit.window())
        )
        made.region_requested.connect(lambda: self._capture(made, make_room, come_back))
        self._inputs.append(made)
        return made

    # Keeping; on the worker thread

    def _keep(self, source: Source) -> tuple[Attachment, bool]:
        from qwen_desktop.core.images.apart import prepare_apart

        prepared = prepare_apart(_readable(source.what), source.name)
        return self._store.put(prepared), prepared.is_first_frame

    def _path_of(self, attachment: Attachment) -> Path:
        try:
            return self._store.path(attachment)
        except StorageUnavailable:  # a draft or a history that somebody else wrote
            return Path("/nowhere/no-picture")

    # Opening

    def open(self, place: int, attachments: Sequence[Attachment], window: QWidget) -> None:
        """Show one of them large, in front of `window`, with a way to the others."""
        self._large.show(attachments, place, self.thumbnails, self._path_of, window)

    # Screenshots

    def _capture(self, to: PictureInput, make_room: Callable[[], None], come_back: Callable[[], None]) -> None:
        if not self._is_capturing:
            self._is_capturing = True
            self._tasks.start(self._photograph(to, make_room, come_back), name="screenshot")

    async def _photograph(self, to: PictureInput, make_room: Callable[[], None], come_back: Callable[[], None]) -> None:
        from qwen_desktop.ui.pictures.screenshots import ScreenshotUnavailable, screenshots_for

        shots = self._screenshots = self._screenshots or screenshots_for(QGuiApplication.platformName())
        taken: Path | QImage | None = None
        is_refused = False
        if shots.hides_us:
            make_room()
        try:
            taken = await shots.take()
        except ScreenshotUnavailable:
            is_refused = True
        finally:
            self._is_capturing = False
        if shots.hides_us:  # not when the app ends meanwhile
            come_back()
        if is_refused:
            to.say(
                tr(
                    "This desktop gives apps no screenshots. Take one with the desktop's own tool and paste it here;"
                    " nothing was sent."
                )
            )
        elif taken is not None:
            name = taken.name if isinstance(taken, Path) else tr("Screenshot")
            to.take(Offer((Source(taken, name),)))

    async def close(self) -> None:
        """The app ends: what is being prepared comes into its draft, unless it takes too long, and is not sent.  To be
        called while those are there who keep the drafts."""
        await self._tasks.close()
        for one in self._inputs:
            one.stop_waiting()
        await self._get_ready()
        for one in self._inputs:
            await one.shelf.close()
        self.thumbnails.close()

    async def _get_ready(self) -> None:
        loop = asyncio.get_running_loop()
        end = loop.time() + MOST_PATIENCE_S
        while under_way := [task for one in self._inputs for task in one.shelf.under_way]:
            patience_s = min(PATIENCE_S, end - loop.time())
            done, _ = await asyncio.wait(under_way, timeout=patience_s, return_when=asyncio.FIRST_COMPLETED)
            if not done:
                return


def _readable(what: Path | QByteArray | bytes | QImage | Deferred) -> bytes | Path:
    """As `prepare` takes it.  What Qt holds is written to a file by Qt, which lets other threads run meanwhile: copied
    from its memory to Python's it would stop them all, for some 2 ms per MB."""
    if isinstance(what, Deferred):
        return _fetched(what)
    if isinstance(what, QByteArray) and what.size() <= COPIED_BYTES:
        return bytes(what.data())
    if not isinstance(what, QByteArray | QImage):
        return what
    import tempfile

    with tempfile.TemporaryDirectory(prefix="qwen-desktop-") as folder:  # for the owner alone
        path = Path(folder) / "pasted.png"
        if isinstance(what, QImage):
            what.save(str(path), "PNG", 90)  # type: ignore[call-overload]
        else:
            file = QFile(str(path))
            if file.open(QIODevice.OpenModeFlag.WriteOnly):
                file.write(what)
                file.close()
        return path.read_bytes() if path.exists() else b""


def _fetched(picture: Deferred) -> bytes:
    from qwen_desktop.core.errors import AttachmentRefused
    from qwen_desktop.core.images.limits import MOST_FILE_BYTES
    from qwen_desktop.desktop.x11_clipboard import ClipboardFailed, fetch

    try:
        return fetch(picture.media_type, most_bytes=MOST_FILE_BYTES)
    except ClipboardFailed as error:
        raise AttachmentRefused(str(error), reason="unreadable") from error
