"""Our own JSON holds everything: out of one history, into an empty one, and out again, byte for byte."""

from __future__ import annotations

import hashlib
import json
import os
import random
import re
import sqlite3
import tempfile
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qwen_desktop.core.chat.attachment import Attachment
from qwen_desktop.core.chat.chat_list import ListedChat
from qwen_desktop.core.chat.message import Cost, Failure, MessageStatus, Quoted, Role, SentRequest, Source, Usage
from qwen_desktop.core.exchange.exporting import Format, Wish, export_many, export_one
from qwen_desktop.core.exchange.importing import import_files, preview
from qwen_desktop.core.exchange.json_form import ConversationJson, MessageJson
from qwen_desktop.core.exchange.whole import WholeConversation
from qwen_desktop.core.storage import turn_deletion
from qwen_desktop.core.storage.conversations import History
from qwen_desktop.core.storage.exchange import conversation_ids, read_whole
from tests.listing import listed
from tests.unit.exchange.samples import (
    conversations,
    every_picture_is_long,
    export_tools,
    exported_json,
    history,
    import_tools,
    memory,
    rich,
)
from tests.unit.images.pictures import photo, saved

DOCUMENT = Path(__file__).parents[3] / "docs" / "export-format.md"


@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(conversations(), max_size=3))
def test_export_import_export_gives_the_same_bytes(wholes: list[WholeConversation]) -> None:
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        with memory(*wholes) as first:
            before = exported_json(first, root / "a", root / "out")
            json.loads(before)  # one JSON value, for other programs
            (root / "file.json").write_bytes(before)
        with memory() as second:
            summary = import_files(import_tools(second, root / "b"), [root / "file.json"])
            assert (summary.new, summary.there, summary.bad, summary.problems) == (len(wholes), 0, 0, [])
            assert exported_json(second, root / "b", root / "out") == before
            again = preview(import_tools(second, root / "b"), [root / "file.json"])
            assert again.new <= sum(not _is_recognised(whole) for whole in wholes)


def _is_recognised(whole: WholeConversation) -> bool:
    """There is something of it that was not deleted."""
    return whole.deleted_at is None and any(one.deleted_at is None for one in whole.messages)


@pytest.mark.parametrize("seed", range(5))
async def test_whatever_was_done_to_a_history_it_comes_back_the_same(tmp_path: Path, seed: int) -> None:
    """Every change the app can make, many times over, then out, into an empty home, and out again."""
    chance = random.Random(seed)
    home = tmp_path / "a"
    opened = await History.open(home / "history.sqlite3")
    (home / "attachments").mkdir()
    for number in range(140):
        await _change_something(opened, home, chance, number)
    await opened.close()
    with history(home) as db:
        before = exported_json(db, home, tmp_path / "out")
        plain = _exported(db, home, tmp_path / "plain", Wish(Format.JSON))
        assert b'"deleted_at":' in before
    (tmp_path / "all.json").write_bytes(before)
    with history(tmp_path / "b") as db:
        summary = import_files(import_tools(db, tmp_path / "b"), [tmp_path / "all.json"])
        assert (summary.bad, summary.problems, summary.missing_pictures) == (0, [], 0)
        assert exported_json(db, tmp_path / "b", tmp_path / "out") == before
        assert _exported(db, tmp_path / "b", tmp_path / "plain", Wish(Format.JSON)) == plain
    assert _pictures(tmp_path / "b").items() <= _pictures(home).items()  # drafts came and went


def _exported(db: sqlite3.Connection, home: Path, target: Path, wish: Wish) -> bytes:
    (made,) = export_many(export_tools(db, home), wish, target).path.glob("*.json")
    content = made.read_bytes()
    made.unlink()
    return content


def _pictures(home: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (home / "attachments").iterdir()}


