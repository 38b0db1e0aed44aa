"""What the transcript shows as text arrives: at once, exactly, without moving what is read."""

from __future__ import annotations

import time

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget

from qwen_desktop.core.chat.message import MessageStatus
from qwen_desktop.ui.theme import DARK
from qwen_desktop.ui.transcript.message_widget import MessageWidget
from qwen_desktop.ui.transcript.reasoning_header import ReasoningHeader
from tests.gui.transcript.conftest import prompt, reply, wheel
from tests.yardstick import Busy, slower

LONG = "\n\n".join(f"Paragraph {n} with **some** words, `code` and 中文 in it." for n in range(120))
MIXED = (
    "# Title\n\nText with a [link](https://qwen.ai/a) and `code`.\n\n1. one\n2. two\n   - nested\n\n> quote\n\n"
    "| a | b |\n|---|---|\n| 1 | 2 |\n\n```python\ndef f():\n    return 1\n```\n\n- [x] done\n\n---\n\nend 😀\n"
)


def widget_of(view, message_id) -> MessageWidget:
    found = view.widget_of(message_id)
    assert found is not None
    return found


def pixels(view, rect: QRect | None = None) -> QImage:
    image = view.viewport().grab(rect or view.viewport().rect()).toImage()
    return image.convertToFormat(QImage.Format.Format_RGB32)


def difference(image: QImage, other: QImage) -> tuple[int, int, int, int] | None:
    """Left, top, right and bottom of where two pictures of one size are not the same; None: nowhere."""
    if image == other:
        return None
    size = image.size()
    points = [(x, y) for y in range(size.height()) for x in range(size.width())
              if image.pixel(x, y) != other.pixel(x, y)]  # fmt: skip
    columns, rows = zip(*points, strict=True)
    return min(columns), min(rows), max(columns), max(rows)


def text_at_top(view) -> tuple[int, str, int]:
    """Which message, which words and how many px of their line are above the top of the screen."""
    widget = view.widget_at(QPoint(0, 0))
    name, index, below, position = widget.anchor_at(-widget.y())
    flow = widget.section(name if name == "reasoning" else "body")[0]
    assert flow is not None
    return widget.row, flow.pieces[index].plain(position, position + 12) if position >= 0 else name, round(below)


def test_each_piece_is_kept_exactly(streaming, settled):
    pieces = ["Hel", "lo **wor", "ld**\r", "\n\0\n", "```\n", "x\n", "```", " 中", "文 😀", "\u202e"]
    for piece in pieces:
        streaming.append_text(2, piece)
    assert streaming.text_of(2) == "".join(pieces)
    settled()
    assert streaming.text_of(2) == streaming.last_text() == "".join(pieces)


def test_first_piece_is_painted_within_a_frame_of_the_loop(streaming, settled, qtbot):
    settled()
    busy, began = Busy(), time.perf_counter()
    with qtbot.waitSignal(streaming.painted) as painted:
        streaming.append_text(2, "Hello")
        assert streaming.scheduler.is_waiting
    assert painted.args == [2]
    assert time.perf_counter() - began < 0.5 * slower() + busy.seconds()  # a frame, on a machine at rest


def test_every_piece_arrives_and_paintings_are_fewer(streaming, qtbot, settled):
    paintings = []
    streaming.painted.connect(paintings.append)
    for number in range(300):
        streaming.append_text(2, f"word{number} ")
    qtbot.waitUntil(lambda: not streaming.is_busy)
    assert streaming.text_of(2).count("word") == 300
    assert 1 <= len(paintings) < 60


def test_no_timer_runs_when_nothing_happens(streaming, settled):
    streaming.append_text(2, "done")
    streaming.end_message(reply(2, "done"))
    settled()
    assert not streaming.scheduler.is_waiting
    assert not streaming.is_busy


def test_a_hidden_view_gathers_and_shows_it_when_it_is_seen_again(streaming, settled, qtbot):
    settled()
    streaming.hide()
    streaming.append_text(2, "written in the dark")
    assert not streaming.scheduler.is_waiting
    with qtbot.waitSignal(streaming.painted, timeout=2000):
        streaming.show()
    assert streaming.text_of(2) == "written in the dark"


