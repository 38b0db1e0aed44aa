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
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_STYLE = """
:root { color-scheme: light dark; --text: #1c1b22; --quiet: #5f5d69; --line: #d9d7e0; --box: #f3f2f7; --page: #fff; }
@media (prefers-color-scheme: dark) {
  :root { --text: #e8e6ef; --quiet: #a5a2b0; --line: #3b3945; --box: #26242e; --page: #18171d; } }
body { margin: 0 auto; max-width: 760px; padding: 32px 20px; background: var(--page); color: var(--text);
  font: 16px/1.55 system-ui, "Noto Sans", "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif;
  overflow-wrap: anywhere; }
h1 { font-size: 1.5em; } h2 { font-size: 1.25em; } h3 { font-size: 1.1em; } h4, h5, h6 { font-size: 1em; }
.who, .remark, .about, summary { color: var(--quiet); font-size: 0.85em; }
.who { margin: 28px 0 6px; font-weight: 600; } .remark { margin: 0 0 6px; }
.prompt { white-space: pre-wrap; background: var(--box); border-radius: 12px; padding: 10px 14px; margin: 0; }
details { border-left: 3px solid var(--line); padding-left: 12px; margin: 0 0 12px; }
details .text { white-space: pre-wrap; color: var(--quiet); }
pre, code { background: var(--box); border-radius: 4px; } code { padding: 1px 4px; font-size: 0.92em; }
pre { padding: 10px 14px; overflow-x: auto; white-space: pre-wrap; border-radius: 8px; font-size: 0.9em; }
table { border-color: var(--line); } th { background: var(--box); }
blockquote { border-left: 3px solid var(--line); margin-left: 0; padding-left: 14px; color: var(--quiet); }
img { max-width: 100%; border-radius: 8px; margin: 4px 0; } a { color: inherit; }
@media print { :root { --text: #000; --quiet: #444; --line: #ccc; --box: #f4f4f4; --page: #fff; }
  body { max-width: none; padding: 0; font-size: 11pt; } .who { break-after: avoid; }
  pre, table, img { break-inside: avoid; } }
"""
_SIGNS = {code: 0x2400 + code for code in range(32) if code not in (9, 10)} | {127: 0x2421}
_PRINT_STYLE = (
    "body { font-size: 10pt; } .who, .remark, .about { color: #444444; font-size: 8.5pt; } .who { font-weight: bold; }"
    "pre, .prompt { background: #f4f4f4; white-space: pre-wrap; } "
    ".reasoning { color: #555555; font-size: 9pt; white-space: pre-wrap; }"
)


def page_of(
    whole: WholeConversation,
    body_of: BodyOf,
    picture_bytes: Callable[[Attachment], bytes | None],
    *,
    with_reasoning: bool,
    is_for_print: bool = False,
) -> Iterator[str]:
    """The parts of the page.  `is_for_print`: for Qt's text documents, which know few styles and fold nothing."""
    title = escape(wording.title_line(whole.title))
    language = current_language().replace("_", "-")
    yield (
        f'<!DOCTYPE html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta name="referrer" content="no-referrer">\n<title>{title}</title>\n'
        f"<style>{_PRINT_STYLE if is_for_print else _STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n"
    )
    about = [wording.time_words(whole.created_at), plain_line(whole.model_id or "", 100)]
    about += [plain_line(tag, 100) for tag in whole.tags]
    yield f'<p class="about">{escape(" · ".join(words for words in about if words))}</p>\n'
    if whole.system_prompt:
        yield _who(tr("System prompt")) + _as_typed(whole.system_prompt, is_for_print=is_for_print)
    for message in whole.path():
        yield from _message(message, body_of, picture_bytes, with_reasoning=with_reasoning, is_for_print=is_for_print)
    yield "</body>\n</html>\n"


def _message(
    message: Message,
    body_of: BodyOf,
    picture_bytes: Callable[[Attachment], bytes | None],
    *,
    with_reasoning: bool,
    is_for_print: bool,
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
            size = ' width="480"' if is_for_print and picture.width > 480 else ""
            yield f'<p><img src="data:{picture.media_type};base64,{data}" alt="{name}"{size}></p>\n'
    if with_reasoning and message.reasoning:
        words = escape(wording.reasoning_words(message))
        if is_for_print:
            yield f'<p class="remark">{words}</p>\n<div class="reasoning">{_lines(message.reasoning)}</div>\n'
        else:
            yield f"<details>\n<summary>{words}</summary>\n"
            yield f'<div class="text">{_shown(message.reasoning)}</div>\n</details>\n'
    if message.role is Role.USER:
        yield _as_typed(message.text, is_for_print=is_for_print)
    else:
        yield f"<div>\n{body_of(message.text)}</div>\n"
    if message.sources:
        yield f'<p class="remark">{escape(tr("Sources"))}</p>\n<ol>\n'
        for source in message.sources:
            name, address = escape(title_of(source)), escape(web_address(source.url))
            words = f'<a href="{address}" rel="noreferrer">{name}</a>' if address else name
            yield f'<li value="{source.index}">{words}</li>\n'
        yield "</ol>\n"


def _who(words: str) -> str:
    return f'<p class="who">{escape(words)}</p>\n'


def _as_typed(text: str, *, is_for_print: bool) -> str:
    if is_for_print:
        return f'<div class="prompt">{_lines(text)}</div>\n'
    return f'<div class="prompt">{_shown(text)}</div>\n'


def _shown(text: str) -> str:
    """`text` as it can be read: no markup of its own, and its control characters are signs."""
    return escape(clean_text(text).replace("\r\n", "\n").translate(_SIGNS))


def _lines(text: str) -> str:
    return _shown(text).replace("\n", "<br>")
