"""What is kept of a request gives the same bytes again, or nothing; and is small."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qwen_desktop.core.chat.message import Quoted, Role, SentRequest
from qwen_desktop.core.protocol.request_body import WireOptions, build_compatible, build_native
from qwen_desktop.core.protocol.sent_request import MOST_OWN_BYTES, body_of, record
from qwen_desktop.core.providers.base import ReplyRequest, RequestMessage

LONG = 'A long enough text, with "quotes", \\ and \n lines, 中文 and \u202e. '


def a_request(texts: list[str], *, reasoning: str = "", continues: str | None = None, system: str = "") -> ReplyRequest:
    """Prompts and replies in turn, with the ids 1, 2, 3, …; the reply asked for has the next."""
    messages = [RequestMessage(Role.SYSTEM, system)] if system else []
    for number, text in enumerate(texts, 1):
        role = Role.USER if number % 2 else Role.ASSISTANT
        messages.append(RequestMessage(role, text, reasoning if role is Role.ASSISTANT else "", number))
    return ReplyRequest("qwen-plus", tuple(messages), continues=continues, reply_id=len(texts) + 1)


def texts_of(request: ReplyRequest) -> dict[tuple[int, str], str]:
    texts = {(one.id, field): getattr(one, field) for one in request.messages for field in ("text", "reasoning")}
    return {**texts, (request.reply_id, "text"): (request.continues or "") + " and what came after"}


def recorded(request: ReplyRequest, protocol: str = "native") -> tuple[SentRequest, bytes]:
    options = replace(WireOptions.for_model("qwen-plus"), sends_reasoning=True)
    wire = (build_native if protocol == "native" else build_compatible)(request, options)
    return record("https://x.test" + wire.path, wire.headers, wire.body, request, has_key=True), wire.body


@pytest.mark.parametrize("protocol", ["native", "compatible"])
@given(
    texts=st.lists(st.text(min_size=1), min_size=1, max_size=5).filter(lambda texts: len(texts) % 2),
    repeat=st.integers(1, 40),
    reasoning=st.text(),
    system=st.text(),
    continues=st.none() | st.text(min_size=1),
)
def test_the_same_bytes_come_back(
    protocol: str, texts: list[str], repeat: int, reasoning: str, system: str, continues: str | None
) -> None:
    request = a_request([text * repeat for text in texts], reasoning=reasoning, system=system, continues=continues)
    sent, body = recorded(request, protocol)
    assert body_of(sent, texts_of(request)) == body
    kept = msgspec.convert(msgspec.json.decode(msgspec.json.encode(sent)), SentRequest)
    assert body_of(kept, texts_of(request)) == body


def test_texts_of_the_history_are_not_kept_twice() -> None:
    request = a_request([LONG * 50_000, LONG * 3, LONG * 2], reasoning=LONG * 1_000, continues=LONG * 4)
    sent, body = recorded(request)
    assert len(body) > 3_000_000
    assert sent.parts is not None
    quoted = [(part.message_id, part.field) for part in sent.parts if isinstance(part, Quoted)]
    assert quoted == [(1, "text"), (2, "text"), (2, "reasoning"), (3, "text"), (4, "text")]
    assert sum(len(part) for part in sent.parts if isinstance(part, str)) < 1_000


@pytest.mark.parametrize("change", [{(1, "text"): LONG * 3 + "!"}, {(1, "text"): "another" * 40}, {(1, "text"): ""}])
def test_another_text_in_the_history_is_noticed_unless_it_only_went_on(change: dict[tuple[int, str], str]) -> None:
    request = a_request([LONG * 3])
    sent, body = recorded(request)
    found = body_of(sent, {**texts_of(request), **change})
    assert found == (body if change[1, "text"].startswith(LONG * 3) else None)
    assert body_of(sent, {}) is None


def test_what_is_not_in_the_history_is_kept_up_to_a_limit() -> None:
    small, body = recorded(a_request(["Hi"], system="x" * (MOST_OWN_BYTES - 1_000)))
    assert body_of(small, {}) == body
    large, _ = recorded(a_request(["Hi"], system="x" * MOST_OWN_BYTES))
    assert large.parts is None
    assert body_of(large, {}) is None
