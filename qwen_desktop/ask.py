"""One prompt to one reply in the terminal: `ask`, and the conversation for a machine without a screen.  No Qt."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from qwen_desktop.ask_output import BROKEN_PIPE, Output, PlainOutput, exit_code, note, output_for
from qwen_desktop.core.chat.conversation import title_from_prompt
from qwen_desktop.core.chat.message import Message, MessageStatus
from qwen_desktop.core.chat.turn import TurnEnded, TurnEvent
from qwen_desktop.core.chat.turns import StartedTurnLike, Turns
from qwen_desktop.core.errors import AttachmentRefused, QwenDesktopError
from qwen_desktop.core.logs import start_logs
from qwen_desktop.core.paths import AppPaths
from qwen_desktop.core.protocol.surrogates import clean_text
from qwen_desktop.core.storage.attachments import attachment_of
from qwen_desktop.core.storage.conversations import History, MemoryHistory
from qwen_desktop.core.words import describe, set_language, system_language, tr
from qwen_desktop.engine import Engine
from qwen_desktop.stdin_prompt import LineReader, NoPrompt, prompt_from
from qwen_desktop.stop_signals import EXIT_CODE, told_to

if TYPE_CHECKING:
    from qwen_desktop.core.images.prepare import PreparedImage

LOG_NAME = "ask"
OUTPUT_FAILED = 1

log = logging.getLogger(__name__)


def run(options: argparse.Namespace) -> int:
    """Runs `ask` with parsed options and returns the exit code."""
    output = output_for(options.json)
    try:
        prompt = clean_text(prompt_from(options.prompt))
    except NoPrompt as missing:
        if not options.image or options.prompt is not None:
            note(f"qwen-desktop ask: {missing}")
            return 2
        prompt = ""  # the pictures speak for themselves
    try:
        paths = AppPaths.find()
        engine = Engine(paths, base_url=options.base_url or "")
    except Exception:
        output.end(None, QwenDesktopError())
        raise
    set_language(system_language(engine.settings.appearance.language))
    logs = start_logs(paths.logs, name=LOG_NAME)
    try:
        with asyncio.Runner() as runner:
            ask = _Ask(engine, output, options)
            code = runner.run(ask.run(prompt))
            if ask.is_stopped:
                _leave(code)
        return code
    finally:
        logs.close()


def _leave(code: int) -> None:
    """Ends the process: all is said and kept.  The usual way waits for threads, such as a name lookup of many seconds
    that was given up."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            with suppress(OSError, ValueError):
                stream.flush()
    os._exit(code)


