"""Much that is written reaches the disk in slices, so that nothing waits behind all of it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from qwen_desktop.core import whole_file
from qwen_desktop.core.exchange.output import new_file
from qwen_desktop.core.storage import backups
from qwen_desktop.core.storage.database import open_writer
from qwen_desktop.core.storage.migrations import upgrade

SLICE = 512 * 1024


@pytest.fixture
def unsynced(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How much each sync found that was not on the disk yet."""
    sizes: list[int] = []
    reached: dict[int, int] = {}

    def sync(descriptor: int) -> None:
        size = os.fstat(descriptor).st_size
        sizes.append(size - reached.get(descriptor, 0))
        reached[descriptor] = size

    for module in (whole_file, backups):
        monkeypatch.setattr(module, "sync_data", sync)
    return sizes


def test_an_export_reaches_the_disk_in_slices(tmp_path: Path, unsynced: list[int]) -> None:
    with new_file(tmp_path / "all.json") as file:
        for _ in range(5_000):
            file.write(b"x" * 1_000)
    assert (tmp_path / "all.json").stat().st_size == 5_000_000
    assert len(unsynced) >= 4
    assert max(unsynced) <= 2 * SLICE


def test_a_backup_reaches_the_disk_in_slices(tmp_path: Path, unsynced: list[int]) -> None:
    path = tmp_path / "history.sqlite3"
    db = open_writer(path)
    upgrade(db, None)
    db.execute("CREATE TABLE much AS SELECT zeroblob(5000000)")
    db.close()
    assert backups.make(path, tmp_path / "backups", backups.DAILY) is not None
    assert len(unsynced) >= 9
    assert max(unsynced) <= 2 * SLICE
