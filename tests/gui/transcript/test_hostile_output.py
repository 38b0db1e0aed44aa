"""What a model writes is hostile input: it is shown, bounded, and does nothing."""

from __future__ import annotations

import time

import pytest

from qwen_desktop.core.chat.message import MessageStatus
from tests.gui.transcript.conftest import prompt, reply

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
    assert longest < 0.25, f"{longest * 1000:.0f} ms in one go"
    assert view.widget_of(2).height() < 2_000_000


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