class _Ask:
    """One turn, told to one output."""

    def __init__(self, engine: Engine, output: Output, options: argparse.Namespace) -> None:
        self._engine = engine
        self._output = output
        self._options = options
        self._ended: asyncio.Future[TurnEnded] | None = None
        self._lost_output: OSError | None = None
        self._turns: Turns | None = None
        self._conversation_id: int | None = None
        self._signal = 0
        self._task: asyncio.Task[object] | None = None
        """While nothing was sent yet: what a signal gives up."""

    @property
    def is_stopped(self) -> bool:
        """A signal ended it."""
        return bool(self._signal)

    async def run(self, prompt: str) -> int:
        self._ended = asyncio.get_running_loop().create_future()
        self._task = asyncio.current_task()
        reply: Message | None = None
        failure: QwenDesktopError | None = None
        for notice in self._engine.settings_notices:
            note(describe(notice).sentence)
        with told_to(self._on_signal):
            try:
                reply, failure = await self._turn(prompt)
            except QwenDesktopError as error:
                if isinstance(error, AttachmentRefused) and error.reason == "unreadable":
                    note(f"qwen-desktop ask: {describe(error).sentence}")
                    return 2  # no such file: the command line is wrong
                failure = error
            except asyncio.CancelledError:
                if not self.is_stopped:
                    raise
            except Exception:
                log.exception("ask")
                failure = QwenDesktopError()
            finally:
                self._task = None
                await self._engine.close()
            return self._tell_end(reply, failure)

    def _tell_end(self, reply: Message | None, failure: QwenDesktopError | None) -> int:
        if self._lost_output is None:
            try:
                self._output.end(reply, failure, is_stopped=self.is_stopped)
            except OSError as error:
                self._lose_output(error)
        if isinstance(self._lost_output, BrokenPipeError):
            return BROKEN_PIPE
        if self._lost_output is not None:
            note(f"qwen-desktop ask: standard output: {self._lost_output.strerror}")
            return OUTPUT_FAILED
        without_reply = MessageStatus.STOPPED if self.is_stopped and failure is None else MessageStatus.FAILED
        status = reply.status if reply is not None else without_reply
        if status is MessageStatus.STOPPED and self.is_stopped:
            return EXIT_CODE + self._signal
        return exit_code(status, failure.kind if failure else None)

    async def _turn(self, prompt: str) -> tuple[Message, QwenDesktopError | None]:
        options = self._options
        if not options.no_save:
            self._engine.paths.check_data()
        images = await self._images()
        attachments = tuple(map(attachment_of, images))
        if options.no_save:
            self._engine.keep_pictures_in_memory()
        history = await (MemoryHistory.open() if options.no_save else History.open(self._engine.paths.history))
        ledger: History = history
        try:
            if options.no_save and self._engine.cap is not None and self._engine.paths.history.exists():
                ledger = await History.open(self._engine.paths.history)  # it counts against the cap, though not in it
            turns = self._turns = Turns(history, listener=self._hear, on_bug=self._on_bug, ledger=ledger)
            if self._engine.is_demo:  # unless there is a key that nobody has looked for yet
                with suppress(QwenDesktopError):
                    await self._engine.keys.current()
            asking = await self._engine.asking(
                clean_text(options.model or self._engine.settings.chat.model),
                options.thinking,
                system_prompt=clean_text(options.system),
                protocol=options.protocol or "",
                continue_after_cut=options.continue_after_cut,
                search=options.search,
                attachments=attachments,
            )
            if asking.is_demo:
                note(tr("Demo, not Qwen"))
            if images:
                await asyncio.to_thread(lambda: [self._engine.attachments.put(image) for image in images])
            title = title_from_prompt(prompt)
            started = await turns.send(prompt, asking, conversation_id=None, title=title, attachments=attachments)
            self._task, self._conversation_id = None, started.conversation.id
            assert self._ended is not None
            ended = await self._ended
            await turns.close()
            return ended.reply, ended.error
        finally:
            await history.close()
            await ledger.close()

    async def _images(self) -> list[PreparedImage]:
        """Those named on the command line, ready to be sent.  Raises AttachmentRefused."""
        if not self._options.image:
            return []
        from qwen_desktop.core.images.prepare import prepare

        images = []
        for path in self._options.image:
            image = await asyncio.to_thread(prepare, Path(path))
            images.append(image)
            if image.is_first_frame:
                note(tr("Only the first picture in {name} is sent.", name=image.name))
        return images

    def _hear(self, started: StartedTurnLike, event: TurnEvent) -> None:
        if isinstance(event, TurnEnded):
            if self._ended is not None and not self._ended.done():
                self._ended.set_result(event)
            return
        if self._lost_output is not None:
            return
        try:
            self._output.hear(event)
        except OSError as error:  # nobody hears the rest, so it is not paid for
            self._lose_output(error)
            asyncio.get_running_loop().call_soon(self._stop)

    def _lose_output(self, error: OSError) -> None:
        self._lost_output = error
        sys.stdout = None  # lest its flush at exit complain again

    def _on_bug(self, error: BaseException) -> None:
        if self._ended is not None and not self._ended.done():
            self._ended.set_exception(error)
        else:  # the turn has ended in front of it, with what it had
            log.error("ask", exc_info=error)

    def _on_signal(self, number: int) -> None:
        if self._signal:
            return
        self._signal = number
        if self._task is not None:
            self._task.cancel()
        self._stop()

    def _stop(self) -> None:
        if self._turns is not None:
            self._turns.stop(self._conversation_id)


def terminal_chat() -> int:
    """The same conversation without a window: one prompt a line, the reply below it, until the input ends."""
    output = output_for(False)
    assert isinstance(output, PlainOutput)
    paths = AppPaths.find()
    engine = Engine(paths)
    set_language(system_language(engine.settings.appearance.language))
    logs = start_logs(paths.logs, name=LOG_NAME)
    try:
        with asyncio.Runner() as runner:
            chat = _TerminalChat(engine, output)
            code = runner.run(chat.run())
            if code > EXIT_CODE:
                _leave(code)
        return code
    finally:
        logs.close()


