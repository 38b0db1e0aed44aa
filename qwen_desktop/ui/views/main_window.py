"""The window: sidebar, top bar, pages, composer and bars in their places, and the keys that reach all of them."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeySequence, QPainter, QShortcut
from PySide6.QtWidgets import QApplication, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from qwen_desktop.core.settings.settings import AppearanceSettings, ShortcutSettings
from qwen_desktop.core.words import tr
from qwen_desktop.ui.notices import DemoStrip, NoticeAction, NoticeBar, UndoBar
from qwen_desktop.ui.shortcuts import native, shortcuts
from qwen_desktop.ui.theme import SMALL_PT
from qwen_desktop.ui.views.buttons import Button
from qwen_desktop.ui.views.composer import Composer
from qwen_desktop.ui.views.controls import Label, fill, grown_px, name_control, room_on_screen, sized
from qwen_desktop.ui.views.overlay import Scrim
from qwen_desktop.ui.views.sidebar import Sidebar
from qwen_desktop.ui.views.sidebar_handle import HANDLE_PX, SidebarHandle
from qwen_desktop.ui.views.top_bar import TopBar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtGui import QCloseEvent, QPaintEvent, QResizeEvent, QShowEvent

    from qwen_desktop.ui.theme import Theme
    from qwen_desktop.ui.views.empty_state import EmptyState
    from qwen_desktop.ui.views.find_bar import FindBar
    from qwen_desktop.ui.views.model_picker import ModelPicker
    from qwen_desktop.ui.views.welcome import WelcomePage

OVERLAY_BELOW_PX = 760
NARROWEST_SIDEBAR_PX = 200
USUAL_SIDEBAR_PX = AppearanceSettings().sidebar_width_px
"""Until it is pulled it is that wide, and wider with larger letters."""
WIDEST_SIDEBAR_PX = 420
LEFT_TO_CHAT_PX = 420
"""What a sidebar beside the page leaves it at least."""


class MainWindow(QWidget):
    """Where everything is.  Its parts (`sidebar`, `composer`, `welcome`, …) have signals of their own.

    Signals:
      close_requested(): the window is to be closed; it stays until `accept_close`
      rename_requested(int id, str title), delete_requested(int id): from the sidebar or the top bar
      undo_requested(int id), undo_dismissed(int id): what became of "Chat deleted"
      message_undo_requested(int message_id)
      leave_demo_requested()
      notice_action(str name), notice_dismissed()
      formatting_requested(): a chat that is shown as plain text is to be shown with formatting
      sidebar_changed(bool is_visible, int width_px): to be remembered
      details_requested(): of tokens, cost and context of the chat
      export_requested(int id)
      shortcut_activated(str action): one the window cannot do by itself: 'find', 'regenerate',
        'copy_last_reply', 'zoom_in', 'zoom_out', 'zoom_reset' or 'quit'
    """

    close_requested = Signal()
    rename_requested = Signal(int, str)
    delete_requested = Signal(int)
    undo_requested = Signal(int)
    undo_dismissed = Signal(int)
    message_undo_requested = Signal(int)
    leave_demo_requested = Signal()
    notice_action = Signal(str)
    notice_dismissed = Signal()
    formatting_requested = Signal()
    sidebar_changed = Signal(bool, int)
    shortcut_activated = Signal(str)
    details_requested = Signal()
    export_requested = Signal(int)

    def __init__(
        self,
        theme: Theme,
        *,
        sidebar_visible: bool = True,
        sidebar_width_px: int = USUAL_SIDEBAR_PX,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._conversation_id: int | None = None
        self._sidebar_wanted = sidebar_visible
        self._pulled_px = min(WIDEST_SIDEBAR_PX, max(NARROWEST_SIDEBAR_PX, sidebar_width_px))
        """How wide the sidebar was pulled, or the usual width."""
        self._overlay_open = False
        self._may_close = False
        self._page = "transcript"
        self._transcript: QWidget | None = None
        self._welcome: WelcomePage | None = None
        self._empty_state: EmptyState | None = None
        self._picker: ModelPicker | None = None
        self.fill_picker: Callable[[ModelPicker, str], None] | None = None
        """Gives the picker its rows whenever it is opened, with the model in use; None: those of the composer."""
        self._find_bar: FindBar | None = None
        self._plain_bar: NoticeBar | None = None
        self._is_plain = False
        self._holders: list[QWidget] = []
        """What is as wide as a line at most."""
        self.setWindowTitle("Qwen Desktop")
        name_control(self, "main_window", "Qwen Desktop")
        self.setMinimumSize(400, 320)
        # On a small or much enlarged screen the composer is not to begin below its edge.
        self.resize(QSize(1280, 820).boundedTo(room_on_screen(self)))
        self.sidebar = Sidebar(theme, self)
        self._main = QWidget(self)
        self._scrim = Scrim(self, is_dim=True)
        self._handle = SidebarHandle(self)
        self.top_bar = TopBar(theme)
        self.demo_strip = DemoStrip(theme)
        self.notice_bar = NoticeBar(theme)
        self.undo_bar = UndoBar(theme)
        self.composer = Composer(theme)
        self.status_line = Label(theme, colour="text_secondary", points=SMALL_PT)
        self.status_line.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.status_line.setObjectName("status")
        self.status_line.setMinimumHeight(self.status_line.fontMetrics().height() + 4)
        self.context_button = Button(theme, "", kind="quiet", height_px=24, is_secondary=True)
        self.context_button.setFont(sized(self.context_button.font(), SMALL_PT))
        name_control(self.context_button, "context", tr("Context"))
        self.context_button.hide()
        self._lay_out()
        self._connect()
        self._shortcuts: dict[str, QShortcut] = {}
        for shortcut in shortcuts():
            if shortcut.is_global:
                keys = self._shortcuts[shortcut.action] = QShortcut(self)
                keys.setAutoRepeat(False)
                keys.activated.connect(lambda action=shortcut.action: self._on_shortcut(action))
        self.set_shortcuts(ShortcutSettings())
        self._place()

    # Parts made when they are first asked for

    @property
    def transcript(self) -> QWidget | None:
        return self._transcript

    @property
    def welcome(self) -> WelcomePage:
        """The first start's page; made now if it was not."""
        if self._welcome is None:
            from qwen_desktop.ui.views.welcome import WelcomePage

            self._welcome = WelcomePage(self._theme, self)
            self._welcome.hide()
            self._place()
        return self._welcome

    @property
    def empty_state(self) -> EmptyState:
        """A new chat's page; made now if it was not."""
        if self._empty_state is None:
            from qwen_desktop.ui.views.empty_state import EmptyState

            self._empty_state = EmptyState(self._theme)
            self._empty_state.starter_to_complete.connect(self._complete_starter)
            self._empty_state.hide()
            self._pages.addWidget(self._empty_state)
            self._put_before_composer(*self._empty_state.starters)
        return self._empty_state

    @property
    def picker(self) -> ModelPicker:
        """The panel that chooses a model; made now if it was not."""
        if self._picker is None:
            from qwen_desktop.ui.views.model_picker import ModelPicker

            self._picker = ModelPicker(self._theme, self)
            self._picker.model_chosen.connect(self.composer.model_chosen)
            self._picker.closed.connect(self.composer.focus)
            self._picker.parameters_requested.connect(self.top_bar.parameters_requested)
            if self.top_bar.has_parameters:
                self._picker.offer_parameters()
        return self._picker

    @property
    def find_bar(self) -> FindBar:
        """The bar above the transcript that finds in it; made now if it was not, and hidden."""
        if self._find_bar is None:
            from qwen_desktop.ui.views.find_bar import FindBar

            made = self._find_bar = FindBar(self._theme)
            made.hide()
            made.closed.connect(self.composer.focus)
            self._find_place.addWidget(made)
            self._put_before_composer(made.field, made.previous_button, made.next_button, made.close_button)
        return self._find_bar

    # What the app tells

    def set_transcript(self, view: QWidget) -> None:
        """Put the transcript in its place, once."""
        self._transcript = view
        self._pages.addWidget(view)
        view.setVisible(self._page == "transcript")
        self._put_before_composer(view)

    def _put_before_composer(self, *controls: QWidget) -> None:
        """The keyboard comes to a page from the bars above it, and goes on to the composer."""
        for before, after in pairwise((self.demo_strip.leave_button, *controls)):
            QWidget.setTabOrder(before, after)

    def show_welcome(self) -> None:
        self._show_page("welcome")

    def show_empty(self) -> None:
        self._show_page("empty")

    def show_transcript(self) -> None:
        self._show_page("transcript")

    @property
    def page(self) -> str:
        """'welcome', 'empty' or 'transcript'."""
        return self._page

    def set_conversation(self, conversation_id: int | None, title: str) -> None:
        """Name the open chat in the top bar and mark it in the list; None for one that is not stored yet."""
        if conversation_id != self._conversation_id:
            self.top_bar.end_rename()
        self._conversation_id = conversation_id
        self.top_bar.set_title(title, has_menu=conversation_id is not None)
        self.sidebar.set_current(conversation_id)

    def set_shortcuts(self, settings: ShortcutSettings) -> None:
        """Listen to these keys from now on, each of which does one thing (see `shortcuts.without_clashes`)."""
        self._keys = settings
        for shortcut in shortcuts():
            if shortcut.is_global:
                keys = [QKeySequence(text) for text in shortcut.all_keys(settings)]
                self._shortcuts[shortcut.action].setKeys(keys)
        self.sidebar.set_shortcuts(native(settings.new_chat), native(settings.search_chats))

    def set_status(self, text: str, details: str = "") -> None:
        """The quiet line under the composer; '' empties it.  `details` are read with it, and shown under the mouse."""
        self.status_line.setText(text)
        if details != self.status_line.toolTip():
            self.status_line.setToolTip(details)
            self.status_line.setAccessibleDescription(details.replace("\n", " · "))

    def set_context(self, text: str, details: str = "") -> None:
        """Beside it, quietly, how full the context is or what did not go along; '' for nothing worth telling."""
        self.context_button.setText(text)
        self.context_button.setToolTip(details)
        self.context_button.setAccessibleDescription(details.replace("\n", " · "))
        if not text and self.context_button.hasFocus():
            self.composer.focus()
        self.context_button.setVisible(bool(text))
        self.context_button.updateGeometry()

    def set_demo(self, is_demo: bool) -> None:
        """Show the strip that says whose replies these are."""
        self.demo_strip.setVisible(is_demo)

    def show_notice(self, sentence: str, actions: Sequence[NoticeAction] = ()) -> None:
        """Tell something about the whole app, until it is dismissed or replaced."""
        self.notice_bar.show_notice(sentence, actions)

    def add_notice(self, sentence: str, actions: Sequence[NoticeAction] = ()) -> None:
        """The same, below what is shown already."""
        self.notice_bar.add_notice(sentence, actions)

    def clear_notice(self) -> None:
        self.notice_bar.hide()

    def set_plain(self, is_plain: bool) -> None:
        """Tell above the chat that it is shown as plain text and why, with the button that shows it as usual."""
        if is_plain and self._plain_bar is None:
            made = self._plain_bar = NoticeBar(self._theme, can_dismiss=False)
            made.setObjectName("plain_notice")
            made.action_triggered.connect(lambda _: self.formatting_requested.emit())
            self._find_place.insertWidget(0, made)
            sentence = tr("The app stalled or ended while it was showing this chat, so it is shown as plain text.")
            made.show_notice(sentence, [NoticeAction("show_formatting", tr("Show with formatting"), is_primary=True)])
            self._put_before_composer(*made.buttons)
        self._is_plain = is_plain
        self._place_plain_bar()

    def _place_plain_bar(self) -> None:
        if self._plain_bar is not None:
            self._plain_bar.setVisible(self._is_plain and self._page == "transcript")

    def show_undo(self, conversation_id: int, title: str) -> None:
        """A chat was deleted and can be brought back."""
        self.undo_bar.show_deleted(conversation_id, title)

    def show_message_undo(self, message_id: int) -> None:
        """A message was deleted and can be brought back."""
        self.undo_bar.show_message_deleted(message_id)

    def offer_undo(self, words: str, undo: Callable[[], object]) -> None:
        """Something else was done, and `undo` takes it back."""
        self.undo_bar.show_other(words, undo)

    def open_model_picker(self) -> None:
        if self.fill_picker is None:
            self.picker.set_models(self.composer.models)
        else:
            self.fill_picker(self.picker, self.composer.model_id)
        self.picker.open_at(self.composer.model_button, self.composer.model_id)

    def accept_close(self) -> None:
        """The app is ready: close now."""
        self._may_close = True
        self.close()

    # What the user does

    def toggle_sidebar(self) -> None:
        """Show or hide the sidebar; over the page where the window is narrow."""
        if self._is_narrow:
            self._overlay_open = not self._overlay_open
        else:
            self._sidebar_wanted = not self._sidebar_wanted
            self.sidebar_changed.emit(self._sidebar_wanted, self._pulled_px)
        self._place()
        if not self.sidebar.isVisible():
            self.composer.focus()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if QApplication.focusWidget() is None:
            self._focus_page()

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._may_close:
            event.accept()
        else:
            event.ignore()
            self.close_requested.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._picker is not None:
            self._picker.close_panel()
        self._place()

    def paintEvent(self, event: QPaintEvent) -> None:
        fill(QPainter(self), event.rect(), self._theme.colours.window)

    def _on_shortcut(self, action: str) -> None:
        if self._page == "welcome" and action not in ("settings", "show_shortcuts", "quit"):
            return
        match action:
            case "new_chat":
                self.sidebar.new_chat_requested.emit()
            case "search_chats":
                if not self.sidebar.isVisible():
                    self.toggle_sidebar()
                self.sidebar.focus_search()
            case "focus_composer":
                self.composer.focus()
            case "stop_or_close":
                self._on_escape()
            case "toggle_sidebar":
                self.toggle_sidebar()
            case "settings":
                self.sidebar.settings_requested.emit()
            case "show_shortcuts":
                self.show_shortcuts(self)
            case _:
                self.shortcut_activated.emit(action)

    def _on_escape(self) -> None:
        """Stop the reply; else close what is open, the topmost first."""
        if self.composer.is_running:
            self.composer.stop_requested.emit()
        elif self._overlay_open:
            self._close_overlay()
        elif self.composer.is_editing and not self.sidebar.isAncestorOf(QApplication.focusWidget() or self):
            self.composer.cancel_editing()
        elif self.sidebar.clear_search() or self.sidebar.isAncestorOf(QApplication.focusWidget() or self):
            self.composer.focus()
        elif self._find_bar is not None and not self._find_bar.isHidden():
            self._find_bar.close_bar()
        elif not self.notice_bar.isHidden():
            self.notice_bar.dismiss()

    def show_shortcuts(self, parent: QWidget) -> None:
        """The list of shortcuts in front of `parent`."""
        from qwen_desktop.ui.views.shortcut_list import ShortcutList

        dialog = ShortcutList(self._theme, self._keys, parent, enter_sends=self.composer.edit.enter_sends)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def _complete_starter(self, beginning: str) -> None:
        self.composer.set_text(beginning)
        self.composer.focus()

    def _on_selected(self) -> None:
        if self._overlay_open and not self.sidebar.list.is_walking:
            self._close_overlay()

    def _close_overlay(self) -> None:
        self._overlay_open = False
        self._place()
        self.composer.focus()

    def _on_renamed(self, title: str) -> None:
        if self._conversation_id is not None:
            self.rename_requested.emit(self._conversation_id, title)

    def _on_delete(self) -> None:
        if self._conversation_id is not None:
            self.delete_requested.emit(self._conversation_id)

    # Places

    @property
    def _is_narrow(self) -> bool:
        return self.width() < OVERLAY_BELOW_PX

    def _show_page(self, page: str) -> None:
        if self._find_bar is not None and page != "transcript":
            self._find_bar.close_bar()
        takes_focus = self.isActiveWindow() and page != self._page and not self.sidebar.list.is_walking
        self._page = page
        if page == "welcome":
            self.welcome.show()
        elif self._welcome is not None:
            self._welcome.hide()
        if page == "empty":
            self.empty_state.show()
        elif self._empty_state is not None:
            self._empty_state.hide()
        if self._transcript is not None:
            self._transcript.setVisible(page == "transcript")
        self._place_plain_bar()
        self._place()
        if takes_focus:
            self._focus_page()

    def _focus_page(self) -> None:
        if self._page == "welcome":
            self.welcome.key_field.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self.composer.focus()

    @property
    def _sidebar_px(self) -> int:
        """With the letters, unless somebody has chosen it."""
        if self._pulled_px != USUAL_SIDEBAR_PX:
            return self._pulled_px
        room_px = self.width() - (0 if self._is_narrow else LEFT_TO_CHAT_PX)
        return min(WIDEST_SIDEBAR_PX, grown_px(USUAL_SIDEBAR_PX), max(USUAL_SIDEBAR_PX, room_px))

    def _place(self) -> None:
        """Where the sidebar and the rest are, at this width and on this page."""
        is_welcome = self._page == "welcome"
        is_narrow = self._is_narrow
        if not is_narrow:
            self._overlay_open = False
        is_docked = self._sidebar_wanted and not is_narrow and not is_welcome
        is_over = is_narrow and self._overlay_open and not is_welcome
        left = self._sidebar_px if is_docked else 0
        self.sidebar.setVisible(is_docked or is_over)
        self.sidebar.setGeometry(0, 0, min(self._sidebar_px, self.width() - 80), self.height())
        self._main.setVisible(not is_welcome)
        self._main.setGeometry(left, 0, self.width() - left, self.height())
        self._handle.setVisible(is_docked)
        # Beside all that scrolls: where something lies on that, Qt paints it anew instead of moving its pixels.
        self._handle.setGeometry(left - HANDLE_PX, 0, HANDLE_PX, self.height())
        self._scrim.setVisible(is_over)
        self._scrim.setGeometry(self.rect())
        self.top_bar.sidebar_button.setVisible(not is_docked)
        if is_over:
            self._scrim.raise_()
            self.sidebar.raise_()
        elif is_docked:
            self._handle.raise_()
        if self._welcome is not None:
            self._welcome.setGeometry(self.rect())
            self._welcome.set_narrow(self.width() < grown_px(600))

    def _resize_sidebar(self, width_px: int) -> None:
        room_px = max(NARROWEST_SIDEBAR_PX, self.width() - LEFT_TO_CHAT_PX)
        self._pulled_px = min(WIDEST_SIDEBAR_PX, room_px, max(NARROWEST_SIDEBAR_PX, width_px))
        self._place()

    def _lay_out(self) -> None:
        self._pages = QVBoxLayout()
        self._pages.setContentsMargins(0, 0, 0, 0)
        below = QVBoxLayout()
        below.setContentsMargins(0, 0, 0, 0)
        below.setSpacing(4)
        below.addWidget(self.undo_bar)
        below.addSpacing(4)
        below.addWidget(self.composer)
        below.addSpacing(2)
        quiet = QHBoxLayout()
        quiet.setSpacing(8)
        quiet.addWidget(self.status_line, 1)
        quiet.addWidget(self.context_button)
        below.addLayout(quiet)
        column = QVBoxLayout(self._main)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.top_bar)
        column.addWidget(self.demo_strip)
        notice = QVBoxLayout()
        notice.setContentsMargins(0, 0, 0, 0)
        notice.addWidget(self.notice_bar)
        column.addLayout(self._centred(notice))
        self._find_place = QVBoxLayout()
        self._find_place.setContentsMargins(0, 0, 0, 0)
        column.addLayout(self._centred(self._find_place))
        column.addLayout(self._pages, 1)
        column.addLayout(self._centred(below))
        column.addSpacing(6)

    def _connect(self) -> None:
        self.sidebar.hide_requested.connect(self.toggle_sidebar)
        self.sidebar.rename_requested.connect(self.rename_requested)
        self.sidebar.delete_requested.connect(self.delete_requested)
        self.sidebar.conversation_selected.connect(self._on_selected)
        self.sidebar.found_chosen.connect(lambda *_: self._on_selected())
        self.sidebar.new_chat_requested.connect(self._on_selected)
        self.top_bar.sidebar_requested.connect(self.toggle_sidebar)
        self.top_bar.renamed.connect(self._on_renamed)
        self.top_bar.delete_requested.connect(self._on_delete)
        self.top_bar.details_requested.connect(self.details_requested)
        self.sidebar.export_requested.connect(self.export_requested)
        self.top_bar.export_requested.connect(self._on_export)
        self.top_bar.tags_requested.connect(self._on_tags)
        self.context_button.clicked.connect(self.details_requested)
        self.composer.model_requested.connect(self.open_model_picker)
        self.demo_strip.leave_requested.connect(self.leave_demo_requested)
        self.notice_bar.action_triggered.connect(self.notice_action)
        self.notice_bar.dismissed.connect(self.notice_dismissed)
        self.undo_bar.undo_requested.connect(self.undo_requested)
        self.undo_bar.dismissed.connect(self.undo_dismissed)
        self.undo_bar.message_undo_requested.connect(self.message_undo_requested)
        self._scrim.pressed.connect(self._close_overlay)
        self._handle.moved.connect(self._resize_sidebar)
        self._handle.released.connect(lambda: self.sidebar_changed.emit(self._sidebar_wanted, self._pulled_px))
        self._theme.changed.connect(self._restyle)

    def _restyle(self) -> None:
        """Other colours, fonts or widths."""
        self.status_line.setMinimumHeight(self.status_line.fontMetrics().height() + 4)
        for holder in self._holders:
            holder.setMaximumWidth(self._theme.line_width_px)
        self._place()
        self.update()

    def _on_export(self) -> None:
        if self._conversation_id is not None:
            self.export_requested.emit(self._conversation_id)

    def _on_tags(self) -> None:
        if self._conversation_id is not None:
            self.sidebar.list.ask_for_tags((self._conversation_id,))

    def _centred(self, inside: QVBoxLayout) -> QHBoxLayout:
        """A row that keeps its content in the middle, as wide as a line at most, 20 px from the edges."""
        holder = QWidget()
        holder.setMaximumWidth(self._theme.line_width_px)
        holder.setLayout(inside)
        self._holders.append(holder)
        row = QHBoxLayout()
        row.setContentsMargins(20, 0, 20, 0)
        row.addStretch(1)
        row.addWidget(holder, 1000)
        row.addStretch(1)
        return row
