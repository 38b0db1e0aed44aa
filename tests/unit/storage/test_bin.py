"""The bin: what was deleted can be brought back for 30 days; what is erased has no word left, and months add up."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from qwen_desktop.core.chat.attachment import Attachment
from qwen_desktop.core.chat.message import Cost, MessageStatus, Source, Usage
from qwen_desktop.core.storage import backups, bin
from qwen_desktop.core.storage.bin import KEPT_FOR
from qwen_desktop.core.storage.conversations import History, StartedTurn
from tests.listing import listed

PICTURE = Attachment("cd" * 32, "image/png", 70, 2, 1, "secret-name.png")
LATER = datetime.now(UTC) + timedelta(days=1)


@pytest.fixture
async def history(tmp_path: Path) -> AsyncIterator[History]:
    history = await History.open(tmp_path / "history.sqlite3")
    yield history
    await history.close()


async def turn(history: History, conversation_id: int | None, words: str, *, is_demo: bool = False) -> StartedTurn:
    started = await history.begin_turn(
        conversation_id, f"secret {words}", model_id="qwen-plus", is_demo=is_demo, attachments=(PICTURE,)
    )
    reply = replace(
        started.reply,
        text=f"secret reply {words}",
        reasoning="secret thought",
        status=MessageStatus.COMPLETE,
        usage=Usage(10, 20),
        cost=None if is_demo else Cost(Decimal("0.5"), "CNY", None),
        sources=(Source(1, "secret source", "https://example.org"),),
    )
    await history.journal(started.reply).finish(reply)
    return started


def dump(history: History) -> str:
    assert history.path is not None
    with closing(sqlite3.connect(history.path)) as db:
        return "\n".join(db.iterdump())


async def test_an_erased_chat_has_no_word_left_and_still_counts(history: History) -> None:
    kept = await turn(history, None, "kept")
    gone = await turn(history, None, "gone")
    await turn(history, gone.conversation.id, "gone too")
    before = await history.months()
    await history.delete(gone.conversation.id)
    (line,) = await history.bin.conversations()
    assert (line.id, line.messages, line.title) == (gone.conversation.id, 4, "secret gone")
    await history.bin.erase(line.id)
    assert await history.bin.conversations() == []
    text = dump(history)
    assert "gone" not in text
    assert text.count("secret-name.png") == 1
    assert await history.months() == before
    assert history.path is not None
    await history.close()
    assert b"gone" not in history.path.read_bytes(), "overwritten, not only forgotten"
    history = await History.open(history.path)
    assert len((await history.conversation(kept.conversation.id)).messages) == 2
    await history.close()


async def test_what_was_journalled_of_an_erased_reply_is_overwritten_too(history: History) -> None:
    started = await history.begin_turn(None, "a question", model_id="m")
    journal = history.journal(started.reply)
    for number in range(300):
        await journal.append([("text", f"secret {number} of the reply, and so on and on " * 3)])
    text = "".join(f"secret {number} of the reply, and so on and on " * 3 for number in range(300))
    await journal.finish(replace(started.reply, text=text, status=MessageStatus.COMPLETE))
    await history.delete(started.conversation.id)
    await history.bin.erase(started.conversation.id)
    assert history.path is not None
    await history.close()
    assert b"secret" not in history.path.read_bytes()


async def test_an_erasure_that_a_crash_broke_off_is_ended(history: History) -> None:
    gone = await turn(history, None, "gone")
    await history.delete(gone.conversation.id)
    begin, *_ = bin._steps_of(gone.conversation.id)
    await history.write_beside(begin)
    assert "secret gone" in dump(history)
    assert await history.bin.erase_before(datetime.now(UTC) - KEPT_FOR) == 0, "perhaps it is under way"
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(bin, "_SURELY_BROKEN_OFF", timedelta())
        assert await history.bin.erase_before(datetime.now(UTC) - KEPT_FOR) == 1
        assert await history.bin.erase_before(datetime.now(UTC) - KEPT_FOR) == 0
    assert "secret" not in dump(history)


async def test_a_chat_of_the_demo_leaves_nothing_but_its_id(history: History) -> None:
    gone = await turn(history, None, "gone", is_demo=True)
    await history.delete(gone.conversation.id)
    await history.bin.erase(gone.conversation.id)
    assert "secret" not in dump(history)
    assert 'INSERT INTO "message"' not in dump(history)


async def test_a_chat_that_is_not_deleted_is_not_erased(history: History) -> None:
    kept = await turn(history, None, "kept")
    await history.bin.erase(kept.conversation.id)
    assert [one.text for one in (await history.conversation(kept.conversation.id)).messages] == [
        "secret kept",
        "secret reply kept",
    ]


async def test_what_is_old_is_erased_and_the_rest_stays(history: History) -> None:
    first = await turn(history, None, "first")
    second = await turn(history, first.conversation.id, "second")
    other = await turn(history, None, "other")
    await history.delete_message(second.prompt.id)
    await history.delete(other.conversation.id)
    assert await history.bin.erase_before(datetime.now(UTC) - KEPT_FOR) == 0
    assert "secret second" in dump(history)
    assert await history.bin.erase_before(LATER) == 3
    text = dump(history)
    assert "second" not in text
    assert "other" not in text
    assert "secret reply first" in text
    assert await history.bin.erase_before(LATER) == 0


async def test_a_long_chat_is_erased_in_steps(history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qwen_desktop.core.storage.bin._MESSAGES_AT_ONCE", 2)
    started = await turn(history, None, "0")
    for number in range(5):
        await turn(history, started.conversation.id, str(number), is_demo=number % 2 == 0)
    await history.delete(started.conversation.id)
    await history.bin.erase(started.conversation.id)
    assert "secret" not in dump(history)


async def test_folders_and_tags(history: History) -> None:
    started = await turn(history, None, "one")
    await history.set_folder(started.conversation.id, " Work ")
    await history.set_tags(started.conversation.id, ("a", " b", "a", ""))
    (summary,) = await listed(history)
    assert (summary.folder, summary.tags) == ("Work", ("a", "b"))
    await history.set_folder(started.conversation.id, "")
    (summary,) = await listed(history)
    assert summary.folder == ""


async def test_pictures_that_nobody_names_go_after_a_day(history: History, tmp_path: Path) -> None:
    folder = tmp_path / "attachments"
    folder.mkdir()
    await turn(history, None, "with a picture")
    draft, unused, young = ("ef" * 32, "01" * 32, "23" * 32)
    (tmp_path / "new-chat-pictures.json").write_text(f'[{{"digest": "{draft}"}}]')
    for digest in (PICTURE.digest, draft, unused, young, "not a digest"):
        (folder / digest).write_bytes(b"x")
        if digest != young:
            os.utime(folder / digest, (1, 1))
    assert await history.bin.erase_pictures(folder) == 1
    assert {path.name for path in folder.iterdir()} == {PICTURE.digest, draft, young, "not a digest"}
    (tmp_path / "new-chat-pictures.json").write_bytes(b"\xff")
    os.utime(folder / young, (1, 1))
    assert await history.bin.erase_pictures(folder) == 0, "what cannot be read may name anything"


async def test_pictures_that_a_backup_or_a_damaged_history_names_are_kept(history: History, tmp_path: Path) -> None:
    """A restored backup can be undone: what only the copy made before it names comes back with its pictures."""
    assert history.path is not None
    started = await turn(history, None, "with a picture")
    backup = backups.make(history.path, tmp_path / "backups", backups.BEFORE_RESTORE)
    assert backup is not None
    await history.delete(started.conversation.id)
    await history.bin.erase(started.conversation.id)
    picture = tmp_path / "attachments" / PICTURE.digest
    picture.parent.mkdir()
    picture.write_bytes(b"x")
    os.utime(picture, (1, 1))
    assert await history.bin.erase_pictures(picture.parent) == 0
    whole = backup.path.read_bytes()
    backup.path.write_bytes(b"damaged")
    assert await history.bin.erase_pictures(picture.parent) == 0, "what cannot be read may name anything"
    backup.path.write_bytes(whole)
    with closing(sqlite3.connect(backup.path)) as db:
        db.execute("UPDATE message SET attachments = NULL")
        db.commit()
    damaged = tmp_path / "damaged-20261127T101010Z"
    damaged.mkdir()
    assert await history.bin.erase_pictures(picture.parent) == 0
    damaged.rmdir()
    assert await history.bin.erase_pictures(picture.parent) == 1
