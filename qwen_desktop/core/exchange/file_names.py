"""Titles to names of files that every system takes: no paths, no reserved names, bounded, each one once.

What Windows refuses: https://learn.microsoft.com/en-us/windows/win32/fileio/naming-a-file (read 2026-11-26).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container

MOST_BYTES = 140
"""Of a name in UTF-8, its ending and number included: encrypted home folders take 143."""
_REFUSED = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]')
_RESERVED = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])(?:\s*\..*)?\s*", re.IGNORECASE)
_ROOM_FOR_NUMBER = 12


def safe_stem(title: str, otherwise: str, most_bytes: int = MOST_BYTES) -> str:
    """`title` as the name of a file without its ending; `otherwise` where nothing of it is left.

    Characters without a shape go, those that turn the direction of writing among them: they make one name look like
    another, and `…gpj.exe` like a picture.
    """
    text = unicodedata.normalize("NFC", title[:1000].encode("utf-8", "replace").decode())
    text = "".join(one if one.isprintable() else " " if one.isspace() else "" for one in _REFUSED.sub(" ", text))
    text = _shortened(" ".join(text.split()).strip(" ."), most_bytes).strip(" .")
    if not text:
        return otherwise
    return f"_{text}" if _RESERVED.fullmatch(text) else text


def free_name(stem: str, ending: str, taken: Container[str]) -> str:
    """`stem` and `ending` (with its dot, or ''), numbered if that is taken; `taken` holds names through `folded`."""
    stem = _shortened(stem, MOST_BYTES - len(ending.encode()) - _ROOM_FOR_NUMBER).rstrip(" .")
    name, number = f"{stem}{ending}", 2
    while folded(name) in taken:
        name, number = f"{stem} ({number}){ending}", number + 1
    return name


def folded(name: str) -> str:
    """Names that are one on some system (in another case, put together otherwise) are the same through this."""
    return unicodedata.normalize("NFC", name).casefold()


def _shortened(text: str, most_bytes: int) -> str:
    return text.encode()[:most_bytes].decode("utf-8", "ignore")
