"""A module to one that is not installed, for as long as another one is imported that can do without it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def absent(name: str) -> Iterator[None]:
    """Inside the block `import name` raises ImportError; a module that is imported already stays.

    None in `sys.modules` says so (https://docs.python.org/3/reference/import.html#the-module-cache, read 2026-11-23).
    """
    if name in sys.modules:
        yield
        return
    sys.modules[name] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[name]
