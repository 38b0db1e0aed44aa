"""Conversations of a ChatGPT export to ours: a tree of nodes by name, with hidden ones, tools, code and pictures.

What `conversations.json` looks like is documented nowhere; this follows what exports of 2023 to 2026 hold:
https://help.openai.com/en/articles/7260999-how-do-i-export-my-chatgpt-history (read 2026-11-26).
"""

from __future__ import annotations

import heapq
from datetime import datetime
from typing import Any

from qwen_desktop.core.chat.message import Role
from qwen_desktop.core.exchange.chatgpt_content import as_dict, as_list, said_in, string, thoughts_in
from qwen_desktop.core.exchange.dates import moment_of
from qwen_desktop.core.exchange.foreign_pictures import Finder, nowhere
from qwen_desktop.core.exchange.openai_messages import fenced, quoted
from qwen_desktop.core.exchange.problems import BadConversation
from qwen_desktop.core.exchange.threads import Node, conversation_of
from qwen_desktop.core.exchange.whole import WholeConversation
from qwen_desktop.core.long_work import let_go

_CUT = ("interrupted", "max_tokens")
_CONTEXTS = ("user_editable_context", "model_editable_context")


def conversation_from(found: dict[str, Any], otherwise_at: datetime, find: Finder = nowhere) -> WholeConversation:
    """`found` has `mapping`.  Raises BadConversation."""
    mapping = _mapping(found.get("mapping"))
    parents = _parents(mapping)
    order = _in_order(mapping, parents)
    places = {name: place for place, name in enumerate(order)}
    nodes: list[Node] = []
    system: list[str] = []
    begun: list[bool] = []
    """Of each node: something was said in it or before it."""
    for name in order:
        parent = parents[name]
        above = None if parent is None else places[parent]
        is_begun = above is not None and begun[above]
        made = _node(as_dict(mapping[name].get("message")), above, find, is_begun=is_begun)
        if made.side is Role.SYSTEM:
            if made.text.strip():
                system.append(made.text)
            made.side, made.text = Role.ASSISTANT, ""  # passed over
        nodes.append(made)
        begun.append(is_begun or made.has_content)
    title = found.get("title")
    model = found.get("default_model_slug")
    current = found.get("current_node")
    whole = conversation_of(
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
    let_go(nodes)
    return whole


def _mapping(found: Any) -> dict[str, dict[str, Any]]:
    """Nodes by their names; some write them as a list.  Raises BadConversation for nodes that are none."""
    if isinstance(found, list):
        named: dict[str, Any] = {}
        for place, one in enumerate(found):
            name = string(as_dict(one).get("id"))
            named[f"#{place}" if not name or name in named else name] = one
        found = named
    if not isinstance(found, dict):
        raise BadConversation("unknown")
    if not all(isinstance(node, dict) for node in found.values()):
        raise BadConversation("shape", "mapping")
    return found


def _parents(mapping: dict[str, dict[str, Any]]) -> dict[str, str | None]:
    """What each node hangs on: what it says itself, else what names it as a child.  A circle is cut open."""
    listed: dict[str, str] = {}
    for name, node in mapping.items():
        for child in as_list(node.get("children")):
            if isinstance(child, str) and child in mapping:
                listed.setdefault(child, name)
    parents: dict[str, str | None] = {}
    for name, node in mapping.items():
        said = node.get("parent")
        parent = said if isinstance(said, str) and said in mapping else listed.get(name)
        parents[name] = None if parent == name else parent
    safe: set[str | None] = {None}
    """What leads to a beginning."""
    for name in mapping:
        way: dict[str, None] = {}
        at: str | None = name
        while at not in safe:
            assert at is not None
            way[at] = None
            if parents[at] in way:
                parents[at] = None
            at = parents[at]
        safe.update(way)
    return parents


def _in_order(mapping: dict[str, dict[str, Any]], parents: dict[str, str | None]) -> list[str]:
    """Names, parents before children and the older first.  What hangs on nothing is a beginning."""
    below: dict[str | None, list[str]] = {}
    for name, parent in parents.items():
        below.setdefault(parent, []).append(name)
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
        for name in below.pop(parent, ()):
            moment = moment_of(as_dict(mapping[name].get("message")).get("create_time"))
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


def _node(message: dict[str, Any], parent: int | None, find: Finder, *, is_begun: bool) -> Node:
    """A node as a message; without content where there is nothing to show.  Side SYSTEM: instructions for the chat."""
    content, about = as_dict(message.get("content")), as_dict(message.get("metadata"))
    author = message.get("author")
    role = author if isinstance(author, str) else as_dict(author).get("role")
    kind = content.get("content_type")
    made = Node(parent, Role.USER if role == "user" else Role.ASSISTANT, "")
    made.created_at = moment_of(message.get("create_time"))
    made.model_id = string(about.get("model_slug"))[:300] or None
    made.is_cut = as_dict(about.get("finish_details")).get("type") in _CUT
    if kind == "user_editable_context":
        texts = [string(content.get(name)) for name in ("user_profile", "user_instructions")]
        made.text = "\n\n".join(text for text in texts if text)
        made.side = Role.SYSTEM
    if about.get("is_visually_hidden_from_conversation") is True or kind in _CONTEXTS:
        return made
    if kind == "thoughts":
        made.reasoning = thoughts_in(content)
        return made
    if kind == "reasoning_recap":
        seconds = about.get("finished_duration_sec")
        if isinstance(seconds, int | float) and not isinstance(seconds, bool) and 0 <= seconds < 1e6:
            made.thinking_s = float(seconds)
        made.reasoning = string(content.get("content")) or string(content.get("text"))
        return made
    said = said_in(message, find)
    text, made.pictures, made.sources = said.text, said.pictures, said.sources
    recipient = message.get("recipient")
    is_call = isinstance(recipient, str) and recipient not in ("all", "")
    if role == "system":
        made.side, made.text = (Role.ASSISTANT, quoted(text)) if is_begun else (Role.SYSTEM, text)
    elif role == "tool" and kind != "multimodal_text":
        made.text = text if text.startswith("```") or made.pictures else fenced(text)
    elif role == "assistant" and is_call and not text.startswith("```") and not str(recipient).startswith("canmore."):
        made.text = fenced(text, "python" if recipient == "python" else "")
    else:
        made.text = text
    return made
