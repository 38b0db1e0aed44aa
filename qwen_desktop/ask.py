"""One prompt to one reply in the terminal: `ask`, and the conversation for a machine without a screen.  No Qt."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from qwen_desktop.ask_output import BROKEN_PIPE, Output, PlainOutput, exit_code, neutralised, output_for
from qwen_desktop.core.chat.conversation import title_from_prompt
from qwen_desktop.core.chat.message import Message, MessageStatus
from qwen_desktop.core.chat.turn import TurnEnded, TurnEvent
from qwen_desktop.core.chat.turns import StartedTurnLike, Turns
from qwen_desktop.core.errors import QwenDesktopError
from qwen_desktop.core.logs import start_logs
from qwen_desktop.core.paths import AppPaths
from qwen_desktop.core.protocol.surrogates import clean_text
from qwen_desktop.core.storage.conversations import History, MemoryHistory
from qwen_desktop.core.words import describe, set_language, system_language, tr
from qwen_desktop.engine import Engine
from qwen_desktop.stdin_prompt import NoPrompt, prompt_from

STOPPED_BY_SIGNAL = 128
LOG_NAME = "ask"


def run(options: argparse.Namespace) -> int:
    """Runs `ask` with parsed options and returns the exit code."""
    try:
        prompt = clean_text(prompt_from(options.prompt))
    except NoPrompt as missing:
        print(f"qwen-desktop ask: {missing}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    paths = AppPaths.find()
    engine = Engine(paths, base_url=options.base_url or "")
    set_language(system_language(engine.settings.appearance.language))
    output = output_for(options.json)
    logs = start_logs(paths.logs, name=LOG_NAME)
    try:
        return asyncio.run(_Ask(engine, output, options).run(prompt))
    finally:
        logs.close()


class _Ask:
    """One turn, told to one output."""

    def __init__(self, engine: Engine, output: Output, options: argparse.Namespace) -> None:
        self._engine = engine
        self._output = output
        self._options = options
        self._ended: asyncio.Future[TurnEnded] | None = None
        self._is_output_gone = False
        self._turns: Turns | None = None
        self._conversation_id: int | None = None
        self._signal = 0

    async def run(self, prompt: str) -> int:
        loop = asyncio.get_running_loop()
        self._ended = loop.create_future()
        reply: Message | None = None
        failure: QwenDesktopError | None = None
        for notice in self._engine.settings_notices:
            self._note(describe(notice).sentence)
        with _signals(self._on_signal):
            try:
                reply, failure = await self._turn(prompt)
            except QwenDesktopError as error:
                failure = error
            finally:
                await self._engine.close()
        if self._is_output_gone:
            return BROKEN_PIPE
        with suppress(BrokenPipeError):
            self._output.end(reply, failure)
        status = reply.status if reply is not None else MessageStatus.FAILED
        if status is MessageStatus.STOPPED and self._signal:
            return STOPPED_BY_SIGNAL + self._signal
        return exit_code(status, failure.kind if failure else None)

    async def _turn(self, prompt: str) -> tuple[Message, QwenDesktopError | None]:
        options = self._options
        history = await (MemoryHistory.open() if options.no_save else History.open(self._engine.paths.history))
        try:
            turns = self._turns = Turns(history, listener=self._hear, on_bug=self._on_bug)
            asking = await self._engine.asking(
                options.model or self._engine.settings.chat.model,
                options.thinking,
                system_prompt=clean_text(options.system),
                protocol=options.protocol or "",
            )
            started = await turns.send(prompt, asking, conversation_id=None, title=title_from_prompt(prompt))
            self._conversation_id = started.conversation.id
            if self._signal:
                turns.stop(self._conversation_id)
            assert self._ended is not None
            ended = await self._ended
            await turns.close()
            return ended.reply, ended.error
        finally:
            await history.close()

    def _hear(self, started: StartedTurnLike, event: TurnEvent) -> None:
        if isinstance(event, TurnEnded):
            if self._ended is not None and not self._ended.done():
                self._ended.set_result(event)
            return
        if self._is_output_gone:
            return
        try:
            self._output.hear(event)
        except OSError:  # the reader went away: nobody hears the rest, so it is not paid for
            self._is_output_gone = True
            sys.stdout = None  # lest its flush at exit complain again
            asyncio.get_running_loop().call_soon(self._stop)

    def _on_bug(self, error: BaseException) -> None:
        if self._ended is not None and not self._ended.done():
            self._ended.set_exception(error)

    def _on_signal(self, number: int) -> None:
        self._signal = number
        self._stop()

    def _stop(self) -> None:
        if self._turns is not None:
            self._turns.stop(self._conversation_id)

    def _note(self, sentence: str) -> None:
        print(neutralised(sentence), file=sys.stderr)


@contextmanager
def _signals(on_signal: Callable[[int], None]) -> Iterator[None]:
    """Ctrl-C and a request to end stop the turn, which then keeps its text."""
    numbers = [signal.SIGINT, signal.SIGTERM]
    loop = asyncio.get_running_loop()
    if sys.platform == "win32":
        before = signal.signal(signal.SIGINT, lambda number, _: loop.call_soon_threadsafe(on_signal, number))
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)
        return
    for number in numbers:
        loop.add_signal_handler(number, on_signal, number)
    try:
        yield
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)


def terminal_chat() -> int:
    """The same conversation without a window: one prompt a line, the reply below it, until the input ends."""
    paths = AppPaths.find()
    engine = Engine(paths)
    set_language(system_language(engine.settings.appearance.language))
    output = output_for(False)
    assert isinstance(output, PlainOutput)
    logs = start_logs(paths.logs, name=LOG_NAME)
    try:
        return asyncio.run(_TerminalChat(engine, output).run())
    except KeyboardInterrupt:
        return 130
    finally:
        logs.close()


class _TerminalChat:
    """Reads prompts from standard input, one a line, and keeps them in one conversation of the history."""

    def __init__(self, engine: Engine, output: PlainOutput) -> None:
        self._engine = engine
        self._output = output
        self._ended: asyncio.Future[TurnEnded] | None = None
        self._conversation_id: int | None = None

    async def run(self) -> int:
        print(tr("No screen was found, so the chat is here. An empty line, Ctrl-D or Ctrl-C ends it."))
        try:
            history = await History.open(self._engine.paths.history)
        except QwenDesktopError as error:
            print(neutralised(describe(error).sentence), file=sys.stderr)
            return 1
        turns = Turns(history, listener=self._hear, on_bug=self._on_bug)
        try:
            await history.recover()
            self._engine.use_demo_without_key = True
            while (prompt := await self._read()) is not None:
                await self._turn(turns, prompt)
        finally:
            await turns.close()
            await history.close()
            await self._engine.close()
        return 0

    async def _read(self) -> str | None:
        """The next prompt; None at the end of input or at an empty line."""
        print("\n> ", end="", flush=True)
        line = await asyncio.to_thread(sys.stdin.readline)
        prompt = clean_text(line).strip()
        return prompt or None

    async def _turn(self, turns: Turns, prompt: str) -> None:
        self._ended = asyncio.get_running_loop().create_future()
        model_id = self._engine.settings.chat.model
        with suppress(QwenDesktopError):  # the turn itself tells what is wrong with a key
            await self._engine.keys.current()
        asking = await self._engine.asking(model_id, self._engine.settings.chat.thinking or None)
        if asking.is_demo:
            print(tr("Demo, not Qwen"))
        with _signals(lambda _: turns.stop(self._conversation_id)):
            try:
                started = await turns.send(
                    prompt, asking, conversation_id=self._conversation_id, title=title_from_prompt(prompt)
                )
            except QwenDesktopError as error:
                self._output.end(None, error)
                return
            self._conversation_id = started.conversation.id
            ended = await self._ended
        self._output.end(ended.reply, ended.error)

    def _hear(self, started: StartedTurnLike, event: TurnEvent) -> None:
        if isinstance(event, TurnEnded):
            if self._ended is not None and not self._ended.done():
                self._ended.set_result(event)
        else:
            self._output.hear(event)

    def _on_bug(self, error: BaseException) -> None:
        if self._ended is not None and not self._ended.done():
            self._ended.set_exception(error)
