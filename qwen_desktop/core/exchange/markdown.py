"""One conversation along its current path to Markdown: its texts byte for byte as they are, headings in between."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator

from qwen_desktop.core.chat.attachment import Attachment
from qwen_desktop.core.chat.message import Message, Role
from qwen_desktop.core.chat.sources import title_of
from qwen_desktop.core.exchange import wording
from qwen_desktop.core.exchange.whole import WholeConversation
from qwen_desktop.core.plain_line import plain_line
from qwen_desktop.core.web_address import web_address
from qwen_desktop.core.words import tr

_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})[ \t]*([^\n]*)$", re.MULTILINE)
_SPECIAL = re.compile(r"([\\`*_\[\]<>#|~$])")


def markdown_of(
    whole: WholeConversation, picture_path: Callable[[Attachment], str | None], *, with_reasoning: bool
) -> Iterator[str]:
    """The parts of the file.  `picture_path`: where a picture lies, seen from the file; None: it is not there."""
    path = whole.path()
    yield from _front_matter(whole)
    yield f"# {_escaped(wording.title_line(whole.title))}\n"
    if whole.system_prompt:
        yield f"\n## {tr('System prompt')}\n\n{_ended(whole.system_prompt)}"
    for message in path:
        yield from _message(message, picture_path, with_reasoning=with_reasoning)


def _front_matter(whole: WholeConversation) -> Iterator[str]:
    """YAML, whose quoted strings take everything that those of JSON take."""
    yield "---\n"
    fields = {
        "title": whole.title,
        "date": whole.created_at.isoformat(timespec="seconds"),
        "updated": whole.updated_at.isoformat(timespec="seconds"),
        "model": whole.model_id,
    }
    for name, value in fields.items():
        if value is not None:
            yield f"{name}: {value if name in ('date', 'updated') else _quoted(value)}\n"
    if whole.tags:
        yield f"tags: [{', '.join(map(_quoted, whole.tags))}]\n"
    yield "---\n\n"


def _quoted(text: str) -> str:
    shown = json.dumps(text, ensure_ascii=False)
    # What YAML takes for the end of a line or refuses in a stream, though JSON does not.
    return re.sub("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]", lambda found: f"\\u{ord(found[0]):04x}", shown)


def _message(
    message: Message, picture_path: Callable[[Attachment], str | None], *, with_reasoning: bool
) -> Iterator[str]:
    yield f"\n## {_escaped(wording.author(message))} · {wording.time_words(message.created_at)}\n\n"
    if remarks := wording.remarks(message):
        yield f"*{_escaped(' · '.join(remarks))}*\n\n"
    for picture in message.attachments:
        where = picture_path(picture)
        name = _escaped(plain_line(picture.name, 100) or tr("Picture"))
        yield f"![{name}](<{where}>)\n\n" if where else f"*{tr('Picture: {name}', name=name)}*\n\n"
    if with_reasoning and message.reasoning:
        yield f"<details>\n<summary>{_escaped(wording.reasoning_words(message))}</summary>\n\n"
        yield f"{_ended(message.reasoning)}\n</details>\n\n"
    yield _ended(message.text)
    if message.sources:
        yield f"\n{tr('Sources')}\n\n"
        for source in message.sources:
            address = web_address(source.url)
            name = _escaped(title_of(source))
            yield f"{source.index}. [{name}](<{address}>)\n" if address else f"{source.index}. {name}\n"
    if message.role is Role.ASSISTANT and message.tool_calls:
        for call in message.tool_calls:
            yield f"\n{tr('Tool call')}: {_escaped(plain_line(call.name, 100))}\n"


def _ended(text: str) -> str:
    """The text, then what is needed for that which follows to stand by itself: a line end, and a fence that a text cut
    in the middle of its code had left open."""
    if not text:
        return ""
    ended = text if text.endswith("\n") else text + "\n"
    fence = open_fence(text)
    return f"{ended}{fence}\n" if fence else ended


def open_fence(text: str) -> str:
    """The marks that would close the code block in which `text` ends; '' where it ends outside."""
    marks = ""
    for line in _FENCE.finditer(text):
        found, info = line[1], line[2].strip()
        if not marks:
            marks = found if found[0] != "`" or "`" not in info else ""
        elif found.startswith(marks) and not info:
            marks = ""
    return marks


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text)
