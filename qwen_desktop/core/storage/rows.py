"""Rows to values and back: how one message and one conversation lie in the tables."""

from __future__ import annotations

import json
import logging
import sqlite3
import zlib
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

import msgspec

from qwen_desktop.core.chat.attachment import Attachment
from qwen_desktop.core.chat.conversation import ConversationSummary
from qwen_desktop.core.chat.message import (
    Continuation,
    Cost,
    Failure,
    Message,
    MessageStatus,
    Role,
    SentRequest,
    Source,
    ToolCall,
    Usage,
)

T = TypeVar("T")

SUMMARY_COLUMNS = (
    "c.id, c.title, c.model_id, c.created_at, c.updated_at, c.is_pinned, c.draft, c.system_prompt, c.draft_attachments,"
    " c.folder, c.tags"
)
MESSAGE_COLUMNS = """
    m.id, m.conversation_id, m.parent_id, m.role, m.text, m.status, m.created_at, m.ended_at, m.reasoning, m.thinking_s,
    m.model_id, m.is_demo, m.finish_reason, m.request_id, m.input_tokens, m.output_tokens, m.total_tokens,
    m.reasoning_tokens, m.cached_tokens, m.cost, m.cost_currency, m.cost_priced_on, m.cost_is_least,
    m.failure, m.tool_calls, m.sources, m.continuations, m.attachments, m.is_left_out,
    (SELECT count(*) FROM message s
     WHERE s.conversation_id = m.conversation_id AND ifnull(s.parent_id, 0) = ifnull(m.parent_id, 0)
     AND s.sibling_index < m.sibling_index AND s.deleted_at IS NULL),
    (SELECT count(*) FROM message s
     WHERE s.conversation_id = m.conversation_id AND ifnull(s.parent_id, 0) = ifnull(m.parent_id, 0)
     AND s.deleted_at IS NULL)
"""
"""In the order in which `message_from` takes them."""

_USAGE_COLUMNS = ("input_tokens", "output_tokens", "total_tokens", "reasoning_tokens", "cached_tokens")
_LARGEST = 2**63 - 1
_ROLES = {role.value: role for role in Role}
_STATUSES = {status.value: status for status in MessageStatus}

log = logging.getLogger(__name__)


def now() -> datetime:
    return datetime.now(UTC)


