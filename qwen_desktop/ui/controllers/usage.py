"""What replies took to the places where it is read: the details of the chat that is shown, the table of months."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from qwen_desktop.core.words import tr
from qwen_desktop.ui.usage_words import usage_details

if TYPE_CHECKING:
    from qwen_desktop.ui.controllers.context_meter import ContextMeter
    from qwen_desktop.ui.controllers.history import HistoryController
    from qwen_desktop.ui.controllers.settings import SettingsController
    from qwen_desktop.ui.controllers.window import WindowController
    from qwen_desktop.ui.theme import Theme
    from qwen_desktop.ui.views.main_window import MainWindow

PAGE = "usage"


class UsageController(QObject):
    """Has no tasks of its own: the history's controller reads."""

    def __init__(
        self,
        window: MainWindow,
        shown: WindowController,
        history: HistoryController,
        settings: SettingsController,
        meter: ContextMeter,
        *,
        theme: Theme,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._window = window
        self._shown = shown
        self._meter = meter
        self._theme = theme
        window.top_bar.offer(details=True)
        window.details_requested.connect(self.show_details)
        settings.page_shown.connect(lambda page: history.count_months() if page == PAGE else None)
        history.months_counted.connect(settings.show_months)

    def show_details(self) -> None:
        """Tokens, cost and context of the chat that is shown, to read and to copy."""
        from qwen_desktop.ui.views.plain_text_dialog import PlainTextDialog

        reply = self._shown.last_reply
        parts = ["" if reply is None else usage_details(reply, self._shown.sums), self._meter.details]
        text = "\n\n".join(part for part in parts if part) or tr("Nothing was counted in this chat yet.")
        PlainTextDialog(self._theme, tr("Tokens, cost and context"), text, self._window).show()
