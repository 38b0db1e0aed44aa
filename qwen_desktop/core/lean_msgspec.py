"""msgspec without `typing_extensions`, half a megabyte that the standard library's `typing` makes up for.

Others that need it, as anyio does for a connection, get it when they ask for it."""

from __future__ import annotations

from importlib import import_module

from qwen_desktop.core.absent import absent


def import_msgspec() -> None:
    """Imports msgspec, by the first who needs it."""
    with absent("typing_extensions"):
        import_module("msgspec")
