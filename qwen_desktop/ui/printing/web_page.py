"""Markdown to the body of an exported web page: formulas drawn as shapes that keep their TeX, code in colours.

The colours are names of classes; the page's style sheet, light and dark, says what they are.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from markdown_it.token import Token

from qwen_desktop.ui.printing.formulas import drawing_time
from qwen_desktop.ui.printing.lines import font_of, task_box
from qwen_desktop.ui.transcript.copied_forms import HtmlForm, escaped
from qwen_desktop.ui.transcript.highlight import colour_spans
from qwen_desktop.ui.transcript.inline import shown_code
from qwen_desktop.ui.transcript.math_drawing import CannotDraw, draw_formula
from qwen_desktop.ui.transcript.math_rules import LONGEST_FORMULA

_SIZE_PX = 100.0
_EM = 1.08
"""Of a formula's letters in those of the text around it."""
_NUMBER = re.compile(r"-?\d+\.\d+")
_LOOSE = re.compile(r"(?<=[MLQCZTSHV]) | (?=[MLQCZTSHV-])")
_PATH = re.compile(r' d="([^"]*)"')
_HEAD = re.compile(r"<svg [^>]*>")


def page_body_of(markdown: str) -> str:
    """Safe HTML for `core.exchange.html`."""
    drawing_time.begin_message()
    return _PageForm().body_of(markdown)


class _PageForm(HtmlForm):
    table = "<table>\n"
    inline_code = "<code>"

    def tokens_of(self, markdown_text: str) -> Sequence[Token]:
        tokens = super().tokens_of(markdown_text)
        for at, token in enumerate(tokens):
            if token.type == "list_item_open" and (box := task_box(tokens, at + 1)):
                token.meta["class"] = "task"
                first = (tokens[at + 2].children or [])[0]
                first.content = f"{box} {first.content}"
        return tokens

    def code(self, code: str, language: str) -> str:
        label = f'<div class="language">{escaped(language[:60])}</div>' if language else ""
        return f'<div class="code">{label}<pre><code>{_coloured(code, language)}</code></pre></div>\n'

    def formula_block(self, tex: str) -> str:
        return f'<div class="formula">{self._drawn(tex, f"$${tex}$$", is_display=True)}</div>\n'

    def formula(self, tex: str, source: str, *, is_display: bool) -> str:
        return self._drawn(tex, source, is_display=is_display)

    def _drawn(self, tex: str, source: str, *, is_display: bool) -> str:
        if not tex or len(tex) > LONGEST_FORMULA or drawing_time.is_over:
            return escaped(source)
        drawing = _svg(tex, is_display)
        words = escaped(tex)
        if not drawing:
            return escaped(source)
        return (
            f'<span class="tex" role="math" aria-label="{words}" title="{words}">'
            f'{drawing}<span class="source">{escaped(source)}</span></span>'
        )


@lru_cache(maxsize=1_000)
def _svg(tex: str, is_display: bool) -> str:
    """A formula as large as the text around it; '' for one that cannot be drawn."""
    font = font_of()
    font.setPixelSize(round(_SIZE_PX / _EM))
    try:
        with drawing_time.counted():
            made = draw_formula(tex, is_display=is_display, size_px=_SIZE_PX, colour="currentColor", font=font)
    except CannotDraw:
        return ""
    em = _SIZE_PX / _EM
    svg = made.svg.decode()
    left = re.search(r'viewBox="([-\d.]+) ', svg)
    box = f"{float(left[1]) if left else 0:.1f} {-made.ascent:.1f} {made.width:.1f} {made.ascent + made.descent:.1f}"
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" aria-hidden="true" fill="currentColor" viewBox="{box}" '
        f'style="width:{made.width / em:.3f}em;vertical-align:{-made.descent / em:.3f}em">'
    )
    body = _HEAD.sub(lambda _: head, svg, count=1)
    return _PATH.sub(lambda found: f' d="{_shorter(found[1])}"', body)


def _shorter(path: str) -> str:
    return _LOOSE.sub("", _NUMBER.sub(lambda found: f"{float(found[0]):.1f}".removesuffix(".0"), path))


def _coloured(code: str, language: str) -> str:
    parts: list[str] = []
    at = 0
    for begin, length, role in colour_spans(code, language):
        parts.append(escaped(shown_code(code[at:begin])))
        name = role.removeprefix("syntax_")
        parts.append(f'<span class="{name}">{escaped(shown_code(code[begin : begin + length]))}</span>')
        at = begin + length
    parts.append(escaped(shown_code(code[at:])))
    return "".join(parts)
