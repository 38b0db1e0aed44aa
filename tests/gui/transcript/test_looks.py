"""Replies look as they did when somebody last looked at them: compared with pictures, light and dark.

`python -m tests.update_looks` draws the pictures anew.  Allowed are a few pixels at the edges of letters, since the
system's FreeType draws them; a size, a colour of an area or an alignment that is another is far beyond that.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from PySide6.QtGui import QFont, QFontMetricsF, QImage

from qwen_desktop.ui.theme import LIGHT
from qwen_desktop.ui.transcript.inline import runs_of
from qwen_desktop.ui.transcript.markdown import parser
from qwen_desktop.ui.transcript.math_service import math_service
from qwen_desktop.ui.transcript.style import LABEL_PX, Style
from qwen_desktop.ui.transcript.text_box import TextBox
from tests import update_looks
from tests.gui.transcript.conftest import prompt, reply
from tests.update_looks import TEXTS, THEMES, differences, draw, missing_fonts, picture_of

MOST_SOME, MOST_MUCH = 2_000, 150
"""Pixels that may differ at all (0.3 %), and that may differ much."""


@pytest.fixture(autouse=True)
def _fonts_are_there(qapp) -> None:
    reason = missing_fonts()
    if reason:
        pytest.skip(reason)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("name", TEXTS)
def test_a_reply_looks_as_it_did(name: str, theme: str, tmp_path: Path) -> None:
    expected = QImage(str(picture_of(name, theme))).convertToFormat(QImage.Format.Format_RGB32)
    now = draw(name, THEMES[theme])
    drawn_to = tmp_path / "now.png"
    assert now.save(str(drawn_to))
    places = f"compare {drawn_to} with {picture_of(name, theme)}"
    assert now.size() == expected.size(), places
    some, much = differences(now, expected)
    assert some <= MOST_SOME, f"{some} pixels differ: {places}"
    assert much <= MOST_MUCH, f"{much} pixels differ much: {places}"


def test_pictures_show_small_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A comparison that lets these pass would be worth nothing."""
    before = draw("blocks", LIGHT)
    some, _ = differences(draw("blocks", LIGHT._replace(code_background="#F2F2F6")), before)
    assert some > 10 * MOST_SOME
    aligned_left = TEXTS["blocks"].replace("-------:", "--------")
    monkeypatch.setitem(update_looks.TEXTS, "blocks", aligned_left)
    _, much = differences(draw("blocks", LIGHT), before)
    assert much > 2 * MOST_MUCH


@pytest.fixture
def style(qapp) -> Style:
    font = QFont(update_looks.FAMILY)
    font.setPointSizeF(10.5)
    return Style(LIGHT, font)


def lines_of(text: str, style: Style, width: int) -> list[str]:
    """The lines a paragraph breaks into, without the marks around code."""
    box = TextBox(runs_of(parser().parse(text, {})[1]), style)
    box.lay_out(width)
    return [box.plain(begin, end) for begin, end in pairwise([*box._starts, box.length])]


@pytest.mark.parametrize("code", ["`code`", "`foo()`", "`foo!`", "`{a}`", "`path/`", "`-v`", "`代码`"])
def test_no_line_begins_with_what_belongs_to_the_one_before(style: Style, code: str) -> None:
    text = f"调用{code}、返回{code}，以及（{code}）“{code}”和《{code}》；见{code}。" * 6
    for width in range(260, 520, 7):
        for line in lines_of(text, style, width)[1:]:
            assert line[0] not in "、，。；）”》", (width, line)
        for line in lines_of(text, style, width)[:-1]:
            assert line[-1] not in "（“《", (width, line)


def test_a_line_breaks_between_chinese_characters_and_code(style: Style) -> None:
    text = "使用`response.aiter_bytes`方法"
    whole = lines_of(text, style, 1_000)
    assert whole == ["使用response.aiter_bytes方法"]
    px = round(QFontMetricsF(style.mono).horizontalAdvance("response.aiter_bytes")) + 12
    assert lines_of(text, style, px) == ["使用", "response.aiter_bytes", "方法"]


def test_indents_and_labels_follow_the_zoom_within_their_bounds(style: Style) -> None:
    font = QFont(style.small)
    font.setPointSizeF(3 * 10.5)
    large = Style(LIGHT, font)
    assert (style.scaled(24), large.scaled(24)) == (24, 72)
    assert QFontMetricsF(large.small).height() > LABEL_PX
    assert QFontMetricsF(large.label).height() <= LABEL_PX + 1
    assert style.label == style.small


def test_a_prompt_from_the_right_is_seen_in_its_box(view, settled) -> None:
    view.show_messages([prompt(1, "اكتب لي نصا")])
    settled()
    widget = view.widget_of(1)
    flow, x, _ = widget.section("body")
    first = x + flow.pieces[0].box.rects(0, flow.pieces[0].text_length)[0].left()
    assert widget._box.left() < first < widget._box.right()
    assert first - widget._box.left() == pytest.approx(14, abs=4)


def test_columns_are_as_wide_as_formulas_that_were_drawn_before_they_were_looked_at(view, settled, qtbot) -> None:
    table = "| a | b |\n|---|---|\n| $\\frac{a_{11} + b_{12}}{c_{13} + d_{14}}$ | x |\n\n"
    widths = []
    for _ in range(2):  # at first its formula is not drawn yet when the table far above the screen is measured
        view.show_messages([reply(2, table + "word\n\n" * 100)])
        settled()
        qtbot.waitUntil(lambda: math_service().is_idle, timeout=20_000)
        view.verticalScrollBar().setValue(0)
        settled()
        flow, _, _ = view.widget_of(2).section("body")
        assert flow.pieces[0].is_exact
        widths.append(flow.pieces[0].table.natural_px)
    assert widths[0] == widths[1]
