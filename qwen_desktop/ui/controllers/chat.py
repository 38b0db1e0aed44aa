"""Turns to Qt: every event of every turn becomes its own signal, in order; orders come back as slots.

No pixels here.  The turns themselves live in `core/chat/turns.py` and go on whatever is shown.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from PySide6.QtCore import QObject, Signal

from qwen_desktop.core.chat.attachment import Attachment
from qwen_desktop.core.chat.conversation import title_from_prompt
from qwen_desktop.core.chat.message import Message, MessageStatus
from qwen_desktop.core.chat.parameters import Parameters
from qwen_desktop.core.chat.turn import (
    DeltaReceived,
    MessagesLeftOut,
    PicturesLeftOut,
    RetryScheduled,
    StatusChanged,
    StorageTroubled,
    Turn,
    TurnEnded,
    TurnEvent,
)
from qwen_desktop.core.chat.turns import Asking, StartedTurnLike, Turns, TurnStore
from qwen_desktop.core.errors import MessageGone, QwenDesktopError
from qwen_desktop.ui.aio import TaskOwner
from qwen_desktop.ui.pictures.words import title_of

if TYPE_CHECKING:
    from qwen_desktop.core.chat.titles import Budget

T = TypeVar("T")


@dataclass(slots=True)
class Thread:
    """The conversation a view shows; `conversation_id` is None until its first prompt is on disk."""

    conversation_id: int | None = None
    face: str = ""
    """Whose prompts are sent with it: '' for the window, else the face that takes back what could not be sent."""
    leaf_id: int | None = None
    """The last message that is shown: what is sent now belongs below it, whatever is shown when it begins.  None: the
    end of the conversation's current path."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What the user has chosen for the next turn."""

    model_id: str
    thinking: bool | None
    parameters: Parameters | None = None
    """None: those the settings have for the model."""
    system_prompt: str = ""
    """Of a conversation that begins with this turn; an older one has its own."""
    search: bool = False
    """It may search the web first."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What a face has sent, on its way."""

    thread: Thread
    prompt: str
    attachments: tuple[Attachment, ...] = ()
    leaf_id: int | None = None
    """The message below which it was written."""
    wish: Wish | None = None
    """What was chosen then."""


GiveBack = Callable[[str, tuple[Attachment, ...], QwenDesktopError | None], None]


class AskFor(Protocol):
    """The engine's `asking`."""

    def __call__(
        self,
        model_id: str,
        thinking: bool | None,
        *,
        system_prompt: str = "",
        parameters: Parameters | None = None,
        search: bool = False,
        attachments: Sequence[Attachment] = (),
    ) -> Awaitable[Asking]: ...


def _texts(sent: Iterable[Sent]) -> str:
    return "\n\n".join(one.prompt for one in sent if one.prompt)


def _pictures(sent: Iterable[Sent]) -> tuple[Attachment, ...]:
    return tuple(dict.fromkeys(picture for one in sent for picture in one.attachments))


def _key(thread: Thread) -> tuple[str, int]:
    """What tells two threads apart: the conversation, or for a new one the object itself."""
    return ("new", id(thread)) if thread.conversation_id is None else ("stored", thread.conversation_id)


async def _unless(stop: asyncio.Future[None], work: Awaitable[T]) -> T | None:
    """What `work` returns; None once `stop` is done, and `work` is given up.  Raises what `work` raises."""
    task = asyncio.ensure_future(work)
    either: set[asyncio.Future[Any]] = {task, stop}
    try:
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        return None if stop.done() else task.result()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


