"""The libraries a bundle needs of the system to the packages that have them, in the words of a Depends line.

dpkg-shlibdeps knows which package of this machine, from which version on, has the symbols that are used.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from pathlib import Path

RENAMED = {"libglib2.0-0": "libglib2.0-0t64", "libssl3": "libssl3t64", "libssl3t64": "libssl3"}
"""Package names before and after Debian's change to 64-bit times: the same library, which this app uses alike."""
RENAMED["libglib2.0-0t64"] = "libglib2.0-0"


class DependsUnknown(Exception):
    """A library is in no package of this machine; the text is what dpkg-shlibdeps said."""


def depends(program: Path) -> list[str]:
    """One entry per package, sorted.  Raises DependsUnknown."""
    binaries = [path for path in program.rglob("*") if path.is_file() and not path.is_symlink() and is_elf(path)]
    own = sorted({path.parent for path in binaries} | {program / "_internal"})
    with tempfile.TemporaryDirectory(prefix="qwen-desktop-depends-") as folder:
        (Path(folder) / "debian").mkdir()
        (Path(folder) / "debian/control").write_text(
            "Source: qwen-desktop\n\nPackage: qwen-desktop\nArchitecture: any\n"
        )
        command = ["dpkg-shlibdeps", "-O", "--warnings=0", *(f"-l{path}" for path in own), *map(str, binaries)]
        found = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True)
    line = re.search(r"^shlibs:Depends=(.+)$", found.stdout, re.MULTILINE)
    if found.returncode or line is None:
        raise DependsUnknown(found.stderr.replace(f"{program}/", ""))
    return sorted(with_other_name(entry) for entry in line[1].split(", "))


def with_other_name(entry: str) -> str:
    """`libssl3 (>= 3.0.0)` to what fits the systems before and after the change."""
    name, _, version = entry.partition(" ")
    return f"{entry} | {RENAMED[name]} {version}".rstrip() if name in RENAMED else entry


def is_elf(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) == b"\x7fELF"
