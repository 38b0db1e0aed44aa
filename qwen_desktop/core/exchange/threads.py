"""Messages of other programs, one after another or in a tree, to a conversation as ours are: prompt, reply, prompt.

What has nothing to show goes, and its children hang on what was before it.  Several messages of one side in a row,
as tools make them, become one where no branch begins between them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from qwen_desktop.core.chat.conversation import title_from_prompt
from qwen_desktop.core.chat.message import Message, MessageStatus, Role, Source
from qwen_desktop.core.exchange.problems import BadConversation
from qwen_desktop.core.exchange.whole import WantedPicture, WholeConversation, WholeMessage
from qwen_desktop.core.long_work import let_go
from qwen_desktop.core.plain_line import plain_line
from qwen_desktop.core.protocol.surrogates import clean_text


@dataclass(slots=True)
class Node:
    """One message of another program."""

    parent: int | None
    """Place in the list; smaller than its own."""
    side: Role
    """USER or ASSISTANT; what tools and systems say in the middle belongs to the reply."""
    text: str
    reasoning: str = ""
    model_id: str | None = None
    created_at: datetime | None = None
    is_cut: bool = False
    thinking_s: float | None = None
    pictures: list[WantedPicture] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)
    children: int = field(default=0, init=False)

    @property
    def has_content(self) -> bool:
        return bool(self.text.strip() or self.reasoning.strip() or self.pictures)


def conversation_of(
    nodes: Sequence[Node],
    *,
    title: str = "",
    system_prompt: str = "",
    current: int | None = None,
    created_at: datetime | None = None,
    updated_at: datetime | None = None,
    model_id: str | None = None,
    is_pinned: bool = False,
    otherwise_at: datetime,
) -> WholeConversation:
    """`nodes`: parents before their children.  `otherwise_at`: the time of what has none.  Raises BadConversation."""
    kept, place_of = _merged(nodes)
    if not kept:
        raise BadConversation("empty")
    times = [one.created_at for one in kept if one.created_at is not None]
    begun = created_at or min(times, default=otherwise_at)
    messages = [_message(number, one, begun) for number, one in enumerate(kept, start=1)]
    last = max((one.message.created_at for one in messages), default=begun)
    prompt = next((one.text for one in kept if one.side is Role.USER), kept[0].text)
    place = None if current is None else place_of[current]
    let_go(kept)
    return WholeConversation(
        title=plain_line(clean_text(title), 200) or title_from_prompt(clean_text(prompt)),
        created_at=begun,
        updated_at=updated_at or last,
        messages=tuple(messages),
        current=len(messages) if place is None else place + 1,
        title_origin="user" if title else "app",
        model_id=model_id,
        system_prompt=clean_text(system_prompt),
        is_pinned=is_pinned,
        has_times=bool(times),
    )


def _merged(nodes: Sequence[Node]) -> tuple[list[Node], list[int | None]]:
    """What is kept, its parents as places in it; and for each node the place it has become, None for none."""
    for node in nodes:
        if node.parent is not None:
            nodes[node.parent].children += 1
    kept: list[Node] = []
    place_of: list[int | None] = []
    is_alone: list[bool] = []
    """Of each kept one: nothing but the next message hangs on it, and on what was passed over since."""
    for node in nodes:
        above = None if node.parent is None else place_of[node.parent]
        is_only = node.parent is not None and nodes[node.parent].children == 1
        if not node.has_content:
            place_of.append(above)
            if above is not None and (not is_only or node.children > 1):
                is_alone[above] = False
            continue
        if above is not None and kept[above].side is node.side and is_only and is_alone[above]:
            _append(kept[above], node)
            place_of.append(above)
            continue
        if above is not None and not is_only:
            is_alone[above] = False
        place_of.append(len(kept))
        kept.append(replace(node, parent=above))
        is_alone.append(True)
    return kept, place_of


def _append(one: Node, more: Node) -> None:
    one.text = f"{one.text}\n\n{more.text}" if one.text and more.text else one.text or more.text
    if more.reasoning:
        one.reasoning = f"{one.reasoning}\n\n{more.reasoning}" if one.reasoning else more.reasoning
    one.model_id = more.model_id or one.model_id
    one.is_cut = more.is_cut
    one.thinking_s = one.thinking_s if more.thinking_s is None else more.thinking_s
    one.pictures = one.pictures + more.pictures
    one.sources = one.sources + more.sources


def _message(number: int, node: Node, otherwise_at: datetime) -> WholeMessage:
    moment = node.created_at or otherwise_at
    return WholeMessage(
        Message(
            id=number,
            conversation_id=0,
            parent_id=None if node.parent is None else node.parent + 1,
            role=node.side,
            text=clean_text(node.text),
            status=MessageStatus.STOPPED if node.is_cut else MessageStatus.COMPLETE,
            created_at=moment,
            ended_at=moment,
            reasoning=clean_text(node.reasoning),
            thinking_s=node.thinking_s if node.reasoning.strip() else None,
            model_id=node.model_id if node.side is Role.ASSISTANT else None,
            sources=_numbered(node.sources),
        ),
        wanted=tuple(node.pictures),
    )


def _numbered(sources: Sequence[Source]) -> tuple[Source, ...]:
    by_url = {one.url: one for one in reversed(sources)}
    return tuple(replace(one, index=index) for index, one in enumerate(reversed(by_url.values()), start=1))
