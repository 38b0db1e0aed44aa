"""Prompt to saved reply: the state machine of one turn, with its journal, its retries and its stop.

A turn lives outside every view.  It is driven by one task (`run`) and may be stopped from the same loop at any moment.
What it does unasked that costs money is one thing only: it re-sends a request that provably was not worked on
(`ProviderError.safe_to_resend`) before anything of the reply was received, a bounded number of times.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Protocol

from qwen_desktop.core.chat.assembler import ReplyAssembler
from qwen_desktop.core.chat.delta import Delta, Finished, ReasoningDelta, TextDelta, TextReplaced
from qwen_desktop.core.chat.message import Message, MessageStatus
from qwen_desktop.core.errors import (
    ApiKeyStoreError,
    ProtocolViolated,
    ProviderError,
    QwenDesktopError,
    ReplyInterrupted,
    StorageError,
)
from qwen_desktop.core.providers.base import Provider, ReplyRequest, ReplyStream
from qwen_desktop.core.words import to_failure

JOURNAL_INTERVAL_S = 0.25
"""Received text waits at most this long before it is given to the journal."""


class Journal(Protocol):
    """Where a reply is kept while it grows (see `storage/journal.py`)."""

    async def append(self, pieces: Sequence[tuple[str, str]]) -> None: ...

    async def set_status(self, status: MessageStatus) -> None: ...

    async def finish(self, reply: Message) -> None: ...


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
class StorageTroubled:
    """What was received could not be written; it is kept in memory and tried again."""

    error: StorageError


@dataclass(frozen=True, slots=True)
class TurnEnded:
    """The turn is over; `reply` is what was stored (or could not be, see `is_saved`)."""

    reply: Message
    error: QwenDesktopError | None
    is_saved: bool


TurnEvent = MessagesLeftOut | StatusChanged | DeltaReceived | RetryScheduled | StorageTroubled | TurnEnded


class Turn:
    """One reply under way.

    `listener` is called on the loop for every event, in order, and must not raise; the last event is always TurnEnded.
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
        left_out_ids: tuple[int, ...] = (),
        chance: Callable[[], float] = random.random,
        pause: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._reply = reply
        self._request = request
        self._provider = provider
        self._listener = listener
        self._policy = policy or RetryPolicy()
        self.left_out_ids = left_out_ids
        """Earlier messages that the request does not hold, for lack of room."""
        self._chance = chance
        self._pause = pause
        self._assembler = ReplyAssembler()
        self._status = reply.status
        self._status_since = time.monotonic()
        self._saver = _Saver(journal, self._tell_storage_trouble)
        self._receiving: asyncio.Task[None] | None = None
        self._is_stopped = False
        self._stream: ReplyStream | None = None
        self._last_stream: ReplyStream | None = None
        self._thinking_since: float | None = None
        self._thinking_s: float | None = None
        self._finish_reason: str | None = None

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

    def snapshot(self) -> Message:
        """The reply as it stands now: what a view shows that joins late."""
        usage = self._last_stream.usage if self._last_stream else None
        request_id = self._last_stream.request_id if self._last_stream else None
        return replace(
            self._reply,
            status=self._status,
            text=self._assembler.text,
            reasoning=self._assembler.reasoning,
            thinking_s=self._thinking_s,
            finish_reason=self._finish_reason,
            usage=usage,
            request_id=request_id,
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
        self._receiving = asyncio.ensure_future(self._receive())
        if self._is_stopped:
            self._receiving.cancel()
        try:
            await self._receiving
        except (ProviderError, ApiKeyStoreError) as failure:
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
        attempt = 0
        while True:
            self._set_status(MessageStatus.CONNECTING)
            try:
                await self._receive_once()
                return
            except ProviderError as error:
                attempt += 1
                wait_s = None
                if not self._assembler.has_content:
                    wait_s = self._policy.wait_s(attempt, error, self._chance())
                if wait_s is None:
                    raise
                self._listener(RetryScheduled(attempt, wait_s, error))
                await self._pause(wait_s)

    async def _receive_once(self) -> None:
        stream = self._provider.stream(self._request, on_sent=self._on_sent)
        self._stream = self._last_stream = stream
        try:
            async for deltas in stream:
                for delta in deltas:
                    self._take(delta)
        finally:
            self._stream = None
            await stream.aclose()
        self._finish_reason = self._finish_reason or stream.finish_reason
        if self._finish_reason is None and not stream.is_done:
            if self._assembler.has_content:
                raise ReplyInterrupted(reason="cut", request_id=stream.request_id)
            raise ProtocolViolated(reason="empty_stream", request_id=stream.request_id)
        if not self._assembler.has_content and not self._assembler.tool_calls:
            raise ProtocolViolated(reason="empty_reply", request_id=stream.request_id)

    def _on_sent(self) -> None:
        if self._status is MessageStatus.CONNECTING:
            self._set_status(MessageStatus.WAITING)

    def _take(self, delta: Delta) -> None:
        self._assembler.add(delta)
        match delta:
            case TextDelta(text):
                if self._status is not MessageStatus.WRITING:
                    self._end_thinking()
                    self._set_status(MessageStatus.WRITING)
                self._saver.add("text", text)
            case ReasoningDelta(text):
                if self._thinking_since is None:
                    self._thinking_since = time.monotonic()
                    self._set_status(MessageStatus.THINKING)
                self._saver.add("reasoning", text)
            case TextReplaced(text, reasoning):
                self._saver.add("replace_text", text)
                self._saver.add("replace_reasoning", reasoning)
            case Finished(reason):
                self._finish_reason = reason
            case _:
                pass
        self._listener(DeltaReceived(delta))

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


class _Saver:
    """Gives what arrives to the journal, in order, at most every JOURNAL_INTERVAL_S, without making the stream wait."""

    def __init__(self, journal: Journal, on_trouble: Callable[[StorageError], None]) -> None:
        self._journal = journal
        self._on_trouble = on_trouble
        self._pieces: list[tuple[str, str]] = []
        self._status: MessageStatus | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._writing: asyncio.Task[None] | None = None
        self._is_in_trouble = False

    def add(self, kind: str, text: str) -> None:
        self._pieces.append((kind, text))
        self._schedule(JOURNAL_INTERVAL_S)

    def set_status(self, status: MessageStatus) -> None:
        self._status = status
        self._schedule(0.0)

    def _schedule(self, delay_s: float) -> None:
        if self._writing is not None:
            return  # looks again when it is through
        if self._timer is not None:
            if delay_s > 0.0:
                return
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(delay_s, self._start)

    def _start(self) -> None:
        self._timer = None
        if self._writing is None and (self._pieces or self._status is not None):
            self._writing = asyncio.ensure_future(self._write())

    async def _write(self) -> None:
        try:
            pieces, self._pieces = self._pieces, []
            status, self._status = self._status, None
            if pieces:  # first: what the journal could not write it keeps, and writes with the next
                await self._journal.append(pieces)
            if status is not None:
                await self._journal.set_status(status)
            self._is_in_trouble = False
        except StorageError as error:
            self._tell(error)
        finally:
            self._writing = None
            if self._pieces:
                self._schedule(JOURNAL_INTERVAL_S)
            elif self._status is not None:
                self._schedule(0.0)

    def _tell(self, error: StorageError) -> None:
        if not self._is_in_trouble:
            self._is_in_trouble = True
            self._on_trouble(error)

    async def finish(self, reply: Message) -> bool:
        """Writes the final reply, whole; False when the disk does not take it."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._writing is not None:
            await asyncio.gather(self._writing, return_exceptions=True)
        if self._timer is not None:  # the write that just ended may have asked for another
            self._timer.cancel()
            self._timer = None
        self._pieces.clear()  # the final row holds all of it
        self._status = None
        try:
            await self._journal.finish(reply)
        except StorageError as error:
            self._tell(error)
            return False
        return True
