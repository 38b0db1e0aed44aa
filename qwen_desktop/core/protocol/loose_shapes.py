"""JSON of any shape to the Structs of the wire: what has the expected type is taken, the rest is as if absent."""

from __future__ import annotations

from typing import Any

import msgspec

from qwen_desktop.core.chat.message import Source
from qwen_desktop.core.protocol.chunks import ToolCallPiece, ToolFunction
from qwen_desktop.core.protocol.surrogates import clean_text

NO_NAME = "无"
"""What the service writes ("none") where a site has no name."""


def loose_text(value: object) -> str:
    return clean_text(value) if isinstance(value, str) else ""


def loose_dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def loose_list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def loose_content(value: object) -> str:
    """A message's content: a string, or a list of strings and of parts with a text."""
    parts = value if isinstance(value, list) else [value]
    return "".join(loose_text(part.get("text") if isinstance(part, dict) else part) for part in parts)


def loose_tool_calls(value: object) -> list[ToolCallPiece]:
    return [
        ToolCallPiece(_number(piece.get("index")), loose_text(piece.get("id")), _loose_function(piece.get("function")))
        for piece in loose_list(value)
        if isinstance(piece, dict)
    ]


def _loose_function(value: object) -> ToolFunction:
    function = loose_dict(value)
    arguments = function.get("arguments")
    if isinstance(arguments, dict):  # some servers give the object itself
        try:
            arguments = msgspec.json.encode(arguments).decode()
        except (UnicodeError, TypeError, RecursionError):
            arguments = ""
    return ToolFunction(loose_text(function.get("name")), loose_text(arguments))


def loose_sources(value: object) -> tuple[Source, ...]:
    return tuple(
        Source(
            _number(result.get("index")) or position,
            loose_text(result.get("title")),
            loose_text(result.get("url")),
            site_name(loose_text(result.get("site_name"))),
        )
        for position, result in enumerate(loose_list(value), start=1)
        if isinstance(result, dict)
    )


def site_name(name: str) -> str:
    """The service's name of a site; '' where it has none."""
    return "" if name == NO_NAME else name


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**53 else None
