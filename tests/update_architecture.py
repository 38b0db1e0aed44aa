"""Module docstrings to the map in docs/architecture.md: `python -m tests.update_architecture` writes it.

What stands above the marker is written by hand and kept; all below it is made from the source. A test compares.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "docs" / "architecture.md"
MARKER = "<!-- From here on made by `python -m tests.update_architecture` from the docstrings; edit those. -->\n"
FOLDERS = ("qwen_desktop", "tests")


def modules() -> Iterator[Path]:
    """Every module of the map, folder by folder; tests themselves are left out, their helpers are not."""
    yield ROOT / "run.py"
    for folder in FOLDERS:
        files = [file for file in (ROOT / folder).rglob("*.py") if not file.name.startswith("test_")]
        yield from sorted(files, key=lambda file: (file.parent.parts, file.name))


def first_sentence(file: Path) -> str:
    """The first paragraph of a module's docstring on one line; empty for a module without code or words."""
    docstring = ast.get_docstring(ast.parse(file.read_text("utf-8"))) or ""
    return " ".join(docstring.split("\n\n")[0].split())


def made_part() -> str:
    """The map: a table for each folder."""
    lines = []
    folder = None
    for file in modules():
        sentence = first_sentence(file)
        if file.name == "__init__.py" and not sentence:
            continue
        if file.parent != folder:
            folder = file.parent
            name = "." if folder == ROOT else folder.relative_to(ROOT).as_posix() + "/"
            lines += ["", f"## `{name}`", "", "| module | what it turns into what, or owns |", "|---|---|"]
        lines.append(f"| `{file.name}` | {sentence.replace('|', chr(92) + '|')} |")
    return "\n".join(lines) + "\n"


def document() -> str:
    """The whole file as it should be."""
    by_hand, marker, _ = DOCUMENT.read_text("utf-8").partition(MARKER)
    if not marker:
        raise ValueError(f"{DOCUMENT} has lost its marker: {MARKER.strip()}")
    return by_hand + MARKER + made_part()


if __name__ == "__main__":
    DOCUMENT.write_text(document(), encoding="utf-8", newline="\n")
