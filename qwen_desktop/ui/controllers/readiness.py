"""What the next step of the user needs, imported on worker threads and connected before it: no step waits for it.

The GUI thread waits for a module only if it needs that very one meanwhile.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from qwen_desktop.engine import Engine
    from qwen_desktop.ui.aio import TaskOwner
    from qwen_desktop.ui.controllers.window import WindowController


class Readiness:
    def __init__(self, engine: Engine, tasks: TaskOwner, shown: Callable[[], WindowController]) -> None:
        self._engine = engine
        self._tasks = tasks
        self._shown = shown
        self.is_client_imported: bool | None = None
        """None: nobody has asked for it."""

    async def for_chat(self) -> None:
        """Before the first chat is opened: all at once it would be three frames in which nothing else happens."""
        from asyncio import sleep, to_thread

        if not self._shown().has_transcript:
            await to_thread(_import_for_chat)
            self._shown().prepare_transcript()
            await sleep(0)

    async def for_settings(self) -> None:
        from asyncio import to_thread

        await to_thread(_import_for_settings)

    async def for_request(self) -> None:
        from asyncio import to_thread

        await to_thread(import_for_request)

    def for_prompt(self) -> None:
        """One is being written: what sending and showing it needs is imported beside the typing, not in it."""
        self._tasks.start(self._get_ready_for_prompt(), name="warm up")

    async def _get_ready_for_prompt(self) -> None:
        from asyncio import to_thread

        await to_thread(_import_for_turn, is_demo=self._engine.is_demo)
        self._shown().prepare_transcript()

    def connect_early(self) -> None:
        """A prompt is being written, here or in the quick ask: it finds a connection that is open."""
        if self.is_client_imported:
            self._engine.warm()
        elif self.is_client_imported is None and not self._engine.is_demo:
            self.is_client_imported = False
            self._tasks.start(self._import_and_connect(), name="import the client")

    async def _import_and_connect(self) -> None:
        await self.for_request()
        self.is_client_imported = True
        self._engine.warm()


# On worker threads


def _import_for_settings() -> None:
    import qwen_desktop.core.providers.addresses
    import qwen_desktop.ui.views.account_list
    import qwen_desktop.ui.views.settings_dialog  # noqa: F401


def _import_for_chat() -> None:
    import qwen_desktop.ui.transcript.view  # noqa: F401
    from qwen_desktop.ui.transcript.markdown import parser

    parser()


def _import_for_turn(*, is_demo: bool) -> None:
    from importlib import import_module

    _import_for_chat()
    import_for_request()
    if is_demo:
        import_module("qwen_desktop.demo.server")


def import_for_request() -> None:
    """Whatever server it goes to."""
    from importlib import import_module

    for name in ("dashscope", "compatible", "http_client"):
        import_module(f"qwen_desktop.core.providers.{name}")
    from qwen_desktop.core.providers import catalogue

    catalogue.load_prices()
