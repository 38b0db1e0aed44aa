"""What is in a bundle to its notices: each part that others wrote, with its version, licence and texts.

Read from the metadata of the packages whose modules are in the bundle, so that none is forgotten; what came inside
other packages is named here.  `problems` finds what neither tells of.
"""

from __future__ import annotations

import importlib.metadata
import re
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

LICENCES = Path(__file__).resolve().parents[1] / "licences"
"""Texts of works that come without them."""

FONTS = {"STIXTwoMath-Regular.ttf": "STIX Two Math", "DejaVuSans.ttf": "DejaVu Sans"}
LIBRARIES = {
    "PySide6/Qt/lib": {"libQt6*": "Qt", "libicu*": "ICU"},
    "pillow.libs": {f"lib{name}*": "pillow" for name in (
        "Xau", "jpeg", "lcms2", "lzma", "openjp2", "sharpyuv", "tiff", "webp", "xcb", "zstd",
    )},
}  # fmt: skip
"""Folders of libraries that others than the authors of the package wrote, to the part whose texts tell of each."""
WITHOUT_TEXTS = {
    "pyside6-essentials": ("LGPL-3.0", "GPL-3.0"),
    "shiboken6": ("LGPL-3.0", "GPL-3.0"),
    "latex2mathml": ("latex2mathml",),
}
"""Packages that do not bring their licences, to the texts."""
_OURS = ("qwen_desktop", "start", "resources", "LICENSE", "THIRD-PARTY-NOTICES.txt")
_OF_PYTHON = ("base_library.zip", "libpython3*", "python3.*")
_UNIMATHSYMBOLS = """Copyright 2011 Günter Milde
This work may be distributed and/or modified under the conditions of the LaTeX Project Public License, either version
1.3 of this license or (at your option) any later version: https://www.latex-project.org/lppl.txt"""
_STIX = "Copyright 2001-2020 The STIX Fonts Project Authors (https://github.com/stipub/stixfonts)"

_LICENCE_FILE = re.compile(r"(^|/)(licen[cs]es?/|(licen[cs]e|copying|notice|ofl|authors)[^/]*$)", re.IGNORECASE)
_CLASSIFIER = "License :: OSI Approved :: "
_BUILD_TOOLS = ("pyinstaller", "setuptools")


@dataclass(frozen=True, slots=True)
class Part:
    """One thing the bundle carries that others wrote."""

    name: str
    version: str
    licence: str
    homepage: str
    texts: tuple[str, ...]
    """The licences in full."""


def parts(modules: set[str]) -> list[Part]:
    """Whatever is in a bundle with these top-level modules, Python and its libraries included."""
    return [*_fixed_parts(), *inside_packages(modules), *of_packages(importlib.metadata.distributions(), modules)]


def text(all_parts: list[Part]) -> str:
    """The notices as a text to read, by name."""
    all_parts = sorted(all_parts, key=lambda part: part.name.lower())
    lines = ["Qwen Desktop carries these works of others, each under its own licence.", ""]
    lines += [f"- {f'{part.name} {part.version}'.strip()}: {part.licence}" for part in all_parts]
    for part in all_parts:
        lines += ["", "=" * 78, f"{part.name} {part.version}", f"Licence: {part.licence}", part.homepage, ""]
        lines += [found.strip() + "\n" for found in part.texts]
    return "\n".join(lines) + "\n"


def problems(all_parts: list[Part], files: Iterable[str], modules: Iterable[str]) -> list[str]:
    """A sentence for each part without a licence in full, and for each file and module that no part accounts for.

    `files`: the paths of a bundle's folder `_internal`, links left out; `modules`: all of its archive.
    """
    names = {_normal(part.name) for part in all_parts}
    tops = {"shiboken6", *sys.stdlib_module_names}
    for distribution in importlib.metadata.distributions():
        if _normal(distribution.name) in names:
            tops |= _tops_of(distribution)
    unknown = {name.partition(".")[0] for name in modules} - tops - set(_OURS)
    strangers = [name for name in unknown if not name.startswith(("pyi", "_pyi"))]  # PyInstaller's own
    strangers += [path for path in files if not _is_told(path, names, tops)]
    found = [f"{part.name} has no licence text" for part in all_parts if not any(map(str.strip, part.texts))]
    return found + [f"{name} belongs to no part of the notices" for name in sorted(strangers)]


def _is_told(path: str, names: set[str], tops: set[str]) -> bool:
    folder, _, name = path.rpartition("/")
    if name.endswith((".ttf", ".otf", ".ttc", ".woff", ".woff2")):
        return _normal(FONTS.get(name, "?")) in names
    if folder in LIBRARIES:
        owners = [owner for pattern, owner in LIBRARIES[folder].items() if fnmatch(name, pattern)]
        return any(_normal(owner) in names for owner in owners)
    top = path.partition("/")[0]
    if top.endswith(".dist-info"):
        return _normal(top.partition("-")[0]) in names
    return top in _OURS or top.partition(".")[0] in tops or any(fnmatch(top, pattern) for pattern in _OF_PYTHON)