def test_a_view_in_a_minimized_window_gathers_too(streaming, settled, qtbot):
    settled()
    streaming.showMinimized()
    qtbot.waitUntil(streaming.isMinimized)
    streaming.append_text(2, "while it lay in the panel")
    assert not streaming.scheduler.is_waiting
    with qtbot.waitSignal(streaming.painted, timeout=2000):
        streaming.showNormal()
    assert streaming.text_of(2) == "while it lay in the panel"


def test_streamed_and_loaded_replies_look_the_same(view, settled):
    view.show_messages([prompt(1, "x"), reply(2, "", MessageStatus.WRITING)])
    for at in range(0, len(MIXED), 3):
        view.append_text(2, MIXED[at : at + 3])
        view.flush()
    view.end_message(reply(2, MIXED))
    settled()
    streamed = pixels(view)
    view.show_messages([prompt(1, "x"), reply(2, MIXED)])
    settled()
    assert pixels(view) == streamed


def test_a_final_text_that_differs_replaces_what_was_streamed(streaming, settled):
    streaming.append_text(2, "half a repl")
    settled()
    streaming.end_message(reply(2, "A whole reply."))
    settled()
    assert streaming.text_of(2) == "A whole reply."
    assert [piece.plain(0, 99) for piece in widget_of(streaming, 2).body.pieces] == ["A whole reply."]


def test_replaced_text_is_what_is_shown(streaming, settled):
    streaming.append_text(2, "Hello Hello")
    streaming.replace_text(2, "Hello", "because")
    streaming.append_text(2, " you")
    settled()
    widget = widget_of(streaming, 2)
    assert streaming.text_of(2) == "Hello you"
    assert widget.body.plain((0, 0), widget.body.end_mark()) == "Hello you"
    assert widget.reasoning is not None
    assert widget.reasoning.plain((0, 0), widget.reasoning.end_mark()) == "because"


def test_ending_twice_shows_the_text_once(streaming, settled):
    streaming.append_text(2, "once")
    for _ in range(2):
        streaming.end_message(reply(2, "once"))
        settled()
    assert len(widget_of(streaming, 2).body.pieces) == 1


def test_the_view_follows_the_end(streaming, settled):
    for part in LONG.split(" "):
        streaming.append_text(2, part + " ")
    settled()
    bar = streaming.verticalScrollBar()
    assert streaming.is_following
    assert bar.value() == bar.maximum() > 500


@pytest.mark.parametrize("leave", ["wheel", "Up", "PageUp", "Home", "small wheel", "bar"])
def test_any_upward_input_stops_following(streaming, settled, leave):
    streaming.append_text(2, LONG)
    settled()
    match leave:
        case "wheel":
            wheel(streaming, 120)
        case "small wheel":
            wheel(streaming, 8)
        case "bar":
            streaming.verticalScrollBar().setValue(streaming.verticalScrollBar().value() - 60)
        case _:
            QTest.keyClick(streaming, getattr(Qt.Key, f"Key_{leave}"))
    assert not streaming.is_following


@pytest.mark.parametrize("how", ["End", "button", "wheel"])
def test_going_to_the_end_follows_again(streaming, settled, how):
    streaming.append_text(2, LONG)
    settled()
    QTest.keyClick(streaming, Qt.Key.Key_PageUp)
    settled()
    assert not streaming.is_following
    assert streaming._jump.isVisible()
    if how == "End":
        QTest.keyClick(streaming, Qt.Key.Key_End)
    elif how == "button":
        QTest.mouseClick(streaming._jump, Qt.MouseButton.LeftButton)
    else:
        for _ in range(40):
            wheel(streaming, -240)
    assert streaming.is_following
    assert not streaming._jump.isVisible()
    assert streaming.verticalScrollBar().value() == streaming.verticalScrollBar().maximum()


