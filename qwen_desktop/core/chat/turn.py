"""Prompt to saved reply: the state machine of one turn, with its journal, its retries, its continuations and its stop.

A turn lives outside every view.  It is driven by one task (`run`) and may be stopped from the same loop at any moment.
It never asks for the same generation twice, except when the request provably was not worked on
(`ProviderError.safe_to_resend`), a bounded number of times.  What it does unasked that costs money is one thing only: a
reply that was cut in its text is continued, at most twice, where `ContinuationPolicy` allows it.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from functools import reduce

import msgspec

from qwen_desktop.core.chat import continuation as going_on
from qwen_desktop.core.chat.assembler import ReplyAssembler
from qwen_desktop.core.chat.continuation import ContinuationPolicy, Generation
from qwen_desktop.core.chat.delta import Citations, Delta, Finished, ReasoningDelta, TextDelta, TextReplaced
from qwen_desktop.core.chat.message import Continuation, Cost, Message, MessageStatus, SentRequest, Usage
from qwen_desktop.core.chat.price import Price, cost_of, together
from qwen_desktop.core.chat.saver import Journal, Saver
from qwen_desktop.core.chat.seam import Seam
from qwen_desktop.core.errors import (
    ApiKeyStoreError,
    ProtocolViolated,
    ProviderError,
    QwenDesktopError,
    ReplyInterrupted,
    StorageError,
)
from qwen_desktop.core.providers.base import Provider, ReplyRequest, ReplyStream
from qwen_desktop.core.weakly import weakly
from qwen_desktop.core.words import to_failure


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """When a refused request is sent again, and how long to wait before."""

    max_retries: int = 3
    first_wait_s: float = 0.5
    """Doubles with each attempt."""
    longest_wait_s: float = 8.0
    jitter: float = 0.25
    """Each wait is varied by up to this share, so that many clients do not return together."""
    longest_retry_after_s: float = 60.0
    """A longer `Retry-After` is not waited for: the user is told at once."""

    def wait_s(self, attempt: int, error: ProviderError, chance: float) -> float | None:
        """Seconds before repetition number `attempt`, counted from 1; None: do not repeat.  `chance` is in [0, 1)."""
        if not error.safe_to_resend or attempt > self.max_retries:
            return None
        asked_s = error.retry_after_s or 0.0
        if asked_s > self.longest_retry_after_s:
            return None
        backoff_s = min(self.longest_wait_s, self.first_wait_s * 2.0 ** (attempt - 1))
        return max(asked_s, backoff_s * (1.0 + self.jitter * (2.0 * chance - 1.0)))


@dataclass(frozen=True, slots=True)
class StatusChanged:
    """The turn is in another state since now."""

    status: MessageStatus


@dataclass(frozen=True, slots=True)
class MessagesLeftOut:
    """Earlier messages do not go along, because the model cannot read so much; told first of all."""

    ids: tuple[int, ...]
    """The oldest prompts and replies of the conversation, in its order."""


@dataclass(frozen=True, slots=True)
class PicturesLeftOut:
    """Pictures of earlier prompts do not go along, because the model cannot see; told first of all."""

    ids: tuple[int, ...]
    """The prompts, in the order of the conversation."""


@dataclass(frozen=True, slots=True)
class DeltaReceived:
    """One increment, in the order of the wire; told before it is on disk, at most half a second."""

    delta: Delta


@dataclass(frozen=True, slots=True)
class RetryScheduled:
    """The request was refused and will be sent again after `wait_s`."""

    attempt: int
    wait_s: float
    error: ProviderError


@dataclass(frozen=True, slots=True)
class ContinuationAsked:
    """The reply was cut, and a request for its rest leaves now."""

    error: ProviderError
    """What had cut it."""


@dataclass(frozen=True, slots=True)
class Continued:
    """What follows comes from another generation, which continues the reply; told once something of it is there."""

    mark: Continuation


@dataclass(frozen=True, slots=True)
class StorageTroubled:
    """What was received could not be written; it is kept in memory and tried again."""

    error: StorageError


@dataclass(frozen=True, slots=True)
class TurnEnded:
    """The turn is over; `reply` is what was stored (or could not be, see `is_saved`)."""

    reply: Message
    error: QwenDesktopError | None
    is_saved: bool


TurnEvent = (
    MessagesLeftOut
    | PicturesLeftOut
    | StatusChanged
    | DeltaReceived
    | RetryScheduled
    | ContinuationAsked
    | Continued
    | StorageTroubled
    | TurnEnded
)


class Turn:
    """One reply under way.

    `listener` is called on the loop for every event, in order, and must not raise; the last event is always TurnEnded.
    `continues`: the reply has text and the user wants it continued; else it is empty and asked for from its beginning.
    `price`: of the model, for the reply's cost.  `may_spend(input_tokens, cost_so_far)`: asked before a continuation
    that nobody clicked; None: there is no limit.
    """

    def __init__(
        self,
        reply: Message,
        request: ReplyRequest,
        provider: Provider,
        journal: Journal,
        *,
        listener: Callable[[TurnEvent], None],
        policy: RetryPolicy | None = None,
        continuation: ContinuationPolicy | None = None,
        continues: bool = False,
        left_out_ids: tuple[int, ...] = (),
        without_pictures_ids: tuple[int, ...] = (),
        price: Price | None = None,
        may_spend: Callable[[int, Cost | None], Awaitable[bool]] | None = None,
        chance: Callable[[], float] = random.random,
        pause: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._reply = reply
        self._request = request
        self._provider = provider
        self._listener = listener
        self._policy = policy or RetryPolicy()
        self._continuation = continuation or ContinuationPolicy()
        self.left_out_ids = left_out_ids
        """Earlier messages that the request does not hold, for lack of room."""
        self.without_pictures_ids = without_pictures_ids
        """Earlier prompts of which the request holds the words, and not the pictures."""
        self._price = price
        self._may_spend = may_spend
        self._costs_before: list[Cost | None] = []
        """Of each generation but the last; None for one whose cost is not known."""
        self._chance = chance
        self._pause = pause
        self._assembler = ReplyAssembler()
        self._continuations = list(reply.continuations)
        self._sent: list[tuple[Generation, SentRequest]] = []
        """What left, for each generation that gave something, and for the last."""
        self._usage_before: Usage | None = None
        self._generation = Generation(request)
        self._is_in_reasoning = False
        """The last words that came were reasoning."""
        self._status = reply.status
        self._status_since = time.monotonic()
        self._saver = Saver(journal, weakly(self._tell_storage_trouble, None))
        self._receiving: asyncio.Task[None] | None = None
        self._is_stopped = False
        self._stream: ReplyStream | None = None
        self._last_stream: ReplyStream | None = None
        self._asked: Generation | None = None
        """The one that the last stream is of."""
        self._thinking_since: float | None = None
        self._thinking_s: float | None = None
        self._finish_reason: str | None = None
        if continues:
            self._begin_with(reply)

    def _begin_with(self, reply: Message) -> None:
        self._assembler.add(TextReplaced(reply.text, reply.reasoning))
        self._assembler.sources = reply.sources
        self._usage_before, self._thinking_s = reply.usage, reply.thinking_s
        self._costs_before.append(reply.cost)
        in_words = self._continuation.takes_partial() is False
        self._generation = self._continuing(going_on.after(reply), is_clicked=True, in_words=in_words)

    @property
    def reply_id(self) -> int:
        return self._reply.id

    @property
    def status(self) -> MessageStatus:
        return self._status

    @property
    def status_s(self) -> float:
        """Seconds in the present state."""
        return time.monotonic() - self._status_since

    @property
    def thinking_s(self) -> float | None:
        """Seconds from the first reasoning to the first text; None before that."""
        return self._thinking_s

    @property
    def silent_s(self) -> float:
        """Seconds since data last arrived; 0 when nothing is under way."""
        return 0.0 if self._stream is None else max(0.0, time.monotonic() - self._stream.last_data_at)

    @property
    def is_continuing(self) -> bool:
        """The rest of a reply that was cut was asked for, and nothing of it is there yet."""
        return self._generation.seam is not None and not self._generation.has_received and self._status.is_running

    def snapshot(self) -> Message:
        """The reply as it stands now: what a view shows that joins late."""
        return replace(
            self._reply,
            status=self._status,
            text=self._assembler.text,
            reasoning=self._assembler.reasoning,
            thinking_s=self._thinking_s,
            finish_reason=self._finish_reason,
            usage=self._usage,
            cost=self._cost,
            request_id=self._request_id,
            continuations=tuple(self._continuations),
            sent=(*self._reply.sent, *(sent for _, sent in self._sent)),
            tool_calls=self._assembler.tool_calls,
            sources=self._assembler.sources,
        )

    def stop(self) -> None:
        """The user's stop: ends the turn in any state and keeps its text.  A second call changes nothing."""
        if self._is_stopped or not self._status.is_running:
            return
        self._is_stopped = True
        if self._receiving is not None:
            self._receiving.cancel()

    async def run(self) -> Message:
        """Drives the turn to its end and returns the reply as stored.

        Never raises for the world's failures: they are in the reply.  Cancelling the caller stops the turn, saves what
        arrived and then goes on as CancelledError."""
        error: QwenDesktopError | None = None
        is_cancelled = False
        if self.left_out_ids:
            self._listener(MessagesLeftOut(self.left_out_ids))
        if self.without_pictures_ids:
            self._listener(PicturesLeftOut(self.without_pictures_ids))
        self._receiving = asyncio.ensure_future(self._receive())
        if self._is_stopped:
            self._receiving.cancel()
        try:
            await self._receiving
        except (ProviderError, ApiKeyStoreError, StorageError) as failure:
            error = failure
        except asyncio.CancelledError:
            is_cancelled = not self._is_stopped
            self._is_stopped = True
            if not self._receiving.done():
                self._receiving.cancel()
                await asyncio.gather(self._receiving, return_exceptions=True)
        except BaseException:  # a bug of ours: what was received is still saved before it is reported
            await self._end(ReplyInterrupted("internal error", reason="cut"))
            raise
        ending = asyncio.ensure_future(self._end(error))
        while not ending.done():
            try:
                await asyncio.shield(ending)
            except asyncio.CancelledError:
                is_cancelled = True  # paid for: no second cancellation may lose it
        reply = ending.result()
        if is_cancelled:
            raise asyncio.CancelledError
        return reply

    async def _receive(self) -> None:
        """Generation after generation, until the reply is finished.  Raises what is to be told of one that is not."""
        cut: ProviderError | None = None
        attempt = automatic = 0
        while True:
            generation = self._generation
            self._set_status(MessageStatus.CONNECTING)
            try:
                await self._receive_once(generation)
                return
            except ProviderError as error:
                attempt += 1
                wait_s = None
                if not generation.has_words:
                    wait_s = self._policy.wait_s(attempt, error, self._chance())
                if wait_s is not None:
                    self._listener(RetryScheduled(attempt, wait_s, error))
                    await self._pause(wait_s)
                    continue
                if generation.is_clicked and generation.request.continues and going_on.refuses_partial(error):
                    self._generation = self._continuing(going_on.after(self._reply), is_clicked=True, in_words=True)
                elif generation.is_fruitless_continuation and cut is not None:
                    raise going_on.with_failed_continuation(cut, error) from error
                elif automatic < going_on.MOST_AUTOMATIC and await self._may_continue(error):
                    cut, automatic = error, automatic + 1
                    self._generation = self._continuing("cut")
                    self._listener(ContinuationAsked(error))
                else:
                    raise
                attempt = 0

    async def _may_continue(self, error: ProviderError) -> bool:
        """By itself: the text broke off, nothing else is open, and what it costs is allowed."""
        assembler = self._assembler
        if not going_on.is_cut(error) or self._is_in_reasoning or assembler.tool_calls or not assembler.text.strip():
            return False
        if assembler.text_length <= len(self._generation.text_before):
            return False  # it said again what was there: the same would be asked for twice
        tokens = going_on.input_tokens(self._request, assembler.text)
        if not self._continuation.allows(tokens):
            return False
        return self._may_spend is None or await self._may_spend(tokens, self._cost)

    def _continuing(self, after: str, *, is_clicked: bool = False, in_words: bool = False) -> Generation:
        mark = Continuation(self._assembler.text_length, after, self._request_id)
        return Generation.continuing(self._request, self._assembler, mark, in_words=in_words, is_clicked=is_clicked)

    async def _receive_once(self, generation: Generation) -> None:
        self._usage_before = self._usage
        self._costs_before += self._last_cost
        self._asked = generation
        stream = self._provider.stream(generation.request, on_sent=weakly(self._on_sent, None))
        self._stream = self._last_stream = stream
        try:
            async for deltas in stream:
                for delta in deltas:
                    self._take(delta, generation)
        except ProtocolViolated as error:
            if generation.seam is None or error.reason != "empty_reply":
                raise
            self._note_continued(generation)  # the cut had come behind the last word: nothing was missing
        finally:
            self._stream = None
            self._note_sent(generation, stream.sent)
            if generation.seam is not None:
                self._give_held(generation.seam)
            await stream.aclose()
        self._finish_reason = self._finish_reason or stream.finish_reason
        if self._finish_reason is None and not stream.is_done:
            if generation.has_words:
                raise ReplyInterrupted(reason="cut", request_id=stream.request_id)
            raise ProtocolViolated(reason="empty_stream", request_id=stream.request_id)
        if not self._assembler.has_content and not self._assembler.tool_calls:
            raise ProtocolViolated(reason="empty_reply", request_id=stream.request_id)

    def _note_sent(self, generation: Generation, sent: SentRequest | None) -> None:
        if sent is None:
            return
        if self._sent and (self._sent[-1][0] is generation or not self._sent[-1][0].has_received):
            self._sent.pop()
        self._sent.append((generation, sent))

    @property
    def _usage(self) -> Usage | None:
        """Of all generations so far."""
        last = self._last_stream.usage if self._last_stream else None
        return last if self._usage_before is None else self._usage_before.plus(last)

    @property
    def _last_cost(self) -> list[Cost | None]:
        """Of the generation under way, or the last one; empty while nothing of it came."""
        stream, asked = self._last_stream, self._asked
        if stream is None or asked is None or not (asked.has_words or stream.usage is not None):
            return []
        is_demo = self._reply.is_demo
        return [
            cost_of(
                stream.usage,
                self._price,
                has_thought=asked.has_reasoning,
                may_have_searched=asked.request.search,
                is_demo=is_demo,
            )
        ]

    @property
    def _cost(self) -> Cost | None:
        """Of all generations so far, as far as it is known."""
        costs = [*self._costs_before, *self._last_cost]
        return reduce(together, costs) if costs else None

    @property
    def _request_id(self) -> str | None:
        """Of the last generation that got one."""
        return (self._last_stream.request_id if self._last_stream else None) or self._reply.request_id

    def _on_sent(self) -> None:
        if self._status is MessageStatus.CONNECTING:
            self._set_status(MessageStatus.WAITING)

    def _take(self, delta: Delta, generation: Generation) -> None:
        seam = generation.seam
        if seam is not None:
            self._note_continued(generation)
        generation.has_received = True
        match delta:
            case TextDelta(text):
                generation.has_words = True
                self._is_in_reasoning = False
                if self._status is not MessageStatus.WRITING:
                    self._end_thinking()
                    self._set_status(MessageStatus.WRITING)
                if seam is not None:
                    self._take_text_behind(seam, text, generation)
                    return
                self._saver.add("text", text)
            case ReasoningDelta(text):
                generation.has_words = generation.has_reasoning = self._is_in_reasoning = True
                if self._thinking_since is None:
                    self._thinking_since = time.monotonic()
                    self._set_status(MessageStatus.THINKING)
                self._saver.add("reasoning", text)
            case TextReplaced(text, reasoning):
                generation.has_words = True
                if seam is not None:
                    text = generation.text_before + seam.replace(text)
                    reasoning = generation.reasoning_before + reasoning
                    delta = TextReplaced(text, reasoning)
                self._saver.add("replace_text", text)
                self._saver.add("replace_reasoning", reasoning)
            case Citations():
                self._take_sources(delta)
                return
            case Finished(reason):
                self._finish_reason = reason
            case _:
                pass
        self._add(delta)

    def _take_sources(self, delta: Citations) -> None:
        """Told and kept are all sources of the reply, those of earlier generations among them."""
        before = self._assembler.sources
        self._assembler.add(delta)
        sources = self._assembler.sources
        if sources is not before and sources != before:
            self._saver.add("sources", msgspec.json.encode(sources).decode())
            self._listener(DeltaReceived(Citations(sources)))

    def _add(self, delta: Delta) -> None:
        self._assembler.add(delta)
        self._listener(DeltaReceived(delta))

    def _take_text_behind(self, seam: Seam, text: str, generation: Generation) -> None:
        """What the seam holds back is in the journal all the same: a crash may not lose it."""
        is_first = self._assembler.text_length == len(generation.text_before)
        appended = seam.add(text)
        if appended:
            self._assembler.add(TextDelta(appended))
        if is_first and seam.is_decided and (seam.left_out or seam.prefix != generation.text_before):
            self._saver.add("replace_text", self._assembler.text)
        else:
            self._saver.add("text", text)
        if appended:
            self._listener(DeltaReceived(TextDelta(appended)))

    def _give_held(self, seam: Seam) -> None:
        """A continuation has ended while its beginning might have been a repetition: then it is none."""
        if held := seam.close():
            self._add(TextDelta(held))

    def _note_continued(self, generation: Generation) -> None:
        if not generation.has_received and generation.mark is not None:
            generation.has_received = True
            self._continuations.append(generation.mark)
            self._saver.add("continued", json.dumps(asdict(generation.mark)))
            self._listener(Continued(generation.mark))

    def _end_thinking(self) -> None:
        if self._thinking_since is not None and self._thinking_s is None:
            self._thinking_s = time.monotonic() - self._thinking_since

    def _set_status(self, status: MessageStatus) -> None:
        self._status_since = time.monotonic()
        if status is self._status:
            return
        self._status = status
        if status.is_running:
            self._saver.set_status(status)
        self._listener(StatusChanged(status))

    async def _end(self, error: QwenDesktopError | None) -> Message:
        self._end_thinking()
        if error is not None:
            is_cut = isinstance(error, ReplyInterrupted) and self._assembler.has_content
            is_cut = is_cut or self._generation.is_fruitless_continuation
            status = MessageStatus.INTERRUPTED if is_cut else MessageStatus.FAILED
        elif self._is_stopped and self._finish_reason is None:
            status = MessageStatus.STOPPED
        else:
            status = MessageStatus.COMPLETE
        self._set_status(status)
        reply = replace(self.snapshot(), ended_at=datetime.now(UTC))
        if error is not None:
            failure = to_failure(error)
            reply = replace(reply, failure=failure, request_id=failure.request_id or reply.request_id)
        is_saved = await self._saver.finish(reply)
        self._reply = reply
        self._listener(TurnEnded(reply, error, is_saved))
        return reply

    async def save_again(self) -> bool:
        """After a turn that ended unsaved: tries once more to write the whole reply."""
        return await self._saver.finish(self._reply)

    def _tell_storage_trouble(self, error: StorageError) -> None:
        self._listener(StorageTroubled(error))
