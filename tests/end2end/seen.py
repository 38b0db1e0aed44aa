"""What can be seen of the window from inside its process, as plain values: what `WatchedApp.ask` calls by name."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt
from PySide6.QtGui import QImage, QInputMethodEvent
from PySide6.QtWidgets import QAbstractItemView, QApplication, QComboBox, QDialog, QLineEdit, QPlainTextEdit, QWidget

from qwen_desktop.ui.views.prompt_edit import PromptEdit


def keyboard() -> str:
    """Where the keyboard is, by object name."""
    widget = QApplication.focusWidget()
    return "" if widget is None else widget.objectName()


def top(name: str) -> QWidget:
    """The window of this object name.  Raises StopIteration while there is none."""
    return next(widget for widget in QApplication.topLevelWidgets() if widget.objectName() == name)


def clear_editors() -> None:
    """Nothing is typed anywhere."""
    for widget in QApplication.allWidgets():
        if isinstance(widget, PromptEdit):
            widget.set_text("")


def dialogs() -> list[str]:
    """The object names of the dialogs that are shown."""
    return [widget.objectName() for widget in QApplication.topLevelWidgets() if _is_shown_dialog(widget)]


def close_dialogs() -> None:
    for widget in QApplication.topLevelWidgets():
        if _is_shown_dialog(widget):
            widget.close()


def _is_shown_dialog(widget: QWidget) -> bool:
    return isinstance(widget, QDialog) and widget.isVisible()


def keyboard_name() -> str:
    """Where the keyboard is, by the name a screen reader says."""
    widget = QApplication.focusWidget()
    return "" if widget is None else widget.accessibleName()


def is_shown(name: str) -> bool:
    """Whether a widget of this object name can be seen."""
    return any(widget.objectName() == name and widget.isVisible() for widget in QApplication.allWidgets())


def picture_of_state() -> list[object]:
    """Where the keyboard is and what it is on there: changes with every key that does something."""
    widget = QApplication.focusWidget()
    chosen = widget.currentIndex() if isinstance(widget, QComboBox) else None
    row = widget.currentIndex().row() if isinstance(widget, QAbstractItemView) else None
    return [str(widget), chosen, row]


class _Listener(QObject):
    """Remembers what an input method has in one field."""

    def __init__(self, field: QWidget) -> None:
        super().__init__(field)
        self.preedit = ""
        field.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QInputMethodEvent):
            self.preedit = event.preeditString()
        return False


_listeners: dict[QWidget, _Listener] = {}


def watch(field: QWidget) -> bool:
    """Hear from now on what an input method does in `field`."""
    _listeners.setdefault(field, _Listener(field))
    return True


def preedit(field: QWidget) -> str:
    """The uncommitted text in a watched field."""
    return _listeners[field].preedit


def text_of(field: QLineEdit | QPlainTextEdit) -> str:
    return field.text() if isinstance(field, QLineEdit) else field.toPlainText()


def caret(field: QWidget) -> list[int]:
    """x, y, width and height of the caret on the screen, in its pixels."""
    told = field.inputMethodQuery(Qt.InputMethodQuery.ImCursorRectangle)
    box = told if isinstance(told, QRect) else told.toAlignedRect()
    at = field.mapToGlobal(box.topLeft())
    return [at.x(), at.y(), box.width(), box.height()]


_pictures: dict[QWidget, QImage] = {}


def remember(field: QWidget) -> bool:
    """Take a picture of the field, for `changed`."""
    _pictures[field] = field.grab().toImage()
    return True


def changed(field: QWidget) -> list[int] | None:
    """Left, top, right and bottom, on the screen, of what looks different since `remember`; None if nothing does."""
    before, now = _pictures[field], field.grab().toImage()
    places = [
        QPoint(x, y)
        for y in range(min(before.height(), now.height()))
        for x in range(min(before.width(), now.width()))
        if before.pixel(x, y) != now.pixel(x, y)
    ]
    if not places:
        return None
    at = field.mapToGlobal(QPoint(0, 0))
    xs, ys = [place.x() for place in places], [place.y() for place in places]
    return [at.x() + min(xs), at.y() + min(ys), at.x() + max(xs), at.y() + max(ys)]
