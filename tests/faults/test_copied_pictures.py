"""Copy as curl and Python of a request with pictures: the same bytes again, or none once a picture has changed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from qwen_desktop.core.images.prepare import prepare
from qwen_desktop.core.protocol.copied_request import as_curl, as_python
from qwen_desktop.core.protocol.sent_request import MOST_OWN_BYTES, body_of
from qwen_desktop.core.storage.attachments import AttachmentStore
from qwen_desktop.core.storage.conversations import History
from tests.conftest import eventually
from tests.faults.server import FaultServer
from tests.unit.chat.test_turns import Desk
from tests.unit.images.pictures import photo, saved


@pytest.mark.parametrize("fate", ["kept", "deleted", "changed"])
async def test_a_request_with_pictures_is_written_again(tmp_path: Path, fate: str) -> None:
    history = await History.open(tmp_path / "history.sqlite3")
    store = AttachmentStore(tmp_path / "attachments")
    pictures = tuple(store.put(prepare(saved(photo(900 + size, 700), "JPEG"))) for size in (0, 10))
    async with FaultServer("burst") as server:
        desk = Desk(history, server.base_url, pictures=store.read)
        asking = replace(desk.asking, model_id="qwen3-vl-plus")
        started = await desk.turns.send("What is this?", asking, conversation_id=None, attachments=pictures)
        await eventually(lambda: len(desk.ended) == 1)
        place = started.conversation.id
        await desk.turns.send("And now?", asking, conversation_id=place, attachments=pictures[:1])
        await eventually(lambda: len(desk.ended) == 2)
        await desk.turns.close()
        await desk.transport.aclose()
        bodies = [request.body for request in server.requests]
    if fate == "deleted":
        store.path(pictures[0]).unlink()
    elif fate == "changed":
        store.path(pictures[0]).write_bytes(store.read(pictures[1]))
    replies = [one for one in (await history.conversation(place)).messages if one.parent_id and one.model_id]
    for reply, sent_bytes in zip(replies, bodies, strict=True):
        sent, texts = await history.sent_for(reply.id)
        parts = sent[0].parts
        assert parts is not None
        assert sum(len(part) for part in parts if isinstance(part, str)) < MOST_OWN_BYTES / 10
        body = body_of(sent[0], texts)
        if fate == "kept":
            assert body == sent_bytes
            assert len(as_curl([(sent[0], sent_bytes)])) > len(sent_bytes)
            assert len(as_python([(sent[0], sent_bytes)])) > len(sent_bytes)
        else:
            assert body is None
    await history.close()
