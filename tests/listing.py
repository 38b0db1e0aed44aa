"""A history to what its list shows and its search finds; summaries to the listing a history with them would give."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from datetime import date, datetime
from itertools import groupby
from typing import TYPE_CHECKING

from qwen_desktop.core.chat.chat_list import (
    ChatOrder,
    ListedChat,
    Listing,
    Section,
    first_day_of_section,
    sorted_sections,
)
from qwen_desktop.core.chat.conversation import ConversationSummary

if TYPE_CHECKING:
    from qwen_desktop.core.storage.conversations import History
    from qwen_desktop.ui.models.conversation_list import ConversationListModel


async def listed(history: History) -> list[ListedChat]:
    """All chats, from the top of the list."""
    ids = list((await history.listing()).order.ids())
    chats = {chat.id: chat for chat in await history.chats(ids)}
    return [chats[one] for one in ids if one in chats]


async def searched(history: History, text: str, limit: int = 100) -> list[ConversationSummary]:
    """The conversations a search finds, the best first."""
    return [found.summary for found in (await history.search.find(text, limit)).conversations]


def listing_of(summaries: Iterable[ConversationSummary]) -> Listing:
    """Slow and plain; `tests/contracts/test_listing.py` compares a history's with it."""
    today = datetime.now().astimezone().date()
    ordered = sorted(summaries, key=lambda one: (one.is_pinned, one.updated_at, one.id), reverse=True)

    def place(one: ConversationSummary) -> tuple[str, date | None]:
        is_pinned = one.is_pinned or one.folder
        return one.folder, None if is_pinned else first_day_of_section(one.updated_at.astimezone().date(), today)

    sections = []
    for (folder, day), them in groupby(sorted(ordered, key=lambda one: str(place(one))), key=place):
        chats = list(them)
        ids = array("q", (one.id for one in chats))
        sections.append(Section(ids, folder, day, sum(one.is_pinned for one in chats)))
    return Listing(ChatOrder(sorted_sections(sections)), tuple(map(ListedChat.of, ordered)))


def list_chats(model: ConversationListModel, chats: Iterable[ConversationSummary] | Listing) -> None:
    """Show these, and bring what comes into sight."""
    listing = chats if isinstance(chats, Listing) else listing_of(chats)
    state = vars(model)
    is_first = "all_chats" not in state
    state["all_chats"] = {chat.id: chat for chat in listing.chats}

    def bring(ids: tuple[int, ...]) -> None:
        known = state["all_chats"]
        model.put_chats(known[one] for one in ids if one in known)

    if is_first:
        model.chats_wanted.connect(bring)
    model.show_listing(Listing(listing.order, listing.chats[:300]))
