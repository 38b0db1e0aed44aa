"""A cut reply in the real window, offscreen: continued by itself or by its button, in one row, and marked."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton

from qwen_desktop.app import Desktop
from tests.conftest import RunScenario, eventually
from tests.end2end.desk import notices, opened, reply_text
from tests.faults.frames import KEPT, PIECES, PREFIX, WHOLE
from tests.faults.server import Connection, FaultServer
from tests.quick_asking import change, quick_ask_of


def settings(home: Path, text: str) -> None:
    (home / "config").mkdir()
    (home / "config" / "settings.toml").write_text(f"[chat]\n{text}\n")


def rows(home: Path) -> list[tuple[str, str, int]]:
    with sqlite3.connect(home / "data" / "history.sqlite3") as db:
        found = db.execute(
            "SELECT text, status, json_array_length(ifnull(continuations, '[]')) FROM message"
            " WHERE role = 'assistant' ORDER BY id"
        ).fetchall()
    db.close()
    return found


def button(desktop: Desktop, label: str) -> QAbstractButton:
    (box,) = notices(desktop)
    (found,) = [one for one in box.findChildren(QAbstractButton) if one.text() == label]
    return found


def footer(desktop: Desktop) -> str:
    return desktop.transcript.rows[-1].state.footer_words


async def at_rest(desktop: Desktop) -> None:
    await eventually(lambda: not desktop.window.composer.is_running and desktop.chat.running_ids == frozenset())


def test_a_cut_reply_goes_on_by_itself_and_says_so(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with FaultServer("rst-midstream", times=1) as server, opened(home, server.base_url) as desktop:
            desktop.controller.submit("How do I make tea?")
            await eventually(lambda: server.posts == 2)
            await at_rest(desktop)
            assert reply_text(desktop) == WHOLE
            assert rows(home) == [(WHOLE, "complete", 1)]
            assert notices(desktop) == []
            assert footer(desktop).endswith("continued after an interruption")

    run(scenario(), timeout_s=30)


@pytest.mark.parametrize("has_tail", [False, True])
def test_the_button_continues_a_cut_reply_in_its_place(run: RunScenario, home: Path, has_tail: bool) -> None:
    """Also when the conversation has gone on below it."""

    async def scenario() -> None:
        settings(home, 'continue_after_cut = "ask"')
        async with FaultServer("rst-midstream", times=1) as server, opened(home, server.base_url) as desktop:
            desktop.controller.submit("How do I make tea?")
            await eventually(lambda: len(notices(desktop)) == 1)
            await at_rest(desktop)
            assert (server.posts, reply_text(desktop)) == (1, PREFIX)
            if has_tail:
                desktop.controller.submit("And coffee?")
                await eventually(lambda: server.posts == 2)
                await at_rest(desktop)
            assert [one.text() for one in notices(desktop)[0].buttons] == ["Try again", "Continue"]
            QTest.mouseClick(button(desktop, "Continue"), Qt.MouseButton.LeftButton)
            await eventually(lambda: server.posts == 2 + has_tail)
            await at_rest(desktop)
            shown = desktop.transcript.message_ids
            assert shown == [1, 2, 3, 4][: 4 if has_tail else 2]
            assert desktop.transcript.text_of(2) == WHOLE
            assert notices(desktop) == []
            assert rows(home)[0] == (WHOLE, "complete", 1)
            assert len(rows(home)) == 1 + has_tail

    run(scenario(), timeout_s=30)


def test_a_reply_that_reached_its_limit_offers_to_continue_and_asks_nothing_by_itself(
    run: RunScenario, home: Path
) -> None:
    async def limited(connection: Connection) -> None:
        frames = connection.frames
        await connection.head()
        is_first = len(frames.to_say) == len(PIECES)
        await connection.chunks(frames.pieces(KEPT if is_first else None))
        await connection.chunks([frames.finish("length" if is_first else "stop"), frames.after_finish()])
        await connection.end()

    async def scenario() -> None:
        async with FaultServer(limited) as server, opened(home, server.base_url) as desktop:
            desktop.controller.submit("How do I make tea?")
            await eventually(lambda: len(notices(desktop)) == 1)
            await at_rest(desktop)
            assert server.posts == 1
            assert rows(home) == [(PREFIX, "complete", 0)]
            QTest.mouseClick(button(desktop, "Continue"), Qt.MouseButton.LeftButton)
            await eventually(lambda: server.posts == 2)
            await at_rest(desktop)
            assert reply_text(desktop) == WHOLE
            assert rows(home) == [(WHOLE, "complete", 1)]
            assert notices(desktop) == []
            assert footer(desktop).endswith("· continued")

    run(scenario(), timeout_s=30)


def test_a_continuation_by_button_that_fails_says_why_and_loses_nothing(run: RunScenario, home: Path) -> None:
    async def cut_then_refuse(connection: Connection) -> None:
        if connection.request is not None and connection.request.begun:
            await connection.answer(401, connection.frames.error_body("InvalidApiKey", "Invalid API-key provided."))
            return
        await connection.head()
        await connection.chunks(connection.frames.pieces(KEPT))
        connection.fin()

    async def scenario() -> None:
        settings(home, 'continue_after_cut = "ask"')
        async with FaultServer(cut_then_refuse) as server, opened(home, server.base_url) as desktop:
            desktop.controller.submit("How do I make tea?")
            await eventually(lambda: len(notices(desktop)) == 1)
            await at_rest(desktop)
            QTest.mouseClick(button(desktop, "Continue"), Qt.MouseButton.LeftButton)
            await eventually(lambda: server.posts == 2)
            await at_rest(desktop)
            await eventually(lambda: len(notices(desktop)) == 1)
            assert "does not accept the API key" in notices(desktop)[0].accessibleName()
            assert [one.text() for one in notices(desktop)[0].buttons] == ["Try again", "Set API key", "Continue"]
            assert rows(home) == [(PREFIX, "interrupted", 0)]
            assert reply_text(desktop) == PREFIX

    run(scenario(), timeout_s=30)


def test_the_status_line_says_that_it_goes_on(run: RunScenario, home: Path) -> None:
    async def cut_then_wait(connection: Connection) -> None:
        if connection.request is not None and connection.request.begun:
            await connection.silence()
        await connection.head()
        await connection.chunks(connection.frames.pieces(KEPT))
        connection.fin()

    async def scenario() -> None:
        async with FaultServer(cut_then_wait) as server, opened(home, server.base_url) as desktop:
            desktop.controller.submit("How do I make tea?")
            await eventually(lambda: server.posts == 2)
            await eventually(lambda: desktop.window.status_line.text().startswith("Continuing"))
            desktop.window.composer.stop_requested.emit()
            await at_rest(desktop)
            assert (reply_text(desktop), server.posts) == (PREFIX, 2)
            assert rows(home) == [(PREFIX, "stopped", 0)]

    run(scenario(), timeout_s=30)


def test_the_quick_ask_continues_by_its_button_too(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        settings(home, 'continue_after_cut = "ask"')
        async with FaultServer("rst-midstream", times=1) as server, opened(home, server.base_url) as desktop:
            quick = quick_ask_of(desktop)
            change(desktop, quick, prefill="off")
            quick.warm()
            quick.open()
            try:
                QTest.keyClicks(quick.window.edit, "How do I make tea?")
                QTest.keyClick(quick.window.edit, Qt.Key.Key_Return)
                await eventually(lambda: server.posts == 1 and rows(home) == [(PREFIX, "interrupted", 0)])
                transcript = quick.window.transcript
                assert transcript is not None
                await eventually(lambda: bool(transcript.findChildren(QAbstractButton, "notice_continue")))
                QTest.mouseClick(
                    transcript.findChildren(QAbstractButton, "notice_continue")[-1], Qt.MouseButton.LeftButton
                )
                await eventually(lambda: server.posts == 2 and rows(home) == [(WHOLE, "complete", 1)])
                await eventually(lambda: transcript.last_text() == WHOLE)
            finally:
                quick.close()

    run(scenario(), timeout_s=30)
