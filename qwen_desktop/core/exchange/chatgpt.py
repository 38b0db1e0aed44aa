"""Conversations of a ChatGPT export to ours: a tree of nodes by name, with hidden ones, tools, code and pictures.

What `conversations.json` looks like is documented nowhere; this follows what exports of 2023 to 2026 hold:
https://help.openai.com/en/articles/7260999-how-do-i-export-my-chatgpt-history (read 2026-11-26).
"""

from __future__ import annotations

import heapq
import re
from datetime import datetime
from typing import Any

from qwen_desktop.core.chat.message import Role
from qwen_desktop.core.exchange.dates import moment_of
from qwen_desktop.core.exchange.openai_messages import fenced, quoted
from qwen_desktop.core.exchange.problems import BadConversation
from qwen_desktop.core.exchange.threads import Node, conversation_of
from qwen_desktop.core.exchange.whole import WholeConversation
from qwen_desktop.core.words import tr

_CITATION_MARKS = re.compile("\ue200[^\ue200\ue201]{0,500}\ue201|【\\d+†[^】]{0,200}】")
"""What stands in a text for a link that only their page shows."""
_LANGUAGE = re.compile(r"[A-Za-z0-9+#.-]{1,20}")
_CUT = ("interrupted", "max_tokens")


def conversation_from(found: dict[str, Any], otherwise_at: datetime) -> WholeConversation:
    """`found` has `mapping`.  Raises BadConversation."""
    mapping = found.get("mapping")
    if not isinstance(mapping, dict):
        raise BadConversation("unknown")
    order = _in_order(mapping)
    places = {name: place for place, name in enumerate(order)}
    nodes: list[Node] = []
    system: list[str] = []
    begun: list[bool] = []
    """Of each node: something was said in it or before it."""
    for name in order:
        node = mapping[name]
        message = node.get("message")
        parent = _parent(mapping, name)
        above = places.get(parent) if parent is not None else None
        is_begun = above is not None and begun[above]
        made = _node(message if isinstance(message, dict) else {}, above, is_begun=is_begun)
        if made.side is Role.SYSTEM:
            if made.text.strip():
                system.append(made.text)
            made.side, made.text = Role.ASSISTANT, ""  # passed over
        nodes.append(made)
        begun.append(is_begun or bool(made.text.strip()))
    title = found.get("title")
    model = found.get("default_model_slug")
    current = found.get("current_node")
    return conversation_of(
        nodes,
        title=title if isinstance(title, str) else "",
        system_prompt="\n\n".join(system),
        current=places.get(current) if isinstance(current, str) else None,
        created_at=moment_of(found.get("create_time")),
        updated_at=moment_of(found.get("update_time")),
        model_id=model if isinstance(model, str) else None,
        is_pinned=bool(found.get("is_starred") or found.get("pinned_time")),
        otherwise_at=otherwise_at,
    )


def _parent(mapping: dict[str, Any], name: str) -> str | None:
    parent = mapping[name].get("parent")
    return parent if isinstance(parent, str) and parent in mapping and parent != name else None


def _in_order(mapping: dict[str, Any]) -> list[str]:
    """Names, parents before children and the older first.  What hangs on nothing is a beginning; what hangs in a circle
    is unreachable and left out.  Raises BadConversation for nodes that are none."""
    below: dict[str | None, list[str]] = {}
    for name, node in mapping.items():
        if not isinstance(node, dict):
            raise BadConversation("shape", "mapping")
        below.setdefault(_parent(mapping, name), []).append(name)
    for parent, names in below.items():
        listed = mapping[parent].get("children") if parent is not None else None
        if isinstance(listed, list):
            wanted = {name: place for place, name in enumerate(listed) if isinstance(name, str)}
            names.sort(key=lambda name: wanted.get(name, len(wanted)))
    waiting: list[tuple[float, int, str]] = []
    count = 0

    def add(parent: str | None, since: float) -> None:
        nonlocal count
        at = since
        for name in below.get(parent, ()):
            message = mapping[name].get("message")
            moment = moment_of(message.get("create_time")) if isinstance(message, dict) else None
            # Siblings stay in their order, and nothing comes before what it hangs on.
            at = max(at, moment.timestamp() if moment is not None else at)
            heapq.heappush(waiting, (at, count, name))
            count += 1

    order = []
    add(None, float("-inf"))
    while waiting:
        since, _, name = heapq.heappop(waiting)
        order.append(name)
        add(name, since)
    return order


