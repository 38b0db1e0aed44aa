"""What the composer tells, and when."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from qwen_desktop.ui.theme import HIGH_DARK, HIGH_LIGHT, LIGHT, Colours, Theme
from qwen_desktop.ui.views.composer import Composer

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def composer(theme: Theme, shown: Callable[..., Any]) -> Composer:
    made = Composer(theme)
    made.resize(600, 120)
    return shown(made)


@pytest.fixture
def sent(composer: Composer) -> list[str]:
    prompts: list[str] = []
    composer.submitted.connect(lambda prompt: prompts.append(prompt))
    return prompts


def test_enter_sends_what_was_typed_and_empties_the_editor(composer: Composer, sent: list[str]) -> None:
    QTest.keyClicks(composer.edit, "hello there")
    QTest.keyClick(composer.edit, Qt.Key.Key_Return)
    assert sent == ["hello there"]
    assert composer.text() == ""


@pytest.mark.parametrize("blank", ["", "   ", "\n\n", " \n\t\u3000\n "])
def test_a_blank_prompt_is_not_sent_and_send_is_disabled(composer: Composer, sent: list[str], blank: str) -> None:
    composer.set_text(blank)
    QTest.keyClick(composer.edit, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    QTest.mouseClick(composer.send_button, LEFT)
    assert sent == []
    assert not composer.send_button.isEnabled()


def test_send_is_enabled_by_the_first_letter_and_disabled_by_the_last_deletion(composer: Composer) -> None:
    QTest.keyClicks(composer.edit, " a")
    assert composer.send_button.isEnabled()
    QTest.keyClick(composer.edit, Qt.Key.Key_Backspace)
    assert not composer.send_button.isEnabled()


def test_outer_blank_lines_go_and_inner_space_stays(composer: Composer, sent: list[str]) -> None:
    composer.set_text("\n \n    indented\n\n  code  \n\n")
    QTest.mouseClick(composer.send_button, LEFT)
    assert sent == ["    indented\n\n  code  "]


def test_nul_and_astral_characters_are_sent_as_they_are(composer: Composer, sent: list[str]) -> None:
    composer.set_text("a\0b 👍 \u202e x")
    composer.submit()
    assert sent == ["a\0b 👍 \u202e x"]


def test_a_lone_surrogate_harms_nothing(composer: Composer, sent: list[str]) -> None:
    composer.set_text("a\ud800b")
    composer.submit()
    assert len(sent) == 1
    assert sent[0][0] == "a"
    assert sent[0][-1] == "b"


def test_a_megabyte_is_sent_whole(composer: Composer, sent: list[str]) -> None:
    text = "word " * 200_000 + "end"
    composer.edit.insertPlainText(text)
    composer.submit()
    assert sent == [text]


def test_a_click_on_send_while_composing_sends_nothing(composer: Composer, sent: list[str]) -> None:
    composer.set_text("half ")
    QApplication.sendEvent(composer.edit, QInputMethodEvent("ni", []))
    composer.submit()
    assert sent == []
    assert composer.text() == "half "


def test_send_turns_into_stop_while_a_reply_runs(composer: Composer, qtbot: Any) -> None:
    composer.set_running(True)
    assert composer.stop_button.isVisible()
    assert not composer.send_button.isVisible()
    with qtbot.waitSignal(composer.stop_requested, timeout=1000):
        QTest.mouseClick(composer.stop_button, LEFT)
    composer.set_running(False)
    assert composer.send_button.isVisible()
    assert not composer.stop_button.isVisible()


def test_enter_while_a_reply_runs_is_told_all_the_same(composer: Composer, sent: list[str]) -> None:
    composer.set_running(True)
    QTest.keyClicks(composer.edit, "and then")
    QTest.keyClick(composer.edit, Qt.Key.Key_Return)
    assert sent == ["and then"]


def test_second_half_of_a_double_click_on_send_does_not_stop(composer: Composer, sent: list[str], qtbot: Any) -> None:
    composer.submitted.connect(lambda: composer.set_running(True))
    composer.set_text("hi")
    QTest.mouseClick(composer.send_button, LEFT)
    assert sent == ["hi"]
    with qtbot.assertNotEmitted(composer.stop_requested):
        QTest.mouseDClick(composer.stop_button, LEFT, pos=composer.stop_button.rect().center())
        QTest.mouseRelease(composer.stop_button, LEFT)
    with qtbot.waitSignal(composer.stop_requested, timeout=1000):
        QTest.mouseClick(composer.stop_button, LEFT)


def test_the_waiting_prompt_is_one_line_and_can_be_removed(composer: Composer, qtbot: Any) -> None:
    composer.set_queued("first line\nsecond line " + "x" * 500)
    assert composer.queued_line.isVisible()
    label = composer.queued_line.findChildren(type(composer._queued_words))[0]
    assert "first line second line" in label.text()
    assert len(label.text()) < 120
    remove = composer.findChild(object, "remove_queued")
    with qtbot.waitSignal(composer.queued_removed, timeout=1000):
        QTest.mouseClick(remove, LEFT)
    composer.set_queued(None)
    assert not composer.queued_line.isVisible()


def test_draft_is_told_once_after_a_pause_and_not_for_what_the_app_put_there(composer: Composer, qtbot: Any) -> None:
    drafts: list[str] = []
    composer.draft_changed.connect(drafts.append)
    composer.set_text("from the app")
    assert not composer._draft_delay.isActive()
    QTest.keyClicks(composer.edit, "!?")
    assert drafts == []
    qtbot.waitUntil(lambda: drafts == ["from the app!?"], timeout=3000)
    assert not composer._draft_delay.isActive()


def test_draft_can_be_had_at_once(composer: Composer, qtbot: Any) -> None:
    QTest.keyClicks(composer.edit, "abc")
    with qtbot.waitSignal(composer.draft_changed, timeout=1000) as told:
        composer.flush_draft()
    assert told.args == ["abc"]


def test_editor_grows_to_ten_lines_and_then_scrolls(composer: Composer) -> None:
    heights = []
    for count in (1, 2, 10, 11, 500):
        composer.set_text("\n".join("line" for _ in range(count)))
        heights.append(composer.edit.height())
    one, two, ten, eleven, many = heights
    assert one < two < ten == eleven == many
    assert ten < one * 10.5
    composer.set_text("")
    assert composer.edit.height() == one
    composer.set_text("word " * 60)
    assert composer.edit.height() > two


def test_thinking_is_offered_only_where_the_model_can_switch(composer: Composer, qtbot: Any) -> None:
    assert not composer.thinking_button.isVisible()
    composer.set_thinking(True, True)
    assert composer.thinking_button.isVisible()
    assert composer.thinking_button.isChecked()
    with qtbot.waitSignal(composer.thinking_toggled, timeout=1000) as told:
        QTest.mouseClick(composer.thinking_button, LEFT)
    assert told.args == [False]
    composer.set_thinking(False, False)
    assert not composer.thinking_button.isVisible()


def test_web_search_is_offered_only_where_the_model_can(composer: Composer, qtbot: Any) -> None:
    assert not composer.search_button.isVisible()
    composer.set_search(True, False)
    assert composer.search_button.isVisible()
    assert not composer.search_button.isChecked()
    with qtbot.waitSignal(composer.search_toggled, timeout=1000) as told:
        QTest.mouseClick(composer.search_button, LEFT)
    assert told.args == [True]
    composer.set_search(False, True)
    assert not composer.search_button.isVisible()


def test_in_a_narrow_window_the_abilities_show_their_icons_alone(composer: Composer, qtbot: Any) -> None:
    composer.set_model("qwen3.7-plus")
    composer.set_thinking(True, True)
    composer.set_search(True, False)
    abilities = (composer.thinking_button, composer.search_button)
    assert [button.text() for button in abilities] == ["Thinking", "Web search"]
    composer.resize(370, composer.height())
    assert [button.text() for button in abilities] == ["", ""]
    assert composer.width() == 370
    assert [button.accessibleName() for button in abilities] == ["Thinking", "Web search"]
    assert [button.toolTip() for button in abilities] == ["Thinking", "Web search"]
    qtbot.waitUntil(lambda: composer.send_button.geometry().right() < 370)
    composer.set_search(False, False)
    assert composer.thinking_button.text() == "Thinking"
    composer.set_search(True, False)
    composer.resize(600, composer.height())
    assert [button.text() for button in abilities] == ["Thinking", "Web search"]


def test_names_are_the_fixed_ones(composer: Composer) -> None:
    named = {w.objectName(): w.accessibleName() for w in (composer.edit, composer.model_button, composer.send_button)}
    assert named == {"message": "Message", "model": "Model", "send": "Send"}
    assert composer.stop_button.accessibleName() == "Stop"
    assert composer.thinking_button.accessibleName() == "Thinking"
    assert composer.search_button.accessibleName() == "Web search"
    assert composer.search_button.objectName() == "web_search"


def test_a_click_on_send_leaves_the_keyboard_in_the_editor(composer: Composer, sent: list[str]) -> None:
    composer.focus()
    QTest.keyClicks(composer.edit, "x")
    QTest.mouseClick(composer.send_button, LEFT)
    assert composer.edit.hasFocus()


def send_button(composer: Composer) -> tuple[str, int]:
    """The colour inside it, and how often that of its upper edge changes from dark to light or back."""
    button = composer.send_button
    picture = composer.grab(QRect(button.mapTo(composer, QPoint(0, 0)), button.size())).toImage()
    edge = [picture.pixelColor(x, 0).lightness() > 128 for x in range(8, 24)]
    return picture.pixelColor(5, 16).name(), sum(one != other for one, other in pairwise(edge))


@pytest.mark.parametrize("colours", [HIGH_LIGHT, HIGH_DARK], ids=["light", "dark"])
def test_with_high_contrast_a_send_button_that_cannot_be_pressed_is_hollow_and_dashed(
    theme: Theme, composer: Composer, colours: Colours
) -> None:
    theme.set_colours(colours)
    assert send_button(composer)[0] == colours.field.lower()
    assert send_button(composer)[1] >= 3
    composer.set_text("Hello")
    assert send_button(composer)[0] != colours.field.lower()
    assert send_button(composer)[1] == 0
    theme.set_colours(LIGHT)
    composer.set_text("")
    assert send_button(composer) == (LIGHT.selection.lower(), 0)
