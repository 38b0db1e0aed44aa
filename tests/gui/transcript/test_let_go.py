"""What a transcript lets go is gone at once: nothing of it refers back to itself and waits for a collector."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QScrollBar

from qwen_desktop.ui.transcript.column import MOST_WIDGETS
from tests.data.long_reply import REASONING, TEXT
from tests.gui.transcript.conftest import prompt, reply

CODE = (
    "```python\n"
    + "print('a line of code that is rather long, so that it has a scroll bar of its own')\n" * 120
    + "```\n"
)


@pytest.fixture
def collector_off() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def of_messages(view) -> list[weakref.ref]:
    """What is behind the messages that have a widget."""
    found = []
    for widget in view.widgets():
        flows = [flow for flow, _ in widget._flows()]
        streams = [flow.stream for flow in flows if flow.stream is not None]
        found += map(weakref.ref, (widget, widget._controls, *flows, *streams))
    return found


def deleted() -> None:
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def test_another_conversation_takes_the_place_of_one_at_once(view, settled, collector_off) -> None:
    view.show_messages([prompt(1, "word " * 3_000), reply(2, TEXT, reasoning=REASONING), reply(3, CODE + TEXT)])
    settled()
    assert view.findChildren(QScrollBar)
    view.show_hits(lambda _: [(0, 4)], (1, 0, 4))
    view.reveal(2, 100, 110)
    view.selection.select_all()
    settled()
    known = of_messages(view)
    assert len(known) >= 9
    view.selection.clear()
    view.show_hits(None, None)
    view.show_messages([reply(4, "short")])
    settled()
    deleted()
    assert [one() for one in known if one() is not None] == []


def test_rows_far_from_the_screen_are_gone_at_once(view, settled, collector_off) -> None:
    view.show_messages([reply(number, CODE if number % 3 else TEXT) for number in range(1, 60)])
    settled()
    bar, known = view.verticalScrollBar(), of_messages(view)
    while bar.value() > 0:
        bar.setValue(bar.value() - 2 * view.viewport().height())
        settled()
    deleted()
    assert known
    assert [one() for one in known if one() is not None] == []


def test_rows_are_gone_though_no_moment_was_quiet_since(view, settled, collector_off) -> None:
    view.show_messages([reply(number, CODE) for number in range(1, 120)])
    settled()
    bar, known = view.verticalScrollBar(), set[weakref.ref]()
    view._idle.set_paused(True)
    while bar.value() > 0:
        bar.setValue(bar.value() - view.viewport().height())
        view.repaint()
        known |= {weakref.ref(widget) for widget in view.widgets()}
    deleted()
    assert len(known) > 2 * MOST_WIDGETS
    assert {one for one in known if one() is not None} == {weakref.ref(widget) for widget in view.widgets()}
