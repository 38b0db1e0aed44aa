"""Long paragraphs that grow are read as the parser's own rules would read them, however they are cut."""

from __future__ import annotations

import os
import random
import time

import pytest
from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin

from qwen_desktop.ui.transcript import grown_text
from qwen_desktop.ui.transcript.inline import runs_of
from qwen_desktop.ui.transcript.markdown import DEEPEST_LEVEL, parser
from qwen_desktop.ui.transcript.math_rules import inline_math, math_block
from qwen_desktop.ui.transcript.paragraph_rule import ENDS
from qwen_desktop.ui.transcript.stream import MarkdownStream
from tests.unit.transcript.test_stream_equals_whole_parse import LINES, html

SECONDS = float(os.environ.get("MARKDOWN_FUZZ_S", "0"))
PARTS = """word|two words|*em*|**bold|bold**|***|_|snake_case|*|`|``|`code span`|[foo]|[foo] (x)|[foo](/u)|[a|b](/u "t
t")|![i](/i)|[x][foo]|[|]|]: /u|(|)|<|>|<http://x.y>|&amp;|&|$|$x$|$5 and $6|$$|\\(|\\)|\\[|\\]|\\*|\\`|\\|  |
文字，|中文字*符号*中文|。|文[字](/u)字|[中文](字中|~~|~~gone~~|https://a.b/c_d_e|!|'|"|.|1. x|- x|> x|===|---|# x
"""


@pytest.fixture
def reference() -> MarkdownIt:
    """Our parser without our rules for paragraphs and for texts that grow."""
    markdown = MarkdownIt("commonmark", {"html": False, "maxNesting": DEEPEST_LEVEL})
    markdown.enable(["table", "strikethrough"])
    markdown.use(dollarmath_plugin)
    markdown.inline.ruler.at("math_inline", inline_math)
    markdown.block.ruler.at("math_block", math_block, {"alt": ["paragraph", "reference", "blockquote", "list"]})
    return markdown


@pytest.fixture
def cuts_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grown_text, "LONGEST_REST", 24)
    monkeypatch.setattr(grown_text, "MARGIN", 6)


def paragraph(chance: random.Random) -> str:
    quote = "> " if chance.random() < 0.3 else ""
    text = quote
    for _ in range(chance.randint(10, 60)):
        text += chance.choice(PARTS.split("|")) + chance.choice(["", " ", " ", " ", "  ", f"\n{quote}", f"  \n{quote}"])
    if chance.random() < 0.3:
        text += "\n\n[foo]: /late\n"
    return text


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.usefixtures("cuts_often")
def test_text_that_grows_has_the_tokens_of_the_whole(seed: int, reference: MarkdownIt) -> None:
    chance, end = random.Random(seed), time.monotonic() + SECONDS
    documents = 0
    while documents < 60 or time.monotonic() < end:
        documents += 1
        text, stream, at = paragraph(chance), MarkdownStream(), 0
        while at < len(text):
            size = chance.choice([1, 2, 5, 20, 60])
            stream.feed(text[at : at + size])
            at += size
            stream.update(final=at >= len(text))
            whole = reference.parse(text[:at], {})
            assert "".join(html(block.tokens) for block in stream.blocks) == html(whole), text[:at]
            texts = [token for block in stream.blocks for token in block.tokens if token.type == "inline"]
            assert list(map(runs_of, texts)) == [runs_of(token) for token in whole if token.type == "inline"], text[:at]
            expected = [token.as_dict() for token in whole if token.type == "inline"]
            assert [_without_place(token.as_dict()) for token in texts] == list(map(_without_place, expected)), text[
                :at
            ]


def _without_place(token: dict[str, object]) -> dict[str, object]:
    """Blocks count lines from where they were read; of a text that grows its token has more to tell."""
    return {name: value for name, value in token.items() if name not in ("map", "meta")}


@pytest.mark.usefixtures("cuts_often")
def test_most_of_a_long_text_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    stream, read = MarkdownStream(), []
    parse = parser().inline.parse
    monkeypatch.setattr(parser().inline, "parse", lambda src, *rest: read.append(len(src)) or parse(src, *rest))
    for number in range(200):
        stream.feed(f"words {number} and **more** words, [with] `code` ")
        stream.update()
    assert max(read[-50:]) < 200


@pytest.mark.parametrize("seed", range(4))
def test_blocks_are_those_of_the_parsers_own_rules(seed: int, reference: MarkdownIt) -> None:
    chance, end = random.Random(seed), time.monotonic() + SECONDS
    documents = 0
    while documents < 400 or time.monotonic() < end:
        documents += 1
        text = "\n".join(chance.choice(LINES) for _ in range(chance.randint(1, 14)))
        ours, theirs = parser().parse(text, {"references": {}}), reference.parse(text, {"references": {}})
        assert [token.as_dict() for token in ours] == [token.as_dict() for token in theirs], text


def test_every_rule_that_may_end_a_paragraph_is_known() -> None:
    ruler = parser().block.ruler
    ending = {rule.name for rule in ruler.__rules__ if "paragraph" in rule.alt}
    assert ending <= ENDS
