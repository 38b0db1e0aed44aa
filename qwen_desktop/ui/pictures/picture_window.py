"""The pictures of a message, one as large as its window: a window of its own that is closed with Esc."""

from __future__ import annotations

import shutil
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QDir, QRect, QSize, QStandardPaths, Qt, QTimer
from PySide6.QtGui import QColor, QPainter, QShortcut
from PySide6.QtWidgets import QDialog, QFileDialog, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from qwen_desktop.core.words import tr
from qwen_desktop.ui.pictures.words import full_words, name_of
from qwen_desktop.ui.spoken import announce
from qwen_desktop.ui.theme import SMALL_PT
from qwen_desktop.ui.views.buttons import Button, IconButton
from qwen_desktop.ui.views.controls import Label, fill, name_control

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from PySide6.QtGui import QImage, QPaintEvent, QResizeEvent

    from qwen_desktop.core.chat.attachment import Attachment
    from qwen_desktop.ui.pictures.thumbnails import Thumbnails
    from qwen_desktop.ui.theme import Theme

_ENDINGS = {"image/jpeg": "jpg", "image/png": "png"}
_AFTER_RESIZE_MS = 120


class PictureWindow(QDialog):
    """Shown with `show()`; goes when it is closed.  Left and Right show the picture before and after it."""

    def __init__(
        self,
        theme: Theme,
        thumbnails: Thumbnails,
        attachments: Sequence[Attachment],
        path_of: Callable[[Attachment], Path],
        place: int = 0,
        parent: QWidget | None = None,
    ) -> None:
        """`attachments`: the pictures of one message, that at `place` first."""
        super().__init__(parent)
        self._theme = theme
        self._thumbnails = thumbnails
        self._attachments = attachments
        self._path_of = path_of
        self._dialog: QFileDialog | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.canvas = _Canvas(theme, thumbnails)
        self.words = Label(theme, colour="text_secondary", points=SMALL_PT)
        self.words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.before_button = IconButton(theme, "chevron-left", tr("Picture before this one"), side_px=30)
        name_control(self.before_button, "picture_before")
        self.after_button = IconButton(theme, "chevron-right", tr("Picture after this one"), side_px=30)
        name_control(self.after_button, "picture_after")
        save = Button(theme, tr("Save a copy…"), height_px=30)
        name_control(save, "save_picture")
        save.clicked.connect(self.ask_where)
        close = Button(theme, tr("Close"), height_px=30)
        name_control(close, "close_picture")
        close.clicked.connect(self.close)
        row = QHBoxLayout()
        row.setContentsMargins(16, 10, 16, 12)
        row.setSpacing(8)
        row.addWidget(self.words, 1)
        for button, key, step in (
            (self.before_button, Qt.Key.Key_Left, -1),
            (self.after_button, Qt.Key.Key_Right, 1),
        ):
            row.addWidget(button)
            button.setVisible(len(attachments) > 1)
            button.clicked.connect(partial(self._step, step))
            QShortcut(key, self).activated.connect(partial(self._step, step))
        row.addWidget(save)
        row.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.canvas, 1)
        column.addLayout(row)
        self._show(place)
        room = self.screen().availableGeometry().size() * 0.8
        wanted = QSize(self._attachment.width, self._attachment.height)
        if wanted.width() > room.width() or wanted.height() > room.height() - 60:
            wanted.scale(room.width(), room.height() - 60, Qt.AspectRatioMode.KeepAspectRatio)
        self.resize(wanted.expandedTo(QSize(360, 200)) + QSize(0, 54))
        close.setFocus()

    @property
    def _attachment(self) -> Attachment:
        return self._attachments[self.place]

    def _show(self, place: int) -> None:
        self.place = place
        attachment, count = self._attachment, len(self._attachments)
        self._thumbnails.forget_missing(attachment)
        words = full_words(attachment)
        if count > 1:
            words = tr("{place} of {count}: {words}", place=place + 1, count=count, words=words)
        self.setWindowTitle(name_of(attachment))
        name_control(self, "picture_window", words)
        self.words.setText(words)
        self.before_button.setEnabled(place > 0)
        self.after_button.setEnabled(place < count - 1)
        self.canvas.show_picture(attachment)

    def _step(self, by: int) -> None:
        """Nowhere, where there is none."""
        place = self.place + by
        if 0 <= place < len(self._attachments):
            self._show(place)
            announce(self, self.words.text())

    def ask_where(self) -> None:
        """Show the dialog; returns at once."""
        if self._dialog is not None:
            self._dialog.raise_()
            return
        folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DownloadLocation)
        dialog = self._dialog = QFileDialog(
            self, tr("Save a copy"), folder if QDir(folder).exists() else QDir.homePath()
        )
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setFileMode(QFileDialog.FileMode.AnyFile)
        stem = name_of(self._attachment).rpartition(".")[0] or name_of(self._attachment)
        dialog.selectFile(f"{stem}.{_ENDINGS.get(self._attachment.media_type, 'png')}")
        dialog.fileSelected.connect(self._save)
        dialog.finished.connect(self._forget)
        dialog.open()

    def _save(self, path: str) -> None:
        try:
            shutil.copyfile(self._path_of(self._attachment), path)  # at most 7 MB, inside the kernel where it can
        except OSError as error:
            name, reason = path.rpartition("/")[2], (error.strerror or "").rstrip(".")
            words = tr("{name} cannot be saved: {reason}. Choose another folder or name.", name=name, reason=reason)
        else:
            words = tr("Saved as {path}", path=path)
        self.words.setText(words)

    def _forget(self) -> None:
        if self._dialog is not None:
            self._dialog.deleteLater()
            self._dialog = None


