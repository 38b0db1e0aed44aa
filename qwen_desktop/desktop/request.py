"""What a second start asks of the first: arguments or a link to one small value, and back from the line it travels as.

A link comes from anywhere (a web page, a mail): it fills a field in, it never sends.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

SCHEME = "qwen-desktop"
MOST_CHARACTERS = 100_000
"""Of a text that is handed over; what is longer is cut, with a mark at its end."""
MOST_BYTES = 6 * MOST_CHARACTERS + 10_000
"""No line is longer: a character takes at most six bytes in JSON."""
CUT = "…"


class Action(enum.StrEnum):
    """What is to be done; the text that comes along is filled in and never sent."""

    WINDOW = "window"
    """Show the window and raise it."""
    QUICK = "quick"
    """Show the quick ask, or hide it when it is shown and no text comes along."""
    ASK = "ask"
    """Show the quick ask with this text."""
    HIDDEN = "hidden"
    """A start at login: nothing is to be seen."""
    QUIT = "quit"
    """End, keeping what is being written.  Nothing starts the app for it."""


@dataclass(frozen=True, slots=True)
class Request:
    """One wish, from the command line or a link."""

    action: Action = Action.WINDOW
    text: str = ""
    activation_token: str = ""
    """With which a Wayland desktop lets the window come to the front (xdg-activation)."""

    def to_line(self) -> bytes:
        """One line of JSON, in ASCII, with its end."""
        import json  # not before the first frame

        values = {"do": self.action, "text": self.text, "token": self.activation_token}
        return json.dumps(values).encode("ascii") + b"\n"

    @classmethod
    def from_line(cls, line: bytes) -> Request:
        """Raises ValueError for anything that is not a request of ours."""
        import json

        try:
            values = json.loads(line)
        except RecursionError as error:
            raise ValueError("nested too deeply") from error
        if not isinstance(values, dict):
            raise ValueError("not an object")
        action, text, token = values.get("do"), values.get("text", ""), values.get("token", "")
        if not (isinstance(action, str) and isinstance(text, str) and isinstance(token, str)):
            raise ValueError("not a text")
        return cls(Action(action), shortened(text), token[:200])


def shortened(text: str) -> str:
    """At most MOST_CHARACTERS of it, without what no field can hold."""
    text = text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")
    return text if len(text) <= MOST_CHARACTERS else text[: MOST_CHARACTERS - 1] + CUT


def is_link(argument: str) -> bool:
    """Whether an argument is a link of ours, good or bad."""
    return argument.lower().startswith(f"{SCHEME}:")


def from_link(link: str) -> Request:
    """`qwen-desktop://ask?q=TEXT` shows the quick ask with that text; any other link of ours only shows the window."""
    from urllib.parse import parse_qs, urlsplit

    try:
        parts = urlsplit(link[: MOST_BYTES * 3])
        place = (parts.netloc + parts.path).strip("/").lower()
        texts = parse_qs(parts.query, keep_blank_values=True, max_num_fields=50).get("q", [])
    except ValueError:
        return Request()
    if place != "ask":
        return Request()
    return Request(Action.ASK, shortened(texts[0]) if texts else "")
