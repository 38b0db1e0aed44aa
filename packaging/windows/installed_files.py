"""What of the packages goes into the Windows installer, and what does not."""

from __future__ import annotations

from fnmatch import fnmatchcase

import contents as bundle

_QT = ("Core", "Gui", "Network", "Svg", "Widgets")
_QT_FILES = (
    "__init__.py", "_config.py", "_git_pyside_version.py", "pyside6.abi3.dll", "msvcp140*.dll", "vcruntime140*.dll",
    *(f"Qt{name}.pyd" for name in _QT),
    *(f"Qt6{name}.dll" for name in _QT),
    "plugins/platforms/qwindows.dll", "plugins/platforms/qoffscreen.dll",
    "plugins/styles/qmodernwindowsstyle.dll",
    "plugins/iconengines/qsvgicon.dll",
    *(f"plugins/imageformats/q{name}.dll" for name in ("gif", "ico", "jpeg", "svg", "webp")),
    *(f"translations/{name}" for name in bundle.QT_TRANSLATIONS),
)  # fmt: skip
"""Of PySide6; whatever is not listed is left out."""

_LEFT_OUT = (
    "*.pyi", "*/py.typed", "*.lib", "*.typed", "*.exe", "*.h", "*.c", "*.pxd",
    "bin/*", "*/tests/*", "*/testing/*", "*/__pycache__/*",
)  # fmt: skip
_KEPT_HERE = ("keyring.backends.Windows",)
"""Modules that are left out of bundles for Linux only."""

_PYTHON_LEFT_OUT = ("python.exe", "pythonw.exe", "python.cat", "*._pth", "LICENSE.txt", "winsound.pyd")


def is_kept(name: str) -> bool:
    """Whether a file of the installed packages, by its path with slashes, belongs into the installer."""
    package, _, rest = name.partition("/")
    if package == "PySide6":
        return any(fnmatchcase(rest, pattern) for pattern in _QT_FILES)
    if package.endswith(".dist-info"):
        return rest == "METADATA"  # the doctor tells versions
    if any(fnmatchcase(name, pattern) for pattern in _LEFT_OUT):
        return False
    if not name.endswith((".py", ".pyd")):
        return True
    folder, _, file = name.rpartition("/")
    module = ".".join([*folder.split("/"), file.partition(".")[0]]).removesuffix(".__init__")
    return module in _KEPT_HERE or bundle.is_module_kept(module)


def is_python_kept(name: str) -> bool:
    """The same for a file of Python's own folder."""
    return not any(fnmatchcase(name, pattern) for pattern in _PYTHON_LEFT_OUT)
