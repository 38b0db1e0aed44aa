"""One whole conversation to the JSON of our own files and back; `docs/export-format.md` says what each name means.

Names that are at their usual value are left out, so the same conversation always gives the same bytes.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any

import msgspec

from qwen_desktop.core.chat.attachment import Attachment
from qwen_desktop.core.chat.message import (
    Continuation,
    Cost,
    Failure,
    Message,
    MessageStatus,
    Quoted,
    Role,
    SentRequest,
    Source,
    ToolCall,
    Usage,
)
from qwen_desktop.core.exchange.dates import is_known
from qwen_desktop.core.exchange.problems import BadConversation
from qwen_desktop.core.exchange.whole import WholeConversation, WholeMessage

FORMAT = "qwen-desktop"
VERSION = 1
MOST_TITLE_CHARACTERS = 1_000
_MOST_DIGITS = 40
_LONGEST_S = 1e9

Moment = Annotated[datetime, msgspec.Meta(tz=True)]


class UsageJson(msgspec.Struct, omit_defaults=True):
    """What the history keeps of a usage."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    total_tokens: int | None = None
    reasoning_tokens: int | None = None
    cached_tokens: int | None = None


class MessageJson(msgspec.Struct, omit_defaults=True):
    """A message as it stands in a file."""

    id: int
    role: Role
    text: str
    status: MessageStatus
    created_at: Moment
    parent: int | None = None
    ended_at: Moment | None = None
    reasoning: str = ""
    thinking_s: float | None = None
    model: str | None = None
    is_demo: bool = False
    finish_reason: str | None = None
    request_id: str | None = None
    usage: UsageJson | None = None
    cost: Cost | None = None
    is_billed: bool = False
    failure: Failure | None = None
    tool_calls: tuple[ToolCall, ...] = ()
    sources: tuple[Source, ...] = ()
    continuations: tuple[Continuation, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    is_left_out: bool = False
    deleted_at: Moment | None = None
    sent: tuple[SentRequest, ...] = ()


class ConversationJson(msgspec.Struct, omit_defaults=True):
    """A conversation as it stands in a file, without its messages, which follow."""

    title: str
    created_at: Moment
    updated_at: Moment
    current: int | None = None
    title_origin: str = "app"
    model: str | None = None
    system_prompt: str = ""
    draft: str = ""
    draft_attachments: tuple[Attachment, ...] = ()
    is_pinned: bool = False
    folder: str = ""
    tags: tuple[str, ...] = ()
    deleted_at: Moment | None = None


_SAME = [name for name in MessageJson.__struct_fields__ if name in Message.__slots__ and name != "usage"]
_COUNTS = UsageJson.__struct_fields__


def encoded(value: object) -> bytes:
    """JSON on one line, UTF-8; half surrogate pairs, which a failure's details may hold, survive as escapes."""
    try:
        return msgspec.json.encode(value)
    except UnicodeEncodeError:
        # ASCII throughout: msgspec has no such form.
        return json.dumps(msgspec.to_builtins(value), separators=(",", ":")).encode()


def head_of(whole: WholeConversation) -> bytes:
    """The conversation's own object, without messages."""
    return encoded(
        ConversationJson(
            title=whole.title,
            created_at=whole.created_at,
            updated_at=whole.updated_at,
            current=whole.current,
            title_origin=whole.title_origin,
            model=whole.model_id,
            system_prompt=whole.system_prompt,
            draft=whole.draft,
            draft_attachments=whole.draft_attachments,
            is_pinned=whole.is_pinned,
            folder=whole.folder,
            tags=whole.tags,
            deleted_at=whole.deleted_at,
        )
    )


def message_line(one: WholeMessage) -> bytes:
    message = one.message
    return encoded(
        MessageJson(
            **{name: getattr(message, name) for name in _SAME},
            parent=message.parent_id,
            model=message.model_id,
            usage=_usage_json(message.usage),
            is_billed=one.is_billed,
            deleted_at=one.deleted_at,
        )
    )


def _usage_json(usage: Usage | None) -> UsageJson | None:
    return None if usage is None else UsageJson(*(getattr(usage, name) for name in _COUNTS))


def conversation_from(found: dict[str, Any]) -> WholeConversation:
    """The conversation of a decoded object with `messages`.  Raises BadConversation, which says where."""
    try:
        head = msgspec.convert(found, ConversationJson)
        messages, numbers = _read(msgspec.convert(found.get("messages"), list))
    except (msgspec.ValidationError, RecursionError, ValueError, OverflowError) as error:
        raise BadConversation("shape", str(error)[:300]) from None
    _check_times(head.created_at, head.updated_at, head.deleted_at)
    return WholeConversation(
        title=head.title[:MOST_TITLE_CHARACTERS],
        created_at=head.created_at,
        updated_at=head.updated_at,
        messages=messages,
        current=_current(None if head.current is None else numbers.get(head.current, 0), messages),
        title_origin=head.title_origin,
        model_id=head.model,
        system_prompt=head.system_prompt,
        draft=head.draft,
        draft_attachments=head.draft_attachments,
        is_pinned=head.is_pinned,
        folder=head.folder,
        tags=head.tags,
        deleted_at=head.deleted_at,
    )


def _read(found: list[Any]) -> tuple[tuple[WholeMessage, ...], dict[int, int]]:
    """Numbered from 1, each parent before its children; and the numbers by the ids they had.  Raises BadConversation.

    One at a time: to convert all at once keeps every other thread waiting."""
    numbers: dict[int, int] = {}
    deleted: dict[int | None, datetime | None] = {None: None}
    made = []
    for number, value in enumerate(found, start=1):
        try:
            one = msgspec.convert(value, MessageJson)
        except msgspec.ValidationError as error:
            raise BadConversation("shape", str(error).replace("`$", f"`$[{number - 1}]", 1)[:300]) from None
        if one.id in numbers:
            raise BadConversation("twice", str(one.id))
        if one.parent is not None and one.parent not in numbers:
            raise BadConversation("parent", str(one.id))
        numbers[one.id] = number
        parent = None if one.parent is None else numbers[one.parent]
        if one.status.is_running:
            one.status = MessageStatus.INTERRUPTED
        _check_times(one.created_at, one.ended_at, one.deleted_at)
        _check_cost(one.cost)
        if one.thinking_s is not None and not 0 <= one.thinking_s <= _LONGEST_S:  # what is no JSON number too
            one.thinking_s = None
        deleted[number] = one.deleted_at or deleted[parent]  # nothing hangs on what is gone
        message = Message(
            conversation_id=0,
            parent_id=parent,
            model_id=one.model,
            usage=None if one.usage is None else Usage(*(getattr(one.usage, name) for name in _COUNTS)),
            **{name: getattr(one, name) for name in _SAME if name != "id"},
            id=number,
        )
        made.append(WholeMessage(message, one.is_billed, deleted[number]))
    for place, whole in enumerate(made):
        if sent := whole.message.sent:  # may quote later ones
            made[place] = replace(whole, message=replace(whole.message, sent=_quoting(sent, numbers)))
    return tuple(made), numbers


def _check_times(*times: datetime | None) -> None:
    if not all(time is None or is_known(time) for time in times):
        raise BadConversation("date")


def _check_cost(cost: Cost | None) -> None:
    """As digits, the number `1e999999999` would fill the memory; one below nothing would raise the monthly cap."""
    if cost is None:
        return
    parts = cost.amount.as_tuple()
    exponent = parts.exponent
    is_long = not isinstance(exponent, int) or abs(exponent) > _MOST_DIGITS or len(parts.digits) > _MOST_DIGITS
    if is_long or parts.sign:
        raise BadConversation("shape", "cost")


def _quoting(sent: tuple[SentRequest, ...], numbers: dict[int, int]) -> tuple[SentRequest, ...]:
    made = []
    for one in sent:
        parts = one.parts
        if any(isinstance(part, Quoted) and part.message_id not in numbers for part in parts or ()):
            parts = None
        elif parts is not None:
            parts = tuple(
                replace(part, message_id=numbers[part.message_id]) if isinstance(part, Quoted) else part
                for part in parts
            )
        made.append(replace(one, parts=parts))
    return tuple(made)


def _current(current: int | None, messages: tuple[WholeMessage, ...]) -> int | None:
    """The last message where it is none of those that are there, 0 included."""
    if current is None or (current and messages[current - 1].deleted_at is None):
        return current
    return next((one.message.id for one in reversed(messages) if one.deleted_at is None), None)
