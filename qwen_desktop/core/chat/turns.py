"""All turns under way, by conversation: at most one each, several conversations at once, and the prompts that wait.

Views come and go; the turns stay here.  One object of this class serves every face of the app.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Protocol

from qwen_desktop.core.chat.attachment import Attachment
from qwen_desktop.core.chat.cap import Cap, Ledger, Spent, check, estimated_cost, month_start
from qwen_desktop.core.chat.context import context_for, estimated_tokens
from qwen_desktop.core.chat.continuation import ContinuationPolicy
from qwen_desktop.core.chat.conversation import ConversationSummary
from qwen_desktop.core.chat.message import Cost, Message, MessageStatus, Role
from qwen_desktop.core.chat.parameters import Parameters
from qwen_desktop.core.chat.pictures import check_pictures
from qwen_desktop.core.chat.price import Price
from qwen_desktop.core.chat.saver import Journal
from qwen_desktop.core.chat.turn import RetryPolicy, Turn, TurnEnded, TurnEvent
from qwen_desktop.core.errors import MonthlyCapReached, StorageUnavailable
from qwen_desktop.core.providers.base import Provider, ReplyRequest


class StartedTurnLike(Protocol):
    """What storage gives back once prompt and empty reply are on disk."""

    @property
    def conversation(self) -> ConversationSummary: ...

    @property
    def prompt(self) -> Message: ...

    @property
    def reply(self) -> Message: ...

    @property
    def path(self) -> tuple[Message, ...]: ...


class TurnStore(Protocol):
    """The part of the history that turns need."""

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
    ) -> StartedTurnLike: ...

    async def begin_reply(self, prompt_id: int, *, model_id: str, is_demo: bool = False) -> StartedTurnLike: ...

    async def begin_edit(
        self,
        prompt_id: int,
        text: str,
        *,
        model_id: str,
        is_demo: bool = False,
        attachments: tuple[Attachment, ...] | None = None,
    ) -> StartedTurnLike: ...

    async def begin_continuation(self, reply_id: int) -> StartedTurnLike: ...

    def journal(self, reply: Message) -> Journal: ...

    async def path_to(self, conversation_id: int, message_id: int | None = None) -> tuple[Message, ...]: ...

    async def system_prompt_of(self, conversation_id: int) -> str: ...

    async def spent_since(self, moment: datetime) -> Spent: ...


@dataclass(frozen=True, slots=True)
class Asking:
    """Whom a turn asks, and how."""

    provider: Provider
    model_id: str
    thinking: bool | None = None
    parameters: Parameters = field(default_factory=Parameters)
    is_demo: bool = False
    search: bool = False
    """It may search the web first."""
    system_prompt: str = ""
    max_input_tokens: int | None = None
    """Earlier turns that would go beyond it are left out, and that is told (`MessagesLeftOut`)."""
    reasoning_of: str = ""
    """A model id whose own replies go along with their reasoning."""
    sees_pictures: bool = True
    """False: a prompt with pictures is refused, and those of earlier prompts are left out."""
    policy: RetryPolicy | None = None
    continuation: ContinuationPolicy | None = None
    price: Price | None = None
    """What the reply's cost is worked out with; None: not known."""
    cap: Cap | None = None
    """What a month may cost; None: as much as it likes."""
    account: str = ""
    """What the key of the account that is asked is filed under; '' for the demo."""


