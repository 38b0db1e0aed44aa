"""Formulas in a shown transcript: where they stand, what is shown until they are drawn and when they cannot be."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest

from qwen_desktop.core.chat.message import MessageStatus
from qwen_desktop.ui.theme import DARK
from qwen_desktop.ui.transcript import math_service as service_module
from qwen_desktop.ui.transcript.blocks import TextPiece
from qwen_desktop.ui.transcript.math_block import MathPiece
from qwen_desktop.ui.transcript.math_service import Failure, Formula, math_service
from qwen_desktop.ui.transcript.message_widget import MessageWidget
from tests.gui.transcript.conftest import drawn, prompt, reply


@pytest.fixture
def message(qtbot, view, settled):
    """Show one reply and give its widget, when its formulas are drawn."""

    def show(text: str) -> MessageWidget:
        view.show_messages([prompt(1, "x"), reply(2, text)])
        drawn(qtbot, settled)
        widget = view.widget_of(2)
        assert widget is not None
        return widget

    return show


def ink_rows(image: QImage, left: int, right: int, colour: QColor) -> list[int]:
    """The rows in which a stretch of the picture has dots of a colour."""

    def is_near(x: int, y: int) -> bool:
        dot = image.pixelColor(x, y)
        return all(abs(a - b) < 40 for a, b in zip(dot.getRgb()[:3], colour.getRgb()[:3], strict=True))

    return [y for y in range(image.height()) if any(is_near(x, y) for x in range(left, right))]


def box_of(widget: MessageWidget, index: int = 0):
    piece = widget.body.pieces[index]
    assert isinstance(piece, TextPiece)
    return piece.box


@pytest.mark.parametrize("is_dark", [False, True])
def test_a_formula_in_text_is_painted_in_its_colour_on_the_baseline(qtbot, view, theme, settled, message, is_dark):
    widget = message("HH $H$ HH")
    if is_dark:
        theme.set_colours(DARK)
        drawn(qtbot, settled)
    flow, x, y = widget.section("body")
    box = box_of(widget)
    assert not box.waits
    rect, text = box.rects(3, 4)[0], box.rects(0, 2)[0]
    image = widget.grab().toImage()
    colour = QColor(theme.colours.text)
    formula = [row - y for row in ink_rows(image, int(x + rect.left()), int(x + rect.right()), colour)]
    letters = [row - y for row in ink_rows(image, int(x + text.left()), int(x + text.right()), colour)]
    formula = [row for row in formula if 0 <= row < flow.height]
    letters = [row for row in letters if 0 <= row < flow.height]
    assert formula
    assert letters
    assert abs(formula[-1] - letters[-1]) <= 1  # both stand on the baseline
    assert abs((formula[-1] - formula[0]) - (letters[-1] - letters[0])) <= 3  # about as high


def test_the_text_beside_a_low_formula_stays_where_it_is(message, view):
    line_px = view._styles[0].line_px
    plain = box_of(message("some x words"))
    with_formula = box_of(message("some $x$ words"))
    assert plain.height == with_formula.height == line_px


def test_a_line_with_a_high_formula_is_higher_and_the_others_are_not(message, view):
    line_px = view._styles[0].line_px
    box = box_of(message("first line  \n$\\displaystyle\\frac{\\frac{a}{b}}{\\frac{c}{d}}$ high  \nlast line"))
    heights = [box.rects(at, at + 1)[0].height() for at in (0, box.length - 12, box.length - 1)]
    assert heights[0] == heights[2] == line_px < heights[1]
    last = box.rects(box.length - 1, box.length)[0]
    assert box.position_at(last.left() + 1, last.center().y()) == box.length - 1
    assert last.bottom() == box.height


def test_copying_gives_the_source_of_formulas(message):
    widget = message("a $x_1$ b \\(y\\) c\n\n$$\nz\n$$\n\nend")
    flow = widget.body
    assert box_of(widget).plain(0, box_of(widget).length) == "a $x_1$ b \\(y\\) c"
    assert box_of(widget).plain(2, 3) == "$x_1$"
    assert box_of(widget).plain(0, 2) == "a "
    assert flow.plain((0, 0), flow.end_mark()) == "a $x_1$ b \\(y\\) c\n\n$$\nz\n$$\n\nend"


def test_a_formula_on_its_own_lines_stands_in_the_middle(message):
    widget = message("$$\nE = mc^2\n$$")
    flow, x, y = widget.section("body")
    piece = flow.pieces[0]
    assert isinstance(piece, MathPiece)
    image = widget.grab().toImage().copy(x, y, flow.width, piece.height)
    background = image.pixelColor(0, 0)
    columns = [
        column for column in range(image.width())
        if any(image.pixelColor(column, row) != background for row in range(image.height()))
    ]  # fmt: skip
    assert columns
    assert abs((columns[0] + columns[-1]) / 2 - flow.width / 2) <= 3


def test_a_wide_formula_is_scrolled_sideways(message, view):
    widget = message("$$" + " + ".join(f"x_{{{n}}}^2" for n in range(60)) + "$$")
    bar = widget.findChild(object, "scroll_sideways")
    assert bar is not None
    before = widget.grab().toImage()
    bar.setValue(bar.maximum())
    assert widget.grab().toImage() != before


def test_the_source_is_shown_until_the_formula_is_drawn(qtbot, view, settled, monkeypatch):
    may_draw, draw = threading.Event(), service_module._draw

    def draw_later(*values):
        may_draw.wait(10)
        return draw(*values)

    monkeypatch.setattr(service_module, "_draw", draw_later)
    view.show_messages([prompt(1, "x"), reply(2, "so $q_{77}$ is\n\n$$\nq_{78}\n$$")])
    settled()
    widget = view.widget_of(2)
    box, block = box_of(widget), widget.body.pieces[1]
    assert box.waits
    assert box.length == len("so $q_{77}$ is")
    assert block.waits
    assert block.plain(0, block.text_length) == "$$\nq_{78}\n$$"
    may_draw.set()
    drawn(qtbot, settled)
    assert not box_of(widget).waits
    assert box_of(widget).length == len("so x is")
    assert not block.waits
    assert block.text_length == 1


def test_what_cannot_be_drawn_is_shown_as_its_source_and_says_why(message):
    widget = message("so $\\nosuchthing$ is\n\n$$\nx^\n$$")
    box, block = box_of(widget), widget.body.pieces[1]
    assert box.length == len("so $\\nosuchthing$ is")
    assert block.plain(0, block.text_length) == "$$\nx^\n$$"
    flow, x, y = widget.section("body")
    at = box.rects(5, 6)[0].center().toPoint() + QPoint(x, y)
    QTest.mouseMove(widget, at)
    assert "cannot be drawn: \\nosuchthing" in widget.toolTip()
    QTest.mouseMove(widget, QPoint(x + 1, y + 5))
    assert not widget.toolTip()
    assert "missing super script" in flow.tooltip_at(10, block.y + 5)
    assert flow.tooltip_at(1, 5) == ""


def test_formulas_in_a_table_make_its_columns_fit(message):
    widget = message("| a | b |\n|---|---|\n| $\\frac{a_1 + a_2 + a_3}{b}$ | $\\nosuch$ |")
    table = widget.body.pieces[0]
    assert not any(box.waits for boxes in table._boxes for box in boxes)
    assert table.plain(0, table.text_length).rstrip("\n").endswith("$\\frac{a_1 + a_2 + a_3}{b}$\t$\\nosuch$")


def test_only_closed_formulas_are_drawn_while_a_reply_runs(qtbot, view, settled):
    view.show_messages([prompt(1, "x"), reply(2, "", MessageStatus.WRITING)])
    asked = {key[0].tex for key in math_service()._known}
    text = "Let $u_{901}$ be\n\n$$\n\\frac{u_{902}}{2}\n$$\n\nand \\(u_{903}\\) too"
    for character in text:
        view.append_text(2, character)
        settled()
    drawn(qtbot, settled)
    now = {key[0].tex for key in math_service()._known} - asked
    assert now == {"u_{901}", "\\frac{u_{902}}{2}", "u_{903}"}


def test_results_are_kept_failures_too_and_long_ones_are_refused(qtbot, view):
    service, font = math_service(), view.font()
    bad, long = Formula("x^", False, 16.0, "#000000"), Formula("x" * 3_000, False, 16.0, "#000000")
    with qtbot.waitSignal(service.drawn):
        assert service.find(bad, font) is None
    qtbot.waitUntil(lambda: service.is_idle)
    assert isinstance(service.find(bad, font), Failure)
    assert service.is_idle
    assert service.find(long, font) == Failure("too long")


def test_the_memory_of_pictures_is_bounded(qtbot, view, monkeypatch):
    service = service_module.MathService()
    monkeypatch.setattr(service_module, "CACHE_BYTES", 20_000)
    for number in range(30):
        service.find(Formula(f"x_{{{number}}}", False, 20.0, "#000000"), view.font())
    qtbot.waitUntil(lambda: service.is_idle, timeout=20_000)
    assert 0 < service._bytes <= 20_000
    assert service._bytes == sum(picture.image.sizeInBytes() for picture in service._known.values())


def test_the_renderer_is_loaded_by_the_first_formula_and_in_its_thread():
    script = """
import sys, threading
from PySide6.QtWidgets import QApplication
app = QApplication([])
from qwen_desktop.ui.theme import LIGHT, Theme
from qwen_desktop.ui.transcript.math_service import math_service
from qwen_desktop.ui.transcript.view import TranscriptView
from tests.gui.transcript.conftest import prompt, reply
loaded_by = []
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name in ("ziamath", "latex2mathml"):
            loaded_by.append(threading.current_thread().name)
sys.meta_path.insert(0, Finder())
view = TranscriptView(Theme(LIGHT))
view.show()
view.show_messages([prompt(1, "x"), reply(2, "no formula: $5 and $6")])
app.processEvents()
assert not loaded_by and math_service().is_idle
view.show_messages([prompt(1, "x"), reply(2, "one: $x$")])
while any(thread.name == "formulas" for thread in threading.enumerate()):
    app.processEvents()
assert math_service().is_idle and loaded_by and set(loaded_by) == {"formulas"}, loaded_by
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
