"""The quick ask's window: its keys, what it takes and refuses, its sizes, and that its words fit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt
from PySide6.QtGui import QColor, QGuiApplication, QImage, QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget

from qwen_desktop.core.chat.quick_actions import QuickAction
from qwen_desktop.core.words import set_language, tr
from qwen_desktop.ui.notices import NoticeAction
from qwen_desktop.ui.theme import DARK, LIGHT, Theme
from qwen_desktop.ui.views.overlay import SHADOW_PX
from qwen_desktop.ui.views.quick_ask import NARROWEST_PX, QuickAskWindow

KEY = Qt.Key
CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def window(theme: Theme, qtbot: Any) -> Iterator[QuickAskWindow]:
    made = make_window(theme)
    yield made
    made.accept_close()
    made.deleteLater()


def make_window(theme: Theme, *, is_translucent: bool = False) -> QuickAskWindow:
    made = QuickAskWindow(theme, is_translucent=is_translucent)
    made.set_model("qwen3.7-plus")
    made.open()
    QApplication.processEvents()
    return made


def told(signal: Any) -> list[object]:
    """What a signal says from now on."""
    heard: list[object] = []
    signal.connect(lambda *what: heard.append(what[0] if what else None))
    return heard


def asked(window: QuickAskWindow, text: str) -> None:
    """As after a prompt was sent: it stands in the field still."""
    window.set_text(text)
    window.edit.is_replaceable = True


def test_enter_submits_and_shift_enter_breaks_the_line(window: QuickAskWindow) -> None:
    submitted = told(window.submitted)
    QTest.keyClicks(window.edit, "one")
    QTest.keyClick(window.edit, KEY.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClicks(window.edit, "two")
    QTest.keyClick(window.edit, KEY.Key_Return)
    assert window.text() == "one\ntwo"
    assert len(submitted) == 1
    window.edit.enter_sends = False
    QTest.keyClick(window.edit, KEY.Key_Return)
    assert len(submitted) == 1
    QTest.keyClick(window.edit, KEY.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert len(submitted) == 2


def test_control_enter_wants_the_window_and_no_key_of_an_input_method_does_anything(window: QuickAskWindow) -> None:
    submitted, wanted, hidden = told(window.submitted), told(window.window_requested), told(window.hide_requested)
    QApplication.sendEvent(window.edit, QInputMethodEvent("ni hao", []))
    assert window.has_something_open  # so it stays when the candidate window takes the keyboard
    for key in (KEY.Key_Return, KEY.Key_Escape):
        QTest.keyClick(window.edit, key)
    QTest.keyClick(window.edit, KEY.Key_Return, CONTROL)
    assert not submitted
    assert not hidden
    assert not wanted
    QApplication.sendEvent(window.edit, QInputMethodEvent())
    QTest.keyClick(window.edit, KEY.Key_Return, CONTROL)
    assert len(wanted) == 1


def test_keys_of_the_window_reach_it_from_the_field(window: QuickAskWindow) -> None:
    for key, modifiers, signal in (
        (KEY.Key_Escape, Qt.KeyboardModifier.NoModifier, window.hide_requested),
        (KEY.Key_N, CONTROL, window.new_requested),
        (KEY.Key_Period, CONTROL, window.stop_requested),
    ):
        heard = told(signal)
        QTest.keyClick(window.edit, key, modifiers)
        assert len(heard) == 1, key


def test_a_window_that_is_closed_from_outside_asks_to_be_hidden(window: QuickAskWindow) -> None:
    hidden = told(window.hide_requested)
    window.close()
    assert window.isVisible()
    assert len(hidden) == 1


def test_what_is_typed_takes_the_place_of_what_was_asked_until_the_caret_is_moved(window: QuickAskWindow) -> None:
    asked(window, "asked")
    QTest.keyClicks(window.edit, "new")
    assert window.text() == "new"
    asked(window, "asked")
    QTest.keyClick(window.edit, KEY.Key_End)
    QTest.keyClicks(window.edit, "?")
    assert window.text() == "asked?"
    asked(window, "asked")
    QTest.keyClick(window.edit, KEY.Key_Backspace)
    assert window.text() == "aske"
    asked(window, "asked")
    QApplication.sendEvent(window.edit, QInputMethodEvent("ni", []))
    commit = QInputMethodEvent()
    commit.setCommitString("你")
    QApplication.sendEvent(window.edit, commit)
    assert window.text() == "你"
    asked(window, "asked")
    QGuiApplication.clipboard().setText("pasted")
    QTest.keyClick(window.edit, KEY.Key_V, CONTROL)
    assert window.text() == "pasted"
    window.edit.undo()
    assert window.text() == "asked"


def test_control_c_copies_what_is_selected_in_the_field_else_it_wants_the_reply(window: QuickAskWindow) -> None:
    wanted = told(window.copy_requested)
    window.set_text("words", is_selected=True)
    QTest.keyClick(window.edit, KEY.Key_C, CONTROL)
    assert QGuiApplication.clipboard().text() == "words"
    assert not wanted
    window.set_text("words")
    QTest.keyClick(window.edit, KEY.Key_C, CONTROL)
    assert len(wanted) == 1


def picture() -> QImage:
    made = QImage(4, 4, QImage.Format.Format_RGB32)
    made.fill(Qt.GlobalColor.red)
    return made


def test_pictures_go_to_whoever_takes_them_and_the_text_stays(window: QuickAskWindow) -> None:
    taken: list[bool] = []

    def take(source: QMimeData, is_drop: bool) -> bool:
        taken.append(is_drop)
        return not source.hasText()

    window.edit.set_picture_taker(take)
    window.set_text("typed")
    alone, both = QMimeData(), QMimeData()
    alone.setImageData(picture())
    both.setImageData(picture())
    both.setText("|its text")
    assert window.edit.canInsertFromMimeData(alone)
    window.edit.insertFromMimeData(alone)
    assert window.text() == "typed"
    window.edit.insertFromMimeData(both)
    assert window.text() == "typed|its text"
    assert taken == [False, False]


def test_send_or_stop_is_there_when_there_is_something_to_send_or_to_stop(window: QuickAskWindow) -> None:
    def shown(*, can_send: bool, is_running: bool) -> tuple[bool, bool]:
        window.set_state(is_running=is_running, has_reply=False, can_send=can_send)
        return window.send_button.isVisible(), window.stop_button.isVisible()

    assert shown(can_send=False, is_running=False) == (False, False)
    assert shown(can_send=True, is_running=False) == (True, False)
    assert shown(can_send=True, is_running=True) == (False, True)


def test_what_has_no_room_is_in_the_menu(window: QuickAskWindow) -> None:
    chosen = told(window.action_chosen)
    window.set_text("text")
    for width_px in (NARROWEST_PX, 640, 1200):
        window.set_size(width_px, 420)
        window.set_state(is_running=False, has_reply=True, can_send=True)
        QApplication.processEvents()
        menu = window.foot.menu()
        in_menu = [action.text() for action in menu.actions() if action.text()][:-1]
        shown = [button.text() for button in window.foot.action_buttons.values() if button.isVisible()]
        assert shown + in_menu == [button.text() for button in window.foot.action_buttons.values()]
        assert bool(in_menu) == (width_px < 1200)
        if in_menu:
            next(action for action in menu.actions() if action.text() == in_menu[-1]).trigger()
            assert chosen[-1] is QuickAction.FIX_CODE
        menu.deleteLater()


def test_the_field_grows_with_its_text_and_the_window_with_it(window: QuickAskWindow) -> None:
    one = window.height()
    window.set_text("1\n2\n3")
    three = window.height()
    assert three > one
    window.set_text("\n".join("x" * 30))
    most = window.height()
    assert most > three
    window.set_text("\n".join("x" * 60))
    assert window.height() == most
    window.set_text("")
    window.set_state(is_running=False, has_reply=False, can_send=False)
    assert window.height() == one


def test_what_went_wrong_stands_clear_of_the_hints(window: QuickAskWindow, qtbot: Any) -> None:
    window.set_text("hello")
    window.set_state(is_running=False, has_reply=False, can_send=True)
    window.show_trouble("No API key is set.")
    qtbot.waitUntil(lambda: window.foot.isVisible() and window.notice_bar.isVisible())

    foot_px = window.foot.mapTo(window, QPoint()).y()
    rows = window.grab().toImage()
    line = QColor(window._theme.colours.notice_line)
    painted = [y for y in range(foot_px) if rows.pixelColor(window.width() // 2, y) == line]
    assert len(painted) == 2
    assert foot_px - painted[-1] >= 8


@pytest.mark.parametrize("is_translucent", [False, True])
def test_an_edge_that_is_pulled_is_a_size_to_remember(theme: Theme, qtbot: Any, is_translucent: bool) -> None:
    window = make_window(theme, is_translucent=is_translucent)
    assert window.pulled_size() is None
    assert window.box.width() == 640
    right = next(grip for grip in window._grips if grip.edges == Qt.Edge.RightEdge)
    pull(right, QPoint(60, 0))
    assert window.box.width() == 700
    assert window.pulled_size() == (700, 420)
    pull(right, QPoint(-2000, 0))
    assert window.box.width() == NARROWEST_PX
    bottom = next(grip for grip in window._grips if grip.edges == Qt.Edge.BottomEdge)
    assert bottom.isHidden()  # nothing below the field would gain by it
    window.set_state(is_running=False, has_reply=True, can_send=False)
    pull(bottom, QPoint(0, 200))
    assert window.pulled_size() == (NARROWEST_PX, window.box.height())
    window.accept_close()
    window.deleteLater()


def pull(grip: QWidget, by: QPoint) -> None:
    at = grip.rect().center()
    QTest.mousePress(grip, Qt.MouseButton.LeftButton, pos=at)
    QTest.mouseMove(grip, at + by)
    QTest.mouseRelease(grip, Qt.MouseButton.LeftButton, pos=at)
    QApplication.processEvents()


def test_every_control_has_a_name_and_the_keyboard_reaches_them_in_order(window: QuickAskWindow) -> None:
    window.set_text("text")
    window.set_state(is_running=False, has_reply=False, can_send=True)
    QApplication.processEvents()
    assert (window.objectName(), window.accessibleName()) == ("quick_ask", "Quick ask")
    assert (window.edit.objectName(), window.edit.accessibleName()) == ("message", "Message")
    controls = [child for child in window.findChildren(QWidget) if child.focusPolicy() & Qt.FocusPolicy.TabFocus]
    nameless = [child for child in controls if not child.accessibleName() or not child.objectName()]
    assert not nameless
    names = []
    for _ in range(20):
        focus = QApplication.focusWidget()
        assert focus is not None
        if focus.objectName() in names:
            break
        names.append(focus.objectName())
        QTest.keyClick(focus, KEY.Key_Tab)
    assert names[:4] == ["message", "model", "send", "quick_explain"]
    assert names[-2:] == ["quick_more", "quick_pin"]


@pytest.mark.parametrize(("language", "colours"), list(product(("en", "zh_CN"), (LIGHT, DARK))))
def test_no_words_are_cut_off(qapp: QApplication, qtbot: Any, language: str, colours: Any) -> None:
    set_language(language)
    try:
        window = make_window(Theme(colours))
        question = tr("Start with the text on the clipboard when this window opens?")
        window.say(question, [NoticeAction("yes", tr("Yes, fill it in")), NoticeAction("no", tr("No"))])
        window.show_trouble(question, [NoticeAction("set_key", tr("Set API key"), True)])
        window.set_text(tr("Ask Qwen"))
        for width_px, has_reply, is_demo in product((NARROWEST_PX, 640, 900), (False, True), (False, True)):
            window.set_size(width_px, 420)
            window.set_state(is_running=False, has_reply=has_reply, can_send=True, is_demo=is_demo)
            QApplication.processEvents()
            assert cut_off(window) == [], (width_px, has_reply)
        window.accept_close()
        window.deleteLater()
    finally:
        set_language("en")


def cut_off(window: QuickAskWindow) -> list[str]:
    """Words that have less room than they need, or stick out of the window."""
    found = []
    parts: list[QLabel | QPushButton] = [*window.findChildren(QLabel), *window.findChildren(QPushButton)]
    for part in parts:
        if not part.isVisible() or not part.text():
            continue
        needed_px = part.sizeHint().width()
        if isinstance(part, QLabel) and part.wordWrap():
            is_cut = part.height() < part.heightForWidth(part.width())
        else:
            is_cut = part.width() < needed_px
        corner = part.mapTo(window, QPoint(part.width(), part.height()))
        if is_cut or corner.x() > window.width() or corner.y() > window.height():
            found.append(part.text())
    return found


def test_the_picker_has_room_below_its_button_and_gives_it_back(window: QuickAskWindow, theme: Theme) -> None:
    from qwen_desktop.ui.models.model_list import ModelRow

    window.set_models([ModelRow(f"model-{n}", "words", can_think=True, context_tokens=1000) for n in range(12)])
    chosen = told(window.model_chosen)
    before = window.height()
    window.model_button.click()
    QApplication.processEvents()
    picker = window.findChild(QWidget, "model_picker")
    assert picker is not None
    assert picker.isVisible()
    panel = picker.geometry().adjusted(SHADOW_PX, SHADOW_PX, -SHADOW_PX, -SHADOW_PX)
    assert window.rect().contains(panel)
    assert panel.top() >= window.model_button.geometry().bottom()
    assert window.height() > before
    QTest.keyClick(window.findChild(QWidget, "search_models"), KEY.Key_Down)
    QTest.keyClick(window.findChild(QWidget, "search_models"), KEY.Key_Return)
    assert len(chosen) == 1
    assert window.height() == before


def test_the_shadow_is_painted_where_windows_are_blended_and_a_line_where_not(
    theme: Theme, qtbot: Any, shown: Callable[..., Any]
) -> None:
    for is_translucent in (False, True):
        window = make_window(theme, is_translucent=is_translucent)
        image = window.grab().toImage()
        corner, inside = image.pixelColor(0, 0), image.pixelColor(image.width() // 2, image.height() - 3)
        if is_translucent:
            assert corner.alpha() < 20
            assert 0 < inside.alpha() < 255
        else:
            assert corner.name().upper() == theme.colours.control_line
            assert inside.name().upper() == theme.colours.window
        window.accept_close()
        window.deleteLater()
