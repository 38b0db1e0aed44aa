"""The settings: a search and a list of pages at the left, rows at the right; each change is told at once.

All pages stand in one scrolled column, of which one is shown; a search shows the rows it finds of all of them, under
the titles of their pages.  Pages are made when they are first shown.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFont, QFontMetrics, QKeyEvent, QKeySequence, QPainter, QShortcut
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QFrame,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from qwen_desktop.core.settings.settings import Settings
from qwen_desktop.core.words import tr
from qwen_desktop.ui.settings_table import matches, pages
from qwen_desktop.ui.theme import INTERFACE_PT
from qwen_desktop.ui.views.controls import Label, colour_scroll_area, fill, name_control, room_on_screen, sized
from qwen_desktop.ui.views.fields import Field
from qwen_desktop.ui.views.scrolled import Scrolled
from qwen_desktop.ui.views.settings_list import SettingsListDelegate
from qwen_desktop.ui.views.settings_page import Facts, SettingsPage, WidgetPage
from qwen_desktop.ui.views.settings_wishes import SettingsWishes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtCore import QObject
    from PySide6.QtGui import QHideEvent, QPaintEvent, QShowEvent

    from qwen_desktop.core.chat.sums import MonthOfModel
    from qwen_desktop.desktop.hotkey.status import HotkeyStatus
    from qwen_desktop.ui.notices import NoticeAction
    from qwen_desktop.ui.theme import Theme
    from qwen_desktop.ui.views.account_list import AccountRow
    from qwen_desktop.ui.views.setting_row import SettingRow

_PAGE = Qt.ItemDataRole.UserRole
_LIST_PX, _WIDEST_LIST_PX = 192, 320
"""Of the pages at the left, which grow with the font."""
_USUAL_SIZE = QSize(860, 600)
"""Of the dialog, in the usual font, and what the window manager puts around it."""
SLICE_S = 0.004
"""So long rows are made before the loop gets its turn."""


class SettingsDialog(QDialog):
    """Shows settings and tells each change by its `wishes`.  Open it with `open()`.

    Signals: page_shown(str name): 'general', …, or the name given to `add_page`
    """

    page_shown = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._settings = Settings()
        self.facts = Facts()
        self.wishes = SettingsWishes(self)
        self._pages: dict[str, SettingsPage | WidgetPage] = {}
        self._makers: dict[str, Callable[[], QWidget]] = {}
        self._parts: dict[str, Callable[[], QWidget]] = {}
        self._titles = pages()
        self._shown = ""
        self._notes: dict[str, str] = {}
        self._unfilled: set[SettingsPage | WidgetPage] = set()
        """Pages that show other settings than those in force."""
        self.setWindowTitle(tr("Settings"))
        name_control(self, "settings_dialog", tr("Settings"))
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.resize(_USUAL_SIZE)
        self.setMinimumSize(620, 400)
        self.search_field = Field(theme, tr("Search settings"), placeholder=tr("Search settings"), icon_name="search")
        name_control(self.search_field, "search_settings")
        self.search_field.setMaxLength(100)
        self.pages_list = QListWidget()
        self.pages_list.setItemDelegate(SettingsListDelegate(theme, self.pages_list))
        self.pages_list.setFrameShape(QFrame.Shape.NoFrame)
        self.pages_list.setMouseTracking(True)
        self.pages_list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        name_control(self.pages_list, "settings_pages", tr("Pages"))
        for name, title in self._titles.items():
            self._list_page(name, title)
        self.nothing_label = Label(theme, tr("No setting matches. Esc clears the search."), colour="text_secondary")
        self.nothing_label.setWordWrap(True)
        self.nothing_label.setContentsMargins(24, 12, 24, 0)
        self.nothing_label.hide()
        self._lay_out()
        self._make_next = QTimer(self, singleShot=True, interval=0)
        """Makes rows in small portions, so that neither typing nor a reply being painted waits for a page."""
        self._make_next.timeout.connect(self._make_some)
        self.search_field.textChanged.connect(self._search)
        self.search_field.installEventFilter(self)
        self.pages_list.currentItemChanged.connect(self._on_page_chosen)
        self.pages_list.itemClicked.connect(self._on_page_chosen)
        find = QShortcut(QKeySequence(QKeySequence.StandardKey.Find), self)
        find.activated.connect(self._go_to_search)
        theme.changed.connect(self._restyle)
        self._restyle()
        self.pages_list.setCurrentRow(0)
        self.pages_list.setFocus()

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Qt scrolls to where Tab leads inside a page, but not to where it comes in from outside: its last row."""
        has_moved = super().focusNextPrevChild(forward)
        now = self.focusWidget()
        if has_moved and now is not None and self._area.isAncestorOf(now):
            self._area.ensureWidgetVisible(now)
        return has_moved

    # What the app tells

    def show_settings(self, settings: Settings) -> None:
        """Fill all controls, those of pages that are not seen when they are; tells nothing back."""
        self._settings = settings
        self._unfilled = set(self._pages.values())
        self._fill_seen()

    def set_key_words(self, words: str) -> None:
        self._show_facts(self.facts._replace(key_words=words))

    def set_folders(self, data_folder: str, settings_file: str) -> None:
        self._show_facts(self.facts._replace(data_folder=data_folder, settings_file=settings_file))

    def set_autostart(self, is_on: bool | None) -> None:
        """Whether the app starts at login; None where it cannot, and the row is not there."""
        self._show_facts(self.facts._replace(autostart=is_on))

    def show_hotkey_status(self, status: HotkeyStatus) -> None:
        """What became of the hotkey."""
        self._show_facts(self.facts._replace(hotkey_status=status))

    def show_months(self, months: Sequence[MonthOfModel]) -> None:
        """What each month with each model took, the newest first."""
        self._show_facts(self.facts._replace(months=tuple(months)))

    def show_accounts(self, rows: Sequence[AccountRow], note: str = "") -> None:
        """All accounts; `note`: why none of them counts now, or ''."""
        self._show_facts(self.facts._replace(accounts=tuple(rows), accounts_note=note))

    def show_note(self, key: str, sentence: str) -> None:
        """Say under a row what is wrong with its value; '' takes it back."""
        self._notes[key] = sentence
        if (row := self.row(key)) is not None:
            row.set_note(sentence)

    def show_test_step(self, words: str) -> None:
        """The test of the connection runs, and this is what it is at."""
        self.page("network").test.show_step(words)
        self.page("network").test_offer.hide()
        self.show_note("connection_test", "")

    def show_test_good(self, took_ms: int, note: str = "") -> None:
        self.page("network").test.show_good(took_ms)
        self.show_note("connection_test", note)

    def show_test_failed(self, words: str, sentence: str) -> None:
        self.page("network").test.show_failed(words)
        self.show_note("connection_test", sentence)

    def show_test_offer(self, sentence: str, actions: Sequence[NoticeAction] = ()) -> None:
        """What can be done about it, below the row; nothing is done before a button is pressed."""
        self.page("network").test_offer.show_hint(sentence, actions)

    def show_test_idle(self) -> None:
        """Nothing was found out: it was cancelled, or what it tested is another now."""
        self.page("network").test.show_idle()
        self.page("network").test_offer.hide()
        self.show_note("connection_test", "")

    def add_page(self, name: str, title: str, make: Callable[[], QWidget]) -> None:
        """One more page, before the last one; `make` is called when it is first shown."""
        self._titles[name] = title
        self._makers[name] = make
        self._list_page(name, title, before_last=True)
        self._restyle()

    def add_part(self, page: str, make: Callable[[], QWidget]) -> None:
        """Something below the rows of a page; `make` is called when the page is first shown, and a search that finds
        its first row shows it too."""
        self._parts[page] = make

    def show_page(self, name: str) -> None:
        """Go to a page by its name; ends a search."""
        self.search_field.clear()
        self.pages_list.setCurrentRow(self._row_of(name))

    def row(self, key: str) -> SettingRow | None:
        """The row of a setting, if its page was made already."""
        for page in self._pages.values():
            if isinstance(page, SettingsPage) and key in page.rows:
                return page.rows[key]
        return None

    def control(self, key: str) -> QWidget:
        """What changes a setting; makes and shows its page."""
        table = {row.key: row.page for row in SettingsPage.table()}
        self.show_page(table[key])
        return self.page(table[key]).controls[key]

    def page(self, name: str) -> SettingsPage:
        """One of our own pages; made now if it was not."""
        page = self._made(name)
        assert isinstance(page, SettingsPage)
        page.make_some()
        self._fill(page)
        return page

    # Pages

    def _fill_seen(self) -> None:
        for page in [page for page in self._unfilled if not page.isHidden()]:
            self._fill(page)

    def _fill(self, page: SettingsPage | WidgetPage) -> None:
        if page in self._unfilled:
            self._unfilled.discard(page)
            page.show_settings(self._settings)

    def _list_page(self, name: str, title: str, *, before_last: bool = False) -> None:
        item = QListWidgetItem(title)
        item.setData(_PAGE, name)
        self.pages_list.insertItem(self.pages_list.count() - int(before_last), item)

    def _row_of(self, name: str) -> int:
        names = [self.pages_list.item(row).data(_PAGE) for row in range(self.pages_list.count())]
        return names.index(name)

    def _made(self, name: str) -> SettingsPage | WidgetPage:
        page = self._pages.get(name)
        if page is None:
            if name in self._makers:
                page = WidgetPage(self._theme, self._titles[name], self._makers[name]())
            else:
                page = SettingsPage(
                    self._theme, name, self._titles[name], self.facts, self.wishes, self._parts.get(name)
                )
                self._connect(page)
            self._pages[name] = page
            page.show_settings(self._settings)
            page.show_facts(self.facts)
            page.hide()
            order = [self.pages_list.item(row).data(_PAGE) for row in range(self.pages_list.count())]
            before = [other for other in order[: order.index(name)] if other in self._pages]
            # A page of its own fills the room there is; rows stand at the top, above the stretch at the end.
            self._column.insertWidget(1 + len(before), page, 1000 if isinstance(page, WidgetPage) else 0)
        return page

    def _connect(self, page: SettingsPage) -> None:
        page.note_changed.connect(self.show_note)
        page.accounts_requested.connect(lambda: self.show_page("models"))

    def _on_page_chosen(self, item: QListWidgetItem | None) -> None:
        if item is None:
            return
        name = str(item.data(_PAGE))
        if self.search_field.text():
            self.search_field.clear()
        elif name == self._shown:
            return
        self._show(name)

    def _show(self, name: str) -> None:
        made = self._made(name)
        self._fill(made)
        made.show_found(None)
        for other in self._pages.values():
            other.setVisible(other is made)
        self.nothing_label.hide()
        self._area.verticalScrollBar().setValue(0)
        if self.isVisible():
            self._make_next.start()
        is_new, self._shown = name != self._shown, name
        if is_new:
            self.page_shown.emit(name)

    def _show_facts(self, facts: Facts) -> None:
        self.facts = facts
        for page in self._pages.values():
            page.show_facts(self.facts)

    # Search

    def _search(self, text: str) -> None:
        if (page := self.pages_list.currentItem()) is not None:
            page.setSelected(not text.strip())  # what is found stands on other pages too
        if text.strip():
            self._show_found()
        elif self._shown:
            self._show(self._shown)

    def _make_some(self) -> None:
        """Some more rows of the page that is shown, or of all pages while there is a search."""
        until = time.perf_counter() + SLICE_S
        is_searching = bool(self.search_field.text().strip())
        names = [name for name in self._titles if name not in self._makers] if is_searching else [self._shown]
        has_more = False
        for name in names:
            has_more = self._made(name).make_some(until) or has_more
            if time.perf_counter() > until:
                has_more = has_more or name != names[-1]
                break
        if is_searching:
            self._show_found()
        self._show_notes()
        if has_more:
            self._make_next.start()

    def _show_found(self) -> None:
        query = self.search_field.text().strip()
        found = matches(query)
        titled = {name for name in self._makers if _begins(self._titles[name], query)}
        for name in titled:
            self._made(name)
        if any(name not in self._pages or self._pages[name].make_some(0.0) for name in pages()):
            self._make_next.start()
        has_any = self._make_next.isActive()
        for name, page in self._pages.items():
            has_some = page.show_found(found) or name in titled
            page.setVisible(has_some)
            if has_some:
                self._fill(page)
            has_any = has_any or has_some
        self.nothing_label.setVisible(not has_any)
        self._area.verticalScrollBar().setValue(0)

    def _show_notes(self) -> None:
        """What was said of rows that were not made yet."""
        for key, sentence in self._notes.items():
            if (row := self.row(key)) is not None and row.note.text() != sentence:
                row.set_note(sentence)

    def _go_to_search(self) -> None:
        self.search_field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search_field.selectAll()

    def _go_to_found(self) -> None:
        """From the search to the first row found, or to the list."""
        if not self.search_field.text().strip():
            self.pages_list.setFocus(Qt.FocusReason.ShortcutFocusReason)
            return
        for name in self._titles:
            page = self._pages.get(name)
            rows = page.rows.values() if isinstance(page, SettingsPage) and page.isVisible() else ()
            for row in rows:
                if row.isVisible() and row.focus_control():
                    return

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """In the search field Down and Enter go on to what was found, Esc clears it."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and watched is self.search_field:
            if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._go_to_found()
                return True
            if event.key() == Qt.Key.Key_Escape and self.search_field.text():
                self.search_field.clear()
                return True
        return super().eventFilter(watched, event)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._make_next.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._make_next.stop()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc leaves the search first, then the dialog; Enter in a field is not for a button."""
        if event.key() == Qt.Key.Key_Escape and self.search_field.text():
            self.search_field.clear()
            self.search_field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        elif event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            super().keyPressEvent(event)

    # Looks

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        edge = self.pages_list.geometry().right() + 9
        fill(painter, QRect(0, 0, edge, self.height()), self._theme.colours.sidebar)
        fill(painter, QRect(edge, 0, 1, self.height()), self._theme.colours.line)

    def _lay_out(self) -> None:
        inside = QWidget()
        self._column = QVBoxLayout(inside)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addWidget(self.nothing_label)
        self._column.addStretch(1)
        self._area = Scrolled(self._theme, inside, sideways=True)
        left = QVBoxLayout()
        left.setContentsMargins(0, 0, 0, 0)
        left.setSpacing(6)
        left.addWidget(self.search_field)
        left.addWidget(self.pages_list, 1)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 16, 0, 0)
        row.setSpacing(10)
        row.addLayout(left)
        row.addWidget(self._area, 1)

    def _restyle(self) -> None:
        bold = QFontMetrics(sized(QApplication.font(), INTERFACE_PT, QFont.Weight.DemiBold))
        widest = max(bold.horizontalAdvance(title) for title in self._titles.values())
        search = self.fontMetrics().horizontalAdvance(self.search_field.placeholderText()) + 34 + 20
        width = min(_WIDEST_LIST_PX, max(_LIST_PX, widest + 28, search))
        self.pages_list.setFixedWidth(width)
        self.search_field.setFixedWidth(width)
        colour_scroll_area(self.pages_list, self._theme, "sidebar")
        self._grow()
        self.update()

    def _grow(self) -> None:
        """A larger font takes more room, as far as the screen has it; what has none is scrolled."""
        times = QApplication.font().pointSizeF() / INTERFACE_PT
        if times > 1:
            room = room_on_screen(self)
            self.resize(self.size().expandedTo((_USUAL_SIZE * times).boundedTo(room)))


def _begins(title: str, query: str) -> bool:
    """Whether a search means a page without rows: after two letters, since showing it may begin something."""
    return len(query.encode()) > 1 and title.casefold().startswith(query.casefold())
