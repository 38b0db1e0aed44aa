"""Only what changed is painted while text arrives; what is on the screen is what painting all of it would give."""

from __future__ import annotations

import random
import threading

import pytest
from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from qwen_desktop.core.chat.message import MessageStatus
from qwen_desktop.ui.transcript import code_block
from qwen_desktop.ui.transcript.highlight import Lexers
from qwen_desktop.ui.transcript.reasoning_header import ReasoningHeader
from qwen_desktop.ui.transcript.view import PAINTED_MS
from tests.bench.bench_streaming import long_reply
from tests.gui.transcript.conftest import Paintings, drawn, prompt, reply

GROWING = {
    "paragraph": "Some words with **bold** ones and `code_in_it`, a [link](https://qwen.ai) and 中文，更多的字。 " * 14,
    "right to left": "هذا نص طويل مع **كلمات** و `code` في وسطه " * 24,
    "formulas": "the sum $x_1 + y^2$ and words \\(\\frac{a}{b}\\) go on " * 16,
    "items": "".join(
        f"- item {n} with *slanted* words and `code` that goes over a line, and more\n" for n in range(20)
    ),
    "quote": "> line of a quote that goes on **and on**\n" * 30,
    "table": "| a | b |\n|---|---|\n" + "".join(f"| {n} | `cell` {'wide ' * (n % 9)}|\n" for n in range(30)),
    "code": "```python\n" + "".join(f"value_{n} = '''{n}  # text{' long' * (n % 30)}\n" for n in range(60)) + "```\n",
}


def on_the_screen(view) -> QImage:
    """What was painted, as it came."""
    return view.screen().grabWindow(view.winId()).toImage().convertToFormat(QImage.Format.Format_RGB32)


@pytest.mark.parametrize("kind", GROWING)
def test_what_is_painted_in_part_is_what_painting_all_gives(qtbot, streaming, settled, kind) -> None:
    text, chance, at = GROWING[kind], random.Random(7), 0
    while at < len(text):
        size = chance.choice([3, 20, 60])
        streaming.append_text(2, text[at : at + size])
        at += size
        streaming.flush()
        QApplication.processEvents()
        if chance.random() < 0.3:
            drawn(qtbot, settled)  # else a picture may come between the two looks
            before = on_the_screen(streaming)
            streaming.widget_of(2).update()
            QApplication.processEvents()
            assert on_the_screen(streaming) == before, text[:at][-60:]


@pytest.mark.parametrize("reason", [Qt.FocusReason.MouseFocusReason, Qt.FocusReason.TabFocusReason])
@pytest.mark.parametrize("kind", GROWING)
def test_at_the_end_what_was_painted_is_scrolled_whoever_has_the_keyboard(
    qtbot, streaming, settled, kind, reason
) -> None:
    streaming.append_text(2, "A line above it.\n\n" * 40 + GROWING[kind][:200])
    settled()
    streaming.setFocus(reason)
    QApplication.processEvents()
    page_px, end = streaming.viewport().height(), streaming.verticalScrollBar().maximum()
    paintings = Paintings(streaming.widget_of(2))
    for at in range(200, len(GROWING[kind]), 20):
        streaming.append_text(2, GROWING[kind][at : at + 20])
        streaming.flush()
        QApplication.processEvents()
    assert streaming.verticalScrollBar().maximum() > end + 60, "it scrolled"
    large = [part for part in paintings.parts if part.height() > page_px * 0.9]
    assert len(large) <= len(paintings.parts) // 20, f"{len(large)} of {len(paintings.parts)}"


@pytest.mark.parametrize("seed", range(4))
def test_the_button_to_the_end_stays_on_top_and_leaves_nothing_behind(qtbot, view, seed) -> None:
    text, chance, at = long_reply(24_000), random.Random(seed), 0
    view.show_messages([prompt(n, "words") if n % 2 else reply(n, text[n * 800 : n * 800 + 900]) for n in range(1, 24)])
    view.add_message(reply(24, "", MessageStatus.WRITING))
    qtbot.waitUntil(lambda: not view.is_busy)
    for step in range(120):
        for _ in range(chance.randrange(1, 4)):
            kind = chance.random()
            if kind < 0.35 or view.is_following:
                view.scroll_by(-400 if view.is_following else chance.choice([-200, -60, -7, 7, 60, 100]))
            elif kind < 0.6:
                view.append_text(24, text[at : at + 40])
                at += 40
                view.flush()
            elif kind < 0.8:
                for widget in view.widgets():
                    if chance.random() < 0.5:
                        widget.update(0, chance.randrange(max(1, widget.height())), widget.width(), 20)
            elif kind < 0.9:
                view.viewport().update()
            else:
                QApplication.processEvents()
        QApplication.processEvents()
        if step % 4 == 0:
            qtbot.waitUntil(lambda: not view.is_busy and not view.scheduler.is_waiting)
            QApplication.processEvents()
            fresh = view.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
            qtbot.waitUntil(lambda fresh=fresh: on_the_screen(view) == fresh)


