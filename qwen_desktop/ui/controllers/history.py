"""The history to Qt: lists, conversations, names and drafts, read and written off the GUI thread.

No pixels here.  Each answer is a signal; an answer that is no longer wanted (another search was typed) is dropped.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Coroutine, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from qwen_desktop.core.chat.attachment import Attachment
from qwen_desktop.core.chat.conversation import Conversation, joined, without
from qwen_desktop.core.chat.message import SentRequest
from qwen_desktop.core.errors import StorageError
from qwen_desktop.core.storage.conversations import History
from qwen_desktop.ui.controllers.changes import Changes
from qwen_desktop.ui.controllers.history_tasks import HistoryTasks

if TYPE_CHECKING:
    from qwen_desktop.core.storage.turn_deletion import DeletedTurn


class HistoryController(QObject):
    """Reads and changes conversations.

    Signals:
      listed(Listing): what the sidebar is to show
      chats_read(list[ListedChat]): what `read_chats` asked for
      opened(Conversation): asked for by `open`
      missing(int): the conversation asked for is not there any more
      deleted(int), restored(int)
      gone(Collection[int]): deleted too, by `delete` or many together
      path_chosen(Conversation, int message_id): its current path runs through that message now
      message_restored(Conversation, int message_id, bool): the same, for it was brought back; True: nothing else was
        chosen to be shown since that was asked for
      message_deleted(DeletedMessages, int message_id): with all below it; the path leads around them now
      left_out_changed(tuple[int, ...] prompt_ids, bool): their turns are left out of later requests now, or go along
      turn_deleted(DeletedTurn), turn_restored(Conversation, int prompt_id, bool): as with a message
      branched(int): a new conversation was made of a part of another one, asked for by `branch_off`
      branched_aside(ConversationSummary): the same, but something else was chosen meanwhile
      draft_grown(int, str, tuple of Attachment): by `add_to_draft`; the conversation may have been opened meanwhile
      draft_saved(int): what was last to be kept of it is on disk
      summed(int, Sums): what all replies of a conversation took, asked for by `sum_up`
      months_counted(list[MonthOfModel]): asked for by `count_months`
      request_written(str): a command that asks for a reply again; '' when what had left cannot be told exactly
      troubled(StorageError): the disk refused
      failed(BaseException): a bug
    """

    listed = Signal(object)
    chats_read = Signal(object)
    opened = Signal(object)
    missing = Signal(int)
    deleted = Signal(int)
    gone = Signal(object)
    restored = Signal(int)
    path_chosen = Signal(object, int)
    message_restored = Signal(object, int, bool)
    message_deleted = Signal(object, int)
    left_out_changed = Signal(object, bool)
    turn_deleted = Signal(object)
    turn_restored = Signal(object, int, bool)
    branched = Signal(int)
    branched_aside = Signal(object)
    draft_grown = Signal(int, str, object)
    draft_saved = Signal(int)
    summed = Signal(int, object)
    months_counted = Signal(object)
    request_written = Signal(object)
    troubled = Signal(object)
    failed = Signal(object)

    def __init__(
        self,
        history: History,
        parent: QObject | None = None,
        *,
        get_ready: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """`get_ready` is awaited before a conversation is read to be shown: it makes what shows one."""
        super().__init__(parent)
        self._history = history
        self.changes = Changes()
        self._get_ready = get_ready
        self._tasks = HistoryTasks(self, on_missing=self.refresh)  # another process may have deleted it
        self._tasks.troubled.connect(self.troubled)
        self._tasks.failed.connect(self.failed)
        self.in_sight: Callable[[], Collection[int]] = tuple
        """The chats whose titles are shown: each listing brings them along."""
        self._listing: asyncio.Task[Any] | None = None
        self._reading: asyncio.Task[Any] | None = None
        self._opening: asyncio.Task[Any] | None = None
        self._opening_id = 0
        self._choices = 0
        """How often something was chosen to be shown: what comes when it is another number than it was when it was
        asked for does not take the screen."""
        self._summing: asyncio.Task[Any] | None = None
        self._counting: asyncio.Task[Any] | None = None
        self._drafts: dict[int, tuple[str, tuple[Attachment, ...]]] = {}
        self._is_saving_drafts = False
        self._given_drafts: dict[int, tuple[str, tuple[Attachment, ...]]] = {}
        """What was last to be kept of each conversation, with what was not on disk then."""
        self._adding: set[asyncio.Task[Any]] = set()

    def refresh(self) -> None:
        """Lists all conversations anew."""
        if self._listing is not None:
            self._listing.cancel()
        self._listing = self._tasks.start(self._list(), name="list conversations")

    async def _list(self) -> None:
        self.listed.emit(await self._history.listing(self.in_sight()))

    def read_chats(self, ids: Collection[int]) -> None:
        """These have come into sight; a former request that is not answered yet is dropped."""
        if self._reading is not None:
            self._reading.cancel()
        self._reading = self._tasks.start(self._read_chats(ids), name="read chats")

    async def _read_chats(self, ids: Collection[int]) -> None:
        self.chats_read.emit(await self._history.chats(ids))

    def open(self, conversation_id: int) -> None:
        """Reads a conversation; a former request that is not answered yet is dropped."""
        self.drop_opening()
        self._opening_id = conversation_id
        self._opening = self._tasks.start(self._open(conversation_id), name="open conversation")

    def drop_opening(self, ids: Collection[int] | None = None) -> None:
        """Another view was chosen meanwhile, or these were deleted: what is being read or made is not shown."""
        if ids is None:
            self._choices += 1
        if self._opening is not None and (ids is None or self._opening_id in ids):
            self._opening.cancel()
            self._opening = None

    @property
    def is_opening(self) -> bool:
        """One is being read to be shown."""
        return self._opening is not None and not self._opening.done()

    async def _open(self, conversation_id: int) -> None:
        if self._get_ready is not None:
            await self._get_ready()
        try:
            conversation = await self._read(conversation_id)
        except LookupError:
            self.missing.emit(conversation_id)
            return
        self.opened.emit(conversation)

    async def _read(self, conversation_id: int) -> Conversation:
        return await self.changes.read(conversation_id, lambda: self._history.conversation(conversation_id))

    def rename(self, conversation_id: int, title: str) -> None:
        self._tasks.start(self._then_refresh(self._history.rename(conversation_id, title)), name="rename")

    def delete(self, conversation_id: int) -> None:
        """Puts a conversation out of sight; `undelete` brings it back."""
        self._tasks.start(self._delete(conversation_id), name="delete")

    async def _delete(self, conversation_id: int) -> None:
        await self._history.delete(conversation_id)
        self.tell_gone((conversation_id,))
        self.deleted.emit(conversation_id)
        self.refresh()

    def tell_gone(self, ids: Collection[int]) -> None:
        """These were deleted, by whomever."""
        self.drop_opening(ids)
        self.gone.emit(ids)

    def undelete(self, conversation_id: int) -> None:
        self._tasks.start(self._undelete(conversation_id), name="undelete")

    async def _undelete(self, conversation_id: int) -> None:
        await self._history.undelete(conversation_id)
        self.restored.emit(conversation_id)
        self.refresh()

    def choose_version(self, message_id: int, step: int) -> None:
        """Shows the branch through the version `step` places after the message; nothing where there is none."""
        self._tasks.start(self._choose_version(message_id, step), name="choose version")

    async def _choose_version(self, message_id: int, step: int) -> None:
        versions = [version.id for version in await self._history.siblings(message_id)]
        if message_id in versions and 0 <= (place := versions.index(message_id) + step) < len(versions):
            conversation = await self._history.select_path(versions[place])
            self.changes.note(conversation.id)
            self.path_chosen.emit(conversation, versions[place])

    def delete_message(self, message_id: int) -> None:
        """Puts a message and all below it out of sight; `undelete_message` brings them back."""
        self._tasks.start(self._delete_message(message_id), name="delete message")

    async def _delete_message(self, message_id: int) -> None:
        deleted = await self._history.delete_message(message_id)
        self.changes.note(deleted.conversation.id)
        self.message_deleted.emit(deleted, message_id)

    def undelete_message(self, message_id: int, leaf_id: int | None) -> None:
        """Brings a message back and makes its branch current, down to `leaf_id`."""
        self._tasks.start(self._undelete_message(message_id, leaf_id, self._choices), name="undelete message")

    async def _undelete_message(self, message_id: int, leaf_id: int | None, choices: int) -> None:
        conversation = await self._history.undelete_message(message_id, leaf_id=leaf_id)
        self.changes.note(conversation.id)
        self.message_restored.emit(conversation, message_id, self._choices == choices)

    def set_left_out(
        self, prompt_ids: tuple[int, ...], is_left_out: bool, then: Callable[[], object] | None = None
    ) -> None:
        """Leaves the turns of these prompts out of later requests, or lets them go along again; `then` is called once
        that is on disk."""
        self._tasks.start(self._set_left_out(prompt_ids, is_left_out, then), name="leave turns out")

    async def _set_left_out(
        self, prompt_ids: tuple[int, ...], is_left_out: bool, then: Callable[[], object] | None
    ) -> None:
        for prompt_id in prompt_ids:
            await self._history.set_left_out(prompt_id, is_left_out)
        self.changes.note(None)
        self.left_out_changed.emit(prompt_ids, is_left_out)
        if then is not None:
            then()

    def delete_turn(self, prompt_id: int) -> None:
        """Puts a prompt and its replies out of sight, and nothing of what follows."""
        self._tasks.start(self._delete_turn(prompt_id), name="delete turn")

    async def _delete_turn(self, prompt_id: int) -> None:
        from qwen_desktop.core.storage.turn_deletion import delete_turn

        deleted = await delete_turn(self._history, prompt_id)
        self.changes.note(deleted.conversation.id)
        self.turn_deleted.emit(deleted)

    def undelete_turn(self, deleted: DeletedTurn) -> None:
        """Brings it back, between what came before and after it."""
        self._tasks.start(self._undelete_turn(deleted, self._choices), name="undelete turn")

    async def _undelete_turn(self, deleted: DeletedTurn, choices: int) -> None:
        from qwen_desktop.core.storage.turn_deletion import undelete_turn

        conversation = await undelete_turn(self._history, deleted)
        self.changes.note(conversation.id)
        self.turn_restored.emit(conversation, deleted.prompt_id, self._choices == choices)

    def branch_off(self, message_id: int) -> None:
        """Makes a new conversation of the path up to that message."""
        self._tasks.start(self._branch_off(message_id, self._choices), name="branch off")

    async def _branch_off(self, message_id: int, choices: int) -> None:
        conversation = await self._history.branch_off(message_id)
        self.refresh()
        if self._choices == choices:
            self.branched.emit(conversation.id)
        else:
            self.branched_aside.emit(conversation.summary)

    def write_request(self, reply_id: int, form: str) -> None:
        """Writes down what left for a reply; `form`: 'curl' or 'python'."""
        self._tasks.start(self._write_request(reply_id, form), name="write request")

    async def _write_request(self, reply_id: int, form: str) -> None:
        sent, texts = await self._history.sent_for(reply_id)
        self.request_written.emit(await asyncio.to_thread(_command, form, sent, texts))

    def set_model(self, conversation_id: int, model_id: str) -> None:
        self._change(conversation_id, self._history.set_model(conversation_id, model_id), name="set model")

    def set_system_prompt(self, conversation_id: int, text: str) -> None:
        """What goes before everything else of it from the next request on."""
        work = self._history.set_system_prompt(conversation_id, text)
        self._change(conversation_id, work, name="set system prompt")

    def _change(self, conversation_id: int, work: Coroutine[Any, Any, object], *, name: str) -> None:
        self.changes.follow(conversation_id, self._tasks.start(work, name=name))

    def sum_up(self, conversation_id: int) -> None:
        """Reads what a conversation took; a former request that is not answered yet is dropped."""
        if self._summing is not None:
            self._summing.cancel()
        self._summing = self._tasks.start(self._sum_up(conversation_id), name="sum up conversation")

    async def _sum_up(self, conversation_id: int) -> None:
        self.summed.emit(conversation_id, await self._history.sums_of(conversation_id))

    def count_months(self) -> None:
        """Reads what each month took, on the thread of long reads."""
        if self._counting is not None:
            self._counting.cancel()
        self._counting = self._tasks.start(self._count_months(), name="count months")

    async def _count_months(self) -> None:
        self.months_counted.emit(await self._history.months())

    def save_draft(self, conversation_id: int, text: str, attachments: tuple[Attachment, ...] = ()) -> None:
        """Keeps what is typed and not sent; of several for one conversation the last one counts."""
        self._drafts[conversation_id] = self._given_drafts[conversation_id] = text, attachments
        if not self._is_saving_drafts:
            self._is_saving_drafts = True
            self._tasks.start(self._save_drafts(), name="save drafts")

    def draft_of(self, conversation_id: int) -> str | None:
        """A draft that is on its way to the disk; None when what the history says holds."""
        waiting = self._drafts.get(conversation_id)
        return None if waiting is None else waiting[0]

    def draft_attachments_of(self, conversation_id: int) -> tuple[Attachment, ...] | None:
        """Its pictures."""
        waiting = self._drafts.get(conversation_id)
        return None if waiting is None else waiting[1]

    def take_from_draft(self, conversation_id: int, prompt: str, attachments: tuple[Attachment, ...]) -> None:
        """The prompt is on disk as a message: it is no draft any more, though it was one when its chat was left."""
        text, pictures = self._given_drafts.get(conversation_id, ("", ()))
        rest = without(prompt, text), tuple(one for one in pictures if one not in attachments)
        if rest != (text, pictures):
            self.save_draft(conversation_id, *rest)

    def add_to_draft(self, conversation_id: int, prompt: str, attachments: tuple[Attachment, ...]) -> None:
        """A prompt that comes back, or a picture, for a conversation that is not shown: above what is typed there and
        not sent, unless it is there already."""
        task = self._tasks.start(self._add_to_draft(conversation_id, prompt, attachments), name="add to draft")
        self._adding.add(task)
        task.add_done_callback(self._adding.discard)

    async def _add_to_draft(self, conversation_id: int, prompt: str, attachments: tuple[Attachment, ...]) -> None:
        summary = (await self._read(conversation_id)).summary
        text, pictures = self._drafts.get(conversation_id, (summary.draft, summary.draft_attachments))
        whole = joined(prompt, without(prompt, text)) if prompt else text
        self.save_draft(conversation_id, whole, tuple(dict.fromkeys((*pictures, *attachments))))
        self.draft_grown.emit(conversation_id, prompt, attachments)

    async def _save_drafts(self) -> None:
        try:
            while self._drafts:
                conversation_id, draft = next(iter(self._drafts.items()))
                with suppress(LookupError):  # deleted for good meanwhile
                    await self._history.save_draft(conversation_id, *draft)
                self.changes.note(conversation_id)
                if self._drafts.get(conversation_id) == draft:
                    del self._drafts[conversation_id]
                    self.draft_saved.emit(conversation_id)
        finally:
            self._is_saving_drafts = False

    def save_unsaved(self) -> None:
        """Tries again to write replies the disk did not take; `troubled` tells when it still does not."""
        self._tasks.start(self._then_refresh(self._history.save_unsaved()), name="save again")

    def let_go(self) -> None:
        """A long conversation was left: what the history keeps of it in memory is freed."""
        self._history.let_go()

    async def _then_refresh(self, work: Coroutine[Any, Any, object]) -> None:
        await work
        self.refresh()

    async def close(self) -> None:
        """Writes drafts that are on their way, then ends."""
        if self._listing is not None:
            self._listing.cancel()
        self.drop_opening()
        if self._adding:
            await asyncio.wait(self._adding)
        try:
            if self._drafts:
                await self._save_drafts()
        except StorageError as error:
            self.troubled.emit(error)
        await self._tasks.close()


def _command(form: str, sent: Sequence[SentRequest], texts: Mapping[tuple[int, str], str]) -> str:
    """On a worker thread, since a body may be large."""
    from qwen_desktop.core.protocol.copied_request import as_curl, as_python
    from qwen_desktop.core.protocol.sent_request import body_of

    requests = [(one, body) for one in sent if (body := body_of(one, texts)) is not None]
    if not sent or len(requests) < len(sent):
        return ""
    return as_curl(requests) if form == "curl" else as_python(requests)
