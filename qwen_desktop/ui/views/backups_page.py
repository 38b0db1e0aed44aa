"""The copies of the history, as a page: which there are and what they hold, one more, and the way back to one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from qwen_desktop.core.backup import BEFORE_RESTORE, BEFORE_SCHEMA, BY_HAND, DAILY, KEPT
from qwen_desktop.core.words import one_after_another, tr
from qwen_desktop.ui.theme import SMALL_PT
from qwen_desktop.ui.views.buttons import named_button
from qwen_desktop.ui.views.controls import Line, name_control
from qwen_desktop.ui.views.paragraph import paragraph
from qwen_desktop.ui.views.quiet_table import QuietTable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from PySide6.QtGui import QShowEvent

    from qwen_desktop.core.backup import Backup, Counts
    from qwen_desktop.ui.theme import Theme


class BackupsPage(QWidget):
    """Shows copies; makes and restores none itself.

    Signals:
      wanted(): the page is seen, so the list is wanted
      backup_requested(): one more copy
      restore_requested(Path, bool now): the next start is to restore it; now: the app is to start again at once
      take_back_requested(): the next start is to restore nothing
      folder_requested(): the folder of the copies is to be opened
    """

    wanted = Signal()
    backup_requested = Signal()
    restore_requested = Signal(object, bool)
    take_back_requested = Signal()
    folder_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._backups: tuple[Backup, ...] = ()
        self._counts: dict[Path, Counts | None] = {}
        self._asked: Backup | None = None
        self._chosen: Backup | None = None
        self._now: Counts | None = None
        name_control(self, "backups_page", tr("Backups"))
        self.words = paragraph(theme, "backups_words")
        hint = tr(
            "One is made each day on which something was written, and before every upgrade; "
            "of each kind the last {count} are kept. They lie in the folder backups.",
            count=KEPT,
        )
        small = paragraph(theme, "backups_hint", hint, colour="text_secondary", points=SMALL_PT)
        self.make_button = named_button(theme, "make_backup", tr("Back up now"))
        self.make_button.clicked.connect(self.backup_requested)
        self.folder_button = named_button(theme, "open_backups", tr("Open folder"))
        self.folder_button.clicked.connect(self.folder_requested)
        headings = [tr("Made"), tr("Why"), tr("Chats"), tr("Messages"), tr("Size")]
        self.table = QuietTable(theme, "backups", tr("Backups"), headings, stretched=1, right_from=2)
        self.table.itemSelectionChanged.connect(self._show_buttons)
        self.table.itemActivated.connect(lambda _: self._ask())
        self.restore_button = named_button(theme, "restore_backup", tr("Restore…"))
        self.restore_button.clicked.connect(self._ask)
        self.question = _Question(theme)
        self.question.now.clicked.connect(lambda: self._answer(is_now=True))
        self.question.later.clicked.connect(lambda: self._answer(is_now=False))
        self.question.cancel.clicked.connect(self._take_back)
        above = QHBoxLayout()
        above.setSpacing(8)
        above.addWidget(self.words, 1)
        above.addWidget(self.make_button)
        above.addWidget(self.folder_button)
        below = QHBoxLayout()
        below.addWidget(self.restore_button)
        below.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addLayout(above)
        column.addWidget(small)
        column.addWidget(Line(theme))
        column.addWidget(self.table)
        column.addLayout(below)
        column.addWidget(self.question)
        column.addStretch(1)
        self.show_backups((), {}, None, None)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.wanted.emit()

    def show_backups(
        self,
        backups: Sequence[Backup],
        counts: dict[Path, Counts | None],
        now: Counts | None,
        chosen: Backup | None,
    ) -> None:
        """`counts`: of each copy, None for a damaged one; `now`: of the history; `chosen`: for the next start."""
        selected = self.table.currentRow()
        kept = self._backups[selected].path if 0 <= selected < len(self._backups) else None
        self._backups, self._counts, self._now, self._chosen = tuple(backups), counts, now, chosen
        if backups:
            self.say(tr("Last backup: {time}", time=time_words(backups[0])))
        else:
            self.say(tr("No backup was made yet."))
        self.table.show_rows([self._row(one) for one in backups], [self._told(one) for one in backups])
        self.table.setVisible(bool(backups))
        self.restore_button.setVisible(bool(backups))
        for row, one in enumerate(backups):
            if one.path == kept:
                self.table.setCurrentCell(row, 0)
        if chosen is not None:
            self._asked = None
            self.question.show_chosen(self._chosen_words(chosen))
        elif self._asked is None:
            self.question.hide()
        self._show_buttons()

    def say(self, words: str) -> None:
        """The line at the top: how it stands, or what went wrong."""
        self.words.setText(words)

    def show_busy(self, is_busy: bool) -> None:
        """A copy is being made."""
        self.make_button.setEnabled(not is_busy)
        if is_busy:
            self.say(tr("The history is being copied…"))

    def _row(self, one: Backup) -> tuple[str, ...]:
        counts = self._counts.get(one.path)
        there = ("", "") if counts is None else (f"{counts.conversations:,}", f"{counts.messages:,}")
        return time_words(one), reason_words(one), *there, size_words(one.size_bytes)

    def _told(self, one: Backup) -> str:
        if one.path in self._counts and self._counts[one.path] is None:
            return tr("This backup is damaged and cannot be restored.")
        return one.path.name

    def _show_buttons(self) -> None:
        one = self._selected()
        self.restore_button.setEnabled(one is not None and self._counts.get(one.path) is not None)

    def _selected(self) -> Backup | None:
        row = self.table.currentRow()
        return self._backups[row] if 0 <= row < len(self._backups) else None

    def _ask(self) -> None:
        one = self._selected()
        counts = None if one is None else self._counts.get(one.path)
        if one is None or counts is None:
            return
        self._asked = one
        there = tr("The backup of {time} holds {counts}.", time=time_words(one), counts=counts_words(counts))
        if self._now is not None:
            there = one_after_another(there, tr("The history holds {counts} now.", counts=counts_words(self._now)))
        self.question.ask(one_after_another(there, _KEPT_WORDS()))

    def _chosen_words(self, chosen: Backup) -> str:
        there = tr("The next start restores the backup of {time}.", time=time_words(chosen))
        return one_after_another(there, _KEPT_WORDS())

    def _answer(self, *, is_now: bool) -> None:
        one = self._asked or self._chosen
        if one is not None:
            self._asked = None
            self.question.hide()
            self.restore_requested.emit(one.path, is_now)

    def _take_back(self) -> None:
        self._asked = None
        self.question.hide()
        if self._chosen is not None:
            self.take_back_requested.emit()


class _Question(QWidget):
    """Whether a copy is to be restored: its words, and what can be answered."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("restore_question")
        self._words = paragraph(theme, "restore_words")
        self.now = named_button(theme, "restore_now", tr("Restart now"), kind="primary")
        self.later = named_button(theme, "restore_later", tr("At the next start"))
        self.cancel = named_button(theme, "restore_cancel", tr("Cancel"))
        row = QHBoxLayout()
        row.setSpacing(8)
        for button in (self.now, self.later, self.cancel):
            row.addWidget(button)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 0)
        column.setSpacing(8)
        column.addWidget(self._words)
        column.addLayout(row)
        self.hide()

    def ask(self, words: str) -> None:
        self._words.setText(words)
        self.later.show()
        self.show()
        self.now.setFocus()

    def show_chosen(self, words: str) -> None:
        """It was answered: it can be done at once, or be taken back."""
        self._words.setText(words)
        self.later.hide()
        self.show()


def _KEPT_WORDS() -> str:
    return tr("What is there now is backed up first, so you can come back to it.")


def time_words(one: Backup) -> str:
    """As '2026-11-25 10:02', in this computer's time."""
    return one.made_at.astimezone().strftime("%Y-%m-%d %H:%M")


def reason_words(one: Backup) -> str:
    """Why it was made."""
    if one.label.startswith(BEFORE_SCHEMA):
        return tr("before an upgrade")
    return {
        DAILY: tr("daily"),
        BY_HAND: tr("by hand"),
        BEFORE_RESTORE: tr("before a backup was restored"),
    }.get(one.label, one.label)


def counts_words(counts: Counts) -> str:
    """As '12 chats with 340 messages'."""
    return tr(
        "{chats} chats with {messages} messages", chats=f"{counts.conversations:,}", messages=f"{counts.messages:,}"
    )


def size_words(size_bytes: int) -> str:
    """In the largest unit of which there is at least one."""
    size, unit = float(size_bytes), "B"
    for unit in ("B", "KB", "MB", "GB"):
        if size < 1024 or unit == "GB":
            break
        size /= 1024
    return f"{size:.0f} {unit}" if unit in ("B", "KB") or size >= 10 else f"{size:.1f} {unit}"
