"""The standard's text turned into the slowest possible program: what the decoder is compared with.

https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation (read 2026-11-23).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field


@dataclass
class Interpretation:
    events: list[tuple[str, str, str]] = field(default_factory=list)
    """Type, data and last event id of each dispatched event."""
    last_event_id: str = ""
    retry_ms: int | None = None


def interpret(stream: bytes) -> Interpretation:
    """All of a stream that has ended."""
    text = stream.decode("utf-8", "replace")
    if text.startswith("\ufeff"):
        text = text[1:]
    lines = re.split("\r\n|\r|\n", text)
    lines.pop()  # What follows the last line end is no line.
    result = Interpretation()
    data = event_type = id_buffer = ""
    for line in lines:
        if line == "":
            result.last_event_id = id_buffer
            if data != "":
                result.events.append((event_type or "message", data[:-1], id_buffer))
            data = event_type = ""
            continue
        if line[0] == ":":
            continue
        name, value = line.split(":", 1) if ":" in line else (line, "")
        if value[:1] == " ":
            value = value[1:]
        if name == "event":
            event_type = value
        elif name == "data":
            data += value + "\n"
        elif name == "id":
            if "\0" not in value:
                id_buffer = value
        elif name == "retry" and value and set(value) <= set("0123456789"):
            result.retry_ms = int(value)
    return result
