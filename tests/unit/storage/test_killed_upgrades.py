"""Upgrades that die: whatever the schema and the statement, the next start ends them and nothing is lost."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from qwen_desktop.core.storage.migrations import SCHEMA_VERSION
from tests.unit.storage.test_migrations import RELEASED

ROOT = Path(__file__).parents[3]


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is of POSIX")
@pytest.mark.parametrize("released", RELEASED, ids=lambda path: path.stem)
def test_a_kill_at_every_statement_of_an_upgrade_loses_nothing(tmp_path: Path, released: Path) -> None:
    command = [sys.executable, "-m", "tests.unit.storage.killed_upgrades", str(released), str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    kills = int(done.stdout)
    steps = SCHEMA_VERSION - (RELEASED.index(released) + 1)
    assert kills >= 5 * steps + 1, "each step has at least BEGIN, a change, the version and COMMIT"