async def _change_something(opened: History, home: Path, chance: random.Random, number: int) -> None:
    chats = await listed(opened)
    if len(chats) < 3 or chance.random() < 0.6:
        await _turn(opened, home, chance, number, chats)
        return
    place = chance.choice(chats).id
    messages = (await opened.conversation(place)).messages
    one = chance.choice(messages)
    match chance.randrange(11):
        case 0:
            await opened.set_tags(place, ("rain", f"标签{number}"))
        case 1:
            await opened.set_folder(place, chance.choice(["Work", "雨", ""]))
        case 2:
            await opened.set_pinned(place, chance.random() < 0.5)
        case 3:
            await opened.rename(place, f"named {number} \u202e")
        case 4:
            await opened.save_draft(place, f"typed {number}", (_picture(home, number),))
        case 5 if one.role is Role.USER:
            await opened.set_left_out(one.id, True)
        case 6 if one.parent_id is not None:
            await opened.delete_message(one.id)
        case 7 if one.role is Role.USER and one.parent_id is not None:
            await turn_deletion.delete_turn(opened, one.id)
        case 8:
            await opened.branch_off(one.id)
        case 9:
            await opened.delete(place)
            if chance.random() < 0.3:
                await opened.bin.erase(place)
        case _:
            await opened.select_path(one.id)


async def _turn(opened: History, home: Path, chance: random.Random, number: int, chats: list[ListedChat]) -> None:
    place = chance.choice([one.id for one in chats] + [None, None])
    messages = (await opened.conversation(place)).messages if place is not None else ()
    prompts = [one.id for one in messages if one.role is Role.USER]
    ended = [one.id for one in messages if one.role is Role.ASSISTANT and not one.status.is_running]
    match chance.randrange(5):
        case 0 if prompts:
            started = await opened.begin_edit(chance.choice(prompts), f"edit {number}", model_id="m")
        case 1 if prompts:
            started = await opened.begin_reply(chance.choice(prompts), model_id="qwen-plus")
        case 2 if ended:
            started = await opened.begin_continuation(chance.choice(ended))
        case _:
            pictures = (_picture(home, number),) if chance.random() < 0.4 else ()
            started = await opened.begin_turn(
                place, f"prompt {number}", model_id="m", is_demo=chance.random() < 0.2, attachments=pictures
            )
    prompt_id = started.prompt.id
    reply = replace(
        started.reply,
        text=f"reply {number} \0 北京",
        reasoning=chance.choice(["", "hm"]),
        status=chance.choice([one for one in MessageStatus if not one.is_running]),
        usage=Usage(number, 2, 3, None, 5),
        cost=chance.choice([None, Cost(Decimal("0.00120"), "CNY", date(2026, 1, 2), True)]),
        sources=(Source(1, "a", "https://example.com/a"),) * chance.randrange(3),
        sent=(SentRequest("https://x", {"a": "b"}, True, ("[", Quoted(prompt_id, "text", 3), "]"), 9, "ab"),),
        failure=chance.choice([None, Failure("RateLimited", retry_after_s=1.5)]),
    )
    await opened.journal(started.reply).finish(reply)


def _picture(home: Path, number: int) -> Attachment:
    content = saved(photo(20 + number % 7, 20), "PNG")
    digest = hashlib.sha256(content).hexdigest()
    (home / "attachments" / digest).write_bytes(content)
    return Attachment(digest, "image/png", len(content), 3, 4, f"{number}.png")


@pytest.mark.parametrize("size", ["usual", "long"])
def test_pictures_go_along_and_come_back(tmp_path: Path, size: str, monkeypatch: pytest.MonkeyPatch) -> None:
    views = every_picture_is_long(monkeypatch) if size == "long" else []
    content = saved(photo(640, 480), "PNG")
    picture = Attachment(hashlib.sha256(content).hexdigest(), "image/png", len(content), 3, 4, "a.png")
    lost = replace(picture, digest="0" * 64)
    whole = replace(rich(picture), draft_attachments=(picture, lost))
    with history(tmp_path / "a", whole) as db:
        (tmp_path / "a" / "attachments").mkdir()
        (tmp_path / "a" / "attachments" / picture.digest).write_bytes(content)
        done = export_many(export_tools(db, tmp_path / "a"), Wish(Format.JSON), tmp_path / "out")
        assert done.missing_pictures == 1
    with history(tmp_path / "b") as db:
        summary = import_files(import_tools(db, tmp_path / "b"), list((tmp_path / "out").iterdir()))
        assert (summary.new, summary.missing_pictures) == (1, 1)
        assert read_whole(db, 1) == whole
    (kept,) = (tmp_path / "b" / "attachments").iterdir()
    assert (kept.name, kept.read_bytes()) == (picture.digest, content)
    assert views == (["content"] if size == "long" else [])
    assert kept.stat().st_mode & 0o777 == 0o600


