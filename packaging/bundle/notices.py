"""What is installed beside the build tools to the notices of a bundle: each part with its version, licence and texts.

Read from the metadata of the packages whose modules are in the bundle, so that none is forgotten.
"""

from __future__ import annotations

import importlib.metadata
import re
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_LICENCE_FILE = re.compile(r"(^|/)(licen[cs]es?/|(licen[cs]e|copying|notice|ofl|authors)[^/]*$)", re.IGNORECASE)
_CLASSIFIER = "License :: OSI Approved :: "


@dataclass(frozen=True, slots=True)
class Part:
    """One thing the bundle carries that others wrote."""

    name: str
    version: str
    licence: str
    homepage: str
    texts: tuple[str, ...]
    """The licences in full, as the package brought them."""


FONTS = (
    Part("STIX Two Math", "", "OFL-1.1", "https://www.stixfonts.org/", ()),
    Part("DejaVu Sans", "", "Bitstream-Vera", "https://dejavu-fonts.github.io/License.html", ()),
)
"""They come inside other packages, whose metadata do not name them."""


def parts(modules: set[str]) -> list[Part]:
    """Whatever is in a bundle with these top-level modules, Python and its libraries included."""
    return [*_fixed_parts(), *of_packages(importlib.metadata.distributions(), modules)]


def text(all_parts: list[Part]) -> str:
    """The notices as a text to read, by name."""
    all_parts = sorted(all_parts, key=lambda part: part.name.lower())
    lines = ["Qwen Desktop carries these works of others, each under its own licence.", ""]
    lines += [f"- {f'{part.name} {part.version}'.strip()}: {part.licence}" for part in all_parts]
    for part in all_parts:
        lines += ["", "=" * 78, f"{part.name} {part.version}", f"Licence: {part.licence}", part.homepage, ""]
        lines += [found.strip() + "\n" for found in part.texts]
    return "\n".join(lines) + "\n"


def of_packages(packages: Iterable[importlib.metadata.Distribution], modules: set[str]) -> Iterator[Part]:
    """Those of `packages` that have one of the top-level modules."""
    for distribution in packages:
        files = distribution.files or []
        tops = {file.parts[0].split(".")[0] for file in files if not file.parts[0].endswith((".dist-info", ".data"))}
        if tops & modules and distribution.name.lower() not in ("pyinstaller", "setuptools"):
            texts = [file for file in files if _LICENCE_FILE.search(str(file)) and ".dist-info" in str(file)]
            meta: dict[str, Any] = distribution.metadata.json
            yield Part(
                meta["name"],
                distribution.version,
                _licence_of(meta),
                meta.get("home_page") or _page_of(meta.get("project_url", [])),
                tuple(Path(str(distribution.locate_file(file))).read_text("utf-8", "replace") for file in texts),
            )


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
        tuple(Path(str(bootloader.locate_file(file))).read_text("utf-8") for file in licence),
    )
    yield Part("ICU", "73", "Unicode-3.0", "https://icu.unicode.org/", ())
    yield from FONTS
