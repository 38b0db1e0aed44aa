"""The search in the real window, offscreen: found on another branch, opened at the message with the match marked."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from qwen_desktop.app import Desktop
from qwen_desktop.core.chat.message import MessageStatus
from qwen_desktop.core.search.found import SearchResult
from qwen_desktop.core.storage.conversations import History
from tests.conftest import RunScenario, eventually
from tests.end2end.desk import opened
from tests.search_corpus import Corpus


async def finish(history: History, started: Any, text: str) -> None:
    await history.journal(started.reply).finish(replace(started.reply, text=text, status=MessageStatus.COMPLETE))


async def two_branches(home: Path) -> tuple[int, int]:
    """The conversation, and the reply on the branch that is not shown."""
    history = await History.open(home / "data" / "history.sqlite3")
    first = await history.begin_turn(None, "What is the weather", model_id="m")
    await finish(history, first, "早上好。\n\n今天**北京天气**很好。")
    second = await history.begin_reply(first.prompt.id, model_id="m")
    await finish(history, second, "Another reply")
    other = await history.begin_turn(None, "Something else", model_id="m")
    await finish(history, other, "entirely")
    await history.close()
    return first.conversation.id, first.reply.id


async def typed(desktop: Desktop, text: str) -> None:
    """Typed into the field, and answered."""
    sidebar = desktop.window.sidebar
    sidebar.focus_search()
    sidebar.search_field.clear()
    for letter in text:
        QTest.keyClicks(sidebar.search_field, letter)
    await eventually(lambda: sidebar._answered == text and sidebar.results.isVisible())


def test_what_was_found_is_opened_on_its_branch_and_marked(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        conversation_id, reply_id = await two_branches(home)
        async with opened(home, "http://127.0.0.1:9") as desktop:
            sidebar, controller = desktop.window.sidebar, desktop.controller
            await typed(desktop, "bjtq")
            assert sidebar.results.found_ids == [conversation_id]
            QTest.keyClick(sidebar.search_field, Qt.Key.Key_Down)
            QTest.keyClick(sidebar.results, Qt.Key.Key_Down)
            QTest.keyClick(sidebar.results, Qt.Key.Key_Return)
            await eventually(lambda: controller.conversation_id == conversation_id)
            await eventually(lambda: reply_id in desktop.transcript.message_ids)
            await eventually(lambda: desktop.transcript._current_hit is not None)
            message_id, begin, end = desktop.transcript._current_hit or (0, 0, 0)
            assert message_id == reply_id
            assert desktop.transcript.text_of(reply_id)[begin:end] == "北京天气"
            assert (await desktop.history.conversation(conversation_id)).messages[-1].id == reply_id
            # What is open already is gone to; the branch changes only where it has to.
            await typed(desktop, "another reply")
            QTest.keyClick(sidebar.search_field, Qt.Key.Key_Return)
            await eventually(lambda: desktop.transcript.last_text() == "Another reply")
            assert QApplication.focusWidget() is not None
            assert sidebar.search_field.text() == "another reply"
            assert desktop.transcript._current_hit is not None
            assert sidebar.clear_search()
            assert desktop.transcript._current_hit is None
            assert sidebar.list.isVisible()

    run(scenario(), timeout_s=30)


def test_what_changes_is_found_anew_and_late_answers_are_dropped(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        conversation_id, _ = await two_branches(home)
        async with opened(home, "http://127.0.0.1:9") as desktop:
            sidebar = desktop.window.sidebar
            await typed(desktop, "entirely")
            (other_id,) = sidebar.results.found_ids
            desktop.conversations.rename(conversation_id, "Not entirely so")
            await eventually(lambda: set(sidebar.results.found_ids) == {conversation_id, other_id})
            desktop.conversations.delete(other_id)
            await eventually(lambda: sidebar.results.found_ids == [conversation_id])

            gate = asyncio.Event()
            find = desktop.history.search.find

            async def slow(text: str, limit: int = 100) -> SearchResult:
                result = await find(text, limit)
                if text == "weather":
                    await asyncio.shield(gate.wait())
                return result

            desktop.history.search.find = slow  # type: ignore[method-assign]
            sidebar.search_field.setText("weather")
            await asyncio.sleep(0)
            sidebar.search_field.setText("nowhere")
            await eventually(lambda: sidebar._answered == "nowhere")
            gate.set()
            for _ in range(20):
                await asyncio.sleep(0)
            assert sidebar.results.found_ids == []
            assert "No chat matches" in sidebar.results.accessibleDescription()
            assert "has:code" in sidebar.results.accessibleDescription()

    run(scenario(), timeout_s=30)


def test_older_messages_that_are_still_read_are_told_and_then_found(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        (home / "data").mkdir(mode=0o700)
        Corpus(1_500).write(home / "data" / "history.sqlite3")
        async with opened(home, "http://127.0.0.1:9") as desktop:
            told: list[SearchResult] = []
            sidebar = desktop.window.sidebar
            show = sidebar.show_found
            desktop.search._sidebar.show_found = lambda result, hints: (told.append(result), show(result, hints))  # type: ignore[method-assign]
            sidebar.focus_search()
            sidebar.search_field.setText("天气")
            await eventually(lambda: told and told[-1].unread_count == 0, timeout_s=20)
            assert told[0].unread_count > 0
            assert len(sidebar.results.found_ids) == 50

    run(scenario(), timeout_s=40)
