"""The table of conversations to the order of the list: all ids, in a few statements, whatever their number.

Ids come as one JSON text made by SQLite: no row is handled in Python, and the interpreter is free meanwhile.
"""

from __future__ import annotations

import sqlite3
from array import array
from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime, time
from itertools import filterfalse

import msgspec

from qwen_desktop.core.chat.chat_list import (
    ChatOrder,
    Ids,
    ListedChat,
    Listing,
    Section,
    first_day_of_section,
    sorted_sections,
)
from qwen_desktop.core.storage.database import snapshot
from qwen_desktop.core.storage.rows import stored_time, tags_from

_AFTER_ALL = "~"
"""Follows every time as it is stored."""
AT_FIRST = 40
"""So many of the newest come along, pinned and not."""


def read_listing(db: sqlite3.Connection, today: date, asked: Collection[int] = ()) -> Listing:
    """`today`: in local time; `asked`: chats that are wanted with their titles."""
    with snapshot(db):
        ordered = _ids(
            db,
            "SELECT id FROM conversation WHERE deleted_at IS NULL ORDER BY is_pinned DESC, updated_at DESC, id DESC",
        )
        pinned: int = db.execute(
            "SELECT count(*) FROM conversation WHERE deleted_at IS NULL AND is_pinned = 1"
        ).fetchone()[0]
        order = ChatOrder(tuple(_sections(db, ordered, pinned, today)))
        newest = ordered[: min(pinned, AT_FIRST)] + ordered[pinned : pinned + AT_FIRST]
        return Listing(order, tuple(read_chats(db, {*newest, *asked})))


def read_chats(db: sqlite3.Connection, ids: Collection[int]) -> list[ListedChat]:
    """Those of them that are there and not deleted, in any order."""
    rows = db.execute(
        "SELECT id, title, updated_at, is_pinned, folder, tags FROM conversation"
        " WHERE id IN (SELECT value FROM json_each(?)) AND deleted_at IS NULL",
        (msgspec.json.encode(list(ids)).decode(),),
    )
    return [
        ListedChat(id_, title, datetime.fromisoformat(updated_at), bool(is_pinned), folder or "", tags_from(tags))
        for id_, title, updated_at, is_pinned, folder, tags in rows
    ]


def _ids(db: sqlite3.Connection, select: str) -> Ids:
    text = db.execute(f"SELECT json_group_array(id) FROM ({select})").fetchone()[0]
    return array("q", msgspec.json.decode(text, type=list[int]))


def _sections(db: sqlite3.Connection, ordered: Ids, pinned: int, today: date) -> Iterator[Section]:
    places: dict[int, str] = {}
    for folder, ids in db.execute(
        "SELECT folder, json_group_array(id) FROM conversation NOT INDEXED"
        " WHERE folder IS NOT NULL AND deleted_at IS NULL GROUP BY folder"
    ):
        places.update(dict.fromkeys(msgspec.json.decode(ids, type=list[int]), folder))
    if not places:
        if pinned:
            yield Section(ordered[:pinned], pinned=pinned)
        yield from _by_day(db, ordered[pinned:], today)
        return
    loose: list[Ids] = []
    inside: dict[str, tuple[Ids, Ids]] = {}
    for part, ids in enumerate((ordered[:pinned], ordered[pinned:])):
        # Most lie in no folder; these are told apart without a step in Python for each.
        loose.append(array("q", filterfalse(places.__contains__, ids)))
        for one in filter(places.__contains__, ids):
            inside.setdefault(places[one], (array("q"), array("q")))[part].append(one)
    if loose[0]:
        yield Section(loose[0], pinned=len(loose[0]))
    yield from sorted_sections(
        Section(first + others, folder, pinned=len(first)) for folder, (first, others) in inside.items()
    )
    yield from _by_day(db, loose[1], today)


def _by_day(db: sqlite3.Connection, ids: Ids, today: date) -> Iterator[Section]:
    """`ids`: those that are neither pinned nor in a folder, the newest first.  One row is read for each heading."""

    def newest_before(moment: str) -> tuple[int, str] | None:
        found: tuple[int, str] | None = db.execute(
            "SELECT id, updated_at FROM conversation WHERE deleted_at IS NULL AND is_pinned = 0 AND folder IS NULL"
            " AND updated_at < ? ORDER BY updated_at DESC, id DESC LIMIT 1",
            (moment,),
        ).fetchone()
        return found

    begin, found = 0, newest_before(_AFTER_ALL)
    while found is not None:
        newest = datetime.fromisoformat(found[1]).astimezone().date()
        day = first_day_of_section(newest, today)
        found = newest_before(stored_time(datetime.combine(day, time()).astimezone(UTC)))
        end = len(ids) if found is None else ids.index(found[0], begin)
        yield Section(ids[begin:end], day=day)
        begin = end
