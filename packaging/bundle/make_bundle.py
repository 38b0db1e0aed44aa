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
from check_bundle import check, may_be_shipped, module_names

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
TOP_LEVEL_LIBRARIES = {"_cffi_backend", "shiboken6", "PySide6"}
"""Of packages without a module of Python's own in the archive."""


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="run.py build bundle --", description=__doc__)
    parser.add_argument("--into", type=Path, default=ROOT / "dist", help="folder for the folder qwen-desktop")
    parser.add_argument("--look-through", type=Path, metavar="BUNDLE", help="make nothing; say what is wrong with this")
    options = parser.parse_args(arguments)
    if options.look_through:
        return look_through(options.look_through)
    started_at = time.monotonic()
    bundle = make(options.into.absolute())
    print(f"{bundle}  {size_bytes(bundle) / 1e6:.0f} MB, {time.monotonic() - started_at:.0f} s")
    return look_through(bundle) or subprocess.call([bundle / "qwen-desktop", "--self-test"])


def look_through(bundle: Path) -> int:
    """1 with a sentence on standard error for each reason why it must not be shipped, else 0."""
    inside = bundle / "_internal"
    files = [path for path in inside.rglob("*") if path.is_file() and not path.is_symlink()]
    names = [path.relative_to(inside).as_posix() for path in files]
    problems = check(bundle, [str(ROOT), sys.prefix, os.path.expanduser("~/")])
    problems += notices.problems(parts(bundle), names, module_names(bundle))
    return 0 if may_be_shipped(problems) else 1


def make(folder: Path) -> Path:
    """The bundle's folder.  Raises CalledProcessError with PyInstaller's words on standard error."""
    with tempfile.TemporaryDirectory(prefix="qwen-desktop-bundle-") as made_in:
        options = ["--noconfirm", "--clean", "--log-level", "WARN", "--workpath", made_in, "--distpath", str(folder)]
        command = [sys.executable, "-P", "-m", "PyInstaller", *options, str(HERE / "qwen-desktop.spec")]
        # The same sources give the same bytes (https://reproducible-builds.org/docs/source-date-epoch/).
        same = {"PYTHONHASHSEED": "0", "SOURCE_DATE_EPOCH": str(source_date())}
        subprocess.run(command, check=True, env={**os.environ, **same, "PYINSTALLER_CONFIG_DIR": made_in})
    bundle = folder / "qwen-desktop"
    for library in (bundle / "_internal/PySide6/Qt/lib").glob("libicudata.so.*"):
        icu_data.trim(library)
    (bundle / "_internal" / "THIRD-PARTY-NOTICES.txt").write_text(notices.text(parts(bundle)), encoding="utf-8")
    return bundle


def parts(bundle: Path) -> list[notices.Part]:
    """What others wrote of it."""
    return notices.parts({name.partition(".")[0] for name in module_names(bundle)} | TOP_LEVEL_LIBRARIES)


def source_date() -> int:
    """When the sources were last changed, in seconds since 1970: as told by the environment, else by git, else now."""
    if told := os.environ.get("SOURCE_DATE_EPOCH"):
        return int(told)
    try:
        command = ["git", "-C", str(ROOT), "log", "-1", "--format=%ct"]
        return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    except (OSError, ValueError, subprocess.CalledProcessError):
        return int(time.time())


def size_bytes(folder: Path) -> int:
    """Of all files in it, links not followed."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if not path.is_dir())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
