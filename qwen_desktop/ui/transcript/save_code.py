"""The code of a block to a file: a suggested name, a dialog that does not block, a file that is whole or not there."""

from __future__ import annotations

from PySide6.QtCore import QDir, QIODevice, QObject, QSaveFile, QStandardPaths, Qt, Signal
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from qwen_desktop.core.words import tr

_OWN = (
    "sh c cpp cs css csv diff go html ini java js json jsx kt lua md php ps1 py r rb rs scala sql svg swift "
    "tex toml ts tsx xml yaml "
)
"""Languages that are named like the ending of their files."""
_OTHER = (
    "bash:sh shell:sh zsh:sh c++:cpp csharp:cs golang:go javascript:js kotlin:kt latex:tex markdown:md "
    "powershell:ps1 python:py python3:py ruby:rb rust:rs typescript:ts yml:yaml "
)
_ENDINGS = {name: name for name in _OWN.split()} | dict(pair.split(":") for pair in _OTHER.split())


def suggested_name(language: str) -> str:
    """A file name for code in `language`, as a fence names it; nothing of what the model wrote is in it."""
    language = language.lower()
    if language in ("dockerfile", "docker"):
        return "Dockerfile"
    if language in ("makefile", "make"):
        return "Makefile"
    return f"code.{_ENDINGS.get(language, 'txt')}"


def write_code(path: str, code: str) -> str:
    """Write `code` as UTF-8 with the line ends it has; nothing, or the system's words for why it was not written."""
    file = QSaveFile(path)
    if not file.open(QIODevice.OpenModeFlag.WriteOnly):
        return file.errorString()
    file.write(code.encode("utf-8", "replace"))
    return "" if file.commit() else file.errorString()


class CodeSaver(QObject):
    """Asks where code shall go, and puts it there.

    Signals: saved(str path); failed(str sentence).
    """

    saved = Signal(str)
    failed = Signal(str)

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._dialog: QFileDialog | None = None

    def ask(self, code: str, language: str) -> None:
        """Show the dialog; returns at once."""
        if self._dialog is not None:
            self._dialog.close()
        folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DownloadLocation)
        dialog = QFileDialog(
            self._window, tr("Save code as file"), folder if QDir(folder).exists() else QDir.homePath()
        )
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setFileMode(QFileDialog.FileMode.AnyFile)
        dialog.selectFile(suggested_name(language))
        dialog.fileSelected.connect(lambda path: self._write(path, code))
        dialog.finished.connect(lambda: self._forget(dialog))
        self._dialog = dialog
        dialog.open()

    def _write(self, path: str, code: str) -> None:
        problem = write_code(path, code)
        if problem:
            name, reason = path.rpartition("/")[2], problem.rstrip(".")
            self._tell(tr("{name} cannot be saved: {reason}. Choose another folder or name.", name=name, reason=reason))
        else:
            self.saved.emit(path)

    def _tell(self, sentence: str) -> None:
        box = QMessageBox(QMessageBox.Icon.Warning, tr("Save code as file"), sentence, parent=self._window)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.open()
        self.failed.emit(sentence)

    def _forget(self, dialog: QFileDialog) -> None:
        if self._dialog is dialog:
            self._dialog = None
        dialog.deleteLater()
