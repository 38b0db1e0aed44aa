"""pyproject.toml to the lock files: every package pinned with its hashes, for all systems and Pythons at once.

Run it with any Python after a dependency changed. uv is needed: the one on PATH, else one in a temporary environment.
Packages already locked stay as they are; `--upgrade` takes the newest of all, `--upgrade-package NAME` of one.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import venv
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


UNIVERSAL = ("--universal", "--python-version", "3.11")
WINDOWS = ("--python-platform", "x86_64-pc-windows-msvc", "--python-version", "3.13")
"""What the Windows installer carries; pip, asked elsewhere, would look at markers of the system it runs on."""


def main(arguments: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        uv = shutil.which("uv") or install_uv(Path(folder))
        compile_lock(uv, "requirements.lock", arguments)
        extras = ["--extra", "test", "--extra", "bench", "--constraint", "requirements.lock"]
        compile_lock(uv, "requirements-test.lock", [*extras, *arguments])
        # The app's own packages too: the bundle is made of what is installed beside the tools.
        extras = ["--extra", "build", "--constraint", "requirements.lock"]
        compile_lock(uv, "requirements-build.lock", [*extras, *arguments])
        compile_lock(uv, "requirements-windows.lock", ["--constraint", "requirements.lock", *arguments], WINDOWS)


def install_uv(folder: Path) -> str:
    venv.create(folder, with_pip=True)
    scripts = folder / ("Scripts" if sys.platform == "win32" else "bin")
    subprocess.run([scripts / "python", "-m", "pip", "install", "--quiet", "uv"], check=True)
    return str(scripts / "uv")


def compile_lock(uv: str, name: str, arguments: list[str], systems: Sequence[str] = UNIVERSAL) -> None:
    command = [uv, "pip", "compile", "--quiet", *systems, "--generate-hashes"]
    command += ["--no-annotate", "--custom-compile-command", "python3 packaging/update_locks.py"]
    subprocess.run([*command, *arguments, "pyproject.toml", "--output-file", name], cwd=ROOT, check=True)


if __name__ == "__main__":
    main(sys.argv[1:])
