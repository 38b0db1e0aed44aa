"""Rows to values and back: how one message and one conversation lie in the tables."""

from __future__ import annotations

import dataclasses
import json
import logging
import sqlite3
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec

from qwen_desktop.core.chat.conversation import ConversationSummary
from qwen_desktop.core.chat.message import Failure, Message, MessageStatus, Role, Source, ToolCall, Usage

T = TypeVar("T")

SUMMARY_COLUMNS = "c.id, c.title, c.model_id, c.created_at, c.updated_at, c.is_pinned, c.draft"
MESSAGE_COLUMNS = """m.*, (
    SELECT count(*) FROM message s
    WHERE s.conversation_id = m.conversation_id AND ifnull(s.parent_id, 0) = ifnull(m.parent_id, 0)
) AS sibling_count"""

_USAGE_COLUMNS = ("input_tokens", "output_tokens", "total_tokens", "reasoning_tokens", "cached_tokens")
_LARGEST = 2**63 - 1

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
    )


def message_from(row: sqlite3.Row) -> Message:
    """A row selected with MESSAGE_COLUMNS; the text of a running reply lies in the journal and is not in it."""
    usage = [row[column] for column in _USAGE_COLUMNS]
    return Message(
        id=row["id"],
        conversation_id=row["conversation_id"],
        parent_id=row["parent_id"],
        role=Role(row["role"]),
        text=row["text"],
        status=MessageStatus(row["status"]),
        created_at=datetime.fromisoformat(row["created_at"]),
        ended_at=datetime.fromisoformat(row["ended_at"]) if row["ended_at"] else None,
        reasoning=row["reasoning"],
        thinking_s=row["thinking_s"],
        model_id=row["model_id"],
        is_demo=bool(row["is_demo"]),
        finish_reason=row["finish_reason"],
        usage=None if all(count is None for count in usage) else Usage(*usage),
        request_id=row["request_id"],
        failure=_from_json(row["failure"], Failure, None),
        tool_calls=_from_json(row["tool_calls"], tuple[ToolCall, ...], ()),
        sources=_from_json(row["sources"], tuple[Source, ...], ()),
        sibling_index=row["sibling_index"],
        sibling_count=row["sibling_count"],
    )


def ended_columns(reply: Message, ended_at: datetime) -> Mapping[str, object]:
    """What the end of a reply writes into its row; its place in the tree and its beginning stay."""
    usage = reply.usage or Usage()
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
        "failure": _to_json(reply.failure),
        "tool_calls": _to_json(reply.tool_calls or None),
        "sources": _to_json(reply.sources or None),
    }


def optional_text(text: str | None) -> str | None:
    return None if text is None else stored_text(text)


def _count(number: int | None) -> int | None:
    """SQLite's integers have 64 bits; what a service sends may be anything."""
    return None if number is None else max(-_LARGEST, min(_LARGEST, number))


def _to_json(value: Any) -> str | None:
    if value is None:
        return None
    plain = [dataclasses.asdict(one) for one in value] if isinstance(value, tuple) else dataclasses.asdict(value)
    # ASCII only: half surrogate pairs survive as escapes.
    return json.dumps(plain)


def _from_json(text: str | None, shape: type[T], otherwise: T | None) -> Any:
    if text is None:
        return otherwise
    try:
        return msgspec.convert(json.loads(text), shape)
    except (ValueError, msgspec.ValidationError, RecursionError) as error:
        # The rest of the conversation is worth more than this field.
        log.warning("a %s in the history cannot be read: %s", getattr(shape, "__name__", "list"), type(error).__name__)
        return otherwise
