"""Bytes to events: an incremental decoder of `text/event-stream`, exact by default, with one leniency for DashScope.

The rules are those of https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation (read
2026-11-23).  Two ways lead through the same rules: whole events without surprises are cut out of the buffer by one
regular expression; everything else goes line by line.  Cost is linear in the bytes, memory is bounded by the limits.
"""

from __future__ import annotations

import itertools
import re

import msgspec

from qwen_desktop.core.protocol.json_frame import brace_balance, is_whole_object, opens_object

MAX_EVENT_BYTES = 16 * 1024 * 1024
MAX_LINE_BYTES = MAX_EVENT_BYTES + 64

_BOM = b"\xef\xbb\xbf"
_LONGEST_PENDING = 8 * 1024
"""An unfinished event larger than this is read line by line, so that it is neither searched nor copied again."""
_GROWTH_OF_BAD_BYTES = 3
"""A byte that is no UTF-8 becomes U+FFFD, which is three bytes long."""
_LARGE_PIECE = 64 * 1024
"""An unfinished line grows in pieces of this size, joined once: a large buffer that grows is copied often."""
_LONGEST_HEAD = 256
"""How much of a line that will be ignored is kept: enough to find a status in it."""

_WHOLE_EVENT = re.compile(
    r"(?:id: ?+([^\n\0]++)\n)?+(?:event: ?+([^\n]++)\n)?+(?::[^\n]*+\n)*+data: ?+([^\n]*+)\n\n"
    r"|((?:[^\n]++\n)*+\n)"
).findall
_WHOLE_FRAME = re.compile(
    r"(?:id: ?+([^\n\0]++)\n)?+(?:event: ?+([^\n:]++)\n)?+(?::HTTP_STATUS/200\n)?+data: ?+(\{[^\n]*\})\n"
    r"(?:\n|(?=id:|event:)|(?<=(\})\n))|([^\n]*+\n)"
)
"""The brace is captured where nothing but the JSON itself can tell whether the frame is whole."""
_RETRY = re.compile(rb"^retry: ?+([0-9]++)\n", re.MULTILINE)
_STATUS = re.compile(rb"HTTP_STATUS/(\d{3})")
_KEPT_FIELDS = (b"data:", b"event:", b"id:", b"retry:")


class ServerSentEvent(msgspec.Struct, frozen=True, gc=False):
    """One event as the standard dispatches it."""

    event: str
    """'message' where the stream did not say."""
    data: str
    """Its data lines joined by LF; may be empty."""
    id: str
    """The last id of the stream so far, this event's own included; '' when there was none."""


class StatusEvent(ServerSentEvent, frozen=True, gc=False):
    """An event of DashScope whose block named an HTTP status other than 200 (`:HTTP_STATUS/400`)."""

    http_status: int


class EventTooLarge(ValueError):
    """A line or an event passed its limit; the stream cannot be read further."""


