"""Sources of a reply on the screen: the list below it, numbers that lead to them, and nothing that acts by itself."""

from __future__ import annotations

import time

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from qwen_desktop.core.chat.message import MessageStatus, Source
from qwen_desktop.ui.transcript.source_list import FEW, MOST, SourceList, SourceRow
from tests.gui.transcript.conftest import LEFT, prompt, reply
from tests.yardstick import slower

ONE = Source(1, "Hangzhou forecast", "https://weather.example.org/hz", "Weather")
TWO = Source(2, "杭州天气预报", "https://tianqi.example.cn/hz")
TEXT = (
    "明天多云[1][ref_2]，见`a[1]`。\n\n- **热[2]**\n\n| a | b |\n|---|---|\n"
    "| x | y[1] |\n\n```python\nfirst = a[1]\n```\n\nEnd[9].\n"
)
LINKS = [("[1]", ONE.url), ("[ref_2]", TWO.url), ("[2]", TWO.url), ("[1]", ONE.url)]


def links(view, message_id: int = 2) -> list[tuple[str, str]]:
    """What leads somewhere in the text of a message, in reading order."""
    found = []
    for piece in view.widget_of(message_id).body.pieces:
        cells = [run for row in getattr(piece, "rows", ()) for cell in row for run in cell]
        runs = piece.runs if hasattr(piece, "runs") else cells
        found += [(text, look.url) for text, look in runs if look.url]
    return found


def rows(view, message_id: int = 2) -> list[SourceRow]:
    return [row for row in view.widget_of(message_id).findChildren(SourceRow) if row.isVisible()]


def show(view, settled, text: str, sources: tuple[Source, ...]) -> None:
    view.show_messages([prompt(1, "Weather?"), reply(2, text, sources=sources)])
    settled()


def test_a_stored_reply_lists_its_sources_and_its_numbers_lead_to_them(view, settled):
    show(view, settled, TEXT, (ONE, TWO))
    assert links(view) == LINKS
    assert [row.accessibleName() for row in rows(view)] == [
        "Source 1: Hangzhou forecast, weather.example.org",
        "Source 2: 杭州天气预报, tianqi.example.cn",
    ]
    (shown,) = view.widget_of(2).findChildren(SourceList)
    assert shown.accessibleName() == "Sources: 2"
    assert view.text_of(2) == TEXT


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_numbers_cut_anywhere_while_they_arrive_lead_to_their_sources(view, settled, size):
    view.show_messages([prompt(1, "Weather?"), reply(2, "", MessageStatus.WRITING)])
    view.set_sources(2, (ONE, TWO))
    for at in range(0, len(TEXT), size):
        view.append_text(2, TEXT[at : at + size])
        view.flush()
        assert not rows(view)  # the end of the text stays where it is read
    assert links(view) == LINKS
    view.end_message(reply(2, TEXT, sources=(ONE, TWO)))
    settled()
    assert links(view) == LINKS
    assert len(rows(view)) == 2


@pytest.mark.parametrize("cut", range(1, 9))
def test_a_number_split_at_every_place(view, settled, cut):
    text = "a [ref_2]b"
    view.show_messages([prompt(1, "x"), reply(2, "", MessageStatus.WRITING)])
    view.set_sources(2, (ONE, TWO))
    view.append_text(2, text[: 1 + cut])
    view.flush()
    settled()
    view.append_text(2, text[1 + cut :])
    view.flush()
    settled()
    assert links(view) == [("[ref_2]", TWO.url)]


def test_sources_that_come_after_the_text_are_linked_when_it_is_done(view, settled):
    view.show_messages([prompt(1, "Weather?"), reply(2, "", MessageStatus.WRITING)])
    view.append_text(2, TEXT)
    view.flush()
    settled()
    height = view.widget_of(2).body.height
    view.set_sources(2, (ONE, TWO))
    view.end_message(reply(2, TEXT, sources=(ONE, TWO)))
    settled()
    assert links(view) == LINKS
    assert view.widget_of(2).body.height == height


def test_a_reply_that_goes_on_has_its_list_again_at_its_end(view, settled):
    show(view, settled, "Half[1]", (ONE,))
    view.resume_message(reply(2, "Half[1]", MessageStatus.CONNECTING, sources=(ONE,)))
    settled()
    assert rows(view) == []
    view.append_text(2, " and whole[2]")
    view.end_message(reply(2, "Half[1] and whole[2]", sources=(ONE, TWO)))
    settled()
    assert links(view) == [("[1]", ONE.url), ("[2]", TWO.url)]
    assert len(rows(view)) == 2


