"""Folders in the list of chats, and several chats marked at once: by mouse and by keys."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QMenu

from qwen_desktop.core.chat.chat_list import ListedChat
from qwen_desktop.ui.models.conversation_list import ConversationRole
from qwen_desktop.ui.theme import Theme
from qwen_desktop.ui.views.conversation_menu import chats_menu, folder_menu
from qwen_desktop.ui.views.sidebar import Sidebar
from tests.gui.views.test_sidebar import press, summary, words
from tests.listing import list_chats

LEFT = Qt.MouseButton.LeftButton
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
SPOKEN = Qt.ItemDataRole.AccessibleTextRole


def foldered(number: int, folder: str, **more: Any) -> Any:
    return replace(summary(number, **more), folder=folder)


@pytest.fixture
def sidebar(theme: Theme, shown: Callable[..., Any]) -> Sidebar:
    made = Sidebar(theme)
    made.resize(260, 700)
    list_chats(
        made.conversations,
        [
            summary(1),
            summary(2),
            foldered(3, "work", days=3),
            foldered(4, "Home"),
            foldered(5, "work", days=9, is_pinned=True),
            summary(6, days=40, is_pinned=True),
        ],
    )
    return shown(made)


def click(sidebar: Sidebar, index: Any, keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    place = sidebar.list.visualRect(index).topLeft() + QPoint(40, 18)
    QTest.mouseClick(sidebar.list.viewport(), LEFT, keys, place)


def chosen_of(sidebar: Sidebar) -> list[int]:
    chosen: list[int] = []
    sidebar.conversation_selected.connect(chosen.append)
    return chosen


def test_folders_stand_between_pinned_and_today(sidebar: Sidebar) -> None:
    assert words(sidebar.conversations) == [
        "Pinned",
        "chat 6",
        "Home",
        "chat 4",
        "work",
        "chat 5",
        "chat 3",
        "Today",
        "chat 1",
        "chat 2",
    ]
    assert sidebar.conversations.folders == ["Home", "work"]


def test_a_click_on_the_heading_closes_and_opens_and_opens_no_chat(sidebar: Sidebar) -> None:
    chosen, told = chosen_of(sidebar), []
    sidebar.conversations.folder_toggled.connect(lambda *one: told.append(one))
    click(sidebar, sidebar.conversations.folder_index("work"))
    assert "chat 5" not in words(sidebar.conversations)
    assert not sidebar.conversations.index_of(5).isValid()
    assert sidebar.conversations.folder_index("work").data(SPOKEN) == "Folder work, closed, chats: 2"
    click(sidebar, sidebar.conversations.folder_index("work"))
    assert "chat 5" in words(sidebar.conversations)
    assert sidebar.conversations.folder_index("work").data(SPOKEN) == "Folder work, open, chats: 2"
    assert (told, chosen) == ([("work", False), ("work", True)], [])


def test_left_and_right_close_and_open_by_keyboard(sidebar: Sidebar) -> None:
    sidebar.set_current(3)
    chosen = chosen_of(sidebar)
    sidebar.list.setFocus()
    QTest.keyClick(sidebar.list, Qt.Key.Key_Left)
    assert sidebar.list.currentIndex().data() == "work"
    QTest.keyClick(sidebar.list, Qt.Key.Key_Left)
    assert not sidebar.conversations.is_open("work")
    assert sidebar.list.currentIndex().data(ConversationRole.FOLDER) == "work"  # the keyboard stays where it was
    QTest.keyClick(sidebar.list, Qt.Key.Key_Right)
    assert sidebar.conversations.is_open("work")
    QTest.keyClick(sidebar.list, Qt.Key.Key_Return)
    assert not sidebar.conversations.is_open("work")
    assert chosen == []
    QTest.keyClick(sidebar.list, Qt.Key.Key_Down)
    assert chosen == [1]


def test_the_list_anew_leaves_the_keyboard_on_the_heading(sidebar: Sidebar) -> None:
    sidebar.set_current(1)
    click(sidebar, sidebar.conversations.folder_index("Home"))
    sidebar.conversations.put_newest(ListedChat.of(summary(9)))
    sidebar.set_current(1)
    assert sidebar.list.currentIndex().data(ConversationRole.FOLDER) == "Home"
    sidebar.set_current(2)
    assert sidebar.list.currentIndex().data(ConversationRole.ID) == 2


def test_what_is_in_a_closed_folder_changes_out_of_sight(sidebar: Sidebar) -> None:
    sidebar.conversations.close_folders(["work"])
    sidebar.set_current(3)
    assert not sidebar.list.currentIndex().isValid()
    sidebar.conversations.put_newest(ListedChat.of(foldered(3, "work", days=3, title="renamed")))
    sidebar.conversations.set_running(3, True)
    sidebar.conversations.close_folders([])
    assert sidebar.conversations.index_of(3).data() == "renamed"


def test_a_folder_is_renamed_in_place(sidebar: Sidebar, qtbot: Any) -> None:
    sidebar.list.setFocus()
    click(sidebar, sidebar.conversations.folder_index("work"))
    QTest.keyClick(sidebar.list, Qt.Key.Key_F2)
    editor = sidebar.list.findChild(QLineEdit, "chat_title")
    assert (editor.text(), editor.accessibleName()) == ("work", "Folder name")
    editor.setText(" at  work ")
    with qtbot.waitSignal(sidebar.conversations.folder_rename_requested, timeout=1000) as told:
        QTest.keyClick(editor, Qt.Key.Key_Return)
    assert told.args == ["work", "at work"]


def test_ctrl_and_shift_mark_and_the_open_chat_stays(sidebar: Sidebar) -> None:
    sidebar.set_current(1)
    chosen = chosen_of(sidebar)
    click(sidebar, sidebar.conversations.index_of(3), CTRL)
    assert (sidebar.list.marked, sidebar.list.shown_id, chosen) == ((3, 1), 1, [])
    click(sidebar, sidebar.conversations.index_of(2), SHIFT)
    assert (sidebar.list.marked, chosen) == ((3, 1, 2), [])
    sidebar.conversations.put_newest(ListedChat.of(summary(8)))
    sidebar.set_current(1)  # as after each listing
    assert set(sidebar.list.marked) == {3, 1, 2}
    press(sidebar, 2)
    assert (sidebar.list.marked, chosen) == ((), [2])


def test_a_row_that_was_only_marked_opens_by_a_click(sidebar: Sidebar) -> None:
    sidebar.set_current(1)
    chosen = chosen_of(sidebar)
    click(sidebar, sidebar.conversations.index_of(2), CTRL)
    click(sidebar, sidebar.conversations.index_of(2))
    assert (chosen, sidebar.list.marked) == ([2], ())


def test_shift_and_arrows_then_delete_asks_for_all(sidebar: Sidebar, qtbot: Any) -> None:
    sidebar.set_current(1)
    chosen = chosen_of(sidebar)
    sidebar.list.setFocus()
    QTest.keyClick(sidebar.list, Qt.Key.Key_Down, SHIFT)
    with qtbot.waitSignal(sidebar.list.delete_many_requested, timeout=1000) as told:
        QTest.keyClick(sidebar.list, Qt.Key.Key_Delete)
    assert (told.args, chosen) == ([(1, 2)], [])


def test_delete_means_what_is_marked_when_a_mark_was_just_taken_away(sidebar: Sidebar) -> None:
    asked: list[object] = []
    sidebar.list.delete_many_requested.connect(asked.append)
    sidebar.list.delete_requested.connect(asked.append)
    sidebar.set_current(1)
    sidebar.list.setFocus()
    for number in (2, 3, 3):
        click(sidebar, sidebar.conversations.index_of(number), CTRL)
    QTest.keyClick(sidebar.list, Qt.Key.Key_Delete)
    click(sidebar, sidebar.conversations.index_of(2), CTRL)
    QTest.keyClick(sidebar.list, Qt.Key.Key_Delete)
    assert asked == [(1, 2), 1]


def test_a_hand_that_trembles_marks_nothing(sidebar: Sidebar) -> None:
    chosen = chosen_of(sidebar)
    port, here = sidebar.list.viewport(), sidebar.list.visualRect(sidebar.conversations.index_of(1)).center()
    there = sidebar.list.visualRect(sidebar.conversations.index_of(2)).center()
    QTest.mousePress(port, LEFT, pos=here)
    QTest.mouseMove(port, there)
    QTest.mouseRelease(port, LEFT, pos=there)
    assert (sidebar.list.marked, chosen) == ((), [1])


def test_all_are_marked_those_not_yet_known_too(sidebar: Sidebar) -> None:
    list_chats(sidebar.conversations, [summary(number, days=number / 9) for number in range(1, 901)])
    sidebar.set_current(1)
    chosen = chosen_of(sidebar)
    sidebar.list.setFocus()
    QTest.keyClick(sidebar.list, Qt.Key.Key_A, CTRL)
    assert len(sidebar.list.marked) == 900
    assert chosen == []


def test_ctrl_p_pins_and_unpins(sidebar: Sidebar) -> None:
    told: list[object] = []
    sidebar.list.pin_requested.connect(lambda *one: told.append(one))
    sidebar.list.setFocus()
    for number in (1, 6):
        sidebar.set_current(number)
        QTest.keyClick(sidebar.list, Qt.Key.Key_P, CTRL)
    assert told == [((1,), True), ((6,), False)]
    assert sidebar.conversations.index_of(6).data(SPOKEN) == "chat 6, pinned"


def test_the_menus_ask_for_what_they_say(sidebar: Sidebar, theme: Theme) -> None:
    told: list[object] = []
    sidebar.list.move_requested.connect(lambda *one: told.append(one))
    sidebar.list.new_folder_requested.connect(lambda *one: told.append(one))
    sidebar.list.export_many_requested.connect(lambda *one: told.append(one))
    menu = chats_menu(sidebar.list, theme, (3, 1))
    assert texts(menu) == ["Pin", "Move to folder", "Tags…", "Export 2 chats…", "Delete 2 chats"]
    assert [row.shortcut().toString() for row in menu.actions()] == ["Ctrl+P", "", "Ctrl+T", "", "Del"]
    inner = menu.actions()[1].menu()
    assert isinstance(inner, QMenu)
    assert texts(inner) == ["Home", "work", "", "New folder…", "No folder"]
    for action in (*inner.actions(), menu.actions()[3]):
        action.trigger()
    assert told == [((3, 1), "Home"), ((3, 1), "work"), ((3, 1),), ((3, 1), ""), ((3, 1),)]
    one = chats_menu(sidebar.list, theme, (3,)).actions()[2].menu()
    assert isinstance(one, QMenu)
    assert [action.isEnabled() for action in one.actions()] == [True, False, True, True, True]
    assert texts(folder_menu(sidebar.list, theme, "Home")) == ["Rename", "Collapse folder"]


def texts(menu: QMenu) -> list[str]:
    return [action.text() for action in menu.actions()]
