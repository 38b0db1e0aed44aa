"""Which turn ended a conversation, and what would help."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from qwen_desktop.core.chat.attachment import Attachment
from qwen_desktop.core.chat.context import context_for
from qwen_desktop.core.chat.exits import Fault, way_out
from qwen_desktop.core.chat.message import Failure, Message, MessageStatus, Role

INPUT = Failure("RequestRefused", "content_filter", "Input data may contain inappropriate content.", side="input")
OUTPUT = Failure("RequestRefused", "content_filter", "Output data may contain …", side="output")
PICTURE = Attachment("d" * 64, "image/png", 100, 10, 10)


def path_of(*turns: tuple[str, str, Failure | None]) -> list[Message]:
    """Prompts and replies with ids from 1 on, each below the one before."""
    path: list[Message] = []
    for prompt, reply, failure in turns:
        status = MessageStatus.COMPLETE if failure is None else MessageStatus.FAILED
        for role, text in ((Role.USER, prompt), (Role.ASSISTANT, reply)):
            of_reply = {"status": status, "failure": failure} if role is Role.ASSISTANT else {}
            plain = Message(len(path) + 1, 1, len(path) or None, role, text, MessageStatus.COMPLETE, datetime.now(UTC))
            path.append(replace(plain, **of_reply))  # type: ignore[arg-type]
    return path


def found(path: list[Message], **more: str) -> tuple[Fault, list[int]]:
    way = way_out(path, path[-1], **more)
    assert way is not None
    return way.fault, [turn.id for turn in way.turns]


def test_a_refused_prompt_after_accepted_turns_is_at_fault_itself() -> None:
    assert found(path_of(("a", "A", None), ("bad", "", INPUT))) == (Fault.PROMPT, [])
    assert found(path_of(("bad", "", INPUT))) == (Fault.PROMPT, [])


def test_a_turn_whose_reply_the_filter_ended_is_suspected_first() -> None:
    path = path_of(("a", "A", None), ("bad", "half", OUTPUT), ("fine", "", INPUT))
    assert found(path) == (Fault.EARLIER, [3])


def test_what_a_later_reply_was_written_after_is_not_suspected() -> None:
    path = path_of(("b", "half", OUTPUT), ("c", "C", None), ("bad", "", INPUT))
    assert found(path) == (Fault.PROMPT, [])


def test_two_refusals_of_different_prompts_in_a_row_point_at_the_newest_turn_sent() -> None:
    path = path_of(("a", "A", None), ("b", "B", None), ("c", "", INPUT), ("d", "", INPUT))
    assert found(path) == (Fault.EARLIER, [3])
    again = path_of(("a", "A", None), ("c", "", INPUT), ("c ", "", INPUT))
    assert found(again) == (Fault.PROMPT, [])
    alone = path_of(("c", "", INPUT), ("d", "", INPUT))
    assert found(alone) == (Fault.PROMPT, [])


def test_a_prompt_with_other_versions_may_or_may_not_be_it() -> None:
    path = path_of(("a", "A", None), ("b", "", INPUT))
    path[2] = replace(path[2], sibling_index=1, sibling_count=2)
    assert found(path) == (Fault.EITHER, [1])


def test_the_message_that_the_service_names_is_it() -> None:
    named = replace(INPUT, detail="messages[1]: Input data may contain inappropriate content.")
    assert found(path_of(("a", "A", None), ("b", "B", None), ("c", "", named))) == (Fault.EARLIER, [1])
    prompt = replace(INPUT, detail="messages.4 may contain inappropriate content.")
    assert found(path_of(("a", "A", None), ("b", "half", OUTPUT), ("c", "", prompt))) == (Fault.PROMPT, [])
    beyond = replace(INPUT, detail="messages[99] may contain inappropriate content.")
    assert found(path_of(("a", "A", None), ("c", "", beyond))) == (Fault.PROMPT, [])


def test_a_suspect_that_is_left_out_already_is_not_offered_again() -> None:
    path = path_of(("bad", "half", OUTPUT), ("fine", "", INPUT))
    path[0] = replace(path[0], is_left_out=True)
    assert found(path) == (Fault.EARLIER, [])


def test_a_reply_that_the_filter_ended_can_be_left_out_while_it_is_sent() -> None:
    path = path_of(("a", "A", None), ("b", "half", OUTPUT))
    assert found(path) == (Fault.REPLY, [3])
    assert found(path_of(("a", "A", None), ("b", "", OUTPUT))) == (Fault.REPLY, [])
    path[2] = replace(path[2], is_left_out=True)
    assert found(path) == (Fault.REPLY, [])


def too_long(limit: int | None, *turns: int, prompt: str = "now") -> list[Message]:
    failure = Failure("RequestRefused", "too_long", limit=limit)
    return path_of(*(("x" * size, "y", None) for size in turns), (prompt, "", failure))


@pytest.mark.parametrize(
    ("limit", "turns", "left_out"),
    [
        (400, (600, 600, 600), [1, 3]),  # about 209 tokens each
        (450, (600, 600, 300), [1]),
        (100_000, (600, 600, 600), [1, 3]),  # it should fit, and does not: the older half
        (None, (600, 600, 600, 600), [1, 3]),
        (None, (600,), [1]),
        (None, (), []),
    ],
)
def test_what_is_too_long_is_shortened_from_its_oldest_turns(
    limit: int | None, turns: tuple[int, ...], left_out: list[int]
) -> None:
    assert found(too_long(limit, *turns)) == (Fault.LENGTH, left_out)


def test_a_prompt_that_is_too_long_by_itself_cannot_be_helped_by_leaving_out() -> None:
    assert found(too_long(100, 600, prompt="z" * 3000)) == (Fault.LENGTH, [])
    assert found(too_long(100, 6), system_prompt="s" * 3000) == (Fault.LENGTH, [])


def test_a_chat_that_has_gone_on_since_is_not_shortened_for_an_old_prompt() -> None:
    path = [*too_long(400, 600, 600), *too_long(400)]
    way = way_out(path, path[5])
    assert way is not None
    assert (way.fault, way.turns) == (Fault.LENGTH, ())


@pytest.mark.parametrize("limit", [250, 400, 450])
def test_what_is_left_out_is_what_a_request_would_leave_out(limit: int) -> None:
    path = too_long(limit, 300, 600, 20, 600, 90)
    left_out = context_for(path[:-1], max_input_tokens=limit).left_out_ids
    assert found(path) == (Fault.LENGTH, [id_ for id_ in left_out if id_ % 2])


def test_by_how_much_is_told_where_it_is_known() -> None:
    path = too_long(400, 600, 600, 600)
    way = way_out(path, path[-1])
    assert way is not None
    assert way.excess_tokens is not None
    assert 200 < way.excess_tokens < 280
    path = too_long(100_000, 600)
    way = way_out(path, path[-1])
    assert way is not None
    assert way.excess_tokens is None


def test_a_dead_picture_is_found_in_the_turns_that_have_pictures() -> None:
    failure = Failure("RequestRefused", "picture_unreachable", "Failed to download multimodal content")
    path = path_of(("a", "A", None), ("look", "B", None), ("c", "", failure))
    path[2] = replace(path[2], attachments=(PICTURE,))
    assert found(path) == (Fault.PICTURE, [3])
    path[0] = replace(path[0], attachments=(replace(PICTURE, digest="e" * 64),))
    assert found(path) == (Fault.PICTURE, [1, 3])
    path[-1] = replace(path[-1], failure=replace(failure, detail=f"oss://bucket/{'d' * 64}.png is gone"))
    assert found(path) == (Fault.PICTURE, [3])


@pytest.mark.parametrize("reason", ["picture", "attachment_missing", "attachment_changed"])
def test_a_picture_that_cannot_be_used_blocks_only_while_its_turn_is_sent(reason: str) -> None:
    path = path_of(("look", "A", None), ("b", "B", None), ("c", "", Failure("RequestRefused", reason)))
    assert way_out(path, path[-1]) is None
    path[0] = replace(path[0], text="", attachments=(PICTURE,))
    assert found(path) == (Fault.BAD_PICTURE, [1])
    path[-2] = replace(path[-2], attachments=(PICTURE,))
    assert way_out(path, path[-1]) is None


def test_other_ends_and_replies_of_another_branch_have_no_way_out() -> None:
    path = path_of(("a", "", Failure("QuotaExhausted", "arrears")))
    assert way_out(path, path[-1]) is None
    filtered = path_of(("a", "", INPUT))
    assert way_out((), filtered[-1]) is None
    well = path_of(("a", "A", None))
    assert way_out(well, well[-1]) is None
