"""What left for a reply in the history: small, read when asked for, lost neither by a continuation nor by a crash."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from qwen_desktop.core.chat.message import Continuation, MessageStatus, Quoted, SentRequest
from qwen_desktop.core.storage.conversations import History
from tests.conftest import ExpectedLogs

PARTS = tuple(
    part
    for number in range(1, 2_001)
    for part in ('"},{"role":"user","content":"', Quoted(number, "text", number * 37 % 1_000))
)
SENT = SentRequest("https://x.test/p", {"A": "b"}, True, PARTS, 9, "d")


async def test_what_left_is_kept_small_and_read_on_demand(tmp_path: Path, expect_log: ExpectedLogs) -> None:
    path = tmp_path / "history.sqlite3"
    history = await History.open(path)
    started = await history.begin_turn(None, "Hello", model_id="m")
    reply = replace(started.reply, status=MessageStatus.COMPLETE, text="Hi", sent=(SENT,))
    await history.journal(started.reply).finish(reply)
    texts = {(started.prompt.id, "text"): "Hello", (reply.id, "text"): "Hi"}
    sent, quoted = await history.sent_for(reply.id)
    assert (sent, {key: text for key, text in quoted.items() if text}) == ((SENT,), texts)
    read = (await history.conversation(started.conversation.id)).messages[-1]
    assert (read.text, read.sent) == ("Hi", ())

    again = await history.begin_continuation(reply.id)
    assert again.reply.sent == (SENT,)
    await history.journal(again.reply).finish(replace(reply, sent=()))
    assert (await history.sent_for(reply.id))[0] == (SENT,), "nothing new is known, and nothing is lost"
    await history.journal(again.reply).finish(replace(reply, continuations=(Continuation(1, "cut"),)))
    assert await history.sent_for(reply.id) == ((), {}), "one of two is not what was sent for the reply"
    with pytest.raises(LookupError):
        await history.sent_for(999)
    await history.close()

    with sqlite3.connect(path) as db:
        (size,) = db.execute("SELECT length(sent) FROM message WHERE id = ?", (reply.id,)).fetchone()
        assert size < 24_000
        db.execute("UPDATE message SET sent = 'damaged' WHERE id = ?", (reply.id,))
    db.close()
    expect_log("cannot be read")
    history = await History.open(path)
    assert await history.sent_for(reply.id) == ((), {})
    await history.close()
