"""The project to a folder that runs without Python: dist/qwen-desktop/, made by PyInstaller and then looked through.

`python3 run.py build bundle`.  It asks for the glibc of the machine it was made on, or a newer one.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import icu_data
import notices
from check_bundle import check, module_names

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
TOP_LEVEL_LIBRARIES = {"_cffi_backend", "shiboken6", "PySide6"}
"""Of packages without a module of Python's own in the archive."""


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="run.py build bundle --", description=__doc__)
    parser.add_argument("--into", type=Path, default=ROOT / "dist", help="folder for the folder qwen-desktop")
    options = parser.parse_args(arguments)
    started_at = time.monotonic()
    bundle = make(options.into.absolute())
    print(f"{bundle}  {size_bytes(bundle) / 1e6:.0f} MB, {time.monotonic() - started_at:.0f} s")
    problems = check(bundle, [str(ROOT), sys.prefix, os.path.expanduser("~/")])
    for problem in problems:
        print(f"not to be shipped: {problem}", file=sys.stderr)
    if problems:
        return 1
    return subprocess.call([bundle / "qwen-desktop", "--self-test"])


def make(folder: Path) -> Path:
    """The bundle's folder.  Raises CalledProcessError with PyInstaller's words on standard error."""
    with tempfile.TemporaryDirectory(prefix="qwen-desktop-bundle-") as made_in:
        options = ["--noconfirm", "--clean", "--log-level", "WARN", "--workpath", made_in, "--distpath", str(folder)]
        command = [sys.executable, "-P", "-m", "PyInstaller", *options, str(HERE / "qwen-desktop.spec")]
        subprocess.run(command, check=True, env={**os.environ, "PYINSTALLER_CONFIG_DIR": made_in})
    bundle = folder / "qwen-desktop"
    for library in (bundle / "_internal/PySide6/Qt/lib").glob("libicudata.so.*"):
        icu_data.trim(library)
    found = notices.parts({name.partition(".")[0] for name in module_names(bundle)} | TOP_LEVEL_LIBRARIES)
    (bundle / "_internal" / "THIRD-PARTY-NOTICES.txt").write_text(notices.text(found), encoding="utf-8")
    return bundle


def size_bytes(folder: Path) -> int:
    """Of all files in it, links not followed."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if not path.is_dir())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
