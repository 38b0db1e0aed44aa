"""One message: selection, links, code blocks, reasoning, actions and notices, by mouse and keyboard."""

from __future__ import annotations

import threading
from types import SimpleNamespace

import pytest
from pygments.token import Token
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, Qt
from PySide6.QtGui import QContextMenuEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QPushButton, QWidget

from qwen_desktop.core.chat.message import MessageStatus
from qwen_desktop.ui.transcript import code_block
from qwen_desktop.ui.transcript.code_block import CodeBlock, CodePiece
from qwen_desktop.ui.transcript.highlight import Lexers
from qwen_desktop.ui.transcript.message_widget import MessageWidget
from qwen_desktop.ui.transcript.notice import Notice, NoticeBox
from qwen_desktop.ui.transcript.reasoning_header import ReasoningHeader
from tests.gui.transcript.conftest import LEFT, prompt, reply

SHORT = "First **bold** words.\n\nSecond `code` words.\n\n```python\ndef f():\n    return 1\n```\n\nLast 😀 words."


@pytest.fixture
def message(view, settled):
    """Show one reply and give its widget."""

    def show(text: str, **values) -> MessageWidget:
        view.show_messages([reply(2, text, **values)])
        settled()
        widget = view.widget_of(2)
        assert widget is not None
        return widget

    return show


def point_of(widget: MessageWidget, piece: int, position: int) -> QPoint:
    """Where a position of a piece is on the screen."""
    flow, x, y = widget.section("body")
    found = flow.pieces[piece]
    rect = found.box.rects(position, position + 1)[0]
    return QPoint(int(x + found.indent_px + rect.left() + 1), int(y + found.y + rect.center().y()))


def drag(widget: QWidget, start: QPoint, end: QPoint) -> None:
    QTest.mousePress(widget, LEFT, Qt.KeyboardModifier.NoModifier, start)
    QTest.mouseMove(widget, start + (end - start) / 2)
    QTest.mouseMove(widget, end)
    QTest.mouseRelease(widget, LEFT, Qt.KeyboardModifier.NoModifier, end)


