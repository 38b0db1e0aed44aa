"""Model servers of this computer, each with its models to choose from; or what could be installed to have one."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from qwen_desktop.core.words import tr
from qwen_desktop.ui.theme import SMALL_PT
from qwen_desktop.ui.views.buttons import Button
from qwen_desktop.ui.views.controls import Label, Panel, grown_px, name_control, room_on_screen
from qwen_desktop.ui.views.fields import Choice
from qwen_desktop.ui.views.key_form import Outcome
from qwen_desktop.ui.views.scrolled import Scrolled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qwen_desktop.ui.theme import Theme


class NearbyRow(NamedTuple):
    """One server that answered."""

    name: str
    address: str
    model_ids: tuple[str, ...]


class NearbyDialog(QDialog):
    """Open it with `open()`.

    Signals:
      chosen(int place, str model_id): a server, by its place in what was shown, with the model to use
      look_again_requested(), address_requested()
      link_activated(str url): where a server can be had
    """

    chosen = Signal(int, str)
    look_again_requested = Signal()
    address_requested = Signal()
    link_activated = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._cards: list[QWidget] = []
        self.setWindowTitle(tr("Use a model near you"))
        name_control(self, "nearby_dialog", tr("Use a model near you"))
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setMinimumSize(420, 300)
        self.outcome = Outcome(theme)
        self.again_button = Button(theme, tr("Look again"), icon_name="refresh")
        name_control(self.again_button, "look_again")
        self.address_button = Button(theme, tr("Other server…"))
        name_control(self.address_button, "other_server")
        self.close_button = Button(theme, tr("Close"))
        name_control(self.close_button, "close")
        inside = QWidget()
        self._column = QVBoxLayout(inside)
        self._column.setContentsMargins(24, 20, 24, 8)
        self._column.setSpacing(12)
        heading = Label(theme, tr("Use a model near you"), points=13, bold=True)
        hint = Label(
            theme,
            tr("Only the usual ports of this computer are asked. Nothing leaves it."),
            colour="text_secondary",
            points=SMALL_PT,
        )
        hint.setWordWrap(True)
        self._column.addWidget(heading)
        self._column.addWidget(hint)
        self._column.addWidget(self.outcome)
        self._column.addStretch(1)
        self._area = Scrolled(theme, inside)
        buttons = QHBoxLayout()
        buttons.setContentsMargins(24, 8, 24, 16)
        buttons.setSpacing(8)
        buttons.addWidget(self.again_button)
        buttons.addWidget(self.address_button)
        buttons.addStretch(1)
        buttons.addWidget(self.close_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._area, 1)
        column.addLayout(buttons)
        self.again_button.clicked.connect(self.look_again_requested)
        self.address_button.clicked.connect(self.address_requested)
        self.close_button.clicked.connect(self.reject)
        self.resize(self.sizeHint().boundedTo(self._room))

    def sizeHint(self) -> QSize:
        return QSize(grown_px(560), grown_px(300))

    @property
    def _room(self) -> QSize:
        return room_on_screen(self)

    def _grow(self) -> None:
        """As high as what it shows, as far as the screen has room; the rest is scrolled to."""
        if (missing_px := self._area.missing_px) > 0:
            self.resize(self.width(), min(self.height() + missing_px, self._room.height()))

    def show_looking(self) -> None:
        """The ports are asked."""
        self._clear()
        self.outcome.show_waiting(tr("Looking on this computer…"))
        self.again_button.setEnabled(False)

    def show_found(self, rows: Sequence[NearbyRow], programs: Sequence[tuple[str, str, str]]) -> None:
        """What answered; `programs` (name, what it is, url) are told of where nothing did."""
        self._clear()
        self.again_button.setEnabled(True)
        if rows:
            self.outcome.hide()
            for place, row in enumerate(rows):
                self._add(self._server_card(place, row))
            first = self.findChild(Button, "use_server_0")
        else:
            self.outcome.show_hint(
                tr("No server answers on this computer. Install and start one of these, then look again.")
            )
            for name, about, url in programs:
                self._add(self._program_card(name, about, url))
            first = self.again_button
        QTimer.singleShot(0, self, self._grow)  # once it is laid out
        if first is not None:
            first.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _server_card(self, place: int, row: NearbyRow) -> QWidget:
        choice = Choice(self._theme, tr("Model of {server}", server=row.name), width_px=180)
        name_control(choice, f"models_{place}")
        choice.set_rows([(one, one) for one in row.model_ids])
        choice.setMaxVisibleItems(14)
        button = Button(self._theme, tr("Use"), kind="primary")
        name_control(button, f"use_server_{place}", tr("Use {server}", server=row.name))
        button.clicked.connect(lambda: self.chosen.emit(place, choice.chosen()))
        if not row.model_ids:
            choice.hide()
            button.setEnabled(False)
        about = row.address if row.model_ids else tr("{address} has no model yet", address=row.address)
        return self._card(row.name, about, choice, button)

    def _program_card(self, name: str, about: str, url: str) -> QWidget:
        button = Button(self._theme, tr("Website"), kind="link", trailing_icon="external")
        name_control(
            button, f"get_{name.lower().replace(' ', '_').replace('.', '_')}", tr("Website of {name}", name=name)
        )
        button.setToolTip(url)
        button.clicked.connect(lambda: self.link_activated.emit(url))
        return self._card(name, about, button)

    def _card(self, title: str, about: str, *controls: QWidget) -> QWidget:
        card = Panel(self._theme, line="line", radius_px=10)
        heading = Label(self._theme, title, points=11, bold=True)
        words = Label(self._theme, about, colour="text_secondary", points=SMALL_PT)
        words.setWordWrap(True)
        text = QVBoxLayout()
        text.setSpacing(2)
        text.addWidget(heading)
        text.addWidget(words)
        row = QHBoxLayout(card)
        row.setContentsMargins(14, 10, 12, 10)
        row.setSpacing(10)
        row.addLayout(text, 1)
        for control in controls:
            row.addWidget(control)
        return card

    def _add(self, card: QWidget) -> None:
        self._cards.append(card)
        self._column.insertWidget(self._column.count() - 1, card)

    def _clear(self) -> None:
        for card in self._cards:
            self._column.removeWidget(card)
            card.hide()
            card.deleteLater()
        self._cards = []
