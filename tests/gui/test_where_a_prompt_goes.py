"""A prompt goes below what was shown when it was sent, whatever is shown when it begins."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from qwen_desktop.app import Desktop
from qwen_desktop.core.chat.message import Role
from tests.conftest import RunScenario, eventually
from tests.end2end.desk import opened
from tests.faults.server import FaultServer
from tests.late import Late, SlowKey, answered

ANSWER = "an answer"


@dataclass
class Branched:
    """A chat of which two versions of its first prompt were asked; the second one is shown."""

    desktop: Desktop
    server: FaultServer
    conversation_id: int

    @property
    def shown(self) -> list[str]:
        return [one.text for one in self.desktop.controller.messages]

    @property
    def asked(self) -> list[str]:
        """What the last request held."""
        body = json.loads(self.server.requests[-1].body)
        return [one["content"] for one in body["input"]["messages"]]

    def send(self, prompt: str) -> None:
        self.desktop.window.composer.set_text(prompt)
        self.desktop.window.composer.submit()

    async def is_done(self) -> None:
        await eventually(lambda: not self.desktop.chat._starting and not self.desktop.chat.running_ids)

    async def shows_the_first(self) -> None:
        first = self.desktop.controller.messages[0]
        self.desktop.controller._on_message_action(first.id, "previous_version")
        await eventually(lambda: self.shown[0] == "the first")

    async def parent_of(self, prompt: str) -> str:
        chat = await self.desktop.history.conversation(self.conversation_id)
        place = next(one for one in self.desktop.controller.messages if one.text == prompt)
        path = await self.desktop.history.path_to(chat.id, place.id)
        return path[0].text


@asynccontextmanager
async def branched(home: Path) -> AsyncIterator[Branched]:
    (home / "config").mkdir()
    (home / "config" / "settings.toml").write_text('[chat]\nmodel = "qwen-plus"\n')
    async with FaultServer(answered) as server, opened(home, server.base_url) as desktop:
        composer, shown = desktop.window.composer, desktop.controller
        composer.set_text("the first")
        composer.submit()
        await eventually(lambda: shown.last_reply is not None and shown.last_reply.text == ANSWER)
        composer.begin_editing(shown.messages[0].id, "the first")
        composer.edit.set_text("other words")
        composer.submit()
        await eventually(lambda: [one.text for one in shown.messages] == ["other words", ANSWER])
        assert shown.conversation_id is not None
        chat = Branched(desktop, server, shown.conversation_id)
        await chat.is_done()
        yield chat


PHASES = ["the key is asked for", "it is about to be written", "it was just written"]


@pytest.mark.parametrize("phase", PHASES)
def test_another_version_is_chosen_while_it_is_on_its_way(run: RunScenario, home: Path, phase: str) -> None:
    async def scenario() -> None:
        async with branched(home) as chat:
            if phase == "the key is asked for":
                answer = SlowKey(chat.desktop).answer
            else:
                late = Late(chat.desktop.history, "begin_turn", is_begun=phase == "it was just written")
                answer = late.may_come
            chat.send("and then")
            if phase != "the key is asked for":
                await eventually(lambda: late.calls)
            await chat.shows_the_first()
            answer.set()
            await eventually(lambda: chat.server.posts == 3)
            await chat.is_done()
            whole = ["other words", ANSWER, "and then", ANSWER]
            assert chat.asked == whole[:3]
            assert chat.shown == whole
            assert await chat.parent_of("and then") == "other words"

    run(scenario(), timeout_s=20)


def test_a_version_that_comes_late_is_not_where_the_next_prompt_goes(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with branched(home) as chat:
            late = Late(chat.desktop.history, "select_path")
            chat.desktop.controller._on_message_action(chat.desktop.controller.messages[0].id, "previous_version")
            await eventually(lambda: late.calls)
            chat.send("and then")
            await eventually(lambda: chat.server.posts == 3)
            await chat.is_done()
            late.may_come.set()
            await eventually(lambda: chat.shown == ["the first", ANSWER])
            assert chat.asked == ["other words", ANSWER, "and then"]
            chat.send("to the first")
            await eventually(lambda: chat.server.posts == 4)
            await chat.is_done()
            assert chat.asked == ["the first", ANSWER, "to the first"]

    run(scenario(), timeout_s=20)


@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
def test_what_waits_for_one_that_is_on_its_way(run: RunScenario, home: Path, before: bool) -> None:
    """Sent before another version was chosen it follows that one, and after it goes to that version."""

    async def scenario() -> None:
        async with branched(home) as chat:
            key = SlowKey(chat.desktop)
            chat.send("and then")
            if before:
                chat.send("this waits")
            await chat.shows_the_first()
            if not before:
                chat.send("this waits")
            key.answer.set()
            await eventually(lambda: chat.server.posts == 4)
            await chat.is_done()
            asked = ["other words", ANSWER, "and then", ANSWER] if before else ["the first", ANSWER]
            assert chat.asked == [*asked, "this waits"]
            assert chat.shown == [*asked, "this waits", ANSWER]

    run(scenario(), timeout_s=20)


def test_what_waited_is_on_its_way_when_another_version_is_chosen(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with branched(home) as chat:
            chat.send("and then")
            await eventually(lambda: chat.desktop.chat.running_ids)
            key = SlowKey(chat.desktop)
            chat.send("this waits")
            await eventually(lambda: chat.server.posts == 3 and not chat.desktop.chat.running_ids)
            assert chat.desktop.chat._starting
            await chat.shows_the_first()
            key.answer.set()
            await eventually(lambda: chat.server.posts == 4)
            await chat.is_done()
            assert chat.asked == ["other words", ANSWER, "and then", ANSWER, "this waits"]

    run(scenario(), timeout_s=20)


def test_an_edit_that_is_on_its_way_is_followed_by_what_is_sent_after_it(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with branched(home) as chat:
            key, composer = SlowKey(chat.desktop), chat.desktop.window.composer
            composer.begin_editing(chat.desktop.controller.messages[0].id, "other words")
            composer.edit.set_text("third words")
            composer.submit()
            chat.send("and then")
            key.answer.set()
            await eventually(lambda: chat.server.posts == 4)
            await chat.is_done()
            assert chat.asked == ["third words", ANSWER, "and then"]

    run(scenario(), timeout_s=20)


@pytest.mark.parametrize("phase", PHASES[:2])
def test_what_it_was_written_below_is_deleted_meanwhile(run: RunScenario, home: Path, phase: str) -> None:
    """By another face or process: it goes where the chat ends then."""

    async def scenario() -> None:
        async with branched(home) as chat:
            if phase == "the key is asked for":
                answer = SlowKey(chat.desktop).answer
            else:
                answer = Late(chat.desktop.history, "begin_turn", is_begun=False).may_come
            edited = chat.desktop.controller.messages[0]
            assert edited.role is Role.USER
            chat.send("and then")
            chat.desktop.conversations.delete_message(edited.id)
            await eventually(lambda: chat.shown == ["the first", ANSWER])
            answer.set()
            await eventually(lambda: chat.server.posts == 3)
            await chat.is_done()
            assert chat.asked == ["the first", ANSWER, "and then"]
            assert chat.desktop.window.composer.text() == ""

    run(scenario(), timeout_s=20)


def test_the_quick_ask_goes_on_below_the_reply_it_shows(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with branched(home) as chat:
            quick = chat.desktop.presence.quick
            quick.open()
            quick.window.set_text("asked quickly")
            quick.ask()
            await eventually(lambda: chat.server.posts == 3)
            await chat.is_done()
            place = quick.conversation_id
            assert place is not None
            chat.desktop.controller.open_conversation(place)
            await eventually(lambda: chat.desktop.controller.conversation_id == place)
            composer, shown = chat.desktop.window.composer, chat.desktop.controller
            composer.begin_editing(shown.messages[0].id, "asked quickly")
            composer.edit.set_text("asked slowly")
            composer.submit()
            await eventually(lambda: chat.server.posts == 4)
            await chat.is_done()
            first = shown.messages[0]
            shown._on_message_action(first.id, "previous_version")
            await eventually(lambda: chat.shown[0] == "asked quickly")
            quick.window.set_text("and then")
            quick.ask()
            await eventually(lambda: chat.server.posts == 5)
            await chat.is_done()
            assert chat.asked == ["asked slowly", ANSWER, "and then"]

    run(scenario(), timeout_s=20)
