"""What was typed or pasted to an API key, and a service's address to the profile the key belongs to."""

from __future__ import annotations

from typing import NoReturn, final
from urllib.parse import urlsplit

from qwen_desktop.core.errors import ApiKeyRejected

ENVIRONMENT_VARIABLE = "DASHSCOPE_API_KEY"

MOST_CHARACTERS = 1_000
"""Longest key accepted: Windows keeps at most 2,560 bytes of UTF-16, and no service issues longer ones."""

_PASTED_EDGES = "\ufeff\u200b\u200c\u200d\u2060\u00ad\u200e\u200f\"'`“”‘’„«»「」『』【】《》（）()<>[]{},，;；:：。、"
"""What comes along at the ends when a key is copied from a web page, a chat or a configuration file."""


@final
class ApiKey:
    """A secret that is not printed by accident: neither repr, str, pickle nor an encoder of values gives it away."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        object.__setattr__(self, "_value", value)

    @property
    def value(self) -> str:
        """The secret itself, for the Authorization header and the keychain only."""
        return str(object.__getattribute__(self, "_value"))

    def __str__(self) -> str:
        return f"…{self.value[-4:]}" if len(self.value) >= 16 else "…"

    def __repr__(self) -> str:
        return f"ApiKey({self})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ApiKey) and other.value == self.value

    def __hash__(self) -> int:
        return hash(self.value)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("an ApiKey does not change")

    def __reduce__(self) -> NoReturn:
        raise TypeError("an ApiKey is not written anywhere")


def clean_api_key(text: str) -> ApiKey:
    """A key from what was typed or pasted: white space, quotes and `Bearer` around it are dropped.

    Raises ApiKeyRejected with reason 'malformed' if what remains is empty, too long, or not one word of ASCII; such a
    key could not be sent in a header.
    """
    for prefix in (f"export {ENVIRONMENT_VARIABLE}=", f"{ENVIRONMENT_VARIABLE}=", "Authorization:", "Bearer "):
        text = _without_edges(text)
        if text[: len(prefix)].lower() == prefix.lower():
            text = text[len(prefix) :]
    text = _without_edges(text)
    if not 0 < len(text) <= MOST_CHARACTERS or not all("!" <= character <= "~" for character in text):
        raise ApiKeyRejected(reason="malformed")
    return ApiKey(text)


def profile_of(base_url: str) -> str:
    """Host and port of a service's address, in lower case: `dashscope.aliyuncs.com:443`.  Empty if it has no host."""
    try:
        parts = urlsplit(base_url.strip())
        port = parts.port or {"https": 443, "http": 80}.get(parts.scheme)
    except ValueError:
        return ""
    host = (parts.hostname or "").rstrip(".")
    if ":" in host:
        host = f"[{host}]"
    return f"{host}:{port}" if host and port else host


def _without_edges(text: str) -> str:
    while (stripped := text.strip().strip(_PASTED_EDGES)) != text:
        text = stripped
    return text
