"""`docs/streaming.md` names tests and faults that exist."""

from __future__ import annotations

import re
from pathlib import Path

from tests.faults.table import FAULTS

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = (ROOT / "docs" / "streaming.md").read_text(encoding="utf-8")


def test_every_test_the_document_names_exists() -> None:
    sources = "".join(file.read_text(encoding="utf-8") for file in (ROOT / "tests").rglob("test_*.py"))
    defined = set(re.findall(r"def (test_\w+)\(", sources))
    named = set(re.findall(r"`(test_\w+)`", DOCUMENT))
    assert len(named) > 40
    assert named - defined == set()


def test_every_fault_the_document_names_exists() -> None:
    lists = re.findall(r"`test_fault_ends_as_listed` \(([^)]+)\)", DOCUMENT)
    named = {name.strip() for names in lists for name in names.split(",")}
    assert len(named) > 25
    assert named - set(FAULTS) == set()


def test_every_behaviour_has_its_row() -> None:
    assert [int(number) for number in re.findall(r"^\| (\d+) \|", DOCUMENT, re.MULTILINE)] == list(range(1, 32))
