"""Lists of messages as OpenAI's interface takes them to conversations: `{"messages": [{"role", "content"}]}`.

Source: https://platform.openai.com/docs/api-reference/chat/create (read 2026-11-26).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from qwen_desktop.core.chat.message import Role
from qwen_desktop.core.exchange.dates import moment_of
from qwen_desktop.core.exchange.foreign_pictures import Encoded, from_base64, from_data_url, named
from qwen_desktop.core.exchange.problems import BadConversation
from qwen_desktop.core.exchange.threads import Node, conversation_of
from qwen_desktop.core.exchange.whole import WantedPicture, WholeConversation
from qwen_desktop.core.long_work import let_go
from qwen_desktop.core.plain_line import plain_line
from qwen_desktop.core.web_address import web_address
from qwen_desktop.core.words import tr

SYSTEM = ("system", "developer")
_TOOLS = ("tool", "function")


def looks_like_message(found: Any) -> bool:
    return isinstance(found, dict) and isinstance(found.get("role"), str) and ("content" in found or "text" in found)


def conversation_from(found: dict[str, Any], otherwise_at: datetime) -> WholeConversation:
    """`found` has `messages`, and perhaps `title`, `model` and `created`.  Raises BadConversation."""
    messages = found.get("messages")
    if not isinstance(messages, list):
        raise BadConversation("unknown")
    system: list[str] = []
    nodes: list[Node] = []
    for one in messages:
        if not isinstance(one, dict) or not isinstance(one.get("role"), str):
            raise BadConversation("shape", f"messages[{len(nodes)}]")
        pictures: list[WantedPicture] = []
        role, text = one["role"], _text(one.get("content", one.get("text")), pictures)
        if role in SYSTEM and not nodes:
            system.append(text)
            continue
        if role in _TOOLS:
            text = fenced(text)
        elif role in SYSTEM:
            text = quoted(text)
        reasoning = one.get("reasoning_content", one.get("reasoning"))
        nodes.append(
            Node(
                parent=len(nodes) - 1 if nodes else None,
                side=Role.USER if role == "user" else Role.ASSISTANT,
                text="\n\n".join(part for part in (text, _calls(one.get("tool_calls"))) if part),
                reasoning=reasoning if isinstance(reasoning, str) else "",
                model_id=_name(one.get("model")) or _name(found.get("model")),
                pictures=pictures,
                created_at=_time(one, "created_at", "create_time", "timestamp", "created"),
            )
        )
    whole = conversation_of(
        nodes,
        title=_name(found.get("title")) or _name(found.get("name")) or "",
        system_prompt="\n\n".join(text for text in system if text),
        created_at=_time(found, "created_at", "create_time", "created"),
        model_id=_name(found.get("model")),
        otherwise_at=otherwise_at,
    )
    let_go(nodes)
    return whole


def _time(found: dict[str, Any], *names: str) -> datetime | None:
    return next((moment for name in names if (moment := moment_of(found.get(name))) is not None), None)


def _name(value: Any) -> str | None:
    return value[:300] if isinstance(value, str) and value else None


def _text(content: Any, pictures: list[WantedPicture]) -> str:
    """A text, or a list of parts; pictures that stand in them are added to `pictures`, others become links."""
    if isinstance(content, memoryview):  # as long as a picture, and none
        return str(content, "utf-8", "replace")
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return ""
    parts = []
    for part in content:
        if isinstance(part, str):
            parts.append(part)
        elif isinstance(part, dict):
            text = part.get("text")
            if isinstance(text, str):
                parts.append(text)
            elif part.get("type") in ("image_url", "image", "input_image"):
                parts.append(_picture(part, pictures))
            elif part.get("type") in ("input_audio", "file", "input_file"):
                parts.append(_file(part))
    return "\n\n".join(part for part in parts if part)


def _picture(part: dict[str, Any], pictures: list[WantedPicture]) -> str:
    """Nothing, where the picture stands there itself; else a link: nothing is ever fetched."""
    url = part.get("image_url", part.get("image"))
    url = url.get("url") if isinstance(url, dict) else url
    source = part.get("source")
    if isinstance(source, dict):  # as Anthropic's interface has it
        data, url = source.get("data"), source.get("url")
        if isinstance(data, Encoded) and source.get("type") == "base64":
            return _taken(from_base64(data), pictures)
    if isinstance(url, Encoded) and (picture := from_data_url(url)) is not None:
        return _taken(picture, pictures)
    if isinstance(url, str) and (address := web_address(url)):
        return f"[{tr('Picture')}](<{address}>)"
    return f"[{tr('Picture')}]"


def _taken(picture: WantedPicture, pictures: list[WantedPicture]) -> str:
    pictures.append(picture)
    return named(picture) if picture.problem else ""


def _file(part: dict[str, Any]) -> str:
    about = part.get("file", part)
    name = about.get("filename") if isinstance(about, dict) else None
    return f"[{tr('File: {name}', name=plain_line(name, 100))}]" if isinstance(name, str) else f"[{tr('File')}]"


def _calls(calls: Any) -> str:
    blocks = []
    for call in calls if isinstance(calls, list) else ():
        function = call.get("function") if isinstance(call, dict) else None
        if isinstance(function, dict):
            name, arguments = function.get("name"), function.get("arguments")
            blocks.append(fenced(f"{name}({arguments if isinstance(arguments, str) else ''})"))
    return "\n\n".join(blocks)


def fenced(text: str, language: str = "") -> str:
    """`text` as a block of code, whatever it holds; '' for nothing."""
    if not text.strip():
        return ""
    marks = "```"
    while marks in text:
        marks += "`"
    ended = text if text.endswith("\n") else text + "\n"
    return f"{marks}{language}\n{ended}{marks}"


def quoted(text: str) -> str:
    return "\n".join(f"> {line}" for line in text.splitlines())
