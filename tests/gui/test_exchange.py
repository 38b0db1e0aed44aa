"""Export and import in the real window, offscreen: from the menus to the files and back, dialogs in between."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import TypeVar

import pytest
from PySide6.QtCore import QPoint, Qt, QUrl
from PySide6.QtGui import QContextMenuEvent, QDesktopServices
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QMenu, QWidget

from qwen_desktop.app import Desktop
from qwen_desktop.core import long_work
from qwen_desktop.core.exchange.exporting import Format
from qwen_desktop.ui.controllers.exchange import _Work
from qwen_desktop.ui.views.export_dialog import ExportDialog
from qwen_desktop.ui.views.import_dialog import ImportDialog
from tests.conftest import ExpectedLogs, RunScenario, eventually
from tests.end2end.desk import opened
from tests.listing import listed
from tests.unit.exchange.samples import history, message, rich
from tests.yardstick import Busy, slower

W = TypeVar("W", bound=QWidget)
LEFT = Qt.MouseButton.LeftButton


@asynccontextmanager
async def desk(home: Path, count: int = 1) -> AsyncIterator[Desktop]:
    with history(home / "data", *(replace(rich(), title=f"chat {number}") for number in range(count))):
        pass
    async with opened(home, "http://127.0.0.1:9") as desktop:
        await eventually(lambda: desktop.window.sidebar.conversations.index_of(1).isValid())
        yield desktop


async def shown(kind: type[W]) -> W:
    """The only window of that kind, once it is there."""
    return await eventually(  # type: ignore[no-any-return]
        lambda: next((one for one in QApplication.topLevelWidgets() if isinstance(one, kind) and one.isVisible()), None)
    )


async def chosen(name: str) -> QFileDialog:
    """Qt's own dialog for files."""
    dialog = await shown(QFileDialog)
    assert dialog.objectName() == name
    return dialog


def pick(parent: QWidget, words: str) -> None:
    """What a menu that is open offers."""
    (menu,) = [one for one in parent.findChildren(QMenu) if one.isVisible()]
    next(action for action in menu.actions() if action.text() == words).trigger()
    menu.close()  # a click would have done it


def read_text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def names(folder: Path, pattern: str = "*") -> list[str]:
    return sorted(path.name for path in folder.glob(pattern))


@pytest.fixture
def opened_folders(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    urls: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: urls.append(QUrl(url).toLocalFile()))
    return urls


@pytest.fixture(autouse=True)
def own_dialogs(qapp: QApplication) -> object:
    qapp.setAttribute(Qt.ApplicationAttribute.AA_DontUseNativeDialogs, True)
    yield
    qapp.setAttribute(Qt.ApplicationAttribute.AA_DontUseNativeDialogs, False)


@pytest.mark.parametrize("wanted", [Format.MARKDOWN, Format.PDF])
def test_a_chat_is_exported_from_its_menu(
    run: RunScenario, home: Path, tmp_path: Path, opened_folders: list[str], wanted: Format
) -> None:
    async def scenario() -> None:
        async with desk(home) as desktop:
            desktop.controller.open_conversation(1)
            await eventually(lambda: desktop.controller.conversation_id == 1)
            QTest.mouseClick(desktop.window.top_bar.menu_button, LEFT)
            pick(desktop.window.top_bar, "Export…")
            dialog = await shown(ExportDialog)
            dialog.choose_format(wanted)
            QTest.mouseClick(dialog.begin_button, LEFT)
            chooser = await chosen("export_place")
            assert chooser.selectedFiles()[0].endswith(f"chat 0.{wanted}")
            target = tmp_path / f"mine.{wanted}"
            target.write_bytes(b"")  # the dialog asked whether it may be replaced
            chooser.fileSelected.emit(str(target))
            chooser.close()
            await eventually(dialog.folder_button.isVisible, timeout_s=20)
            assert dialog.words.text() == f"1 chat was exported to {target}."
            begin = target.read_bytes()[:4]
            assert begin == (b"%PDF" if wanted is Format.PDF else b"---\n")
            assert names(tmp_path) == ["home", target.name]
            QTest.keyClick(dialog.folder_button, Qt.Key.Key_Return)
            assert opened_folders == [str(tmp_path)]
            dialog.close()

    run(scenario(), timeout_s=40)


