"""PySide6's import of modules to Python's own: whatever is imported after this package is not read a second time.

PySide6 replaces `builtins.__import__` by one that reads the source of every module imported later, to see whether it
asks for `from __feature__ import …`, and keeps all the lines.  We use no such feature.  With its import in force a
start reads 180 files for nothing: 60 ms of CPU and 8 MB, measured with PySide6 6.11.3 (its own module
`shibokensupport/feature.py`; the original stays in `builtins.__orig_import__`).
"""

from __future__ import annotations

import builtins
from contextlib import suppress

with suppress(ImportError):  # the Markdown stream is used and tested without Qt too
    import PySide6.QtCore  # noqa: F401  (replaces the import)

builtins.__import__ = getattr(builtins, "__orig_import__", builtins.__import__)
