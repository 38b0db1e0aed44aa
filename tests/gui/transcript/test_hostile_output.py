"""What a model writes is hostile input: it is shown, bounded, and does nothing."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from qwen_desktop.core.chat.message import MessageStatus
from tests.gui.transcript.conftest import prompt, reply
from tests.yardstick import slower

HOSTILE = {
    "html": "<script>alert(1)</script><img src=x onerror=alert(1)><b>not bold</b>\n\n<iframe src='file:///etc/passwd'>\n",
    "ansi": "\x1b[31mred\x1b[0m \x07 \x1b]0;title\x07 \x08\x08",
    "bidi": "\u202eevil\u202c \u2066x\u2069\n\n```python\nif admin: \u202e} \u2066# note\n```\n",
    "marks": "a" + "\u0301" * 100_000 + " after",
    "marks in code": "```\na" + "\u0301" * 100_000 + "\n```\n",
    "quotes": ">" * 1_000 + " deep\n\nafter",
    "lists": "".join("  " * n + "- deep\n" for n in range(300)),
    "brackets": "[" * 20_000,
    "stars": "*a " * 10_000,
    "emphasis": "**a*" * 4_000,
    "backticks": "".join("`" * n + " " for n in range(1, 300)),
    "one line": "x" * 1_000_000,
    "one code line": "```json\n" + "[1," * 200_000 + "\n```\n",
    "table": "|" + "a|" * 500 + "\n|" + "-|" * 500 + "\n|" + "b|" * 500 + "\n",
    "definitions": "".join(f"[l{n}]: https://qwen.ai/{n}\n" for n in range(3_000)),
    "nothing": " \n\t\n" * 20_000,
    "surrogates": "a\ud800b\udfff \0 \ufffe \uffff",
    "separators": "a\u2028b\u2029c\x0bd\x0ce\x85f",
    "fences": "```\n" * 2_000,
    "entities": "&lt;b&gt; &#0; &#x202e; &nbsp;&amp;amp; " * 200,
    "family": "👨‍👩‍👧‍👦" * 2_000,
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_text_is_shown_whole_and_in_bounded_time(view, settled, kind):
    text = HOSTILE[kind]
    view.show_messages([prompt(1, text), reply(2, "", MessageStatus.WRITING)])
    longest = 0.0
    for at in range(0, len(text), 4_000):
        view.append_text(2, text[at : at + 4_000])
        began = time.thread_time()
        view.flush()
        view.repaint()
        longest = max(longest, time.thread_time() - began)
    view.end_message(reply(2, text))
    settled()
    assert view.text_of(2) == text
    assert longest < 0.25 * slower(), f"{longest * 1000:.0f} ms in one go"
    assert view.widget_of(2).height() < 2_000_000


ORDINARY = "A paragraph of **plain** words with `code`, as models write them.\n\n- one\n- two\n\n" * 100
ACCENTS = "\u0300\u0301\u0302\u0303\u0327\u0328\u0316\u0317" * 6
POISON = {
    "list": "".join(f"- item {number}\n" for number in range(2_000)),
    "numbered list": "".join(f"{number}. item\n" for number in range(2_000)),
    "nested quotes": "> " * 1_000 + "deep\n\nafter",
    "ever deeper quotes": "".join("> " * number + "x\n" for number in range(200)),
    "zalgo": "".join(letter + ACCENTS for letter in "He comes and the text cannot be read. ") * 20,
    "marks in a table": "|a|\n|-|\n|" + "a" + "\u0301" * 100_000 + "|\n",
    "marks in a list": "- a" + "\u0301" * 100_000 + "\n",
    "marks in a heading": "# a" + "\u0301" * 100_000 + "\n",
    "overrides": "\u202eevil\u202c \u2066x\u2069 \u202babc\u202a def " * 3_000,
    "nested overrides": "\u202e\u2067" * 20_000 + "abc",
    "open fence": "```python\n" + "def f(): return '''\n" * 2_000,
    "open math": "$$\n" + "\\frac{a}{b} + \n" * 2_000,
    "open math in a line": "$x \\(y " * 2_000,
    "open table": "|a|b|\n|-|-|\n" + "|x|y\n" * 1_200,
    "wide table": "|a" * 2_000 + "|\n" + "|-" * 2_000 + "|\n" + ("|x" * 2_000 + "|\n") * 5,
    "open quote": "> " + "lazy words\n" * 2_000,
    "quoted lines": "> words\n" * 3_000,
    "open emphasis": "**a _b ~~c " * 3_000,
    "overlapping emphasis": "*a **b " * 5_000,
    "open strikes": "~~a" * 4_000,
    "open brackets": "[a](\n" * 3_000,
    "open brackets in lines": "[a\n" * 3_000,
    "open images": "![a](" * 4_000,
    "open addresses": "<http://a" * 2_000,
    "open tags": "<div <!-- " * 2_000,
    "endless definition": "[a]: " + "x" * 50_000,
    "escapes": "\\" * 50_000,
}
HUGE = {
    "10 MB in one line": "x" * 10_000_000,
    "10 MB of words in one line": "word " * 2_000_000,
    "10 MB of code in one line": "```json\n" + "[1," * 3_333_333,
    "100,000 items": "".join(f"- item {number}\n" for number in range(100_000)),
}
MOST_S = 0.1
MOST_MB = 300
MOST_TRIES = 5
"""A step that is too long is so every time; what the machine was busy with beside it is not."""


def memory_mb() -> float:
    """What this process has in memory; 0 where the system does not say so."""
    statm = Path("/proc/self/statm")
    return int(statm.read_text().split()[1]) * 4096 / 1e6 if statm.exists() else 0.0


def longest_step_s(view, text, piece=4_000) -> float:
    """Stream a text, then show it at once: the longest flush, painting or slice of it, in CPU time."""
    longest = 0.0

    def timed(step, *arguments) -> None:
        nonlocal longest
        began = time.thread_time()
        step(*arguments)
        longest = max(longest, time.thread_time() - began)

    def settle() -> None:
        deadline = time.monotonic() + 100
        while view.is_busy or view.scheduler.is_waiting:
            timed(QApplication.processEvents)
            assert time.monotonic() < deadline, "it never comes to an end"

    view.show_messages([prompt(1, "x"), reply(2, "", MessageStatus.WRITING)])
    for at in range(0, len(text), piece):
        view.append_text(2, text[at : at + piece])
        timed(view.flush)
        timed(view.repaint)
    timed(view.end_message, reply(2, text))
    settle()
    assert view.text_of(2) == text
    timed(view.show_messages, [prompt(1, "x"), reply(2, text)])
    timed(view.repaint)
    settle()
    return longest


_ordinary_s: list[float] = []


def ordinary_step_s(view) -> float:
    """The same of ordinary text, measured once, behind a first time that loads what is loaded once."""
    if not _ordinary_s:
        longest_step_s(view, ORDINARY)
        _ordinary_s.append(longest_step_s(view, ORDINARY))
    return _ordinary_s[0]


def check_poison(view, text, piece) -> None:
    ordinary_s = ordinary_step_s(view)
    before_mb = memory_mb()
    allowed = max(MOST_S, 8 * ordinary_s)
    longest = longest_step_s(view, text, piece)
    tries = 1
    while longest >= allowed and tries < MOST_TRIES:
        longest = min(longest, longest_step_s(view, text, piece))
        tries += 1
    assert longest < allowed, f"{longest * 1000:.0f} ms in one go; ordinary text takes {ordinary_s * 1000:.0f} ms"
    assert memory_mb() - before_mb < MOST_MB


@pytest.mark.parametrize("kind", POISON)
def test_no_step_of_poison_is_long_beside_ordinary_text(view, kind):
    check_poison(view, POISON[kind], 4_000)


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("kind", HUGE)
def test_no_step_of_huge_poison_is_long_beside_ordinary_text(view, kind):
    check_poison(view, HUGE[kind], 32_000)


def shown_text(view) -> str:
    flow = view.widget_of(2).body
    return flow.plain((0, 0), flow.end_mark())


def show(view, settled, text):
    view.show_messages([prompt(1, "x"), reply(2, text)])
    settled()


def test_tags_are_text(view, settled):
    show(view, settled, HOSTILE["html"])
    assert "<script>alert(1)</script>" in shown_text(view)
    assert "<b>not bold</b>" in shown_text(view)


def test_control_characters_are_visible_and_act_on_nothing(view, settled):
    show(view, settled, HOSTILE["ansi"])
    assert "\x1b" not in shown_text(view)
    assert "␛[31mred" in shown_text(view)


def test_characters_that_reorder_code_are_visible_in_it_and_copied_exactly(view, settled):
    show(view, settled, HOSTILE["bidi"])
    block = view.widget_of(2).body.pieces[1].block
    assert "\u202e" not in "".join(block.lines)
    assert "\u202e" in block.code


def test_what_is_nested_too_deep_is_shown_as_written(view, settled):
    show(view, settled, HOSTILE["quotes"])
    assert "deep" in shown_text(view)
    assert "after" in shown_text(view)


def test_marks_do_not_paint_over_other_lines(view, settled):
    show(view, settled, HOSTILE["marks"])
    assert view.widget_of(2).height() < 3_000
    assert "after" in shown_text(view)
