"""Pictures in the real app: put in, removed, kept as a draft, queued, edited, refused, and held back from the blind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QAccessible, QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from qwen_desktop.app import Desktop
from qwen_desktop.core.chat.message import Message
from qwen_desktop.core.errors import StorageUnavailable
from qwen_desktop.demo.server import DemoServer
from qwen_desktop.ui.pictures.shelf import MOST
from qwen_desktop.ui.pictures.thumb import Thumb
from tests.conftest import RunScenario, eventually
from tests.end2end.desk import opened
from tests.gui.pictures import files, pasted, picture_file
from tests.listing import listed

KEY = Qt.Key


async def put_in(desktop: Desktop, mime: QMimeData) -> None:
    """Paste, and wait until it is ready or refused."""
    QGuiApplication.clipboard().setMimeData(mime)
    desktop.window.composer.edit.paste()
    await settled(desktop)


async def settled(desktop: Desktop) -> None:
    await eventually(lambda: not shelf(desktop).is_preparing)


def shelf(desktop: Desktop) -> Any:
    pictures = desktop.window.composer.pictures
    assert pictures is not None
    return pictures.shelf


async def send(desktop: Desktop, text: str = "") -> None:
    """Type, press Enter, and wait for the end of the reply."""
    edit = desktop.window.composer.edit
    QTest.keyClicks(edit, text)
    QTest.keyClick(edit, KEY.Key_Return)
    await eventually(lambda: desktop.chat.running_ids)
    await eventually(lambda: not desktop.chat.running_ids, 20)


async def stored(desktop: Desktop) -> tuple[Message, ...]:
    assert desktop.controller.conversation_id is not None
    return (await desktop.history.conversation(desktop.controller.conversation_id)).messages


def names(desktop: Desktop) -> list[str]:
    return [one.name for one in desktop.window.composer.attachments]


def test_a_pasted_picture_goes_with_the_prompt_and_is_shown_below_it(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with DemoServer(pace=0.0) as server, opened(home, server.base_url) as desktop:
            await put_in(desktop, pasted())
            await put_in(desktop, files(picture_file(home / "p" / "sea.png", colour="#aa0000")))
            await send(desktop, "what is this")
            prompt = (await stored(desktop))[0]
            assert [one.name for one in prompt.attachments] == ["", "sea.png"]
            assert prompt.text == "what is this"
            assert shelf(desktop).is_empty
            widget = desktop.transcript.widget_of(prompt.id)
            assert widget is not None
            thumbs = widget.findChildren(Thumb)
            assert [thumb.accessibleName().split(" · ")[0] for thumb in thumbs] == ["Picture", "sea.png"]
            read = QAccessible.queryAccessibleInterface(widget)
            assert read.text(QAccessible.Text.Description) == "2 pictures: Picture, sea.png"
            assert desktop.transcript.text_of(prompt.id) == "what is this"  # what is copied
            QTest.keyClick(thumbs[1], KEY.Key_Return)
            shown = await eventually(lambda: desktop.large_picture.window)
            await eventually(lambda: shown.canvas.is_there)
            sizes = [f"{one.width} × {one.height}" for one in prompt.attachments]
            assert shown.words.text().startswith(f"2 of 2: sea.png · {sizes[1]}")
            assert (shown.before_button.isEnabled(), shown.after_button.isEnabled()) == (True, False)
            for key, place in ((KEY.Key_Right, 1), (KEY.Key_Left, 0), (KEY.Key_Left, 0)):
                QTest.keyClick(shown.focusWidget(), key)
                assert shown.place == place
            assert shown.accessibleName().startswith(f"1 of 2: Picture · {sizes[0]}")
            await eventually(lambda: shown.canvas.is_there)
            shown.after_button.click()
            assert shown.place == 1
            QTest.keyClick(shown, KEY.Key_Escape)
            await eventually(lambda: desktop.large_picture.window is None)
            QTest.keyClick(thumbs[0], KEY.Key_Return)
            await eventually(lambda: desktop.large_picture.window)
        assert desktop.large_picture.window is None  # closed with the app

    run(scenario(), timeout_s=30)


def test_pictures_alone_are_a_prompt_and_name_their_chat(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with DemoServer(pace=0.0) as server, opened(home, server.base_url) as desktop:
            await put_in(desktop, files(picture_file(home / "p" / "sea.png")))
            await send(desktop)
            assert (await stored(desktop))[0].text == ""
            assert (await listed(desktop.history))[0].title == "sea.png"
            desktop.controller.new_chat()
            await put_in(desktop, pasted("#00ff00"))
            await send(desktop)
            assert (await listed(desktop.history))[0].title == "Picture"

    run(scenario(), timeout_s=30)


def test_what_is_dropped_on_the_window_is_taken_and_what_is_no_picture_is_named(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with DemoServer(pace=0.0) as server, opened(home, server.base_url) as desktop:
            letter = home / "letter.pdf"
            letter.write_bytes(b"%PDF")
            broken = home / "broken.png"
            broken.write_bytes(b"\x89PNG\r\n\x1a\nno more")
            drop(desktop, files(picture_file(home / "p" / "sea.png"), letter, broken))
            await settled(desktop)
            assert names(desktop) == ["sea.png"]
            said = desktop.window.composer.pictures.panel.sentence  # type: ignore[union-attr]
            assert "letter.pdf is not a picture" in said
            assert "broken.png" in said
            many = [picture_file(home / "p" / f"{n}.png", colour=f"#0000{n + 16:x}") for n in range(MOST)]
            drop(desktop, files(*many))
            await settled(desktop)
            assert len(names(desktop)) == MOST
            assert f"At most {MOST} pictures" in desktop.window.composer.pictures.panel.sentence  # type: ignore[union-attr]

    run(scenario(), timeout_s=30)


def drop(desktop: Desktop, mime: QMimeData) -> None:
    """Onto the sidebar, say: anywhere is right."""
    window = desktop.window
    actions, buttons, keys = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    entering = QDragEnterEvent(QPoint(20, 300), actions, mime, buttons, keys)
    QApplication.sendEvent(window, entering)
    assert entering.isAccepted()
    QApplication.sendEvent(window, QDropEvent(QPointF(20, 300), actions, mime, buttons, keys))


def test_the_keyboard_removes_pictures_and_comes_back_to_the_text(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with DemoServer(pace=0.0) as server, opened(home, server.base_url) as desktop:
            composer = desktop.window.composer
            desktop.window.activateWindow()
            await eventually(lambda: desktop.window.isActiveWindow())
            for name in ("one", "two", "three"):
                await put_in(desktop, files(picture_file(home / "p" / f"{name}.png", colour=f"#{len(name)}00")))
            cells = composer.pictures.panel.strip.cells  # type: ignore[union-attr]
            assert cells[0].remove_button.accessibleName() == "Remove one.png"
            assert cells[0].thumb.toolTip().startswith("one.png · 60 × 40 · ")
            composer.edit.setFocus()
            for _ in range(4):  # from the text back past two buttons and two pictures
                QTest.keyClick(QApplication.focusWidget(), KEY.Key_Backtab)
            assert QApplication.focusWidget() is cells[1].thumb
            for _ in range(4):
                QTest.keyClick(QApplication.focusWidget(), KEY.Key_Tab)
            assert composer.edit.hasFocus()
            QTest.keyClick(composer.edit, KEY.Key_Tab)
            assert composer.attach_button.hasFocus()
            cells[1].thumb.setFocus(Qt.FocusReason.TabFocusReason)
            QTest.keyClick(cells[1].thumb, KEY.Key_Delete)
            assert names(desktop) == ["one.png", "three.png"]
            focus = QApplication.focusWidget()
            assert focus is composer.pictures.panel.strip.cells[1].thumb  # type: ignore[union-attr]
            QTest.keyClick(focus, KEY.Key_Tab)
            QTest.keyClick(QApplication.focusWidget(), KEY.Key_Return)  # the button of the same picture
            assert names(desktop) == ["one.png"]
            QTest.keyClick(QApplication.focusWidget(), KEY.Key_Delete)
            assert names(desktop) == []
            assert composer.edit.hasFocus()
            assert not composer.send_button.isEnabled()

    run(scenario(), timeout_s=30)


def test_a_draft_that_lags_behind_what_was_sent_does_not_come_back(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with DemoServer(pace=0.0) as server, opened(home, server.base_url) as desktop:
            composer = desktop.window.composer
            for text in ("look", ""):
                await put_in(desktop, files(picture_file(home / "p" / "one.png")))
                composer.edit.insertPlainText(text)
                composer.flush_draft()
                composer.edit.insertPlainText(" closer")  # and Enter before the draft hears of it
                composer.submit()
                await eventually(lambda: desktop.controller.conversation_id is not None)
                await eventually(lambda: not desktop.chat.running_ids)
                desktop.controller.new_chat()
                assert (composer.draft, names(desktop)) == ("", [])
                assert not list((home / "data").glob("*draft*"))

    run(scenario(), timeout_s=30)


def test_a_draft_keeps_its_pictures_through_a_restart(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with DemoServer(pace=0.0) as server:
            async with opened(home, server.base_url) as desktop:
                await send(desktop, "hello")
                await put_in(desktop, files(picture_file(home / "p" / "old.png")))
                conversation_id = desktop.controller.conversation_id
                desktop.controller.new_chat()
                assert names(desktop) == []
                await put_in(desktop, files(picture_file(home / "p" / "new.png", colour="#aa0000")))
                # as soon as it is ready it is on disk, whatever comes
                assert "new.png" in (home / "data" / "new-chat-pictures.json").read_text()
            async with opened(home, server.base_url) as desktop:
                assert names(desktop) == ["new.png"]
                assert conversation_id is not None
                desktop.controller.open_conversation(conversation_id)
                await eventually(lambda: names(desktop) == ["old.png"])
                await send(desktop, "and this")
                assert [one.name for one in (await stored(desktop))[2].attachments] == ["old.png"]
                assert (await desktop.history.conversation(conversation_id)).summary.draft_attachments == ()
                desktop.controller.new_chat()
                assert names(desktop) == ["new.png"]
                await send(desktop)
            assert not (home / "data" / "new-chat-pictures.json").exists()

    run(scenario(), timeout_s=40)


def test_a_picture_that_is_ready_after_its_chat_was_left_is_in_its_draft(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with DemoServer(pace=0.0) as server, opened(home, server.base_url) as desktop:
            await send(desktop, "hello")
            conversation_id = desktop.controller.conversation_id
            assert conversation_id is not None
            desktop.window.composer.edit.insertFromMimeData(files(picture_file(home / "p" / "late.png")))
            desktop.controller.new_chat()
            assert shelf(desktop).is_empty

            async def is_kept() -> bool:
                summary = (await desktop.history.conversation(conversation_id)).summary
                return [one.name for one in summary.draft_attachments] == ["late.png"]

            await eventually(is_kept)
            assert names(desktop) == []

    run(scenario(), timeout_s=30)


def test_enter_while_a_picture_is_prepared_sends_once_it_is_ready(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with DemoServer(pace=0.0) as server, opened(home, server.base_url) as desktop:
            composer = desktop.window.composer
            QTest.keyClicks(composer.edit, "look")
            composer.edit.insertFromMimeData(files(picture_file(home / "p" / "sea.png")))
            QTest.keyClick(composer.edit, KEY.Key_Return)
            assert composer.text() == "look"
            await eventually(lambda: desktop.chat.running_ids)
            await eventually(lambda: not desktop.chat.running_ids, 20)
            assert [one.name for one in (await stored(desktop))[0].attachments] == ["sea.png"]

    run(scenario(), timeout_s=30)


def test_enter_for_a_picture_of_one_chat_sends_nothing_of_another(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with DemoServer(pace=0.0) as server, opened(home, server.base_url) as desktop:
            await send(desktop, "an older chat")
            assert desktop.controller.conversation_id is not None
            older = await desktop.history.conversation(desktop.controller.conversation_id)
            await put_in(desktop, files(picture_file(home / "p" / "a.png"), picture_file(home / "p" / "b.png")))
            desktop.window.composer.flush_draft()
            desktop.controller.new_chat()
            QGuiApplication.clipboard().setMimeData(pasted("#123456"))
            desktop.window.composer.edit.paste()
            assert shelf(desktop).is_preparing
            QTest.keyClick(desktop.window.composer.edit, KEY.Key_Return)
            desktop.controller.open_conversation(older.id)
            await eventually(lambda: names(desktop) == ["a.png", "b.png"])
            shelf(desktop).remove(shelf(desktop).pictures[0].id)
            assert names(desktop) == ["b.png"]
            assert not desktop.chat.running_ids
            assert not desktop.chat.is_starting(desktop.controller._thread)

    run(scenario(), timeout_s=30)


def test_pictures_of_another_prompt_end_the_waiting(run: RunScenario, home: Path) -> None:
    """Also where the text does not change with them."""

    async def scenario() -> None:
        async with DemoServer(pace=0.0) as server, opened(home, server.base_url) as desktop:
            await put_in(desktop, files(picture_file(home / "p" / "a.png"), picture_file(home / "p" / "b.png")))
            pictures, others = desktop.window.composer.pictures, desktop.window.composer.attachments
            assert pictures is not None
            wanted: list[bool] = []
            pictures.send_requested.disconnect()
            pictures.send_requested.connect(lambda: wanted.append(True))
            desktop.window.composer.edit.insertFromMimeData(files(picture_file(home / "p" / "c.png")))
            assert not pictures.may_send()
            shelf(desktop).put(others)
            shelf(desktop).remove(shelf(desktop).pictures[0].id)
            assert wanted == []

    run(scenario(), timeout_s=30)


def test_a_queued_prompt_keeps_its_pictures(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with DemoServer(pace=0.3) as server, opened(home, server.base_url) as desktop:
            composer = desktop.window.composer
            QTest.keyClicks(composer.edit, "hello")
            QTest.keyClick(composer.edit, KEY.Key_Return)
            await eventually(lambda: desktop.chat.running_ids)
            await put_in(desktop, files(picture_file(home / "p" / "sea.png")))
            QTest.keyClick(composer.edit, KEY.Key_Return)  # the picture alone
            assert composer.queued_line.isVisible()
            assert names(desktop) == []
            composer.queued_removed.emit()
            assert names(desktop) == ["sea.png"]
            assert not composer.queued_line.isVisible()
            QTest.keyClicks(composer.edit, "this one")
            QTest.keyClick(composer.edit, KEY.Key_Return)

            async def is_sent() -> bool:
                return len(await stored(desktop)) == 4

            await eventually(is_sent, 30)
            assert [one.name for one in (await stored(desktop))[2].attachments] == ["sea.png"]
            desktop.chat.stop(desktop.controller.conversation_id)
            await eventually(lambda: not desktop.chat.running_ids)

    run(scenario(), timeout_s=50)


def test_what_cannot_be_sent_is_in_the_composer_again(
    run: RunScenario, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_: object, **__: object) -> object:
        raise StorageUnavailable("no room", reason="full")

    async def scenario() -> None:
        async with DemoServer(pace=0.0) as server, opened(home, server.base_url) as desktop:
            await put_in(desktop, files(picture_file(home / "p" / "sea.png")))
            monkeypatch.setattr(desktop.history, "begin_turn", refuse)
            QTest.keyClicks(desktop.window.composer.edit, "look")
            QTest.keyClick(desktop.window.composer.edit, KEY.Key_Return)
            await eventually(lambda: desktop.window.notice_bar.isVisible())
            assert desktop.window.composer.text() == "look"
            assert names(desktop) == ["sea.png"]
            assert "sea.png" in (home / "data" / "new-chat-pictures.json").read_text()

    run(scenario(), timeout_s=30)


def test_a_model_that_cannot_see_gets_nothing_until_another_is_chosen(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with DemoServer(pace=0.0) as server, opened(home, server.base_url) as desktop:
            composer = desktop.window.composer
            composer.model_chosen.emit("qwen3-coder-plus")
            assert composer.attach_button.isHidden()  # a control that cannot work
            composer.model_chosen.emit("a-model-nobody-knows")
            assert composer.attach_button.isVisible()
            composer.model_chosen.emit("qwen3-coder-plus")
            await put_in(desktop, files(picture_file(home / "p" / "sea.png")))
            panel = composer.pictures.panel  # type: ignore[union-attr]
            assert composer.attach_button.isVisible()
            assert "qwen3-coder-plus" in panel.blind_sentence
            QTest.keyClicks(composer.edit, "look")
            QTest.keyClick(composer.edit, KEY.Key_Return)
            assert not composer.send_button.isEnabled()
            assert composer.text() == "look"
            assert not desktop.chat.is_starting(desktop.controller.shown_thread)
            QTest.mouseClick(panel.vision_button, Qt.MouseButton.LeftButton)
            assert desktop.engine.abilities(composer.model_id).vision
            assert panel.blind_sentence == ""
            await send(desktop)
            prompt, reply = await stored(desktop)
            assert (prompt.text, len(prompt.attachments)) == ("look", 1)
            assert reply.model_id == composer.model_id

    run(scenario(), timeout_s=30)


def test_an_edited_prompt_shows_its_pictures_and_goes_with_those_that_are_left(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with DemoServer(pace=0.0) as server, opened(home, server.base_url) as desktop:
            composer = desktop.window.composer
            for name in ("one", "three"):
                await put_in(desktop, files(picture_file(home / "p" / f"{name}.png", colour=f"#{len(name)}00")))
            await send(desktop, "first")
            prompt = (await stored(desktop))[0]
            await put_in(desktop, files(picture_file(home / "p" / "aside.png", colour="#00ff00")))
            desktop.transcript.action_requested.emit(prompt.id, "edit")
            assert names(desktop) == ["one.png", "three.png"]
            QTest.keyClick(composer.pictures.panel.strip.cells[0].thumb, KEY.Key_Delete)  # type: ignore[union-attr]
            QTest.keyClick(composer.edit, KEY.Key_Return)
            await eventually(lambda: desktop.chat.running_ids)
            assert names(desktop) == ["aside.png"]
            await eventually(lambda: not desktop.chat.running_ids, 20)
            assert [one.name for one in (await stored(desktop))[0].attachments] == ["three.png"]
            first = (await desktop.history.siblings(prompt.id))[0]
            assert [one.name for one in first.attachments] == ["one.png", "three.png"]
            desktop.controller._on_shortcut("regenerate")
            await eventually(lambda: desktop.chat.running_ids)
            await eventually(lambda: not desktop.chat.running_ids, 20)
            assert [one.name for one in (await stored(desktop))[0].attachments] == ["three.png"]

    run(scenario(), timeout_s=40)


def test_a_picture_whose_file_is_gone_has_a_place_that_says_so(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with DemoServer(pace=0.0) as server, opened(home, server.base_url) as desktop:
            await put_in(desktop, files(picture_file(home / "p" / "sea.png")))
            kept = home / "data" / "attachments" / desktop.window.composer.attachments[0].digest
            await send(desktop, "look")
            prompt_id = (await stored(desktop))[0].id
            height = desktop.transcript.widget_of(prompt_id).height()  # type: ignore[union-attr]
            conversation_id = desktop.controller.conversation_id
            assert conversation_id is not None
            desktop.controller.new_chat()
            kept.unlink()
            desktop.pictures.thumbnails._known.clear()
            desktop.controller.open_conversation(conversation_id)
            thumb = await eventually(lambda: desktop.transcript.findChild(Thumb))
            desktop.transcript.grab()
            await eventually(lambda: thumb.is_missing or desktop.transcript.grab() is None)
            assert "not there any more" in thumb.accessibleName()
            assert desktop.transcript.widget_of(prompt_id).height() == height  # type: ignore[union-attr]

    run(scenario(), timeout_s=30)
