"""The app is quit while a picture is being prepared: it is in the draft the next time, unless it never gets ready."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from qwen_desktop.app import Desktop
from qwen_desktop.core.chat.attachment import Attachment
from qwen_desktop.ui.controllers import pictures
from qwen_desktop.ui.pictures.input import PictureInput
from qwen_desktop.ui.pictures.intake import Source
from qwen_desktop.ui.views.prompt_edit import PromptEdit
from tests.conftest import RunScenario, eventually
from tests.end2end.desk import opened
from tests.faults.server import FaultServer
from tests.gui.pictures import files, picture_file
from tests.late import answered
from tests.listing import listed


class SlowPictures:
    """Pictures of one face, each prepared when it may be."""

    def __init__(self, input_: PictureInput | None) -> None:
        assert input_ is not None
        self.input = input_
        self.may_come = threading.Event()
        self.held: set[str] = set()
        """Those that have to wait, if not all of them; the others come at once."""
        self._usual = input_.shelf._keep
        input_.shelf._keep = self.keep

    def keep(self, source: Source) -> tuple[Attachment, bool]:
        if not self.held or source.name in self.held:
            self.may_come.wait(60)
        return self._usual(source)

    def comes_at_the_end(self, desktop: Desktop) -> None:
        """Not before the windows are gone and what is closed before the pictures has been."""
        close = desktop.large_picture.close

        def come() -> None:
            assert self.input.shelf.is_preparing or not self.input.shelf.pictures
            self.may_come.set()
            close()

        desktop.large_picture.close = come  # type: ignore[method-assign]

    @property
    def names(self) -> list[str]:
        return [one.name for one in self.input.attachments]


def face_of(desktop: Desktop, face: str) -> tuple[PromptEdit, PictureInput | None]:
    """Where a prompt is written, and its pictures; the quick ask is opened."""
    if face == "the quick ask":
        desktop.presence.quick.open()
        return desktop.presence.quick.window.edit, desktop.presence.quick.window.pictures
    return desktop.window.composer.edit, desktop.window.composer.pictures


def names(desktop: Desktop) -> list[str]:
    return [one.name for one in desktop.window.composer.attachments]


async def newest(desktop: Desktop) -> int:
    return (await listed(desktop.history))[0].id


async def asked(desktop: Desktop) -> None:
    desktop.window.composer.set_text("the first")
    desktop.window.composer.submit()
    await eventually(lambda: desktop.controller.last_reply is not None and desktop.controller.last_reply.text)
    await eventually(lambda: not desktop.chat.running_ids)


@pytest.fixture
def let_go() -> Iterator[list[SlowPictures]]:
    """Threads that hang in a test end with it."""
    hanging: list[SlowPictures] = []
    yield hanging
    for one in hanging:
        one.may_come.set()


@pytest.mark.parametrize("is_sent", [False, True], ids=["typed", "Enter was pressed"])
@pytest.mark.parametrize("place", ["a new chat", "an old chat", "a chat that was left", "a new chat that was left"])
def test_a_picture_is_with_what_was_typed(run: RunScenario, home: Path, place: str, is_sent: bool) -> None:
    async def scenario() -> None:
        async with FaultServer(answered) as server:
            async with opened(home, server.base_url) as desktop:
                composer = desktop.window.composer
                if place != "a new chat":
                    await asked(desktop)
                if place == "a new chat that was left":
                    desktop.controller.new_chat()
                posts, slow = server.posts, SlowPictures(composer.pictures)
                begun: list[object] = []
                desktop.chat.starting.connect(begun.append)
                composer.edit.set_text("look")
                composer.edit.insertFromMimeData(files(picture_file(home / "p" / "late.png")))
                if is_sent:
                    QTest.keyClick(composer.edit, Qt.Key.Key_Return)
                if place == "a chat that was left":
                    desktop.controller.new_chat()
                elif place == "a new chat that was left":
                    desktop.controller.open_conversation(await newest(desktop))
                    await eventually(lambda: desktop.controller.conversation_id is not None)
                slow.comes_at_the_end(desktop)
            async with opened(home, server.base_url) as desktop:
                composer = desktop.window.composer
                if place in ("an old chat", "a chat that was left"):
                    assert (composer.text(), names(desktop)) == ("", [])
                    desktop.controller.open_conversation(await newest(desktop))
                    await eventually(lambda: desktop.controller.conversation_id is not None)
                assert (composer.text(), names(desktop)) == ("look", ["late.png"])
            assert (server.posts, begun) == (posts, [])

    run(scenario(), timeout_s=30)


@pytest.mark.parametrize("is_sent", [False, True], ids=["typed", "Enter was pressed"])
def test_a_picture_in_the_quick_ask_is_there_again(run: RunScenario, home: Path, is_sent: bool) -> None:
    async def scenario() -> None:
        async with FaultServer(answered) as server:
            async with opened(home, server.base_url) as desktop:
                quick = desktop.presence.quick
                quick.open()
                slow = SlowPictures(quick.window.pictures)
                begun: list[object] = []
                desktop.chat.starting.connect(begun.append)
                QTest.keyClicks(quick.window.edit, "look")
                quick.window.edit.insertFromMimeData(files(picture_file(home / "p" / "late.png")))
                if is_sent:
                    QTest.keyClick(quick.window.edit, Qt.Key.Key_Return)
                slow.comes_at_the_end(desktop)
            async with opened(home, server.base_url) as desktop:
                quick = desktop.presence.quick
                quick.open()
                assert quick.window.pictures is not None
                assert [one.name for one in quick.window.pictures.attachments] == ["late.png"]
                assert quick.window.text() == "look"
            assert (server.posts, begun) == (0, [])

    run(scenario(), timeout_s=30)


@pytest.mark.parametrize("face", ["the window", "the quick ask"])
def test_one_that_never_gets_ready_does_not_hold_the_end(
    run: RunScenario, home: Path, monkeypatch: pytest.MonkeyPatch, let_go: list[SlowPictures], face: str
) -> None:
    """What was ready before it, and the text, are kept."""
    monkeypatch.setattr(pictures, "PATIENCE_S", 0.05)

    async def scenario() -> None:
        async with FaultServer(answered) as server:
            async with opened(home, server.base_url) as desktop:
                edit, made = face_of(desktop, face)
                slow = SlowPictures(made)
                let_go.append(slow)
                slow.held = {"hangs.png"}
                QTest.keyClicks(edit, "look")
                edit.insertFromMimeData(files(*(picture_file(home / "p" / f"{one}.png") for one in ("sea", "hangs"))))
                await eventually(lambda: slow.names == ["sea.png"])
                assert slow.input.shelf.is_preparing
            async with opened(home, server.base_url) as desktop:
                edit, made = face_of(desktop, face)
                assert made is not None
                assert (edit.text(), [one.name for one in made.attachments]) == ("look", ["sea.png"])

    run(scenario(), timeout_s=30)


def test_one_that_was_removed_is_not_waited_for(
    run: RunScenario, home: Path, monkeypatch: pytest.MonkeyPatch, let_go: list[SlowPictures]
) -> None:
    monkeypatch.setattr(pictures, "PATIENCE_S", 60.0)
    monkeypatch.setattr(pictures, "MOST_PATIENCE_S", 60.0)

    async def scenario() -> None:
        async with FaultServer(answered) as server:
            async with opened(home, server.base_url) as desktop:
                slow = SlowPictures(desktop.window.composer.pictures)
                let_go.append(slow)
                desktop.window.composer.edit.insertFromMimeData(files(picture_file(home / "p" / "hangs.png")))
                shelf = slow.input.shelf
                shelf.remove(shelf.pictures[0].id)

    run(scenario(), timeout_s=20)
