"""Turns that cannot begin: every prompt goes back to the face it was typed into, and none is a crash."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from qwen_desktop.core.chat.turns import Asking
from qwen_desktop.core.errors import QwenDesktopError, StorageUnavailable
from qwen_desktop.ui.controllers.chat import ChatController, Thread, Wish
from tests.conftest import RunScenario, eventually

WISH = Wish("m", None)


class Refusing:
    """A store that takes nothing, once it is told so."""

    def __init__(self, error: Exception) -> None:
        self.error = error
        self.may_answer = asyncio.Event()

    async def begin_turn(self, conversation_id: int | None, prompt: str, **options: object) -> object:
        await self.may_answer.wait()
        raise self.error

    async def begin_reply(self, prompt_id: int, **options: object) -> object:
        raise self.error


async def asking(model_id: str, thinking: bool | None, **_: object) -> Asking:
    return Asking(None, model_id)  # type: ignore[arg-type]


@pytest.mark.parametrize("error", [StorageUnavailable("no room", reason="full"), LookupError("deleted elsewhere")])
def test_two_faces_of_one_chat_each_have_their_own_prompts_again(run: RunScenario, qapp: Any, error: Exception) -> None:
    async def scenario() -> None:
        store = Refusing(error)
        chat = ChatController(store, asking)  # type: ignore[arg-type]
        told: list[tuple[Thread, str, QwenDesktopError, tuple[object, ...]]] = []
        chat.not_started.connect(lambda *what: told.append(what))
        chat.failed.connect(lambda bug: pytest.fail(f"not a bug: {bug!r}"))
        window, quick = Thread(3), Thread(3, face="quick_ask")
        chat.send(quick, "from the quick ask", WISH)
        chat.send(window, "from the window", WISH)
        store.may_answer.set()
        await eventually(lambda: len(told) == 2)
        assert [(thread, prompt) for thread, prompt, *_ in told] == [
            (quick, "from the quick ask"),
            (window, "from the window"),
        ]
        assert isinstance(told[0][2], QwenDesktopError)
        assert not chat.is_starting(window)
        await chat.close()

    run(scenario())


def test_another_reply_to_a_prompt_that_is_gone_is_no_crash(run: RunScenario, qapp: Any) -> None:
    async def scenario() -> None:
        chat = ChatController(Refusing(LookupError("no message 7")), asking)  # type: ignore[arg-type]
        told: list[tuple[object, ...]] = []
        chat.not_started.connect(lambda *what: told.append(what))
        chat.failed.connect(lambda bug: pytest.fail(f"not a bug: {bug!r}"))
        thread = Thread(3)
        chat.retry(thread, 7, WISH)
        await eventually(lambda: len(told) == 1)
        assert told[0][:2] == (thread, "")
        await chat.close()

    run(scenario())
