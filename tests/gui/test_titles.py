"""Titles by a model in the real window, offscreen: only where it is wanted, once, and never in anybody's way."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit

from qwen_desktop.app import Desktop
from tests.conftest import RunScenario, eventually
from tests.end2end.desk import KEY, notices, opened
from tests.faults.server import Connection, FaultServer

ON = "title_by_model = true"
PROMPT = "How do I make tea?"


class Service:
    """Answers prompts well at once, and wishes for titles when it may."""

    def __init__(self, title: str = "Making tea", status: int = 200) -> None:
        self.may_name = asyncio.Event()
        self.may_name.set()
        self._title, self._status = title, status

    async def __call__(self, connection: Connection) -> None:
        assert connection.request is not None
        if b"You name chats" not in connection.request.body:
            await connection.reply()
            return
        if self._status != 200:
            await connection.answer(self._status, b'{"code":"Throttling.RateQuota","message":"Requests rate limit"}')
            return
        await connection.head()
        await connection.chunk(connection.frames.text(self._title[:2]))
        await self.may_name.wait()
        await connection.chunks([connection.frames.text(self._title[2:]), connection.frames.finish()])
        await connection.end()


@asynccontextmanager
async def desk(home: Path, server: FaultServer, settings: str = ON) -> AsyncIterator[Desktop]:
    (home / "config").mkdir(exist_ok=True)
    (home / "config" / "settings.toml").write_text(f'[chat]\nmodel = "qwen-plus"\n{settings}\n')
    async with opened(home, server.base_url) as desktop:
        yield desktop


async def ask(desktop: Desktop, prompt: str = PROMPT) -> None:
    desktop.controller.submit(prompt)
    await eventually(lambda: desktop.chat.running_ids != frozenset())
    await eventually(lambda: desktop.chat.running_ids == frozenset() and not desktop.window.composer.is_running)


@asynccontextmanager
async def asked(home: Path, service: Service, settings: str = ON) -> AsyncIterator[tuple[Desktop, FaultServer]]:
    """With the first reply complete."""
    async with FaultServer(service) as server, desk(home, server, settings) as desktop:
        await ask(desktop)
        yield desktop, server


@asynccontextmanager
async def naming(home: Path) -> AsyncIterator[tuple[Desktop, FaultServer, asyncio.Event]]:
    """With the first reply complete, and its title under way until the event is set."""
    service = Service()
    service.may_name.clear()
    async with asked(home, service) as (desktop, server):
        await eventually(lambda: server.posts == 2)
        yield desktop, server, service.may_name


def titles(desktop: Desktop) -> list[str]:
    """Of the top bar, and of the first chat in the list."""
    model = desktop.window.sidebar.list.conversations
    return [desktop.window.top_bar.title_label.text(), str(model.index_of(1).data(Qt.ItemDataRole.DisplayRole))]


def origin(home: Path) -> str:
    with sqlite3.connect(home / "data" / "history.sqlite3") as db:
        (found,) = db.execute("SELECT title_origin FROM conversation WHERE id = 1").fetchone()
    db.close()
    return str(found)


async def all_done(desktop: Desktop) -> None:
    await eventually(lambda: not desktop.titles._tasks._tasks)


def test_unasked_nothing_is_sent(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with asked(home, Service(), "") as (desktop, server):
            await ask(desktop, "And coffee?")
            await all_done(desktop)
            assert server.posts == 2
            assert titles(desktop) == [PROMPT, PROMPT]
        assert origin(home) == "app"

    run(scenario(), timeout_s=30)


def test_the_first_reply_gets_the_chat_a_title_and_the_next_does_not(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with asked(home, Service("“Making tea”")) as (desktop, server):
            await eventually(lambda: titles(desktop) == ["Making tea", "Making tea"])
            request = server.requests[1]
            assert json.loads(request.body)["model"] == "qwen-flash"
            assert request.headers["authorization"] == f"Bearer {KEY}"
            # 11 tokens at ¥0.8 and 24 at ¥2, and the same at ¥0.15 and ¥1.5
            await eventually(lambda: desktop.window.status_line.text().endswith("· ¥0.000057 · this chat ¥0.000094"))
            details = desktop.window.status_line.toolTip().splitlines()
            assert "This chat with all its versions: 1 reply" in details
            assert "And its title, by a model" in details
            await ask(desktop, "And coffee?")
            desktop.controller._retry_reply(2)
            await eventually(lambda: server.posts == 4 and not desktop.window.composer.is_running)
            await all_done(desktop)
            assert server.posts == 4
            assert titles(desktop) == ["Making tea", "Making tea"]
        assert origin(home) == "model"

    run(scenario(), timeout_s=30)


def test_the_next_turn_does_not_wait_for_the_title(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with naming(home) as (desktop, server, may_name):
            await ask(desktop, "And coffee?")
            assert titles(desktop) == [PROMPT, PROMPT]
            may_name.set()
            await eventually(lambda: titles(desktop) == ["Making tea", "Making tea"])
            assert server.posts == 3

    run(scenario(), timeout_s=30)


@pytest.mark.parametrize("place", ["top bar", "list"])
def test_what_is_being_renamed_stays_and_counts(run: RunScenario, home: Path, place: str) -> None:
    async def scenario() -> None:
        async with naming(home) as (desktop, _, may_name):
            window = desktop.window
            if place == "top bar":
                window.top_bar.rename()
                field: QLineEdit = window.top_bar.title_field
            else:
                window.sidebar.list.rename(1)
                (field,) = window.sidebar.list.findChildren(QLineEdit)
            field.selectAll()
            QTest.keyClicks(field, "My")
            may_name.set()
            await eventually(lambda: titles(desktop)[1] == "Making tea")
            assert (field.isVisible(), field.text()) == (True, "My")
            QTest.keyClicks(field, " tea")
            QTest.keyClick(field, Qt.Key.Key_Return)
            await eventually(lambda: titles(desktop) == ["My tea", "My tea"])
        assert origin(home) == "user"

    run(scenario(), timeout_s=30)


def test_leaving_the_field_untouched_keeps_the_new_title(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with naming(home) as (desktop, _, may_name):
            desktop.window.top_bar.rename()
            may_name.set()
            await eventually(lambda: titles(desktop) == ["Making tea", "Making tea"])
            QTest.keyClick(desktop.window.top_bar.title_field, Qt.Key.Key_Return)
            await asyncio.sleep(0)
            assert titles(desktop) == ["Making tea", "Making tea"]
        assert origin(home) == "model"

    run(scenario(), timeout_s=30)


def test_a_refusal_is_nobodys_business(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with asked(home, Service(status=429)) as (desktop, server):
            await eventually(lambda: server.posts == 2)
            await all_done(desktop)
            assert server.posts == 2
            assert titles(desktop) == [PROMPT, PROMPT]
            assert notices(desktop) == []
            assert desktop.window.notice_bar.isHidden()

    run(scenario(), timeout_s=30)


@pytest.mark.parametrize("way", ["stop", "delete", "close"])
def test_stop_deletion_and_the_end_close_the_socket(run: RunScenario, home: Path, way: str) -> None:
    async def scenario() -> None:
        async with naming(home) as (desktop, server, _):
            connection = server.connections[-1]
            match way:
                case "stop":
                    desktop.chat.stop(1)
                case "delete":
                    desktop.conversations.delete(1)
                case "close":
                    await desktop.titles.close()
            await eventually(connection.left.is_set)
            await all_done(desktop)
        assert origin(home) == "app"

    run(scenario(), timeout_s=30)


def test_another_account_is_not_shown_the_chat(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with FaultServer(Service()) as other, FaultServer(Service()) as server, desk(home, server) as desktop:
            desktop.chat.turn_started.connect(lambda *_: setattr(desktop.engine, "_given_base_url", other.base_url))
            await ask(desktop)
            await all_done(desktop)
            assert (server.posts, other.posts) == (1, 0)

    run(scenario(), timeout_s=30)


def test_the_demo_names_nothing(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        (home / "config").mkdir()
        (home / "config" / "settings.toml").write_text(f"[server]\ndemo = true\n[chat]\n{ON}\n")
        async with opened(home, key="") as desktop:
            await ask(desktop)
            await all_done(desktop)
        assert origin(home) == "app"

    run(scenario(), timeout_s=30)
