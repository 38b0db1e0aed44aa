"""An import takes what is new, knows what is there, and stops for nothing but the user and the disk."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from qwen_desktop.core.errors import StorageUnavailable
from qwen_desktop.core.exchange.exporting import Cancelled, Format, Wish, export_many
from qwen_desktop.core.exchange.importing import import_files, preview
from qwen_desktop.core.exchange.words import found_words, imported_words
from qwen_desktop.core.storage.conversations import History
from qwen_desktop.core.storage.exchange import conversation_ids, read_whole
from tests.listing import listed
from tests.unit.exchange.samples import BEGUN, export_tools, history, import_tools, message, rich


def exported(tmp_path: Path, *wholes: object) -> Path:
    with history(tmp_path / "from", *wholes) as db:  # type: ignore[arg-type]
        export_many(export_tools(db, tmp_path / "from"), Wish(Format.JSON), tmp_path / "out")
    (path,) = (tmp_path / "out").iterdir()
    return path


def test_what_is_there_is_skipped_or_copied_and_not_paid_twice(tmp_path: Path) -> None:
    paid = replace(rich(), messages=tuple(replace(one, is_billed=True) for one in rich().messages))
    path = exported(tmp_path, paid)
    with history(tmp_path / "to") as db:
        tools = import_tools(db, tmp_path / "to")
        assert found_words(preview(tools, [path])) == "Chats found: 1 new. Messages in the new ones: 6."
        assert conversation_ids(db) == []
        assert import_files(tools, [path, path]).new == 1  # the second file brings nothing new
        summary = preview(tools, [path])
        assert (summary.new, summary.there, summary.candidates[0].is_there) == (0, 1, True)
        assert imported_words(import_files(tools, [path])) == (
            "No chat was imported. 1 were there already and were skipped."
        )
        assert import_files(tools, [path], with_copies=True).new == 1
        assert conversation_ids(db) == [1, 2]
        billed = db.execute("SELECT conversation_id, sum(is_billed) FROM message GROUP BY 1").fetchall()
        assert [tuple(row) for row in billed] == [(1, 6), (2, 0)]


def test_an_older_state_is_there_and_a_newer_one_is_not(tmp_path: Path) -> None:
    older = replace(rich(), messages=rich().messages[:2], current=2)
    path = exported(tmp_path, older)
    with history(tmp_path / "to", rich()) as db:
        assert preview(import_tools(db, tmp_path / "to"), [path]).there == 1
    path = exported(tmp_path / "b", rich())
    with history(tmp_path / "to2", older) as db:
        assert preview(import_tools(db, tmp_path / "to2"), [path]).new == 1


def test_the_same_words_at_another_time_are_another_chat(tmp_path: Path) -> None:
    hello = replace(rich(), messages=(message(1, None, "hello"),), current=1)
    later = replace(hello.messages[0].message, created_at=BEGUN + timedelta(days=1))
    path = exported(tmp_path, replace(hello, messages=(replace(hello.messages[0], message=later),)))
    with history(tmp_path / "to", hello) as db:
        assert preview(import_tools(db, tmp_path / "to"), [path]).new == 1
        (tmp_path / "x.json").write_text('{"messages": [{"role": "user", "content": "hello"}]}')  # has no times
        assert preview(import_tools(db, tmp_path / "to"), [tmp_path / "x.json"]).there == 1


def test_a_deleted_chat_is_not_there(tmp_path: Path) -> None:
    path = exported(tmp_path, rich())
    with history(tmp_path / "to", rich()) as db:
        db.execute("UPDATE conversation SET deleted_at = created_at")
        assert preview(import_tools(db, tmp_path / "to"), [path]).new == 1


def test_bad_ones_and_bad_files_are_named_and_the_rest_is_taken(tmp_path: Path) -> None:
    content = json.loads(exported(tmp_path, rich(), rich()).read_text())
    content["conversations"][0]["messages"][3]["parent"] = 99
    content["conversations"].append({"title": "far", "messages": [], "created_at": 1, "updated_at": 2})
    past = json.loads(json.dumps(content["conversations"][1]).replace("2026-03-01T08:30", "0001-01-01T00:00"))
    past["messages"][0]["created_at"] = "0001-01-01T00:00:00+14:00"
    content["conversations"].append(past)
    (tmp_path / "x.json").write_text(json.dumps(content))
    (tmp_path / "bad.json").write_text("no json")
    with history(tmp_path / "to") as db:
        tools = import_tools(db, tmp_path / "to")
        summary = import_files(tools, [tmp_path / "bad.json", tmp_path / "x.json", tmp_path / "gone.json"])
        assert (summary.new, summary.bad) == (1, 3)
        assert [one.title for one in summary.candidates if one.problem] == [rich().title, "far", rich().title]
        assert [sentence.split()[0] for sentence in summary.problems] == ["bad.json", "gone.json"]
        assert read_whole(db, 1) == rich()


def test_giving_up_leaves_whole_conversations(tmp_path: Path) -> None:
    path = exported(tmp_path, *(replace(rich(), title=str(number)) for number in range(20)))
    with history(tmp_path / "to") as db:

        def check() -> None:
            if len(conversation_ids(db)) == 5:
                raise Cancelled

        with pytest.raises(Cancelled):
            import_files(import_tools(db, tmp_path / "to", check=check), [path])
        assert [read_whole(db, one) for one in conversation_ids(db)] == [
            replace(rich(), title=str(number)) for number in range(5)
        ]


def test_a_full_disk_is_told_and_leaves_whole_conversations(tmp_path: Path) -> None:
    path = exported(tmp_path, *(replace(rich(), system_prompt="x" * 20_000) for _ in range(30)))
    with history(tmp_path / "to") as db:
        (pages,) = db.execute("PRAGMA page_count").fetchone()
        db.execute(f"PRAGMA max_page_count = {pages + 60}")
        with pytest.raises(StorageUnavailable) as caught:
            import_files(import_tools(db, tmp_path / "to"), [path])
        assert caught.value.reason == "full"
        kept = conversation_ids(db)
        assert 0 < len(kept) < 30
        assert {len(read_whole(db, one).messages) for one in kept} == {6}
        assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        assert not db.execute("PRAGMA foreign_key_check").fetchall()


def test_thousands_of_chats_are_listed_up_to_a_bound_with_the_bad_ones(tmp_path: Path) -> None:
    chats = [{"messages": [{"role": "user", "content": f"hello {number}"}]} for number in range(2500)]
    (tmp_path / "x.json").write_text(json.dumps([*chats, {"messages": 1}]))
    with history(tmp_path / "to") as db:
        summary = preview(import_tools(db, tmp_path / "to"), [tmp_path / "x.json"])
    assert (summary.new, summary.bad, len(summary.candidates)) == (2500, 1, 2000)
    assert any(one.problem for one in summary.candidates)


async def test_no_date_or_number_of_a_file_breaks_the_list_the_sums_or_the_cap(tmp_path: Path) -> None:
    """A date at the very end of time has no local time, and the list of all chats could not be made any more."""
    content = json.loads(exported(tmp_path, rich()).read_text())
    (good,) = content["conversations"]
    chats = []
    for where, value in (
        ("updated_at", "9999-12-31T23:59:59.999999Z"),
        ("created_at", "0001-01-01T00:00:00Z"),
        ("deleted_at", "9999-12-31T23:59:59Z"),
    ):
        chats.append({**good, where: value})
    reply = next(one for one in good["messages"] if one["role"] == "assistant")
    for change in (
        {"ended_at": "9999-12-31T23:59:59Z"},
        {"cost": {"amount": "-1000", "currency": "CNY", "priced_on": None}, "is_billed": True},
    ):
        messages = [{**one, **change} if one is reply else one for one in good["messages"]]
        chats.append({**good, "messages": messages})
    for seconds in (1e999, -5, float("nan")):
        messages = [{**one, "thinking_s": seconds} if one is reply else one for one in good["messages"]]
        chats.append({**good, "title": f"thinking {seconds}", "messages": messages})
    (tmp_path / "x.json").write_text(json.dumps({**content, "conversations": chats}))
    foreign = {"messages": [{"role": "user", "content": "hi"}], "created": "9999-12-31T23:59:59Z"}
    (tmp_path / "y.json").write_text(json.dumps(foreign))
    to = tmp_path / "to"
    with history(to) as db:
        summary = import_files(import_tools(db, to), [tmp_path / "x.json", tmp_path / "y.json"], with_copies=True)
    assert (summary.new + summary.there, summary.bad) == (4, 5)
    opened = await History.open(to / "history.sqlite3")
    chats_listed = await listed(opened)
    assert len(chats_listed) == 4
    for chat in chats_listed:
        messages = (await opened.conversation(chat.id)).messages
        assert all(one.thinking_s is None or 0 <= one.thinking_s < 1e9 for one in messages)
        await opened.begin_turn(chat.id, "goes on", model_id="m")
    assert all(amount >= 0 for amount in (await opened.spent_since(BEGUN)).amounts.values())
    await opened.close()