class SSEDecoder:
    """Feed it what the socket gives, cut anywhere; it gives back the events that became complete, at once.

    `json_lines` is DashScope's mode: some of its gateways leave out the blank lines, so a `data:` line that is a whole
    JSON object (or `[DONE]`) is a frame at once, its blank line then dispatches nothing, and a frame that was broken
    off ends where the next one's `id:` or `event:` line begins.  Frames that span lines work as the standard says.

    Both limits count bytes: an event is its data, name and id, a line is one of a known field.  What is ignored anyway
    (comments, unknown fields) may be endless and is not kept.  Past a limit `feed` raises EventTooLarge, now and ever
    after; events that were complete before, in the same chunk, are returned first, and the next call raises.
    """

    def __init__(
        self,
        *,
        json_lines: bool = False,
        max_event_bytes: int = MAX_EVENT_BYTES,
        max_line_bytes: int = MAX_LINE_BYTES,
    ) -> None:
        self.last_event_id = ""
        """The last id that was followed by a blank line; no promise that it may be sent in a header."""
        self._json_lines = json_lines
        self._max_event_bytes = max_event_bytes
        self._max_line_bytes = max_line_bytes
        self._longest_buffer = min(max_event_bytes, max_line_bytes) // _GROWTH_OF_BAD_BYTES
        # What comes before lines: the byte order mark, CR, and the end.
        self._needs_care = True
        self._at_start = True
        self._start = b""
        self._after_cr = False
        self._error = ""
        # The quick way: the unfinished event at the end of the last chunk.
        self._pending = b""
        # Line by line: the unfinished line, and the block so far.
        self._by_lines = False
        self._line = bytearray()
        self._line_start: list[bytearray] = []
        self._line_bytes = 0
        self._ignoring = False
        self._data: bytearray | None = None
        self._event = b""
        self._id: bytes | None = None
        self._status = 0
        self._retry = b""
        self._retry_ms: int | None = None
        # Of a JSON object that spans lines.
        self._in_object = False
        self._open_braces: int | None = None

    @property
    def retry_ms(self) -> int | None:
        """The last `retry:` as it was sent, unclamped, of any size; None when there was none.

        Converted when asked, since a number may be as long as a line."""
        for digits in _RETRY.findall(self._pending):
            self._retry = digits
        if self._retry:
            self._retry_ms = _decimal(self._retry)
            self._retry = b""
        return self._retry_ms

    def feed(self, chunk: bytes) -> list[ServerSentEvent]:
        """The events that `chunk` completes, in order.  Raises EventTooLarge."""
        if self._needs_care or b"\r" in chunk:
            chunk = self._with_plain_line_ends(chunk)
        if self._by_lines:
            return self._feed_lines(chunk)
        pending = self._pending
        buffer = pending + chunk
        size = len(buffer)
        if size > self._longest_buffer:
            self._pending = b""
            return self._feed_lines(buffer)
        if b"\n" not in chunk:
            end = 1
        elif self._json_lines:
            end = self._end_of_frames(buffer, len(pending) - 1 if pending else 0)
        else:
            end = buffer.rfind(b"\n\n", len(pending) - 1 if pending else 0) + 2
        if end == 1:
            if size <= _LONGEST_PENDING:
                self._pending = buffer
                return []
            self._pending = b""
            return self._feed_lines(buffer)
        self._pending = buffer[end:]
        text = str(buffer[:end], "utf-8", "replace")
        return self._read_frames(text) if self._json_lines else self._read_events(text)

    def close(self) -> list[ServerSentEvent]:
        """The body has ended.  The standard drops what is unfinished; in DashScope's mode a last frame that is whole
        JSON may lack even its line end, and is given here."""
        if not self._json_lines or self._error:
            return []
        buffer, self._pending = self._pending, b""
        events = self._feed_lines(buffer)
        if self._line_start or self._line.startswith(b"data:"):
            self._feed_lines(b"\n", events)
        return events

    # --- Before lines

    def _with_plain_line_ends(self, chunk: bytes) -> bytes:
        """`chunk` without the byte order mark, every CR and CRLF made LF; a CR ends its line at once."""
        if self._error:
            raise EventTooLarge(self._error)
        if self._at_start:
            chunk = self._start + chunk
            if len(chunk) < len(_BOM) and _BOM.startswith(chunk):
                self._start = chunk
                return b""
            self._at_start = False
            self._start = b""
            chunk = chunk.removeprefix(_BOM)
        if chunk:
            if self._after_cr and chunk.startswith(b"\n"):
                chunk = chunk[1:]
                self._after_cr = False
            if chunk:
                self._after_cr = chunk.endswith(b"\r")
            chunk = chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        self._needs_care = self._after_cr
        return chunk

    # --- The quick way: whole events at once

    def _read_events(self, text: str) -> list[ServerSentEvent]:
        """`text` is whole blocks, each with its blank line."""
        events: list[ServerSentEvent] = []
        last_id = self.last_event_id
        for own_id, name, data, other in _WHOLE_EVENT(text):
            if other:
                self.last_event_id = last_id
                self._read_lines(other.encode(), events)
                last_id = self.last_event_id
                continue
            if own_id:
                last_id = own_id
            events.append(ServerSentEvent(name or "message", data, last_id))
        self.last_event_id = last_id
        return events

    def _end_of_frames(self, buffer: bytes, start: int) -> int:
        """One past the last blank line, looking from `start` on, or past a later data line; 1 when there is neither."""
        blank_end = buffer.rfind(b"\n\n", start) + 2
        first = blank_end - 1 if blank_end > 1 else 0
        line = buffer.rfind(b"\ndata", first) + 1
        while line:
            line_end = buffer.find(b"\n", line)
            if line_end >= 0:
                return line_end + 1
            line = buffer.rfind(b"\ndata", first, line) + 1
        if blank_end == 1 and buffer.startswith(b"data"):
            return max(buffer.find(b"\n") + 1, 1)
        return blank_end

    def _read_frames(self, text: str) -> list[ServerSentEvent]:
        """`text` is whole lines, beginning with a block's first."""
        events: list[ServerSentEvent] = []
        last_id = self.last_event_id
        for index, (own_id, name, data, doubtful, other) in enumerate(_WHOLE_FRAME.findall(text)):
            if other:
                self.last_event_id = last_id
                self._read_lines(other.encode(), events)
                if self._is_in_block():
                    return self._rest_by_lines(text, index + 1, events)
                last_id = self.last_event_id
                continue
            if doubtful and not is_whole_object(data.encode()):
                self.last_event_id = last_id
                return self._rest_by_lines(text, index, events)
            if own_id:
                last_id = own_id
            events.append(ServerSentEvent(name or "message", data, last_id))
        self.last_event_id = last_id
        return events

    def _rest_by_lines(self, text: str, index: int, events: list[ServerSentEvent]) -> list[ServerSentEvent]:
        rest = next(itertools.islice(_WHOLE_FRAME.finditer(text), index, None), None)
        tail = text[rest.start() :].encode() if rest else b""
        pending, self._pending = self._pending, b""
        return self._feed_lines(tail + pending, events)

    # --- Line by line

    def _feed_lines(self, chunk: bytes, events: list[ServerSentEvent] | None = None) -> list[ServerSentEvent]:
        events = [] if events is None else events
        try:
            self._read_lines(chunk, events)
        except EventTooLarge as error:
            self._error = str(error)
            self._needs_care = True
            self._line, self._line_start, self._data = bytearray(), [], None
            if not events:
                raise
            return events
        self._by_lines = bool(self._line_bytes or self._is_in_block())
        return events

    def _is_in_block(self) -> bool:
        return self._data is not None or self._id is not None or bool(self._event or self._status)

    def _read_lines(self, chunk: bytes, events: list[ServerSentEvent]) -> None:
        *lines, rest = chunk.split(b"\n")
        for line in lines:
            if self._line_bytes:
                self._hold(line)
                self._end_held_line(events)
            else:
                self._read_line(line, events)
        if rest:
            self._hold(rest)

    def _hold(self, piece: bytes) -> None:
        """Keep a piece of an unfinished line, unless the line will be ignored."""
        if self._ignoring:
            return
        self._line += piece
        self._line_bytes += len(piece)
        if self._line_bytes <= _LONGEST_HEAD:
            return
        if not self._line_start and not self._line.startswith(_KEPT_FIELDS):
            del self._line[_LONGEST_HEAD:]
            self._ignoring = True
            return
        self._check(self._line_bytes, self._line_bytes - len(b"event: "))
        if len(self._line) > _LARGE_PIECE:
            self._line_start.append(self._line)
            self._line = bytearray()

    def _end_held_line(self, events: list[ServerSentEvent]) -> None:
        line = bytearray().join([*self._line_start, self._line]) if self._line_start else self._line
        self._line, self._line_start, self._line_bytes = bytearray(), [], 0
        if self._ignoring:
            self._ignoring = False
            self._find_status(line)
        else:
            self._read_line(line, events)

    def _check(self, line_bytes: int, more_event_bytes: int) -> None:
        if line_bytes > self._max_line_bytes:
            raise EventTooLarge(f"A line of the stream is longer than {self._max_line_bytes} bytes.")
        if len(self._data or b"") + len(self._event) + len(self._id or b"") + more_event_bytes > self._max_event_bytes:
            raise EventTooLarge(f"An event of the stream is larger than {self._max_event_bytes} bytes.")

    def _read_line(self, line: bytes | bytearray, events: list[ServerSentEvent]) -> None:
        """A bytearray is given away: the data of a long line is not copied once more."""
        if not line:
            self._end_block(events)
            return
        if line.startswith(b"data:"):
            start = len(b"data: ") if line[5:6] == b" " else len(b"data:")
            self._check(len(line), len(line) - start + (self._data is not None))
            if isinstance(line, bytearray):
                del line[:start]
            else:
                line = line[start:]
            if self._json_lines:
                self._read_json_data(line, events)
            else:
                self._append(line)
            return
        name, _, value = bytes(line).partition(b":")
        if value.startswith(b" "):
            value = value[1:]
        if name == b"data":
            self._check(len(line), self._data is not None)
            self._append(b"")
        elif name == b"event":
            self._begin_frame(events)
            self._event = b""
            self._check(len(line), len(value))
            self._event = value
            self._find_status(value)
        elif name == b"id":
            self._begin_frame(events)
            if b"\0" not in value:
                self._id = None
                self._check(len(line), len(value))
                self._id = value
        elif name == b"retry":
            if value.isdigit():
                self._check(len(line), 0)
                self._retry = value
        else:
            self._find_status(line)

    def _append(self, value: bytes | bytearray) -> None:
        if self._data is None:
            self._data = value if isinstance(value, bytearray) else bytearray(value)
        else:
            self._data += b"\n"
            self._data += value

    def _end_block(self, events: list[ServerSentEvent]) -> None:
        """The blank line: commit the id, dispatch if there is data, forget the rest."""
        if self._id is not None:
            self.last_event_id = self._id.decode("utf-8", "replace")
            self._id = None
        if self._data is not None:
            data = str(self._data, "utf-8", "replace")
            self._data = None
            name = self._event.decode("utf-8", "replace") or "message"
            if self._status:
                events.append(StatusEvent(name, data, self.last_event_id, self._status))
            else:
                events.append(ServerSentEvent(name, data, self.last_event_id))
        self._event = b""
        self._status = 0
        self._in_object = False

    # --- DashScope's leniency

    def _find_status(self, line: bytes | bytearray) -> None:
        if self._json_lines and (found := _STATUS.search(line, 0, _LONGEST_HEAD)):
            status = int(found[1])
            self._status = 0 if status == 200 else status

    def _begin_frame(self, events: list[ServerSentEvent]) -> None:
        """An `id:` or `event:` line after an object that never closed: what is there is all there will be of it."""
        if self._in_object:
            self._end_block(events)

    def _read_json_data(self, value: bytes | bytearray, events: list[ServerSentEvent]) -> None:
        if self._in_object and self._open_braces is not None:
            change = brace_balance(value)
            self._append(value)
            self._open_braces = None if change is None else self._open_braces + change
            if self._open_braces is not None and self._open_braces <= 0:
                self._end_block(events)
        elif is_whole_object(value):
            self._flush_data(events)
            self._append(value)
            self._end_block(events)
        elif self._data is not None:
            self._append(value)
        else:
            is_done = value == b"[DONE]"
            self._in_object = opens_object(value)
            self._open_braces = brace_balance(value) if self._in_object else None
            self._append(value)
            if is_done:
                self._end_block(events)

    def _flush_data(self, events: list[ServerSentEvent]) -> None:
        """Data that was broken off, before a whole frame of the same block: an event of its own."""
        if self._data is not None:
            name, status = self._event, self._status
            self._end_block(events)
            self._event, self._status = name, status


def _decimal(digits: bytes) -> int:
    """The number these ASCII digits spell; `int()` refuses more than 4,300 of them."""
    if len(digits) <= 4000:
        return int(digits)
    low = len(digits) // 2
    return int(_decimal(digits[:-low]) * 10**low + _decimal(digits[-low:]))