def copied(widget: QWidget) -> str:
    QGuiApplication.clipboard().setText("nothing")
    QTest.keyClick(widget, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    return QGuiApplication.clipboard().text()


def test_a_drag_within_bold_text_copies_the_words_alone(message):
    widget = message(SHORT)
    drag(widget, point_of(widget, 0, 6), point_of(widget, 0, 10))
    assert copied(widget) == "bold"


def test_a_drag_over_inline_code_copies_it_as_code(message):
    widget = message(SHORT)
    drag(widget, point_of(widget, 1, 0), point_of(widget, 1, 15))
    assert copied(widget) == "Second `code` w"


def test_a_drag_across_blocks_copies_all_between(message):
    widget = message(SHORT)
    drag(widget, point_of(widget, 0, 6), point_of(widget, 3, 5))
    assert copied(widget) == SHORT[len("First ") : -len("😀 words.")]


def test_a_double_click_takes_a_word_and_a_third_the_paragraph(message):
    widget = message(SHORT)
    at = point_of(widget, 0, 7)
    QTest.mouseClick(widget, LEFT, Qt.KeyboardModifier.NoModifier, at)
    QTest.mouseDClick(widget, LEFT, Qt.KeyboardModifier.NoModifier, at)
    assert copied(widget) == "bold"
    QTest.mousePress(widget, LEFT, Qt.KeyboardModifier.NoModifier, at)
    assert copied(widget) == "First **bold** words."


def test_select_all_copies_the_exact_source(message):
    text = "# T\r\n\r\n- a  \n- **b**\n\n[x]: /y\n"
    widget = message(text)
    QTest.mouseClick(widget, LEFT, Qt.KeyboardModifier.NoModifier, QPoint(60, 40))
    QTest.keyClick(widget, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert copied(widget) == text


def test_a_selection_is_visible(message):
    widget = message(SHORT)
    before = widget.grab().toImage()
    drag(widget, point_of(widget, 0, 6), point_of(widget, 0, 10))
    assert widget.grab().toImage() != before


def test_reasoning_is_never_part_of_what_is_copied(message, view):
    widget = message("The reply.", reasoning="The thoughts.", thinking_s=3.0)
    QTest.mouseClick(widget, LEFT, Qt.KeyboardModifier.NoModifier, QPoint(60, 60))
    QTest.keyClick(widget, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert copied(widget) == "The reply."
    assert view.text_of(2) == "The reply."


def test_a_click_on_a_link_tells_its_address_and_opens_nothing(message, view):
    widget = message("See [the page](https://qwen.ai/a?b=1&c=2) or https://example.org/x.")
    told = []
    view.link_activated.connect(told.append)
    QTest.mouseClick(widget, LEFT, Qt.KeyboardModifier.NoModifier, point_of(widget, 0, 6))
    QTest.mouseClick(widget, LEFT, Qt.KeyboardModifier.NoModifier, point_of(widget, 0, 20))
    QTest.mouseClick(widget, LEFT, Qt.KeyboardModifier.NoModifier, point_of(widget, 0, 1))
    assert told == ["https://qwen.ai/a?b=1&c=2", "https://example.org/x"]


@pytest.mark.parametrize(
    "text",
    [
        "[click](javascript:alert(1))",
        "[click](JaVaScRiPt:alert(1))",
        "[click](file:///etc/passwd)",
        "[click](data:text/html,x)",
        "[click](vbscript:x)",
        "[click](smb://host/share)",
        "[click](/local/path)",
        "<javascript:alert(1)>",
        "<a href='//evil.example'>click</a>",
        "https://qwen.ai\u202egpj.exe",
    ],
)
def test_a_link_that_is_no_web_address_is_inert(message, text):
    widget = message(text)
    flow, _, _ = widget.section("body")
    assert not any(flow.link_at(x, flow.height / 2) for x in range(0, 700, 2))


def test_an_image_is_named_and_linked_but_not_fetched(message):
    widget = message("![a cat](https://example.org/cat.png)")
    flow, _, _ = widget.section("body")
    assert flow.plain((0, 0), flow.end_mark()) == "a cat"
    assert flow.link_at(4, 10) == "image-alone:https://example.org/cat.png"


def test_a_picture_alone_has_a_box_that_names_its_host(message, view):
    widget = message("![a cat](https://example.org/cat.png)\n\nSee ![dog](https://example.net/d.png).")
    flow, x, y = widget.section("body")
    box, text = flow.pieces
    assert (box.kind, text.kind) == ("image", "text")
    assert box.height > text.height + 20
    told = []
    view.link_activated.connect(told.append)
    QTest.mouseClick(widget, LEFT, Qt.KeyboardModifier.NoModifier, QPoint(x + 300, y + box.y + 8))
    assert told == ["image-alone:https://example.org/cat.png"]
    QTest.mouseMove(widget, QPoint(x + 20, y + box.y + 8))
    assert "Image from example.org, not loaded" in widget.toolTip()
    QTest.mouseMove(widget, point_of(widget, 1, 5))
    assert "Image from example.net, not loaded" in widget.toolTip()
    drag(widget, QPoint(x + 46, y + box.y + 14), QPoint(x + 400, y + box.y + 14))
    assert copied(widget) == "![a cat](https://example.org/cat.png)"


def test_code_buttons_copy_the_code_and_wrap_its_lines(message):
    widget = message("```bash\n" + "word " * 60 + "\n```\n")
    copy = widget.findChild(QPushButton, "copy_code")
    wrap = widget.findChild(QPushButton, "wrap_code")
    assert (copy.accessibleName(), wrap.accessibleName()) == ("Copy code", "Wrap lines")
    QTest.mouseClick(copy, LEFT)
    assert QGuiApplication.clipboard().text() == "word " * 60 + "\n"
    height = widget.height()
    assert widget.findChild(QWidget, "scroll_sideways").isVisible()
    QTest.mouseClick(wrap, LEFT)
    assert widget.height() > height
    visible = [bar for bar in widget.findChildren(QWidget, "scroll_sideways") if bar.isVisible()]
    assert not visible


def test_code_is_coloured_once_its_lexer_is_there(view, message, qtbot):
    widget = message("```python\ndef f():\n    return 'text'  # note\n```\n")
    piece = widget.body.pieces[0]
    assert isinstance(piece, CodePiece)
    qtbot.waitUntil(lambda: any(piece.block.spans))
    roles = {role for spans in piece.block.spans for _, _, role in spans}
    assert roles == {"syntax_keyword", "syntax_function", "syntax_string", "syntax_comment"}


@pytest.mark.parametrize("language", ["python", "json", "c", "html", "no-such-language", "../../x", "a" * 500])
def test_streamed_code_ends_with_the_colours_of_loaded_code(view, settled, qtbot, language):
    code = "".join(
        f'def f{n}(a): return {{"k": [1, "{n}"], "s": """x\ny"""}} // c <b>x</b> /* d */\n' for n in range(60)
    )
    text = f"```{language}\n{code}```\n"
    view.show_messages([prompt(1, "x"), reply(2, "", MessageStatus.WRITING)])
    for at in range(0, len(text), 97):
        view.append_text(2, text[at : at + 97])
        view.flush()
    view.end_message(reply(2, text))
    has_lexer = language in ("python", "json", "c", "html")

    def coloured():
        """Its block, once its lexer was loaded and has read it: a block that is no longer shown gets no colours."""
        settled()
        block = view.widget_of(2).body.pieces[0].block
        qtbot.waitUntil(lambda: not view.is_busy and any(block.spans) == has_lexer)
        return block

    streamed = coloured()
    view.show_messages([prompt(1, "x"), reply(2, text)])
    loaded = coloured()
    assert streamed.spans == loaded.spans
    assert streamed.code == loaded.code == code


def test_the_keyboard_goes_through_the_buttons_of_blocks_from_top_to_bottom(message):
    code, table = "```python\nx = 1\n```\n\n", "| a | b |\n|---|---|\n| 1 | 2 |\n\n"
    widget = message(code + table + code + table)
    names, stop = [], widget.nextInFocusChain()
    while stop is not widget:
        names += [stop.objectName()] if stop.objectName() in ("copy_code", "copy_table") else []
        stop = stop.nextInFocusChain()
    assert names == ["copy_code", "copy_table"] * 2


def test_a_wide_table_that_was_streamed_has_room_for_one_scroll_bar(streaming, message, settled):
    table = "|" + " a wide header |" * 12 + "\n|" + "---|" * 12 + "\n" + ("|" + " cell |" * 12 + "\n") * 20
    for line in table.splitlines(keepends=True):
        streaming.append_text(2, line)
        settled()
    streamed = [(piece.y, piece.height) for piece in streaming.widget_of(2).body.pieces]
    loaded = message(table)
    assert streamed == [(piece.y, piece.height) for piece in loaded.body.pieces]


def test_what_is_ordinary_text_in_the_end_has_no_colours(monkeypatch):
    kinds = [Token.Literal.String, Token.Text]
    lexer = SimpleNamespace(get_tokens_unprocessed=lambda code: iter([(0, kinds[0], code)]))
    monkeypatch.setattr(code_block, "LEXERS", SimpleNamespace(find=lambda *_: lexer))
    block = CodeBlock("x", lambda: None, lambda _: None)
    block.grow("one\ntwo\nthree\n")
    block.look_at()
    assert all(block.spans)
    del kinds[0]
    block.close()
    while block.colour_some():
        pass
    assert not any(block.spans)


def test_a_lexer_that_comes_when_a_chat_that_wanted_it_is_gone_colours_the_next(view, settled, qtbot, monkeypatch):
    may_load, load = threading.Event(), Lexers._load
    monkeypatch.setattr(Lexers, "_load", lambda self, name: (may_load.wait(10), load(self, name)))
    monkeypatch.setattr(code_block, "LEXERS", Lexers())
    for _ in range(2):
        view.show_messages([prompt(1, "x"), reply(2, "```lua\nlocal a = 'text'\n```\n")])
        settled()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    may_load.set()
    block = view.widget_of(2).body.pieces[0].block
    qtbot.waitUntil(lambda: any(block.spans))


def test_reasoning_is_open_while_it_runs_and_folds_when_the_text_begins(streaming, settled):
    streaming.set_status(2, MessageStatus.THINKING, None)
    streaming.set_status_words(2, "Thinking · 7 s")
    streaming.append_reasoning(2, "Some thoughts.")
    settled()
    widget = streaming.widget_of(2)
    header = widget.findChild(ReasoningHeader)
    assert (header.text(), header.isChecked(), header.isVisible()) == ("Thinking · 7 s", True, True)
    open_height = widget.height()
    streaming.set_status(2, MessageStatus.WRITING, 12.4)
    streaming.append_text(2, "Text.")
    settled()
    assert (header.text(), header.isChecked()) == ("Thought for 12 s", False)
    streaming.end_message(reply(2, "Text.", reasoning="Some thoughts.", thinking_s=12.4))
    settled()
    folded = widget.height()
    header.setFocus()
    QTest.keyClick(header, Qt.Key.Key_Space)
    settled()
    assert header.isChecked()
    assert widget.height() > folded
    assert open_height > 0


def test_keyboard_reaches_the_actions_of_every_message(message, view, qtbot):
    widget = message(SHORT, reasoning="hm", thinking_s=1.0)
    view.activateWindow()
    qtbot.waitUntil(view.isActiveWindow)
    view.setFocus()
    reached = []
    for _ in range(12):
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        focus = QApplication.focusWidget()
        assert focus.accessibleName(), f"no name: {focus}"
        if focus in reached:
            break
        reached.append(focus)
    names = [focus.objectName() for focus in reached]
    at = names.index("message")
    assert names[at : at + 7] == [
        "message", "reasoning", "wrap_code", "save_code", "copy_code", "copy_message", "regenerate",
    ]  # fmt: skip
    assert widget in reached


def test_actions_appear_under_the_mouse_and_always_below_the_last_reply(view, settled):
    view.show_messages([prompt(1, "x"), reply(2, "old"), prompt(3, "y"), reply(4, "new")])
    settled()
    assert view.widget_of(4).findChild(QPushButton, "copy_message").isVisible()
    old = view.widget_of(2).findChild(QPushButton, "copy_message")
    assert (old is not None and old.isVisible()) == view.widget_of(2).underMouse()
    view.widget_of(2).setFocus()
    assert view.widget_of(2).findChild(QPushButton, "copy_message").isVisible()
    asked = []
    view.action_requested.connect(lambda *what: asked.append(what))
    QTest.mouseClick(view.widget_of(4).findChild(QPushButton, "regenerate"), LEFT)
    assert asked == [(4, "regenerate")]


def test_a_notice_has_real_buttons_and_folded_details(message, view, settled):
    widget = message("Half a reply")
    notice = Notice("The connection was cut. What arrived is kept.", ("code: reset", "request 21"),
                    (("retry", "Retry", False), ("continue", "Continue", True)))  # fmt: skip
    view.show_notice(2, notice)
    settled()
    box = widget.findChild(NoticeBox)
    assert [button.text() for button in box.findChildren(QPushButton) if button.isVisible()] == [
        "Retry", "Continue", "Details",
    ]  # fmt: skip
    pressed = []
    view.notice_action.connect(lambda *what: pressed.append(what))
    QTest.mouseClick(box.buttons[1], LEFT)
    assert pressed == [(2, "continue")]
    height = box.height()
    QTest.mouseClick(box.details, LEFT)
    settled()
    assert box.height() > height
    QTest.mouseClick(box.copy, LEFT)
    assert QGuiApplication.clipboard().text() == "code: reset\nrequest 21"
    view.show_notice(2, None)
    settled()
    assert widget.findChildren(NoticeBox) == []


def test_the_context_menu_pops_up_without_a_loop_of_its_own(message, qtbot):
    widget = message(SHORT)
    at = QPoint(80, 30)
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, widget.mapToGlobal(at))
    QApplication.sendEvent(widget, event)
    menu = widget.findChild(QMenu)
    assert [action.text() for action in menu.actions() if not action.isSeparator()] == [
        "Copy", "Copy message", "Copy as plain text", "Quote selection", "View as plain text", "Copy as curl",
        "Copy as Python", "Select all", "Regenerate", "New chat from here",
        "Leave this turn out", "Delete only this turn", "Delete from here on",
    ]  # fmt: skip
    menu.actions()[1].trigger()
    assert QGuiApplication.clipboard().text() == SHORT
    menu.close()
    qtbot.waitUntil(lambda: widget.findChild(QMenu) is None)


def test_a_wide_table_scrolls_sideways(message):
    columns = 14
    text = "|" + " heading |" * columns + "\n|" + "---|" * columns + "\n|" + " some longer cell |" * columns + "\n"
    widget = message(text)
    bar = widget.findChild(QWidget, "scroll_sideways")
    assert bar.isVisible()
    assert bar.maximum() > 200
    before = widget.grab().toImage()
    bar.setValue(150)
    assert widget.grab().toImage() != before
    assert widget.body.pieces[0].table.scrolled_px == 150


WIDE_ARABIC = "|" + " عنوان طويل |" * 14 + "\n|" + "---|" * 14 + "\n|" + " خلية أطول قليلا |" * 14 + "\n"


def first_column_px(widget: MessageWidget) -> tuple[float, float]:
    """Where its right edge is, and that of the text column."""
    piece = widget.body.pieces[0]
    return piece._cell_x(0) + piece._widths[0], piece._width


def test_a_wide_table_from_right_to_left_starts_at_its_right_end(message, qtbot):
    widget = message(WIDE_ARABIC)
    bar = widget.findChild(QWidget, "scroll_sideways")
    assert bar.value() == bar.maximum() > 200
    edge, room = first_column_px(widget)
    assert room - 1 <= edge < room + 1
    view = widget.window()
    view.resize(view.width() - 150, view.height())
    qtbot.waitUntil(lambda: first_column_px(widget)[1] < room)
    edge, room = first_column_px(widget)
    assert room - 1 <= edge < room + 1
    assert bar.value() == bar.maximum()
    bar.setValue(bar.maximum() - 120)
    assert room + 119 <= first_column_px(widget)[0] < room + 121
    bar.setValue(0)
    piece = widget.body.pieces[0]
    assert piece._cell_x(13) > 0  # all of the last column
    for position in range(piece.text_length):
        x, y = piece.caret(position)
        assert abs(piece.caret(piece.position_at(x, y + 4))[0] - x) <= 8, position  # a space where a line ends


def test_text_from_right_to_left_stands_on_the_right(message):
    widget = message("مرحبا بالعالم\n\nplain")
    first = widget.body.pieces[0].box
    assert first.is_right_to_left
    assert first.rects(0, 3)[0].left() > 400
    assert widget.body.pieces[1].box.rects(0, 3)[0].left() == 0


def test_a_table_of_right_to_left_text_begins_at_the_right(message):
    widget = message("| اسم | قيمة |\n|---|:--|\n| أ | 1 |\n\n| a | b |\n|---|---|\n| اسم | c |")
    arabic, latin = widget.body.pieces[0], widget.body.pieces[-1]
    for piece, is_mirrored in ((arabic, True), (latin, False)):
        places = [piece.caret(position) for position in range(piece.text_length)]
        (first, _), (last, _) = places[0], places[piece.text_length - 2]
        assert (first > last) == is_mirrored
        for position, (x, y) in enumerate(places):
            found = piece.caret(piece.position_at(x, y + 4))
            assert abs(found[0] - x) <= 1, position
    assert latin.caret(0)[0] == 0
    assert arabic.caret(0)[0] == pytest.approx(arabic._width, abs=3)


def test_point_to_position_and_back(message):
    widget = message("Some words 中文字 and 😀 emoji, " * 12)
    piece = widget.body.pieces[0]
    for position in range(0, piece.text_length - 1, 7):
        rect = piece.box.rects(position, position + 1)
        if rect:
            found = piece.position_at(rect[0].left() + 0.5, rect[0].center().y())
            assert abs(found - position) <= 1
    assert piece.end_of_text() != (0, 0)


def test_parts_of_a_text_with_emoji_and_code_are_copied_without_padding(message):
    widget = message("Hi 😀 `one` and `two` 😀 end")
    piece = widget.body.pieces[0]
    whole = piece.plain(0, piece.text_length)
    assert whole == "Hi 😀 one and two 😀 end"
    for begin in range(piece.text_length):
        assert whole.endswith(piece.plain(begin, piece.text_length).lstrip("\ufffd"))
        assert whole.startswith(piece.plain(0, begin).rstrip("\ufffd"))
        assert piece.plain(0, begin).rstrip("\ufffd") + piece.plain(begin, piece.text_length).lstrip("\ufffd") in (
            whole,
            whole.replace("😀", "", 1),
            "Hi 😀 one and two  end",
        )


def test_the_time_of_thinking_is_told_when_the_text_begins(streaming, settled):
    streaming.set_status(2, MessageStatus.THINKING, 0.0)
    streaming.append_reasoning(2, "hm")
    settled()
    streaming.append_text(2, "Text.")
    settled()
    assert streaming.widget_of(2).findChild(ReasoningHeader).text() == "Thought for 1 s"


def test_what_a_reply_waits_for_is_shown_where_its_text_will_be(streaming, settled):
    streaming.set_status(2, MessageStatus.CONNECTING, 0.0)
    settled()
    before = streaming.grab().toImage()
    streaming.set_status_words(2, "Connecting · 2 s")
    settled()
    assert streaming.grab().toImage() != before
    streaming.append_text(2, "Text.")
    settled()
    assert streaming.widget_of(2).state.waiting_words == ""