def stored_time(moment: datetime) -> str:
    """UTC with microseconds and offset, always 32 characters: sorts as text.  Raises ValueError for a naive time."""
    if moment.tzinfo is None:
        raise ValueError("a time without its zone")
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def stored_text(text: str) -> str:
    """Exactly `text`, except that half surrogate pairs, which UTF-8 cannot hold, become U+FFFD."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def summary_from(row: sqlite3.Row) -> ConversationSummary:
    return ConversationSummary(
        id=row["id"],
        title=row["title"],
        model_id=row["model_id"],
        created_at=datetime.fromisoformat(row["created_at"]),
        updated_at=datetime.fromisoformat(row["updated_at"]),
        is_pinned=bool(row["is_pinned"]),
        draft=row["draft"],
        system_prompt=row["system_prompt"],
        draft_attachments=attachments_from(row["draft_attachments"]),
        folder=row["folder"] or "",
        tags=tags_from(row["tags"]),
    )


def message_from(row: Iterable[Any]) -> Message:
    """A row selected with MESSAGE_COLUMNS; the text of a running reply lies in the journal and is not in it."""
    # By position: a long conversation has thousands of these, and a look-up by name costs more than all the rest.
    (
        id,
        conversation_id,
        parent_id,
        role,
        text,
        status,
        created_at,
        ended_at,
        reasoning,
        thinking_s,
        model_id,
        is_demo,
        finish_reason,
        request_id,
        *usage,
        cost,
        cost_currency,
        cost_priced_on,
        cost_is_least,
        failure,
        tool_calls,
        sources,
        continuations,
        attachments,
        is_left_out,
        sibling_index,
        sibling_count,
    ) = row
    return Message(
        id=id,
        conversation_id=conversation_id,
        parent_id=parent_id,
        role=_ROLES[role],
        text=text,
        status=_STATUSES[status],
        created_at=datetime.fromisoformat(created_at),
        ended_at=datetime.fromisoformat(ended_at) if ended_at else None,
        reasoning=reasoning,
        thinking_s=thinking_s,
        model_id=model_id,
        is_demo=bool(is_demo),
        finish_reason=finish_reason,
        usage=Usage(*usage) if any(count is not None for count in usage) else None,
        cost=_cost_from(cost, cost_currency, cost_priced_on, cost_is_least) if cost else None,
        request_id=request_id,
        failure=_from_json(failure, Failure, None) if failure else None,
        tool_calls=_from_json(tool_calls, tuple[ToolCall, ...], ()) if tool_calls else (),
        sources=sources_from(sources) if sources else (),
        continuations=_from_json(continuations, tuple[Continuation, ...], ()) if continuations else (),
        attachments=attachments_from(attachments),
        is_left_out=bool(is_left_out),
        sibling_index=sibling_index,
        sibling_count=sibling_count,
    )


def _cost_from(amount: str, currency: str | None, priced_on: str | None, is_least: int | None) -> Cost | None:
    try:
        day = date.fromisoformat(priced_on) if priced_on else None
        return Cost(Decimal(amount), currency or "", day, bool(is_least))
    except (InvalidOperation, ValueError):
        log.warning("a cost in the history cannot be read")
        return None


def continuation_from(text: str) -> Continuation | None:
    """A journal piece of kind `continued`; None when it cannot be read."""
    found: Continuation | None = _from_json(text, Continuation, None)
    return found


def sent_from(packed: bytes | None) -> tuple[SentRequest, ...]:
    """The column `sent`, which no message is read with; empty when it is, or cannot be read."""
    if not packed:
        return ()
    try:
        text = zlib.decompress(packed).decode()
    except (zlib.error, TypeError, UnicodeDecodeError):
        text = ""
    found: tuple[SentRequest, ...] = _from_json(text, tuple[SentRequest, ...], ())
    return found


def attachments_from(text: str | None) -> tuple[Attachment, ...]:
    """The attachments as their columns hold them; none when they cannot be read."""
    found: tuple[Attachment, ...] = _from_json(text, tuple[Attachment, ...], ()) if text else ()
    return found


def tags_from(text: str | None) -> tuple[str, ...]:
    """The tags as their column holds them; none when they cannot be read."""
    found: tuple[str, ...] = _from_json(text, tuple[str, ...], ()) if text else ()
    return found


def stored_tags(tags: tuple[str, ...]) -> str | None:
    """As their column holds them; None for none."""
    return _to_json(tags or None)


def stored_attachments(attachments: tuple[Attachment, ...]) -> str | None:
    """As their columns hold them; None for none."""
    return _to_json(attachments or None)


def sources_from(text: str) -> tuple[Source, ...]:
    """The sources as their column holds them; none when they cannot be read."""
    found: tuple[Source, ...] = _from_json(text, tuple[Source, ...], ())
    return found


def _packed(sent: tuple[SentRequest, ...]) -> bytes:
    """Compressed: a place for each message that went along is much the same again and again."""
    return zlib.compress((_to_json(sent) or "").encode())


def ended_columns(reply: Message, ended_at: datetime) -> Mapping[str, object]:
    """What the end of a reply writes into its row; its place in the tree and its beginning stay, and so does what left
    for it where that is not known any more (after a crash)."""
    usage, cost = reply.usage or Usage(), reply.cost
    return {
        "text": stored_text(reply.text),
        "reasoning": stored_text(reply.reasoning),
        "status": reply.status.value,
        "ended_at": stored_time(ended_at),
        "thinking_s": reply.thinking_s,
        "model_id": optional_text(reply.model_id),
        "finish_reason": optional_text(reply.finish_reason),
        "request_id": optional_text(reply.request_id),
        **{column: _count(getattr(usage, column)) for column in _USAGE_COLUMNS},
        "cost": None if cost is None else format(cost.amount, "f"),
        "cost_currency": None if cost is None else cost.currency,
        "cost_priced_on": None if cost is None or cost.priced_on is None else cost.priced_on.isoformat(),
        "is_billed": int(_is_billed(reply)),
        "cost_is_least": None if cost is None else int(cost.is_least),
        "failure": _to_json(reply.failure),
        "tool_calls": _to_json(reply.tool_calls or None),
        "sources": _to_json(reply.sources or None),
        "continuations": _to_json(reply.continuations or None),
        **({"sent": _packed(reply.sent)} if reply.sent else {}),
    }


def _is_billed(reply: Message) -> bool:
    """Something of it came from a service."""
    if reply.is_demo or reply.role is not Role.ASSISTANT:
        return False
    return bool(reply.text or reply.reasoning or (reply.usage is not None and reply.usage.input_tokens is not None))


def optional_text(text: str | None) -> str | None:
    return None if text is None else stored_text(text)


def _count(number: int | None) -> int | None:
    """SQLite's integers have 64 bits; what a service sends may be anything."""
    return None if number is None else max(-_LARGEST, min(_LARGEST, number))


def _to_json(value: Any) -> str | None:
    if value is None:
        return None
    # ASCII only: half surrogate pairs survive as escapes.
    return json.dumps(msgspec.to_builtins(value))


def _from_json(text: str, shape: type[T], otherwise: T | None) -> Any:
    try:
        return msgspec.convert(json.loads(text), shape)
    except (ValueError, msgspec.ValidationError, RecursionError) as error:
        # The rest of the conversation is worth more than this field.
        log.warning("a %s in the history cannot be read: %s", getattr(shape, "__name__", "list"), type(error).__name__)
        return otherwise
