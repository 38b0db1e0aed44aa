"""Backups in the app: made when due, listed, restored by the next start; a damaged history is told of."""

from __future__ import annotations

import os
import shutil
import sqlite3
import time
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from qwen_desktop.core.chat.message import MessageStatus
from qwen_desktop.core.storage import backups, restoring
from qwen_desktop.core.storage.conversations import History
from qwen_desktop.ui.views.backups_page import BackupsPage
from qwen_desktop.ui.views.bin_page import BinPage
from tests.conftest import ExpectedLogs, RunScenario, eventually
from tests.end2end.desk import opened
from tests.listing import listed


async def write(home: Path, *prompts: str) -> None:
    history = await History.open(home / "data" / "history.sqlite3")
    for prompt in prompts:
        await history.begin_turn(None, prompt, model_id="m")
    await history.close()


def texts(path: Path) -> set[str]:
    with closing(sqlite3.connect(path)) as db:
        return {row[0] for row in db.execute("SELECT text FROM message WHERE role = 'user'")}


def test_a_copy_is_made_by_itself_once_a_day(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        await write(home, "kept")
        async with opened(home) as desktop:
            assert desktop.backups is not None
            desktop.backups.look()
            folder = home / "data" / "backups"
            await eventually(lambda: len(backups.backups_in(folder)) == 1)
            (made,) = backups.backups_in(folder)
            assert texts(made.path) == {"kept"}
            desktop.backups.look()
        assert backups.backups_in(folder) == (made,), "no second one on the same day"

    run(scenario())


def test_a_new_history_is_not_copied(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with opened(home) as desktop:
            assert desktop.backups is not None
            desktop.backups.look()
        assert backups.backups_in(home / "data" / "backups") == ()

    run(scenario())


def test_a_backup_is_made_chosen_and_restored_by_the_next_start(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        await write(home, "old")
        path = home / "data" / "history.sqlite3"
        async with opened(home) as desktop:
            assert desktop.backups is not None
            desktop.setup.open_settings()
            settings = desktop.setup.settings
            settings.open("backups")
            await eventually(lambda: desktop.window.findChild(BackupsPage) is not None)
            page = desktop.window.findChild(BackupsPage)
            assert isinstance(page, BackupsPage)
            await eventually(lambda: "No backup" in page.words.text())
            QTest.mouseClick(page.make_button, Qt.MouseButton.LeftButton)
            await eventually(lambda: page.table.rowCount() == 1)
            assert page.table.item(0, 3).text() == "2", "prompt and reply"
            await write_beside(desktop, "new")
            page.table.setCurrentCell(0, 0)
            page.restore_button.click()
            assert page.question.isVisible()
            page.question.later.click()
            await eventually(lambda: restoring.chosen(path) is not None)
            await eventually(page.question.isVisible)
            page.question.cancel.click()
            await eventually(lambda: restoring.chosen(path) is None)
            page.table.setCurrentCell(0, 0)
            page.restore_button.click()
            page.question.now.click()
            await eventually(desktop.stopped.is_set)
            assert desktop.wants_restart
        assert texts(path) == {"old", "new"}
        async with opened(home) as desktop:
            await eventually(lambda: "was restored: 1 chats with 2 messages" in desktop.window.notice_bar.sentence)
        assert texts(path) == {"old"}
        newest = backups.backups_in(home / "data" / "backups")[0]
        assert (newest.label, texts(newest.path)) == (backups.BEFORE_RESTORE, {"old", "new"})

    run(scenario(), 20.0)


async def write_beside(desktop: object, prompt: str) -> None:
    history: History = desktop.history  # type: ignore[attr-defined]
    started = await history.begin_turn(None, prompt, model_id="m")
    await history.journal(started.reply).finish(replace(started.reply, status=MessageStatus.STOPPED))


def test_a_damaged_history_is_repaired_and_told_of(run: RunScenario, home: Path, expect_log: ExpectedLogs) -> None:
    expect_log("the history is damaged")
    expect_log("put together anew")

    async def scenario() -> None:
        path = home / "data" / "history.sqlite3"
        await write(home, *(f"prompt {number}" * 50 for number in range(60)))
        with path.open("rb+") as file:
            file.write(b"\0" * 4096)
        async with opened(home) as desktop:
            await eventually(lambda: "put together anew" in desktop.window.notice_bar.sentence)
            assert [button.text() for button in desktop.window.notice_bar.buttons] == ["Open folder"]
            await eventually(lambda: desktop.window.sidebar.list.model().rowCount() > 60)
        assert len(list((home / "data").glob("damaged-*"))) == 1
        assert len(texts(path)) == 60

    run(scenario(), 20.0)


def test_a_backup_of_today_says_so(qtbot: object) -> None:
    from qwen_desktop.ui.theme import Theme

    page = BackupsPage(Theme())
    qtbot.addWidget(page)  # type: ignore[attr-defined]
    made = backups.Backup(Path("/b/1"), datetime.now(UTC), "before-schema-6", 1_500_000)
    page.show_backups([made], {made.path: None}, None, None)
    page.table.setCurrentCell(0, 0)
    assert page.table.item(0, 1).text() == "before an upgrade"
    assert not page.restore_button.isEnabled(), "it is damaged"


def test_deleted_chats_are_brought_back_and_erased_on_their_page(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        await write(home, "one", "two", "three")
        path = home / "data" / "history.sqlite3"
        async with opened(home) as desktop:
            await eventually(lambda: desktop.window.sidebar.list.model().rowCount() >= 3)
            await desktop.history.search.catch_up()
            for summary in await listed(desktop.history):
                await desktop.history.delete(summary.id)
            desktop.setup.open_settings()
            desktop.setup.settings.open("bin")
            await eventually(lambda: desktop.window.findChild(BinPage) is not None)
            page = desktop.window.findChild(BinPage)
            assert isinstance(page, BinPage)
            await eventually(lambda: page.table.rowCount() == 3)
            page.table.selectRow(0)
            page.restore_button.click()
            await eventually(lambda: page.table.rowCount() == 2)
            assert [one.title for one in await listed(desktop.history)] == ["one"]
            page.table.selectRow(0)
            page.erase_button.click()
            assert page.question.isVisible()
            page.question.now.click()
            await eventually(lambda: page.table.rowCount() == 1)
            index = home / "data" / "search.sqlite3"
            assert not index.exists() or b"two" not in index.read_bytes(), "nor is it in the index"
        assert texts(path) == {"one", "three"}

    run(scenario(), 20.0)


def test_a_clock_that_was_ahead_at_the_first_look_does_not_put_off_the_next(run: RunScenario, home: Path) -> None:
    class Ahead(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:
            return datetime.now(tz) + timedelta(days=900)

    async def scenario() -> None:
        await write(home, "kept")
        async with opened(home) as desktop:
            assert desktop.backups is not None
            looks: list[object] = []
            desktop.backups.at_rest.connect(lambda: looks.append(None))
            with pytest.MonkeyPatch.context() as patched:
                patched.setattr("qwen_desktop.ui.controllers.backups.datetime", Ahead)
                desktop.backups.look()
            monotonic = time.monotonic
            with pytest.MonkeyPatch.context() as patched:
                patched.setattr("qwen_desktop.ui.controllers.backups.time.monotonic", lambda: monotonic() + 3700)
                await eventually(lambda: not desktop.backups._is_copying)
                desktop.backups.look()
            assert len(looks) == 2

    run(scenario())


def test_one_run_with_a_clock_that_is_ahead_erases_nothing(run: RunScenario, home: Path) -> None:
    """Nor does the first that is right again; two that agree over a week do."""

    def clock(days: int) -> type[datetime]:
        class Clock(datetime):
            @classmethod
            def now(cls, tz: tzinfo | None = None) -> datetime:
                return datetime.now(tz) + timedelta(days=days)

        return Clock

    async def scenario() -> None:
        path = home / "data" / "history.sqlite3"
        await write(home, "deleted")
        history = await History.open(path)
        (chat,) = await listed(history)
        await history.delete(chat.id)
        await history.close()
        kept = []
        for days in (0, 12_000, 29, 12_000, 31, 38):
            with pytest.MonkeyPatch.context() as patched:
                patched.setattr("qwen_desktop.ui.controllers.bin.datetime", clock(days))
                async with opened(home) as desktop:
                    assert desktop.bin is not None
                    await desktop.bin._tidy()
            kept.append(texts(path) == {"deleted"})
        assert kept == [True, True, True, True, True, False]

    run(scenario())


@pytest.mark.skipif(not hasattr(os, "O_PATH"), reason="only Linux tells without harm that an open file was deleted")
def test_a_data_folder_that_is_deleted_under_the_window_is_told_of(
    run: RunScenario, home: Path, expect_log: ExpectedLogs
) -> None:
    expect_log("was deleted while it was open")

    async def scenario() -> None:
        async with opened(home) as desktop:
            assert desktop.backups is not None
            await write_beside(desktop, "before")
            shutil.rmtree(home / "data")
            await write_beside(desktop, "after")
            desktop.backups.look()
            desktop.backups.look()
            assert "was deleted while the app was open" in desktop.window.notice_bar.sentence
        assert texts(home / "data" / "history.sqlite3") == {"before", "after"}

    run(scenario())