def test_all_chats_are_exported_from_the_settings_and_given_up(run: RunScenario, home: Path, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with desk(home, 200) as desktop:
            settings = desktop.setup.settings
            settings.open("data")
            await eventually(lambda: settings._dialog is not None and settings._dialog.row("export_all"))
            assert settings._dialog is not None
            button = settings._dialog.control("export_all")
            QTest.mouseClick(button, LEFT)
            dialog = await shown(ExportDialog)
            dialog.choose_format(Format.HTML)
            QTest.mouseClick(dialog.begin_button, LEFT)
            chooser = await chosen("export_place")
            chooser.fileSelected.emit(str(tmp_path / "out"))
            chooser.close()
            await eventually(lambda: dialog.is_working and dialog.bar.value() > 0)
            assert "of 200 chats" in dialog.words.text()
            QTest.mouseClick(dialog.close_button, LEFT)  # Cancel
            await eventually(lambda: not desktop.exchange._running)
            (folder,) = (tmp_path / "out").iterdir()
            assert all(path.read_text().endswith("</html>\n") for path in folder.iterdir())
            desktop.exchange.export_all()
            dialog = await shown(ExportDialog)
            QTest.mouseClick(dialog.begin_button, LEFT)
            chooser = await chosen("export_place")
            chooser.fileSelected.emit(str(tmp_path / "out"))
            chooser.close()
            await eventually(dialog.folder_button.isVisible, timeout_s=20)
            second = next(one for one in (tmp_path / "out").iterdir() if one != folder)
            assert len(list(second.iterdir())) == 200
            settings._dialog.close()
            await eventually(lambda: desktop.exchange._dialog is None)  # it belonged to the settings

    run(scenario(), timeout_s=60)


def test_the_menu_of_a_row_exports_that_row(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with desk(home, 2) as desktop:
            chats = desktop.window.sidebar.list
            place = chats.visualRect(desktop.window.sidebar.conversations.index_of(1)).center()
            QApplication.sendEvent(
                chats.viewport(), QContextMenuEvent(QContextMenuEvent.Reason.Mouse, place, QPoint(0, 0))
            )
            asked: list[int] = []
            desktop.window.export_requested.connect(asked.append)
            pick(chats, "Export…")
            dialog = await shown(ExportDialog)
            assert asked == [1]
            dialog.activateWindow()
            await eventually(dialog.isActiveWindow)
            QTest.keyClick(dialog, Qt.Key.Key_Escape)
            await eventually(lambda: desktop.exchange._dialog is None)

    run(scenario(), timeout_s=30)


def test_files_are_shown_before_they_are_imported(run: RunScenario, home: Path, tmp_path: Path) -> None:
    chats = [{"title": f"new {k}", "messages": [{"role": "user", "content": f"hello {k}"}]} for k in range(3)]
    (tmp_path / "x.json").write_text(json.dumps([*chats, {"title": "broken", "messages": 3}]))

    async def scenario() -> None:
        async with desk(home) as desktop:
            desktop.exchange.choose_files()
            chooser = await chosen("import_files")
            chooser.filesSelected.emit([str(tmp_path / "x.json")])
            chooser.close()
            dialog = await shown(ImportDialog)
            await eventually(dialog.begin_button.isVisible)
            assert dialog.words.text().startswith("Chats found: 3 new · 1 that cannot be imported.")
            rows = dialog.list.rows()
            assert rows[0] == "broken · cannot be imported: It is not a conversation in a form this app knows."
            assert rows[1] == "new 0 · 1 message"
            assert len(await listed(desktop.history)) == 1
            QTest.keyClick(dialog.begin_button, Qt.Key.Key_Return)
            await eventually(lambda: dialog.close_button.text() == "Close")
            assert dialog.words.text() == "3 chats were imported. 1 could not be imported."
            assert dialog.list.rows() == rows[:1]
            await eventually(lambda: desktop.window.sidebar.conversations.index_of(4).isValid())
            dialog.close()
            await eventually(lambda: desktop.exchange._dialog is None)

            desktop.exchange.import_files([tmp_path / "x.json"])
            dialog = await shown(ImportDialog)
            await eventually(dialog.copies_box.isVisible)
            assert not dialog.begin_button.isEnabled()
            QTest.mouseClick(dialog.copies_box, LEFT)
            assert dialog.begin_button.isEnabled()
            QTest.mouseClick(dialog.begin_button, LEFT)
            await eventually(lambda: dialog.close_button.text() == "Close")
            assert len(await listed(desktop.history)) == 7
            dialog.close()

    run(scenario(), timeout_s=40)


def exporting(home: Path, folder: Path, wanted: Format) -> subprocess.Popen[bytes]:
    """`qwen-desktop export --all`, under way."""
    command = [sys.executable, "-m", "qwen_desktop", "export", "--all", str(folder), "--format", wanted]
    environment = {**os.environ, "QWEN_DESKTOP_HOME": str(home)}
    return subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)


def test_the_command_exports_beside_the_window_in_every_format(run: RunScenario, home: Path, tmp_path: Path) -> None:
    """The window has the history open, and goes on; names are told apart where only their case differs."""

    async def scenario() -> None:
        async with desk(home, 2) as desktop:
            await desktop.history.rename(1, "CON. ")
            await desktop.history.rename(2, "con")
            for wanted in Format:
                with exporting(home, tmp_path / "out", wanted) as command:
                    await eventually(lambda: command.poll() is not None, timeout_s=40)
                    assert command.returncode == 0
            await desktop.history.rename(1, "still written")
        found = names(tmp_path / "out", "*.*")
        assert [name.partition(" ")[2] for name in found if name.endswith(".html")] == ["_CON.html", "_con (2).html"]
        assert sorted(name.rpartition(".")[2] for name in found) == ["html"] * 2 + ["json"] + ["md"] * 2 + ["pdf"] * 2

    run(scenario(), timeout_s=120)


def test_pictures_that_cannot_be_taken_are_named_in_the_dialog(run: RunScenario, home: Path, tmp_path: Path) -> None:
    part = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
    (tmp_path / "x.json").write_text(json.dumps({"messages": [{"role": "user", "content": [part]}]}))

    async def scenario() -> None:
        async with desk(home) as desktop:
            desktop.exchange.import_files([tmp_path / "x.json"])
            dialog = await shown(ImportDialog)
            await eventually(dialog.begin_button.isVisible)
            assert "Pictures in them: 1." in dialog.words.text()
            QTest.mouseClick(dialog.begin_button, LEFT)
            await eventually(lambda: dialog.close_button.text() == "Close")
            assert "Pictures that cannot be taken: 1." in dialog.words.text()
            assert dialog.list.rows() == ["Picture is not a picture. JPEG, PNG, WebP, GIF, BMP and TIFF can be sent."]
            dialog.close()

    run(scenario(), timeout_s=30)


def test_a_disk_that_refuses_is_told_in_the_dialog(run: RunScenario, home: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    async def scenario() -> None:
        async with desk(home) as desktop:
            desktop.exchange.export_all()
            dialog = await shown(ExportDialog)
            QTest.mouseClick(dialog.begin_button, LEFT)
            chooser = await chosen("export_place")
            chooser.fileSelected.emit(str(tmp_path / "file" / "below"))
            chooser.close()
            await eventually(lambda: "is a file, not a folder" in dialog.words.text())
            assert not dialog.folder_button.isVisible()
            dialog.close()
            desktop.exchange.export_one(77)
            dialog = await shown(ExportDialog)
            QTest.mouseClick(dialog.begin_button, LEFT)
            chooser = await chosen("export_place")
            chooser.fileSelected.emit(str(tmp_path / "gone.md"))
            chooser.close()
            await eventually(lambda: dialog.words.text() == "This chat is not there any more.")
            dialog.close()

    run(scenario(), timeout_s=30)


def test_exports_and_imports_rest_while_the_history_works(
    run: RunScenario, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rests: list[float] = []

    def rest(seconds: float) -> None:
        rests.append(seconds)
        time.sleep(seconds)

    monkeypatch.setattr(long_work, "time", SimpleNamespace(sleep=rest, monotonic=time.monotonic))

    async def scenario() -> None:
        async with desk(home) as desktop:
            work = _Work(lambda done, total: None, desktop.history)
            await eventually(lambda: not desktop.history.is_at_work)
            work.check()
            assert rests == []
            may_end = threading.Event()
            writing = asyncio.create_task(desktop.history.write_beside(lambda db: may_end.wait(10.0)))
            await asyncio.sleep(0)
            checking = asyncio.create_task(asyncio.to_thread(work.check))
            await eventually(lambda: rests)
            may_end.set()
            await asyncio.gather(writing, checking)

    run(scenario())


def test_the_app_closes_in_the_middle_and_tidies_up(run: RunScenario, home: Path, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with desk(home, 60) as desktop:
            desktop.exchange.export_all()
            dialog = await shown(ExportDialog)
            dialog.choose_format(Format.PDF)
            QTest.mouseClick(dialog.begin_button, LEFT)
            chooser = await chosen("export_place")
            chooser.fileSelected.emit(str(tmp_path / "out"))
            chooser.close()
            await eventually(lambda: names(tmp_path, "out/*/*.pdf"), timeout_s=20)
        assert not names(tmp_path, "out/*/.*")

    run(scenario(), timeout_s=40)


def test_the_window_answers_while_a_long_chat_is_exported_and_imported(
    run: RunScenario, home: Path, tmp_path: Path
) -> None:
    """A slice of the loop never waits long for the thread; the bound is generous, since the machine may be busy."""
    text = "Some words with `code` and **marks**.\n\n" * 10
    many = replace(rich(), messages=tuple(message(k, k - 1 or None, text) for k in range(1, 1001)), current=1000)

    async def scenario() -> None:
        with history(home / "data", many):
            pass
        async with opened(home, "http://127.0.0.1:9") as desktop:
            longest, busy = 0.0, Busy()

            async def watch() -> None:
                nonlocal longest
                loop = asyncio.get_running_loop()
                while True:
                    begun = loop.time()
                    await asyncio.sleep(0.001)
                    longest = max(longest, loop.time() - begun)

            desktop.exchange.export_one(1)
            dialog = await shown(ExportDialog)
            dialog.choose_format(Format.HTML)
            QTest.mouseClick(dialog.begin_button, LEFT)
            chooser = await chosen("export_place")
            chooser.fileSelected.emit(str(tmp_path / "x.html"))
            chooser.close()
            watching = asyncio.create_task(watch())
            await eventually(dialog.folder_button.isVisible, timeout_s=30)
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
            dialog.close()
            print(f"longest slice {longest * 1000:.1f} ms")
            assert longest < 0.1 * slower() + busy.seconds()

    run(scenario(), timeout_s=60)


def test_a_history_in_memory_is_saved_by_an_export_and_takes_an_import(
    run: RunScenario, home: Path, tmp_path: Path, expect_log: ExpectedLogs
) -> None:
    """The disk of the history cannot be used: what is only in memory can be taken elsewhere."""
    (home / "data").mkdir(parents=True)
    (home / "data" / "history.sqlite3").mkdir()
    (tmp_path / "x.json").write_text(json.dumps({"messages": [{"role": "user", "content": "hello"}]}))
    expect_log("the history cannot be opened")

    async def scenario() -> None:
        async with opened(home, "http://127.0.0.1:9") as desktop:
            assert desktop.history.path is None
            desktop.exchange.import_files([tmp_path / "x.json"])
            taking = await shown(ImportDialog)
            await eventually(taking.begin_button.isVisible)
            QTest.mouseClick(taking.begin_button, LEFT)
            await eventually(lambda: taking.words.text() == "1 chat was imported.")
            taking.close()
            desktop.exchange.export_one(1)
            dialog = await shown(ExportDialog)
            QTest.mouseClick(dialog.begin_button, LEFT)
            chooser = await chosen("export_place")
            chooser.fileSelected.emit(str(tmp_path / "saved.md"))
            chooser.close()
            await eventually(dialog.folder_button.isVisible, timeout_s=20)
            dialog.close()
        assert "hello" in read_text(tmp_path / "saved.md")

    run(scenario(), timeout_s=30)