def test_a_click_or_a_key_opens_a_source_and_nothing_else_does(view, settled, qtbot):
    opened: list[str] = []
    view.link_activated.connect(opened.append)
    show(view, settled, "See[1]", (ONE, TWO))
    assert opened == []
    first, second = rows(view)
    QTest.mouseClick(first, LEFT, Qt.KeyboardModifier.NoModifier, QPoint(30, first.height() // 2))
    second.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(second, Qt.Key.Key_Return)
    QTest.keyClick(second, Qt.Key.Key_Space)
    assert opened == [ONE.url, TWO.url, TWO.url]
    widget = view.widget_of(2)
    flow, x, y = widget.section("body")
    rect = flow.pieces[0].box.rects(3, 6)[0]
    QTest.mouseClick(widget, LEFT, pos=QPoint(int(x + rect.center().x()), int(y + rect.center().y())))
    assert opened[3:] == [ONE.url]


def test_the_keyboard_goes_from_the_message_through_its_sources(view, settled):
    show(view, settled, "See[1]", (ONE, TWO))
    stops = view.widget_of(2).tab_stops
    assert stops[1:3] == rows(view)
    view.widget_of(2).setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(view.widget_of(2), Qt.Key.Key_Tab)
    assert rows(view)[0].hasFocus()
    QTest.keyClick(rows(view)[0], Qt.Key.Key_Tab)
    assert rows(view)[1].hasFocus()


def test_copies_hold_the_text_exactly_and_no_list(view, settled):
    show(view, settled, TEXT, (ONE, TWO))
    widget = view.widget_of(2)
    widget.copy_all()
    assert QGuiApplication.clipboard().text() == TEXT
    view.selection.select_all()
    view.selection.copy()
    assert QGuiApplication.clipboard().text() == f"Weather?\n\n{TEXT}"


HOSTILE = (
    Source(1, "javascript", "javascript:alert(1)"),
    Source(2, "data", "data:text/html,<script>alert(1)</script>"),
    Source(3, "file", "file:///etc/passwd"),
    Source(4, "hidden", "https://example.com/\u202egpj.exe"),
    Source(5, "\u202eevil\u202c\x1b[31m\n" + "x" * 100_000, "https://google.com@evil.example/"),
    Source(6, "<img src='https://leak.example/?chat'><b>bold</b>", ""),
)


def test_hostile_sources_lead_nowhere_and_do_nothing(view, settled):
    opened: list[str] = []
    view.link_activated.connect(opened.append)
    show(view, settled, "".join(f"[{n}] " for n in range(1, 7)), HOSTILE)
    assert links(view) == [("[5]", HOSTILE[4].url)]
    shown = rows(view)
    assert [row.isEnabled() for row in shown] == [False, False, False, False, True, False]
    for row in shown:
        QTest.mouseClick(row, LEFT)
    assert opened == [HOSTILE[4].url]
    assert shown[4].accessibleName().startswith("Source 5: evil[31m x")
    assert shown[4].accessibleName().endswith("…, evil.example")
    assert len(shown[4].accessibleName()) < 300
    assert all(row.width() <= view.width() for row in shown)


def test_ten_thousand_sources_are_bounded_and_the_rest_is_counted(view, settled):
    many = tuple(Source(n, f"Page {n}", f"https://example.com/{n}") for n in range(1, 10_001))
    view.show_messages([prompt(1, "x"), reply(2, "", MessageStatus.WRITING)])
    view.append_text(2, "All[1] of them[10000].")
    began = time.thread_time()
    view.set_sources(2, many)
    view.end_message(reply(2, "All[1] of them[10000].", sources=many))
    view.flush()
    view.repaint()
    assert time.thread_time() - began < 0.1 * slower()
    settled()
    assert len(rows(view)) == FEW
    (shown,) = view.widget_of(2).findChildren(SourceList)
    assert shown.more.text() == "and 9,995 more"
    height = view.widget_of(2).height()
    shown.more.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(shown.more, Qt.Key.Key_Return)
    settled()
    assert len(rows(view)) == MOST
    assert view.widget_of(2).height() > height
    assert shown.more.text() == "Show fewer"
    assert shown.more in view.widget_of(2).tab_stops
    QTest.mouseClick(shown.more, LEFT)
    settled()
    assert len(rows(view)) == FEW
    assert view.widget_of(2).height() == height


def test_one_more_than_a_few_is_not_worth_a_button(view, settled):
    show(view, settled, "x", tuple(Source(n, "t", f"https://example.com/{n}") for n in range(FEW + 1)))
    assert len(rows(view)) == FEW + 1
    (shown,) = view.widget_of(2).findChildren(SourceList)
    assert not shown.more.isVisible()


def test_plain_chats_and_prompts_have_no_links_in_their_text(view, settled):
    view.show_messages([prompt(1, "see [1]"), reply(2, "see [1]", sources=(ONE,))], as_plain=True)
    settled()
    assert links(view) == []
    assert len(rows(view)) == 1


def test_a_larger_text_and_other_colours_lay_the_list_out_anew(view, settled, theme):
    show(view, settled, "See[1]", (ONE, TWO))
    before = rows(view)[1].y()
    view.set_zoom(2.0)
    settled()
    assert rows(view)[1].y() > before
    assert rows(view)[1].geometry().bottom() < view.widget_of(2).height()
