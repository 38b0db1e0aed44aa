"""The project to a source distribution, and that to a wheel, both in dist/: `python3 run.py build wheel`.

They are made from a copy, so that nothing of an earlier build gets in and nothing is left beside the sources.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NOT_COPIED = (".git", ".venv*", ".*_cache", ".hypothesis", "__pycache__", "*.egg-info", "build", "dist")


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="run.py build wheel --", description=__doc__)
    parser.add_argument("--into", type=Path, default=ROOT / "dist", help="folder for the two files")
    options = parser.parse_args(arguments)
    for made in make(options.into.absolute()):
        print(f"{made}  {made.stat().st_size / 1e6:.1f} MB")
    return 0


def make(folder: Path) -> list[Path]:
    """The paths of both files.  Raises CalledProcessError with the builder's words on standard error."""
    with tempfile.TemporaryDirectory(prefix="qwen-desktop-wheel-") as made_in:
        copy = Path(made_in) / "project"
        shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(*NOT_COPIED))
        # -P: `packaging` is the name of a library the builder uses, and of a folder in the copy.
        command = [sys.executable, "-P", "-m", "build", "--no-isolation", "--outdir", str(folder), str(copy)]
        log = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        if log.returncode:
            print(log.stdout, file=sys.stderr)
            log.check_returncode()
    made = log.stdout.rstrip().splitlines()[-1]  # "Successfully built NAME and NAME"
    return [folder / name for name in made.replace("Successfully built ", "").split(" and ")]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
