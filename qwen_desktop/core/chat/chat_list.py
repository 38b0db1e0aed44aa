"""All conversations to the order in which they are listed: by id alone, so that fifty thousand are half a megabyte."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Self, TypeAlias

if TYPE_CHECKING:
    from qwen_desktop.core.chat.conversation import ConversationSummary

Ids: TypeAlias = "array[int]"
"""Of type 'q'."""


@dataclass(frozen=True, slots=True)
class ListedChat:
    """What a row of the list shows."""

    id: int
    title: str
    updated_at: datetime
    """UTC."""
    is_pinned: bool = False
    folder: str = ""
    tags: tuple[str, ...] = ()

    @classmethod
    def of(cls, summary: ConversationSummary) -> Self:
        return cls(summary.id, summary.title, summary.updated_at, summary.is_pinned, summary.folder, summary.tags)


@dataclass(frozen=True, slots=True)
class Section:
    """What stands under one heading: a folder, days, or, with neither, what is pinned and in no folder."""

    ids: Ids
    folder: str = ""
    day: date | None = None
    """The first day that belongs to it, local time."""
    pinned: int = 0
    """How many of the first ones are pinned."""


@dataclass(frozen=True, slots=True)
class ChatOrder:
    """Pinned ones, then folders by name, then by day; the newest first, in folders after those that are pinned."""

    sections: tuple[Section, ...] = ()

    def __len__(self) -> int:
        return sum(len(section.ids) for section in self.sections)

    def ids(self) -> Iterator[int]:
        """All of them, from the top."""
        return (one for section in self.sections for one in section.ids)

    def pinned_ids(self) -> frozenset[int]:
        return frozenset(one for section in self.sections for one in section.ids[: section.pinned])

    def folders_of(self, ids: Collection[int]) -> set[str]:
        """Where these lie; '' is no folder."""
        left = set(ids)
        found = set()
        for section in self.sections:
            inside = left.intersection(section.ids)
            if inside:
                found.add(section.folder)
                left -= inside
            if not left:
                break
        return found

    def without(self, conversation_id: int) -> ChatOrder:
        sections = []
        for section in self.sections:
            if conversation_id in section.ids:
                place = section.ids.index(conversation_id)
                ids = section.ids[:place] + section.ids[place + 1 :]
                section = replace(section, ids=ids, pinned=section.pinned - (place < section.pinned))
            if section.ids:
                sections.append(section)
        return ChatOrder(tuple(sections))

    def with_newest(self, chat: ListedChat, today: date) -> ChatOrder:
        """With this one where it belongs when it was written to just now."""
        others = self.without(chat.id).sections
        is_loose = not chat.folder
        kind = Section(
            array("q", [chat.id]),
            chat.folder,
            today if is_loose and not chat.is_pinned else None,
            int(chat.is_pinned),
        )
        place = next((at for at, one in enumerate(others) if _heading(one) >= _heading(kind)), len(others))
        if place < len(others) and _heading(others[place]) == _heading(kind):
            there = others[place]
            first = 0 if chat.is_pinned else there.pinned
            ids = there.ids[:first] + kind.ids + there.ids[first:]
            merged = replace(there, ids=ids, pinned=there.pinned + kind.pinned)
            return ChatOrder((*others[:place], merged, *others[place + 1 :]))
        return ChatOrder((*others[:place], kind, *others[place:]))


@dataclass(frozen=True, slots=True)
class Listing:
    """The list as it is now."""

    order: ChatOrder
    chats: tuple[ListedChat, ...]
    """The newest ones, and those that were asked for by id."""


def _heading(section: Section) -> tuple[int, str, str, int]:
    """What sorts headings."""
    if section.folder:
        return 1, section.folder.casefold(), section.folder, 0
    return (0, "", "", 0) if section.day is None else (2, "", "", -section.day.toordinal())


def sorted_sections(sections: Iterable[Section]) -> tuple[Section, ...]:
    return tuple(sorted(sections, key=_heading))


def first_day_of_section(day: date, today: date) -> date:
    """The first day that stands under the same heading: today, yesterday, the seven days before today, a month."""
    days_ago = (today - day).days
    if days_ago <= 1:
        return today - timedelta(days=max(0, days_ago))
    return today - timedelta(days=7) if days_ago <= 7 else day.replace(day=1)
