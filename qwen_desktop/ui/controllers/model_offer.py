"""The picker and what can be chosen: the app's suggestions at once, then the server's own list.

The list is asked for when a picker is opened, never before: it is free, but a request all the same.  It is asked where
that needs nobody's leave (a key is known, or none is needed), at most once in FRESH_S for an account, and given up when
the picker is closed.  What went wrong stands in a quiet line of the picker, with a button to ask again.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from qwen_desktop.core.errors import QwenDesktopError
from qwen_desktop.core.words import describe, tr
from qwen_desktop.ui.aio import TaskOwner

if TYPE_CHECKING:
    from qwen_desktop.engine import Engine
    from qwen_desktop.ui.models.model_list import ModelRow
    from qwen_desktop.ui.views.model_picker import ModelPicker

FRESH_S = 300.0


@dataclass(frozen=True, slots=True)
class _Answer:
    """What one account was told."""

    at_s: float
    listed: tuple[str, ...] = ()
    error: QwenDesktopError | None = None


class ModelOffer(QObject):
    """Fills every picker of the app.

    Signals: failed(BaseException): a bug
    """

    failed = Signal(object)

    def __init__(
        self,
        engine: Engine,
        *,
        prepare: Callable[[], Awaitable[None]],
        clock: Callable[[], float] = time.monotonic,
        parent: QObject | None = None,
    ) -> None:
        """`prepare` imports what a request needs, beside the GUI thread; `clock` gives seconds."""
        super().__init__(parent)
        self._engine = engine
        self._prepare = prepare
        self._clock = clock
        self._tasks = TaskOwner(self)
        self._tasks.failed.connect(self.failed)
        self._answers: dict[object, _Answer] = {}
        self._connected: list[ModelPicker] = []
        self._open: tuple[ModelPicker, str] | None = None
        """The picker that is shown, and the model that was in use when it was opened."""
        self._is_ready = False
        """What rows are made of is imported, and the prices are read."""
        self._asking: asyncio.Task[Any] | None = None

    def serve(self, picker: ModelPicker, model_id: str) -> None:
        """A picker is about to be opened, with `model_id` in use."""
        if picker not in self._connected:
            self._connected.append(picker)
            picker.closed.connect(self._on_closed)
            picker.retry_requested.connect(self._ask)
        self._give_up()
        self._open = picker, model_id
        answer = self._answers.get(self._account)
        if self._is_ready:
            self._show(self._rows(model_id, ()))
        else:
            self._show(self._bare_rows(model_id))
        is_fresh = answer is not None and self._clock() - answer.at_s < FRESH_S
        self._tell(answer if is_fresh else None)
        self._start(is_fresh=is_fresh)

    @property
    def is_busy(self) -> bool:
        """The rows of the picker that is shown may still change."""
        return self._asking is not None and not self._asking.done()

    def forget(self) -> None:
        """Another key: what the former one was told does not count."""
        self._answers.clear()

    async def close(self) -> None:
        await self._tasks.close()

    # Asking

    @property
    def _account(self) -> object:
        engine = self._engine
        return engine.base_url, engine.is_demo, engine.keys.profile, engine.keys.origin

    def _ask(self) -> None:
        """Again, since the user wants it."""
        self._tell(None)
        self._start(is_fresh=False)

    def _start(self, *, is_fresh: bool) -> None:
        self._give_up()
        if self._open is not None:
            picker, model_id = self._open
            self._asking = self._tasks.start(self._fill(picker, model_id, is_fresh=is_fresh), name="list models")

    async def _fill(self, picker: ModelPicker, model_id: str, *, is_fresh: bool) -> None:
        """What takes longer than a frame: prices and long lists beside the GUI thread, and the server's answer.

        It is given up when the picker is closed: while it runs, the picker is the one that was opened."""
        account = self._account
        answer = self._answers.get(account)
        if not self._is_ready:
            await asyncio.to_thread(_get_ready)
            self._is_ready = True
            if answer is None:
                self._show(self._rows(model_id, ()))
        if answer is not None and answer.listed:
            self._show(await asyncio.to_thread(self._rows, model_id, answer.listed))
        if is_fresh or not self._engine.can_list_models:
            return
        if not picker.rows.all_rows[1:]:
            picker.show_status(tr("Asking the server for its models…"))
        listed, failure = () if answer is None else answer.listed, None
        try:
            await self._prepare()
            listed = tuple(model.id for model in await self._engine.listed_models())
        except QwenDesktopError as error:
            failure = error
        answer = self._answers[account] = _Answer(self._clock(), listed, failure)
        if account == self._account:
            self._show(await asyncio.to_thread(self._rows, model_id, listed))
            self._tell(answer)

    def _on_closed(self) -> None:
        self._open = None
        self._give_up()

    def _give_up(self) -> None:
        if self._asking is not None:
            self._asking.cancel()
            self._asking = None

    # Showing

    def _show(self, made: tuple[list[ModelRow], str]) -> None:
        if self._open is not None:
            picker = self._open[0]
            picker.set_models(made[0])
            picker.set_foot(made[1])

    def _tell(self, answer: _Answer | None) -> None:
        """How asking went; None: nothing was told yet."""
        if self._open is None:
            return
        picker = self._open[0]
        if answer is None or (answer.listed and answer.error is None):
            picker.show_status()
        elif answer.error is not None:
            why = describe(answer.error).sentence
            picker.show_status(tr("The server's list of models is not here. {why}", why=why), can_retry=True)
        else:
            picker.show_status(tr("The server lists no models."), can_retry=True)

    def _bare_rows(self, model_id: str) -> tuple[list[ModelRow], str]:
        """The ids alone: all that is at hand in the first moment."""
        from qwen_desktop.core.providers import catalogue
        from qwen_desktop.ui.models.model_list import ModelRow

        suggested = catalogue.suggested_model_ids()
        offered = catalogue.offered(self._engine.server, in_use=model_id, suggested=suggested)
        return [ModelRow(one.id, context_tokens=self._engine.abilities(one.id).context_tokens) for one in offered], ""

    def _rows(self, model_id: str, listed: tuple[str, ...]) -> tuple[list[ModelRow], str]:
        """All that is known, and the words of the foot.  From any thread."""
        from qwen_desktop.core.providers import catalogue
        from qwen_desktop.ui.model_rows import foot_words, model_row

        engine = self._engine
        server, is_here, is_demo = engine.server, engine.is_on_this_computer, engine.is_demo
        rows, prices = [], []
        suggested = catalogue.suggested_model_ids()
        for one in catalogue.offered(server, in_use=model_id, suggested=suggested, listed=listed):
            price = catalogue.price(one.id, server, engine.own_prices) if is_demo else engine.price(one.id)
            can_search = engine.can_search(one.id)
            known = engine.abilities(one.id)
            rows.append(
                model_row(one.id, known, price, can_search=can_search, is_unlisted=one.is_unlisted, is_here=is_here)
            )
            prices.append(price)
        return rows, foot_words(prices, is_demo=is_demo)


def _get_ready() -> None:
    """What rows are made of, on a worker thread."""
    from qwen_desktop.core.providers import catalogue
    from qwen_desktop.ui import model_rows  # noqa: F401

    catalogue.load_prices()
