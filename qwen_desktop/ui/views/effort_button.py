"""The small menu beside Thinking: how long this model may think, in its own words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu

from qwen_desktop.core.words import tr
from qwen_desktop.ui.views.buttons import Button
from qwen_desktop.ui.views.controls import name_control

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtWidgets import QWidget

    from qwen_desktop.ui.theme import Theme


def effort_words(effort: str) -> str:
    """A level of thinking for people; '' leaves it to the model."""
    words = {
        "": tr("Model's own"), "low": tr("Low"), "medium": tr("Medium"), "high": tr("High"), "xhigh": tr("Very high"),
        "max": tr("Highest"),
    }  # fmt: skip
    return words.get(effort, effort)


class EffortButton(Button):
    """Shown where the model takes levels.  Signals: effort_chosen(str): one of them, '' for the model's own."""

    effort_chosen = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(
            theme, "", kind="quiet", trailing_icon="chevron-down", height_px=30, is_secondary=True, parent=parent
        )
        name_control(self, "thinking_effort", tr("Thinking effort"))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._efforts: tuple[str, ...] = ()
        self._chosen = ""
        self._budget: int | None = None
        self._is_short = False
        self.clicked.connect(self.open_menu)

    def set_efforts(self, efforts: Sequence[str], chosen: str, budget: int | None = None) -> None:
        """`efforts`: what the model in use takes, '' left out; `budget`: one of the user's own goes before a level."""
        self._efforts = tuple(efforts)
        self._chosen = chosen if chosen in self._efforts else ""
        self._budget = budget
        words = self._words()
        self.setAccessibleDescription(words)
        self.setToolTip(tr("Thinking effort: {effort}", effort=words))
        self.set_short(self._is_short)

    def set_short(self, is_short: bool) -> None:
        """Show the arrow alone; a level that was chosen is told by the tool tip then."""
        self._is_short = is_short
        has_words = not is_short and (bool(self._chosen) or self._budget is not None)
        self.setText(self._words() if has_words else "")
        self.updateGeometry()

    @property
    def has_efforts(self) -> bool:
        """There is something to choose."""
        return len(self._efforts) > 1

    def open_menu(self) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setObjectName("thinking_effort_menu")
        group = QActionGroup(menu)  # one of them: round marks, and a screen reader says so
        if self._budget is not None:
            self._add(menu, group, self._words(), is_on=True).setEnabled(False)
        for effort in ("", *self._efforts):
            is_on = self._budget is None and effort == self._chosen
            action = self._add(menu, group, effort_words(effort), is_on=is_on)
            action.triggered.connect(lambda _=False, chosen=effort: self.effort_chosen.emit(chosen))
        menu.popup(self.mapToGlobal(QPoint(0, -menu.sizeHint().height())))

    def _add(self, menu: QMenu, group: QActionGroup, words: str, *, is_on: bool) -> QAction:
        action = group.addAction(menu.addAction(words))
        action.setCheckable(True)
        action.setChecked(is_on)
        return action

    def _words(self) -> str:
        if self._budget is not None:
            return tr("Budget of {tokens} tokens", tokens=f"{self._budget:,}")
        return effort_words(self._chosen)
