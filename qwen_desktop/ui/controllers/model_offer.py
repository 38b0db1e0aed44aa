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
    from qwen_desktop.core.chat.price import Price
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
        if answer is None or self._clock() - answer.at_s >= FRESH_S:
            answer = _Answer(0.0, () if answer is None else answer.listed)
            self._show(answer)
            if self._engine.can_list_models:
                self._ask()
        else:
            self._show(answer)

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
        self._give_up()
        if self._open is None:
            return
        picker = self._open[0]
        picker.show_status("" if picker.rows.all_rows[1:] else tr("Asking the server for its models…"))
        self._asking = self._tasks.start(self._get_list(self._account), name="list models")

    async def _get_list(self, account: object) -> None:
        former = self._answers.get(account)
        listed, failure = () if former is None else former.listed, None
        try:
            await self._prepare()
            listed = tuple(model.id for model in await self._engine.listed_models())
        except QwenDesktopError as error:
            failure = error
        answer = self._answers[account] = _Answer(self._clock(), listed, failure)
        if account == self._account:
            self._show(answer, has_asked=True)

    def _on_closed(self) -> None:
        self._open = None
        self._give_up()

    def _give_up(self) -> None:
        if self._asking is not None:
            self._asking.cancel()
            self._asking = None

    # Showing

    def _show(self, answer: _Answer, *, has_asked: bool = False) -> None:
        if self._open is None:
            return
        from qwen_desktop.ui.model_rows import foot_words

        picker, model_id = self._open
        rows, prices = self._rows(model_id, answer.listed)
        picker.set_models(rows)
        picker.set_foot(foot_words(prices, is_demo=self._engine.is_demo))
        if answer.error is not None:
            why = describe(answer.error).sentence
            picker.show_status(tr("The server's list of models is not here. {why}", why=why), can_retry=True)
        elif has_asked and not answer.listed:
            picker.show_status(tr("The server lists no models."), can_retry=True)
        else:
            picker.show_status()

    def _rows(self, model_id: str, listed: tuple[str, ...]) -> tuple[list[ModelRow], list[Price | None]]:
        from qwen_desktop.core.providers import catalogue
        from qwen_desktop.ui.model_rows import model_row

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
        return rows, prices
