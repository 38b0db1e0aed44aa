"""The button "Attach" to pictures: from files the user chooses, or from a region of the screen."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, Qt, Signal
from PySide6.QtWidgets import QFileDialog, QMenu

from qwen_desktop.core.words import tr
from qwen_desktop.ui.pictures.intake import ENDINGS, offer_of_files

if TYPE_CHECKING:
    from PySide6.QtWidgets import QAbstractButton, QWidget


class LastFolder:
    """Where pictures were chosen the last time, in whichever window; '' for nowhere yet."""

    def __init__(self) -> None:
        self.path = ""


class AttachMenu(QObject):
    """Owned by the button it opens below or above.

    Signals: offered(Offer): files were chosen; region_requested(): a part of the screen is wanted; closed(): the dialog
    is closed.
    """

    offered = Signal(object)
    region_requested = Signal()
    closed = Signal()

    def __init__(self, button: QAbstractButton, window: QWidget, folder: LastFolder) -> None:
        super().__init__(button)
        self._button = button
        self._window = window
        self._folder = folder
        self.dialog: QFileDialog | None = None

    def menu(self) -> QMenu:
        """Open it with `popup()`; it goes when it is closed."""
        menu = QMenu(self._window)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setObjectName("attach_menu")
        menu.addAction(tr("Choose pictures…"), self.choose_files)
        menu.addAction(tr("Screenshot of a region…"), self.region_requested.emit)
        return menu

    def open(self) -> None:
        menu = self.menu()
        above = self._button.mapToGlobal(QPoint(0, -menu.sizeHint().height() - 4))
        below = self._button.mapToGlobal(QPoint(0, self._button.height() + 4))
        room = self._button.screen().availableGeometry()
        menu.popup(above if above.y() >= room.top() else below)

    def choose_files(self) -> None:
        """Show the dialog; returns at once."""
        if self.dialog is not None:
            self.dialog.raise_()
            return
        from PySide6.QtCore import QDir, QStandardPaths

        pictures = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.PicturesLocation)
        folder = next((one for one in (self._folder.path, pictures) if one and QDir(one).exists()), QDir.homePath())
        dialog = self.dialog = QFileDialog(self._window, tr("Choose pictures"), folder)
        dialog.setObjectName("choose_pictures")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        shown = " ".join(f"*{ending} *{ending.upper()}" for ending in ENDINGS)
        dialog.setNameFilters([f"{tr('Pictures')} ({shown})", f"{tr('All files')} (*)"])
        dialog.filesSelected.connect(self._on_files)
        dialog.finished.connect(self._on_finished)
        dialog.open()

    def _on_files(self, paths: list[str]) -> None:
        if paths:
            self._folder.path = str(Path(paths[0]).parent)
            self.offered.emit(offer_of_files([Path(path) for path in paths]))

    def _on_finished(self) -> None:
        if self.dialog is not None:
            self.dialog.deleteLater()
            self.dialog = None
        self.closed.emit()
