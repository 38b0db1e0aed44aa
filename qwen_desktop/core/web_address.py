"""An address somebody else wrote to one that may be opened, and to the host that would be asked."""

from __future__ import annotations

import re
from contextlib import suppress
from urllib.parse import urlsplit

_WEB = re.compile(r"https?://[^\s\\]+", re.IGNORECASE)
MOST_CHARACTERS = 8_000
"""A longer address is none: its beginning would lead elsewhere."""


def web_address(url: str) -> str:
    """`url` if it is a plain address of the web, else nothing: no javascript:, data:, file: and the like, nothing that
    cannot be seen, no host left out."""
    if len(url) > MOST_CHARACTERS or not url.isprintable() or _WEB.fullmatch(url) is None:
        return ""
    return url if host_of(url) else ""


def host_of(url: str) -> str:
    """The host that would be asked, with every letter that is not Latin written out: none looks like another."""
    host = ""
    with suppress(ValueError):
        host = urlsplit(url).hostname or ""
    if not host.isascii():
        with suppress(UnicodeError):
            host = host.encode("idna").decode("ascii")
    return host if host.isascii() else host.encode("unicode_escape").decode("ascii")
