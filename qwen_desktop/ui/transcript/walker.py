"""Keys to messages and headings: from one to the next, also beyond what has a widget."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeySequence, QShortcut

from qwen_desktop.core.settings.settings import ShortcutSettings
from qwen_desktop.ui.transcript import accessible
from qwen_desktop.ui.transcript.navigation import Target, next_message, search_heading

if TYPE_CHECKING:
    from qwen_desktop.ui.transcript.rows import Rows
    from qwen_desktop.ui.transcript.view import TranscriptView

TOP_MARGIN_PX = 24.0
"""Between the top of the screen and what was gone to."""
SLICE_S = 0.008
"""So long headings are looked for before the loop gets its turn."""


class Walker:
    """Goes through a view by keys: Ctrl+Up and Ctrl+Down (messages), Alt+Up and Alt+Down (headings) usually."""

    def __init__(self, view: TranscriptView) -> None:
        self._view = view
        self._visited: tuple[int, int] | None = None
        """The heading that was gone to last: its message, and where it begins in it."""
        self._search: tuple[Iterator[Target | None], Rows] | None = None
        """For a heading, and in which messages, while it goes on."""
        self._timer = QTimer(view, singleShot=True, interval=0)
        self._timer.timeout.connect(self._go_on)
        # as shortcuts, since the buttons of messages would take arrow keys for themselves
        self._shortcuts: dict[str, QShortcut] = {}
        for action, go, step in (
            ("previous_message", self.go_to_message, -1),
            ("next_message", self.go_to_message, 1),
            ("previous_heading", self.go_to_heading, -1),
            ("next_heading", self.go_to_heading, 1),
        ):
            made = self._shortcuts[action] = QShortcut(view)
            made.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            made.activated.connect(partial(go, step))
        self.set_shortcuts(ShortcutSettings())

    def set_shortcuts(self, settings: ShortcutSettings) -> None:
        """Listen to these keys from now on."""
        for action, shortcut in self._shortcuts.items():
            shortcut.setKey(QKeySequence(getattr(settings, action)))

    def _held_row(self) -> int | None:
        """Index of the message that has the keyboard."""
        return next((widget.row for widget in self._view.widgets() if widget.holds_keyboard), None)

    def go_to_message(self, step: int) -> None:
        """The keyboard goes to the next message (1) or the one before (-1); first to the one that is read, and to the
        last one where the end is followed."""
        self._timer.stop()
        rows = self._view.rows
        held = self._held_row()
        if held is None and not self._view.is_following:
            first = self._view.widget_at(self._view.viewport().rect().topLeft())
            target = None if first is None else Target(first.row)
        else:
            target = next_message(range(len(rows)), held, step)
        if target is not None:
            self._visited = None
            self._focus(target.message_id)

    def go_to_heading(self, step: int) -> None:
        """The keyboard goes to the message with the next heading (1) or the one before (-1), the heading to the top."""
        rows = self._view.rows

        def text_of(index: int) -> str:
            return "" if rows[index].is_prompt or rows[index].is_plain else rows[index].text

        self._search = search_heading(range(len(rows)), text_of, *self._place(step), step), rows
        self._go_on()

    def _go_on(self) -> None:
        """Look through some more messages for a heading; thousands may have none."""
        until = time.perf_counter() + SLICE_S
        if self._search is None:
            return
        search, rows = self._search
        if rows is self._view.rows:  # else another conversation is shown
            for target in search:
                if target is not None:
                    self._search = None
                    self._arrive(target)
                    return
                if time.perf_counter() > until:
                    self._timer.start()
                    return
        self._search = None

    def _arrive(self, target: Target) -> None:
        assert target.heading is not None
        row = self._view.rows[target.message_id]
        self._focus(row.index, is_shown=True)
        self._visited = row.message.id, target.heading.offset
        self._view.bring_to_top(row.index, ("body", *self._line(row.index, target.heading.offset)))
        accessible.go_to(self._view.materialise(row.index), target.heading.offset)

    def _line(self, index: int, offset: int) -> tuple[int, float, int]:
        """A place in the text of a message as a part of an anchor: piece, px below, position."""
        from qwen_desktop.ui.transcript.places import mark_of  # brings the parser

        piece, position = mark_of(self._view.materialise(index).body, self._view.rows[index].text, offset)
        return piece, 0.0, position

    def _place(self, step: int) -> tuple[int | None, int | None]:
        """From where headings are looked for, a message and an offset in it: the heading gone to last while it can be
        seen, the message that has the keyboard while its top can, and else what is read; upwards from the end where
        that is followed."""
        held = self._held_row()
        if held is not None:
            widget, height = self._view.materialise(held), self._view.viewport().height()
            if self._visited is not None and self._visited[0] == self._view.rows[held].message.id:
                y = widget.y() + widget.y_of(("body", *self._line(held, self._visited[1])))
                if 0 <= y < height:
                    return held, self._visited[1]
            elif 0 <= widget.y() < height:
                return held, None
        if held is None and step < 0 and self._view.is_following:
            return None, None
        return self._reading_place()

    def _reading_place(self) -> tuple[int | None, int | None]:
        """The message at the top of the screen, and what of its text is there."""
        from qwen_desktop.ui.transcript.places import offset_of

        view = self._view
        widget = view.widget_at(view.viewport().rect().topLeft())
        if widget is None or widget.y() > 0:
            return (None, None) if widget is None else (widget.row, None)
        top = -widget.y() - widget.section("body")[2]
        return widget.row, offset_of(widget.body, view.rows[widget.row].text, widget.body.mark_at(0, top))

    def _focus(self, index: int, *, is_shown: bool = False) -> None:
        """Give a message the keyboard; unless `is_shown`, bring its top to the screen."""
        widget = self._view.materialise(index)
        port = self._view.viewport()
        is_seen = widget.y() >= 0 and widget.y() + TOP_MARGIN_PX < port.height()
        if not is_shown and not is_seen:
            self._view.bring_to_top(index, ("top", 0, 0.0, -1), 0.0)
        widget.setFocus(Qt.FocusReason.TabFocusReason)
