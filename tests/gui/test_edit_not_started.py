"""An edit that cannot begin: the words go back to the user, and nothing was asked."""

from __future__ import annotations

from typing import Any

import pytest

from qwen_desktop.core.chat.turns import Asking
from qwen_desktop.core.errors import MessageGone, StorageUnavailable
from qwen_desktop.ui.controllers.chat import ChatController, Thread, Wish
from tests.conftest import RunScenario, eventually


class Refusing:
    """A store that takes nothing."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    async def begin_edit(self, prompt_id: int, text: str, **options: object) -> object:
        raise self.error


@pytest.mark.parametrize("error", [StorageUnavailable("no room", reason="full"), LookupError("deleted elsewhere")])
def test_the_words_come_back_with_the_prompt_they_belong_to(run: RunScenario, qapp: Any, error: Exception) -> None:
    async def asking(model_id: str, thinking: bool | None, **options: object) -> Asking:
        return Asking(None, model_id)  # type: ignore[arg-type]

    async def scenario() -> None:
        chat = ChatController(Refusing(error), asking)  # type: ignore[arg-type]
        told: list[tuple[object, ...]] = []
        chat.edit_not_started.connect(lambda *what: told.append(what))
        chat.not_started.connect(lambda *_: pytest.fail("an edit is no new prompt"))
        thread = Thread(3)
        chat.edit(thread, 7, "other words", Wish("m", None))
        assert chat.is_starting(thread)
        chat.edit(thread, 7, "at the same time", Wish("m", None))
        assert told == [(thread, 7, "at the same time", None, ())]
        await eventually(lambda: len(told) == 2)
        assert told[1][:3] == (thread, 7, "other words")
        if isinstance(error, LookupError):
            assert isinstance(told[1][3], MessageGone)
        else:
            assert told[1][3] is error
        assert not chat.is_starting(thread)
        await chat.close()

    run(scenario())
