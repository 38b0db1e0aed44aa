"""The bytes of a response to what is told of them: headers, framing, names of fields.  Pure, bounded, without texts.

What the other side sends is not trusted: whatever is shown is short, of harmless characters, and never a reply's words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

MOST_BYTES = 512 * 1024
_SHOWN = re.compile(
    r"content-(type|encoding)|transfer-encoding|connection|server|date|retry-after(-ms)?|x-should-retry|x-dashscope-.*"
    r"|req-cost-time|resp-start-time|.*ratelimit.*|x-envoy-.*|.*request-?id"
)
_NAME = re.compile(r"[A-Za-z_][\w.-]{0,39}", re.ASCII)
_WORD = re.compile(r"[A-Za-z][\w.-]{0,40}", re.ASCII)
_WORDS_SHOWN = ("finish_reason", "role", "object", "type", "code", "status")
"""Fields whose value is a word of the protocol."""
_COMMENT = re.compile(r"[\w/: .-]{0,40}", re.ASCII)
_MOST_FIELDS, _DEEPEST = 60, 6


@dataclass(slots=True)
class Observation:
    """What one request showed."""

    probe: str
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    frames: int = 0
    event_names: list[str] = field(default_factory=list)
    comments: dict[str, int] = field(default_factory=dict)
    """Their words (or '?'), and how often."""
    framing: list[str] = field(default_factory=list)
    first: list[str] = field(default_factory=list)
    """Fields of the first frame, or of the body where it is no stream."""
    last: list[str] = field(default_factory=list)
    end: str = ""
    """'[DONE]', 'closed by the service', 'closed by us', 'time', 'broken'; '' without a stream."""
    failure: str = ""
    """Kind and reason of our error, where there was no response."""
    seconds: float = 0.0
    first_data_s: float | None = None
    longest_pause_s: float = 0.0
    tls: str = ""
    clock_ahead_s: float | None = None
    """This computer's clock against the service's `Date`."""

    def scrub(self, clean: Callable[[str], str]) -> None:
        """Take secrets out of everything: a name of a field, too, may be what somebody echoes."""
        for name in ("headers", "comments"):
            setattr(self, name, {clean(word): inner for word, inner in getattr(self, name).items()})
        for name in ("event_names", "framing", "first", "last"):
            setattr(self, name, [clean(word) for word in getattr(self, name)])

    def as_dict(self) -> dict[str, Any]:
        """For JSON; what is empty is left out."""
        return {
            name: round(value, 3) if isinstance(value, float) else value
            for name in self.__slots__
            if (value := getattr(self, name)) not in (None, "", [], {}) and value != 0.0
        }


def headers_told(headers: Mapping[str, str], clean: Callable[[str], str]) -> dict[str, str]:
    """Headers of the protocol with their values, request ids in part; of others the name alone.  At most 40."""
    told = {}
    for name, value in list(headers.items())[:40]:
        name = name.lower()
        if not _NAME.fullmatch(name):
            continue
        if "requestid" in name.replace("-", "").replace("_", ""):
            told[name] = masked(value)
        elif _SHOWN.fullmatch(name) and "cookie" not in name and "auth" not in name:
            told[name] = _harmless(clean(value))
        else:
            told[name] = "…"
    return told


def masked(request_id: str) -> str:
    """Enough of an id to find it in a log, too little to ask for it."""
    start = re.match(r"[\w-]{0,8}", request_id, re.ASCII)
    return (start[0] if start else "") + "…"


class StreamReader:
    """`feed` it the body as it comes; it fills the observation.  `is_done` once `[DONE]` or the limit was read."""

    def __init__(self, observation: Observation) -> None:
        self._observation = observation
        self._rest = b""
        self._bytes = 0
        self._after_data = False
        self._is_json: bool | None = None
        """The body is one JSON text, whatever its label says; None: nothing has come yet."""
        self.is_done = False

    def feed(self, chunk: bytes) -> None:
        self._bytes += len(chunk)
        if self._is_json is None and (chunk := chunk.lstrip()):
            self._is_json = chunk[:1] in (b"{", b"[")
        if self._is_json:
            self._rest += chunk
            self.is_done = self._bytes > MOST_BYTES
            return
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        for line in lines:
            self._line(line)
        if self._bytes > MOST_BYTES:
            self.is_done = True
            self._observation.end = "limit"

    def close(self) -> None:
        """The body has ended, perhaps within a line; or it was no stream but one JSON text."""
        if self._rest:
            if self._is_json:
                self._observation.first = fields_of(self._rest)
            else:
                self._line(self._rest)
            self._rest = b""

    def _line(self, line: bytes) -> None:
        told = self._observation
        if line.endswith(b"\r"):
            self._note("CRLF")
            line = line[:-1]
        if not line:
            self._after_data = False
            return
        if self._after_data:
            self._note("frames without a blank line between them")
            self._after_data = False
        name, colon, value = line.partition(b":")
        if colon and value.startswith(b" "):
            self._note("a space after the colon")
        text = value.strip().decode("utf-8", "replace")
        if not name:
            words = text if _COMMENT.fullmatch(text) else "?"
            if words in told.comments or len(told.comments) < 5:
                told.comments[words] = told.comments.get(words, 0) + 1
        elif name == b"event":
            if text not in told.event_names and len(told.event_names) < 5:
                told.event_names.append(text if _NAME.fullmatch(text) else "?")
        elif name == b"id":
            self._note("ids")
        elif name == b"data":
            self._data(value.strip())
        else:
            self._note("lines of another kind")

    def _data(self, value: bytes) -> None:
        self._after_data = True
        if value == b"[DONE]":
            self._observation.end = "[DONE]"
            self.is_done = True
            return
        self._observation.frames += 1
        found = fields_of(value)
        self._observation.first = self._observation.first or found
        self._observation.last = found

    def _note(self, words: str) -> None:
        if words not in self._observation.framing:
            self._observation.framing.append(words)


def fields_of(text: bytes) -> list[str]:
    """A JSON value to its fields: path and kind; numbers of tokens and words of the protocol with their value."""
    try:
        value = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ["(not JSON)"]
    found: dict[str, None] = {}
    _walk(value, "", found, 0)
    return list(found)[:_MOST_FIELDS]


def _walk(value: object, path: str, found: dict[str, None], depth: int) -> None:
    if depth > _DEEPEST or len(found) > _MOST_FIELDS:
        return
    if isinstance(value, dict):
        if not value:
            found[f"{path}: {{}}"] = None
        for name, inner in value.items():
            shown = name if _NAME.fullmatch(name) else "?"
            _walk(inner, f"{path}.{shown}" if path else shown, found, depth + 1)
    elif isinstance(value, list):
        if not value:
            found[f"{path}: []"] = None
        for inner in value[:4]:
            _walk(inner, f"{path}[]", found, depth + 1)
    else:
        found[f"{path}: {_kind(path, value)}"] = None


def _kind(path: str, value: object) -> str:
    last = path.rpartition(".")[2]
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(value)[:12] if "usage" in path or last in ("index", "status", "status_code") else "number"
    text = str(value)
    if last in _WORDS_SHOWN and _WORD.fullmatch(text):
        return f'"{text}"'
    return "text" if text else "empty text"


def _harmless(text: str) -> str:
    """At most 60 printable ASCII characters."""
    return "".join(char if " " <= char <= "~" else "?" for char in text[:60])
