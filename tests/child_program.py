"""A program beside a test, spoken to in lines: commands in, JSON out; it does not outlive its `async with`."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
TIMEOUT_S = 30.0


class ChildProgram:
    """`ChildProgram("tests.status_notifier_host")` runs that module; with `is_module=False` any command.

    Its standard output is read line by line; what a test does not ask for is kept in `events`.
    """

    def __init__(self, *command: str, is_module: bool = True) -> None:
        self._command = (sys.executable, "-m", *command) if is_module else command
        self._speaks = is_module
        self.events: list[dict[str, Any]] = []

    async def __aenter__(self) -> ChildProgram:
        self._process = await asyncio.create_subprocess_exec(
            *self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=dict(os.environ),
            limit=1 << 22,
            cwd=ROOT,
        )
        if self._speaks:
            await self.hear("ready")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.end()

    async def tell(self, *words: object) -> None:
        assert self._process.stdin
        self._process.stdin.write(" ".join(map(str, words)).encode() + b"\n")
        await self._process.stdin.drain()

    async def hear(self, event: str) -> dict[str, Any]:
        """The next line of this kind."""
        assert self._process.stdout
        async with asyncio.timeout(TIMEOUT_S):
            while line := await self._process.stdout.readline():
                said: dict[str, Any] = json.loads(line)
                if said["event"] == event:
                    return said
                self.events.append(said)
        raise AssertionError(f"{self._command} ended before it said {event!r}")

    async def ask(self, event: str, *words: object) -> dict[str, Any]:
        await self.tell(*words)
        return await self.hear(event)

    def signal(self, number: int) -> None:
        self._process.send_signal(number)

    async def end(self) -> None:
        """Kill it, as a crash would."""
        if self._process.returncode is None:
            self._process.kill()
            await self._process.communicate()