class _TerminalChat:
    """Reads prompts from standard input, one a line, and keeps them in one conversation of the history."""

    def __init__(self, engine: Engine, output: PlainOutput) -> None:
        self._engine = engine
        self._output = output
        self._lines = LineReader()
        self._ended: asyncio.Future[TurnEnded] | None = None
        self._turns: Turns | None = None
        self._conversation_id: int | None = None
        self._is_answering = False
        self._is_stopped = False
        """The turn being written down is to end before it asks."""
        self._leaving = 0
        """The signal that ends the chat."""
        self._reading: asyncio.Future[str | None] | None = None
        self._is_output_gone = False

    async def run(self) -> int:
        with told_to(self._on_signal):
            try:
                return await self._chat()
            except BrokenPipeError:
                sys.stdout = None  # lest its flush at exit complain again
                return BROKEN_PIPE
            finally:
                await self._engine.close()

    async def _chat(self) -> int:
        for notice in self._engine.settings_notices:
            note(describe(notice).sentence)
        print(tr("No screen was found, so the chat is here. An empty line, Ctrl-D or Ctrl-C ends it."))
        try:
            self._engine.paths.check_data()
            history = await History.open(self._engine.paths.history)
        except QwenDesktopError as error:
            note(describe(error).sentence)
            return 1
        turns = self._turns = Turns(history, listener=self._hear, on_bug=self._on_bug)
        try:
            await history.recover()
            self._engine.use_demo_without_key = True
            while (prompt := await self._read()) is not None:
                await self._turn(turns, prompt)
        finally:
            await turns.close()
            await history.close()
        return EXIT_CODE + self._leaving if self._leaving else 0

    def _on_signal(self, number: int) -> None:
        """Ctrl-C stops the reply, or ends the chat while there is none; a request to end does both."""
        if number != signal.SIGINT or not self._is_answering:
            self._leaving = self._leaving or number
        self._is_stopped = True
        self._stop()
        if self._leaving and self._reading is not None:
            self._reading.cancel()

    def _stop(self) -> None:
        if self._turns is not None:
            self._turns.stop(self._conversation_id)

    async def _read(self) -> str | None:
        """The next prompt; None at the end of input, at an empty line or when the chat is to end."""
        if self._leaving:
            return None
        print("\n> ", end="", flush=True)
        self._reading = asyncio.ensure_future(self._lines.next())
        await asyncio.wait([self._reading])
        line = None if self._reading.cancelled() else self._reading.result()
        return clean_text(line or "").strip() or None

    async def _turn(self, turns: Turns, prompt: str) -> None:
        self._ended = asyncio.get_running_loop().create_future()
        self._is_stopped, self._is_answering = bool(self._leaving), True
        try:
            with suppress(QwenDesktopError):  # the turn itself tells what is wrong with a key
                await self._engine.keys.current()
            chat = self._engine.settings.chat
            search = chat.search and self._engine.can_search(chat.model)
            asking = await self._engine.asking(chat.model, chat.thinking or None, search=search)
            if asking.is_demo:
                print(tr("Demo, not Qwen"))
            started = await turns.send(
                prompt, asking, conversation_id=self._conversation_id, title=title_from_prompt(prompt)
            )
            self._conversation_id = started.conversation.id
            if self._is_stopped:
                turns.stop(self._conversation_id)
            ended = await self._ended
            if self._is_output_gone:
                raise BrokenPipeError
            self._output.end(ended.reply, ended.error)
        except QwenDesktopError as error:
            self._output.end(None, error)
        finally:
            self._is_answering = False

    def _hear(self, started: StartedTurnLike, event: TurnEvent) -> None:
        if isinstance(event, TurnEnded):
            if self._ended is not None and not self._ended.done():
                self._ended.set_result(event)
        elif not self._is_output_gone:
            try:
                self._output.hear(event)
            except OSError:  # nobody reads any more: the rest is not to be paid for
                self._is_output_gone = True
                asyncio.get_running_loop().call_soon(self._stop)

    def _on_bug(self, error: BaseException) -> None:
        if self._ended is not None and not self._ended.done():
            self._ended.set_exception(error)
