"""Markdown to what other programs paste: safe HTML for documents, and text as it is read.  No Qt.

The HTML has no style sheet, script, picture, nor any address but http, https and mailto; what the model wrote as HTML
is text.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from markdown_it.token import Token

from qwen_desktop.ui.transcript.copying import table_as_tsv, table_rows
from qwen_desktop.ui.transcript.inline import plain_of, runs_of, safe_url, shown
from qwen_desktop.ui.transcript.markdown import parser

_HEAD = '<html><head><meta http-equiv="content-type" content="text/html; charset=utf-8"></head><body>\n'
_CODE_FONT = "font-family:'DejaVu Sans Mono',Consolas,monospace"
_BLOCKS = ("p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "thead", "tbody", "tr")
_ALIGNMENTS = ("left", "center", "right")


def html_of(markdown_text: str) -> str:
    """`markdown_text` as a whole HTML document that word processors read, Chinese included."""
    return f"{_HEAD}{html_body_of(markdown_text)}</body></html>\n"


def html_body_of(markdown_text: str) -> str:
    """What stands in the body of such a document."""
    return HtmlForm().body_of(markdown_text)


class HtmlForm:
    """Tokens to HTML as word processors want it; what a page for browsers does otherwise, it says itself."""

    table = '<table border="1" cellspacing="0" cellpadding="4" style="border-collapse:collapse">\n'
    inline_code = f'<code style="{_CODE_FONT}">'

    def body_of(self, markdown_text: str) -> str:
        return "".join(_block_html(self, token) for token in self.tokens_of(markdown_text))

    def tokens_of(self, markdown_text: str) -> Sequence[Token]:
        """What is made HTML of; a token's `class` in its `meta` becomes one."""
        return parser().parse(markdown_text)

    def code(self, code: str, language: str) -> str:
        return f'<pre style="{_CODE_FONT}">{escaped(code)}</pre>\n'

    def formula_block(self, tex: str) -> str:
        return f"<p>$${escaped(tex)}$$</p>\n"

    def formula(self, tex: str, source: str, *, is_display: bool) -> str:
        """One in running text; `source` with its marks."""
        return escaped(source)


def _block_html(form: HtmlForm, token: Token) -> str:
    kind, tag = token.type, token.tag
    if kind == "inline":
        return _inline_html(form, token.children or [])
    if kind in ("fence", "code_block"):
        return form.code(token.content, (token.info or "").strip().split(" ")[0])
    if kind == "math_block":
        return form.formula_block(token.content.strip())
    if kind == "hr":
        return "<hr>\n"
    if token.hidden:
        return "\n" if token.nesting == -1 else ""
    if kind == "table_open":
        return form.table
    if kind == "table_close":
        return "</table>\n"
    if kind in ("th_open", "td_open"):
        side = str(token.attrs.get("style", "")).removeprefix("text-align:")
        return f'<{tag} align="{side}">' if side in _ALIGNMENTS else f"<{tag}>"
    if kind in ("th_close", "td_close"):
        return f"</{tag}>"
    if tag not in _BLOCKS:
        return escaped(token.content)
    if token.nesting == -1:
        return f"</{tag}>\n"
    start = token.attrs.get("start")
    name = f' class="{token.meta["class"]}"' if "class" in token.meta else ""
    return f'<{tag} start="{int(start)}">' if start is not None else f"<{tag}{name}>"


def _inline_html(form: HtmlForm, tokens: Sequence[Token]) -> str:
    parts: list[str] = []
    links: list[bool] = []
    for token in tokens:
        match token.type:
            case "strong_open" | "strong_close" | "em_open" | "em_close" | "s_open" | "s_close":
                parts.append(f"<{'/' if token.nesting < 0 else ''}{token.tag}>")
            case "link_open":
                url = safe_url(str(token.attrs.get("href", "")))
                links.append(bool(url))
                parts.append(f'<a href="{escape(url)}">' if url else "")
            case "link_close":
                parts.append("</a>" if links.pop() else "")
            case "code_inline":
                parts.append(f"{form.inline_code}{escaped(token.content)}</code>")
            case "softbreak":
                parts.append("\n")
            case "hardbreak":
                parts.append("<br>\n")
            case "image":
                url, words = safe_url(str(token.attrs.get("src", ""))), escaped(token.content)
                is_link = url and not any(links)
                parts.append(f'<a href="{escape(url)}">{words or escape(url)}</a>' if is_link else words)
            case "math_inline" | "math_inline_double":
                ((source, look),) = runs_of(Token("inline", "", 0, children=[token]))
                parts.append(form.formula(look.tex, source, is_display=look.is_display))
            case _:
                parts.append(escaped(plain_of(runs_of(Token("inline", "", 0, children=[token])))))
    return "".join(parts)


def escaped(text: str) -> str:
    return escape(shown(text))


def plain_text_of(markdown_text: str) -> str:
    """`markdown_text` as it is read: no marks but those of lists, tables with tabs, formulas as TeX."""
    return plain_of_tokens(parser().parse(markdown_text))


def plain_of_tokens(tokens: Sequence[Token]) -> str:
    """The same of parsed blocks."""
    paragraphs: list[str] = []
    counters: list[int | None] = []
    marker, is_tight, was_in_list, index = "", False, False, 0
    while index < len(tokens):
        token, text = tokens[index], None
        match token.type:
            case "bullet_list_open":
                counters.append(None)
            case "ordered_list_open":
                counters.append(int(token.attrs.get("start", 1)))
            case "bullet_list_close" | "ordered_list_close":
                counters.pop()
                is_tight = is_tight and bool(counters)
            case "list_item_open":
                number = counters[-1]
                marker = "• " if number is None else f"{number}. "
                counters[-1] = None if number is None else number + 1
            case "paragraph_open":
                is_tight = token.hidden
            case "inline":
                text = plain_of(runs_of(token))
            case "fence" | "code_block":
                text = token.content.removesuffix("\n")
            case "math_block":
                text = f"$${token.content.strip()}$$"
            case "hr":
                text = "———"
            case "table_open":
                end = next(k for k in range(index, len(tokens)) if tokens[k].type == "table_close")
                text, index = table_as_tsv(list(table_rows(tokens[index:end]))).removesuffix("\n"), end
        if text is not None:
            indent = "  " * max(0, len(counters) - 1)
            first = indent + marker if counters else ""
            following = indent + "  " if counters else ""
            gap = "" if not paragraphs else "\n" if counters and is_tight and was_in_list else "\n\n"
            hanging = "  " if counters and not marker else ""
            paragraphs.append(gap + first + hanging + text.replace("\n", "\n" + following))
            marker, was_in_list = "", bool(counters)
        index += 1
    return "".join(paragraphs) + ("\n" if paragraphs else "")