def test_what_says_it_is_a_picture_and_is_none_is_not_kept(tmp_path: Path) -> None:
    content = b"\x89PNG\r\n\x1a\n" + os.urandom(3000)
    picture = Attachment(hashlib.sha256(content).hexdigest(), "image/png", len(content), 3, 4, "a.png")
    with history(tmp_path / "a", rich(picture)) as db:
        (tmp_path / "a" / "attachments").mkdir()
        (tmp_path / "a" / "attachments" / picture.digest).write_bytes(content)
        export_many(export_tools(db, tmp_path / "a"), Wish(Format.JSON), tmp_path / "out")
    with history(tmp_path / "b") as db:
        summary = import_files(import_tools(db, tmp_path / "b"), list((tmp_path / "out").iterdir()))
    assert summary.new == 1
    assert summary.picture_problems == [
        "The picture is damaged or incomplete. Open it in another program and save it anew."
    ]
    assert not (tmp_path / "b" / "attachments").exists()


async def test_what_was_deleted_is_left_out_unless_it_is_asked_for(tmp_path: Path) -> None:
    with history(tmp_path, rich(), rich()) as db:
        opened = await History.open(tmp_path / "history.sqlite3")
        await opened.delete(2)
        await opened.delete_message(3)
        await opened.close()
        assert conversation_ids(db) == [1]
        kept = read_whole(db, 1)
        assert [one.message.text for one in kept.messages][2:] == ["new version", ""]
        assert kept.current == 4
        wish = Wish(Format.JSON, with_deleted=True)
        done = export_many(export_tools(db, tmp_path), wish, tmp_path / "out")
        assert done.conversations == 2
        content = next(done.path.glob("*.json")).read_bytes()
    with history(tmp_path / "b") as db:
        import_files(import_tools(db, tmp_path / "b"), list(done.path.iterdir()))
        assert conversation_ids(db) == [1]
        export_many(export_tools(db, tmp_path), wish, tmp_path / "out2")
        assert next((tmp_path / "out2").iterdir()).read_bytes() == content


async def test_a_running_reply_is_exported_with_what_it_has(tmp_path: Path) -> None:
    opened = await History.open(tmp_path / "history.sqlite3")
    started = await opened.begin_turn(None, "hello", model_id="m")
    await opened.journal(started.reply).append([("text", "so far")])
    with history(tmp_path) as db:
        export_one(export_tools(db, tmp_path), Wish(Format.JSON), 1, tmp_path / "one.json")
    await opened.close()
    with history(tmp_path / "b") as db:
        import_files(import_tools(db, tmp_path / "b"), [tmp_path / "one.json"])
        reply = read_whole(db, 1).messages[-1].message
        assert (reply.text, reply.status) == ("so far", MessageStatus.INTERRUPTED)
        assert db.execute("SELECT count(*) FROM message WHERE owner_instance_id IS NOT NULL").fetchone()[0] == 0


async def test_what_was_imported_is_a_conversation_like_any_other(tmp_path: Path) -> None:
    with history(tmp_path, rich()):
        pass
    opened = await History.open(tmp_path / "history.sqlite3")
    shown = await opened.conversation(1)
    assert [one.text for one in shown.messages][2:] == ["new version", ""]
    assert shown.messages[2].sibling_count == 2
    other = await opened.select_path(3)
    assert [one.text for one in other.messages][2:] == ["old version", "old reply"]
    started = await opened.begin_turn(1, "more", model_id="m")
    assert started.prompt.parent_id == 4
    await opened.close()


def test_the_document_names_every_field_and_no_other() -> None:
    words = set(re.findall(r"^\| `(\w+)`", DOCUMENT.read_text("utf-8"), re.MULTILINE))
    fields = {*MessageJson.__struct_fields__, *ConversationJson.__struct_fields__}
    assert words == fields | {
        "format",
        "version",
        "conversations",
        "files",
        "messages",
        "digest",
        "media_type",
        "content",
    }


def test_a_newer_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text('{"format": "qwen-desktop", "version": 2, "conversations": []}')
    with history(tmp_path / "a") as db:
        (problem,) = preview(import_tools(db, tmp_path / "a"), [tmp_path / "x.json"]).problems
    assert "newer version" in problem
