"""Messages to the history and back: every conversation, every turn, committed before anything depends on it.

One `History` is one open file (or, as `MemoryHistory`, none).  Everything is awaited on the loop and runs on threads:
one writes, one reads lists and conversations, one searches, one folds the log into the file.  All of it raises
StorageUnavailable for the world's failures, and LookupError for a conversation or message that is not there.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Self, TypeVar

from qwen_desktop.core.chat.attachment import Attachment
from qwen_desktop.core.chat.cap import Spent
from qwen_desktop.core.chat.chat_list import ListedChat, Listing
from qwen_desktop.core.chat.conversation import Conversation, ConversationSummary
from qwen_desktop.core.chat.message import Message, MessageStatus, Role, SentRequest
from qwen_desktop.core.chat.sums import MonthOfModel, Sums
from qwen_desktop.core.chat.tags import kept
from qwen_desktop.core.errors import StorageUnavailable
from qwen_desktop.core.paths import private_folder
from qwen_desktop.core.storage import inspection, migrations, recovery, tree, usage
from qwen_desktop.core.storage.bin import Bin
from qwen_desktop.core.storage.chat_order import read_chats, read_listing
from qwen_desktop.core.storage.database import (
    FOLDED_AFTER_BYTES,
    Lane,
    absolute,
    beside,
    fold,
    open_folder_of_log,
    open_in_memory,
    open_reader,
    open_writer,
    snapshot,
    transaction,
    unavailable_from_os_error,
)
from qwen_desktop.core.storage.history_search import HistorySearch
from qwen_desktop.core.storage.journal import DiskClock, ReplyJournal
from qwen_desktop.core.storage.known_path import KnownPath, data_version, lasting
from qwen_desktop.core.storage.own_file import OwnFile
from qwen_desktop.core.storage.owner import Owner
from qwen_desktop.core.storage.rows import (
    now,
    optional_text,
    stored_attachments,
    stored_tags,
    stored_text,
    stored_time,
)

T = TypeVar("T")

_MOST_PAGES_IN_LOG = 8_000
"""Then a commit folds it, if nobody has before; 32 MB."""
_BYTES_OF_A_TURN = 64 * 1024
"""In the log: the pages that lead to the turn, again and again while the reply grows; its text comes to that twice."""

log = logging.getLogger(__name__)

_open_here: list[Path] = []
"""Files this process has open, once for each History; see `inspection.inspect`."""


@dataclass(frozen=True, slots=True)
class StartedTurn:
    """Prompt and empty reply, as committed."""

    conversation: ConversationSummary
    prompt: Message
    reply: Message
    path: tuple[Message, ...]
    """From the first message up to and including the prompt."""


@dataclass(frozen=True, slots=True)
class DeletedMessages:
    """What a deletion took, and what is left to show."""

    conversation: Conversation
    """Along its current path as it is now."""
    ids: frozenset[int]
    """The message and all that hung below it, on every branch."""


class History:
    """All conversations of one user."""

    owner: Owner
    """Who runs the turns begun here."""

    def __init__(
        self,
        path: Path | None,
        owner: Owner | None,
        writer: Lane,
        reader: Lane,
        searcher: Lane,
        own_file: OwnFile | None = None,
    ) -> None:
        self.path = path
        self._own_file = own_file
        self._given_owner = owner
        self._writer = writer
        self._reader = reader
        self._searcher = searcher
        self._disk_clock = DiskClock()
        self._unsaved: dict[int, tuple[ReplyJournal, Message]] = {}
        self._folder = (
            None
            if path is None or own_file is None
            else Lane("folder", lambda: open_folder_of_log(path), path, own_file.follower())
        )
        self._unfolded_bytes = 0
        """About what was written to the log since it was last folded."""
        self._known = KnownPath()
        self._version = 0
        """See `data_version`; as it last was."""
        self.bin = Bin(writer, searcher)
        """What was deleted."""
        self.search = HistorySearch(path, searcher, (writer, reader), own_file, self._let_lanes_go)
        self.is_read_through = True
        """False: it was not closed well and is so large that its opening did not wait for all of it; see `check`."""
        self._is_closed = False

    @classmethod
    async def open(cls, path: Path, *, owner: Owner | None = None) -> Self:
        """Open the history at `path`, making it and its folder if need be, and bring it to the newest schema.

        Raises DatabaseTooNew and StorageUnavailable; a file that is newer or damaged is left as it is, byte for byte.
        """
        path = absolute(path)
        own_file = OwnFile(path)

        def connect() -> sqlite3.Connection:
            try:
                private_folder(path.parent)
                if path not in _open_here:
                    history.is_read_through = inspection.inspect(path, migrations.SCHEMA_VERSION)
                connection = open_writer(path)
                try:
                    connection.execute(f"PRAGMA wal_autocheckpoint = {_MOST_PAGES_IN_LOG}")
                    migrations.upgrade(connection, path)
                except BaseException:
                    connection.close()
                    raise
                own_file.hold()
            except OSError as error:
                raise unavailable_from_os_error(error, path) from error
            return connection

        def open_reading() -> sqlite3.Connection:
            return open_reader(path)

        history = cls(
            path,
            owner,
            Lane("writer", connect, path, own_file.put_back_if_deleted),
            Lane("reader", open_reading, path, own_file.follower()),
            Lane("searcher", open_reading, path, own_file.follower()),
            own_file,
        )
        await history._begin_work()
        return history

    async def _begin_work(self) -> None:
        try:
            # On the writer's thread, with the file opened first: where `ps` is asked for it, it takes a moment.
            self.owner, self._version = await self._writer.write(
                lambda db: (self._given_owner or Owner.current(), data_version(db))
            )
        except BaseException:
            await self._close_lanes()
            raise
        self.owner.opened()
        if self.path is not None:
            _open_here.append(self.path)
            with suppress(OSError):  # a process that was killed leaves its log
                self._fold_after(beside(self.path, "-wal").stat().st_size)

    def _fold_after(self, written_bytes: int) -> None:
        """Fold the log once it is long."""
        self._unfolded_bytes += written_bytes
        if self._folder is not None and self._unfolded_bytes >= FOLDED_AFTER_BYTES:
            self._unfolded_bytes = 0
            self._folder.give(fold)

    async def close(self) -> None:
        """Save what could not be saved before, fold the log into the file, end the threads.  May be called twice.

        A turn of this history that is still running is left to `recover`.
        """
        if self._is_closed:
            return
        self._is_closed = True
        try:
            await self.save_unsaved()
            await self._writer.write(lambda db: None)  # a file that was deleted meanwhile is put back (see `own_file`)
        except StorageUnavailable as error:
            log.error("%d replies could not be saved (%s)", len(self._unsaved), error.reason or "io")
        finally:
            self.owner.closed()
            await self._close_lanes()
            if self.path is not None:
                _open_here.remove(self.path)

    @property
    def times_put_back(self) -> int:
        """How often its file was deleted while it was open, and written again (see `own_file`)."""
        return 0 if self._own_file is None else self._own_file.times_put_back

    def let_go(self) -> None:
        """Free memory that is only kept to be quicker: a long conversation was left.  Does not wait for it."""
        self._known.forget()
        self._let_lanes_go()

    def _let_lanes_go(self) -> None:
        for lane in {self._writer, self._searcher, self._reader}:
            lane.let_go()

    async def _close_lanes(self) -> None:
        await self.search.close()
        for lane in {self._searcher, self._reader, self._folder or self._writer} - {self._writer}:
            await lane.close()
        await self._writer.close(fold if self.path is not None else None)
        if self._own_file is not None:
            self._own_file.let_go()

    @property
    def is_at_work(self) -> bool:
        """On a turn, a list or a conversation; may be asked on any thread."""
        return self._writer.is_at_work or self._reader.is_at_work

    # Lists and conversations

    async def listing(self, asked: Collection[int] = ()) -> Listing:
        """The order of all of them, and what is listed of the newest and of those that are `asked` for; see
        `chat_order`."""
        return await self._reader.read(lambda db: read_listing(db, datetime.now().astimezone().date(), asked))

    async def chats(self, ids: Collection[int]) -> list[ListedChat]:
        """What is listed of these, in any order; those that are gone or deleted are left out."""
        return await self._reader.read(lambda db: read_chats(db, ids))

    async def conversation(self, conversation_id: int) -> Conversation:
        """A conversation along its current path, deleted or not; a running reply with the text committed so far."""
        version, moment = self._version, self._known.moment

        def read(db: sqlite3.Connection) -> Conversation:
            with snapshot(db):
                conversation = tree.read_conversation(db, conversation_id)
            self._known.keep(lasting(conversation.messages), version, moment)
            return conversation

        return await self._reader.read(read)

    async def siblings(self, message_id: int) -> list[Message]:
        """The message and those beside it (same parent), in order of creation."""

        def read(db: sqlite3.Connection) -> list[Message]:
            with snapshot(db):
                return tree.read_siblings(db, message_id)

        return await self._reader.read(read)

    async def path_to(self, conversation_id: int, message_id: int | None = None) -> tuple[Message, ...]:
        """From the first message to that one; None: to the end of the current path."""

        def end(db: sqlite3.Connection) -> tuple[int | None, int]:
            leaf_id = _current_message_id(db, conversation_id) if message_id is None else message_id
            return leaf_id, data_version(db)

        # Asked of the writer, which alone knows whether others wrote.
        leaf_id, self._version = await self._writer.write(end)
        return () if leaf_id is None else await self._reader.read(self._path_reader(leaf_id))

    def _path_reader(self, leaf_id: int) -> Callable[[sqlite3.Connection], tuple[Message, ...]]:
        """A job that reads the path as it is, or was when the writer last looked at `data_version`."""
        version, moment = self._version, self._known.moment

        def read(db: sqlite3.Connection) -> tuple[Message, ...]:
            with snapshot(db):
                path, lasts = tree.read_path_beyond(db, leaf_id, self._known.at(version))
            self._known.keep(lasts, version, moment)
            return path

        return read

    async def system_prompt_of(self, conversation_id: int) -> str:
        return (await self._reader.read(lambda db: tree.read_summary(db, conversation_id))).system_prompt

    # Sums; see `usage`

    async def sums_of(self, conversation_id: int) -> Sums:
        """Tokens and cost of all replies of a conversation, on every branch."""
        return await self._reader.read(lambda db: usage.of_conversation(db, conversation_id))

    async def spent_since(self, moment: datetime) -> Spent:
        """What the replies cost that ended since then."""
        return await self._reader.read(lambda db: usage.since(db, moment))

    async def months(self) -> list[MonthOfModel]:
        """Tokens and cost of each month with each model, the newest month first."""
        return await self._searcher.read(usage.months)

    async def sent_for(self, reply_id: int) -> tuple[tuple[SentRequest, ...], Mapping[tuple[int, str], str]]:
        """What left for a reply, and the texts and pictures it quotes (see `sent_request.body_of`).

        Nothing when it is not known for each generation of the reply: older ones have none, nor has one that a crash
        ended."""

        def read(
            db: sqlite3.Connection,
        ) -> tuple[tuple[SentRequest, ...], Mapping[tuple[int, str], str]]:
            with snapshot(db):
                sent = tree.read_sent(db, reply_id)
                if len(sent) <= len(tree.read_message(db, reply_id).continuations):
                    return (), {}
                return sent, tree.read_quoted(db, sent)

        sent, texts = await self._reader.read(read)
        if self.path is None:
            return sent, texts
        from qwen_desktop.core.protocol.sent_request import picture_texts  # late: a start has no need of it
        from qwen_desktop.core.storage.attachments import AttachmentStore

        store = AttachmentStore(self.path.parent / "attachments")
        return sent, {**texts, **await asyncio.to_thread(picture_texts, sent, store.find)}

    async def check(self) -> None:
        """Read the whole file through, beside the work.  Raises StorageUnavailable 'damaged'; cancelling ends it."""
        if (path := self.path) is None:
            return
        lane = Lane("checker", lambda: open_reader(path), path)
        try:
            await lane.read(lambda db: inspection.check(db, path))
        finally:
            await lane.close()

    # Work of other modules, such as `storage/exchange.py`

    async def read_beside(self, job: Callable[[sqlite3.Connection], T]) -> T:
        """A read on the lane of searches and other long ones.  Cancelling it ends the work."""
        return await self._searcher.read(job)

    async def write_beside(self, job: Callable[[sqlite3.Connection], T]) -> T:
        """A short transaction, behind what was given to the writer before."""
        return await self._rewrite(job)

    async def _rewrite(self, job: Callable[[sqlite3.Connection], T]) -> T:
        """A write that may change messages that have ended."""
        return await self._writer.write(self._known.forgotten_by(job))

    # Changes to a conversation

    async def create_conversation(self, *, title: str, model_id: str | None, system_prompt: str = "") -> Conversation:
        """A conversation without messages."""

        def write(db: sqlite3.Connection) -> Conversation:
            with transaction(db):
                conversation_id = tree.insert_conversation(
                    db, title=title, model_id=model_id, system_prompt=system_prompt, created_at=now()
                )
                return tree.read_conversation(db, conversation_id)

        return await self._writer.write(write)

    async def rename(self, conversation_id: int, title: str) -> None:
        """Give the user's own title; nothing automatic replaces it afterwards."""
        await self._change(conversation_id, "title = ?, title_origin = 'user'", stored_text(title))

    async def delete(self, conversation_id: int) -> None:
        """Put it aside; nothing is erased, `undelete` brings it back."""
        await self._change(conversation_id, "deleted_at = ifnull(deleted_at, ?)", stored_time(now()))

    async def undelete(self, conversation_id: int) -> None:
        await self._change(conversation_id, "deleted_at = NULL")

    async def set_pinned(self, conversation_id: int, is_pinned: bool) -> None:
        await self._change(conversation_id, "is_pinned = ?", int(is_pinned))

    async def set_folder(self, conversation_id: int, folder: str) -> None:
        """Put it into a folder, which is there as long as something is in it; '' takes it out."""
        await self._change(conversation_id, "folder = ?", stored_text(folder.strip()) or None)

    async def set_tags(self, conversation_id: int, tags: tuple[str, ...]) -> None:
        """Replaces those it had; see `chat/tags.py` for what one may be."""
        await self._change(conversation_id, "tags = ?", stored_tags(kept(tags)))

    async def save_draft(
        self, conversation_id: int, text: str, attachments: tuple[Attachment, ...] | None = None
    ) -> None:
        """Keep what was typed and not sent; `attachments` None: the pictures beside it stay as they are."""
        if attachments is None:
            await self._change(conversation_id, "draft = ?", stored_text(text), is_durable=False)
        else:
            columns = "draft = ?, draft_attachments = ?"
            values = (stored_text(text), stored_attachments(attachments))
            await self._change(conversation_id, columns, *values, is_durable=False)
        await self._save_left_over()

    async def set_left_out(self, prompt_id: int, is_left_out: bool) -> None:
        """Leave the turn of a prompt out of later requests, or let it go along again; it is shown either way.

        Raises LookupError, for a message that is no prompt too."""

        def write(db: sqlite3.Connection) -> None:
            with transaction(db):
                changed = db.execute(
                    "UPDATE message SET is_left_out = ? WHERE id = ? AND role = 'user'", (int(is_left_out), prompt_id)
                ).rowcount
            if not changed:
                raise LookupError(f"no prompt {prompt_id}")

        await self._rewrite(write)

    async def set_model(self, conversation_id: int, model_id: str | None) -> None:
        await self._change(conversation_id, "model_id = ?", optional_text(model_id), is_durable=False)

    async def set_system_prompt(self, conversation_id: int, text: str) -> None:
        """What goes before everything else of it from the next request on; '' for nothing."""
        await self._change(conversation_id, "system_prompt = ?", stored_text(text))

    async def select_path(self, message_id: int) -> Conversation:
        """Make the branch through `message_id` the current one, down to its newest message."""

        def write(db: sqlite3.Connection) -> Conversation:
            with transaction(db):
                message = tree.read_kept_message(db, message_id)
                tree.set_current(db, message.conversation_id, tree.newest_leaf(db, message_id))
                return tree.read_conversation(db, message.conversation_id)

        return await self._writer.write(write)

    async def delete_message(self, message_id: int) -> DeletedMessages:
        """Put a message and everything below it aside; nothing is erased, `undelete_message` brings it back.

        A reply among them that still runs goes on until somebody stops it; its text is kept all the same.
        """

        def write(db: sqlite3.Connection) -> DeletedMessages:
            with transaction(db):
                ids = tree.put_aside(db, message_id, now())
                place = tree.read_message(db, message_id).conversation_id
                return DeletedMessages(tree.read_conversation(db, place), ids)

        return await self._rewrite(write)

    async def undelete_message(self, message_id: int, *, leaf_id: int | None = None) -> Conversation:
        """Bring back what `delete_message` put aside, and show it: down to `leaf_id`, or to its newest message."""

        def write(db: sqlite3.Connection) -> Conversation:
            with transaction(db):
                tree.bring_back(db, message_id, leaf_id)
                return tree.read_conversation(db, tree.read_message(db, message_id).conversation_id)

        return await self._rewrite(write)

    async def branch_off(self, message_id: int) -> Conversation:
        """A new conversation with copies of the path up to that message; see `branching`.  Raises LookupError."""
        from qwen_desktop.core.storage.branching import branch_off

        return await self.conversation(await branch_off(self, message_id))

    async def _change(self, conversation_id: int, assignments: str, *values: object, is_durable: bool = True) -> None:
        def write(db: sqlite3.Connection) -> None:
            with transaction(db, is_durable=is_durable):
                changed = db.execute(
                    f"UPDATE conversation SET {assignments} WHERE id = ?", (*values, conversation_id)
                ).rowcount
            if not changed:
                raise LookupError(f"no conversation {conversation_id}")

        await self._writer.write(write)

    # Turns

    async def begin_turn(
        self,
        conversation_id: int | None,
        prompt: str,
        *,
        model_id: str,
        is_demo: bool = False,
        title: str = "",
        system_prompt: str = "",
        attachments: tuple[Attachment, ...] = (),
        parent_id: int | None = None,
    ) -> StartedTurn:
        """Commit prompt and empty reply below `parent_id`, or without one, and where it was deleted, at the end of the
        current path; both are on the disk itself when it returns.

        Makes the conversation where `conversation_id` is None (`title` and `system_prompt` are for that; an empty title
        is taken from the prompt).  The prompt is taken out of the draft.  A cancelled call leaves nothing, or a turn
        marked as stopped.
        """

        def write(db: sqlite3.Connection) -> tuple[int, int, int]:
            moment = now()
            with transaction(db):
                if conversation_id is None:
                    place, leaf_id = (
                        tree.insert_conversation(
                            db,
                            title=tree.title_for(title, prompt, attachments),
                            model_id=model_id,
                            system_prompt=system_prompt,
                            created_at=moment,
                        ),
                        None,
                    )
                else:
                    place, leaf_id = conversation_id, _current_message_id(db, conversation_id)
                    if parent_id is not None and tree.is_kept(db, parent_id):
                        leaf_id = parent_id
                prompt_id = tree.insert_prompt(db, place, leaf_id, prompt, moment, attachments)
                reply_id = tree.insert_reply(
                    db, place, prompt_id, self.owner, model_id=model_id, is_demo=is_demo, created_at=moment
                )
                tree.take_from_draft(db, place, prompt, attachments)
            return place, prompt_id, reply_id

        return await self._begin(write)

    async def begin_reply(self, prompt_id: int, *, model_id: str, is_demo: bool = False) -> StartedTurn:
        """Commit another empty reply to a prompt, beside the earlier ones, and make it the end of the current path."""

        def write(db: sqlite3.Connection) -> tuple[int, int, int]:
            with transaction(db):
                place = tree.read_kept_message(db, prompt_id).conversation_id
                reply_id = tree.insert_reply(
                    db, place, prompt_id, self.owner, model_id=model_id, is_demo=is_demo, created_at=now()
                )
            return place, prompt_id, reply_id

        return await self._begin(write)

    async def begin_edit(
        self,
        prompt_id: int,
        text: str,
        *,
        model_id: str,
        is_demo: bool = False,
        attachments: tuple[Attachment, ...] | None = None,
    ) -> StartedTurn:
        """Commit another prompt beside an earlier one, with an empty reply; what was there stays as it is.

        `attachments` None: those of the earlier one.

        Raises ValueError for a message that is no prompt.
        """

        def write(db: sqlite3.Connection) -> tuple[int, int, int]:
            moment = now()
            with transaction(db):
                earlier = tree.read_kept_message(db, prompt_id)
                if earlier.role is not Role.USER:
                    raise ValueError(f"message {prompt_id} is no prompt")
                place = earlier.conversation_id
                pictures = earlier.attachments if attachments is None else attachments
                edited_id = tree.insert_prompt(db, place, earlier.parent_id, text, moment, pictures)
                reply_id = tree.insert_reply(
                    db, place, edited_id, self.owner, model_id=model_id, is_demo=is_demo, created_at=moment
                )
            return place, edited_id, reply_id

        return await self._begin(write)

    async def begin_continuation(self, reply_id: int) -> StartedTurn:
        """Let a reply that has ended run again, with the text it has: it is in `reply`, and so is why it had ended.

        Raises LookupError for a reply that is deleted or running, here or in another process.
        """

        def write(db: sqlite3.Connection) -> tuple[int, int, int]:
            with transaction(db):
                reply = tree.read_kept_message(db, reply_id)
                if reply.role is not Role.ASSISTANT or reply.parent_id is None or reply.status.is_running:
                    raise LookupError(f"no ended reply {reply_id}")
                tree.reopen_reply(db, reply_id, self.owner)
            return reply.conversation_id, reply.parent_id, reply_id

        return await self._begin(self._known.forgotten_by(write))

    async def _begin(self, write: Callable[[sqlite3.Connection], tuple[int, int, int]]) -> StartedTurn:
        begun: list[int] = []

        def begin(db: sqlite3.Connection) -> tuple[tuple[int, int, int], int]:
            ids = write(db)
            self._disk_clock.reached()
            begun.append(ids[2])
            return ids, data_version(db)

        def read(db: sqlite3.Connection) -> StartedTurn:
            path = read_path(db)
            with snapshot(db):
                reply = replace(tree.read_message(db, reply_id), sent=tree.read_sent(db, reply_id))
                return StartedTurn(tree.read_summary(db, conversation_id), path[-1], reply, path)

        def give_up(db: sqlite3.Connection) -> None:
            for reply_id in begun:
                with transaction(db):
                    db.execute(
                        "UPDATE message SET status = ?, ended_at = ?, owner_instance_id = NULL,"
                        " owner_process_id = NULL, owner_process_started = NULL WHERE id = ?",
                        (MessageStatus.STOPPED.value, stored_time(now()), reply_id),
                    )

        try:
            (conversation_id, prompt_id, reply_id), self._version = await self._writer.write(begin)
            await self._save_left_over()
            # Read elsewhere: the path may be long, and other turns are waiting to write.
            read_path = self._path_reader(prompt_id)
            return await self._reader.read(read)
        except BaseException:
            # Nobody will run this turn.  The lane works in order, so this comes after a commit still on its way.
            self._writer.give(give_up)
            raise

    def journal(self, reply: Message) -> ReplyJournal:
        """Where the text of a started reply is kept while it grows."""
        return ReplyJournal(self._writer, reply.id, self._disk_clock, self._keep_unsaved, self._known.forget)

    def _keep_unsaved(self, journal: ReplyJournal, reply: Message | None) -> None:
        if reply is None:
            _, saved = self._unsaved.pop(journal.message_id, (journal, None))
            self._fold_after(_BYTES_OF_A_TURN + (2 * len(saved.text) if saved is not None else 0))
        else:
            self._unsaved[journal.message_id] = (journal, reply)

    @property
    def unsaved_count(self) -> int:
        """Replies that have ended and are only in memory."""
        return len(self._unsaved)

    async def save_unsaved(self) -> None:
        """Try again to write replies that a full or failing disk did not take.  Raises StorageUnavailable."""
        for journal, reply in list(self._unsaved.values()):
            await journal.finish(reply)

    async def _save_left_over(self) -> None:
        """The disk takes what is written again: nobody has to ask for the rest, or may lose it by a crash."""
        if self._unsaved:
            with suppress(StorageUnavailable):
                await self.save_unsaved()

    async def recover(self) -> list[Message]:
        """End the turns that a crash left running, and give them as they are now; turns of living owners stay."""
        recovered = []
        for message_id, instance_id in await self._writer.write(recovery.orphaned):
            # One short transaction each: a journal may write in between.
            message = await self._writer.write(
                lambda db, message_id=message_id, instance_id=instance_id: recovery.recover_one(  # type: ignore[misc]
                    db, message_id, instance_id
                )
            )
            if message is not None:
                recovered.append(message)
        return recovered


class MemoryHistory(History):
    """The same history without a file: for `ask --no-save`, and while the disk cannot be used."""

    @classmethod
    async def open(cls, path: Path | None = None, *, owner: Owner | None = None) -> Self:
        """An empty history; `path` is not looked at."""

        def connect() -> sqlite3.Connection:
            connection = open_in_memory()
            migrations.upgrade(connection, None)
            return connection

        # A database in memory belongs to one connection: it reads and searches on the writer's thread.
        lane = Lane("memory", connect, None)
        history = cls(None, owner, lane, lane, lane)
        await history._begin_work()
        return history


def _current_message_id(db: sqlite3.Connection, conversation_id: int) -> int | None:
    row = db.execute("SELECT current_message_id FROM conversation WHERE id = ?", (conversation_id,)).fetchone()
    if row is None:
        raise LookupError(f"no conversation {conversation_id}")
    leaf_id: int | None = row[0]
    return leaf_id
