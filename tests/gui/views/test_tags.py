"""Tags in the list of chats and in their dialog: by mouse and by keys, painted, spoken and searched for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from qwen_desktop.core.chat.tags import TagUse
from qwen_desktop.ui.models.conversation_list import ConversationRole
from qwen_desktop.ui.theme import Theme
from qwen_desktop.ui.views.conversation_menu import chats_menu
from qwen_desktop.ui.views.sidebar import Sidebar
from qwen_desktop.ui.views.tags_dialog import TagsDialog
from tests.gui.views.test_sidebar import summary
from tests.listing import list_chats

CTRL = Qt.KeyboardModifier.ControlModifier
SPOKEN = Qt.ItemDataRole.AccessibleTextRole


def tagged(number: int, *tags: str) -> Any:
    return replace(summary(number), tags=tags)


@pytest.fixture
def sidebar(theme: Theme, shown: Callable[..., Any]) -> Sidebar:
    made = Sidebar(theme)
    made.resize(260, 600)
    list_chats(made.conversations, [tagged(1, "旅行 计划", "work", "third"), tagged(2), tagged(3, "x" * 40)])
    return shown(made)


def chips(sidebar: Sidebar, number: int) -> list[str]:
    """The tags one comes upon from the right end of a row to its left."""
    box = sidebar.list.visualRect(sidebar.conversations.index_of(number))
    found = (sidebar.list._tag_at(QPoint(x, box.center().y())) for x in range(box.right(), box.left(), -2))
    return list(dict.fromkeys(tag for tag in found if tag))


def test_a_row_shows_the_tags_there_is_room_for_and_speaks_all(sidebar: Sidebar) -> None:
    assert chips(sidebar, 1) == ["旅行 计划"], "the others are counted"
    assert (chips(sidebar, 2), chips(sidebar, 3)) == ([], ["x" * 40])
    index = sidebar.conversations.index_of(1)
    assert index.data(SPOKEN) == "chat 1, tags: 旅行 计划, work, third"
    assert index.data(Qt.ItemDataRole.ToolTipRole) == "旅行 计划, work, third"
    sidebar.resize(700, 600)
    assert chips(sidebar, 1) == ["third", "work", "旅行 计划"]
    assert sidebar.grab().save is not None


def test_a_tag_of_which_nothing_could_be_read_is_counted(sidebar: Sidebar) -> None:
    sidebar.resize(180, 600)
    assert chips(sidebar, 1) == []
    delegate, list_view = sidebar.list._delegate, sidebar.list
    chat = tagged(1, "旅行 计划", "work", "third")
    found = delegate._chips(list_view.visualRect(sidebar.conversations.index_of(1)), chat.tags)
    assert [words for _, words, _ in found] == ["+3"]


def test_a_click_on_a_tag_searches_for_it_and_opens_no_chat(sidebar: Sidebar, qtbot: Any) -> None:
    box = sidebar.list.visualRect(sidebar.conversations.index_of(3))
    at = QPoint(box.right() - 30, box.center().y())
    with qtbot.assertNotEmitted(sidebar.conversation_selected):
        QTest.mouseMove(sidebar.list.viewport(), at)
        QTest.mouseClick(sidebar.list.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert sidebar.search_field.text() == f'tag:"{"x" * 40}"'
    assert sidebar.search_field.hasFocus()
    QTest.keyClick(sidebar.search_field, Qt.Key.Key_Escape)
    assert sidebar.search_field.text() == ""


def test_the_key_and_the_menu_ask_for_the_tags_of_all_that_are_marked(sidebar: Sidebar, theme: Theme) -> None:
    asked: list[object] = []
    sidebar.list.tags_requested.connect(asked.append)
    sidebar.set_current(2)
    sidebar.list.setFocus()
    QTest.keyClick(sidebar.list, Qt.Key.Key_T, CTRL)
    QTest.keyClick(sidebar.list, Qt.Key.Key_A, CTRL)
    QTest.keyClick(sidebar.list, Qt.Key.Key_T, CTRL)
    next(one for one in chats_menu(sidebar.list, theme, (3,)).actions() if one.text() == "Tags…").trigger()
    assert asked == [(2,), (1, 2, 3), (3,)]
    assert sidebar.list.currentIndex().data(ConversationRole.ID) == 2


USES = [TagUse("code", 8, 0), TagUse("work", 31, 1), TagUse("旅行", 12, 2)]


@pytest.fixture
def dialog(theme: Theme, shown: Callable[..., Any]) -> TagsDialog:
    made = TagsDialog(theme, "Tags of 2 chats")
    made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    made.show_tags(USES, 2)
    made.told = []
    made.chosen.connect(lambda *what: made.told.append(what))
    shown(made)
    return made


def rows(dialog: TagsDialog) -> list[str]:
    return [str(dialog.rows.index(row).data(SPOKEN)) for row in range(dialog.rows.rowCount())]


def keys(dialog: TagsDialog, *pressed: str | Qt.Key) -> None:
    for one in pressed:
        if isinstance(one, str):
            committed = QInputMethodEvent()
            committed.setCommitString(one)
            QApplication.sendEvent(dialog.field, committed)
        else:
            QTest.keyClick(dialog.field, one)


DOWN, ENTER = Qt.Key.Key_Down, Qt.Key.Key_Return


def test_what_the_chats_have_stands_first(dialog: TagsDialog) -> None:
    assert rows(dialog) == ["work, on some of the chats", "旅行, on", "code, off"]


def test_typing_completes_and_enter_ticks(dialog: TagsDialog) -> None:
    keys(dialog, "CO")
    assert rows(dialog) == ["code, off", "New tag “CO”"]
    keys(dialog, ENTER)
    assert rows(dialog) == ["work, on some of the chats", "旅行, on", "code, on"]
    keys(dialog, "WORK", ENTER)
    keys(dialog, ENTER)  # nothing is typed: it saves
    assert dialog.told == [(("work", "code"), ())]


def test_ctrl_and_enter_saves_what_is_typed(dialog: TagsDialog) -> None:
    keys(dialog, "wo")
    QTest.keyClick(dialog.field, ENTER, CTRL)
    assert dialog.told == [(("wo",), ())]


def test_new_tags_by_enter_by_comma_and_by_saving(dialog: TagsDialog) -> None:
    keys(dialog, "co", DOWN, ENTER)
    keys(dialog, "a b，Code, last")
    assert rows(dialog) == ["New tag “last”"]
    dialog.save_button.click()
    assert dialog.told == [(("code", "co", "a b", "last"), ())]


def test_tags_are_taken_away_and_partly_is_a_state_to_come_back_to(dialog: TagsDialog) -> None:
    keys(dialog, DOWN)
    spoken = [rows(dialog)[0] for _ in range(3) if keys(dialog, ENTER) is None]
    assert spoken == ["work, on", "work, off", "work, on some of the chats"]
    box = dialog.list.visualRect(dialog.rows.index(1))
    QTest.mouseClick(dialog.list.viewport(), Qt.MouseButton.LeftButton, pos=box.center())
    dialog.save()
    assert dialog.told == [((), ("旅行",))]


def test_nothing_changed_tells_nothing(dialog: TagsDialog) -> None:
    keys(dialog, ENTER)  # nothing typed, nothing marked: it saves
    assert not dialog.isVisible()
    assert dialog.told == []
