"""Text to text that can be encoded: pairs of surrogates joined, lone ones replaced."""

from __future__ import annotations

import re

_SURROGATE = re.compile("[\ud800-\udfff]")


def clean_text(text: str) -> str:
    """`text` without surrogates, as any encoder, database or widget wants it; U+FFFD stands for a lone one."""
    if text.isascii() or _SURROGATE.search(text) is None:
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
