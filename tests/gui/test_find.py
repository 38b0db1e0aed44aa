"""Find, from the bar to the transcript: a stand-in for the transcript says what it was told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtTest import QTest

from qwen_desktop.ui.controllers import find
from qwen_desktop.ui.controllers.find import FindableTranscript, FindController, HitsOf
from qwen_desktop.ui.theme import LIGHT, Theme
from qwen_desktop.ui.views.find_bar import FindBar


class StandInTranscript(QObject):
    """Texts, and what was to be marked and gone to."""

    text_changed = Signal(int)
    messages_changed = Signal()

    def __init__(self, texts: dict[int, str]) -> None:
        super().__init__()
        self.texts = texts
        self.reading_id: int | None = None
        self.selection = ""
        self.hits_of: HitsOf | None = None
        self.current: tuple[int, int, int] | None = None
        self.revealed: list[tuple[int, int, int]] = []
        self.shown = 0

    @property
    def message_ids(self) -> list[int]:
        return list(self.texts)

    def text_of(self, message_id: int) -> str:
        return self.texts[message_id]

    def selected_text(self) -> str:
        return self.selection

    def show_hits(self, hits_by_message: HitsOf | None, current: tuple[int, int, int] | None) -> None:
        self.hits_of, self.current = hits_by_message, current
        self.shown += 1

    def reveal(self, message_id: int, source_begin: int, source_end: int) -> None:
        self.revealed.append((message_id, source_begin, source_end))

    def append(self, message_id: int, text: str) -> None:
        self.texts[message_id] += text
        self.text_changed.emit(message_id)


@pytest.fixture
def bar(qtbot: Any) -> FindBar:
    made = FindBar(Theme(LIGHT))
    qtbot.addWidget(made)
    made.hide()
    return made


@pytest.fixture
def transcript() -> StandInTranscript:
    return StandInTranscript({1: "a cat", 2: "**cat** and cat", 3: "no more", 4: "the last cat"})


@pytest.fixture
def finder(bar: FindBar, transcript: StandInTranscript) -> Iterator[FindController]:
    assert isinstance(transcript, FindableTranscript)
    made = FindController(bar, transcript)
    made.open()
    yield made
    made.close()


@pytest.fixture
def look_for(bar: FindBar, finder: FindController, qtbot: Any) -> Any:
    def look(query: str) -> str:
        bar.field.setText(query)
        qtbot.waitUntil(lambda: not finder.is_busy)
        return bar.count_label.text()

    return look


def test_what_is_found_is_counted_marked_and_gone_to(look_for: Any, transcript: StandInTranscript) -> None:
    assert look_for("cat") == "1 of 4"
    assert transcript.current == (1, 2, 5)
    assert transcript.revealed == [(1, 2, 5)]
    assert transcript.hits_of is not None
    assert [transcript.hits_of(message_id) for message_id in (1, 2, 3)] == [[(2, 5)], [(2, 5), (12, 15)], []]


def test_next_and_previous_go_around(look_for: Any, bar: FindBar, transcript: StandInTranscript) -> None:
    look_for("cat")
    words = []
    for modifier in [Qt.KeyboardModifier.NoModifier] * 4 + [Qt.KeyboardModifier.ShiftModifier]:
        QTest.keyClick(bar.field, Qt.Key.Key_Return, modifier)
        words.append(bar.count_label.text())
    assert words == ["2 of 4", "3 of 4", "4 of 4", "1 of 4", "4 of 4"]
    assert transcript.revealed[-2:] == [(1, 2, 5), (4, 9, 12)]


def test_it_begins_where_the_reader_is(look_for: Any, transcript: StandInTranscript) -> None:
    transcript.reading_id = 3
    assert look_for("cat") == "4 of 4"
    look_for("")
    transcript.reading_id = 4
    assert look_for("more") == "1 of 1"


def test_typing_on_stays_at_the_place(look_for: Any, bar: FindBar, transcript: StandInTranscript) -> None:
    look_for("c")
    QTest.keyClick(bar.field, Qt.Key.Key_Return)
    assert look_for("ca") == "2 of 4"
    assert look_for("cax") == "No matches"
    assert transcript.hits_of is None
    assert look_for("cat") == "2 of 4"


def test_enter_pressed_before_the_count_is_there_counts_from_it(
    finder: FindController, bar: FindBar, transcript: StandInTranscript, qtbot: Any
) -> None:
    bar.field.setText("cat")
    QTest.keyClick(bar.field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not finder.is_busy)
    assert bar.count_label.text() == "2 of 4"
    assert transcript.revealed == [(2, 2, 5)]


def test_many_letters_of_one_frame_are_one_search(look_for: Any, bar: FindBar, transcript: StandInTranscript) -> None:
    for query in ("c", "ca", "cat", "cats", "cat"):
        bar.field.setText(query)
    look_for("the last cat")
    assert transcript.shown == 1


def test_while_a_reply_streams_the_count_follows_and_the_hit_stays(
    look_for: Any, finder: FindController, bar: FindBar, transcript: StandInTranscript, qtbot: Any, monkeypatch: Any
) -> None:
    look_for("cat")
    QTest.keyClick(bar.field, Qt.Key.Key_Return)
    revealed, shown = list(transcript.revealed), transcript.shown
    for piece in (" cat", " c", "at", " **cat**"):
        transcript.append(4, piece)
    transcript.append(1, " cat")
    assert transcript.shown == shown  # not for each piece
    qtbot.waitUntil(lambda: not finder.is_busy)
    assert transcript.shown == shown + 1
    assert bar.count_label.text() == "3 of 8"
    assert transcript.current == (2, 2, 5)
    assert transcript.revealed == revealed


def test_a_replaced_text_is_searched_anew(
    look_for: Any, finder: FindController, bar: FindBar, transcript: StandInTranscript, qtbot: Any
) -> None:
    look_for("cat")
    transcript.texts[2] = "dog"
    transcript.text_changed.emit(2)
    qtbot.waitUntil(lambda: not finder.is_busy)
    assert bar.count_label.text() == "1 of 2"


def test_other_messages_are_searched_anew(
    look_for: Any, finder: FindController, bar: FindBar, transcript: StandInTranscript, qtbot: Any
) -> None:
    look_for("cat")
    transcript.texts = {7: "cat cat", 8: "x"}
    transcript.messages_changed.emit()
    transcript.append(8, " cat")
    qtbot.waitUntil(lambda: not finder.is_busy)
    assert bar.count_label.text() == "1 of 3"
    transcript.texts = {}
    transcript.messages_changed.emit()
    qtbot.waitUntil(lambda: not finder.is_busy)
    assert bar.count_label.text() == "No matches"


def test_a_selection_is_looked_for_but_not_a_long_one(
    finder: FindController, bar: FindBar, transcript: StandInTranscript, qtbot: Any
) -> None:
    transcript.selection = " last "
    finder.open()
    qtbot.waitUntil(lambda: not finder.is_busy)
    assert (bar.query, bar.count_label.text()) == ("last", "1 of 1")
    for selection in ("two\nlines", "x" * 201, ""):
        transcript.selection = selection
        finder.open()
        assert bar.query == "last"


def test_closed_it_marks_nothing_and_does_nothing(
    look_for: Any, finder: FindController, bar: FindBar, transcript: StandInTranscript, qtbot: Any
) -> None:
    look_for("cat")
    transcript.append(4, "cat")
    QTest.keyClick(bar.field, Qt.Key.Key_Escape)
    assert not finder.is_busy
    assert (transcript.hits_of, transcript.current) == (None, None)
    transcript.append(4, "cat")
    transcript.messages_changed.emit()
    assert not finder.is_busy
    finder.open()
    qtbot.waitUntil(lambda: not finder.is_busy)
    assert bar.count_label.text() == "1 of 6"


def test_counting_in_slices_ends_with_the_same(
    look_for: Any, transcript: StandInTranscript, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(find, "SLICE_S", 0.0)
    transcript.texts.update(dict.fromkeys(range(10, 20), "cat " * 9000))
    transcript.messages_changed.emit()
    assert look_for("cat") == "1 of 90,004"
