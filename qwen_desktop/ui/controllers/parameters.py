"""The dialog of parameters, the settings and the chat that is shown, joined."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt

from qwen_desktop.core.errors import RequestRefused
from qwen_desktop.core.words import describe

if TYPE_CHECKING:
    from qwen_desktop.core.chat.parameters import Parameters
    from qwen_desktop.engine import Engine
    from qwen_desktop.ui.controllers.chat import Thread
    from qwen_desktop.ui.controllers.settings import SettingsController
    from qwen_desktop.ui.controllers.window import WindowController
    from qwen_desktop.ui.theme import Theme
    from qwen_desktop.ui.views.main_window import MainWindow
    from qwen_desktop.ui.views.parameters_dialog import ParametersDialog


class ParametersController(QObject):
    """Opens the dialog for the model in the composer; what is set there holds from the next request on."""

    def __init__(
        self,
        engine: Engine,
        window: MainWindow,
        shown: WindowController,
        settings: SettingsController,
        *,
        theme: Theme,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._engine = engine
        self._window = window
        self._shown = shown
        self._settings = settings
        self._theme = theme
        self.dialog: ParametersDialog | None = None
        window.top_bar.offer(parameters=True)
        window.top_bar.parameters_requested.connect(self.open)
        window.composer.model_shown.connect(self._show_efforts)
        window.composer.effort_chosen.connect(self._take_effort)
        settings.settings_changed.connect(lambda _: self._show_efforts(window.composer.model_id))
        self._show_efforts(window.composer.model_id)

    def open(self) -> None:
        """For the model and the chat that are shown now."""
        if self.dialog is not None:
            self.dialog.raise_()
            return
        from qwen_desktop.core.providers import catalogue
        from qwen_desktop.core.settings.models import parameters_of
        from qwen_desktop.ui.views.parameters_dialog import ParametersDialog

        model_id = self._window.composer.model_id
        known = self._engine.abilities(model_id)
        ranges = catalogue.ranges(known)
        if known.efforts:  # it takes these alone
            ranges.pop("thinking_budget", None)
        can_think = known.thinking is not catalogue.Thinking.NEVER
        dialog = self.dialog = ParametersDialog(
            self._theme, model_id, ranges, known.effort_choices, can_think=can_think, parent=self._window
        )
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.show_parameters(parameters_of(self._engine.settings.models, model_id))
        dialog.show_system_prompt(self._shown.system_prompt)
        dialog.parameters_changed.connect(lambda parameters: self._keep(model_id, parameters))
        thread = self._shown.shown_thread
        dialog.system_prompt_changed.connect(lambda text: self._take_system_prompt(text, thread))
        dialog.finished.connect(self._forget)
        dialog.open()

    def _keep(self, model_id: str, parameters: Parameters) -> None:
        from qwen_desktop.core.settings.models import with_parameters

        settings = self._engine.settings
        self._settings.change(replace(settings, models=with_parameters(settings.models, model_id, parameters)))

    def _show_efforts(self, model_id: str) -> None:
        """What the small menu beside Thinking offers; it and the dialog set the same value."""
        from qwen_desktop.core.settings.models import parameters_of

        known = self._engine.abilities(model_id)
        wanted = parameters_of(self._engine.settings.models, model_id)
        budget = None if known.max_budget is None else wanted.thinking_budget
        self._window.composer.set_efforts(known.effort_choices, wanted.effort, budget)

    def _take_effort(self, effort: str) -> None:
        """A budget of one's own would go before it, so it goes away."""
        from qwen_desktop.core.settings.models import parameters_of

        model_id = self._window.composer.model_id
        wanted = parameters_of(self._engine.settings.models, model_id)
        self._keep(model_id, replace(wanted, effort=effort, thinking_budget=None))

    def _take_system_prompt(self, text: str, thread: Thread) -> None:
        from qwen_desktop.core.chat.context import check_system_prompt

        try:
            check_system_prompt(text, self._engine.abilities(self._window.composer.model_id).input_limit)
        except RequestRefused as error:
            if self.dialog is not None:
                self.dialog.show_note("system_prompt", describe(error).sentence)
            return
        self._shown.set_system_prompt(text, thread)

    def close(self) -> None:
        """The app ends: what was typed last counts."""
        if self.dialog is not None:
            self.dialog.accept()

    def _forget(self) -> None:
        self.dialog = None
