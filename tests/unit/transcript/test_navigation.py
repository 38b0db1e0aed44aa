"""Where the keys lead: messages and headings, whether or not they have a widget."""

from __future__ import annotations

import time

import pytest

from qwen_desktop.ui.transcript.contents import contents_words, counts_of
from qwen_desktop.ui.transcript.navigation import Target, headings_of, next_message, search_heading
from tests.yardstick import slower

TEXT = """# One
text
```sh
# no heading
```
Under
-----
## Two ##
> ### Quoted
$$
# formula
$$
#hashtag
"""


def test_headings_are_found_where_markdown_has_them():
    assert [(h.level, h.words) for h in headings_of(TEXT)] == [(1, "One"), (2, "Under"), (2, "Two"), (3, "Quoted")]
    assert all(TEXT[h.offset :].lstrip("> #").startswith(h.words) for h in headings_of(TEXT))


def test_headings_are_those_of_the_parser():
    from qwen_desktop.ui.transcript.markdown import parser

    tokens = parser().parse(TEXT)
    parsed = [tokens[index + 1].content for index, token in enumerate(tokens) if token.type == "heading_open"]
    assert [h.words for h in headings_of(TEXT)] == parsed


@pytest.mark.parametrize(
    ("current", "step", "target"), [(2, 1, 3), (2, -1, 1), (3, 1, None), (1, -1, None), (None, -1, 3), (9, 1, 3)]
)
def test_the_next_message(current, step, target):
    assert next_message([1, 2, 3], current, step) == (None if target is None else Target(target))
    assert next_message([], current, step) is None


def next_heading(*place) -> Target | None:
    """The heading that a whole search comes to."""
    return next((found for found in search_heading(*place) if found), None)


def test_headings_are_walked_from_message_to_message_both_ways():
    texts = {1: "", 2: TEXT, 3: "no heading", 4: "intro\n\n# Last\n"}
    asked = []

    def walk(current, offset, step):
        words = []
        while target := next_heading(list(texts), lambda n: asked.append(n) or texts[n], current, offset, step):
            words.append(target.heading.words)
            current, offset = target.message_id, target.heading.offset
        return words

    assert walk(1, None, 1) == ["One", "Under", "Two", "Quoted", "Last"]
    assert walk(None, None, -1) == ["Last", "Quoted", "Two", "Under", "One"]
    asked.clear()
    assert next_heading(list(texts), lambda n: asked.append(n) or texts[n], 2, None, 1) is not None
    assert asked == [2], "messages behind the target are not read"


def test_what_a_reply_holds_is_counted():
    text = "```py\n| a |\n|---|\n```\n\n| a | b |\n|---|:-:|\n| 1 | 2 |\n\n$$\nx\n$$\n"
    text += "The $x^2$ and $y$; 5$ or 6$.\n- ~~~\n  c\n  ~~~\n"
    assert counts_of(text) == (2, 1, 3)
    assert contents_words(text) == "code blocks: 2 · tables: 1 · formulas: 3"
    assert contents_words("plain") == ""


HOSTILE = {
    "spaces": " " * 300_000,
    "a heading of spaces": "# a" + " " * 300_000 + "x",
    "quotes": "> " * 150_000,
    "marks": "#" * 300_000,
    "backticks": "`" * 300_000,
    "dollars": "$" * 300_000,
    "money": "$a " * 100_000,
    "rows": "|-" * 150_000,
    "rules": "---\n" * 75_000,
    "blank lines": "   \n" * 75_000,
    "items": "- " * 150_000,
    "underlined": "a\n-" * 100_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_no_text_takes_longer_than_its_length(name):
    """What grew with the square of the length would take minutes here."""
    began = time.process_time()
    list(headings_of(HOSTILE[name]))
    counts_of(HOSTILE[name])
    assert time.process_time() - began < 2 * slower()


@pytest.mark.parametrize(
    ("text", "headings"),
    [
        ("# a #", ["a"]),
        ("# a#", ["a#"]),
        ("## #", [""]),
        ("#\n", [""]),
        ("#x", []),
        ("    # code", []),
        ("$$ x $$\n# a", ["a"]),
        ("```\n# a\n", []),
        ("~~~\n```\n# a\n~~~\n# b", ["b"]),
        ("- ```\n  # a\n  ```\n\n# b", ["b"]),
        ("a\n===\nb\n---", ["a", "b"]),
        ("- a\n---", []),
    ],
)
def test_what_is_a_heading(text, headings):
    assert [heading.words for heading in headings_of(text)] == headings
