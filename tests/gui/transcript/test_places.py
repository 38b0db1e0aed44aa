"""Places in the text to what is painted, and back, in generated texts and in every kind of block."""

from __future__ import annotations

import random
import re

import pytest

from qwen_desktop.ui.transcript.blocks import Piece
from qwen_desktop.ui.transcript.flow import has_formulas
from qwen_desktop.ui.transcript.places import mark_of, offset_of, stretches_of
from tests.gui.transcript.conftest import prompt, reply
from tests.unit.transcript.test_copying import TEXT
from tests.unit.transcript.test_stream_equals_whole_parse import any_document


def seen(flow, stretches) -> str:
    """What is painted in some stretches."""
    return "".join(flow.exact_piece(piece).plain(first, last) for piece, first, last in stretches)


@pytest.fixture
def flow_of(view):
    """What shows a text, at once."""

    def flow_of(text: str, *, is_prompt: bool = False):
        view.show_messages([prompt(1, text) if is_prompt else reply(1, text)])
        return view.rows[0].widget.body

    return flow_of


def find(flow, text: str, word: str) -> str:
    """What is painted of the first place at which a word was written."""
    begin = text.index(word)
    return seen(flow, stretches_of(flow, text, begin, begin + len(word)))


KINDS = {
    "paragraph": "before needle after",
    "second line": "before\nbefore needle after",
    "bold": "x **a needle b** y",
    "part of bold": "x **needle** y",
    "bold and italic": "***a* needle**",
    "inline code": "x `code` and `needle here` y",
    "after inline code": "`a` `b` `c` needle",
    "link": "see [the needle](https://qwen.ai) there",
    "behind a link": "see [the](https://qwen.ai/thread) [x][y] needle\n\n[y]: /url",
    "heading": "# Head\n\n## A *small* needle ##\n\ntext",
    "setext heading": "A\nneedle\n===\n\ntext",
    "fence": "text\n\n```py\nline 1\n  needle = 2\n```\n",
    "second piece of a fence": "```\n" + "line\n" * 70 + "a needle\n" + "line\n" * 9 + "```",
    "long line of a fence": "```\n" + "w" * 2_500 + "needle" + "w" * 300 + "\n```",
    "indented code": "text\n\n    code\n      needle\n",
    "table head": "| a | the needle |\n|---|---|\n| 1 | 2 |",
    "table cell": "| a | b |\n|---|:-:|\n| 1 | 2 |\n| x **y** | a *needle* |",
    "far row of a table": "| a | b |\n|---|---|\n" + "| r | v |\n" * 30 + "| `x` | needle |\n",
    "cell with a bar": "| a | b |\n|---|---|\n| \\| x | needle |",
    "bullet": "- one\n- two needle\n- three",
    "loose bullet": "- one\n\n- two\n\n  needle\n\n- three",
    "nested": "1. one\n   - two\n     - needle\n2. x",
    "task": "- [ ] open\n- [x] done needle",
    "first word of a task": "- [x] needle done",
    "quote": "> quoted\n> a needle\n",
    "quote in quote": "> one\n> > two\n> > needle\n>\n> three",
    "code in a quote in a list": "- a\n\n  > ```\n  > x needle\n  > ```\n",
    "lazy": "> quoted\nneedle lazy",
    "escaped": "\\*not\\* \\_x\\_ needle",
    "entity": "&amp; &lt;b&gt; &copy; needle",
    "hard break": "one  \ntwo\\\nneedle",
    "emoji": "😀😀 👩‍👩‍👧 **😀** needle 😀",
    "emoji in code": "```\n😀😀 needle\n```",
    "emoji in a cell": "| 😀 | 😀😀 needle |\n|---|---|\n| 1 | 2 |",
    "Chinese": "中文，**段落** needle 更多",
    "line ends of two": "one\r\n\r\n- two\r\n- three needle\r\n",
    "line ends of two in code": "x\r\n\r\n```\r\na\r\nb needle\r\n```\r\n",
    "nul": "a\0b **c\0d** needle",
    "formula before": "the $x^2$ and $$y$$ needle",
    "strike": "~~gone needle~~",
    "picture": "![a picture](https://qwen.ai/x.png) needle",
    "autolink": "<https://qwen.ai> needle",
    "html": "<b>bold</b> needle <br>",
    "tab": "a\tb\tneedle\n\n-\tneedles",
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_word_is_painted_where_it_was_written(flow_of, kind):
    for before in ("", "😀 intro\r\n\r\n", "# Head\n\n- a\n\n  b\n\n"):
        text = before + KINDS[kind]
        flow = flow_of(text)
        assert find(flow, text, "needle") == "needle", repr(text)
        begin = text.index("needle")
        assert text[offset_of(flow, text, mark_of(flow, text, begin)) :].startswith("needle")
        (piece, first, _), *_ = stretches_of(flow, text, begin + 5, begin + 6)
        assert offset_of(flow, text, (piece, first)) == begin + 5


@pytest.mark.parametrize(
    "text", ["a 😀 b", "```\na 😀\nb\n```", "| 😀 | a |\n|---|---|\n| 1 | 2 |", "**😀**", "`😀` b"]
)
def test_a_character_of_two_units_is_painted_whole(flow_of, text):
    assert find(flow_of(text), text, "😀") == "😀"


@pytest.mark.parametrize(
    "text", ["`a` and `b`", "words", "世界`代码`和`x`", "`😀` and `b`", "`a``b`", "*`a`* $x^2$ `b`"]
)
def test_the_short_way_to_a_position_is_the_long_one(flow_of, text):
    piece = flow_of(text).exact_piece(0)
    size = len(piece.plain(0, piece.text_length))
    for character in range(size + 2):
        assert piece.position_behind(character) == Piece.position_behind(piece, character), character


def test_in_a_prompt_all_is_as_it_was_typed(flow_of):
    for text in KINDS.values():
        flow = flow_of(text, is_prompt=True)
    while flow.is_reading:
        flow.read_some(1.0)
        for begin in range(0, len(text), 7):
            piece = text[begin : begin + 9].split("\n")[0]
            got = seen(flow, stretches_of(flow, text, begin, begin + len(piece)))
            assert re.sub(r"[\0\r\t\ufffd\u2400-\u2426 ]", "", got) == re.sub(r"[\0\r\t ]", "", piece), repr(text)


def test_a_long_prompt_that_is_not_laid_out(flow_of):
    text = "".join(f"😀 word{n} goes on" + ("\r\n" if n % 9 == 0 else " ") for n in range(3_000))
    flow = flow_of(text, is_prompt=True)
    while flow.is_reading:
        flow.read_some(1.0)
    assert not flow.pieces[10].is_exact
    for number in (0, 9, 500, 1_500, 2_999):
        word = f"word{number} "
        assert find(flow, text, word) == word
        begin = text.index(word)
        assert offset_of(flow, text, mark_of(flow, text, begin)) == begin
    assert not flow.pieces[25].is_exact


LONG = "".join(f"Paragraph {n} 😀 with **bold{n}** `code{n}`\r\n\r\n- item{n}\r\n\r\n" for n in range(900))


def test_in_a_text_that_is_read_in_slices(view, qtbot, settled):
    view.show_messages([reply(1, LONG)])
    flow = view.rows[0].widget.body
    assert flow.is_reading
    rounds = 0

    def is_read() -> bool:
        nonlocal rounds
        rounds += 1
        for number in (0, 10, 450, 899):
            for word in (f"bold{number}", f"code{number}", f"item{number}"):
                assert find(flow, LONG, word) == word
                begin = LONG.index(word)
                assert LONG[offset_of(flow, LONG, mark_of(flow, LONG, begin)) :].startswith(word)
        return not flow.is_reading

    qtbot.waitUntil(is_read, timeout=20_000)
    assert rounds > 3
    settled()


def test_in_a_reply_that_has_grown_beyond_what_was_given_to_the_pieces(streaming, settled):
    streaming.append_text(2, "intro\n\n" + LONG)
    streaming.flush()
    flow = streaming.widget_of(2).body
    assert flow.is_reading
    streaming.append_text(2, "more that is not shown yet " * 50)
    text = streaming.text_of(2)
    for number in (5, 450, 899):
        assert find(flow, text, f"bold{number}") == f"bold{number}"
    settled()


def test_marks_come_back_in_anything(flow_of):
    chance = random.Random("places")
    for text in [TEXT, TEXT.replace("\n", "\r\n"), *(any_document(chance) for _ in range(60))]:
        flow = flow_of(text)
        for _ in range(12):
            if not flow.pieces:
                continue
            index = chance.randrange(len(flow.pieces))
            piece = flow.exact_piece(index)
            position = chance.randint(0, piece.text_length)
            offset = offset_of(flow, text, (index, position))
            assert 0 <= offset <= len(text)
            found = mark_of(flow, text, offset)
            assert offset_of(flow, text, found) >= 0
            before, after = piece.plain(0, position), piece.plain(position, piece.text_length)
            if piece.kind == "text" and after[:1].isalpha() and after[:1].isascii() and not has_formulas(flow, index):
                assert found[0] == index, repr(text)
                assert piece.plain(0, found[1]) == before, repr(text)
                assert text[offset] == after[0], repr(text)


def test_any_stretch_of_anything_is_painted_somewhere_or_nowhere(flow_of):
    chance = random.Random("stretches")
    for _ in range(60):
        text = any_document(chance)
        flow = flow_of(text)
        for found in re.finditer(r"[a-z]{4,}", text):
            got = seen(flow, stretches_of(flow, text, *found.span()))
            assert got in ("", found[0]) or found[0] in got or flow.pieces[0].kind == "math", repr((text, found, got))
