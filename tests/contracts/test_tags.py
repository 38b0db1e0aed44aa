"""Tags given, taken away, counted and searched for, on a file with its index and in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from qwen_desktop.core.chat.tags import TagUse
from qwen_desktop.core.storage import many, search
from qwen_desktop.core.storage.conversations import History, MemoryHistory
from qwen_desktop.core.storage.tag_uses import tag_uses
from tests.listing import listed, searched


@pytest.fixture(params=[History, MemoryHistory])
async def history(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[History]:
    history = await request.param.open(tmp_path / "history.sqlite3")
    yield history
    await history.close()


async def chats(history: History, *prompts: str) -> list[int]:
    made = [(await history.begin_turn(None, prompt, model_id="qwen-max")).conversation.id for prompt in prompts]
    return made


async def tags_of(history: History) -> dict[int, tuple[str, ...]]:
    return {one.id: one.tags for one in await listed(history)}


async def test_tags_are_given_and_taken_and_go_back_to_what_each_was(history: History) -> None:
    a, b, c = await chats(history, "one", "two", "three")
    await history.set_tags(a, ("Work", "旅行"))
    before = await many.tag(history, (a, b, 999), ["work", " to read ", ""], ["旅行"])
    assert await tags_of(history) == {a: ("Work", "to read"), b: ("work", "to read"), c: ()}
    assert await many.tag(history, (a, b), ["WORK"], []) == {}, "it has that one"
    await many.change(history, many.Column.TAGS, before)
    assert await tags_of(history) == {a: ("Work", "旅行"), b: (), c: ()}


async def test_the_tags_in_use_are_counted_as_most_write_them(history: History) -> None:
    a, b, c, gone = await chats(history, "one", "two", "three", "four")
    await many.tag(history, (a, b), ["work"], [])
    await many.tag(history, (c, gone), ["Work", "b"], [])
    await history.delete(gone)
    uses = await history.read_beside(lambda db: tag_uses(db, (a, c)))
    assert uses == [TagUse("b", 1, 1), TagUse("work", 3, 2)]


@pytest.mark.parametrize("few", [search.FEW_TAGGED, 0])
async def test_chats_are_found_by_tag(history: History, monkeypatch: pytest.MonkeyPatch, few: int) -> None:
    monkeypatch.setattr(search, "FEW_TAGGED", few)
    a, b, c = await chats(history, "rain in Paris", "rain at home", "sun")
    await history.set_tags(a, ("旅行 计划", "work"))
    await history.set_tags(b, ("workshop",))
    gone = (await history.create_conversation(title="gone", model_id=None)).id
    await history.set_tags(gone, ("work",))
    await history.delete(gone)

    async def found(text: str) -> list[int]:
        return [one.id for one in await searched(history, text)]

    assert await found("tag:work") == [b, a], "the beginning of it"
    assert await found('tag:"WORK"') == [a], "the whole of it"
    assert await found("tag：“旅行 計劃”") == [a], "as everything is compared"
    assert await found('tag:旅 tag:"work" rain') == [a]
    assert await found("rain tag:workshop model:max") == [b]
    assert await found("sun tag:work") == []
    assert await found("tag:work before:2020") == []
    assert await found("tag:nothing") == []
    (only,) = (await history.search.find('tag:"workshop"')).conversations
    assert (only.messages, only.title.text) == ((), "rain at home")
    await history.set_tags(c, ("work",))
    assert await found("tag:work sun") == [c], "at once"
    assert len((await history.search.find("tag:work", 2)).conversations) == 2
    assert (await history.search.find("tag:work", 2)).is_cut