class ChatController(QObject):
    """Sends, queues, retries and stops.

    Signals, most with the conversation's id first:
      turn_started(int, StartedTurn): prompt and empty reply are on disk
      delta_received(int, int reply_id, Delta): one for each increment
      status_changed(int, int reply_id, MessageStatus)
      messages_left_out(int, int reply_id, tuple[int, ...] ids): the oldest messages do not go along with the request
      pictures_left_out(int, int reply_id, tuple[int, ...] ids): the model gets earlier prompts without their pictures
      retry_scheduled(int, int reply_id, RetryScheduled)
      turn_ended(int, int reply_id, TurnEnded)
      storage_troubled(int, StorageError)
      queue_changed(int, str): what waits (its pictures: `queued_attachments`); '' without pictures for nothing
      queue_returned(int, str, tuple of Attachment): a queued prompt that will not be sent by itself, because its turn
        did not end well
      stop_requested(int): whether a turn runs there or not
      starting(Thread): a turn is on its way to the disk; `turn_started` or one of the two below follows
      not_started(Thread, str prompt, QwenDesktopError | None, tuple of Attachment): nothing was sent; the prompt
        belongs back into the composer; None: the user stopped it
      edit_not_started(Thread, int prompt_id, str text, QwenDesktopError | None, tuple of Attachment): the same for an
        edited prompt; None also while another turn of the conversation runs; MessageGone: there is nothing any more
        beside which it could stand
      failed(BaseException): a bug
    """

    turn_started = Signal(int, object)
    delta_received = Signal(int, int, object)
    status_changed = Signal(int, int, object)
    messages_left_out = Signal(int, int, object)
    pictures_left_out = Signal(int, int, object)
    retry_scheduled = Signal(int, int, object)
    turn_ended = Signal(int, int, object)
    storage_troubled = Signal(int, object)
    queue_changed = Signal(int, str)
    queue_returned = Signal(int, str, object)
    stop_requested = Signal(int)
    starting = Signal(object)
    not_started = Signal(object, str, object, object)
    edit_not_started = Signal(object, int, str, object, object)
    failed = Signal(object)

    def __init__(
        self,
        store: TurnStore,
        asking: AskFor,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._turns = Turns(store, listener=self._hear, on_bug=self.failed.emit)
        self._asking = asking
        self._tasks = TaskOwner(self)
        self._tasks.failed.connect(self.failed)
        self._starting: dict[tuple[str, int], list[Sent]] = {}
        """Turns on their way to the disk, each with the prompts that came since."""
        self._queued_below: dict[int, int | None] = {}
        """By conversation: the message below which what waits was written."""
        self._stops: dict[tuple[str, int], asyncio.Future[None]] = {}
        """Of these turns; done when one is not to begin."""
        self._leaves: dict[tuple[str, int], int | None] = {}
        """What was shown last when they were asked for."""
        self._unwritten: dict[tuple[str, int], Sent] = {}
        """The prompts of these turns, as far as they are new."""
        self._wishes: dict[int, Wish] = {}
        self._accounts: dict[int, str] = {}
        """Who was asked last; see `account_of`."""

    def send(self, thread: Thread, prompt: str, wish: Wish, attachments: tuple[Attachment, ...] = ()) -> None:
        """Sends a prompt, or queues it while the thread's turn runs (or is being written down)."""
        self._send(Sent(thread, prompt, attachments, thread.leaf_id, wish), wish)

    def _send(self, sent: Sent, wish: Wish) -> None:
        thread, prompt, attachments = sent.thread, sent.prompt, sent.attachments
        waiting = self._starting.get(_key(thread))
        if waiting is not None:
            waiting.append(sent)
            return
        if thread.conversation_id is not None:
            self._wishes[thread.conversation_id] = wish
            if self._turns.is_busy(thread.conversation_id):
                self._queue(thread.conversation_id, sent)
                return

        def begin(asking: Asking) -> Awaitable[StartedTurnLike]:
            title = title_from_prompt(prompt) or title_of(attachments)
            return self._turns.send(
                prompt,
                asking,
                conversation_id=thread.conversation_id,
                title=title,
                attachments=attachments,
                parent_id=sent.leaf_id,
            )

        self._unwritten[_key(thread)] = sent
        self._start(thread, self._begin(thread, wish, begin, sent), name="send")

    def _queue(self, conversation_id: int, sent: Sent) -> None:
        """It waits for the turn that runs; below what waits already, unless that was written on another branch."""
        is_first = not self.queued(conversation_id) and not self.queued_attachments(conversation_id)
        if not is_first and self._queued_below.get(conversation_id) != sent.leaf_id:
            self.not_started.emit(sent.thread, sent.prompt, None, sent.attachments)
            return
        self._queued_below[conversation_id] = sent.leaf_id
        queued = self._turns.queue(conversation_id, sent.prompt, sent.attachments)
        self.queue_changed.emit(conversation_id, queued)

    def retry(self, thread: Thread, prompt_id: int, wish: Wish) -> None:
        """Asks for another reply to a stored prompt, beside the ones there are."""
        conversation_id = thread.conversation_id
        if conversation_id is None or _key(thread) in self._starting or self._turns.is_busy(conversation_id):
            return

        def begin(asking: Asking) -> Awaitable[StartedTurnLike]:
            return self._turns.retry(prompt_id, asking, conversation_id=conversation_id)

        self._start(thread, self._begin(thread, wish, begin, gone=MessageGone()), name="retry")

    def continue_reply(self, thread: Thread, reply: Message, wish: Wish) -> None:
        """Asks for the rest of a reply that broke off; it goes on in its place, told by `turn_started` and deltas.

        A reply of the demo is not continued by the service, nor the other way round: its prompt is asked anew."""
        conversation_id, prompt_id = thread.conversation_id, reply.parent_id
        if conversation_id is None or prompt_id is None:
            return
        if self.is_starting(thread) or self._turns.is_busy(conversation_id):
            return

        def begin(asking: Asking) -> Awaitable[StartedTurnLike]:
            if asking.is_demo is not reply.is_demo:
                return self._turns.retry(prompt_id, asking, conversation_id=conversation_id)
            return self._turns.continue_reply(reply.id, asking, conversation_id=conversation_id)

        def give_back(waiting: str, pictures: tuple[Attachment, ...], error: QwenDesktopError | None) -> None:
            self.not_started.emit(thread, waiting, error, pictures)

        self._start(thread, self._begin(thread, wish, begin, give_back=give_back), name="continue")

    def edit(
        self, thread: Thread, prompt_id: int, text: str, wish: Wish, attachments: tuple[Attachment, ...] = ()
    ) -> None:
        """Asks an earlier prompt in other words, with these pictures, beside the first ones."""
        conversation_id = thread.conversation_id
        if conversation_id is None or self.is_starting(thread) or self._turns.is_busy(conversation_id):
            self.edit_not_started.emit(thread, prompt_id, text, None, attachments)
            return

        def begin(asking: Asking) -> Awaitable[StartedTurnLike]:
            return self._turns.edit(prompt_id, text, asking, conversation_id=conversation_id, attachments=attachments)

        def give_back(whole: str, pictures: tuple[Attachment, ...], error: QwenDesktopError | None) -> None:
            self.edit_not_started.emit(thread, prompt_id, whole, error, pictures)

        edited = self._unwritten[_key(thread)] = Sent(thread, text, attachments)
        gone = MessageGone(reason="edited")
        self._start(thread, self._begin(thread, wish, begin, edited, give_back=give_back, gone=gone), name="edit")

    def _start(self, thread: Thread, beginning: Coroutine[Any, Any, None], *, name: str) -> None:
        self._starting[_key(thread)] = []
        self._stops[_key(thread)] = asyncio.get_running_loop().create_future()
        self._leaves[_key(thread)] = thread.leaf_id
        self._tasks.start(beginning, name=name)
        self.starting.emit(thread)

    def is_starting(self, thread: Thread) -> bool:
        """A turn is on its way to the disk."""
        return _key(thread) in self._starting

    def unwritten(self, thread: Thread) -> str:
        """What this face has sent in the thread and is not on disk yet; '' for nothing.  Lost if the app ended now."""
        return _texts(self._all_unwritten(thread))

    def unwritten_attachments(self, thread: Thread) -> tuple[Attachment, ...]:
        """The pictures of that."""
        return _pictures(self._all_unwritten(thread))

    def _all_unwritten(self, thread: Thread) -> list[Sent]:
        key = _key(thread)
        first = [self._unwritten[key]] if key in self._unwritten else []
        return [sent for sent in (*first, *self._starting.get(key, [])) if sent.thread.face == thread.face]

    async def _begin(
        self,
        thread: Thread,
        wish: Wish,
        begin: Callable[[Asking], Awaitable[StartedTurnLike]],
        *prompts: Sent,
        give_back: GiveBack | None = None,
        gone: MessageGone | None = None,
    ) -> None:
        """`prompts` are not on disk yet: they go back to the user if the turn cannot begin, with what came since.
        `gone` is what is told if its message was deleted meanwhile, by another face or process."""
        key = _key(thread)
        stop, leaf_id = self._stops[key], self._leaves[key]
        try:
            system_prompt = wish.system_prompt if thread.conversation_id is None else ""
            asking = await _unless(
                stop,
                self._asking(
                    wish.model_id,
                    wish.thinking,
                    system_prompt=system_prompt,
                    parameters=wish.parameters,
                    search=wish.search,
                    attachments=_pictures(prompts),
                ),
            )
            if asking is None:
                self._give_back(thread, prompts, None, give_back)
                return
            started = await begin(asking)
        except QwenDesktopError as error:
            self._give_back(thread, prompts, error, give_back)
            return
        except Exception as error:
            is_gone = type(error) is LookupError
            self._give_back(thread, prompts, (gone if is_gone else None) or QwenDesktopError(), give_back)
            if is_gone:
                return
            raise  # a bug of ours, which `failed` tells of
        except BaseException:
            self._starting.pop(key, None)
            raise
        finally:
            self._unwritten.pop(key, None)
            self._stops.pop(key, None)
            self._leaves.pop(key, None)
        thread.conversation_id = started.conversation.id
        self._wishes[started.conversation.id] = wish
        self._accounts[started.conversation.id] = asking.account
        self.turn_started.emit(started.conversation.id, started)
        if stop.done():
            self.stop(started.conversation.id)  # its request has not left
        for later in self._starting.pop(key, []):  # those written on the same branch go on where that one ends
            if later.leaf_id == leaf_id:
                later = replace(later, leaf_id=started.reply.id)
            self._send(later, later.wish or wish)

    def _give_back(
        self,
        thread: Thread,
        prompts: tuple[Sent, ...],
        error: QwenDesktopError | None,
        give_back: GiveBack | None,
    ) -> None:
        """The turn did not begin: each face has its own prompts again.  `error` None: there is nothing to tell."""
        self._unwritten.pop(_key(thread), None)
        whole = list(prompts)
        of_others: list[Sent] = []
        for later in self._starting.pop(_key(thread), []):
            (whole if later.thread.face == thread.face else of_others).append(later)
        if give_back is not None:
            give_back(_texts(whole), _pictures(whole), error)
        else:
            self.not_started.emit(thread, _texts(whole), error, _pictures(whole))
        for later in of_others:
            self.not_started.emit(later.thread, later.prompt, error, later.attachments)

    def stop(self, conversation_id: int | None) -> None:
        """Stops the turn of a conversation, in any state; a second call changes nothing.

        One that is not on disk yet does not begin, and its prompts go back to who sent them; one that is just being
        written down ends before its request leaves."""
        self._turns.stop(conversation_id)
        if conversation_id is not None:
            self._stop_starting(("stored", conversation_id))
            self.stop_requested.emit(conversation_id)

    def stop_thread(self, thread: Thread) -> None:
        """The same for a thread that may have no conversation yet."""
        self._stop_starting(_key(thread))
        self.stop(thread.conversation_id)

    def stop_all(self, conversation_ids: Iterable[int]) -> None:
        """The same for many, of which few are at work."""
        starting = {number for kind, number in self._stops if kind == "stored"}
        for one in (self._turns.running_ids | starting).intersection(conversation_ids):
            self.stop(one)

    def _stop_starting(self, key: tuple[str, int]) -> None:
        stop = self._stops.get(key)
        if stop is not None and not stop.done():
            stop.set_result(None)

    def remove_queued(self, conversation_id: int) -> str:
        """Takes back what waits; returns its text.  Ask for its pictures before."""
        text = self._turns.take_queued(conversation_id) or ""
        self._queued_below.pop(conversation_id, None)
        self.queue_changed.emit(conversation_id, "")
        return text

    def queued(self, conversation_id: int | None) -> str:
        return self._turns.queued(conversation_id) or ""

    def queued_attachments(self, conversation_id: int | None) -> tuple[Attachment, ...]:
        """The pictures of what waits."""
        return self._turns.queued_attachments(conversation_id)

    def is_running(self, conversation_id: int | None) -> bool:
        return self._turns.is_busy(conversation_id)

    def running(self, conversation_id: int | None) -> Turn | None:
        return self._turns.running(conversation_id)

    def account_of(self, conversation_id: int) -> str:
        """What the key of the account is filed under that the last turn of a conversation asked; '' for the demo."""
        return self._accounts.get(conversation_id, "")

    @property
    def within_cap(self) -> Budget:
        """For what is asked beside the turns."""
        return self._turns.within_cap

    @property
    def running_ids(self) -> frozenset[int]:
        return self._turns.running_ids

    def with_live_reply(self, conversation_id: int, messages: tuple[Message, ...]) -> tuple[Message, ...]:
        """`messages` from the history, the running reply among them as it stands in memory, which is newer."""
        turn = self._turns.running(conversation_id)
        if turn is None:
            return messages
        live = turn.snapshot()
        return tuple(live if message.id == live.id else message for message in messages)

    def _hear(self, started: StartedTurnLike, event: TurnEvent) -> None:
        conversation_id, reply_id = started.conversation.id, started.reply.id
        match event:
            case MessagesLeftOut(ids):
                self.messages_left_out.emit(conversation_id, reply_id, ids)
            case PicturesLeftOut(ids):
                self.pictures_left_out.emit(conversation_id, reply_id, ids)
            case DeltaReceived(delta):
                self.delta_received.emit(conversation_id, reply_id, delta)
            case StatusChanged(status):
                self.status_changed.emit(conversation_id, reply_id, status)
            case RetryScheduled():
                self.retry_scheduled.emit(conversation_id, reply_id, event)
            case StorageTroubled(error):
                self.storage_troubled.emit(conversation_id, error)
            case TurnEnded(reply):
                self.turn_ended.emit(conversation_id, reply_id, event)
                self._after(conversation_id, reply.status)

    def _after(self, conversation_id: int, status: MessageStatus) -> None:
        """The queued prompt follows a turn that ended well, and goes back to the user after any other."""
        pictures = self._turns.queued_attachments(conversation_id)
        prompt = self._turns.take_queued(conversation_id)
        if prompt is None:
            return
        leaf_id = self._queued_below.pop(conversation_id, None)
        self.queue_changed.emit(conversation_id, "")
        wish = self._wishes.get(conversation_id)
        if status is MessageStatus.COMPLETE and wish is not None and not self._turns.is_closed:
            self.send(Thread(conversation_id, leaf_id=leaf_id), prompt, wish, pictures)
        else:
            self.queue_returned.emit(conversation_id, prompt, pictures)

    def begin_no_more(self) -> None:
        """The app is about to end: turns stop, and what is not written down yet does not begin and goes back to who
        sent it, like what waits."""
        self._turns.begin_no_more()
        for key in list(self._stops):
            self._stop_starting(key)

    async def close(self) -> None:
        """Stops all turns and waits until each has kept its text."""
        self.begin_no_more()
        await self._turns.close()
        await self._tasks.close()