def _normal(name: str) -> str:
    return re.sub(r"[-_. ]+", "-", name).lower()


def _tops_of(distribution: importlib.metadata.Distribution) -> set[str]:
    """The modules and folders it brings, without their endings."""
    files = distribution.files or []
    return {file.parts[0].split(".")[0] for file in files if not file.parts[0].endswith((".dist-info", ".data"))}


def of_packages(packages: Iterable[importlib.metadata.Distribution], modules: set[str]) -> Iterator[Part]:
    """Those of `packages` that have one of the top-level modules."""
    for distribution in packages:
        if _tops_of(distribution) & modules and _normal(distribution.name) not in ("pyinstaller", "setuptools"):
            files = [file for file in distribution.files or [] if _LICENCE_FILE.search(str(file))]
            texts = [_read(distribution, file) for file in files if file.suffix not in (".py", ".pyc")]
            meta: dict[str, Any] = distribution.metadata.json
            texts = texts or [*licence_texts(*WITHOUT_TEXTS.get(_normal(distribution.name), ()))]
            homepage = meta.get("home_page") or _page_of(meta.get("project_url", []))
            yield Part(meta["name"], distribution.version, _licence_of(meta), homepage, tuple(texts))


def _read(distribution: importlib.metadata.Distribution, file: importlib.metadata.PackagePath) -> str:
    return Path(str(distribution.locate_file(file))).read_text("utf-8", "replace")


def _licence_of(meta: dict[str, Any]) -> str:
    said = meta.get("license_expression") or meta.get("license") or ""
    if said and "\n" not in said and said != "UNKNOWN":
        return str(said)
    classifiers = [c.removeprefix(_CLASSIFIER) for c in meta.get("classifier", []) if c.startswith(_CLASSIFIER)]
    return ", ".join(classifiers) or "see below"


def _page_of(links: list[str]) -> str:
    """The most telling of links such as 'Source, https://…'."""
    named = {label.strip().lower(): address for label, _, address in (link.partition(", ") for link in links)}
    wanted = ("homepage", "home", "source", "source code", "repository", "github", "documentation")
    return next((named[label] for label in wanted if label in named), next(iter(named.values()), ""))


def _fixed_parts() -> Iterator[Part]:
    standard = Path(sysconfig.get_path("stdlib"))
    version = ".".join(map(str, sys.version_info[:3]))
    places = (standard / "LICENSE.txt", Path(f"/usr/share/doc/python3.{sys.version_info[1]}/copyright"))
    texts = tuple(place.read_text("utf-8") for place in places if place.is_file())
    yield Part("Python", version, "Python-2.0.1", "https://www.python.org/", texts[:1])
    bootloader = importlib.metadata.distribution("pyinstaller")
    licence = [file for file in bootloader.files or [] if file.name.startswith("COPYING")]
    yield Part(
        "PyInstaller bootloader",
        bootloader.version,
        "GPL-2.0-or-later WITH Bootloader-exception",
        "https://pyinstaller.org/",
        tuple(_read(bootloader, file) for file in licence),
    )


def inside_packages(modules: set[str]) -> Iterator[Part]:
    """What comes inside packages with these top-level modules, whose metadata do not name it."""
    qt = importlib.metadata.version("pyside6-essentials")
    others = "https://doc.qt.io/qt-6/licenses-used-in-qt.html"
    yield Part("Qt", qt, "LGPL-3.0-only", "https://www.qt.io/", licence_texts("LGPL-3.0", "GPL-3.0"))
    yield Part("Works of others in Qt", "", "see below", others, licence_texts("Qt-third-party"))
    yield Part("ICU", "73", "Unicode-3.0", "https://icu.unicode.org/", licence_texts("ICU"))
    if "ziamath" in modules:
        stix, dejavu = "https://www.stixfonts.org/", "https://dejavu-fonts.github.io/License.html"
        yield Part("STIX Two Math", "2.11", "OFL-1.1", stix, (_STIX, *licence_texts("OFL-1.1")))
        yield Part("DejaVu Sans", "", "Bitstream-Vera", dejavu, licence_texts("DejaVu"))
    if "latex2mathml" in modules:
        yield Part(
            "unimathsymbols",
            "2011-11-08",
            "LPPL-1.3+",
            "https://milde.users.sourceforge.net/LUCR/Math/",
            (_UNIMATHSYMBOLS,),
        )
    if "cryptography" in modules:
        package = importlib.metadata.distribution("cryptography")
        apache = [_read(package, file) for file in package.files or [] if file.name == "LICENSE.APACHE"]
        yield Part("OpenSSL", "in cryptography", "Apache-2.0", "https://www.openssl.org/", tuple(apache))
        yield Part("Crates of Rust", "in cryptography", "Apache-2.0 OR MIT", "https://crates.io/", tuple(apache))


def licence_texts(*names: str) -> tuple[str, ...]:
    return tuple((LICENCES / f"{name}.txt").read_text("utf-8") for name in names)
