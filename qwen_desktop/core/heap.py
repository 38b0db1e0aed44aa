"""The heap of the C library: what is freed goes back to the system.  Does something with glibc only."""

from __future__ import annotations

import sys

_LARGE_BYTES = 256 * 1024
_M_MMAP_THRESHOLD = -3


def keep_large_blocks_apart() -> None:
    """What is large is a mapping of its own from now on, gone when it is freed.

    From the first large block that is freed glibc learns to keep such blocks, in the heap of each thread (`mallopt(3)`,
    "dynamic mmap threshold"): a reply of 4 MB passes through several threads and would leave 10 MB there."""
    _call("mallopt", _M_MMAP_THRESHOLD, _LARGE_BYTES)


def trim() -> None:
    """Free pages of all threads go back (`malloc_trim(3)`).  Takes 1 to 3 ms, in any thread."""
    _call("malloc_trim", 0)


def _call(name: str, *values: int) -> None:
    if sys.platform == "linux":
        import ctypes

        function = getattr(ctypes.CDLL(None), name, None)
        if function is not None:
            function(*values)
