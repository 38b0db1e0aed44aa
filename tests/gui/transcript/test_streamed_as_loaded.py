"""A reply that was streamed while its size, its colours and its room changed stands as one that is loaded stands."""

from __future__ import annotations

import random

import pytest
from PySide6.QtWidgets import QApplication

from qwen_desktop.ui.theme import DARK, LIGHT, Theme
from qwen_desktop.ui.transcript.math_service import math_service
from qwen_desktop.ui.transcript.table_block import TablePiece
from qwen_desktop.ui.transcript.view import TranscriptView
from tests.gui.transcript.conftest import prompt, reply

ROWS = "".join(f"| {n} | `cell` {'wide ' * (n % 9)}|\n" for n in range(14))
BLOCKS = {
    "paragraphs": "Some words with **bold** ones and `code_in_it`, a [link](https://qwen.ai) and 中文，更多的字。 " * 7,
    "right to left": "هذا نص طويل مع **كلمات** و `code` في وسطه " * 12,
    "formulas": "the sum $x_1 + y^2$ and words \\(\\frac{a}{b}\\) go on " * 6
    + "\n\n$$\n\\int_0^1 \\frac{a}{b}\n$$\n\n",
    "items": "1. item with *slanted* words\n   - inner $a^2$ one\n\n     ```\n     code\n     ```\n2. more\n" * 3,
    "quote": "> line of a quote that goes on **and on**\n" * 6 + ">\n> | a | b |\n> |---|---|\n> | c | dd $x^2$ |\n",
    "table": "| a | b |\n|---|---|\n" + ROWS,
    "table of formulas": "| a | b |\n|---|:-:|\n| wide | $\\frac{a_1 + a_2 + a_3}{b_1 + b_2}$ |\n" + ROWS,
    "table with a link": "| [ref] | b |\n|---|---|\n" + ROWS + "\n[ref]: https://example.org/x\n\n",
    "code": "```python\n" + "".join(f"value_{n} = '''{n}  # text{' long' * n}\n" for n in range(50)) + "```\n",
    "headings": "# A heading `in` gypsy\n\n## Second $x^2$ heading\n\n---\n\nwords\n\n",
}


def stands(qtbot, view) -> list[object]:
    """Where every block of the reply is, with its lines and columns."""
    widget = view.widget_of(2)
    for _ in range(3):  # formulas are asked for when what they are in is looked at
        widget.arrange(view._column.column_rect(), 0, 1e6)
        wait_for(qtbot, view)
    flows = [flow for flow in (widget.body, widget.section("reasoning")[0]) if flow is not None]
    return [(flow.width, flow.height, [
        (piece.kind, piece.y, piece.height, piece.place, isinstance(piece, TablePiece) and (piece._widths, piece._tops))
        for piece in flow.pieces]) for flow in flows]  # fmt: skip


def wait_for(qtbot, view) -> None:
    qtbot.waitUntil(
        lambda: not view.is_busy and not view.scheduler.is_waiting and math_service().is_idle, timeout=60_000
    )
    QApplication.processEvents()
    view._settle()


def loaded(qtbot, view, text: str, reasoning: str = "") -> TranscriptView:
    """Another view as large, in which the same was loaded."""
    made = TranscriptView(Theme(LIGHT))
    qtbot.addWidget(made)
    made.resize(view.size())
    made.set_zoom(view.zoom)
    made.show()
    made.show_messages([prompt(1, "Tell me"), reply(2, text, reasoning=reasoning)])
    return made


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("kind", BLOCKS)
def test_every_block_stands_where_a_loaded_one_does(qtbot, streaming, theme, kind, seed) -> None:
    chance, text = random.Random(seed), BLOCKS[kind]
    reasoning = text if seed else ""
    for part, append in ((reasoning, streaming.append_reasoning), (text, streaming.append_text)):
        at = 0
        while at < len(part):
            size = chance.choice([5, 20, 60])
            append(2, part[at : at + size])
            at += size
            streaming.flush()
            match chance.randrange(16):
                case 0 | 1:
                    streaming.zoom_by(chance.choice([1, -1]))
                case 2:
                    streaming.resize(chance.choice([380, 500, 800]), 600)
                case 3:
                    theme.set_colours(chance.choice([LIGHT, DARK]))
                case 4:
                    wait_for(qtbot, streaming)
                case _:
                    QApplication.processEvents()
    streaming.end_message(reply(2, text, reasoning=reasoning))
    assert stands(qtbot, streaming) == stands(qtbot, loaded(qtbot, streaming, text, reasoning))


def test_all_rows_of_a_table_take_the_widths_that_its_first_formulas_ask_for(qtbot, streaming) -> None:
    text = BLOCKS["table of formulas"]
    streaming.append_text(2, text)
    streaming.end_message(reply(2, text))
    wait_for(qtbot, streaming)
    streaming.zoom_by(1)
    wait_for(qtbot, streaming)
    pieces = [piece for piece in streaming.widget_of(2).body.pieces if isinstance(piece, TablePiece)]
    assert len(pieces) > 1
    assert all(piece._widths == pieces[0]._widths for piece in pieces)


def test_a_table_whose_link_gets_its_address_stays_one_table(qtbot, streaming) -> None:
    rows, definition = BLOCKS["table with a link"].split("\n\n")[:2]
    streaming.append_text(2, rows + "\n\n")
    streaming.flush()
    streaming.append_text(2, definition + "\n\nWords.\n\n")
    streaming.flush()
    pieces = [piece for piece in streaming.widget_of(2).body.pieces if isinstance(piece, TablePiece)]
    assert len(pieces) > 1
    assert len({id(piece.table) for piece in pieces}) == 1
    assert [piece.is_end for piece in pieces] == [False] * (len(pieces) - 1) + [True]


def test_what_proves_to_be_the_address_of_a_link_leaves_no_room_behind(qtbot, streaming) -> None:
    text = "| a | b |\n|---|---|\n" + ROWS
    streaming.append_text(2, text)
    streaming.flush()
    height = streaming.widget_of(2).body.height
    for part in ("\n[ref", "]: https", "://example.org\n\n"):
        streaming.append_text(2, part)
        streaming.flush()
    assert streaming.widget_of(2).body.height == height
