"""The API key to Qt: looked up, checked for free, saved and forgotten, with every wait off the GUI thread.

No pixels here, and no key in any signal: those who show something hear only where the key stands.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from qwen_desktop.core.errors import ApiKeyRejected, ApiKeyStoreError, QwenDesktopError
from qwen_desktop.ui.aio import TaskOwner

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Coroutine

    from qwen_desktop.core.credentials.api_keys import KeyOrigin
    from qwen_desktop.engine import Engine

CHECKING = "checking"
KEEPING = "keeping"


class KeyController(QObject):
    """One key at a time.

    Signals:
      origin_changed(str): where the key stands now, a KeyOrigin
      looked_up(str): the first look into the keychain is over; a KeyOrigin
      stage_changed(str): CHECKING (the service is asked) or KEEPING (the keychain is)
      accepted(str): the key works and is kept; a KeyOrigin
      refused(QwenDesktopError, list[str]): it does not; these other hosts could be asked whether they know it
      regions_found(list[Region]): the other regions that accept it, after they were asked
      not_kept(ApiKeyStoreError): it works, but the keychain did not take it
      failed(BaseException): a bug
    """

    origin_changed = Signal(str)
    looked_up = Signal(str)
    stage_changed = Signal(str)
    accepted = Signal(str)
    refused = Signal(object, list)
    regions_found = Signal(list)
    not_kept = Signal(object)
    failed = Signal(object)

    def __init__(self, engine: Engine, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._engine = engine
        self._tasks = TaskOwner(self)
        self._tasks.failed.connect(self.failed)
        self._work: asyncio.Task[Any] | None = None

    @property
    def origin(self) -> KeyOrigin:
        return self._engine.keys.origin

    def look_up(self, *, is_first: bool = True) -> None:
        """Finds out where the key stands; may wait for the person to unlock the keychain."""
        self._tasks.start(self._look_up(is_first), name="look up key")

    async def _look_up(self, is_first: bool) -> None:
        with suppress(ApiKeyStoreError, ApiKeyRejected):  # told when a key is needed, or when one is to be saved
            await self._engine.keys.current()
        self.origin_changed.emit(str(self.origin))
        if is_first:
            self.looked_up.emit(str(self.origin))

    def check_and_save(self, value: str, region_id: str, *, session_only: bool) -> None:
        """Asks the region's model list, which is free, then keeps the key.  A former request is dropped."""
        self._begin(self._check_and_save(value, region_id, session_only))

    async def _check_and_save(self, value: str, region_id: str, session_only: bool) -> None:
        self.stage_changed.emit(CHECKING)
        try:
            await self._engine.check_key(value, region_id)
        except ApiKeyRejected as error:
            asked = self._engine.region_url(region_id)
            others = () if error.reason == "malformed" else self._engine.regions_to_try(value, asked)
            self.refused.emit(error, [region.base_url for region in others])
            return
        except QwenDesktopError as error:
            self.refused.emit(error, [])
            return
        self._engine.use_region(region_id)
        await self._keep(value, session_only)

    def try_regions(self, value: str, region_id: str) -> None:
        """Asks the other regions whether they know a key that was refused: the user agreed to send it there."""
        self._begin(self._try_regions(value, region_id))

    async def _try_regions(self, value: str, region_id: str) -> None:
        self.stage_changed.emit(CHECKING)
        try:
            found = await self._engine.regions_that_know(value, self._engine.region_url(region_id))
        except QwenDesktopError as error:
            self.refused.emit(error, [])
            return
        self.regions_found.emit(found)

    def save(self, value: str, *, session_only: bool) -> None:
        """Keeps a key for the server in use, checked first where that is free."""
        self.check_and_save(value, "", session_only=session_only)

    async def _keep(self, value: str, session_only: bool) -> None:
        self.stage_changed.emit(KEEPING)
        try:
            await self._engine.keys.save(value, session_only=session_only)
        except ApiKeyRejected as error:
            self.refused.emit(error, [])
            return
        except ApiKeyStoreError as error:
            self.not_kept.emit(error)
            return
        self.origin_changed.emit(str(self.origin))
        self.accepted.emit(str(self.origin))

    def forget(self) -> None:
        """Drops the key from memory and keychain."""
        self._begin(self._forget())

    async def _forget(self) -> None:
        self.stage_changed.emit(KEEPING)
        try:
            await self._engine.keys.forget()
        except ApiKeyStoreError as error:
            self.not_kept.emit(error)
        self.origin_changed.emit(str(self.origin))

    def cancel(self) -> None:
        """The dialog was closed: what runs is dropped.  A keychain that is asking may still keep the key."""
        if self._work is not None:
            self._work.cancel()
            self._work = None

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        self.cancel()
        self._work = self._tasks.start(work, name="key")

    async def close(self) -> None:
        await self._tasks.close()
