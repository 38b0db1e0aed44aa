"""What every history promises, on the file and in memory alike."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qwen_desktop.core.chat.message import Continuation, Failure, Message, MessageStatus, Role, Source, ToolCall, Usage
from qwen_desktop.core.storage.conversations import History, MemoryHistory, StartedTurn
from tests.listing import listed, searched


@pytest.fixture(params=[History, MemoryHistory])
async def history(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[History]:
    history = await request.param.open(tmp_path / "history.sqlite3")
    yield history
    await history.close()


def complete(reply: Message, text: str, **values: object) -> Message:
    return replace(reply, text=text, status=MessageStatus.COMPLETE, **values)  # type: ignore[arg-type]


async def answered(history: History, prompt: str, text: str, conversation_id: int | None = None) -> StartedTurn:
    started = await history.begin_turn(conversation_id, prompt, model_id="qwen-plus")
    await history.journal(started.reply).finish(complete(started.reply, text))
    return started


async def last(history: History, started: StartedTurn) -> Message:
    return (await history.conversation(started.conversation.id)).messages[-1]


async def test_a_turn_begins_with_prompt_and_empty_reply(history: History) -> None:
    started = await history.begin_turn(
        None, "First line\nsecond", model_id="qwen-plus", is_demo=True, system_prompt="Hi"
    )
    assert (started.prompt.role, started.prompt.text) == (Role.USER, "First line\nsecond")
    assert started.prompt.status is MessageStatus.COMPLETE
    assert (started.reply.role, started.reply.text, started.reply.status) == (Role.ASSISTANT, "", MessageStatus.QUEUED)
    assert (started.reply.model_id, started.reply.is_demo) == ("qwen-plus", True)
    assert started.reply.parent_id == started.prompt.id
    assert started.path == (started.prompt,)
    assert started.conversation.title == "First line"
    conversation = await history.conversation(started.conversation.id)
    assert conversation.messages == (started.prompt, started.reply)
    assert conversation.system_prompt == "Hi"
    assert started.reply.created_at.utcoffset() == timedelta(0)


async def test_an_ended_reply_goes_on_in_its_own_row(history: History) -> None:
    started = await history.begin_turn(None, "one", model_id="qwen-plus")
    cut = replace(
        started.reply,
        text="half",
        reasoning="mull",
        status=MessageStatus.INTERRUPTED,
        failure=Failure("ReplyInterrupted", "cut"),
        usage=Usage(1, 2, 3),
        request_id="request-1",
        finish_reason="length",
    )
    await history.journal(started.reply).finish(cut)
    later = await answered(history, "two", "2", started.conversation.id)
    again = await history.begin_continuation(started.reply.id)
    assert again.prompt == started.prompt
    assert again.path == (started.prompt,)
    kept = replace(cut, status=MessageStatus.QUEUED, failure=None, ended_at=None)
    assert again.reply == kept
    with pytest.raises(LookupError):  # it runs
        await history.begin_continuation(started.reply.id)
    journal = history.journal(again.reply)
    await journal.append([("continued", '{"at": 4, "after": "cut", "request_id": "request-1"}')])
    await journal.append([("text", " more"), ("reasoning", "?")])
    (found, *_) = await history.siblings(started.reply.id)
    mark = Continuation(4, "cut", "request-1")
    assert (found.text, found.reasoning, found.continuations) == ("half more", "mull?", (mark,))
    whole = replace(found, status=MessageStatus.COMPLETE, text="half more", finish_reason="stop")
    await journal.finish(whole)
    conversation = await history.conversation(started.conversation.id)
    assert [message.text for message in conversation.messages] == ["one", "half more", "two", "2"]
    assert replace(conversation.messages[1], ended_at=None) == whole
    assert conversation.messages[-1].id == later.reply.id
    for message_id in (started.prompt.id, 4711):
        with pytest.raises(LookupError):
            await history.begin_continuation(message_id)
    await history.delete_message(started.reply.id)
    with pytest.raises(LookupError):
        await history.begin_continuation(started.reply.id)


async def test_the_next_turn_follows_the_current_path(history: History) -> None:
    first = await answered(history, "one", "1")
    second = await history.begin_turn(first.conversation.id, "two", model_id="qwen-plus")
    assert [message.text for message in second.path] == ["one", "1", "two"]
    assert second.prompt.parent_id == first.reply.id


async def test_a_finished_reply_comes_back_whole(history: History) -> None:
    started = await history.begin_turn(None, "hello", model_id="qwen-plus")
    reply = replace(
        started.reply,
        text="text",
        reasoning="reasoning",
        status=MessageStatus.FAILED,
        ended_at=datetime(2026, 11, 23, 1, 2, 3, 4, tzinfo=UTC),
        thinking_s=1.25,
        model_id="qwen-plus-2026",
        finish_reason="stop",
        usage=Usage(1, 2, 3, None, 5),
        request_id="request-1",
        failure=Failure("RateLimited", "tokens_per_minute", "half a pair: \ud800", 429, "Throttling", "r", 2.5, "h:1"),
        tool_calls=(ToolCall(0, "call-1", "weather", '{"city": "北京"}'),),
        sources=(Source(1, "Title", "https://example.com/", "Site"), Source(2, "Other", "https://example.org/")),
        continuations=(Continuation(2, "cut", "request-0"), Continuation(3, "length")),
    )
    await history.journal(started.reply).finish(reply)
    assert await last(history, started) == reply


async def test_numbers_beyond_64_bits_do_not_hurt(history: History) -> None:
    started = await history.begin_turn(None, "hello", model_id="m")
    reply = complete(
        started.reply, "x", usage=Usage(10**40, -(10**40)), failure=Failure("RequestRefused", limit=10**40)
    )
    await history.journal(started.reply).finish(reply)
    stored = await last(history, started)
    assert stored.usage == Usage(2**63 - 1, -(2**63) + 1)
    assert stored.failure is not None
    assert stored.failure.limit == 10**40


@pytest.mark.parametrize(
    "prompt", ["", "\0", "before\0after", "a\r\nb\rc\u2028d", "😀 北京", "'; DROP TABLE message; --", "x" * 1_000_000]
)
async def test_a_prompt_is_stored_exactly(history: History, prompt: str) -> None:
    started = await answered(history, prompt, prompt)
    messages = (await history.conversation(started.conversation.id)).messages
    assert [message.text for message in messages] == [prompt, prompt]


async def test_lone_surrogates_are_replaced_and_pairs_are_joined(history: History) -> None:
    started = await history.begin_turn(None, "a\ud800b \ud83d\ude00", model_id="m\udfff", title="\udc00")
    journal = history.journal(started.reply)
    await journal.append([("text", "\ud83d"), ("text", "\ude00"), ("reasoning", "\ud800")])
    conversation = await history.conversation(started.conversation.id)
    assert conversation.summary.title == "\ufffd"
    assert [message.text for message in conversation.messages] == ["a\ufffdb 😀", "😀"]
    assert conversation.messages[-1].reasoning == "\ufffd"
    await journal.finish(complete(started.reply, "\ud800"))
    assert (await last(history, started)).text == "\ufffd"


async def test_a_running_reply_is_read_with_its_journal(history: History) -> None:
    started = await history.begin_turn(None, "hello", model_id="m")
    journal = history.journal(started.reply)
    await journal.set_status(MessageStatus.THINKING)
    await journal.append([("reasoning", "hm"), ("reasoning", "m")])
    await journal.set_status(MessageStatus.WRITING)
    await journal.append([("text", "a"), ("text", "b")])
    await journal.append([])
    await journal.append([("text", "c")])
    reply = await last(history, started)
    assert (reply.text, reply.reasoning, reply.status) == ("abc", "hmm", MessageStatus.WRITING)


async def test_sources_of_a_running_reply_are_in_its_journal_and_the_last_list_counts(history: History) -> None:
    started = await history.begin_turn(None, "hello", model_id="m")
    journal = history.journal(started.reply)
    one, two = Source(1, "标题", "https://example.com/", "Site"), Source(2, "", "https://example.org/")
    await journal.append([("sources", msgspec.json.encode((one,)).decode()), ("text", "a[1]")])
    assert (await last(history, started)).sources == (one,)
    await journal.append([("sources", msgspec.json.encode((one, two)).decode()), ("text", "[2]")])
    reply = await last(history, started)
    assert (reply.text, reply.sources) == ("a[1][2]", (one, two))


async def test_ten_thousand_sources_come_back(history: History) -> None:
    started = await history.begin_turn(None, "hello", model_id="m")
    many = tuple(Source(n, "x" * 50 + "\ud800", f"https://example.com/{n}") for n in range(10_000))
    await history.journal(started.reply).finish(complete(started.reply, "x", sources=many))
    assert (await last(history, started)).sources == many


async def test_replaced_text_takes_the_place_of_what_was_before(history: History) -> None:
    started = await history.begin_turn(None, "hello", model_id="m")
    journal = history.journal(started.reply)
    await journal.append([("text", "aab"), ("reasoning", "rrs")])
    await journal.append([("replace_text", "ab"), ("replace_reasoning", "rs"), ("text", "c"), ("reasoning", "t")])
    reply = await last(history, started)
    assert (reply.text, reply.reasoning) == ("abc", "rst")


async def test_an_unknown_piece_is_refused_before_anything_is_written(history: History) -> None:
    started = await history.begin_turn(None, "hello", model_id="m")
    with pytest.raises(ValueError, match="tool"):
        await history.journal(started.reply).append([("text", "a"), ("tool", "x")])
    assert (await last(history, started)).text == ""


async def test_what_comes_after_the_end_changes_nothing(history: History) -> None:
    started = await history.begin_turn(None, "hello", model_id="m")
    journal = history.journal(started.reply)
    await journal.append([("text", "abc")])
    await journal.finish(complete(started.reply, "abc"))
    await journal.append([("text", "late")])
    await journal.set_status(MessageStatus.WRITING)
    await history.journal(started.reply).set_status(MessageStatus.WRITING)
    reply = await last(history, started)
    assert (reply.text, reply.status) == ("abc", MessageStatus.COMPLETE)


async def test_a_reply_ends_only_with_a_final_status(history: History) -> None:
    started = await history.begin_turn(None, "hello", model_id="m")
    journal = history.journal(started.reply)
    with pytest.raises(ValueError, match="running"):
        await journal.finish(started.reply)
    with pytest.raises(ValueError, match="finish"):
        await journal.set_status(MessageStatus.COMPLETE)


async def test_finishing_twice_keeps_the_second(history: History) -> None:
    started = await history.begin_turn(None, "hello", model_id="m")
    journal = history.journal(started.reply)
    await journal.finish(complete(started.reply, "a"))
    await journal.finish(complete(started.reply, "ab"))
    assert (await last(history, started)).text == "ab"
    assert history.unsaved_count == 0


async def test_a_cancelled_append_is_written_once(history: History) -> None:
    started = await history.begin_turn(None, "hello", model_id="m")
    journal = history.journal(started.reply)
    for letter in "abcdefghij":
        task = asyncio.create_task(journal.append([("text", letter)]))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    await journal.append([("text", ".")])
    assert (await last(history, started)).text == "abcdefghij."


async def test_a_cancelled_finish_is_written(history: History) -> None:
    started = await history.begin_turn(None, "hello", model_id="m")
    task = asyncio.create_task(history.journal(started.reply).finish(complete(started.reply, "all")))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await listed(history)
    await history.save_draft(started.conversation.id, "")  # whatever is given later is written later
    assert (await last(history, started)).text == "all"


async def test_a_cancelled_begin_leaves_no_running_turn(history: History) -> None:
    task = asyncio.create_task(history.begin_turn(None, "hello", model_id="m"))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    probe = await history.create_conversation(title="later", model_id=None)  # after everything given before
    left = [summary for summary in await listed(history) if summary.id != probe.id]
    for summary in left:
        conversation = await history.conversation(summary.id)
        assert [message.status for message in conversation.messages] == [MessageStatus.COMPLETE, MessageStatus.STOPPED]
    assert len(left) == 1, "the commit was on its way, so the prompt is kept"


async def test_another_reply_stands_beside_the_first(history: History) -> None:
    first = await answered(history, "hello", "one")
    second = await history.begin_reply(first.prompt.id, model_id="qwen-max")
    assert second.prompt.id == first.prompt.id
    assert [message.text for message in second.path] == ["hello"]
    assert (second.reply.sibling_index, second.reply.sibling_count) == (1, 2)
    await history.journal(second.reply).finish(complete(second.reply, "two"))
    assert (await last(history, first)).text == "two"
    siblings = await history.siblings(first.reply.id)
    assert [(message.text, message.sibling_index) for message in siblings] == [("one", 0), ("two", 1)]


async def test_a_branch_is_shown_down_to_its_newest_message(history: History) -> None:
    first = await answered(history, "hello", "one")
    await answered(history, "more", "and more", first.conversation.id)
    second = await history.begin_reply(first.prompt.id, model_id="m")
    await history.journal(second.reply).finish(complete(second.reply, "two"))
    assert len((await history.conversation(first.conversation.id)).messages) == 2
    shown = await history.select_path(first.reply.id)
    assert [message.text for message in shown.messages] == ["hello", "one", "more", "and more"]
    assert shown == await history.conversation(first.conversation.id)


async def test_conversations_are_listed_pinned_first_then_newest_first(history: History) -> None:
    ids = [(await answered(history, f"prompt {number}", "x")).conversation.id for number in range(4)]
    await history.set_pinned(ids[1], True)
    await answered(history, "again", "x", ids[0])
    assert [summary.id for summary in await listed(history)] == [ids[1], ids[0], ids[3], ids[2]]


async def test_a_deleted_conversation_leaves_the_list_and_comes_back(history: History) -> None:
    started = await answered(history, "hello", "there")
    await history.delete(started.conversation.id)
    await history.delete(started.conversation.id)
    assert await listed(history) == []
    assert await searched(history, "hello") == []
    await history.undelete(started.conversation.id)
    assert [summary.id for summary in await listed(history)] == [started.conversation.id]


async def test_renaming_does_not_move_a_conversation(history: History) -> None:
    first = await answered(history, "hello", "there")
    await answered(history, "second", "there")
    before = await listed(history)
    await history.rename(first.conversation.id, "New name")
    await history.set_model(first.conversation.id, "qwen-max")
    assert await listed(history) == [before[0], replace(before[1], title="New name")]
    assert (await history.conversation(first.conversation.id)).summary.model_id == "qwen-max"


async def test_a_draft_is_kept_until_it_is_sent(history: History) -> None:
    conversation = await history.create_conversation(title="New chat", model_id=None, system_prompt="Be brief")
    await history.save_draft(conversation.id, "half a thought\0")
    assert (await history.conversation(conversation.id)).summary.draft == "half a thought\0"
    started = await history.begin_turn(conversation.id, "sent from elsewhere", model_id="m")
    assert started.conversation.draft == "half a thought\0"
    started = await history.begin_turn(conversation.id, "half a thought\0 and the rest of it", model_id="m")
    assert started.conversation.draft == ""
    await history.save_draft(conversation.id, "one that waits\n\ntyped since")
    started = await history.begin_turn(conversation.id, "one that waits", model_id="m")
    assert started.conversation.draft == "typed since"


async def test_what_is_not_there_is_a_lookup_error(history: History) -> None:
    for attempt in (
        history.conversation(7),
        history.rename(7, "x"),
        history.begin_turn(7, "x", model_id="m"),
        history.begin_reply(7, model_id="m"),
        history.siblings(7),
        history.select_path(7),
    ):
        with pytest.raises(LookupError):
            await attempt
    assert await listed(history) == []


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("天气", True),
        ("京天", True),
        ("HELLO", True),
        ("100%", True),
        ("1%0", False),
        ("under_score", True),
        ("under.score", False),
        ("back\\slash", True),
        ("after NUL", True),
        ("  hello  ", True),
        ("nowhere", False),
        ("", False),
        ("\ud800", False),
        ("x" * 200_000, False),
    ],
)
async def test_search_finds_text_as_it_is_written(history: History, wanted: str, found: bool) -> None:
    await answered(history, "Hello, 北京天气怎么样? 100% under_score back\\slash", "before\0after NUL")
    await answered(history, "something else", "entirely")
    assert len(await searched(history, wanted)) == int(found)


async def test_search_looks_at_titles_and_at_other_branches_newest_first(history: History) -> None:
    first = await answered(history, "hello", "needle in an old branch")
    second = await history.begin_reply(first.prompt.id, model_id="m")
    await history.journal(second.reply).finish(complete(second.reply, "two"))
    titled = await history.create_conversation(title="A needle", model_id=None)
    assert [summary.id for summary in await searched(history, "needle")] == [titled.id, first.conversation.id]
    assert [summary.id for summary in await searched(history, "needle", limit=1)] == [titled.id]


async def test_recovery_leaves_the_turns_of_this_history_alone(history: History) -> None:
    started = await history.begin_turn(None, "hello", model_id="m")
    assert await history.recover() == []
    assert (await last(history, started)).status is MessageStatus.QUEUED


async def test_several_replies_grow_at_once(history: History) -> None:
    async def one(number: int) -> tuple[StartedTurn, str]:
        started = await history.begin_turn(None, f"prompt {number}", model_id="m")
        journal = history.journal(started.reply)
        for step in range(20):
            await journal.append([("text", f"{number}.{step} ")])
        return started, "".join(f"{number}.{step} " for step in range(20))

    for started, text in await asyncio.gather(*(one(number) for number in range(5))):
        assert (await last(history, started)).text == text


async def test_closing_twice_is_closing_once(history: History) -> None:
    await history.close()
    await history.close()


PIECES = st.lists(
    st.tuples(st.sampled_from(["text", "reasoning", "replace_text", "replace_reasoning"]), st.text(max_size=8)),
    max_size=30,
)


@given(pieces=PIECES, cuts=st.lists(st.integers(1, 5), min_size=1, max_size=5))
def test_however_pieces_are_grouped_the_reply_is_the_same(pieces: list[tuple[str, str]], cuts: list[int]) -> None:
    expected = {"text": "", "reasoning": ""}
    for kind, content in pieces:
        target = kind.removeprefix("replace_")
        expected[target] = content if target != kind else expected[target] + content

    async def scenario() -> None:
        history = await MemoryHistory.open()
        started = await history.begin_turn(None, "x", model_id="m")
        journal = history.journal(started.reply)
        rest = list(pieces)
        for turn in range(len(pieces) + 1):
            count = cuts[turn % len(cuts)]
            await journal.append(rest[:count])
            del rest[:count]
        reply = await last(history, started)
        await history.close()
        assert {"text": reply.text, "reasoning": reply.reasoning} == expected

    asyncio.run(scenario())
