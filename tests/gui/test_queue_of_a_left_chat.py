"""A prompt that waits in a chat that was left: what was typed beside it is there again, whatever becomes of the two."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.conftest import RunScenario, eventually
from tests.end2end.desk import opened
from tests.faults.server import Connection, FaultServer


class Service:
    """Ends each reply when it may."""

    def __init__(self) -> None:
        self.may_end = asyncio.Event()

    async def __call__(self, connection: Connection) -> None:
        await connection.head()
        await connection.chunk(connection.frames.text("some words"))
        await self.may_end.wait()
        await connection.chunks([connection.frames.finish()])
        await connection.end()


@pytest.mark.parametrize("first", ["ends well", "is stopped", "still runs"])
def test_what_was_typed_beside_it_is_kept(run: RunScenario, home: Path, first: str) -> None:
    (home / "config").mkdir()
    (home / "config" / "settings.toml").write_text('[chat]\nmodel = "qwen-plus"\n')

    async def scenario() -> None:
        service = Service()
        async with FaultServer(service) as server, opened(home, server.base_url) as desktop:
            shown, composer = desktop.controller, desktop.window.composer
            other = (await desktop.history.create_conversation(title="another", model_id=None)).summary.id
            composer.set_text("one")
            composer.submit()
            await eventually(lambda: "some words" in desktop.transcript.last_text())
            place = shown.conversation_id
            assert place is not None
            composer.set_text("this waits")
            composer.submit()
            composer.set_text("typed since")
            shown.open_conversation(other)
            await eventually(lambda: shown.conversation_id == other)
            if first == "ends well":
                service.may_end.set()
                await eventually(lambda: server.posts == 2)
            elif first == "is stopped":
                desktop.chat.stop(place)
            if first != "still runs":
                await eventually(lambda: not desktop.chat.running_ids and not desktop.chat.queued(place))
            shown.open_conversation(place)
            await eventually(lambda: shown.conversation_id == place)
            waits = "this waits\n\n" if first == "is stopped" else ""
            await eventually(lambda: composer.text() == f"{waits}typed since")
            assert desktop.chat.queued(place) == ("this waits" if first == "still runs" else "")

    run(scenario(), timeout_s=20)
