"""Files to the history: first a preview, then one short transaction for each conversation.

Blocks for the disk; runs on any thread but the window's.  What is there already is known by what was said and when, and
skipped unless a copy is wished.  Giving up, or a full disk, leaves whole conversations behind and no half one.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol, TypeVar

from qwen_desktop.core.errors import AttachmentRefused
from qwen_desktop.core.exchange.exporting import Reader
from qwen_desktop.core.exchange.foreign_pictures import PictureTaker, problems_of
from qwen_desktop.core.exchange.pictures import PictureFiles
from qwen_desktop.core.exchange.problems import BadConversation, BadFile
from qwen_desktop.core.exchange.reading import Found, FoundPicture, read_file
from qwen_desktop.core.exchange.whole import WholeConversation, beginning, places
from qwen_desktop.core.images.apart import prepare_apart
from qwen_desktop.core.long_work import let_go
from qwen_desktop.core.storage.attachments import AttachmentStore
from qwen_desktop.core.storage.exchange import beginnings, places_in, said_of, settle, writer_of
from qwen_desktop.core.words import describe

T = TypeVar("T")

MOST_SHOWN = 2_000
"""Conversations of a preview that are listed; the others are counted."""


MOST_PICTURE_PROBLEMS = 200


class Writer(Protocol):
    """Runs a write on the writing connection of the history, behind what was given before, and waits for it."""

    def __call__(self, job: Callable[[sqlite3.Connection], T]) -> T: ...


@dataclass(frozen=True, slots=True)
class ImportTools:
    """What an import works with."""

    read: Reader
    write: Writer
    attachments: Path
    tell: Callable[[int], None] = lambda done: None
    """Conversations that were looked at."""
    check: Callable[[], None] = lambda: None
    """Called often; raises `exporting.Cancelled` to give up."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One conversation of a preview."""

    title: str
    messages: int = 0
    created_at: datetime | None = None
    is_there: bool = False
    problem: str = ""


@dataclass(slots=True)
class Summary:
    """Counts of a preview, or of what was done."""

    new: int = 0
    there: int = 0
    """Already in the history."""
    bad: int = 0
    messages: int = 0
    """Of the new ones."""
    pictures: int = 0
    """Of the new ones: taken, or in a preview there to be taken."""
    missing_pictures: int = 0
    picture_problems: list[str] = field(default_factory=list)
    """Sentences about pictures of the new ones that cannot be taken; at most MOST_PICTURE_PROBLEMS of them."""
    candidates: list[Candidate] = field(default_factory=list)
    """Of each conversation, those with problems first to be kept; at most MOST_SHOWN."""
    problems: list[str] = field(default_factory=list)
    """Sentences about whole files."""

    @property
    def seen(self) -> int:
        return self.new + self.there + self.bad

    def note_pictures(self, count: int, problems: Iterable[str]) -> None:
        self.pictures += count
        for problem in problems:
            self.missing_pictures += 1
            if len(self.picture_problems) < MOST_PICTURE_PROBLEMS:
                self.picture_problems.append(problem)

    def note(self, candidate: Candidate) -> None:
        if candidate.problem:
            self.bad += 1
        elif candidate.is_there:
            self.there += 1
        else:
            self.new += 1
            self.messages += candidate.messages
        if len(self.candidates) < MOST_SHOWN:
            self.candidates.append(candidate)
        elif candidate.problem:
            place = next((k for k, one in enumerate(self.candidates) if not one.problem), None)
            if place is not None:
                self.candidates[place] = candidate


def preview(tools: ImportTools, files: Sequence[Path]) -> Summary:
    """What an import of these files would do; changes nothing.  Raises StorageUnavailable, Cancelled."""
    return _go_through(tools, files, take=None, with_copies=False)


def import_files(tools: ImportTools, files: Sequence[Path], *, with_copies: bool = False) -> Summary:
    """Put in what is new; `with_copies`: what is there already once more.  Raises StorageUnavailable, Cancelled."""
    try:
        return _go_through(tools, files, take=tools.write, with_copies=with_copies)
    finally:
        tools.write(settle)


def _go_through(tools: ImportTools, files: Sequence[Path], *, take: Writer | None, with_copies: bool) -> Summary:
    summary = Summary()
    pictures = PictureFiles(tools.attachments)
    taker = PictureTaker(AttachmentStore(tools.attachments), tools.check)
    wanted: set[str] = set()
    now = datetime.now(UTC)
    for path in files:
        # Asked anew for each file: of two that hold the same, the second finds what the first has brought.
        known = tools.read(beginnings)
        try:
            for found in read_file(path, now, tools.check):
                tools.check()
                if isinstance(found, FoundPicture):
                    if take is not None and found.digest in wanted:
                        _keep(pictures, found, summary, wanted)
                    continue
                messages = list(found.conversation.messages) if found.conversation is not None else []
                _take(tools, found, known, summary, wanted, taker, take, with_copies=with_copies)
                del found
                let_go(messages)
                tools.tell(summary.seen)
        except BadFile as error:
            summary.problems.append(error.sentence)
        taker.forget()
    if take is not None:
        summary.missing_pictures += sum(not pictures.has(digest) for digest in wanted)
    return summary


def _keep(pictures: PictureFiles, found: FoundPicture, summary: Summary, wanted: set[str]) -> None:
    """One of our own export: kept byte for byte, once it has proved to be a picture."""
    try:
        prepare_apart(found.content)
    except AttachmentRefused as error:
        wanted.discard(found.digest)
        summary.note_pictures(0, [describe(error).sentence])
        return
    if pictures.keep(found.digest, found.content):
        wanted.discard(found.digest)
        summary.note_pictures(1, [])


def _take(
    tools: ImportTools,
    found: Found,
    known: dict[bytes, list[int]],
    summary: Summary,
    wanted: set[str],
    taker: PictureTaker,
    take: Writer | None,
    *,
    with_copies: bool,
) -> None:
    whole = found.conversation
    if whole is None:
        summary.note(Candidate(found.title, problem=found.problem))
        return
    candidate = Candidate(whole.title, len(whole.messages), whole.created_at if whole.has_times else None)
    try:
        is_there = _is_there(tools, whole, known)
        if not is_there or with_copies:
            problems = list(problems_of(whole))
            count = sum(len(one.wanted) for one in whole.messages) - len(problems)
            if take is not None:
                wanted.update(one.digest for one in whole.attachments())
                before = taker.count
                whole, problems = taker.taken(whole)
                count = taker.count - before
                take(writer_of(whole, is_copy=is_there))
            summary.note_pictures(count, problems)
    except (ValueError, OverflowError, sqlite3.IntegrityError):  # a time or a number the history cannot hold
        summary.note(replace(candidate, problem=BadConversation("date").sentence))
        return
    summary.note(replace(candidate, is_there=is_there and not (with_copies and take is not None)))


def _is_there(tools: ImportTools, whole: WholeConversation, known: dict[bytes, list[int]]) -> bool:
    """Everything said in it is in one conversation of the history, perhaps with more below it."""
    kept = [one.message for one in whole.messages if one.deleted_at is None]
    if not kept:
        return False
    same = known.get(beginning(kept[0].role.value, said_of(kept[0]).text), ())
    if not same:
        return False
    mine = places((said_of(message) for message in kept), with_times=whole.has_times)
    for conversation_id in same:
        theirs = tools.read(lambda db, id=conversation_id: places_in(db, id, with_times=whole.has_times))  # type: ignore[misc]
        if mine <= theirs:
            return True
    return False
