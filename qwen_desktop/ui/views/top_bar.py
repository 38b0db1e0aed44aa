"""The bar above the transcript: the chat's title, editable in place, and what can be done with the chat."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QRect, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from qwen_desktop.core.words import tr
from qwen_desktop.ui.tool_tips import plain_tip
from qwen_desktop.ui.views.buttons import IconButton
from qwen_desktop.ui.views.controls import Label, fill, name_control
from qwen_desktop.ui.views.fields import Field
from qwen_desktop.ui.views.icon_menu import IconMenu

if TYPE_CHECKING:
    from PySide6.QtCore import QObject
    from PySide6.QtGui import QPaintEvent, QResizeEvent

    from qwen_desktop.ui.theme import Theme

HEIGHT_PX = 48


class TopBar(QWidget):
    """Title and menu of the open chat.

    Signals: sidebar_requested(); renamed(str title): never blank; delete_requested(); parameters_requested();
    tags_requested(); details_requested(): of tokens and cost; export_requested()
    """

    sidebar_requested = Signal()
    renamed = Signal(str)
    delete_requested = Signal()
    parameters_requested = Signal()
    details_requested = Signal()
    export_requested = Signal()
    tags_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._title = ""
        self._offered = ""
        """What stood in the field when it was opened."""
        self._has_chat = self._has_parameters = self._has_details = False
        self.setObjectName("top_bar")
        self._fit()
        theme.changed.connect(self._fit)
        self.sidebar_button = IconButton(theme, "sidebar", tr("Show sidebar"))
        name_control(self.sidebar_button, "show_sidebar")
        self.title_label = Label(theme, bold=True)
        self.title_label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.title_field = Field(theme, tr("Chat title"))
        self.title_field.setMaxLength(200)
        self.title_field.installEventFilter(self)
        self.title_field.hide()
        name_control(self.title_field, "chat_title")
        self.menu_button = IconButton(theme, "more", tr("Chat menu"))
        name_control(self.menu_button, "chat_menu")
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 0, 14, 0)
        row.setSpacing(8)
        row.addWidget(self.sidebar_button)
        row.addWidget(self.title_label, 1)
        row.addWidget(self.title_field, 1)
        row.addWidget(self.menu_button)
        self.sidebar_button.clicked.connect(self.sidebar_requested)
        self.menu_button.clicked.connect(self._open_menu)
        self.title_field.editingFinished.connect(self._finish_rename)
        theme.changed.connect(self.update)
        self.set_title("", has_menu=False)

    def _fit(self) -> None:
        self.setFixedHeight(max(HEIGHT_PX, self.fontMetrics().height() + 20))

    def set_title(self, title: str, *, has_menu: bool) -> None:
        """A name that is being written meanwhile stays in its field, and counts in the end."""
        self._title = title
        self._has_chat = has_menu
        self.menu_button.setVisible(has_menu or self._has_parameters)
        self._elide()

    def offer(self, *, parameters: bool | None = None, details: bool | None = None) -> None:
        """What there is in the menu besides the chat's title: `parameters` for a new chat too."""
        self._has_parameters = self._has_parameters if parameters is None else parameters
        self._has_details = self._has_details if details is None else details
        self.menu_button.setVisible(self._has_chat or self._has_parameters)

    @property
    def has_parameters(self) -> bool:
        """There is somebody who shows them."""
        return self._has_parameters

    def rename(self) -> None:
        """Edit the title in place."""
        self.title_label.hide()
        self._offered = self._title
        self.title_field.setText(self._title)
        self.title_field.show()
        self.title_field.selectAll()
        self.title_field.setFocus(Qt.FocusReason.OtherFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Esc leaves the title as it was."""
        is_escape = isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape
        if is_escape and not self.title_field.is_composing:
            if event.type() == QEvent.Type.ShortcutOverride:
                event.accept()
                return True
            if event.type() == QEvent.Type.KeyPress:
                self.end_rename()
                return True
        return super().eventFilter(watched, event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._elide()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        fill(painter, self.rect(), self._theme.colours.window)
        fill(painter, QRect(0, self.height() - 1, self.width(), 1), self._theme.colours.line)

    def _open_menu(self) -> None:
        menu = IconMenu(self._theme, self)
        if self._has_parameters:
            menu.add("sliders", tr("Parameters…"), self.parameters_requested.emit)
        if self._has_chat and self._has_details:
            menu.add("info", tr("Tokens and cost…"), self.details_requested.emit)
        if self._has_chat:
            menu.add("pencil", tr("Rename"), self.rename)
            menu.add("tag", tr("Tags…"), self.tags_requested.emit)
            menu.add("download", tr("Export…"), self.export_requested.emit)
            menu.add("trash", tr("Delete"), self.delete_requested.emit)
        corner = self.menu_button.mapToGlobal(self.menu_button.rect().bottomRight())
        corner.setX(corner.x() - menu.sizeHint().width())
        menu.popup(corner)

    def _finish_rename(self) -> None:
        if self.title_field.isHidden():
            return
        title = " ".join(self.title_field.text().split())
        self.end_rename()
        if title not in ("", self._offered, self._title):
            self.renamed.emit(title)

    def end_rename(self) -> None:
        """Drops what stands in the field."""
        self.title_field.hide()
        self.title_label.show()

    def _elide(self) -> None:
        room_px = self.width() - 16 - 14 - 8 * 3 - 32 * 2
        shown = self.title_label.fontMetrics().elidedText(
            self._title[:300].replace("\n", " "), Qt.TextElideMode.ElideRight, max(60, room_px)
        )
        self.title_label.setText(shown)
        self.title_label.setToolTip(plain_tip(self._title) if shown != self._title else "")
