"""What the demo says: the right language and topic, plain about what it is, well written, and in time."""

from __future__ import annotations

import inspect
import re

import pytest

from qwen_desktop.demo import replies_en, replies_zh
from qwen_desktop.demo.pace import FIRST_WAIT_S, THINKING_S, WRITING_S, pieces_of
from qwen_desktop.demo.replies import FAULTS, continuation_of, reply_for

STARTERS = {
    "Explain how streaming over SSE works, with a small Python example": "```python",
    "Compare SQLite and PostgreSQL in a table": "| Runs as |",
    "Plan three days in Beijing": "### Day 3",
    "Improve the tone of this email: …": "**Before**",
    "用 Python 示例讲讲 SSE 流式输出": "```python",
    "用表格比较 SQLite 和 PostgreSQL": "| 运行方式 |",
    "安排一次北京三日游": "### 第三天",
    "把这封邮件改得更得体：…": "**修改前**",
}
OTHERS = {
    "Write some code": "anagrams",
    "写一段代码": "anagrams",
    "a table please": "Jupiter",
    "画一张表格": "木星",
    "the quadratic formula": "$$",
    "求根公式": "$$",
    "hello": "I am the demo",
    "你好": "内置演示",
    "make a list": "1. Write down",
    "列一份清单": "1. 写下",
    "/error": "`/error 429`",
    "/错误": "`/错误 429`",
}
ALL_PROMPTS = [
    *STARTERS,
    *OTHERS,
    "something else",
    "随便说点什么",
    *(f"/error {f}" for f in FAULTS),
    "/错误 cut",
    "/错误 slow",
]


@pytest.mark.parametrize(("prompt", "sign"), [*STARTERS.items(), *OTHERS.items()])
def test_prompt_gets_its_own_reply(prompt: str, sign: str) -> None:
    assert sign in reply_for(prompt).text


@pytest.mark.parametrize("prompt", STARTERS)
def test_reply_to_a_starter_is_long_enough_to_watch_and_comes_with_thinking(prompt: str) -> None:
    reply = reply_for(prompt)
    assert 600 <= len(reply.text) <= 1500
    assert 1 <= len(re.findall(r"[.。]", reply.reasoning)) <= 3


@pytest.mark.parametrize("prompt", ALL_PROMPTS)
def test_every_reply_says_that_it_is_a_demo_and_where_keys_go(prompt: str) -> None:
    last_line = reply_for(prompt).text.splitlines()[-1]
    if "演示" in last_line:
        assert "并非千问" in last_line
        assert "API Key" in last_line
        assert re.search(r"[\u4e00-\u9fff]", prompt)
    else:
        assert "demo" in last_line
        assert "Qwen did not write it" in last_line
        assert "API key" in last_line


@pytest.mark.parametrize("prompt", ALL_PROMPTS)
def test_reply_ends_within_ten_seconds(prompt: str) -> None:
    reply = reply_for(prompt)
    thinking = list(pieces_of(reply.reasoning, THINKING_S))
    writing = list(pieces_of(reply.text, WRITING_S))
    assert "".join(piece for _, piece in thinking) == reply.reasoning
    assert "".join(piece for _, piece in writing) == reply.text
    assert FIRST_WAIT_S + sum(wait_s for wait_s, _ in thinking + writing) < 8.0


def test_a_starter_streams_like_a_model_and_not_in_one_go() -> None:
    writing = list(pieces_of(reply_for("Plan three days in Beijing").text, WRITING_S))
    assert 3.0 < sum(wait_s for wait_s, _ in writing) <= WRITING_S
    assert max(len(piece) for _, piece in writing) < 25
    assert any(wait_s == 0 for wait_s, _ in writing[1:])
    assert max(wait_s for wait_s, _ in writing) <= 0.06


def test_same_prompt_gives_the_same_pieces() -> None:
    text = reply_for("hello").text
    assert list(pieces_of(text, 5.0)) == list(pieces_of(text, 5.0))


