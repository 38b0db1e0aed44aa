"""The pictures of one prompt that is being written: each is prepared on a worker thread, kept on disk, or refused.

No pixels.  A picture is on disk as soon as it is ready; which ones belong to the prompt is told by `kept`, so that a
draft remembers them.
"""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from qwen_desktop.core.credentials.worker import Worker
from qwen_desktop.core.errors import QwenDesktopError
from qwen_desktop.core.words import describe, tr
from qwen_desktop.ui.aio import TaskOwner

if TYPE_CHECKING:
    from collections.abc import Callable

    from qwen_desktop.core.chat.attachment import Attachment
    from qwen_desktop.ui.pictures.intake import Offer, Source

    Keep = Callable[[Source], tuple[Attachment, bool]]
    """Called on the worker thread: prepares a picture, keeps it, and says whether it was the first of an animation.
    Raises QwenDesktopError."""

MOST = 10
"""Pictures that go with one prompt."""
_numbers = itertools.count(1)


class Stage(Enum):
    """How far a picture is."""

    PREPARING = "preparing"
    READY = "ready"
    REFUSED = "refused"


@dataclass(slots=True, eq=False)
class Picture:
    """One place on the shelf."""

    id: int
    name: str
    stage: Stage
    attachment: Attachment | None = None
    """Once it is ready."""
    sentence: str = ""
    """Why it was refused, with what to do about it."""
    is_first_frame: bool = False
    """It was an animation, of which the first picture was taken."""


class PictureShelf(QObject):
    """Signals:
    changed(): other pictures, or one of them is further
    replaced(): those of another prompt are shown now
    kept(): other pictures belong to the prompt now, and are on disk: the draft is to remember them
    settled(): nothing is being prepared any more
    refused(str sentence): something was not taken in at all
    came_late(object home, Attachment): it was put in for a prompt that is not shown any more (see `home`)
    failed(BaseException): a bug
    """

    changed = Signal()
    replaced = Signal()
    kept = Signal()
    settled = Signal()
    refused = Signal(str)
    came_late = Signal(object, object)
    failed = Signal(object)

    def __init__(self, keep: Keep, worker: Worker, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._keep = keep
        self._worker = worker
        self._tasks = TaskOwner(self)
        self._tasks.failed.connect(self.failed)
        self._pictures: list[Picture] = []
        self._removed: set[int] = set()
        """Of those that are being prepared: not wanted any more."""
        self._under_way: dict[int, asyncio.Task[Any]] = {}
        self.home: object = None
        """Whose prompt is shown; goes with each picture that is put in."""

    @property
    def pictures(self) -> tuple[Picture, ...]:
        return tuple(self._pictures)

    @property
    def attachments(self) -> tuple[Attachment, ...]:
        """What goes with the prompt."""
        return tuple(one.attachment for one in self._pictures if one.attachment is not None)

    @property
    def is_preparing(self) -> bool:
        return any(one.stage is Stage.PREPARING for one in self._pictures)

    @property
    def is_empty(self) -> bool:
        return not self._pictures

    @property
    def under_way(self) -> list[asyncio.Task[Any]]:
        """What is being prepared, also for prompts that are not shown any more, and still wanted."""
        return list(self._under_way.values())

    # Putting in

    def take(self, offer: Offer) -> None:
        """Prepare what was offered, and say of the rest why it is not taken."""
        room = MOST - sum(one.stage is not Stage.REFUSED for one in self._pictures)
        for source in offer.sources[: max(0, room)]:
            picture = Picture(next(_numbers), source.name, Stage.PREPARING)
            self._pictures.append(picture)
            self._start(picture, source)
        self.refused.emit("\n".join(_refusals(offer, room)))
        if offer.sources:
            self.changed.emit()

    def put(self, attachments: tuple[Attachment, ...]) -> None:
        """Show these and nothing else; no `kept` follows.  What is being prepared comes late."""
        self._pictures = [Picture(next(_numbers), one.name, Stage.READY, one) for one in attachments]
        self.replaced.emit()
        self.changed.emit()

    def add(self, attachments: tuple[Attachment, ...]) -> None:
        """Pictures that come back, beside those there are; one that is there is not added again."""
        there = set(self.attachments)
        new = [one for one in dict.fromkeys(attachments) if one not in there]
        if new:
            self._pictures[:0] = [Picture(next(_numbers), one.name, Stage.READY, one) for one in new]
            self.changed.emit()

    def remove(self, picture_id: int) -> None:
        """The user does not want it."""
        picture = next((one for one in self._pictures if one.id == picture_id), None)
        if picture is None:
            return
        self._pictures.remove(picture)
        if picture.stage is Stage.PREPARING:
            self._removed.add(picture.id)
            self._under_way.pop(picture.id, None)
        self.changed.emit()
        if picture.attachment is not None:
            self.kept.emit()
        self._tell_settled(picture)

    # Preparing

    def _start(self, picture: Picture, source: Source) -> None:
        task = self._tasks.start(self._prepare(picture, source, self.home), name="prepare picture")
        self._under_way[picture.id] = task
        task.add_done_callback(lambda _: self._under_way.pop(picture.id, None))

    async def _prepare(self, picture: Picture, source: Source, home: object) -> None:
        try:
            attachment, is_first_frame = await self._worker.call(lambda: self._keep(source))
        except QwenDesktopError as error:
            picture.stage, picture.sentence = Stage.REFUSED, describe(error).sentence
            self._after(picture)
            return
        except BaseException:  # a bug, or the app ends: nothing is being prepared any more
            if picture in self._pictures:
                self._pictures.remove(picture)
            raise
        if picture.id in self._removed:
            self._removed.discard(picture.id)
        elif picture in self._pictures:
            picture.stage, picture.attachment, picture.is_first_frame = Stage.READY, attachment, is_first_frame
            self._after(picture)
            self.kept.emit()
        else:
            self.came_late.emit(home, attachment)

    def _after(self, picture: Picture) -> None:
        self._removed.discard(picture.id)
        if picture in self._pictures:
            self.changed.emit()
            self._tell_settled(picture)

    def _tell_settled(self, picture: Picture) -> None:
        if not self.is_preparing:
            self.settled.emit()

    async def close(self) -> None:
        """What is still being prepared is not kept."""
        await self._tasks.close()


def _refusals(offer: Offer, room: int) -> list[str]:
    """What was not taken in, in words."""
    said = []
    if len(offer.sources) > room:
        said.append(tr("At most {most} pictures go with a message. Send the others with the next one.", most=MOST))
    if offer.others:
        first = offer.others[0] if len(offer.others[0]) <= 60 else offer.others[0][:59] + "…"
        if len(offer.others) == 1:
            said.append(tr("{name} is not a picture. Pictures can be attached; copy text and paste it.", name=first))
        else:
            said.append(
                tr(
                    "{name} and others, {count} in all, are not pictures. Pictures can be attached; copy text and"
                    " paste it.",
                    name=first,
                    count=len(offer.others),
                )
            )
    return said
