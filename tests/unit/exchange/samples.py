"""Whole conversations of every kind, and the tools that put them into a history and out of it."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st

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
from qwen_desktop.core.chat.tags import kept
from qwen_desktop.core.exchange import json_walk, reading
from qwen_desktop.core.exchange.exporting import Exported, Format, Tools, Wish, export_many
from qwen_desktop.core.exchange.importing import ImportTools
from qwen_desktop.core.exchange.json_walk import Piece
from qwen_desktop.core.exchange.whole import WholeConversation, WholeMessage
from qwen_desktop.core.storage.database import open_in_memory, open_writer
from qwen_desktop.core.storage.exchange import Direct, writer_of
from qwen_desktop.core.storage.migrations import upgrade

BEGUN = datetime(2026, 3, 1, 8, 30, 0, 123456, tzinfo=UTC)

texts = st.text(max_size=40)
ended = st.sampled_from([one for one in MessageStatus if not one.is_running])
moments = st.datetimes(datetime(1971, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))
rarely_moments = st.sampled_from([False, False, True]).flatmap(lambda is_set: moments if is_set else st.none())
numbers = st.integers(0, 2**63 - 1)
maybe = st.none() | texts
pictures = st.builds(
    Attachment, st.just("ab" * 32), st.just("image/png"), numbers, st.integers(1, 9), st.integers(1, 9), texts
)
amounts = st.decimals(0, 1000, allow_nan=False, allow_infinity=False, places=6)
sent = st.builds(
    SentRequest,
    texts,
    st.dictionaries(texts, texts, max_size=2),
    st.booleans(),
    st.none() | st.lists(texts | st.builds(Quoted, st.just(1), st.just("text"), numbers), max_size=3).map(tuple),
    numbers,
    texts,
)


@st.composite
def conversations(draw: st.DrawFn) -> WholeConversation:
    """Any tree a history can hold, and some it never would."""
    count = draw(st.integers(0, 7))
    messages = []
    for number in range(1, count + 1):
        role = draw(st.sampled_from(Role))
        message = Message(
            id=number,
            conversation_id=0,
            parent_id=draw(st.none() | st.integers(1, number - 1)) if number > 1 else None,
            role=role,
            text=draw(texts),
            status=draw(ended),
            created_at=draw(moments),
            ended_at=draw(st.none() | moments),
            reasoning=draw(texts),
            thinking_s=draw(st.none() | st.floats(0, 1e6)),
            model_id=draw(maybe),
            is_demo=draw(st.booleans()),
            finish_reason=draw(maybe),
            usage=draw(st.none() | st.builds(Usage, numbers, numbers, st.none() | numbers)),
            cost=draw(st.none() | st.builds(Cost, amounts, texts, st.none() | st.dates(), st.booleans())),
            request_id=draw(maybe),
            failure=draw(st.none() | st.builds(Failure, texts, texts, st.text(st.characters(), max_size=9))),
            tool_calls=draw(st.lists(st.builds(ToolCall, numbers, texts, texts, texts), max_size=2).map(tuple)),
            sources=draw(st.lists(st.builds(Source, numbers, texts, texts, texts), max_size=2).map(tuple)),
            continuations=draw(st.lists(st.builds(Continuation, numbers, texts, maybe), max_size=2).map(tuple)),
            sent=draw(st.lists(sent, max_size=1).map(tuple)),
            attachments=draw(st.lists(pictures, max_size=2).map(tuple)),
            is_left_out=role is Role.USER and draw(st.booleans()),
        )
        # What hangs on a deleted message is deleted.
        above = messages[message.parent_id - 1].deleted_at if message.parent_id else None
        deleted_at = draw(moments if above else rarely_moments)
        messages.append(WholeMessage(message, draw(st.booleans()), deleted_at))
    living = [one.message.id for one in messages if one.deleted_at is None]
    return WholeConversation(
        title=draw(texts),
        created_at=draw(moments),
        updated_at=draw(moments),
        messages=tuple(messages),
        current=draw(st.none() | st.sampled_from(living)) if living else None,
        title_origin=draw(st.sampled_from(["app", "model", "user"])),
        model_id=draw(maybe),
        system_prompt=draw(texts),
        draft=draw(texts),
        draft_attachments=draw(st.lists(pictures, max_size=1).map(tuple)),
        is_pinned=draw(st.booleans()),
        folder=draw(texts),
        tags=draw(st.lists(texts, max_size=2).map(kept)),
        deleted_at=draw(rarely_moments),
    )


def message(number: int, parent: int | None, text: str, **values: object) -> WholeMessage:
    """A prompt where the number is odd, else its reply, a minute after the one before."""
    role = Role.USER if number % 2 else Role.ASSISTANT
    moment = BEGUN + timedelta(minutes=number)
    made = Message(number, 0, parent, role, text, MessageStatus.COMPLETE, moment, moment, **values)  # type: ignore[arg-type]
    return WholeMessage(made)


def rich(picture: Attachment | None = None) -> WholeConversation:
    """Three turns with two versions of the second prompt, and something in every field."""
    return WholeConversation(
        title="Weather: 北京 / Shanghai?",
        created_at=BEGUN,
        updated_at=BEGUN + timedelta(minutes=9),
        messages=(
            message(1, None, "First\n```py\nopen", attachments=(picture,) if picture else ()),
            message(
                2,
                1,
                "# Hi\n\n| a | b |\n|--|--|\n| 1 | 2 |\n\n"
                "$x^2$ <script>alert(1)</script> [l](javascript:x)\n\n```\ncut",
                reasoning="hm\n</details>",
                thinking_s=2.0,
                model_id="qwen-plus",
                usage=Usage(1, 2, 3, None, 5),
                cost=Cost(Decimal("0.00120"), "CNY", date(2026, 1, 2), True),
                sources=(Source(1, "A [page]", "https://example.com/a"), Source(2, "bad", "javascript:x")),
            ),
            message(3, 2, "old version"),
            message(4, 3, "old reply", model_id="qwen-plus"),
            message(5, 2, "new version", is_left_out=True),
            message(6, 5, "", model_id="m", failure=Failure("RateLimited"), request_id="r"),
        ),
        current=6,
        title_origin="user",
        model_id="qwen-plus",
        system_prompt="Be brief.",
        draft="typed",
        is_pinned=True,
        folder="Trips",
        tags=("rain", "雨"),
    )


@contextmanager
def history(folder: Path, *wholes: WholeConversation) -> Iterator[sqlite3.Connection]:
    """A history with these in it, in `folder/history.sqlite3`."""
    folder.mkdir(parents=True, exist_ok=True)
    with closing(open_writer(folder / "history.sqlite3")) as db:
        upgrade(db, None)
        for whole in wholes:
            writer_of(whole)(db)
        yield db


@contextmanager
def memory(*wholes: WholeConversation) -> Iterator[sqlite3.Connection]:
    """The same without a file."""
    with closing(open_in_memory()) as db:
        upgrade(db, None)
        for whole in wholes:
            writer_of(whole)(db)
        yield db


def export_tools(db: sqlite3.Connection, folder: Path, **values: object) -> Tools:
    from qwen_desktop.ui.transcript.copied_forms import html_body_of

    return Tools(Direct(db, folder), folder / "attachments", html_body_of, **values)  # type: ignore[arg-type]


def import_tools(db: sqlite3.Connection, folder: Path, **values: object) -> ImportTools:
    return ImportTools(Direct(db, folder), Direct(db, folder), folder / "attachments", **values)  # type: ignore[arg-type]


def exported_json(db: sqlite3.Connection, folder: Path, target: Path) -> bytes:
    """All of it, what was deleted and what left for each reply included."""
    done: Exported = export_many(export_tools(db, folder), Wish(Format.JSON, with_deleted=True, with_sent=True), target)
    (made,) = done.path.glob("*.json")
    content = made.read_bytes()
    made.unlink()
    return content


def every_picture_is_long(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Pictures of any size are read as those of many megabytes; gives the keys of those that were, as they are."""
    monkeypatch.setattr(json_walk, "_AT_ONCE_BYTES", 100)
    monkeypatch.setattr(json_walk, "_LONG_BASE64_BYTES", 100)
    monkeypatch.setattr(json_walk, "_BASE64", re.compile(rb'"(?:data:[^"]*,)?iVBO'))
    usual, keys = json_walk.decoded, list[str]()

    def decoded(piece: Piece, *levels: int) -> Any:
        if isinstance(value := usual(piece, *levels), memoryview):
            keys.append(piece.key)
        return value

    monkeypatch.setattr(json_walk, "decoded", decoded)
    monkeypatch.setattr(reading, "decoded", decoded)
    return keys
