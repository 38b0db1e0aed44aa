"""The settings: a list of pages at the left, rows at the right; each change is told at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPalette
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QListWidget,
    QScrollArea,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from qwen_desktop.core.words import tr
from qwen_desktop.ui.theme import SMALL_PT
from qwen_desktop.ui.views.buttons import Button
from qwen_desktop.ui.views.controls import Label, Line, name_control
from qwen_desktop.ui.views.fields import Choice, Field, Switch
from qwen_desktop.ui.views.settings_list import SettingsListDelegate

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtGui import QPaintEvent

    from qwen_desktop.core.settings.settings import Settings
    from qwen_desktop.ui.theme import Theme


class SettingsDialog(QDialog):
    """Shows settings and tells each change.  Open it with `open()`.

    Signals, each with the new value in the words of `settings.toml`:
      theme_changed(str), language_changed(str), announce_changed(str), model_changed(str), enter_sends_changed(bool)
      base_url_changed(str), protocol_changed(str), proxy_changed(str)
      key_requested(), data_folder_requested()
    """

    theme_changed = Signal(str)
    language_changed = Signal(str)
    announce_changed = Signal(str)
    model_changed = Signal(str)
    enter_sends_changed = Signal(bool)
    base_url_changed = Signal(str)
    protocol_changed = Signal(str)
    proxy_changed = Signal(str)
    key_requested = Signal()
    data_folder_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._errors: dict[str, Label] = {}
        self.setWindowTitle(tr("Settings"))
        name_control(self, "settings_dialog", tr("Settings"))
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.resize(860, 520)
        self.setMinimumSize(460, 360)
        self.pages_list = QListWidget()
        self.pages_list.setItemDelegate(SettingsListDelegate(theme, self.pages_list))
        self.pages_list.setFrameShape(QFrame.Shape.NoFrame)
        self.pages_list.setMouseTracking(True)
        self.pages_list.setFixedWidth(192)
        self.pages_list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        name_control(self.pages_list, "settings_pages", tr("Pages"))
        self._pages = QStackedWidget()
        self._make_controls()
        self._add_page(tr("General"), self._general_rows())
        self._add_page(tr("Models and servers"), self._server_rows())
        self._add_page(tr("API key"), self._key_rows())
        self._add_page(tr("Appearance"), self._appearance_rows())
        self._add_page(tr("Network"), self._network_rows())
        self._add_page(tr("Data"), self._data_rows())
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 16, 0, 0)
        row.setSpacing(10)
        row.addWidget(self.pages_list)
        row.addWidget(self._pages, 1)
        self.pages_list.currentRowChanged.connect(self._pages.setCurrentIndex)
        self.pages_list.setCurrentRow(0)
        self._connect()
        theme.changed.connect(self._restyle)
        self._restyle()

    # What the app tells

    def show_settings(self, settings: Settings) -> None:
        """Fill all controls; tells nothing back."""
        self.theme_choice.choose(settings.appearance.theme)
        self.language_choice.choose(settings.appearance.language)
        self.announce_choice.choose(settings.appearance.announce)
        self.enter_switch.setChecked(settings.chat.enter_sends)
        self.model_field.setText(settings.chat.model)
        self.base_url_field.setText(settings.server.base_url)
        self.protocol_choice.choose(settings.chat.protocol)
        self.proxy_field.setText(settings.network.proxy)

    def set_key_words(self, words: str) -> None:
        self._key_words.setText(words)

    def set_data_folder(self, folder: str) -> None:
        self._folder_words.setText(folder)
        self._folder_words.setToolTip(folder)

    def show_error(self, setting: str, sentence: str) -> None:
        """Say under a row what is wrong with its value; '' takes it back.  `setting`: 'base_url', 'proxy', 'model'."""
        label = self._errors[setting]
        label.setText(sentence)
        label.setVisible(bool(sentence))

    def show_page(self, number: int) -> None:
        self.pages_list.setCurrentRow(number)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        edge = self.pages_list.geometry().right() + 9
        painter.fillRect(0, 0, edge, self.height(), QColor(self._theme.colours.sidebar))
        painter.fillRect(edge, 0, 1, self.height(), QColor(self._theme.colours.line))

    # How it is made

    def _make_controls(self) -> None:
        theme = self._theme
        self.theme_choice = Choice(theme, tr("Theme"))
        self.theme_choice.set_rows([("system", tr("System")), ("light", tr("Light")), ("dark", tr("Dark"))])
        self.language_choice = Choice(theme, tr("Language"))
        self.language_choice.set_rows([("", tr("System")), ("en", "English"), ("zh_CN", "简体中文")])
        self.announce_choice = Choice(theme, tr("Screen reader"))
        self.announce_choice.set_rows(
            [("sentence", tr("Sentence by sentence")), ("end", tr("When it is finished")), ("off", tr("Nothing"))]
        )
        self.enter_switch = Switch(theme, tr("Enter sends"))
        self.model_field = Field(theme, tr("Model for new chats"))
        self.base_url_field = Field(theme, tr("Server address"), placeholder="https://dashscope.aliyuncs.com")
        self.protocol_choice = Choice(theme, tr("Protocol"))
        self.protocol_choice.set_rows([("native", tr("DashScope")), ("compatible", tr("OpenAI-compatible"))])
        self.proxy_field = Field(theme, tr("Proxy"), placeholder=tr("From the system"))
        self.key_button = Button(theme, tr("Change"))
        self.folder_button = Button(theme, tr("Open"))
        self._key_words = self._hint("")
        self._folder_words = self._hint("")
        for control, name in (
            (self.theme_choice, "theme"),
            (self.language_choice, "language"),
            (self.announce_choice, "announce"),
            (self.enter_switch, "enter_sends"),
            (self.model_field, "default_model"),
            (self.base_url_field, "base_url"),
            (self.protocol_choice, "protocol"),
            (self.proxy_field, "proxy"),
        ):
            name_control(control, name)
        name_control(self.key_button, "change_key", tr("Change the API key"))
        name_control(self.folder_button, "open_data_folder", tr("Open the data folder"))

    def _connect(self) -> None:
        for choice, signal in (
            (self.theme_choice, self.theme_changed),
            (self.language_choice, self.language_changed),
            (self.announce_choice, self.announce_changed),
            (self.protocol_choice, self.protocol_changed),
        ):
            choice.activated.connect(lambda row, choice=choice, signal=signal: signal.emit(choice.chosen()))
        for field, signal in (
            (self.model_field, self.model_changed),
            (self.base_url_field, self.base_url_changed),
            (self.proxy_field, self.proxy_changed),
        ):
            _tell_when_edited(field, signal.emit)
        self.enter_switch.clicked.connect(self.enter_sends_changed)
        self.key_button.clicked.connect(self.key_requested)
        self.folder_button.clicked.connect(self.data_folder_requested)

    def _general_rows(self) -> list[QWidget]:
        return [
            self._row(
                tr("Enter sends"), self._hint(tr("Shift+Enter breaks the line; off: swapped")), self.enter_switch
            ),
            self._row(tr("Language"), self._hint(tr("Takes effect at the next start")), self.language_choice),
        ]

    def _server_rows(self) -> list[QWidget]:
        return [
            self._row(tr("Model for new chats"), self._hint(tr("Any id the server knows")), self.model_field, "model"),
            self._row(
                tr("Server address"),
                self._hint(tr("Scheme and host; your key goes nowhere else")),
                self.base_url_field,
                "base_url",
            ),
            self._row(tr("Protocol"), self._hint(tr("How to speak to the server")), self.protocol_choice),
        ]

    def _key_rows(self) -> list[QWidget]:
        return [self._row(tr("API key"), self._key_words, self.key_button)]

    def _appearance_rows(self) -> list[QWidget]:
        return [
            self._row(tr("Theme"), self._hint(tr("Follows the system, or stays as it is")), self.theme_choice),
            self._row(
                tr("Screen reader"), self._hint(tr("What it is told of a reply being written")), self.announce_choice
            ),
        ]

    def _network_rows(self) -> list[QWidget]:
        hint = tr("Empty: from the system; none: no proxy; else http://host:port or socks5://host:port")
        return [self._row(tr("Proxy"), self._hint(hint), self.proxy_field, "proxy")]

    def _data_rows(self) -> list[QWidget]:
        return [self._row(tr("Data folder"), self._folder_words, self.folder_button)]

    def _hint(self, words: str) -> Label:
        label = Label(self._theme, words, colour="text_secondary", points=SMALL_PT)
        label.setWordWrap(True)
        return label

    def _row(self, title: str, hint: Label, control: QWidget, setting: str = "") -> QWidget:
        text = QVBoxLayout()
        text.setSpacing(4)
        text.addWidget(Label(self._theme, title, points=11))
        text.addWidget(hint)
        error = Label(self._theme, "", colour="notice_text", points=SMALL_PT)
        error.setWordWrap(True)
        error.hide()
        text.addWidget(error)
        if setting:
            error.setObjectName(f"{setting}_error")
            self._errors[setting] = error
        if isinstance(control, Field):
            control.setMinimumWidth(160)
            control.setMaximumWidth(280)
            control.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        line = QHBoxLayout()
        line.setContentsMargins(0, 12, 0, 12)
        line.setSpacing(16)
        line.addLayout(text, 3)
        line.addWidget(control, 2 if isinstance(control, Field) else 0)
        row = QWidget()
        column = QVBoxLayout(row)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(line)
        column.addWidget(Line(self._theme))
        return row

    def _add_page(self, title: str, rows: Sequence[QWidget]) -> None:
        self.pages_list.addItem(title)
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(24, 8, 24, 16)
        column.setSpacing(0)
        column.addWidget(Label(self._theme, title, points=13.5, bold=True))
        column.addSpacing(10)
        for row in rows:
            column.addWidget(row)
        column.addStretch(1)
        page = QScrollArea()
        page.setFrameShape(QFrame.Shape.NoFrame)
        page.setWidgetResizable(True)
        page.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        page.setWidget(inside)
        self._pages.addWidget(page)

    def _restyle(self) -> None:
        palette = self.pages_list.palette()
        palette.setColor(QPalette.ColorRole.Base, QColor(self._theme.colours.sidebar))
        self.pages_list.setPalette(palette)
        self.update()


def _tell_when_edited(field: Field, tell: Callable[[str], None]) -> None:
    """Tell a field's text once the user has finished editing it, and only if it was edited."""
    edited = False

    def on_edited() -> None:
        nonlocal edited
        edited = True

    def on_finished() -> None:
        nonlocal edited
        if edited:
            edited = False
            tell(field.text().strip())

    field.textEdited.connect(on_edited)
    field.editingFinished.connect(on_finished)
