"""What goes into a bundle for Linux, and what does not: one list each, read by qwen-desktop.spec.

A bundle carries what the app itself brings (Python, Qt, its packages).  What belongs to the system it runs on (the C
library, X11, OpenGL, fonts, D-Bus, TLS) is taken from there: a copy of those breaks on newer systems, or misses their
security updates.
"""

from __future__ import annotations

import fnmatch

MODULES_LEFT_OUT = (
    "_curses", "_curses_panel", "_tkinter", "curses", "dbm", "distutils", "doctest", "ensurepip", "idlelib", "lib2to3",
    "multiprocessing",  # workers of ours are threads, or own commands
    "_pydecimal", "_pyio",  # what Python takes where its own libraries are missing
    "pdb", "pip", "pkg_resources", "pydoc", "pydoc_data", "setuptools", "sqlite3.test", "test", "tkinter", "turtledemo",
    "unittest", "venv", "wheel", "xmlrpc",
    "readline",  # under the GPL; nothing here edits lines with it
    "PIL.AvifImagePlugin", "PIL.ImageFont", "PIL.ImageQt", "PIL.ImageShow", "PIL.ImageTk", "PIL._avif",
    "PIL._imagingft", "PIL._imagingtk", "PIL._imagingmath",
    "PySide6.QtNetwork",  # for pipes of Windows
    "PySide6.QtNetworkAuth", "PySide6.QtOpenGL", "PySide6.QtPrintSupport", "PySide6.QtQml", "PySide6.QtQuick",
    "PySide6.QtSql", "PySide6.QtTest", "PySide6.QtUiTools",
    "keyring.backends.chainer", "keyring.backends.libsecret", "keyring.backends.macOS", "keyring.backends.Windows",
    "keyring.cli", "keyring.devpi_client",
    "pygments.formatters", "pygments.styles", "pygments.cmdline",
    "anyio._backends._trio", "trio", "numpy", "rich", "h2", "cffi.recompiler", "pycparser.yacctab",
    "httpx._main", "click", "IPython", "matplotlib", "pytest",
)  # fmt: skip

IMAGE_PLUGINS = {"Bmp", "Gif", "Jpeg", "Mpo", "Png", "Tiff", "WebP"}
"""Pillow's decoders the app asks for by name (`core/images/opening.py`); the others are left out."""

PLUGINS = {
    "platforms": ("libqxcb", "libqwayland", "libqoffscreen"),
    "platforminputcontexts": ("libibus*", "libcompose*"),
    "platformthemes": ("libqxdgdesktopportal",),
    "iconengines": ("libqsvgicon",),
    "imageformats": ("libqsvg", "libqjpeg", "libqgif", "libqwebp", "libqico"),
    "xcbglintegrations": ("*",),
    "wayland-shell-integration": ("libxdg-shell",),
    "wayland-decoration-client": ("*",),
    "wayland-graphics-integration-client": ("libqt-plugin-wayland-egl",),
}
"""Folder of Qt's plugins to the ones that are kept; every other folder and file is left out."""

QT_TRANSLATIONS = ("qtbase_zh_CN.qm",)

OF_THE_SYSTEM = (
    "ld-linux*", "libc.so*", "libm.so*", "libdl.so*", "libpthread*", "librt.so*", "libresolv*", "libutil.so*",
    "libstdc++*", "libgcc_s*", "libz.so*", "libzstd.so*", "liblzma.so*", "libbz2.so*", "libexpat*", "libffi*",
    "libuuid*",
    "libX11*", "libXau.so*", "libXdmcp*", "libXext*", "libXrender*", "libXi.so*", "libXcursor*", "libXfixes*",
    "libXcomposite*", "libXdamage*", "libXinerama*", "libXrandr*", "libpixman*", "libthai*", "libdatrie*",
    "libjpeg.so*",
    "libxcb*", "libxkb*", "libwayland*", "libdrm*", "libgbm*",
    "libGL*", "libEGL*", "libOpenGL*", "libvulkan*",
    "libglib*", "libgobject*", "libgio*", "libgmodule*", "libgthread*", "libpcre*", "libmount*", "libblkid*",
    "libselinux*", "libdbus*", "libsystemd*", "libcap.so*", "libgcrypt*", "libgpg-error*", "liblz4*",
    "libfontconfig*", "libfreetype*", "libpng16.so*", "libbrotli*.so*", "libharfbuzz.so*", "libgraphite2*",
    "libgssapi*", "libkrb5*", "libk5crypto*", "libcom_err*", "libkeyutils*",
    "libssl*", "libcrypto*", "libbsd*", "libmd.so*", "libsqlite3*", "libreadline*", "libtinfo*", "libncurses*",
    "libgtk*", "libgdk*", "libtiff.so*", "libwebp.so*", "libicu*.so.7[02]",
    "libpango*", "libcairo*", "libatk*", "libatspi*", "libepoxy*", "libfribidi*",
)  # fmt: skip
"""Libraries that are not carried along, unless a package brought its own (those have a hash in their names)."""

QT_LIBRARIES_LEFT_OUT = (
    "libQt6Network*", "libQt6Qml*", "libQt6Quick*", "libQt6Pdf*", "libQt6VirtualKeyboard*", "libQt6EglF[Ss]*",
)  # fmt: skip


PACKED = "pygments.lexers."
"""Modules that are compressed each by itself: many, and few of them are ever read.  Unpacking the others would take
longer than reading them; the package is compressed as a whole."""


def is_kept(destination: str) -> bool:
    """Whether the file or library that would be put at this path of the bundle belongs into it."""
    folder, _, name = destination.rpartition("/")
    if "/plugins/" in destination:
        kind = folder.rpartition("/")[2]
        return any(fnmatch.fnmatch(name, f"{pattern}.so") for pattern in PLUGINS.get(kind, ()))
    if "/translations" in folder and "PySide6" in folder:
        return name in QT_TRANSLATIONS
    if ".dist-info" in folder and name != "METADATA":
        return False
    if "PySide6" in folder and ("/qml" in folder or "/resources" in folder):
        return False
    if _matches(name, QT_LIBRARIES_LEFT_OUT):
        return False
    if folder.endswith("pillow.libs"):
        return not name.startswith(("libavif", "libfreetype", "libharfbuzz", "libbrotli", "libpng"))
    return not (folder in ("", "PySide6/Qt/lib") and _matches(name, OF_THE_SYSTEM))


def is_module_kept(name: str) -> bool:
    """Whether a Python module belongs into the bundle."""
    package, _, module = name.rpartition(".")
    if package == "PIL" and module.endswith("ImagePlugin"):
        return module.removesuffix("ImagePlugin") in IMAGE_PLUGINS
    return not any(name == left_out or name.startswith(left_out + ".") for left_out in MODULES_LEFT_OUT)


def _matches(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatch.fnmatch(name, pattern) for pattern in patterns)
