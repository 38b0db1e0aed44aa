"""Chats and folders in the real window, offscreen: moved, pinned and deleted together, undone, remembered."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QLineEdit

from qwen_desktop.app import Desktop
from qwen_desktop.ui.views.tags_dialog import TagsDialog
from tests.conftest import RunScenario, eventually
from tests.end2end.desk import opened

NOWHERE = "http://127.0.0.1:9"
CTRL = Qt.KeyboardModifier.ControlModifier


async def chats(desktop: Desktop, count: int) -> list[int]:
    made = [await desktop.history.create_conversation(title=f"chat {n}", model_id=None) for n in range(count)]
    desktop.conversations.refresh()
    await eventually(lambda: desktop.window.sidebar.conversations.chat(made[-1].id) is not None)
    return [one.id for one in made]


def undo(desktop: Desktop) -> None:
    button = desktop.window.undo_bar.findChild(QAbstractButton, "undo")
    assert button is not None
    assert button.isVisible()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def test_a_new_folder_is_named_in_place_closed_and_remembered(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with opened(home, NOWHERE) as desktop:
            a, b, c = await chats(desktop, 3)
            model, view = desktop.window.sidebar.conversations, desktop.window.sidebar.list
            desktop.window.activateWindow()
            await eventually(desktop.window.isActiveWindow)
            view.new_folder_requested.emit((a, b))
            await eventually(lambda: view.findChild(QLineEdit, "chat_title") is not None)
            editor = view.findChild(QLineEdit, "chat_title")
            assert editor.text() == "New folder"
            editor.setText("work")
            QTest.keyClick(editor, Qt.Key.Key_Return)
            await eventually(lambda: model.folders == ["work"])
            model.set_open("work", False)
            assert not model.index_of(a).isValid()
            assert model.index_of(c).isValid()
            model.folder_rename_requested.emit("work", "more work")
            await eventually(lambda: model.folders == ["more work"])
            assert not model.is_open("more work")
        async with opened(home, NOWHERE) as desktop:
            model = desktop.window.sidebar.conversations
            await eventually(lambda: model.folders == ["more work"])
            assert not model.index_of(a).isValid()

    run(scenario())


def test_all_marked_chats_are_deleted_and_come_back_together(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with opened(home, NOWHERE) as desktop:
            a, b, c, d = await chats(desktop, 4)
            model, view = desktop.window.sidebar.conversations, desktop.window.sidebar.list
            desktop.controller.open_conversation(d)
            await eventually(lambda: desktop.controller.conversation_id == d)
            view.delete_many_requested.emit((a, b))
            await eventually(lambda: model.chat(a) is None and model.chat(b) is None)
            assert desktop.controller.conversation_id == d
            await eventually(desktop.window.undo_bar.isVisible)
            undo(desktop)
            await eventually(lambda: model.chat(a) is not None and model.chat(b) is not None)
            view.delete_many_requested.emit((c, d))  # the one that is shown, too
            await eventually(lambda: desktop.controller.conversation_id is None)
            undo(desktop)
            await eventually(lambda: model.chat(d) is not None)

    run(scenario())


def test_pins_by_key_and_their_undo(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with opened(home, NOWHERE) as desktop:
            a, b = await chats(desktop, 2)
            model, view = desktop.window.sidebar.conversations, desktop.window.sidebar.list

            def pinned() -> list[int]:
                return [one for one in (a, b) if (found := model.chat(one)) is not None and found.is_pinned]

            desktop.controller.open_conversation(a)
            await eventually(lambda: desktop.controller.conversation_id == a)
            view.setFocus()
            QTest.keyClick(view, Qt.Key.Key_A, CTRL)
            QTest.keyClick(view, Qt.Key.Key_P, CTRL)
            await eventually(lambda: pinned() == [a, b])
            assert set(view.marked) == {a, b}
            undo(desktop)
            await eventually(lambda: pinned() == [])

    run(scenario())


def test_tags_are_given_to_several_chats_found_by_a_click_and_undone(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with opened(home, NOWHERE) as desktop:
            a, b, c = await chats(desktop, 3)
            sidebar = desktop.window.sidebar
            model, view = sidebar.conversations, sidebar.list

            def tags(one: int) -> tuple[str, ...]:
                found = model.chat(one)
                return () if found is None else found.tags

            view.ask_for_tags((a, b))
            await eventually(lambda: desktop.window.findChild(TagsDialog) is not None)
            dialog = desktop.window.findChild(TagsDialog)
            assert dialog.heading.text() == "Tags of 2 chats"
            dialog.field.setText("旅行 计划, work")
            dialog.save_button.click()
            await eventually(lambda: tags(a) == tags(b) == ("旅行 计划", "work"))
            assert tags(c) == ()
            view.tag_chosen.emit("旅行 计划")
            await eventually(lambda: sidebar.results.isVisible() and set(sidebar.results.found_ids) == {a, b})
            undo(desktop)
            await eventually(lambda: tags(a) == tags(b) == ())
            await eventually(lambda: sidebar.results.found_ids == [])
            sidebar.clear_search()
            assert view.isVisible()

    run(scenario())
