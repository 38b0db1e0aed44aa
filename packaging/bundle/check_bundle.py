"""A bundle to what is wrong with it: files of tests or development, a path of the machine it was made on, a key.

Python's own archive is unpacked for it: what it holds is compressed.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

_OF_DEVELOPMENT = re.compile(
    r"(^|[/.])(tests?|conftest|_?pytest|hypothesis|mypy|ruff|pip|setuptools|PyInstaller|tkinter|\.git|\.venv)([/.]|$)"
    r"|^_internal/.*(\.(pyi?|pyc|h|a|pxd|pyx|prl|qml|log|sqlite3|map)|/direct_url\.json|/RECORD)$",
)
_SECRET = re.compile(
    rb"\bsk-[A-Za-z0-9-]*[A-Za-z0-9]{20,}|-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----[\s]+[A-Za-z0-9+/]"
    rb"|\b(?:ghp|gho|ghs|github_pat)_[A-Za-z0-9_]{30,}|\bAKIA[0-9A-Z]{16}\b|\bpypi-[A-Za-z0-9_-]{40,}"
)


def check(bundle: Path, machine_paths: Sequence[str]) -> list[str]:
    """A sentence for each problem; `machine_paths` are folders of this machine that must not be named in it."""
    return check_entries(chain(files(bundle), _modules(bundle)), machine_paths)


def may_be_shipped(problems: Sequence[str]) -> bool:
    """Whether there are none; each is told on standard error."""
    for problem in problems:
        print(f"not to be shipped: {problem}", file=sys.stderr)
    return not problems


def check_entries(entries: Iterable[tuple[str, bytes]], machine_paths: Sequence[str]) -> list[str]:
    """The same for pairs of name and content."""
    problems = []
    needles = [path.rstrip("/").encode() + b"/" for path in machine_paths]
    for name, data in entries:
        if _OF_DEVELOPMENT.search(name):
            problems.append(f"{name} is a file of tests or development")
        problems += [f"{name} names {needle.decode()}" for needle in needles if needle in data]
        if found := _SECRET.search(data):
            problems.append(f"{name} holds what looks like a secret, {found.group()[:6]!r}…")
    return problems


def files(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every file in it, by name."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            yield path.relative_to(folder).as_posix(), path.read_bytes()


def _modules(bundle: Path) -> Iterator[tuple[str, bytes]]:
    """Every module and script in the bundle's archives."""
    program = _program(bundle)
    for name in program.toc:
        yield f"program/{name}", bytes(program.extract(name))
    archive = _archive(bundle)
    for module in archive.toc:
        yield f"PYZ/{module}", bytes(archive.extract(module, raw=True) or b"")


def module_names(bundle: Path) -> list[str]:
    """Of all modules in the archive."""
    return list(_archive(bundle).toc)


def _archive(bundle: Path) -> Any:
    program = _program(bundle)
    return program.open_embedded_archive(next(name for name in program.toc if name.endswith(".pyz")))


def _program(bundle: Path) -> Any:
    from PyInstaller.archive.readers import CArchiveReader

    return CArchiveReader(str(bundle / "qwen-desktop"))


if __name__ == "__main__":
    found = check(Path(sys.argv[1]), sys.argv[2:])
    print("\n".join(found) or "nothing found")
    sys.exit(1 if found else 0)