def _node(message: dict[str, Any], parent: int | None, *, is_begun: bool) -> Node:
    """A node as a message; without text where there is nothing to show.  Side SYSTEM: instructions for the chat."""
    author, content, about = (_dict(message.get(name)) for name in ("author", "content", "metadata"))
    role = author.get("role")
    kind = content.get("content_type")
    made = Node(parent, Role.USER if role == "user" else Role.ASSISTANT, "")
    made.created_at = moment_of(message.get("create_time"))
    model = about.get("model_slug")
    made.model_id = model[:300] if isinstance(model, str) else None
    made.is_cut = _dict(about.get("finish_details")).get("type") in _CUT
    if about.get("is_visually_hidden_from_conversation") is True or kind == "user_editable_context":
        return made
    if kind == "thoughts":
        made.reasoning = _thoughts(content.get("thoughts"))
        return made
    if kind == "reasoning_recap":
        return made
    text = _text(content, str(kind))
    recipient = message.get("recipient")
    if role == "system":
        made.side, made.text = (Role.ASSISTANT, quoted(text)) if is_begun else (Role.SYSTEM, text)
    elif role == "tool" and kind != "multimodal_text":
        made.text = text if text.startswith("```") else fenced(text)
    elif role == "assistant" and isinstance(recipient, str) and recipient != "all" and not text.startswith("```"):
        made.text = fenced(text, "python" if recipient == "python" else "")
    else:
        made.text = text
    return made


def _text(content: dict[str, Any], kind: str) -> str:
    match kind:
        case "code":
            language = content.get("language")
            known = isinstance(language, str) and language != "unknown" and _LANGUAGE.fullmatch(language)
            return fenced(_string(content.get("text")), str(language) if known else "")
        case "execution_output" | "system_error":
            return fenced(_string(content.get("text")))
        case "tether_browsing_display":
            return _string(content.get("result"))
        case "tether_quote":
            heading = " · ".join(part for name in ("title", "url") if (part := _string(content.get(name))))
            return f"{heading}\n\n{_string(content.get('text'))}".strip()
    parts = content.get("parts")
    if not isinstance(parts, list):
        return _plain(_string(content.get("text")))
    return "\n\n".join(text for part in parts if (text := _part(part)).strip())


def _part(part: Any) -> str:
    if isinstance(part, str):
        return _plain(part)
    part = _dict(part)
    match part.get("content_type"):
        case "image_asset_pointer":
            pointer = _string(part.get("asset_pointer"))
            about = _dict(_dict(part.get("metadata")).get("dalle"))
            prompt = _string(about.get("prompt"))[:2000]
            name = re.sub(r"[^\w.-]", "", pointer.rpartition("/")[2])[:80]
            return "\n\n".join(line for line in (f"[{tr('Picture: {name}', name=name)}]", prompt) if line)
        case "audio_transcription":
            return _string(part.get("text"))
        case None:
            return _string(part.get("text"))
    return f"[{tr('File')}]" if "asset_pointer" in part else _string(part.get("text"))


def _plain(text: str) -> str:
    return _CITATION_MARKS.sub("", text) if "\ue200" in text or "†" in text else text


def _thoughts(thoughts: Any) -> str:
    parts = []
    for one in thoughts if isinstance(thoughts, list) else ():
        one = _dict(one)
        parts += [f"**{summary}**"] if (summary := _string(one.get("summary"))) else []
        parts += [text] if (text := _string(one.get("content"))) else []
    return "\n\n".join(parts)


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _string(value: Any) -> str:
    return value if isinstance(value, str) else ""