@pytest.mark.parametrize("seed", range(3))
def test_while_somebody_reads_no_more_is_painted_than_what_comes_into_sight(qtbot, view, seed) -> None:
    text, chance = long_reply(24_000), random.Random(seed)
    view.show_messages([prompt(n, "words") if n % 2 else reply(n, text[n * 800 : n * 800 + 900]) for n in range(1, 24)])
    view.add_message(reply(24, "", MessageStatus.WRITING))
    qtbot.waitUntil(lambda: not view.is_busy)
    view.scroll_by(-900)
    button = view.findChild(QObject, "jump_to_latest")
    page_px, large, steps = view.viewport().height(), 0, 0
    for _ in range(60):
        qtbot.waitUntil(lambda: not view.is_busy and not view.scheduler.is_waiting)
        QApplication.processEvents()
        paintings = [Paintings(widget) for widget in view.widgets()]
        step = chance.choice([-120, -60, -20, -7, 7, 20, 60])
        view.scroll_by(step)
        if chance.random() < 0.3:
            view.append_text(24, f"More words, and {steps} more.\n\n")
            view.flush()
        QApplication.processEvents()
        assert button.isVisible()
        steps += 1
        large += sum(part.height() for painted in paintings for part in painted.parts) > page_px * 0.7
        if chance.random() < 0.4:
            qtbot.waitUntil(lambda: not view.is_busy)
            QApplication.processEvents()
            fresh = view.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
            qtbot.waitUntil(lambda fresh=fresh: on_the_screen(view) == fresh)
    assert large <= steps // 6, f"{large} of {steps}"


def test_the_dot_behind_wide_code_goes_when_words_follow(qtbot, streaming, settled) -> None:
    for zoom in (0.67, 1.0, 1.5, 2.0):
        streaming.set_zoom(zoom)
        streaming.show_messages([prompt(1, "Tell me"), reply(2, "", MessageStatus.WRITING)])
        for piece in ("```\n" + "a long line of code " * 20 + "\n```\n\n", "Words"):
            streaming.append_text(2, piece)
            settled()
        fresh = streaming.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
        qtbot.waitUntil(lambda fresh=fresh: on_the_screen(streaming) == fresh)


def test_code_in_thoughts_is_painted_in_its_colours(qtbot, view, settled, monkeypatch) -> None:
    may_load, load = threading.Event(), Lexers._load
    monkeypatch.setattr(Lexers, "_load", lambda self, name: (may_load.wait(10), load(self, name)))
    monkeypatch.setattr(code_block, "LEXERS", Lexers())
    code = "```lua\n" + "".join(f"local a_{n} = 'text'\n" for n in range(6)) + "```\n"
    view.show_messages([prompt(1, "x"), reply(2, "Words.\n\n" * 80, reasoning=code)])
    view.widget_of(2).findChild(ReasoningHeader).click()
    view.scroll_by(-100_000)
    settled()
    may_load.set()
    block = view.widget_of(2).reasoning.pieces[0].block
    qtbot.waitUntil(lambda: any(block.spans) and not view.is_busy)
    fresh = view.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    qtbot.waitUntil(lambda: on_the_screen(view) == fresh)


@pytest.mark.parametrize("seed", range(48, 51))
def test_the_button_to_the_end_stays_on_top_when_the_window_gets_another_size(qtbot, view, settled, seed) -> None:
    text, chance = long_reply(24_000), random.Random(seed)
    view.show_messages([prompt(n, "words") if n % 2 else reply(n, text[n * 800 : n * 800 + 900]) for n in range(1, 24)])
    settled()
    view.scroll_by(-chance.randint(100, 3_000))
    settled()
    view.resize(chance.choice([420, 500, 700, 1_100]), chance.choice([500, 900, 600]))
    view.scroll_by(chance.choice([-400, -100, -30, 30]))
    settled()
    qtbot.wait(PAINTED_MS + 50)
    for _ in range(chance.randint(0, 3)):
        view.scroll_by(chance.choice([-100, -30, 30, -400]))
        settled()
    for widget in view.widgets():
        widget.update()
    settled()
    fresh = view.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    qtbot.waitUntil(lambda: on_the_screen(view) == fresh)


def test_what_came_into_sight_and_moves_before_it_is_painted_is_painted(qtbot, view, settled) -> None:
    code = "```\n" + "a long line of code " * 20 + "\n```\n"
    view.show_messages(
        [prompt(n, "Words.") if n % 2 else reply(n, f"Words.\n\n{code}\n\nWords.") for n in range(1, 24)]
    )
    settled()
    for index, px in ((14, -8), (12, -20), (10, -40), (8, -60)):
        view.bring_to_top(index, ("top", 0, 0.0, -1), px)
        settled()
        above = view.materialise(index - 1)
        for block in above.body.code_blocks():
            above.set_wrapped(block, not block.is_wrapped)
        view.scroll_by(-110)
        settled()
        fresh = view.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
        qtbot.waitUntil(lambda fresh=fresh: on_the_screen(view) == fresh)


@pytest.mark.parametrize("zoom", [0.8, 1.0, 1.25, 1.5, 2.0])
def test_a_strip_at_any_height_paints_what_touches_it(view, settled, zoom) -> None:
    """At sizes where the edge of inline code falls between two rows of pixels it touches both; marks above and below
    letters reach out of their line."""
    text = "- Words **bold** gypsy `code_g`.\n\n# Heading `in` gypsy\n\n| agy | `b` |\n|---|---|\n| `gy` | gy |\n\n"
    text += "Ǻ gypsy Ṩ̣ ٱلْحَمْدُ لِلَّٰهِ\n\n# أخرى جج Ǻ\n\n| Ǻg | أخرى |\n|---|---|\n| جيج | Ṩ̣ |\n"
    view.show_messages([prompt(1, "x"), reply(2, text)])
    view.set_zoom(zoom)
    settled()
    widget = view.widget_of(2)
    whole = on_the_screen(view)
    for top in range(0, widget.height() - 20, 1):
        for height in (1, 7):
            widget.update(0, top, widget.width(), height)
            QApplication.processEvents()
        assert on_the_screen(view) == whole, top
