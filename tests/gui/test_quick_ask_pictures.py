"""Pictures in the quick ask: put in, asked, kept, held back, handed to the window."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from qwen_desktop.ui.controllers.quick_ask import QuickAskController
from tests.conftest import RunScenario, eventually
from tests.gui.pictures import files, pasted, picture_file
from tests.gui.test_quick_ask import asking, messages, type_in

KEY = Qt.Key


async def put_in(quick: QuickAskController, *paths: Path) -> None:
    quick.window.edit.insertFromMimeData(files(*paths) if paths else pasted())
    await eventually(lambda: not quick.window.pictures.shelf.is_preparing)  # type: ignore[union-attr]


def names(quick: QuickAskController) -> list[str]:
    return [one.name for one in quick.window.pictures.attachments]  # type: ignore[union-attr]


def test_a_picture_is_asked_with_the_text_and_then_alone(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with asking(home) as (desktop, quick):
            height = quick.window.box.height()
            await put_in(quick, picture_file(home / "p" / "sea.png"))
            await eventually(lambda: quick.window.box.height() > height)
            type_in(quick, "what is this")
            QTest.keyClick(quick.window.edit, KEY.Key_Return)
            await eventually(lambda: quick.conversation_id is not None)
            await eventually(lambda: not desktop.chat.running_ids, 20)
            assert names(quick) == []
            assert quick.window.text() == "what is this"
            await put_in(quick)
            assert quick.window.send_button.isVisible()
            quick.window.edit.clear()
            QTest.keyClick(quick.window.edit, KEY.Key_Return)
            await eventually(lambda: desktop.chat.running_ids)
            await eventually(lambda: not desktop.chat.running_ids, 20)
            first, _, second, _ = await messages(desktop, quick)
            assert [one.name for one in first.attachments] == ["sea.png"]
            assert (second.text, len(second.attachments)) == ("", 1)

    run(scenario(), timeout_s=30)


def test_what_was_not_asked_is_there_again_after_a_restart(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with asking(home) as (_, quick):
            await put_in(quick, picture_file(home / "p" / "sea.png"))
            assert (home / "data" / "quick-ask-pictures.json").exists()
        async with asking(home) as (_, quick):
            assert names(quick) == ["sea.png"]
            QTest.keyClick(quick.window.pictures.panel.strip.cells[0].thumb, KEY.Key_Delete)  # type: ignore[union-attr]
            assert not (home / "data" / "quick-ask-pictures.json").exists()

    run(scenario(), timeout_s=30)


def test_a_model_that_cannot_see_gets_nothing_until_another_is_chosen(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with asking(home) as (desktop, quick):
            await put_in(quick, picture_file(home / "p" / "sea.png"))
            quick.window.model_chosen.emit("qwen3-coder-plus")
            panel = quick.window.pictures.panel  # type: ignore[union-attr]
            assert "qwen3-coder-plus" in panel.blind_sentence
            type_in(quick, "look")
            QTest.keyClick(quick.window.edit, KEY.Key_Return)
            assert not desktop.chat.is_starting(quick._thread)
            assert (quick.window.text(), names(quick)) == ("look", ["sea.png"])
            QTest.mouseClick(panel.vision_button, Qt.MouseButton.LeftButton)
            assert panel.blind_sentence == ""
            QTest.keyClick(quick.window.edit, KEY.Key_Return)
            await eventually(lambda: quick.conversation_id is not None)
            await eventually(lambda: not desktop.chat.running_ids, 20)
            assert len((await messages(desktop, quick))[0].attachments) == 1

    run(scenario(), timeout_s=30)


def test_control_enter_takes_the_pictures_to_the_window(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with asking(home) as (desktop, quick):
            quick.draft_for_window.connect(desktop.presence._take_draft)
            await put_in(quick, picture_file(home / "p" / "sea.png"))
            type_in(quick, "look")
            QTest.keyClick(quick.window.edit, KEY.Key_Return, Qt.KeyboardModifier.ControlModifier)
            assert desktop.window.composer.text() == "look"
            assert [one.name for one in desktop.window.composer.attachments] == ["sea.png"]
            assert names(quick) == []
            assert "sea.png" in (home / "data" / "new-chat-pictures.json").read_text()

    run(scenario(), timeout_s=30)