def test_very_long_text_still_ends_in_time() -> None:
    pieces = list(pieces_of("word " * 200_000, 7.0))
    assert sum(wait_s for wait_s, _ in pieces) <= 7.0
    assert len(pieces) < 1000


def prose_of(text: str) -> str:
    """Without code blocks, inline code and link targets: the part people read as sentences."""
    text = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    return re.sub(r"`[^`]*`|\]\([^)]*\)", "", text)


@pytest.mark.parametrize("prompt", [p for p in ALL_PROMPTS if re.search(r"[\u4e00-\u9fff]", p)])
def test_chinese_replies_use_full_width_punctuation(prompt: str) -> None:
    reply = reply_for(prompt)
    found = re.findall(
        r".?[\u4e00-\u9fff][,:;?!()].?|.?[,:;?!()][\u4e00-\u9fff].?", prose_of(reply.text) + reply.reasoning
    )
    assert found == []


@pytest.mark.parametrize("words", [replies_en, replies_zh])
def test_no_reply_shouts(words: object) -> None:
    strings = re.findall(r"(?s)\"\"\".*?\"\"\"|'''.*?'''|\"[^\"\n]*\"", inspect.getsource(words))  # type: ignore[arg-type]
    assert len(strings) > 20
    assert not [string for string in strings if "!" in string or "！" in string]


def test_both_languages_can_say_the_same() -> None:
    names = [name for name in vars(replies_en) if name.isupper()]
    assert len(names) > 10
    assert names == [name for name in vars(replies_zh) if name.isupper()]


@pytest.mark.parametrize("prompt", ["/error", "/错误"])
def test_help_names_every_fault_and_no_other(prompt: str) -> None:
    assert re.findall(r"^\| `/\S+ (\w+)`", reply_for(prompt).text, re.MULTILINE) != []
    assert set(re.findall(r"^\| `/\S+ (\w+)`", reply_for(prompt).text, re.MULTILINE)) == set(FAULTS)


@pytest.mark.parametrize(
    ("prompt", "is_chinese"),
    [
        ("What does 你好 mean in English", False),
        ("把 API documentation 译成中文", True),
        ("12345", False),
        ("ありがとう", False),
        ("", False),
    ],
)
def test_language_follows_the_prompt(prompt: str, is_chinese: bool) -> None:
    assert ("演示" in reply_for(prompt).text.splitlines()[-1]) is is_chinese


def test_words_inside_other_words_are_no_topic() -> None:
    assert "Jupiter" not in reply_for("a comfortable chair").text
    assert "anagrams" not in reply_for("decode this").text


def test_default_reply_shows_what_arrived() -> None:
    text = reply_for("Why is the sky blue?", earlier_messages=2).text
    assert "20 characters" in text
    assert "“Why is the sky blue?”" in text
    assert "2 earlier messages" in text


def test_prompt_cannot_write_markdown_into_the_reply() -> None:
    line = reply_for("<b>*x*</b> {name} [a](http://e.example)\n# big\x00\u202e").text.splitlines()[0]
    assert r"\<b\>\*x\*\</b\> \{name\} \[a\]" in line
    assert "\u202e" not in line


def test_huge_prompt_is_not_searched_to_its_end() -> None:
    assert "anagrams" not in reply_for("x" * 1_000_000 + " code").text


@pytest.mark.parametrize("prompt", ["hello", "用表格比较 SQLite 和 PostgreSQL", "Why is the sky blue?", "/error cut"])
def test_cut_reply_is_continued_exactly_at_every_place(prompt: str) -> None:
    text = reply_for(prompt).text
    for end in (1, 17, len(text) // 2, len(text) - 1, len(text)):
        assert text[:end] + continuation_of(text[:end], prompt) == text


def test_continuation_is_found_although_the_prompt_changed() -> None:
    text = reply_for("Plan three days in Beijing").text
    assert continuation_of(text[:200], "go on") == text[200:]


def test_unknown_beginning_gets_some_continuation() -> None:
    assert continuation_of("Once upon a time", "tell me a story").strip()
    assert continuation_of("", "tell me a story").strip()
