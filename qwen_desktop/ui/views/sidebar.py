"""The sidebar: new chat, search, the list of chats, where the key stands, settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QRect, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from qwen_desktop.core.words import tr
from qwen_desktop.ui.theme import SMALL_PT
from qwen_desktop.ui.views.buttons import Button, IconButton
from qwen_desktop.ui.views.controls import Label, fill, name_control
from qwen_desktop.ui.views.conversation_list import ConversationListView
from qwen_desktop.ui.views.fields import Field

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtCore import QObject
    from PySide6.QtGui import QPaintEvent

    from qwen_desktop.core.search.found import SearchResult
    from qwen_desktop.ui.models.conversation_list import ConversationListModel
    from qwen_desktop.ui.theme import Theme
    from qwen_desktop.ui.views.search_results import SearchResultsView


class Sidebar(QWidget):
    """What there is to go to.

    Signals:
      new_chat_requested()
      search_changed(str): what is searched for, stripped; '' for all chats
      conversation_selected(int id): the user moved to another one
      search_entered(): the keyboard came to the search field
      found_chosen(int conversation_id, object message_id): of what a search found; None for the conversation as a whole
      rename_requested(int id, str title), delete_requested(int id), export_requested(int id)
      key_requested(), settings_requested(), hide_requested()
    """

    new_chat_requested = Signal()
    search_changed = Signal(str)
    conversation_selected = Signal(int)
    search_entered = Signal()
    found_chosen = Signal(int, object)
    rename_requested = Signal(int, str)
    delete_requested = Signal(int)
    export_requested = Signal(int)
    key_requested = Signal()
    settings_requested = Signal()
    hide_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setObjectName("sidebar")
        self.setMinimumWidth(180)
        self.title = Label(theme, "Qwen Desktop", bold=True)
        self.hide_button = IconButton(theme, "sidebar", tr("Hide sidebar"), side_px=32)
        name_control(self.hide_button, "hide_sidebar")
        self.new_chat_button = Button(
            theme, tr("New chat"), kind="quiet", icon_name="plus", height_px=34, align_left=True
        )
        name_control(self.new_chat_button, "new_chat", tr("New chat"))
        self.search_field = Field(theme, tr("Search chats"), placeholder=tr("Search chats"), icon_name="search")
        name_control(self.search_field, "search_chats")
        self.search_field.setMaxLength(1000)
        self.search_field.setToolTip(filter_words())
        self.search_field.setAccessibleDescription(filter_words())
        self.search_field.installEventFilter(self)
        self._results: SearchResultsView | None = None
        self._answered = ""
        """What the results that are shown are about."""
        self._enters_results = ""
        """Enter ('open') or Down ('walk') was pressed before the answer came."""
        self.list = ConversationListView(theme)
        self.list.set_empty_words(tr("No chats yet"))
        self.key_button = Button(theme, "", kind="quiet", icon_name="key", align_left=True, is_secondary=True)
        self.key_button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        name_control(self.key_button, "key_state", tr("API key"))
        self.settings_button = IconButton(theme, "gear", tr("Settings"))
        name_control(self.settings_button, "settings")

        top = QHBoxLayout()
        top.setContentsMargins(10, 0, 2, 0)
        top.addWidget(self.title, 1)
        top.addWidget(self.hide_button)
        bottom = QHBoxLayout()
        bottom.setSpacing(4)
        bottom.addWidget(self.key_button, 1)
        bottom.addWidget(self.settings_button)
        self._hint = Label(theme, "", points=SMALL_PT, colour="text_secondary")
        """Below what a search found, when there is something to tell beside it."""
        self._hint.setObjectName("search_hint")
        self._hint.setWordWrap(True)
        self._hint.setContentsMargins(10, 2, 10, 2)
        self._hint.hide()
        column = self._column = QVBoxLayout(self)
        column.setContentsMargins(8, 10, 9, 10)
        column.setSpacing(6)
        column.addLayout(top)
        column.addWidget(self.new_chat_button)
        column.addWidget(self.search_field)
        column.addSpacing(2)
        column.addWidget(self.list, 1)
        column.addWidget(self._hint)
        column.addLayout(bottom)

        self.hide_button.clicked.connect(self.hide_requested)
        self.new_chat_button.clicked.connect(self.new_chat_requested)
        self.search_field.textChanged.connect(self._on_search)
        self.list.chosen.connect(self.conversation_selected)
        self.list.delete_requested.connect(self.delete_requested)
        self.list.export_requested.connect(self.export_requested)
        self.list.tag_chosen.connect(self.search_for_tag)
        self.list.conversations.rename_requested.connect(self.rename_requested)
        self.key_button.clicked.connect(self.key_requested)
        self.settings_button.clicked.connect(self.settings_requested)
        theme.changed.connect(self.update)

    @property
    def conversations(self) -> ConversationListModel:
        """The rows: `show_listing`, `put_newest`, `set_running`, `set_unread`."""
        return self.list.conversations

    @property
    def results(self) -> SearchResultsView:
        """What a search found, in place of the list while there is one; made when it is first asked for."""
        if self._results is None:
            from qwen_desktop.ui.views.search_results import SearchResultsView

            made = self._results = SearchResultsView(self._theme)
            made.hide()
            made.chosen.connect(self.found_chosen)
            self._column.insertWidget(self._column.indexOf(self.list), made, 1)
            QWidget.setTabOrder(self.search_field, made)
        return self._results

    def show_found(self, result: SearchResult, hints: Sequence[str]) -> None:
        """What the search found, and what is to be told beside it."""
        if not self.search_field.text().strip():
            return
        self._answered = self.search_field.text().strip()
        self.results.show_result(result)
        self.results.set_words([] if result.conversations else list(hints))
        self._hint.setText("\n".join(hints) if result.conversations else "")
        self._show_results(is_searching=True)
        if self._enters_results:
            self._enter_results()

    def _show_results(self, *, is_searching: bool) -> None:
        if self._results is not None:
            had_focus = self._results.hasFocus()
            self._results.setVisible(is_searching)
            if had_focus and not is_searching:
                self.search_field.setFocus(Qt.FocusReason.OtherFocusReason)
        self.list.setVisible(not is_searching)
        self._hint.setVisible(is_searching and bool(self._hint.text()))

    def set_current(self, conversation_id: int | None) -> None:
        """Mark the open conversation; tells nobody."""
        self.list.set_current(conversation_id)

    def set_key_words(self, words: str) -> None:
        """Where the key stands, in a few words."""
        self.key_button.setText(words)
        self.key_button.setToolTip(words)
        self.key_button.setAccessibleDescription(words)

    def set_shortcuts(self, new_chat: str, search: str) -> None:
        """The keys of both, as this system writes them, to stand beside them; '' for none."""
        self.new_chat_button.set_hint(new_chat)
        self.search_field.set_hint(search)

    def focus_search(self) -> None:
        self.search_field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search_field.selectAll()

    def search_for_tag(self, tag: str) -> None:
        """Show the chats that have it, in place of what was searched for; the keyboard comes to the field, where Down
        goes on to them and Esc leads back."""
        self.search_field.setText(f'tag:"{tag}"')
        self.search_field.setFocus(Qt.FocusReason.OtherFocusReason)

    def clear_search(self) -> bool:
        """Leave the search; False if there was none."""
        had_text = bool(self.search_field.text())
        self.search_field.clear()
        return had_text

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """From the search field, Down goes on into the list and Enter opens the first that was found."""
        if watched is self.search_field and event.type() == QEvent.Type.FocusIn:
            self.search_entered.emit()
        is_meant = watched is self.search_field and not self.search_field.is_composing
        if is_meant and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter):
                is_walking = event.key() == Qt.Key.Key_Down
                if self.search_field.text().strip():
                    self._enters_results = "walk" if is_walking else "open"
                    if self._results is not None and self._answered == self.search_field.text().strip():
                        self._enter_results()
                else:
                    self._enter_list(is_walking=is_walking)
                return True
            if event.key() == Qt.Key.Key_Escape and self.clear_search():
                return True
        return super().eventFilter(watched, event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        fill(painter, self.rect(), self._theme.colours.sidebar)
        fill(painter, QRect(self.width() - 1, 0, 1, self.height()), self._theme.colours.line)

    def _enter_list(self, *, is_walking: bool) -> None:
        self.list.setFocus(Qt.FocusReason.ShortcutFocusReason)
        if not self.list.currentIndex().isValid():
            self.list.choose_first(is_walking=is_walking)

    def _enter_results(self) -> None:
        way, self._enters_results = self._enters_results, ""
        if way == "walk":
            self.results.go_to_first()
        elif way == "open":
            self.results.choose_first()

    def _on_search(self, text: str) -> None:
        self._enters_results = ""
        if not text.strip():
            self._answered = ""
            self._show_results(is_searching=False)
        self.search_changed.emit(text.strip())


def filter_words() -> str:
    """What else can be typed."""
    return tr(
        'Every word has to be there. "Words in quotation marks" are found as they stand.'
        " Filters: model:max, before:2026-02, after:2026-01-31, has:code, tag:work."
    )