class _Canvas(QWidget):
    """The picture in the middle, read anew at each size once that is settled."""

    _attachment: Attachment

    def __init__(self, theme: Theme, thumbnails: Thumbnails) -> None:
        super().__init__()
        self._theme = theme
        self._thumbnails = thumbnails
        self._size = QSize()
        self._image: QImage | None = None
        self.is_missing = False
        self._settle = QTimer(self, interval=_AFTER_RESIZE_MS, singleShot=True)
        self._settle.timeout.connect(self._ask)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(80, 60)
        thumbnails.arrived.connect(self._ask, Qt.ConnectionType.QueuedConnection)

    @property
    def is_there(self) -> bool:
        return self._image is not None

    def show_picture(self, attachment: Attachment) -> None:
        """In the place of the one before."""
        self._attachment = attachment
        self._image, self.is_missing = None, False
        self._settle.stop()
        if self.isVisible():  # else its size is not known yet
            self._fit()
            self._ask()
            self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()
        if self._image is None:
            self._ask()
        else:
            self._settle.start()

    def _fit(self) -> None:
        wanted = QSize(self._attachment.width, self._attachment.height)
        if wanted.width() > self.width() or wanted.height() > self.height():
            wanted.scale(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        self._size = wanted.expandedTo(QSize(1, 1))

    def _ask(self) -> None:
        if self._size.isEmpty():
            return
        found = self._thumbnails.find(self._attachment, self._size, self.devicePixelRatioF())
        if found is not None:
            self._image, self.is_missing = found.image or self._image, found.image is None
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, colours = QPainter(self), self._theme.colours
        fill(painter, self.rect(), colours.code_background)
        if self._image is not None:
            place = QRect(
                (self.width() - self._size.width()) // 2, (self.height() - self._size.height()) // 2,
                self._size.width(), self._size.height(),
            )  # fmt: skip
            painter.drawImage(place, self._image)
        elif self.is_missing:
            painter.setPen(QColor(colours.text))
            painter.drawText(
                self.rect().adjusted(20, 20, -20, -20),
                Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap,
                tr(
                    "{name}: the file of this picture is not there any more. Attach the picture again.",
                    name=name_of(self._attachment),
                ),
            )
