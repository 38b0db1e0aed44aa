"""Looks for a secret in every byte under some folders and in what the system shows of processes."""

from __future__ import annotations

import base64
import bz2
import gzip
import lzma
import os
import re
import stat
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import quote

WINDOW = 12
"""So many characters of the secret in a row count as a leak; the four last ones may be shown."""


def assert_key_nowhere(canary: str, *roots: Path | str, pids: Iterable[int] = ()) -> None:
    """Fail if the secret, or WINDOW characters of it in a row, can be found anywhere.

    Searched: names and contents of all files under `roots` (also gzip, bz2 and xz files unpacked, and where links point
    to), and command line and environment of each process of `pids` that is still there.  Looked for: plain, reversed,
    UTF-16, UTF-32, hexadecimal, percent-encoded, base64 at each alignment (both alphabets), and zlib streams.  A file
    that cannot be read fails too.  `canary`: at least 20 characters that occur nowhere else.
    """
    assert len(canary) >= 20, "too short to be told from chance"
    pattern = _pattern(canary)
    found = []
    searched = 0
    for root in map(Path, roots):
        assert root.exists(), f"{root} is not there: nothing would be searched"
        for path in _everything(root):
            searched += 1
            for where, content in _contents(path):
                if hit := pattern.search(content):
                    found.append(f"{where} at byte {hit.start()}")
    for pid in pids:
        for name in ("cmdline", "environ"):
            try:
                content = Path(f"/proc/{pid}/{name}").read_bytes()
            except (FileNotFoundError, ProcessLookupError):
                continue  # it has ended meanwhile
            searched += 1
            if pattern.search(content):
                found.append(f"/proc/{pid}/{name}")
    assert searched, "nothing was searched"
    assert not found, "the key is in: " + "; ".join(found)


def descendants(pid: int) -> list[int]:
    """All processes started by `pid`, and by these, as they are now."""
    children = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children += [int(child) for child in task.read_text().split()]
        except FileNotFoundError:
            continue
    return children + [grandchild for child in children for grandchild in descendants(child)]


def forms(text: str) -> set[bytes]:
    """The ways in which a text can be written to a file, as far as we look for them."""
    plain = text.encode()
    written = {plain, plain[::-1]}
    written |= {text.encode(encoding) for encoding in ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")}
    written |= {plain.hex().encode(), plain.hex().upper().encode(), quote(text, safe="").encode()}
    written |= {"".join(f"%{byte:02x}" for byte in plain).encode(), "".join(f"%{byte:02X}" for byte in plain).encode()}
    for shift in range(3):
        # Without the characters at both ends that depend on what stands around it.
        encoded = base64.b64encode(b"\0" * shift + plain)
        core = encoded[(0, 2, 3)[shift] : len(encoded) // 4 * 4 - (4 if (len(plain) + shift) % 3 else 0)]
        written |= {core, core.replace(b"+", b"-").replace(b"/", b"_")}
    return written


def _pattern(canary: str) -> re.Pattern[bytes]:
    pieces = [canary[start : start + WINDOW] for start in range(len(canary) - WINDOW + 1)]
    return re.compile(b"|".join(sorted({re.escape(form) for piece in pieces for form in forms(piece)})))


def _everything(root: Path) -> Iterator[Path]:
    yield root
    for folder, folders, files in os.walk(root, onerror=_fail):
        for name in folders + files:
            yield Path(folder, name)


def _fail(error: OSError) -> None:
    raise AssertionError(f"{error.filename} cannot be searched: {error.strerror}")


def _contents(path: Path) -> Iterator[tuple[str, bytes]]:
    yield f"the name of {path}", os.fsencode(path.name)
    try:
        mode = path.lstat().st_mode
        if stat.S_ISLNK(mode):
            yield f"the target of {path}", os.fsencode(os.readlink(path))
        if not stat.S_ISREG(mode):
            return
        content = path.read_bytes()
    except FileNotFoundError:
        return  # deleted meanwhile
    except PermissionError as error:
        raise AssertionError(f"{path} cannot be searched: {error.strerror}") from error
    yield str(path), content
    for kind, magic, unpack in (("gzip", b"\x1f\x8b", gzip.decompress), ("bz2", b"BZh", bz2.decompress),
                                ("xz", b"\xfd7zXZ", lzma.decompress)):  # fmt: skip
        if content.startswith(magic):
            yield f"{path} ({kind})", unpack(content)
    for start in re.finditer(rb"\x78[\x01\x5e\x9c\xda]", content):
        try:
            yield f"{path} (zlib)", zlib.decompressobj().decompress(content[start.start() :], 50_000_000)
        except zlib.error:
            continue
