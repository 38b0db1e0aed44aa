"""Qt's library of ICU data to a smaller one of the same name: 15 MB less in a bundle, and 5 MB less to download.

The data are the larger part of what Qt weighs.  Qt takes its own words for dates, numbers and languages (CLDR, in
QtCore), and asks ICU for the order of texts, their boundaries and old encodings; the names of countries, currencies,
languages and units, the long names of time zones, numbers in words and transliterations are never asked for.  `icupkg`
is ICU's own tool for leaving items out (https://unicode-org.github.io/icu/userguide/icu_data/buildtool.html, read
2026-11-26).
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from pathlib import Path

NEVER_ASKED_FOR = ("curr", "lang", "rbnf", "region", "translit", "unit", "zone")
"""Folders of ICU's data."""


def trim(library: Path) -> None:
    """Replaces `libicudata.so.N`.  Raises CalledProcessError, and ValueError if the library is not as expected."""
    symbol, data = data_of(library)
    with tempfile.TemporaryDirectory(prefix="qwen-desktop-icu-") as folder:
        # What icupkg writes bears the file's name inside, and ICU looks for this one; l stands for little-endian.
        name = symbol.removesuffix("_dat") + "l.dat"
        whole, kept = Path(folder) / "whole" / name, Path(folder) / "kept" / name
        whole.parent.mkdir()
        kept.parent.mkdir()
        whole.write_bytes(data)
        items = said("icupkg", "-l", whole).split()
        left_out = Path(folder) / "left-out.txt"
        left_out.write_text("".join(f"{item}\n" for item in items if item.split("/")[0] in NEVER_ASKED_FOR))
        said("icupkg", "-r", left_out, whole, kept)
        kept.rename(Path(folder) / "kept.dat")
        said("ld", "-r", "-b", "binary", "-o", "kept.o", "kept.dat", cwd=folder)
        section = ".data=.rodata,alloc,load,readonly,data,contents"
        names = ("--rename-section", section, "--redefine-sym", f"_binary_kept_dat_start={symbol}")
        said("objcopy", *names, "kept.o", "named.o", cwd=folder)
        said("objcopy", "--set-section-alignment", ".rodata=16", "named.o", cwd=folder)
        options = ("--shared", "--strip-all", "-z", "noexecstack", "-z", "max-page-size=4096", "--soname", library.name)
        said("ld", *options, "-o", library, "named.o", cwd=folder)
    if data_of(library)[0] != symbol:
        raise ValueError(f"{library.name} has lost its data")


def data_of(library: Path) -> tuple[str, bytes]:
    """The name and the bytes of the data that the library consists of."""
    symbols = said("readelf", "-W", "--dyn-syms", library)
    found = re.search(r"^\s*\d+: ([0-9a-f]+)\s.*\b(icudt\d+_dat)$", symbols, re.MULTILINE)
    section = re.search(r"\.rodata\s+PROGBITS\s+([0-9a-f]+) ([0-9a-f]+) ([0-9a-f]+)", said("readelf", "-WS", library))
    if not found or not section:
        raise ValueError(f"{library.name} holds no data of ICU where they are looked for")
    address, offset, size = (int(number, 16) for number in section.groups())
    begin = offset + int(found[1], 16) - address
    return found[2], library.read_bytes()[begin : offset + size]


def said(*command: str | Path, cwd: str | None = None) -> str:
    return subprocess.run(command, cwd=cwd, check=True, stdout=subprocess.PIPE, text=True).stdout
