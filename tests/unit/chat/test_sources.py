"""Sources of a reply: nothing told is lost, numbers lead to one page or nowhere, strangers' words do nothing."""

from __future__ import annotations

import pytest

from qwen_desktop.core.chat.message import Source
from qwen_desktop.core.chat.sources import MARKER, MOST_LINES, addresses, merged, source_lines, title_of
from qwen_desktop.core.web_address import host_of, web_address

ONE = Source(1, "One", "https://example.com/1")
TWO = Source(2, "Two", "https://example.org/2", "Site")


def test_nothing_is_lost_and_nothing_is_told_twice() -> None:
    assert merged((), (ONE,)) == (ONE,)
    assert merged((ONE,), (ONE,)) == (ONE,)
    assert merged((ONE,), (ONE, TWO)) == (ONE, TWO)
    assert merged((ONE,), (TWO,)) == (ONE, TWO)
    other = Source(1, "Another first", "https://example.net/")
    assert merged((ONE, TWO), (other, TWO)) == (ONE, TWO, other)


def test_a_number_leads_to_its_page_and_one_that_stands_for_two_leads_nowhere() -> None:
    assert addresses((ONE, TWO)) == {1: ONE.url, 2: TWO.url}
    assert addresses((ONE, Source(1, "", "https://example.net/"), TWO)) == {1: "", 2: TWO.url}
    assert addresses((ONE, Source(1, "again", ONE.url))) == {1: ONE.url}


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("a[1][ref_2]b", ["1", "2"]),
        ("[12345][123456]", ["12345"]),
        ("[ref_] [ref_a] [] [-1] [1 ] [1,2] [REF_1] [١]", []),
    ],
)
def test_markers_are_the_two_documented_forms(text: str, numbers: list[str]) -> None:
    assert MARKER.findall(text) == numbers


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "ftp://example.com/",
        "//example.com/",
        "example.com",
        "https://",
        "https:///path",
        "https://exa mple.com/",
        "https://example.com/\n",
        "https://example.com/\u202etxt.exe",
        "https://good.example\\@evil.example/",
        "https://example.com/" + "x" * 8_000,
        "https://[broken/",
        "",
    ],
)
def test_only_addresses_of_the_web_are_any(url: str) -> None:
    assert web_address(url) == ""


def test_addresses_of_the_web_stay_what_they_are() -> None:
    for url in (
        "http://example.com",
        "HTTPS://Example.com/a?b=c#d",
        "https://例子.测试/路径",
        "https://a@b.example:8443/",
    ):
        assert web_address(url) == url
    assert host_of("https://google.com@evil.example/") == "evil.example"
    assert host_of("https://例子.测试/") == "xn--fsqu00a.xn--0zwm56d"


def test_a_title_is_one_plain_line() -> None:
    assert title_of(Source(1, "a\u202eb\x1b[31m\n\n  c\x00", "")) == "ab[31m c"
    assert title_of(Source(1, " \u2066", "https://example.com/x", "Site")) == "Site"
    assert title_of(Source(1, "", "https://example.com/x")) == "example.com"
    assert title_of(Source(1, "", "javascript:x")) == "Untitled page"
    assert len(title_of(Source(1, "x" * 1_000_000, ""))) == 200


def test_lines_for_a_terminal_are_bounded() -> None:
    assert source_lines([ONE, Source(2, "Bad", "javascript:x")]) == ["[1] One https://example.com/1", "[2] Bad"]
    lines = source_lines([ONE] * 10_000)
    assert len(lines) == MOST_LINES + 1
    assert lines[-1] == "and 9,900 more"