def test_reading_does_not_move_by_a_pixel_while_text_arrives(streaming, settled):
    streaming.append_reasoning(2, "I think.\n\n" * 3)
    streaming.append_text(2, LONG)
    settled()
    QTest.keyClick(streaming, Qt.Key.Key_PageUp)
    QTest.keyClick(streaming, Qt.Key.Key_PageUp)
    settled()
    area = QRect(0, 0, 600, 500)  # without the scroll bar and the button that floats
    before = pixels(streaming, area)
    for number in range(60):
        streaming.append_text(2, f"\n\nMore text {number} arrives and " + "goes on " * 20)
        streaming.flush()
        assert difference(pixels(streaming, area), before) is None
    place = text_at_top(streaming)
    streaming.end_message(reply(2, streaming.text_of(2), reasoning="I think.\n\n" * 3))
    settled()
    assert (difference(pixels(streaming, area), before), text_at_top(streaming)) == (None, place)


def test_reading_does_not_move_when_estimates_above_become_heights(view, settled):
    view.show_messages([reply(n, LONG if n % 3 else MIXED * 4) for n in range(1, 30)])
    settled()
    view.verticalScrollBar().setValue(view.verticalScrollBar().maximum() // 2)
    settled()
    for _ in range(30):
        before = pixels(view).copy(0, 4, 600, 396)  # a glyph cut by the edge is smoothed in another way
        wheel(view, 120)
        moved = pixels(view)
        step = next((dy for dy in range(0, 160) if moved.copy(0, dy + 4, 600, 396) == before), None)
        assert step is not None, "a step upward showed something else than what was just above"


def test_a_resize_keeps_the_readers_place(view, settled):
    view.show_messages([prompt(1, "x"), reply(2, LONG)])
    settled()
    QTest.keyClick(view, Qt.Key.Key_PageUp)
    settled()
    before = text_at_top(view)
    view.resize(500, 600)
    settled()
    assert text_at_top(view) == before


def test_a_long_reply_opens_without_a_stall_and_shows_its_end(view, settled, qtbot):
    text = (MIXED + "\n" + LONG + "\n\n") * 150
    assert len(text) > 1_000_000
    began = time.thread_time()
    view.show_messages([prompt(1, "x"), reply(2, text + "THE END")])
    view.repaint()
    first_frame_s = time.thread_time() - began
    assert first_frame_s < 0.15 * slower()  # parsing it all takes well over half a second
    assert view.is_busy
    settled()
    body = widget_of(view, 2).body
    assert body.plain(*body.whole_piece((len(body.pieces) - 1, 0))) == "THE END"
    assert sum(piece.is_exact for piece in body.pieces) < 200
    assert view.verticalScrollBar().value() == view.verticalScrollBar().maximum()


def test_prompts_are_shown_as_typed(view, settled):
    text = "# not a heading\n\n  two  spaces\n**stars** <b>x</b>"
    view.show_messages([prompt(1, text)])
    settled()
    widget = widget_of(view, 1)
    assert widget.body.plain((0, 0), widget.body.end_mark()).replace("\u2028", "\n") == text
    assert widget._box.right() + 1 == widget._column.right() + 1
    assert widget._box.width() <= 0.85 * widget._column.width()


def test_an_extreme_prompt_is_shown_and_kept(view, settled):
    text = "a\0b\ud800c" + "long " * 200_000
    began = time.thread_time()
    view.show_messages([prompt(1, text)])
    assert time.thread_time() - began < 0.5 * slower()
    settled()
    assert view.text_of(1) == text


def test_theme_and_font_change_live(view, settled, theme, qapp, qtbot):
    view.show_messages([prompt(1, "x"), reply(2, MIXED)])
    settled()
    light = pixels(view)
    theme.set_colours(DARK)
    settled()
    dark = pixels(view)
    assert dark.pixelColor(2, 300).name().upper() == DARK.window.upper()
    assert dark != light
    height = widget_of(view, 2).height()
    font = qapp.font()
    bigger = qapp.font()
    bigger.setPointSizeF(font.pointSizeF() * 1.5)
    try:
        qapp.setFont(bigger)
        qtbot.waitUntil(lambda: widget_of(view, 2).height() > height * 1.2)
    finally:
        qapp.setFont(font)


def test_showing_another_conversation_leaves_nothing_of_the_first(view, settled):
    view.show_messages([prompt(n, LONG) for n in range(1, 6)])
    settled()
    view.show_messages([])
    settled()
    assert view.viewport().findChildren(MessageWidget) == []
    assert view.last_text() == ""


def test_a_copied_reply_is_exactly_the_models_text(view, settled):
    text = "**a**\r\n\ttab  \n\n```\nx\n```\n中文 😀 \u202e \u2028 end"
    view.show_messages([prompt(1, "x"), reply(2, text)])
    settled()
    actions = []
    view.action_requested.connect(lambda *what: actions.append(what))
    QTest.mouseClick(widget_of(view, 2)._footer.buttons[0], Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == text
    assert actions == [(2, "copy")]


def test_what_is_on_the_screen_is_what_a_fresh_painting_gives(streaming, settled, qtbot):
    """Scrolling moves pixels and growing paints only what changed: nothing stale may stay."""
    text = (MIXED + LONG[:600] + "\n\n") * 3
    for at in range(0, len(text), 23):
        streaming.append_text(2, text[at : at + 23])
        streaming.flush()
        if at % 460 == 0:
            QApplication.processEvents()
    settled()
    for action in ("PageUp", "PageUp", "Down", "Up", "Up", "PageDown", "End", "Home", "End"):
        QTest.keyClick(streaming, getattr(Qt.Key, f"Key_{action}"))
        QApplication.processEvents()
        streaming.append_text(2, f" and {action}")
        streaming.flush()
        qtbot.waitUntil(lambda: not streaming.is_busy)
        QApplication.processEvents()
        screen = streaming.screen().grabWindow(streaming.winId()).toImage().convertToFormat(QImage.Format.Format_RGB32)
        fresh = streaming.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
        different = [
            y for y in range(0, 600) if any(screen.pixel(x, y) != fresh.pixel(x, y) for x in range(0, 780, 3))
        ]  # fmt: skip
        assert len(different) <= 4, f"after {action}: rows {different[:20]}"


@pytest.mark.parametrize(
    ("first", "rest"),
    [
        ("words that go on and on " * 400, "and then much more of it " * 40),  # shown as written from some length on
        ("words that go on and on " * 400, "and then much more of it " * 400),  # so much that it is read in slices
        ("# Narrow letters\n\n", "ill, till, lilt; " * 100),  # fewer lines than were guessed
    ],
)
def test_a_reply_painted_before_it_is_arranged_is_as_high_as_one_that_is_opened(streaming, settled, first, rest):
    streaming.append_text(2, first)
    settled()
    streaming.append_text(2, rest)
    streaming.end_message(reply(2, first + rest))
    widget_of(streaming, 2).grab()  # as the window does when something else makes it paint
    settled()
    assert is_packed(widget_of(streaming, 2))
    streamed = looked_at(widget_of(streaming, 2))
    streaming.show_messages([prompt(1, "Tell me"), reply(2, first + rest)])
    settled()
    assert is_packed(widget_of(streaming, 2))
    assert streamed == looked_at(widget_of(streaming, 2))


def is_packed(widget) -> bool:
    """Each piece stands below the one before, and the text ends where the last one does."""
    ends = [piece.y + piece.height for piece in widget.body.pieces]
    tops = [piece.y - piece.gap_px for piece in widget.body.pieces]
    return tops[1:] == ends[:-1] and widget.body.height == ends[-1]


def looked_at(widget) -> int:
    """The height of the text when no piece of it is a guess."""
    while widget.body.ensure(0, 1e6):
        pass
    return widget.body.height


def test_another_conversation_comes_while_a_message_has_the_keyboard(view, settled):
    view.show_messages([prompt(n, LONG) for n in range(1, 40)])
    settled()
    widget_of(view, 39).setFocus(Qt.FocusReason.MouseFocusReason)
    view.verticalScrollBar().setValue(0)
    view.show_messages([prompt(50, "short"), reply(51, "short")])
    settled()
    assert {widget.state.id for widget in view.widgets()} == {50, 51}
    assert view.is_following


def test_the_keys_of_an_empty_transcript_do_nothing(view, settled):
    view.show_messages([])
    for pressed in (Qt.Key.Key_Home, Qt.Key.Key_Up, Qt.Key.Key_PageDown, Qt.Key.Key_End):
        QTest.keyClick(view, pressed)
        QTest.keyClick(view, pressed, Qt.KeyboardModifier.ShiftModifier)
    settled()
    assert view.selected_text() == ""


def test_tab_goes_through_the_messages_in_their_order_whichever_was_shown_first(view, settled):
    view.show_messages([m for n in range(0, 40, 2) for m in (prompt(n, f"ask {n}"), reply(n + 1, LONG))])
    settled()
    view.verticalScrollBar().setValue(0)  # the first ones get their widgets last
    settled()
    view.add_message(prompt(100, "one more"))
    settled()
    view.setFocus()
    seen = []
    for _ in range(60):
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        if isinstance(QApplication.focusWidget(), MessageWidget):
            seen.append(QApplication.focusWidget().state.id)
    lap = seen[: seen.index(seen[0], 1)] if seen[0] in seen[1:] else seen
    assert len(lap) > 4
    assert lap == sorted(lap)
    settled()  # what came into view on the way is read in slices


@pytest.mark.parametrize(("text", "can_copy"), [("", False), ("some", True)])
def test_a_reply_without_text_cannot_be_copied(view, settled, text, can_copy):
    view.show_messages([prompt(1, "ask"), reply(2, text, MessageStatus.FAILED)])
    settled()
    copy = widget_of(view, 2).findChild(QAbstractButton, "copy_message")
    assert copy.isVisible()
    assert copy.isEnabled() is can_copy


def _code_on_the_screen(view) -> list[bool]:
    """Whether the buttons of each code block that begins on the screen are there."""
    found = []
    for widget in view.widgets():
        shown = [button for button in widget.findChildren(QWidget, "copy_code") if button.isVisible()]
        for flow, _, top in widget._flows_shown():
            for piece in flow.pieces:
                y = top + piece.y
                if piece.kind == "code" and piece.has_header and 0 <= widget.y() + y < view.viewport().height():
                    found.append(any(y <= button.y() < y + 30 for button in shown))
    return found


def test_code_that_comes_up_when_thoughts_are_folded_has_its_buttons(view, settled):
    code = "```python\nx = 1\n```\n\n"
    thoughts = reply(2, "Short.", reasoning="A line of thoughts.\n\n" * 200)
    view.show_messages([prompt(1, "x"), thoughts, *(reply(n, code * 3) for n in range(3, 20))])
    view.scroll_by(-100_000)
    header = view.widget_of(2).findChild(ReasoningHeader)
    header.click()
    settled()
    header.click()
    settled()
    found = _code_on_the_screen(view)
    assert len(found) > 3
    assert all(found)


def test_code_on_the_screen_has_its_buttons_when_what_is_far_above_is_less_than_it_seemed(view, settled):
    links = "[a](https://example.com/" + "long" * 40 + ")\n\n"
    for lines in range(20, 40):
        code = "Words.\n\n" * lines + "```python\nx = 1\n```\n\n" * 4
        view.show_messages([reply(2, links * 150), reply(3, code)])
        settled()
        found = _code_on_the_screen(view)
        assert len(found) > 1
        assert all(found), lines


def test_the_button_to_the_end_is_in_the_middle_where_the_scroll_bar_is_at_the_left(view, settled):
    view.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    view.show_messages([reply(n, "Words. " * 300) for n in range(2, 9)])
    view.scroll_by(-500)
    settled()
    button = view.findChild(QWidget, "jump_to_latest")
    assert button.mapTo(view, button.rect().center()).x() == (view.width() - button.width()) // 2 + 17


def test_after_a_flush_that_failed_the_text_that_comes_is_shown(streaming, settled, monkeypatch):
    def failing(text: str, reasoning: str) -> None:
        raise RuntimeError("a bug")

    with monkeypatch.context() as patched:
        patched.setattr(streaming.widget_of(2), "feed", failing)
        streaming.append_text(2, "One ")
        with pytest.raises(RuntimeError, match="a bug"):
            streaming.flush()
    streaming.append_text(2, "two.")
    settled()
    assert streaming.widget_of(2).body.plain((0, 0), (0, 99)) == "One two."
