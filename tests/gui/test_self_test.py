"""`qwen-desktop --self-test` as a process of its own: when all works, when a part is missing, when it hangs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def run(*command: str, home: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run it from a folder of its own, whose temporary files and user's files are all in `home`."""
    for name in ("tmp", "user"):
        (home / name).mkdir()
    path = os.pathsep.join([*filter(None, [environment.pop("PYTHONPATH", "")]), str(ROOT)])
    ours = {"TMPDIR": str(home / "tmp"), "HOME": str(home / "user"), "PYTHONPATH": path, **environment}
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "QWEN_"))}
    return subprocess.run(
        [sys.executable, "-B", *command],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env={**kept, **ours},
        cwd=home,
        timeout=90,
        check=False,
    )


def test_a_working_installation_says_so_in_one_line_and_leaves_nothing(tmp_path: Path) -> None:
    # What the user's environment says must neither be used nor stop it.
    hostile = {"DASHSCOPE_API_KEY": "sk-canary-77aa77aa77aa77aa77aa", "QWEN_DESKTOP_BASE_URL": "http://127.0.0.1:9"}
    hostile |= {"http_proxy": "http://127.0.0.1:9", "QT_QPA_PLATFORM": "nonsense", "QWEN_DESKTOP_LANG": "zh_CN"}
    done = run("-m", "qwen_desktop", "--self-test", home=tmp_path, **hostile)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("qwen-desktop: self-test passed in ")
    assert done.stdout.count("\n") == 1
    assert not list((tmp_path / "tmp").iterdir())
    assert not [path for path in (tmp_path / "user").rglob("*") if "qwen" in path.name.lower()]


def test_a_part_that_is_missing_fails_with_its_name(tmp_path: Path) -> None:
    (tmp_path / "ziamath.py").write_text("raise ImportError('no ziamath here')\n", encoding="utf-8")
    done = run("-m", "qwen_desktop", "--self-test", home=tmp_path, PYTHONPATH=str(tmp_path))
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.endswith("qwen-desktop: self-test failed: ImportError: no ziamath here\n")


def test_one_that_hangs_ends_by_itself(tmp_path: Path) -> None:
    script = (
        "import threading; from qwen_desktop import self_test; self_test.LIMIT_S = 0.5; "
        "self_test._run = lambda: threading.Lock().acquire() and threading.Event().wait(80); self_test.run()"
    )
    done = run("-c", script, home=tmp_path)
    assert done.returncode == 1
    assert "Timeout" in done.stderr
