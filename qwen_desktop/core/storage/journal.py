"""Deltas to rows while a reply grows, and rows to one message at its end: what is on the screen is never only there.

A reply's text is appended in small rows, so that its cost is linear, and folded into the message when the turn ends.

How safe an append is: it is committed, so the death of this process loses nothing of it, SIGKILL included.  It reaches
the disk itself (fsync) at the latest SYNC_INTERVAL_S after the last time anything did, so a power cut may take the last
1.25 s or so of a stream, never a prompt and never a finished reply, whose commits wait for the disk.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from qwen_desktop.core.chat.message import Message, MessageStatus
from qwen_desktop.core.storage.database import SYNC_INTERVAL_S, Lane, transaction
from qwen_desktop.core.storage.rows import continuation_from, ended_columns, now, sources_from, stored_text, stored_time

KINDS = ("text", "reasoning", "replace_text", "replace_reasoning", "sources", "continued")
"""The first two add to the reply's text and to its reasoning; the next three put theirs in the place of all before, the
sources in JSON as their column holds them; the last says in JSON where another generation began to continue the reply
(see `message.Continuation`)."""
_ADDED = ("text", "reasoning")
_TICK = timedelta(microseconds=1)
_BEHIND_AT_MOST = timedelta(days=1)


class ReplyJournal:
    """Where one reply is kept while it grows.  Made by `History.journal`; used on the loop of its history.

    What could not be written stays here, in order, and goes with the next `append`; a cancelled call loses nothing and
    writes nothing twice.
    """

    def __init__(
        self,
        lane: Lane,
        message_id: int,
        disk_clock: DiskClock,
        on_unsaved: UnsavedListener,
        on_rewritten: Callable[[], None],
    ) -> None:
        """`on_rewritten` is called on the lane when a reply that had ended is another one now."""
        self.message_id = message_id
        self._lane = lane
        self._disk_clock = disk_clock
        self._on_unsaved = on_unsaved
        self._on_rewritten = on_rewritten
        self._guard = threading.Lock()
        self._unwritten: list[tuple[str, str]] = []
        self._is_finished = False

    async def append(self, pieces: Sequence[tuple[str, str]]) -> None:
        """Commit `pieces`, each a kind of KINDS and its text, after all earlier ones.

        After `finish` nothing is written any more: the finished reply holds everything.  Raises StorageUnavailable.
        """
        for kind, _ in pieces:
            if kind not in KINDS:
                raise ValueError(f"unknown kind of journal piece: {kind}")
        with self._guard:
            self._unwritten.extend(pieces)
        await self._lane.write(self._append)

    async def set_status(self, status: MessageStatus) -> None:
        """Commit how far the reply has come; nothing happens once it has ended.  Raises StorageUnavailable."""
        if not status.is_running:
            raise ValueError("a reply ends with finish()")

        def write(db: sqlite3.Connection) -> None:
            if not self._is_finished:
                with transaction(db, is_durable=False):
                    db.execute(
                        "UPDATE message SET status = ? WHERE id = ? AND owner_instance_id IS NOT NULL",
                        (status.value, self.message_id),
                    )

        await self._lane.write(write)

    async def finish(self, reply: Message) -> None:
        """Commit the whole reply to the disk itself and drop its journal: one transaction.

        May be called again, after a failure or with more to say.  Raises StorageUnavailable: then the history keeps
        `reply` and tries again when something else was written, when it is closed, or asked by `save_unsaved`.
        """
        if reply.status.is_running:
            raise ValueError("the reply is still running")
        ended_at = reply.ended_at or now()

        def write(db: sqlite3.Connection) -> None:
            with transaction(db):
                had_ended = not _is_running(db, self.message_id)
                write_ended(db, self.message_id, reply, ended_at)
            self._disk_clock.reached()
            if had_ended:
                self._on_rewritten()
            self._is_finished = True
            with self._guard:
                self._unwritten.clear()

        self._on_unsaved(self, reply)  # beforehand, so that a cancellation cannot get in between
        await self._lane.write(write)
        self._on_unsaved(self, None)

    def _append(self, db: sqlite3.Connection) -> None:
        """Runs on the lane, where there is only one at a time."""
        with self._guard:
            batch = self._unwritten[:]
        if not batch or self._is_finished:
            return
        is_durable = self._disk_clock.is_due()
        written_at = stored_time(now())
        with transaction(db, is_durable=is_durable):
            db.executemany(
                "INSERT INTO journal (message_id, kind, content, written_at) VALUES (?, ?, ?, ?)",
                ((self.message_id, kind, stored_text(content), written_at) for kind, content in joined(batch)),
            )
        if is_durable:
            self._disk_clock.reached()
        with self._guard:
            del self._unwritten[: len(batch)]


UnsavedListener = Callable[[ReplyJournal, Message | None], None]
"""Told the reply that is to be saved, and None once it is."""


class DiskClock:
    """When this history last waited for the disk itself; one per history, used on its writing lane."""

    def __init__(self, interval_s: float = SYNC_INTERVAL_S, clock: Callable[[], float] = time.monotonic) -> None:
        self._interval_s = interval_s
        self._clock = clock
        self._reached_at = clock()

    def is_due(self) -> bool:
        return self._clock() - self._reached_at >= self._interval_s

    def reached(self) -> None:
        self._reached_at = self._clock()


def joined(pieces: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Neighbours that go to the same place made one, so that a flush is a row or two."""
    groups: list[tuple[str, list[str]]] = []
    for kind, content in pieces:
        if groups and kind == groups[-1][0] and kind in _ADDED:
            groups[-1][1].append(content)
        else:
            groups.append((kind, [content]))
    return [(kind, "".join(contents)) for kind, contents in groups]


