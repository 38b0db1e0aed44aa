"""One change to many conversations: what is changed, and that the undo puts back exactly what was."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from qwen_desktop.core.storage import closed_folders, many
from qwen_desktop.core.storage.conversations import History, MemoryHistory
from tests.listing import listed


@pytest.fixture(params=[History, MemoryHistory])
async def history(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[History]:
    history = await request.param.open(tmp_path / "history.sqlite3")
    yield history
    await history.close()


async def chats(history: History, count: int) -> list[int]:
    made = [await history.create_conversation(title=f"chat {n}", model_id=None) for n in range(count)]
    return [one.id for one in made]


async def state(history: History) -> dict[int, tuple[bool, str]]:
    return {one.id: (one.is_pinned, one.folder) for one in await listed(history)}


async def test_pins_and_folders_go_back_to_what_each_was(history: History) -> None:
    a, b, c = await chats(history, 3)
    await history.set_pinned(a, True)
    await history.set_folder(b, "work")
    before = await state(history)
    pinned = await many.pin(history, (a, b, c, 999), True)
    moved = await many.move(history, (a, b, c), " home ")
    assert await state(history) == dict.fromkeys((a, b, c), (True, "home"))
    assert pinned == {b: 0, c: 0}  # what was pinned before is not unpinned by the undo
    await many.change(history, many.Column.FOLDER, moved)
    await many.change(history, many.Column.PINNED, pinned)
    assert await state(history) == before


async def test_deleting_passes_over_what_was_deleted_before(history: History) -> None:
    a, b, c = await chats(history, 3)
    await history.delete(b)
    deleted = await many.delete(history, (a, b, c))
    assert set(deleted) == {a, c}
    assert await state(history) == {}
    await many.change(history, many.Column.DELETED, deleted)
    assert set(await state(history)) == {a, c}


async def test_a_folder_is_renamed_with_all_that_is_in_it(history: History) -> None:
    a, b, c = await chats(history, 3)
    await many.move(history, (a, b), "work")
    await many.move(history, (c,), "home")
    await history.delete(b)
    before = await many.rename_folder(history, "work", "home")
    await history.undelete(b)
    assert {folder for _, folder in (await state(history)).values()} == {"home"}
    await many.change(history, many.Column.FOLDER, before)
    assert {one: folder for one, (_, folder) in (await state(history)).items()} == {a: "work", b: "work", c: "home"}


async def test_more_than_one_slice(history: History) -> None:
    ids = await chats(history, 450)
    assert len(await many.move(history, ids, "many")) == 450
    assert {folder for _, folder in (await state(history)).values()} == {"many"}


@pytest.mark.parametrize("found", [b"", b"[]", b'{"closed": 7}', b"\xff", b"[" * 100_000])
def test_a_file_of_closed_folders_that_is_none(tmp_path: Path, found: bytes) -> None:
    path = tmp_path / "closed-folders.json"
    path.write_bytes(found)
    assert closed_folders.read(path) == frozenset()
    closed_folders.write(path, {"工作", "a"})
    assert closed_folders.read(path) == {"工作", "a"}
    assert [one.name for one in tmp_path.glob("closed*")] == ["closed-folders.json"]


def test_a_disk_that_refuses_costs_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    closed_folders.write(tmp_path / "file" / "closed-folders.json", {"a"})
    assert closed_folders.read(tmp_path / "file" / "closed-folders.json") == frozenset()
