"""Paragraphs that go on are not looked for again, and are what a parse of all the text says they are."""

from __future__ import annotations

import os
import random
import time

import pytest

from qwen_desktop.ui.transcript import stream as stream_module
from qwen_desktop.ui.transcript.inline import runs_of
from qwen_desktop.ui.transcript.markdown import parser
from qwen_desktop.ui.transcript.open_text import OpenText
from qwen_desktop.ui.transcript.stream import MarkdownStream
from tests.unit.transcript.test_stream import parsed as parsed
from tests.unit.transcript.test_stream_equals_whole_parse import disagreement

SECONDS = float(os.environ.get("MARKDOWN_FUZZ_S", "0"))
SEED = os.environ.get("MARKDOWN_FUZZ_SEED", "")
MARKS = ["", "", "> ", "> > ", "- ", "1. ", "> - ", "  ", ">", "   > "]
LINES = """word|two words here|a | b|文字，中文|**bold** words|*em* words|`code` words|_em_|bar]: /u|three  |(five)|“六”
four \\|\t seven|end.\u3000|[foo] bar|see [foo]|the [a](/u)|$x$ y|www.x.y|&amp;|é|x\u00a0|y\x85|z\u2003
""".replace("\n", "|").split("|")
OTHERS = """---|===|=|-|- x|* x|1. x|1) x|# x|```|~~~|$$|\\[|\\]|> x|>|> > x|>> x|||-|-|:-:|a|-|<div>|    code|\tcode
***|__|[foo]: /u|[foo]: /u 'ti|tle'|[foo|[ ] x|+|#|x|= |- |1.|>  x|  x| \t |**|``|`|*|_x|__x|**x|***x|\\a|& x|" x|(
2. x|10. x|-x|""".replace("\n", "|").split("|")


def document(chance: random.Random) -> str:
    """Mostly lines that go on, behind the same marks, and now and then something else."""
    text, marks = "", chance.choice(MARKS)
    for _ in range(chance.randint(2, 14)):
        kind = chance.random()
        if kind < 0.1:
            marks = chance.choice(MARKS)
        line = chance.choice(LINES) if kind < 0.8 else chance.choice(OTHERS)
        text += (marks if chance.random() < 0.95 else "") + line + ("\n" if chance.random() < 0.98 else "\r\n")
    return text


@pytest.mark.parametrize("seed", range(4))
def test_text_that_goes_on_is_what_a_parse_of_the_whole_gives(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    grown: list[bool] = []
    grow = OpenText.grow
    monkeypatch.setattr(OpenText, "grow", lambda self, text: grown.append(done := grow(self, text)) or done)
    chance, end = random.Random(f"open text {seed} {SEED}"), time.monotonic() + SECONDS
    documents, updates = 0, list[int]()
    while documents < 250 or time.monotonic() < end:
        documents += 1
        found = disagreement(document(chance), chance, updates)
        assert found is None, repr(found)
    assert sum(grown) > len(updates) / 10, "much of it was to be read without a parse"


@pytest.mark.parametrize(
    ("begin", "more"),
    [
        ("One paragraph", " with more words,\nand **more** lines,\nthree of them\n"),
        ("> A quote", " that goes\n> on and on\n> and on\n"),
        ("> > Two", " quotes\n> > and one line\n> > more"),
        ("- an item that goes on", " and on"),
        ("> 1. an item", " in a quote"),
    ],
)
def test_more_text_is_read_without_looking_for_blocks(begin: str, more: str, parsed: list[int]) -> None:
    stream = MarkdownStream()
    for piece in (begin, *more):
        stream.feed(piece)
        stream.update()
        assert runs_of(next(token for token in stream.blocks[-1].tokens if token.type == "inline"))
    assert len(parsed) == 1
    tokens = [token for block in stream.blocks for token in block.tokens]
    assert parser().renderer.render(tokens, parser().options, {}) == parser().render(begin + more)
    expected = [runs_of(token) for token in parser().parse(begin + more) if token.type == "inline"]
    assert [runs_of(token) for token in tokens if token.type == "inline"] == expected
    assert [token.map for token in tokens] == [token.map for token in parser().parse(begin + more)]


def test_a_line_below_that_makes_it_a_heading_is_seen() -> None:
    stream = MarkdownStream()
    for piece in ("Some words", " more", "\n", "-", "--", "\n"):
        stream.feed(piece)
        stream.update()
    assert [block.kind for block in stream.blocks] == ["heading"]


def test_text_that_gets_too_long_is_shown_as_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream_module, "LONGEST_TEXT", 400)
    stream, text = MarkdownStream(), ""
    for number in range(200):
        piece = f"words {number}\n"
        text += piece
        stream.feed(piece)
        stream.update()
    assert {block.kind for block in stream.blocks} == {"plain"}
    assert "".join(block.src for block in stream.blocks) == text
