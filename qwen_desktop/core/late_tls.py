"""asyncio without OpenSSL until somebody connects: a window that asks no server needs neither its 5 MB nor its 8 ms.

asyncio imports `ssl` when it is imported, and does without where Python was built without OpenSSL.  So it is told that
there is none, and gets the module when the HTTP client is made.  What asks for `ssl` itself, as httpx and anyio do, is
not concerned: for them it was never away.
"""

from __future__ import annotations

import importlib
import sys

from qwen_desktop.core.absent import absent


def import_asyncio() -> None:
    """Imports asyncio, without `ssl` if neither is imported yet.  Call `give_asyncio_tls` before its TLS is used."""
    with absent("ssl"):
        importlib.import_module("asyncio")


def give_asyncio_tls() -> None:
    """Makes asyncio what it would be had it been imported with `ssl`; costs nothing the second time."""
    without = [
        module
        for name, module in list(sys.modules.items())
        if name.startswith("asyncio.") and getattr(module, "ssl", module) is None
    ]
    if not without:
        return
    ssl = importlib.import_module("ssl")
    for module in without:
        module.ssl = ssl  # type: ignore[attr-defined]
    # More than the name depends on it there; the others look its classes up when they need them.
    importlib.reload(sys.modules["asyncio.sslproto"])
