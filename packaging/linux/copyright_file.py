"""The parts of a bundle to Debian's copyright file.

Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/, read 2026-11-26.
"""

from __future__ import annotations

from pathlib import Path

HEAD = """\
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: Qwen Desktop
Comment: This package carries the works of others that it needs beside it. They
 are listed here; their licences in full, as they came with them, are in
 /usr/share/doc/qwen-desktop/THIRD-PARTY-NOTICES.txt.gz.
 .
 Qt and PySide6 are used under the LGPL, version 3, as shared libraries of
 their own in /usr/lib/qwen-desktop/_internal/PySide6: they can be replaced by
 other builds of the same version. python-xlib is used under the LGPL, version
 2.1 or later.

Files: *
Copyright: 2026, the Qwen Desktop contributors
License: Apache-2.0
"""

TAIL = """
License: Apache-2.0
 On Debian systems the full text of the Apache License, version 2.0, is in
 /usr/share/common-licenses/Apache-2.0.

License: various
 See /usr/share/doc/qwen-desktop/THIRD-PARTY-NOTICES.txt.gz. On Debian systems
 the GNU licences are in /usr/share/common-licenses/LGPL-3, LGPL-2.1, GPL-3 and
 GPL-2.
"""


def copyright_text(bundle: Path) -> str:
    """The whole file; the parts are those that the bundle's own notices list."""
    notices = (bundle / "_internal/THIRD-PARTY-NOTICES.txt").read_text("utf-8")
    parts = [line[2:] for line in notices.partition("\n====")[0].splitlines() if line.startswith("- ")]
    listed = "".join(f"  {part}\n" for part in parts)
    others = (
        "\nFiles: usr/lib/qwen-desktop/*\nCopyright: their authors, as the notices say\nLicense: various\nComment:\n"
    )
    return HEAD + others + listed + TAIL