def folded(pieces: Iterable[tuple[str, str]], text: str = "", reasoning: str = "") -> tuple[str, str]:
    """The text and the reasoning that journal pieces make of those there were before."""
    parts = {"text": [text], "reasoning": [reasoning]}
    for kind, content in pieces:
        target = kind.removeprefix("replace_")
        if target not in parts:
            continue
        if target != kind:
            parts[target] = []
        parts[target].append(content)
    return "".join(parts["text"]), "".join(parts["reasoning"])


def with_journal(db: sqlite3.Connection, message: Message) -> Message:
    """A running reply with what its journal holds so far; another message as it is."""
    if not message.status.is_running:
        return message
    rows = db.execute("SELECT kind, content FROM journal WHERE message_id = ? ORDER BY id", (message.id,))
    pieces = [(row["kind"], row["content"]) for row in rows]
    text, reasoning = folded(pieces, message.text, message.reasoning)
    marks = (continuation_from(content) for kind, content in pieces if kind == "continued")
    continuations = (*message.continuations, *(mark for mark in marks if mark is not None))
    sources = next((content for kind, content in reversed(pieces) if kind == "sources"), None)
    if sources is not None:
        message = replace(message, sources=sources_from(sources))
    return replace(message, text=text, reasoning=reasoning, continuations=continuations)


def _is_running(db: sqlite3.Connection, message_id: int) -> bool:
    found = db.execute("SELECT 1 FROM message WHERE id = ? AND owner_instance_id IS NOT NULL", (message_id,)).fetchone()
    return found is not None


def write_ended(db: sqlite3.Connection, message_id: int, reply: Message, ended_at: datetime) -> None:
    """Inside a transaction: the reply as it ended, without owner and journal."""
    columns = {
        **ended_columns(reply, ended_at),
        "owner_instance_id": None,
        "owner_process_id": None,
        "owner_process_started": None,
    }
    assignments = ", ".join(f"{column} = :{column}" for column in columns)
    db.execute(f"UPDATE message SET {assignments} WHERE id = :id", {**columns, "id": message_id})
    db.execute("DELETE FROM journal WHERE message_id = ?", (message_id,))
    row = db.execute("SELECT conversation_id FROM message WHERE id = ?", (message_id,)).fetchone()
    if row is not None:
        note_change(db, row[0], ended_at)


def note_change(db: sqlite3.Connection, conversation_id: int, moment: datetime) -> None:
    """Inside a transaction: a message of the conversation began or ended.

    The time of it always rises, also while the clock is behind: the search index knows by it what it has read."""
    row = db.execute("SELECT updated_at FROM conversation WHERE id = ?", (conversation_id,)).fetchone()
    if row is not None:
        after_last = datetime.fromisoformat(row[0]) + _TICK
        db.execute(
            "UPDATE conversation SET updated_at = ? WHERE id = ?",
            (max(time_in_list(db, moment), stored_time(after_last)), conversation_id),
        )


def time_in_list(db: sqlite3.Connection, moment: datetime) -> str:
    """That moment, or just after the last change of any conversation, where the clock is behind it by a day at most: a
    computer that takes its clock for another zone's time would list what is new below what is old.

    A change that lies further ahead is one of a clock that was wrong, and what comes now is not dated by it."""
    (newest,) = db.execute(
        "SELECT max(updated_at) FROM conversation WHERE deleted_at IS NULL AND is_pinned IN (0, 1)"
        " AND updated_at BETWEEN ? AND ?",
        (stored_time(moment), stored_time(moment + _BEHIND_AT_MOST)),
    ).fetchone()
    return stored_time(moment if newest is None else datetime.fromisoformat(newest) + _TICK)
