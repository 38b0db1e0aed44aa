"""What a second start hands over: nothing gets lost on the way, nothing foreign gets in, and nothing is ever sent."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qwen_desktop import cli
from qwen_desktop.desktop.request import MOST_CHARACTERS, Action, Request, from_link, is_link, shortened


@given(st.sampled_from(Action), st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
def test_a_request_arrives_as_it_was(action: Action, text: str) -> None:
    request = Request(action, text, "token")
    line = request.to_line()
    assert line.count(b"\n") == 1
    assert line.endswith(b"\n")
    assert Request.from_line(line) == request


@pytest.mark.parametrize(
    "line",
    [b"", b"\n", b"[]", b"{}", b'{"do": "send"}', b'{"do": 1}', b'{"do": "ask", "text": 5}', b"\xff\xfe", b"GET /",
     b'{"do": "ask", "token": []}', b"[" * 100_000],
)  # fmt: skip
def test_what_is_not_a_request_is_refused(line: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - whatever made it unreadable
        Request.from_line(line)


@pytest.mark.parametrize(
    ("link", "text"),
    [
        ("qwen-desktop://ask?q=hello", "hello"),
        ("qwen-desktop://ask/?q=%E4%BD%A0%E5%A5%BD+a%26b", "你好 a&b"),
        ("qwen-desktop:ask?q=x", "x"),
        ("QWEN-DESKTOP://ASK?q=x&send=1&q=y", "x"),
        ("qwen-desktop://ask", ""),
        ("qwen-desktop://ask?q=", ""),
        ("qwen-desktop://ask?q=a%00b%0Ac", "ab\nc"),
        ("qwen-desktop://ask?q=%ff", "\N{REPLACEMENT CHARACTER}"),
    ],
)
def test_a_link_fills_in(link: str, text: str) -> None:
    assert is_link(link)
    assert from_link(link) == Request(Action.ASK, text)


@pytest.mark.parametrize(
    "link",
    ["qwen-desktop://", "qwen-desktop://quit", "qwen-desktop://settings?q=x", "qwen-desktop://[?q=x",
     "qwen-desktop://ask?" + "&".join(f"a{n}=1" for n in range(100))],
)  # fmt: skip
def test_any_other_link_only_shows_the_window(link: str) -> None:
    assert from_link(link) == Request(Action.WINDOW)


def test_a_link_in_pieces_brings_no_options(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Request] = []
    monkeypatch.setattr(cli, "_window", lambda request: asked.append(request) or 0)
    assert cli.main(["qwen-desktop://ask?q=a", "--self-test", "export", "--all"]) == 0
    assert asked == [Request(Action.ASK, "a --self-test export --all")]


def test_other_arguments_are_no_links() -> None:
    assert not any(map(is_link, ("quick", "https://qwen.ai/?q=x", "qwen-desktop", "--hidden", "")))


def test_a_text_without_end_is_cut_with_a_mark() -> None:
    cut = shortened("x" * (MOST_CHARACTERS + 1))
    assert len(cut) == MOST_CHARACTERS
    assert cut.endswith("…")
    assert shortened("x" * MOST_CHARACTERS) == "x" * MOST_CHARACTERS


def test_half_a_character_does_not_stop_the_wish() -> None:
    assert Request.from_line(Request(Action.ASK, shortened("a\ud800b")).to_line()).text == "a?b"
    assert json.loads(Request(Action.ASK, "\ud800").to_line())["text"]
