"""Which messages are sent along with a prompt."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
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


def test_what_was_left_out_is_named_and_the_rest_is_counted() -> None:
    texts = ["old " * 100, "older " * 100, "failed", "", "new", "newer", "now"]
    path = [replace(user(text) if n % 2 == 0 else reply(text), id=n + 1) for n, text in enumerate(texts)]
    context = context_for(path, max_input_tokens=100, system_prompt="be brief")
    assert context.left_out_ids == (1, 2)
    assert [sent.text for sent in context.messages] == ["be brief", "new", "newer", "now"]
    assert context.estimated_tokens == sum(estimated_tokens(sent.text) for sent in context.messages)
    assert context_for(path).left_out_ids == ()


def test_an_older_turn_does_not_slip_in_behind_one_that_was_left_out() -> None:
    path = [user("a"), reply("b"), user("long " * 200), reply("c"), user("now")]
    context = context_for(path, max_input_tokens=100)
    assert [sent.text for sent in context.messages] == ["now"]
    assert context.left_out == 4


def test_reasoning_goes_back_to_the_model_it_came_from_and_takes_room() -> None:
    def thought(model_id: str) -> Message:
        return replace(reply("b"), model_id=model_id, reasoning="so " * 100)

    mine = context_for([user("a"), thought("qwen3.8-max"), user("c")], reasoning_of="qwen3.8-max")
    assert [sent.reasoning for sent in mine.messages] == ["", "so " * 100, ""]
    for path, wanted in (([user("a"), thought("qwen-plus"), user("c")], "qwen3.8-max"),):
        assert [sent.reasoning for sent in context_for(path, reasoning_of=wanted).messages] == ["", "", ""]
    assert all(not sent.reasoning for sent in context_for([user("a"), thought("qwen3.8-max"), user("c")]).messages)
    tight = context_for([user("a"), thought("m"), user("c")], reasoning_of="m", max_input_tokens=100)
    assert (tight.left_out, len(tight.messages)) == (2, 1)


@pytest.mark.parametrize(
    ("text", "tokens"), [("", 4), ("abc", 5), ("汉字", 6), ("1234567890", 14), ("a1b2c3", 8), ("😀", 5)]
)
def test_the_rule_of_the_estimate(text: str, tokens: int) -> None:
    assert estimated_tokens(text) == tokens


def test_the_prompt_is_sent_even_when_it_alone_is_too_long() -> None:
    assert texts(user("a"), reply("b"), user("x" * 10_000), max_input_tokens=10) == ["x" * 10_000]


@given(st.text())
def test_an_estimate_is_never_below_a_third_of_the_bytes_of_latin_text(text: str) -> None:
    assert estimated_tokens(text) >= 4
    assert estimated_tokens("汉" * len(text)) >= len(text)


def test_a_turn_that_the_user_left_out_is_not_sent() -> None:
    left_out = replace(user("a"), is_left_out=True)
    context = context_for([left_out, reply("b"), user("c"), reply("d"), user("e")])
    assert [sent.text for sent in context.messages] == ["c", "d", "e"]
    assert context.left_out == 0, "that is for what has no room"
