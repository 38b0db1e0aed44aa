"""A paragraph that grows is laid out again from its last lines only, and is what it would be laid out all at once."""

from __future__ import annotations

import random
from typing import Any

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QFont, QImage, QPainter

from qwen_desktop.ui.theme import LIGHT
from qwen_desktop.ui.transcript.blocks import EDGE_PX, Place, TextPiece
from qwen_desktop.ui.transcript.inline import PLAIN, Run, runs_of
from qwen_desktop.ui.transcript.markdown import parser
from qwen_desktop.ui.transcript.style import Style
from qwen_desktop.ui.transcript.text_box import TextBox

WIDTH = 420
ENGLISH = "some words and **bold ones**, `code_in(it)` or [a link](https://qwen.ai), 3,141 things; so-called"
CHINESE = "文字随到随显，而页面不动。**已经写完**的段落不再排版：只有`最后`一段（见《说明》）需要重新测量！"
KANA = "ページは動かない。テキストが届くと すぐに表示されます、"
SOURCES = {
    "English": (ENGLISH, "under\tstand", "it's", "a-very-long-word-that-has-no-end/and/goes/on" * 3),
    "Chinese": (CHINESE, "第二句", "共三十二个", "——", "“引”"),
    "mixed": (ENGLISH, CHINESE, KANA, "Ελληνικά слова", "naïve"),
    "emphasis that is closed late": ("**" + ENGLISH.replace("**", ""), "plain words", "and more of them", "closed**"),
    "broken lines": (ENGLISH, "a line  \nand another", "words"),
}


@pytest.fixture
def style(qapp) -> Style:
    font = QFont()
    font.setPointSizeF(10.5)
    return Style(LIGHT, font)


def runs(text: str) -> list[Run]:
    return runs_of(parser().parse(text, {})[1])


def grown(texts: list[str], style: Style) -> tuple[TextPiece, int]:
    """The piece after it had all of the texts, one after the other, and in how many parts it was at most."""
    piece, parts = TextPiece(style, Place(), runs(texts[0])), 1
    piece.lay_out(WIDTH)
    for text in texts[1:]:
        following = TextPiece(style, Place(), runs(text))
        piece.replaced_by(following)
        piece = following
        parts = max(parts, 1 + len(piece.box._laid_by))
    return piece, parts


def prefixes(kind: str, seed: int, size: int) -> list[str]:
    chance = random.Random(seed)
    text, texts = "", []
    while len(text) < size:
        text += chance.choice(SOURCES[kind]) + chance.choice((" ", " ", "") if kind != "English" else (" ",))
        texts.append(text)
        if chance.random() < 0.6:
            texts.append(text[: -chance.randrange(1, 5)])
    return sorted(filter(None, texts), key=len)


def picture(box: TextBox) -> QImage:
    image = QImage(WIDTH, box.height, QImage.Format.Format_RGB32)
    image.fill(0xFFFFFF)
    painter = QPainter(image)
    box.draw(painter, 0, 0, QRectF(image.rect()), [(40, 900, "selected")])
    painter.end()
    return image


@pytest.mark.parametrize("kind", SOURCES)
def test_it_is_what_it_would_be_all_at_once(kind: str, style: Style) -> None:
    texts = prefixes(kind, 1, 2_800)
    piece, parts = grown(texts, style)
    assert parts >= (1 if kind == "broken lines" else 2)
    whole = TextPiece(style, Place(), runs(texts[-1]))
    whole.lay_out(WIDTH)
    box, other = piece.box, whole.box
    assert (piece.height, piece.text_length) == (whole.height, whole.text_length)
    assert (box._starts, box._tops, box._lifts) == (other._starts, other._tops, other._lifts)
    assert box.end_of_text() == other.end_of_text()
    assert box.plain(0, box.length) == other.plain(0, other.length)
    starts = [box._start.position, *(start.position for start, _ in box._laid_by)]
    met = [near for start in starts for near in range(max(0, start - 12), start + 12)]
    for position in sorted({*range(0, box.length + 1, 9), *met, box.length}):
        assert box.caret(position) == other.caret(position)
        if position < box.length:
            assert box.word_at(position) == other.word_at(position)
            assert box.rects(position, position + 300) == other.rects(position, position + 300)
        for is_back in (False, True):
            for by_word in (False, True):
                steps = [one.step(position, is_back=is_back, by_word=by_word) for one in (box, other)]
                assert steps[0] == steps[1], (position, is_back, by_word, box._text[position - 5 : position + 5])
    for y in range(-3, box.height + 9, 17):
        for x in (-5.0, 33.3, 180.0, 900.0):
            assert box.position_at(x, y) == other.position_at(x, y)
            assert box.link_at(x, y) == other.link_at(x, y)
    assert picture(box) == picture(other)


def test_another_width_is_laid_out_from_new(style: Style) -> None:
    piece, parts = grown(prefixes("English", 5, 3_000), style)
    assert parts > 1
    piece.lay_out(300)
    whole = TextPiece(style, Place(), piece.runs)
    whole.lay_out(300)
    assert piece.box._starts == whole.box._starts
    assert piece.height == whole.height


@pytest.mark.parametrize("word", ["שלום", "😀", "\u2067abc\u2069"])
def test_text_of_one_piece_stays_in_one(word: str, style: Style) -> None:
    texts = prefixes("English", 6, 2_500)
    _, parts = grown([f"{text} {word} {text}" for text in texts], style)
    assert parts == 1
    late, _ = grown([*texts, f"{texts[-1]} {word}"], style)
    assert not late.box._laid_by


def test_only_the_last_lines_are_laid_out_again(style: Style, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a count of lines: of a long paragraph few are made, however long it is."""
    made: list[int] = []
    break_lines = TextBox._break_lines

    def counting(box: TextBox, *arguments: Any) -> None:
        before = len(box._starts)
        break_lines(box, *arguments)
        made.append(len(box._starts) - before)

    monkeypatch.setattr(TextBox, "_break_lines", counting)
    text = " ".join(f"word{n} and" for n in range(900))
    texts = [text[:size] for size in range(4_000, len(text), 40)]
    piece, _ = grown(texts, style)
    assert len(piece.box._starts) > 100
    late = made[len(made) // 2 :]
    assert sum(late) / len(late) < 40


def test_positions_beside_the_text_are_found(style: Style) -> None:
    box = TextBox([("a", PLAIN)], style)
    assert box.caret(0) == (0.0, 0.0)
    assert box.position_at(5, 5) == 0
    assert box.end_of_text() == (0, style.line_px / 2)


@pytest.mark.parametrize(
    ("text", "may"),
    [
        ("words, `code` and 中文，第一步。", False),
        ("Ångström, жизнь, λόγος → “quoted” – ½", False),
        ("Z̷a̴l̷g̵o̷", True),
        ("น้ำปั้น", True),
        ("नमस्ते", True),
        ("Ặ", True),
        ("a 😀", True),
    ],
)
def test_text_that_may_reach_out_of_its_line_is_painted_from_a_line_above(style, text: str, may: bool) -> None:
    piece = TextPiece(style, Place(), runs(text))
    piece.lay_out(WIDTH)
    assert piece.box.may_overhang == may
    assert piece.overhang_px == (style.line_px if may else EDGE_PX)
