"""One conversation along its current path to a web page that needs nothing else: no script, nothing from elsewhere.

How Markdown becomes HTML is handed in, since that is the transcript's knowledge; it has to be safe already.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from html import escape

from qwen_desktop.core.chat.attachment import Attachment
from qwen_desktop.core.chat.message import Message, Role
from qwen_desktop.core.chat.sources import title_of
from qwen_desktop.core.exchange import wording
from qwen_desktop.core.exchange.whole import WholeConversation
from qwen_desktop.core.plain_line import plain_line
from qwen_desktop.core.protocol.surrogates import clean_text
from qwen_desktop.core.web_address import web_address
from qwen_desktop.core.words import current_language, tr

BodyOf = Callable[[str], str]
_PICTURES = ("image/png", "image/jpeg", "image/webp", "image/gif")
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
_STYLE = """
:root { color-scheme: light dark; --text: #1c1c21; --quiet: #62626c; --line: #e4e4ea; --box: #f5f5f8; --page: #fff;
  --link: #443fcb; --keyword: #8839c5; --string: #2a7a3b; --function: #1f5fbf; --comment: #6a6a74; --number: #b4540a; }
@media screen and (prefers-color-scheme: dark) {
  :root { --text: #ececf1; --quiet: #a6a6b2; --line: #2c2c33; --box: #26262c; --page: #1b1b1f;
    --link: #b3b0ff; --keyword: #c792ea; --string: #8fcb7a; --function: #82aaff; --comment: #a0a0aa;
    --number: #f2a871; } }
body { margin: 0 auto; max-width: 760px; padding: 32px 20px; background: var(--page); color: var(--text);
  font: 16px/1.6 system-ui, "Noto Sans", "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif;
  overflow-wrap: anywhere; }
h1, h2, h3, h4, h5, h6 { line-height: 1.35; break-after: avoid; }
h1 { font-size: 1.6em; margin-bottom: 4px; } .reply h1 { font-size: 1.4em; } h2 { font-size: 1.25em; }
h3 { font-size: 1.1em; } h4, h5, h6 { font-size: 1em; } p { orphans: 2; widows: 2; }
.who, .remark, .about, summary { color: var(--quiet); font-size: 0.85em; }
.about { margin-top: 0; } .who { margin: 28px 0 6px; font-weight: 600; break-after: avoid; }
.remark { margin: 0 0 6px; }
.prompt { white-space: pre-wrap; background: var(--box); border-radius: 12px; padding: 10px 14px; margin: 0; }
details { border-left: 3px solid var(--line); padding-left: 12px; margin: 0 0 12px; }
details .text { white-space: pre-wrap; color: var(--quiet); }
pre, code { font-family: ui-monospace, "Noto Sans Mono", "DejaVu Sans Mono", Consolas, Menlo, monospace,
  "Noto Sans CJK SC", "Microsoft YaHei"; font-variant-ligatures: none; }
code { background: var(--box); border-radius: 4px; padding: 1px 4px; font-size: 0.92em; }
.code { background: var(--box); border-radius: 8px; padding: 10px 14px; margin: 12px 0; box-decoration-break: clone;
  -webkit-box-decoration-break: clone; }
.language { color: var(--quiet); font-size: 0.75em; margin-bottom: 4px; break-after: avoid; }
.code pre { margin: 0; white-space: pre-wrap; line-height: 1.5; font-size: 0.86em; tab-size: 4; orphans: 2; widows: 2; }
.code code { background: none; padding: 0; font-size: 1em; }
.keyword { color: var(--keyword); } .string { color: var(--string); } .function { color: var(--function); }
.comment { color: var(--comment); } .number { color: var(--number); }
table { border-collapse: collapse; margin: 12px 0; font-size: 0.94em; } th { background: var(--box); }
th:not([align]) { text-align: left; } li.task { list-style: none; margin-left: -1.4em; }
th, td { padding: 6px 12px; border-bottom: 1px solid var(--line); vertical-align: top; overflow-wrap: break-word; }
thead { display: table-header-group; } tr { break-inside: avoid; }
blockquote { border-left: 3px solid var(--line); margin-left: 0; padding-left: 14px; color: var(--quiet); }
hr { border: 0; border-top: 1px solid var(--line); margin: 20px 0; }
img { max-width: 100%; max-height: 90vh; border-radius: 8px; margin: 4px 0; } a { color: var(--link); }
.tex { position: relative; } .tex svg { overflow: visible; }
.formula { text-align: center; margin: 12px 0; overflow-x: auto; overflow-y: hidden; padding: 2px 0;
  break-inside: avoid; }
.source { position: absolute; left: 0; top: 0; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%);
  white-space: pre; }
@page { size: A4; margin: 18mm 18mm 16mm; }
@media print { :root { color-scheme: light; } body { max-width: none; padding: 0; font-size: 10.5pt; }
  img { break-inside: avoid; max-height: 60vh; } a { text-decoration: none; }
  .formula { overflow: visible; } .tex svg { max-width: 100%; }
  .prompt, .code { -webkit-print-color-adjust: exact; print-color-adjust: exact; } }
"""
_SIGNS = {code: 0x2400 + code for code in range(32) if code not in (9, 10)} | {127: 0x2421}


def page_of(
    whole: WholeConversation,
    body_of: BodyOf,
    picture_bytes: Callable[[Attachment], bytes | None],
    *,
    with_reasoning: bool,
) -> Iterator[str]:
    """The parts of the page."""
    title = escape(wording.title_line(whole.title))
    language = current_language().replace("_", "-")
    yield (
        f'<!DOCTYPE html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta name="referrer" content="no-referrer">\n<title>{title}</title>\n'
        f"<style>{_STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n"
    )
    yield f'<p class="about">{escape(" · ".join(wording.about(whole)))}</p>\n'
    if whole.system_prompt:
        yield _who(tr("System prompt")) + _as_typed(whole.system_prompt)
    for message in whole.path():
        yield from _message(message, body_of, picture_bytes, with_reasoning=with_reasoning)
    yield "</body>\n</html>\n"


def _message(
    message: Message,
    body_of: BodyOf,
    picture_bytes: Callable[[Attachment], bytes | None],
    *,
    with_reasoning: bool,
) -> Iterator[str]:
    yield _who(f"{wording.author(message)} · {wording.time_words(message.created_at)}")
    if remarks := wording.remarks(message):
        yield f'<p class="remark">{escape(" · ".join(remarks))}</p>\n'
    for picture in message.attachments:
        content = picture_bytes(picture) if picture.media_type in _PICTURES else None
        name = escape(plain_line(picture.name, 100) or tr("Picture"))
        if content is None:
            yield f'<p class="remark">{escape(tr("Picture: {name}", name=plain_line(picture.name, 100)))}</p>\n'
        else:
            data = base64.b64encode(content).decode()
            size = f'width="{picture.width}" height="{picture.height}" style="height:auto"'
            yield f'<p><img src="data:{picture.media_type};base64,{data}" alt="{name}" {size}></p>\n'
    if with_reasoning and message.reasoning:
        words = escape(wording.reasoning_words(message))
        yield f"<details>\n<summary>{words}</summary>\n"
        yield f'<div class="text">{_shown(message.reasoning)}</div>\n</details>\n'
    if message.role is Role.USER:
        yield _as_typed(message.text)
    else:
        yield f'<div class="reply">\n{body_of(message.text)}</div>\n'
    if message.sources:
        yield f'<p class="remark">{escape(tr("Sources"))}</p>\n<ol>\n'
        for source in message.sources:
            name, address = escape(title_of(source)), escape(web_address(source.url))
            words = f'<a href="{address}" rel="noreferrer">{name}</a>' if address else name
            yield f'<li value="{source.index}">{words}</li>\n'
        yield "</ol>\n"


def _who(words: str) -> str:
    return f'<p class="who">{escape(words)}</p>\n'


def _as_typed(text: str) -> str:
    return f'<div class="prompt">{_shown(text)}</div>\n' if text else ""


def _shown(text: str) -> str:
    """`text` as it can be read: no markup of its own, and its control characters are signs."""
    return escape(clean_text(text).replace("\r\n", "\n").translate(_SIGNS))
