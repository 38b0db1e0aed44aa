"""What one message of a ChatGPT export says: contents of any kind to Markdown, the pictures and the pages it names.

Kinds that are not known are shown with all the text they hold: a new one must not lose any.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from qwen_desktop.core.chat.message import Source
from qwen_desktop.core.exchange.foreign_pictures import Finder, named
from qwen_desktop.core.exchange.openai_messages import fenced
from qwen_desktop.core.exchange.whole import WantedPicture
from qwen_desktop.core.plain_line import plain_line
from qwen_desktop.core.web_address import web_address
from qwen_desktop.core.words import tr

MOST_SOURCES = 200
_MARKS = re.compile("\ue200[^\ue200\ue201]{0,100000}\ue201|【[^【】]{0,20}†[^【】]{0,500}】")
"""What stands in a text for a link, a picture or a name that only their page shows."""
_LEFT_MARKS = re.compile("[\ue200-\ue206]")
_REFERENCE = re.compile(r"(?:turn\d+[a-z_]+\d+|L\d+(?:-L?\d+)?|\d+)$")
_LANGUAGE = re.compile(r"[A-Za-z0-9+#.-]{1,20}")
_CANVAS = "canmore."
_NOT_TEXT = ("content_type", "asset_pointer", "id", "language", "model_set_context")


@dataclass(slots=True)
class Said:
    """What a message holds."""

    text: str = ""
    pictures: list[WantedPicture] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)


def said_in(message: dict[str, Any], find: Finder) -> Said:
    """`message` of a node."""
    return _Reader(message, find).read()


class _Reader:
    def __init__(self, message: dict[str, Any], find: Finder) -> None:
        self._message = message
        self._about = as_dict(message.get("metadata"))
        self._find = find
        self._said = Said()
        self._pointers: list[str] = []
        self._names = {
            string(one.get("id")): one for one in map(as_dict, as_list(self._about.get("attachments"))) if one.get("id")
        }

    def read(self) -> Said:
        shown_for, self._said.sources = self._references()
        content = self._message.get("content")
        text = content if isinstance(content, str) else self._content(as_dict(content))
        parts = [*self._attached(), *self._made_pictures(), _without_marks(text, shown_for)]
        self._said.text = "\n\n".join(part for part in parts if part.strip())
        return self._said

    def _content(self, content: dict[str, Any]) -> str:
        match content.get("content_type"):
            case "code":
                return self._code(content)
            case "execution_output":
                return fenced(string(content.get("text")))
            case "system_error":
                return fenced("\n".join(part for name in ("name", "text") if (part := string(content.get(name)))))
            case "tether_browsing_display":
                return "\n\n".join(part for name in ("summary", "result") if (part := string(content.get(name))))
            case "tether_quote" | "sonic_webpage":
                heading = " · ".join(part for name in ("title", "url") if (part := string(content.get(name))))
                return f"{heading}\n\n{string(content.get('text')) or string(content.get('snippet'))}".strip()
        parts = content.get("parts")
        if isinstance(parts, list):
            return "\n\n".join(text for part in parts if (text := self._part(part)).strip())
        return _all_text(content)

    def _code(self, content: dict[str, Any]) -> str:
        text = string(content.get("text"))
        if string(self._message.get("recipient")).startswith(_CANVAS) and (canvas := _canvas(text)):
            return canvas
        return fenced(text, _language(content.get("language")))

    def _part(self, part: Any) -> str:
        if isinstance(part, str):
            canvas = _canvas(part) if string(self._message.get("recipient")).startswith(_CANVAS) else ""
            return canvas or part
        part = as_dict(part)
        pointer = part.get("asset_pointer")
        if part.get("content_type") == "image_asset_pointer" and isinstance(pointer, str):
            about = as_dict(as_dict(part.get("metadata")).get("dalle"))
            return "\n\n".join(
                line for line in (self._picture(pointer), string(about.get("prompt"))[:2000]) if line.strip()
            )
        if isinstance(pointer, str) or part.get("content_type") == "real_time_user_audio_video_asset_pointer":
            return f"[{tr('File')}]"
        return _all_text(part)

    def _picture(self, pointer: str) -> str:
        """Nothing, where the picture can be had; else its name in the text."""
        self._pointers.append(pointer)
        name = next((string(one.get("name")) for id, one in self._names.items() if id in pointer), "")
        picture = self._find(pointer, plain_line(name, 100))
        self._said.pictures.append(picture)
        return named(picture) if picture.problem else ""

    def _attached(self) -> list[str]:
        """Files that went with a prompt and that its text does not point to."""
        lines = []
        pointed = " ".join(
            string(as_dict(part).get("asset_pointer"))
            for part in as_list(as_dict(self._message.get("content")).get("parts"))
        )
        for id, one in self._names.items():
            if id in pointed:
                continue
            if string(one.get("mime_type")).startswith("image/"):
                lines.append(self._picture(id))
            else:
                lines.append(f"[{tr('File: {name}', name=plain_line(string(one.get('name')), 100) or id[:80])}]")
        return lines

    def _made_pictures(self) -> list[str]:
        """What a program that ran has drawn."""
        messages = as_list(as_dict(self._about.get("aggregate_result")).get("messages"))
        pointers = [string(as_dict(one).get("image_url")) for one in messages]
        return [self._picture(pointer) for pointer in pointers if pointer]

    def _references(self) -> tuple[dict[str, str], list[Source]]:
        """What to show for each mark, and the pages that are named."""
        shown_for: dict[str, str] = {}
        sources: list[Source] = []
        for one in map(as_dict, as_list(self._about.get("content_references"))):
            mark, alt = one.get("matched_text"), one.get("alt")
            if isinstance(mark, str) and isinstance(alt, str):
                shown_for[mark] = alt
            pages = [one, *(page for name in ("items", "fallback_items", "sources") for page in as_list(one.get(name)))]
            sources += _pages(pages)
        for one in map(as_dict, as_list(self._about.get("citations"))):
            sources += _pages([one.get("metadata")])
        return shown_for, sources[:MOST_SOURCES]


def _pages(found: list[Any]) -> list[Source]:
    made = []
    for one in map(as_dict, found):
        if url := web_address(string(one.get("url"))):
            title = plain_line(string(one.get("title")), 300)
            made.append(Source(0, title, url, plain_line(string(one.get("attribution")), 100)))
    return made


def _without_marks(text: str, shown_for: dict[str, str]) -> str:
    if "\ue200" not in text and "†" not in text:
        return text

    def shown(found: re.Match[str]) -> str:
        known = shown_for.get(found[0])
        return _words_in(found[0]) if known is None else known

    return _LEFT_MARKS.sub("", _MARKS.sub(shown, text))


def _words_in(mark: str) -> str:
    """What a mark says by itself: the name of a place or a thing, the title of an address; nothing for a number."""
    if mark[0] == "【":
        return ""
    kind, *parts = mark[1:-1].split("\ue202")
    words = [part for part in parts if not _REFERENCE.match(part)]
    if kind == "entity" and words:
        named = [one for one in as_list(_json(words[0])) if isinstance(one, str)]
        return named[1] if len(named) > 1 else ""
    if kind == "url" and len(words) == 2 and (address := web_address(words[1])):
        return f"[{words[0]}]({address})"
    return "" if kind in ("cite", "filecite", "navlist", "image_group", "i", "video") else " ".join(words)


def _canvas(text: str) -> str:
    """What was written into a document beside the chat, or changed in it; '' for what is none."""
    found = as_dict(_json(text))
    content = found.get("content")
    if isinstance(content, str):
        name, kind = plain_line(string(found.get("name")), 100), string(found.get("type"))
        body = fenced(content, _language(kind.removeprefix("code/"))) if kind.startswith("code") else content
        return "\n\n".join(part for part in (f"**{name}**" if name else "", body) if part)
    changes = []
    for one in map(as_dict, as_list(found.get("updates")) + as_list(found.get("comments"))):
        pattern = string(one.get("pattern"))
        if pattern and pattern != ".*":
            changes.append(fenced(pattern))
        changes.append(fenced(string(one.get("replacement"))) or string(one.get("comment")))
    return "\n\n".join(change for change in changes if change)


def _all_text(found: dict[str, Any]) -> str:
    """Every text in a shape nobody has told us about, in its order."""
    parts: list[str] = []
    waiting: list[Any] = [found]
    while waiting and len(parts) < 10_000:
        one = waiting.pop()
        if isinstance(one, str):
            parts.append(one)
        elif isinstance(one, dict):
            waiting += [value for name, value in reversed(one.items()) if name not in _NOT_TEXT]
        elif isinstance(one, list):
            waiting += reversed(one)
    return "\n\n".join(part for part in parts if part.strip())


def thoughts_in(content: dict[str, Any]) -> str:
    """The reasoning of a message of kind `thoughts`."""
    parts = []
    for one in map(as_dict, as_list(content.get("thoughts"))):
        summary, text = string(one.get("summary")), string(one.get("content"))
        if not text:
            text = "\n\n".join(chunk for chunk in as_list(one.get("chunks")) if isinstance(chunk, str))
        parts += [part for part in (f"**{summary}**" if summary else "", text) if part]
    return "\n\n".join(parts) or string(content.get("content")) or string(content.get("text"))


def _language(value: Any) -> str:
    is_known = isinstance(value, str) and value != "unknown" and _LANGUAGE.fullmatch(value)
    return str(value) if is_known else ""


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def as_dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def string(value: Any) -> str:
    return value if isinstance(value, str) else ""
