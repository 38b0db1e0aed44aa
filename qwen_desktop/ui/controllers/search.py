"""The search field, the history's index and the chat that is opened, joined.

Each letter asks anew and takes the former question back; an answer to a question that is no longer asked is dropped.
After the app has come to rest, the index reads what it does not know yet, off this thread and in short slices.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from qwen_desktop.core.words import tr
from qwen_desktop.ui.controllers.history_tasks import HistoryTasks
from qwen_desktop.ui.views.sidebar import filter_words

if TYPE_CHECKING:
    from qwen_desktop.core.chat.chat_list import Listing
    from qwen_desktop.core.chat.conversation import Conversation
    from qwen_desktop.core.search.found import SearchResult
    from qwen_desktop.core.storage.conversations import History
    from qwen_desktop.ui.controllers.changes import Changes
    from qwen_desktop.ui.transcript.view import TranscriptView
    from qwen_desktop.ui.views.sidebar import Sidebar

MOST_FOUND = 50
"""Conversations shown; who has more adds a word."""
AGAIN_S = 2.0
"""While older messages are still being read, what is searched for is looked for again so often."""
REST_S = 8.0
"""So long after the last change of the list the index is brought up to date."""


class SearchController(QObject):
    """Signals:
    chosen(): something of what was found is to be shown
    opened(Conversation): along the branch of the message that was chosen
    shown(int message_id, list[tuple[int, int]]): it is to be gone to, with what was looked for marked at these places
    conversation_wanted(int id): as a whole
    ended(): nothing is looked for any more
    missing(): what was chosen is not there any more
    troubled(StorageError), failed(BaseException)
    """

    chosen = Signal()
    opened = Signal(object)
    shown = Signal(int, object)
    conversation_wanted = Signal(int)
    ended = Signal()
    missing = Signal()
    troubled = Signal(object)
    failed = Signal(object)

    def __init__(
        self,
        history: History,
        changes: Changes,
        sidebar: Sidebar,
        parent: QObject | None = None,
        *,
        rest_s: float = REST_S,
    ) -> None:
        super().__init__(parent)
        self._history = history
        self._changes = changes
        self._sidebar = sidebar
        self._rest_s = rest_s
        self._tasks = HistoryTasks(self)
        self._tasks.troubled.connect(self.troubled)
        self._tasks.failed.connect(self.failed)
        self._text = ""
        self._searching: asyncio.Task[Any] | None = None
        self._opening: asyncio.Task[Any] | None = None
        self._catching_up: asyncio.Task[Any] | None = None
        self._is_at_work = False
        self._is_closed = False
        sidebar.search_changed.connect(self.search)
        sidebar.found_chosen.connect(self.open)
        sidebar.search_entered.connect(self.get_ready)

    @property
    def is_busy(self) -> bool:
        """A question is not answered yet."""
        return self._searching is not None and not self._searching.done()

    def search(self, text: str) -> None:
        """Look for `text`; '' ends the search."""
        if text == self._text:
            return
        self._text = text
        if text:
            self._ask()
        else:
            if self._searching is not None:
                self._searching.cancel()
            self.ended.emit()

    def get_ready(self) -> None:
        """Somebody is about to search: what the first answer needs is read now."""
        if not self.is_busy and not self._is_closed:
            self._searching = self._tasks.start(self._history.search.warm(), name="get ready to search")

    def on_listed(self, listing: Listing) -> None:
        """Chats came, went or changed."""
        if self._is_closed:
            return
        if self._text:
            self._ask()
        if listing.order.sections:
            self._catch_up(self._rest_s)

    def _ask(self) -> None:
        if self._searching is not None:
            self._searching.cancel()
        self._searching = self._tasks.start(self._search(self._text), name="search")

    async def _search(self, text: str) -> None:
        while text == self._text:
            result = await self._history.search.find(text, MOST_FOUND)
            if text != self._text:
                return
            self._sidebar.show_found(result, hints(result))
            if not result.unread_count:
                return
            self._catch_up(0.0)
            await asyncio.sleep(AGAIN_S)  # only while there is something to read

    def _catch_up(self, after_s: float) -> None:
        if self._catching_up is not None:
            if after_s == 0.0 and not self._catching_up.done() and self._is_at_work:
                return
            self._catching_up.cancel()
        self._is_at_work = after_s == 0.0
        self._catching_up = self._tasks.start(self._read_on(after_s), name="read into the search index")

    async def _read_on(self, after_s: float) -> None:
        await asyncio.sleep(after_s)
        self._is_at_work = True
        await self._history.search.catch_up()
        if self._text:
            self._ask()

    def open(self, conversation_id: int, message_id: int | None) -> None:
        """Show what was found."""
        self.drop_opening()
        self.chosen.emit()
        if message_id is None:
            self.conversation_wanted.emit(conversation_id)
        else:
            self._opening = self._tasks.start(
                self._open(conversation_id, message_id, self._text), name="open what was found"
            )

    @property
    def is_opening(self) -> bool:
        """What was found is being read to be shown."""
        return self._opening is not None and not self._opening.done()

    def drop_opening(self) -> None:
        """Something else was chosen meanwhile: what is being read is not shown."""
        if self._opening is not None:
            self._opening.cancel()
            self._opening = None

    async def _open(self, conversation_id: int, message_id: int, text: str) -> None:
        try:
            places = await self._history.search.places_in(message_id, text)
            conversation = await self._changes.read(
                conversation_id, lambda: self._on_its_branch(conversation_id, message_id)
            )
        except LookupError:
            self.missing.emit()
            return
        self._opening = None
        self.opened.emit(conversation)
        self.shown.emit(message_id, places)

    async def _on_its_branch(self, conversation_id: int, message_id: int) -> Conversation:
        """Another branch becomes the current one only where the message is not on that one."""
        conversation = await self._history.conversation(conversation_id)
        if all(message.id != message_id for message in conversation.messages):
            conversation = await self._history.select_path(message_id)
        return conversation

    async def close(self) -> None:
        """Ends what runs; what the index has read stays."""
        self._is_closed = True
        for task in (self._searching, self._opening, self._catching_up):
            if task is not None:
                task.cancel()
        await self._tasks.close()


def hints(result: SearchResult) -> list[str]:
    """What is to be told beside what was found, or instead of it."""
    words: list[str] = []
    if not result.conversations:
        words.append(tr("No chat matches"))
    for filter_ in result.query.not_understood:
        words.append(tr("{filter} is not understood and was left out.", filter=filter_))
    if result.unread_count:
        words.append(tr("Older messages are still being read for the search: {count}.", count=result.unread_count))
    if not result.conversations or result.query.not_understood:
        words.append(filter_words())
    elif result.is_cut:
        words.append(tr("More chats match. Add a word to find fewer."))
    return words


def mark(transcript: TranscriptView, message_id: int, places: list[tuple[int, int]]) -> None:
    """Go to a message that was found and mark in it what was looked for."""
    if message_id not in transcript.message_ids:
        return

    def places_of(which: int) -> list[tuple[int, int]]:
        return places if which == message_id else []

    first = places[0] if places else (0, 0)
    transcript.show_hits(places_of, (message_id, *first) if places else None)
    transcript.reveal(message_id, *first)
