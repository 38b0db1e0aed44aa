"""Which messages are sent along with a prompt."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from qwen_desktop.core.chat.context import context_for, estimated_tokens
from qwen_desktop.core.chat.message import Message, MessageStatus, Role


def message(role: Role, text: str, *, status: MessageStatus = MessageStatus.COMPLETE, is_demo: bool = False) -> Message:
    return Message(1, 1, None, role, text, status, datetime.now(UTC), is_demo=is_demo)


def user(text: str) -> Message:
    return message(Role.USER, text)


def reply(text: str, **more: object) -> Message:
    return message(Role.ASSISTANT, text, **more)  # type: ignore[arg-type]


def texts(*path: Message, **more: object) -> list[str]:
    return [sent.text for sent in context_for(path, **more).messages]  # type: ignore[arg-type]


def test_earlier_turns_go_along_in_order() -> None:
    assert texts(user("a"), reply("b"), user("c")) == ["a", "b", "c"]


def test_the_system_prompt_comes_first() -> None:
    context = context_for([user("a")], system_prompt="be brief")
    assert [(sent.role, sent.text) for sent in context.messages] == [(Role.SYSTEM, "be brief"), (Role.USER, "a")]


def test_a_refused_prompt_is_left_out_of_later_turns() -> None:
    path = [user("filtered"), reply("", status=MessageStatus.FAILED), user("again")]
    assert texts(*path) == ["again"]


def test_a_stopped_reply_goes_along() -> None:
    assert texts(user("a"), reply("half", status=MessageStatus.STOPPED), user("c")) == ["a", "half", "c"]


def test_the_demo_is_not_quoted_to_the_service() -> None:
    path = [user("a"), reply("sample", is_demo=True), user("c")]
    assert texts(*path) == ["c"]
    assert texts(*path, is_demo=True) == ["a", "sample", "c"]


def test_the_oldest_turns_give_way_when_there_is_no_room() -> None:
    path = [user("old " * 100), reply("older " * 100), user("new"), reply("newer"), user("now")]
    context = context_for(path, max_input_tokens=100)
    assert [sent.text for sent in context.messages] == ["new", "newer", "now"]
    assert context.left_out == 2


def test_the_prompt_is_sent_even_when_it_alone_is_too_long() -> None:
    assert texts(user("a"), reply("b"), user("x" * 10_000), max_input_tokens=10) == ["x" * 10_000]


@given(st.text())
def test_an_estimate_is_never_below_a_third_of_the_bytes_of_latin_text(text: str) -> None:
    assert estimated_tokens(text) >= 4
    assert estimated_tokens("汉" * len(text)) >= len(text)
