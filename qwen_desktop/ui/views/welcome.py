"""The first start: a key with its region, or a server nearby, or the demo."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import (
    QApplication,
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from qwen_desktop.core.words import tr
from qwen_desktop.ui.theme import SMALL_PT
from qwen_desktop.ui.views.buttons import Button
from qwen_desktop.ui.views.controls import Label, Panel, draw_icon, grown_px, name_control, sized
from qwen_desktop.ui.views.fields import CheckBox, Choice
from qwen_desktop.ui.views.key_form import KeyField, Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QPaintEvent

    from qwen_desktop.ui.notices import NoticeAction
    from qwen_desktop.ui.theme import Theme

KEYS_URL = "https://bailian.console.aliyun.com/?tab=model#/api-key"
"""Where keys are made; source: https://help.aliyun.com/zh/model-studio/get-api-key (read 2026-11-23)."""
WIDTH_PX = 560
_HINT_PT = SMALL_PT + 0.5


class WelcomePage(QScrollArea):
    """Asks for a key, and lets nobody wait for one.

    Signals:
      check_requested(str key, str region_id): the key, without white space, never empty
      demo_requested()
      local_server_requested()
      link_activated(str url)
      action_triggered(str name): a button of the error was pressed
    """

    check_requested = Signal(str, str)
    demo_requested = Signal()
    local_server_requested = Signal()
    link_activated = Signal(str)
    action_triggered = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._is_checking = False
        self._inside: QWidget | None = None
        self.setObjectName("welcome")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.title = Label(theme, tr("Welcome to Qwen Desktop"), points=16.5, bold=True)
        self.title.setWordWrap(True)
        promise = Label(
            theme, tr("Your key stays in the system keychain, never in a file."), colour="text_secondary", points=11
        )
        promise.setWordWrap(True)
        self.key_field = KeyField(theme)
        self.region_choice = Choice(theme, tr("Region"), height_px=40)
        self.region_choice.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
        name_control(self.region_choice, "region")
        self.check_button = Button(theme, tr("Check and start"), kind="primary", height_px=40)
        name_control(self.check_button, "check_and_start")
        self.session_box = CheckBox(theme, tr("Keep only for this session"))
        name_control(self.session_box, "session_only")
        self.session_box.hide()
        self.outcome = Outcome(theme)
        self.link = Button(theme, tr("Get one from Model Studio"), kind="link", trailing_icon="external", height_px=26)
        self._restyle()
        theme.changed.connect(self._restyle)
        name_control(self.link, "get_key")
        self.local_card = Card(
            theme, "monitor", tr("Use a model near you"), "Ollama · LM Studio · llama.cpp · vLLM", tr("Choose")
        )
        name_control(self.local_card.button, "use_local", tr("Use a model near you"))
        self.local_card.hide()
        self.demo_card = Card(
            theme,
            "play",
            tr("Try the demo"),
            tr("Sample answers from this computer. Enter on an empty field starts it"),
            tr("Start"),
        )
        name_control(self.demo_card.button, "try_demo", tr("Try the demo"))
        self._lay_out(promise)

        self.key_field.returnPressed.connect(self._on_enter)
        self.key_field.textChanged.connect(self._on_key_changed)
        self.check_button.clicked.connect(self._check)
        self.link.clicked.connect(lambda: self.link_activated.emit(KEYS_URL))
        self.demo_card.button.clicked.connect(self.demo_requested)
        self.local_card.button.clicked.connect(self.local_server_requested)
        self.outcome.action_triggered.connect(self.action_triggered)
        self.setFocusProxy(self.key_field)
        self._on_key_changed()

    # What the app tells

    def set_regions(self, regions: Sequence[tuple[str, str]], chosen: str = "") -> None:
        """`regions`: (id, name in the user's language)."""
        self.region_choice.set_rows(list(regions))
        if chosen:
            self.region_choice.choose(chosen)

    def choose_region(self, region_id: str) -> None:
        self.region_choice.choose(region_id)

    def set_local_available(self, is_available: bool) -> None:
        """Whether there is a way to choose a server nearby."""
        self.local_card.setVisible(is_available)

    def set_session_choice(self, is_offered: bool) -> None:
        """Offer to keep the key in memory only: the keychain cannot be used."""
        self.session_box.setVisible(is_offered)

    @property
    def is_session_only(self) -> bool:
        return not self.session_box.isHidden() and self.session_box.isChecked()

    def show_checking(self, words: str = "") -> None:
        """A check runs: `words` such as "Checking…" or "Waiting for the keyring…"; the form waits."""
        self._is_checking = True
        self.outcome.show_waiting(words or tr("Checking…"))
        self._enable()

    def show_error(self, sentence: str, actions: Sequence[NoticeAction] = ()) -> None:
        """The check ended badly; the key is still in the field."""
        self._is_checking = False
        self.outcome.show_error(sentence, actions)
        self._enable()
        self.key_field.setFocus(Qt.FocusReason.OtherFocusReason)

    def reset(self) -> None:
        """As at the beginning, with no key in the field."""
        self._is_checking = False
        self.key_field.forget()
        self.outcome.hide()
        self._enable()

    def set_narrow(self, is_narrow: bool) -> None:
        """Stack the key, the region and the button instead of putting them side by side."""
        direction = QBoxLayout.Direction.TopToBottom if is_narrow else QBoxLayout.Direction.LeftToRight
        self._form.setDirection(direction)
        self._help.setDirection(direction)

    # What the user does

    def _on_enter(self) -> None:
        if self._is_checking:
            return
        if self.key_field.key():
            self._check()
        else:
            self.demo_requested.emit()

    def _check(self) -> None:
        key = self.key_field.key()
        if key and not self._is_checking:
            self.check_requested.emit(key, self.region_choice.chosen())

    def _on_key_changed(self) -> None:
        if not self._is_checking:
            self.outcome.hide()
        self._enable()

    def _enable(self) -> None:
        self.key_field.setReadOnly(self._is_checking)
        self.region_choice.setEnabled(not self._is_checking)
        self.check_button.setEnabled(not self._is_checking and bool(self.key_field.key()))

    def _restyle(self) -> None:
        self.link.setFont(sized(QApplication.font(), _HINT_PT))
        self._widen()

    def _widen(self) -> None:
        if self._inside is not None:
            self._inside.setMaximumWidth(grown_px(WIDTH_PX))

    def _lay_out(self, promise: QWidget) -> None:
        self._form = QHBoxLayout()
        self._form.setSpacing(8)
        self._form.addWidget(self.key_field, 1)
        self._form.addWidget(self.region_choice)
        self._form.addWidget(self.check_button)
        self._help = QHBoxLayout()
        self._help.setContentsMargins(2, 0, 2, 0)
        self._help.setSpacing(4)
        self._help.addWidget(Label(self._theme, tr("No key yet?"), colour="text_secondary", points=_HINT_PT))
        self._help.addWidget(self.link, 1, Qt.AlignmentFlag.AlignLeft)
        free = Label(
            self._theme, tr("The check is free, in the region you choose."), colour="text_secondary", points=_HINT_PT
        )
        free.setWordWrap(True)
        free.setContentsMargins(2, 0, 2, 0)
        hints = QVBoxLayout()
        hints.setSpacing(0)
        hints.addLayout(self._help)
        hints.addWidget(free)
        under = QVBoxLayout()
        under.setSpacing(10)
        under.addLayout(hints)
        under.addWidget(self.session_box)
        under.addWidget(self.outcome)
        cards = QVBoxLayout()
        cards.setSpacing(10)
        cards.addWidget(self.local_card)
        cards.addWidget(self.demo_card)
        inside = QVBoxLayout()
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(0)
        for space_px, thing in (
            (0, self.title),
            (8, promise),
            (20, self._form),
            (8, under),
            (24, cards),
        ):
            inside.addSpacing(space_px)
            if isinstance(thing, QWidget):
                inside.addWidget(thing)
            else:
                inside.addLayout(thing)
        column = QWidget()
        column.setLayout(inside)
        self._inside = column
        self._widen()
        page = QWidget()
        centre = QHBoxLayout(page)
        centre.setContentsMargins(20, 20, 20, 20)
        centre.addStretch(1)
        centre.addWidget(column, 100, Qt.AlignmentFlag.AlignVCenter)
        centre.addStretch(1)
        self.setWidget(page)


class Card(Panel):
    """A box with an icon, a title, one line about it, and a button."""

    def __init__(self, theme: Theme, icon_name: str, title: str, words: str, button: str) -> None:
        super().__init__(theme)
        self._icon_name = icon_name
        self.button = Button(theme, button, height_px=30)
        heading = Label(theme, title, points=11, bold=True)
        about = Label(theme, words, colour="text_secondary", points=_HINT_PT)
        about.setWordWrap(True)
        text = QVBoxLayout()
        text.setSpacing(4)
        text.addWidget(heading)
        text.addWidget(about)
        self._row = QHBoxLayout(self)
        self._row.setSpacing(16)
        self._row.addLayout(text, 1)
        self._row.addWidget(self.button)
        self._restyle()
        theme.changed.connect(self._restyle)

    def _restyle(self) -> None:
        self._row.setContentsMargins(32 + grown_px(20), 16, 16, 16)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        colour = self._theme.colours.text_secondary
        draw_icon(QPainter(self), self._icon_name, colour, grown_px(20), 18, self.rect().center().y())
