"""How a connection was opened to its playback: httpcore goes the same way again, without a byte leaving.

The layers of a connection (TCP, a proxy's tunnel, TLS) are made by httpcore itself, once, through a Recorder.  A Player
then answers as the other side did, and gives the connection that was made in the end.
"""
# ruff: noqa: ASYNC109  (the signatures are httpcore's)

from __future__ import annotations

from collections import deque
from typing import Any

import httpcore

Step = tuple[str, bytes | str | None]


class Recording:
    """What was said while a connection was opened, and the connection."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        """('write' | 'read', bytes) and ('tls', server's name), in order."""
        self.innermost: httpcore.AsyncNetworkStream | None = None
        """The connection with all its layers so far."""
        self.is_whole = False

    @property
    def stream(self) -> httpcore.AsyncNetworkStream:
        assert self.innermost is not None
        return self.innermost


class Recorder(httpcore.AsyncNetworkStream):
    """Passes on and writes down.  It is closed by whoever opens the connection, not by httpcore."""

    def __init__(self, stream: httpcore.AsyncNetworkStream, recording: Recording) -> None:
        self._stream = recording.innermost = stream
        self._recording = recording

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        data = await self._stream.read(max_bytes, timeout)
        self._recording.steps.append(("read", data))
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        await self._stream.write(buffer, timeout)
        if buffer:
            self._recording.steps.append(("write", bytes(buffer)))

    async def start_tls(
        self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.AsyncNetworkStream:
        stream = await self._stream.start_tls(ssl_context, server_hostname, timeout)
        self._recording.steps.append(("tls", server_hostname))
        return Recorder(stream, self._recording)

    async def aclose(self) -> None:
        """Left open: see the class."""

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class Player(httpcore.AsyncNetworkStream):
    """Answers as the other side did when the connection was opened, up to its last layer, which is given as it is."""

    def __init__(self, recording: Recording) -> None:
        self._steps = deque(recording.steps)
        self._stream = recording.stream

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        kind, data = self._steps.popleft() if self._steps else ("", b"")
        if kind != "read" or not isinstance(data, bytes):
            raise await self._unlike()
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if buffer and (not self._steps or self._steps.popleft() != ("write", bytes(buffer))):
            raise await self._unlike()

    async def start_tls(
        self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.AsyncNetworkStream:
        if not self._steps or self._steps.popleft() != ("tls", server_hostname):
            raise await self._unlike()
        return self if self._steps else self._stream

    async def _unlike(self) -> httpcore.ConnectError:
        """The way is another than it was: nothing was sent, so the request may be tried again."""
        await self.aclose()
        return httpcore.ConnectError("the way to the service has changed")

    async def aclose(self) -> None:
        await self._stream.aclose()

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
