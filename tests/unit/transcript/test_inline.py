"""Inline tokens to runs: looks, links, and characters that must not act."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qwen_desktop.core.web_address import host_of
from qwen_desktop.ui.transcript.inline import PLAIN, Look, plain_of, runs_of, safe_url, shown, shown_code, with_sources
from qwen_desktop.ui.transcript.markdown import parser


def runs(text: str):
    return runs_of(parser().parse(text, {})[1])


def test_looks_of_runs():
    assert runs("a **b *c*** `d` ~~e~~") == [
        ("a ", PLAIN),
        ("b ", Look(bold=True)),
        ("c", Look(bold=True, italic=True)),
        (" ", PLAIN),
        ("d", Look(code=True)),
        (" ", PLAIN),
        ("e", Look(struck=True)),
    ]


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("see https://qwen.ai/a_b?c=1.", "https://qwen.ai/a_b?c=1"),
        ("见https://qwen.ai/a。好", "https://qwen.ai/a"),
        ("(https://en.wikipedia.org/wiki/A_(b))", "https://en.wikipedia.org/wiki/A_(b)"),
        ("<https://qwen.ai>", "https://qwen.ai"),
        ("[x](https://qwen.ai 'title')", "https://qwen.ai"),
        ("[x](mailto:a@b.example)", "mailto:a@b.example"),
    ],
)
def test_addresses_become_links(text, url):
    assert [look.url for _, look in runs(text) if look.url] == [url]


@pytest.mark.parametrize(
    "url", ["javascript:x", "file:///x", "data:x", "ftp://x", "x", "https://a b", "http://a\u202eb", ""]
)
def test_other_addresses_do_not(url):
    assert safe_url(url) == ""


def test_a_formula_is_a_run_of_its_own_with_its_source_as_text():
    assert runs("so $x_1 * y_2$ is") == [
        ("so ", PLAIN),
        ("$x_1 * y_2$", Look(tex="x_1 * y_2")),
        (" is", PLAIN),
    ]
    assert runs(r"**a \(b\)**$$c$$") == [
        ("a ", Look(bold=True)),
        (r"\(b\)", Look(bold=True, tex="b")),
        ("$$c$$", Look(tex="c", is_display=True)),
    ]


def test_an_address_in_code_is_no_link():
    assert runs("`https://qwen.ai`") == [("https://qwen.ai", Look(code=True))]


@given(st.text(alphabet=st.characters(), max_size=200))
def test_what_is_shown_is_as_long_as_what_was_written_and_has_no_control_characters(text):
    for made in (shown(text), shown_code(text)):
        assert len(made) == len(text)
        assert not any(ord(c) < 32 and c not in "\t\n" for c in made)
        assert not any(0xD800 <= ord(c) < 0xE000 for c in made)


def test_heaped_marks_lose_their_height():
    assert shown("e" + "\u0301" * 50).count("\u0301") == 4


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://Example.com:8080/a.png", "example.com"),
        ("https://example.com@evil.test/a.png", "evil.test"),
        ("https://ex\u0430mple.com/a.png", "xn--exmple-4nf.com"),
        ("https://[::1]/a.png", "::1"),
        ("https://[bad/a.png", ""),
        ("mailto:a@example.com", ""),
    ],
)
def test_the_host_of_a_picture_is_the_one_that_would_be_asked(url, host):
    assert host_of(url) == host


def test_a_picture_is_told_from_a_link():
    assert runs("![a](https://x.test/y.png)") == [("a", Look(url="image:https://x.test/y.png"))]
    assert runs("[![a](https://x.test/y.png)](https://z.test)") == [("a", Look(url="https://z.test"))]
    assert runs("![a](data:image/png;base64,AAAA)") == [("a", Look())]
    assert runs("![a](file:///etc/passwd)") == [("![a](file:///etc/passwd)", Look())]


SOURCES = {1: "https://example.com/1", 2: "https://example.org/2", 3: "javascript:alert(1)", 4: "data:x", 5: ""}


def linked(text: str) -> list[tuple[str, str]]:
    """What leads somewhere, and where to; the text itself must not change."""
    plain = runs(text)
    found = with_sources(plain, SOURCES)
    assert plain_of(found) == plain_of(plain)
    assert with_sources(found, SOURCES) == found
    return [(words, look.url) for words, look in found if look.url]


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("a[1] b[ref_2].", [("[1]", SOURCES[1]), ("[ref_2]", SOURCES[2])]),
        ("云[1][2]。", [("[1]", SOURCES[1]), ("[2]", SOURCES[2])]),
        ("**bold[1]**", [("[1]", SOURCES[1])]),
        ("a[7] [ref_9] [0]", []),
        ("bad[3] worse[4] none[5]", []),
        ("`a[1]` and ``[ref_2]``", []),
        ("so $x[1]$ is", []),
        ("[1](https://qwen.ai)", [("1", "https://qwen.ai")]),
        ("![[1]](https://qwen.ai/x.png)", [("[1]", "image:https://qwen.ai/x.png")]),
        ("see https://qwen.ai/a[1]", [("https://qwen.ai/a[1", "https://qwen.ai/a[1")]),
    ],
)
def test_numbers_of_sources_lead_to_them_outside_code(text, links):
    assert linked(text) == links


def test_numbers_keep_the_looks_they_stand_in():
    assert with_sources(runs("**b[1]**"), SOURCES) == [
        ("b", Look(bold=True)),
        ("[1]", Look(bold=True, url=SOURCES[1])),
    ]
    assert with_sources(runs("x[1]"), {}) == [("x[1]", PLAIN)]
