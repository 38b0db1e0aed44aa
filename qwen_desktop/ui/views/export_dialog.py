"""What of a chat, or of all, goes into files, and in which format."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from qwen_desktop.core.exchange.exporting import Format, Wish
from qwen_desktop.core.words import tr
from qwen_desktop.ui.theme import SMALL_PT
from qwen_desktop.ui.views.controls import Label, name_control
from qwen_desktop.ui.views.fields import CheckBox, Choice
from qwen_desktop.ui.views.work_dialog import WorkDialog

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from qwen_desktop.ui.theme import Theme


class ExportDialog(WorkDialog):
    """`wish` is what was chosen."""

    def __init__(self, theme: Theme, *, is_all: bool, count: int = 0, parent: QWidget | None = None) -> None:
        """Of one chat, of all, or of `count` of them."""
        title = tr("Export all chats") if is_all else tr("Export chat")
        if count:
            title = tr("Export {count} chats", count=count)
        super().__init__(theme, "export_dialog", title, tr("Choose a place…"), parent)
        label = Label(theme, tr("Format"))
        self.format_choice = Choice(theme, tr("Format"))
        name_control(self.format_choice, "export_format", tr("Format"))
        self.format_choice.set_rows(format_rows())
        label.setBuddy(self.format_choice)
        self.hint = Label(theme, colour="text_secondary", points=SMALL_PT)
        self.wrap(self.hint)
        self.reasoning_box = CheckBox(theme, tr("With the reasoning"))
        self.reasoning_box.setChecked(True)
        name_control(self.reasoning_box, "export_reasoning")
        self.deleted_box = CheckBox(theme, tr("With what was deleted and can be brought back"))
        name_control(self.deleted_box, "export_deleted")
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(label)
        row.addWidget(self.format_choice)
        row.addStretch(1)
        column = QVBoxLayout(self.choices)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addLayout(row)
        column.addWidget(self.hint)
        column.addWidget(self.reasoning_box)
        column.addWidget(self.deleted_box)
        self.format_choice.activated.connect(lambda _: self._show_format())
        self._show_format()
        self.show_choices()
        self.format_choice.setFocus()

    @property
    def wish(self) -> Wish:
        return Wish(
            Format(self.format_choice.chosen()),
            with_reasoning=self.reasoning_box.isChecked(),
            with_deleted=self.deleted_box.isChecked(),
        )

    def choose_format(self, wanted: Format) -> None:
        self.format_choice.choose(str(wanted))
        self._show_format()

    def _show_format(self) -> None:
        wanted = Format(self.format_choice.chosen())
        self.hint.setText(_hint(wanted))
        self._fit()
        # Each takes its place from the other, so that nothing moves.
        self.reasoning_box.setVisible(wanted is not Format.JSON)
        self.deleted_box.setVisible(wanted is Format.JSON)


def format_rows() -> list[tuple[str, str]]:
    """Each format and what it is called."""
    return [
        (Format.MARKDOWN.value, tr("Markdown")),
        (Format.HTML.value, tr("Web page (HTML)")),
        (Format.PDF.value, tr("PDF")),
        (Format.JSON.value, tr("JSON")),
    ]


def _hint(wanted: Format) -> str:
    match wanted:
        case Format.MARKDOWN:
            return tr("Every text exactly as it is. Only the versions that are shown.")
        case Format.HTML:
            return tr("To read and to print in any browser, from this one file. Only the versions that are shown.")
        case Format.PDF:
            return tr("Sheets of A4. Only the versions that are shown.")
    return tr("Everything, each version and each number, to be imported again here or on another computer.")
