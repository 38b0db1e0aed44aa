"""What the next request of the window asks for: the model, to think, to search; as chosen, and as the model can."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from qwen_desktop.ui.controllers.chat import Wish

if TYPE_CHECKING:
    from collections.abc import Callable

    from qwen_desktop.core.settings.settings import ChatSettings
    from qwen_desktop.ui.views.composer import Composer


class NextRequest(QObject):
    """Signals: model_chosen(str model_id): by the user."""

    model_chosen = Signal(str)

    def __init__(
        self,
        composer: Composer,
        *,
        usual: Callable[[], ChatSettings],
        can_switch_thinking: Callable[[str], bool],
        can_search: Callable[[str], bool],
        parent: QObject | None = None,
    ) -> None:
        """`usual()`: what the settings say now."""
        super().__init__(parent)
        self._composer = composer
        self._usual = usual
        self._can_switch_thinking = can_switch_thinking
        self._can_search = can_search
        self._taken = usual()
        self._thinks, self._searches = self._taken.thinking, self._taken.search
        composer.model_chosen.connect(self._choose)
        composer.thinking_toggled.connect(self._set_thinking)
        composer.search_toggled.connect(self._set_search)

    def show(self, model_id: str = "") -> None:
        """That model is asked next; '' for the usual one."""
        self._composer.set_model(model_id or self._usual().model)
        self.show_abilities()

    def show_abilities(self) -> None:
        """Only what can work is shown; what is known of the model may be other than before."""
        model_id = self._composer.model_id
        if (pictures := self._composer.pictures) is not None:
            pictures.set_model(model_id)
        self._composer.set_thinking(self._can_switch_thinking(model_id), self._thinks)
        self._composer.set_search(self._can_search(model_id), self._searches)

    def take_usual(self) -> bool:
        """The settings were changed: to think and to search hold at once.  Whether they name another model."""
        before, usual = self._taken, self._usual()
        self._taken = usual
        if usual.thinking != before.thinking:
            self._thinks = usual.thinking
        if usual.search != before.search:
            self._searches = usual.search
        self.show_abilities()
        return usual.model != before.model

    def wish(self, system_prompt: str) -> Wish:
        """What the composer says about the next turn."""
        model_id = self._composer.model_id
        search = self._searches and self._can_search(model_id)
        return replace(self._wish_of(model_id), system_prompt=system_prompt, search=search)

    def wish_to_continue(self, model_id: str | None) -> Wish:
        """A reply goes on by the model that began it."""
        return self._wish_of(model_id or self._composer.model_id)

    def _wish_of(self, model_id: str) -> Wish:
        return Wish(model_id, self._thinks if self._can_switch_thinking(model_id) else None)

    def _choose(self, model_id: str) -> None:
        self.show(model_id)
        self.model_chosen.emit(model_id)

    def _set_thinking(self, is_on: bool) -> None:
        self._thinks = is_on

    def _set_search(self, is_on: bool) -> None:
        self._searches = is_on