class Turns:
    """Starts, finds and stops turns.

    `listener(started, event)` is called on the loop for each event of each turn, in order; it must not raise.
    `on_bug(error)` hears what should never happen: an exception that is not the world's.
    """

    def __init__(
        self,
        store: TurnStore,
        *,
        listener: Callable[[StartedTurnLike, TurnEvent], None],
        on_bug: Callable[[BaseException], None],
        ledger: Ledger | None = None,
    ) -> None:
        """`ledger` knows what was spent; None: `store` does."""
        self._store = store
        self._ledger = ledger or store
        self._listener = listener
        self._on_bug = on_bug
        self._turns: dict[int, Turn] = {}
        self._tasks: dict[int, asyncio.Task[Message]] = {}
        self._ending: set[asyncio.Task[Message]] = set()
        self._starting: set[int] = set()
        self._beginnings: set[asyncio.Future[None]] = set()
        """One for each turn that is being written down."""
        self._queued: dict[int, str] = {}
        self._queued_attachments: dict[int, tuple[Attachment, ...]] = {}
        self._estimates: dict[object, Cost] = {}
        """About what is under way costs; by its place, for as long as it is."""
        self._kept: set[object] = set()
        """Places of turns that run."""
        self._is_closed = False

    async def send(
        self,
        prompt: str,
        asking: Asking,
        *,
        conversation_id: int | None,
        title: str = "",
        attachments: tuple[Attachment, ...] = (),
        parent_id: int | None = None,
    ) -> StartedTurnLike:
        """Commits prompt and empty reply, then lets the request leave.  `parent_id`: the message below which the prompt
        belongs; None: the end of the current path.

        Raises StorageError, MonthlyCapReached, and RequestRefused for pictures that cannot be sent: then nothing was
        written down or sent."""
        with self._reserved(conversation_id), self._estimated() as place:
            check_pictures(attachments, sees_pictures=asking.sees_pictures)
            await self._check_cap(
                place, asking, conversation_id, text=prompt, attachments=attachments, parent_id=parent_id
            )
            started = await self._store.begin_turn(
                conversation_id,
                prompt,
                model_id=asking.model_id,
                is_demo=asking.is_demo,
                title=title,
                system_prompt=asking.system_prompt,
                attachments=attachments,
                parent_id=parent_id,
            )
            await self._run(started, asking, place)
        return started

    async def retry(self, prompt_id: int, asking: Asking, *, conversation_id: int) -> StartedTurnLike:
        """Another reply to a prompt that is stored already, beside the earlier ones.  Only on the user's word.  Raises
        as `send` does."""
        with self._reserved(conversation_id), self._estimated() as place:
            await self._check_stored_pictures(asking, conversation_id, prompt_id)
            await self._check_cap(place, asking, conversation_id, prompt_id)
            started = await self._store.begin_reply(prompt_id, model_id=asking.model_id, is_demo=asking.is_demo)
            await self._run(started, asking, place)
        return started

    async def edit(
        self,
        prompt_id: int,
        text: str,
        asking: Asking,
        *,
        conversation_id: int,
        attachments: tuple[Attachment, ...] | None = None,
    ) -> StartedTurnLike:
        """An earlier prompt with other words, and a reply to it, beside what there is.  Raises as `send` does.

        `attachments` None: those of the earlier one."""
        with self._reserved(conversation_id), self._estimated() as place:
            if attachments is None:
                await self._check_stored_pictures(asking, conversation_id, prompt_id)
            else:
                check_pictures(attachments, sees_pictures=asking.sees_pictures)
            await self._check_cap(place, asking, conversation_id, prompt_id, text=text, attachments=attachments)
            started = await self._store.begin_edit(
                prompt_id, text, model_id=asking.model_id, is_demo=asking.is_demo, attachments=attachments
            )
            await self._run(started, asking, place)
        return started

    async def continue_reply(self, reply_id: int, asking: Asking, *, conversation_id: int) -> StartedTurnLike:
        """The rest of a reply that broke off, appended to it.  Only on the user's word.  Raises as `send` does, and
        LookupError when the reply is gone or runs in another process."""
        with self._reserved(conversation_id), self._estimated() as place:
            await self._check_stored_pictures(asking, conversation_id, reply_id)
            await self._check_cap(place, asking, conversation_id, reply_id)
            started = await self._store.begin_continuation(reply_id)
            await self._run(started, asking, place, continues=True)
        return started

    def is_busy(self, conversation_id: int | None) -> bool:
        """A turn runs in the conversation, or is being written down before it runs."""
        return conversation_id is not None and (conversation_id in self._tasks or conversation_id in self._starting)

    @contextmanager
    def _reserved(self, conversation_id: int | None) -> Iterator[None]:
        if self.is_busy(conversation_id):
            raise RuntimeError("a turn is running in this conversation")
        if self._is_closed:
            raise StorageUnavailable("the history is being closed")
        is_through: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._beginnings.add(is_through)
        if conversation_id is not None:
            self._starting.add(conversation_id)
        try:
            yield
        finally:
            if conversation_id is not None:
                self._starting.discard(conversation_id)
            self._beginnings.discard(is_through)
            is_through.set_result(None)

    async def _check_stored_pictures(self, asking: Asking, conversation_id: int, message_id: int) -> None:
        """Those of the prompt that is asked again, or whose reply is continued.  What was sent once fits."""
        if asking.sees_pictures:
            return
        path = await self._store.path_to(conversation_id, message_id)
        prompt = next((message for message in reversed(path) if message.role is Role.USER), None)
        if prompt is not None:
            check_pictures(prompt.attachments, sees_pictures=False)

    # Money

    @contextmanager
    def _estimated(self) -> Iterator[object]:
        """A place for the estimate of a turn that is being begun; kept beyond that by `_start`."""
        place = object()
        try:
            yield place
        finally:
            if place not in self._kept:
                self._estimates.pop(place, None)

    async def _check_cap(
        self,
        place: object,
        asking: Asking,
        conversation_id: int | None,
        message_id: int | None = None,
        *,
        text: str = "",
        attachments: tuple[Attachment, ...] | None = None,
        parent_id: int | None = None,
    ) -> None:
        """Before anything is written down.  `message_id`: what is asked again, edited to `text`, or continued; without
        one `text` is a prompt below `parent_id`, or at the end.  Raises MonthlyCapReached."""
        if asking.cap is None or asking.is_demo:
            return
        path: tuple[Message, ...] = ()
        system_prompt = asking.system_prompt
        if conversation_id is not None:
            path = await self._store.path_to(conversation_id, parent_id if message_id is None else message_id)
            system_prompt = await self._store.system_prompt_of(conversation_id) or system_prompt
        more = 0
        if path and message_id is not None and path[-1].role is Role.ASSISTANT:
            more, path = estimated_tokens(path[-1].text), path[:-1]
        if text or attachments is not None:
            before = path[:-1] if message_id is not None else path
            if attachments is None:
                attachments = path[-1].attachments if message_id is not None and path else ()
            path = (*before, _prompt(text, attachments))
        tokens = (
            more
            + context_for(
                path,
                system_prompt=system_prompt,
                max_input_tokens=asking.max_input_tokens,
                reasoning_of=asking.reasoning_of,
                sees_pictures=asking.sees_pictures,
            ).estimated_tokens
        )
        await self._estimate(place, asking.cap, tokens, asking.price)

    @asynccontextmanager
    async def within_cap(self, asking: Asking, input_tokens: int) -> AsyncIterator[None]:
        """For what is asked beside the turns: it counts like them while it is under way.  Raises MonthlyCapReached."""
        with self._estimated() as place:
            if asking.cap is not None and not asking.is_demo:
                await self._estimate(place, asking.cap, input_tokens, asking.price)
            yield

    async def _estimate(self, place: object, cap: Cap, input_tokens: int, price: Price | None) -> None:
        estimate = estimated_cost(input_tokens, price)
        check(cap, await self._spent(), estimate, self._estimates.values())
        if estimate is not None:
            self._estimates[place] = estimate

    async def _spent(self) -> Spent:
        return await self._ledger.spent_since(month_start(datetime.now(UTC)))

    async def _may_spend(self, place: object, asking: Asking, input_tokens: int, so_far: Cost | None) -> bool:
        """A continuation that nobody clicked; what the reply cost so far is in no history yet."""
        if asking.cap is None or asking.is_demo:
            return True
        others = [cost for other, cost in self._estimates.items() if other is not place]
        under_way = others if so_far is None else [*others, so_far]
        try:
            check(asking.cap, await self._spent(), estimated_cost(input_tokens, asking.price), under_way)
        except MonthlyCapReached:
            return False
        return True

    # Under way

    async def _run(self, started: StartedTurnLike, asking: Asking, place: object, *, continues: bool = False) -> None:
        """What was just written down runs.  After a bug in that, which is raised, nobody writes its reply any more."""
        try:
            self._start(started, asking, place, continues=continues)
        except Exception:
            ended = replace(started.reply, status=MessageStatus.STOPPED, ended_at=datetime.now(UTC))
            await self._store.journal(started.reply).finish(ended)
            raise

    def _start(self, started: StartedTurnLike, asking: Asking, place: object, *, continues: bool = False) -> None:
        conversation_id = started.conversation.id
        path = started.path if started.path[-1].role is Role.USER else started.path[:-1]
        context = context_for(
            path,
            system_prompt=started.conversation.system_prompt or asking.system_prompt,
            max_input_tokens=asking.max_input_tokens,
            is_demo=asking.is_demo,
            reasoning_of=asking.reasoning_of,
            sees_pictures=asking.sees_pictures,
        )
        turn = Turn(
            started.reply,
            ReplyRequest(
                asking.model_id,
                context.messages,
                asking.thinking,
                asking.parameters,
                search=asking.search,
                reply_id=started.reply.id,
            ),
            asking.provider,
            self._store.journal(started.reply),
            listener=lambda event: self._hear(started, event),
            policy=asking.policy,
            continuation=asking.continuation,
            continues=continues,
            left_out_ids=context.left_out_ids,
            without_pictures_ids=context.without_pictures_ids,
            price=asking.price,
            may_spend=lambda tokens, so_far: self._may_spend(place, asking, tokens, so_far),
        )
        self._kept.add(place)
        task = asyncio.get_running_loop().create_task(turn.run(), name=f"turn {started.reply.id}")
        self._turns[conversation_id] = turn
        self._tasks[conversation_id] = task
        task.add_done_callback(lambda done: self._forget(conversation_id, done))
        task.add_done_callback(lambda _: self._let_go(place))
        if self._is_closed:
            turn.stop()

    def _hear(self, started: StartedTurnLike, event: TurnEvent) -> None:
        if isinstance(event, TurnEnded):
            # the conversation is free before its listener hears of the end, so that a queued prompt can follow
            self._turns.pop(started.conversation.id, None)
            task = self._tasks.pop(started.conversation.id, None)
            if task is not None:
                self._ending.add(task)
        self._listener(started, event)

    def _let_go(self, place: object) -> None:
        self._kept.discard(place)
        self._estimates.pop(place, None)

    def _forget(self, conversation_id: int, task: asyncio.Task[Message]) -> None:
        self._ending.discard(task)
        if self._tasks.get(conversation_id) is task:
            del self._tasks[conversation_id]
            self._turns.pop(conversation_id, None)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._on_bug(error)

    @property
    def is_closed(self) -> bool:
        return self._is_closed

    def running(self, conversation_id: int | None) -> Turn | None:
        """The turn under way in a conversation."""
        return None if conversation_id is None else self._turns.get(conversation_id)

    @property
    def running_ids(self) -> frozenset[int]:
        """Conversations in which a turn is under way."""
        return frozenset(self._turns)

    def stop(self, conversation_id: int | None) -> None:
        """Stops the turn of a conversation if there is one."""
        if (turn := self.running(conversation_id)) is not None:
            turn.stop()

    def queue(self, conversation_id: int, prompt: str, attachments: tuple[Attachment, ...] = ()) -> str:
        """Keeps a prompt until the running turn ends; a second one is put below the first, and its pictures behind.

        Returns all text that waits."""
        waiting = self._queued.get(conversation_id)
        self._queued[conversation_id] = "\n\n".join(part for part in (waiting, prompt) if part)
        pictures = (*self._queued_attachments.get(conversation_id, ()), *attachments)
        self._queued_attachments[conversation_id] = tuple(dict.fromkeys(pictures))
        return self._queued[conversation_id]

    def queued(self, conversation_id: int | None) -> str | None:
        return None if conversation_id is None else self._queued.get(conversation_id)

    def queued_attachments(self, conversation_id: int | None) -> tuple[Attachment, ...]:
        """The pictures of what waits."""
        return () if conversation_id is None else self._queued_attachments.get(conversation_id, ())

    def take_queued(self, conversation_id: int) -> str | None:
        """What waits, which from now on does not; ask for its pictures before."""
        self._queued_attachments.pop(conversation_id, None)
        return self._queued.pop(conversation_id, None)

    def begin_no_more(self) -> None:
        """Stops every turn, those being written down too.

        From now on `send` and its like raise StorageUnavailable: nothing was written down, nothing is asked."""
        self._is_closed = True
        for turn in list(self._turns.values()):
            turn.stop()

    async def close(self) -> None:
        """The same, and waits until each has kept its text."""
        self.begin_no_more()
        while pending := self._under_way():
            await asyncio.wait(pending)

    def _under_way(self) -> list[asyncio.Future[Any]]:
        return [*self._beginnings, *self._tasks.values(), *self._ending]


def _prompt(text: str, attachments: tuple[Attachment, ...]) -> Message:
    """One that is not stored yet."""
    return Message(0, 0, None, Role.USER, text, MessageStatus.COMPLETE, datetime.now(UTC), attachments=attachments)
