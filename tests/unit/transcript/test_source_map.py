"""Rendered characters to Markdown and back: slices that can be pasted, where a find hit is seen."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from qwen_desktop.ui.transcript.inline import plain_of, runs_of
from qwen_desktop.ui.transcript.markdown import parser
from qwen_desktop.ui.transcript.source_map import markdown_slice, rendered_range, source_map, source_offset

WORDS = st.sampled_from(
    ["word", "two words", "中文", "，", "😀", "e\u0301", "x_y_z", "3 * 4", "a", ".", "1. ", "#", "- "],
)
MARKUP = [
    "&amp;", "&lt;", "\\*", "\\q", "`code`", "`` a`b ``", "` x `", "$x_1$", "<https://qwen.ai/a>", "![p](https://q.w)",
    "\n", "\\\n", "*", "_", "**", "~~", "`", "[", "](", "$", "\\", "<", "!", "https://a.b/c_d",
]  # fmt: skip
LEAVES = st.one_of(WORDS, st.sampled_from(MARKUP))
CONTENTS = st.recursive(
    st.lists(LEAVES, min_size=1, max_size=4).map("".join),
    lambda inner: st.one_of(
        inner.map(lambda text: f"*{text}*"),
        inner.map(lambda text: f"**{text}**"),
        inner.map(lambda text: f"~~{text}~~"),
        inner.map(lambda text: f"[{text}](https://qwen.ai 'title')"),
        st.lists(inner, min_size=2, max_size=4).map(" ".join),
        st.lists(inner, min_size=2, max_size=4).map("".join),
    ),
    max_leaves=8,
)


def reading(content: str) -> str:
    return plain_of(runs_of(parser().parseInline(content, {"references": {}})[0]))


@given(CONTENTS)
@settings(max_examples=150, deadline=None)
@example("~~~a~~~")
@example("***a** b*")
def test_the_map_renders_what_the_transcript_shows(content):
    found = source_map(content)
    assert found.rendered == reading(content)
    ends = [atom.source for atom in found.atoms]
    assert all(a[1] <= b[0] for a, b in itertools.pairwise(ends))
    assert markdown_slice(content, 0, len(found.rendered)) == content


@given(CONTENTS, st.data())
@settings(max_examples=250, deadline=None)
def test_a_slice_shows_the_characters_that_were_chosen(content, data):
    found = source_map(content)
    begin = data.draw(st.integers(0, len(found.rendered)))
    end = data.draw(st.integers(begin, len(found.rendered)))
    if begin == 0 and end == len(found.rendered):
        return
    sliced = markdown_slice(content, begin, end)
    if begin < end:
        first, last = found.atom_at(begin), found.atom_at(end - 1)
        begin = first.begin if first.kind == "whole" else begin
        end = last.end if last.kind == "whole" else end
    tokens = parser().parse(sliced.strip(), {})
    assert [token.type for token in tokens] in ([], ["paragraph_open", "inline", "paragraph_close"])
    assert plain_of(runs_of(tokens[1] if tokens else None)).strip() == found.rendered[begin:end].strip()


@pytest.mark.parametrize("content", ["~~~~，[~~~~", "x \\[", "x \\[ y \\]"])
def test_an_escaped_bracket_alone_begins_no_formula(content):
    at = source_map(content).rendered.index("[")
    tokens = parser().parse(markdown_slice(content, at, at + 1), {})
    assert plain_of(runs_of(tokens[1])) == "["


@given(CONTENTS)
@settings(max_examples=100, deadline=None)
def test_every_rendered_character_is_found_again_by_its_source(content):
    found = source_map(content)
    for position in range(len(found.rendered)):
        at = source_offset(content, position)
        begin, end = rendered_range(content, at, at + 1)
        assert begin <= position < end


@pytest.mark.parametrize(
    ("content", "chosen", "expected"),
    [
        ("**bold text** c", "text c", "**text** c"),
        ("**bold text** c", "bold ", "**bold** "),
        ("see [the page](https://qwen.ai) now", "page", "[page](https://qwen.ai)"),
        ("see [the page](https://qwen.ai) now", "page now", "[page](https://qwen.ai) now"),
        ("see <https://qwen.ai> now", "qwen", "[qwen](https://qwen.ai)"),
        ("see <https://qwen.ai> now", "https://qwen.ai n", "<https://qwen.ai> n"),
        ("run `git commit` now", "commit", "`commit`"),
        ("run `git commit` now", "commit now", "`commit` now"),
        ("run ``a`b`` now", "`b", "`` `b ``"),
        ("so $x_1$ is", "x_1", "$x_1$"),
        ("**a *b c* d**", "c d", "***c* d**"),
        ("~~old thing~~", "old", "~~old~~"),
        ("5 &lt; 6", "<", "&lt;"),
        ("a # b", "# b", "\\# b"),
        ("in 2024. Then", "2024. Th", "2024\\. Th"),
        ("x_y_z", "_y_", "\\_y_"),
        ("你好**世界和平**！", "和平！", "**和平**！"),
        ("**😀 b**", "😀", "**😀**"),
    ],
)
def test_slices(content, chosen, expected):
    begin = source_map(content).rendered.index(chosen)
    assert markdown_slice(content, begin, begin + len(chosen)) == expected


def test_a_part_of_a_reference_link_takes_its_address_along():
    references = {"REF": {"href": "https://qwen.ai", "title": "T"}}
    content = "see [some words][ref] and [ref]"
    assert markdown_slice(content, 4, 8, references) == '[some](https://qwen.ai "T")'
    assert markdown_slice(content, 4, 17, references) == "[some words][ref] an"
    assert markdown_slice(content, 19, 21, references) == '[re](https://qwen.ai "T")'


@pytest.mark.parametrize(
    ("content", "found", "seen"),
    [("a **bold** c", "bold", "bold"), ("a **bold** c", "**", ""), ("x `co de` y", "de", "de"),
     ("x $a_b$ y", "_", "$a_b$"),
     ("[t](https://qwen.ai)", "qwen", ""), ("&amp;x", "x", "x")],
)  # fmt: skip
def test_where_a_find_hit_is_seen(content, found, seen):
    at = content.index(found)
    begin, end = rendered_range(content, at, at + len(found))
    assert source_map(content).rendered[begin:end] == seen
