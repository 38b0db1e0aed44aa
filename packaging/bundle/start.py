"""Where the program of a bundle begins: the bootloader's traces are put right, then the app runs."""

import os
import sys
import zipimport

import pyimod02_importers  # PyInstaller's own, in every bundle

from qwen_desktop.__main__ import main


def forget_bootloader() -> None:
    """A browser or file manager that is opened must not find our libraries, nor a new start take itself for a part of
    this one (https://pyinstaller.org/en/stable/runtime-information.html, read 2026-11-27)."""
    original = os.environ.pop("LD_LIBRARY_PATH_ORIG", None)
    if original is not None:
        os.environ["LD_LIBRARY_PATH"] = original
    else:
        os.environ.pop("LD_LIBRARY_PATH", None)
    for name in [name for name in os.environ if name.startswith("_PYI_")]:
        del os.environ[name]


def hold_archives() -> None:
    """Modules that are imported later are those of this version, though an upgrade has replaced the files meanwhile."""
    program = pyimod02_importers.pyz_archive
    program._filename = held(program._filename)
    importers = [one for one in sys.path_importer_cache.values() if isinstance(one, zipimport.zipimporter)]
    for archive in {one.archive for one in importers}:
        name = held(archive)
        for one in importers:
            if one.archive == archive:
                one.archive = name


def held(path: str) -> str:
    """Another name of the file, which stays with it when the path gets a new one."""
    name = f"/proc/self/fd/{os.open(path, os.O_RDONLY | os.O_CLOEXEC)}"
    return name if os.path.exists(name) else path


if sys.platform == "linux":
    forget_bootloader()
    hold_archives()
sys.exit(main())
