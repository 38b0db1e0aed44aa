"""Markdown to the body of an exported web page: formulas drawn as shapes that keep their TeX, code in colours.

The colours are names of classes; the page's style sheet, light and dark, says what they are.
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence

from markdown_it.token import Token

from qwen_desktop.ui.printing.lines import font_of, task_box
from qwen_desktop.ui.transcript.copied_forms import HtmlForm, escaped
from qwen_desktop.ui.transcript.highlight import colour_spans
from qwen_desktop.ui.transcript.inline import shown_code
from qwen_desktop.ui.transcript.math_drawing import CannotDraw, draw_formula
from qwen_desktop.ui.transcript.math_rules import LONGEST_FORMULA

_SIZE_PX = 100.0
_EM = 1.08
"""Of a formula's letters in those of the text around it."""
_LONGEST_S = 30.0
"""Of all formulas of one message; the others stay TeX."""
_NUMBER = re.compile(r"-?\d+\.\d+")
_LOOSE = re.compile(r"(?<=[MLQCZTSHV]) | (?=[MLQCZTSHV-])")
_PATH = re.compile(r' d="([^"]*)"')
_HEAD = re.compile(r"<svg [^>]*>")


def page_body_of(markdown: str) -> str:
    """Safe HTML for `core.exchange.html`."""
    return _PageForm().body_of(markdown)


class _PageForm(HtmlForm):
    table = "<table>\n"
    inline_code = "<code>"

    def __init__(self) -> None:
        self._until = time.monotonic() + _LONGEST_S

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
        if not tex or len(tex) > LONGEST_FORMULA or time.monotonic() > self._until:
            return escaped(source)
        font = font_of()
        font.setPixelSize(round(_SIZE_PX / _EM))
        try:
            made = draw_formula(tex, is_display=is_display, size_px=_SIZE_PX, colour="currentColor", font=font)
        except CannotDraw:
            return escaped(source)
        em = _SIZE_PX / _EM
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" aria-hidden="true" fill="currentColor" '
            f'viewBox="-1 {-made.ascent:.1f} {made.width:.1f} {made.ascent + made.descent:.1f}" '
            f'style="width:{made.width / em:.3f}em;vertical-align:{-made.descent / em:.3f}em">'
        )
        words = escaped(tex)
        return (
            f'<span class="tex" role="math" aria-label="{words}" title="{words}">'
            f'{_compact(made.svg.decode(), head)}<span class="source">{escaped(source)}</span></span>'
        )


def _compact(svg: str, head: str) -> str:
    """The same shapes in fewer characters; letters are a hundred units high, so a tenth of one is enough."""
    view = re.search(r'viewBox="([-\d.]+) ', svg)
    head = head.replace('viewBox="-1 ', f'viewBox="{float(view[1]):.1f} ' if view else 'viewBox="-1 ', 1)
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
