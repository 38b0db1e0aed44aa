"""The one picture that is shown large, whoever asked for it: another takes its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from PySide6.QtWidgets import QWidget

    from qwen_desktop.core.chat.attachment import Attachment
    from qwen_desktop.ui.pictures.picture_window import PictureWindow
    from qwen_desktop.ui.pictures.thumbnails import Thumbnails
    from qwen_desktop.ui.theme import Theme


class LargePicture:
    def __init__(self, theme: Theme) -> None:
        self._theme = theme
        self.window: PictureWindow | None = None

    def show(
        self,
        attachments: Sequence[Attachment],
        place: int,
        thumbnails: Thumbnails,
        path_of: Callable[[Attachment], Path],
        parent: QWidget,
    ) -> None:
        """In front of `parent`: that at `place`, with a way to the others."""
        from qwen_desktop.ui.pictures.picture_window import PictureWindow

        self.close()
        self.window = PictureWindow(self._theme, thumbnails, attachments, path_of, place, parent)
        self.window.finished.connect(self._on_closed)
        self.window.show()

    def close(self) -> None:
        if self.window is not None:
            self.window.close()

    def _on_closed(self) -> None:
        self.window = None
