"""What this machine lacks to what was installed, or to the one line that installs it: libraries, fonts, test tools.

Standard library only and no Qt, since it is asked before anything is installed (`run.py`, `doctor`). Package names were
tried on Debian 12; those of the other families are from their package lists (2026-11-23).
"""

from __future__ import annotations

import ctypes
import glob
import importlib.util
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

APT, DNF, PACMAN, ZYPPER = "apt", "dnf", "pacman", "zypper"


@dataclass(frozen=True)
class Requirement:
    """Something the system must have, how to see whether it does, and which packages bring it."""

    name: str
    packages: dict[str, str]
    """Family to package names, separated by spaces. A family without an entry has to find it by `name`."""
    is_met: Callable[[], bool] = field(repr=False)


def library(soname: str, apt: str, dnf: str, pacman: str, zypper: str) -> Requirement:
    """A shared library the dynamic linker must find."""
    return Requirement(soname, {APT: apt, DNF: dnf, PACMAN: pacman, ZYPPER: zypper}, lambda: can_load(soname))


def can_load(soname: str) -> bool:
    """Whether the dynamic linker finds `soname` and all that it needs."""
    try:
        ctypes.CDLL(soname)
    except OSError:
        return False
    return True


def program(name: str, apt: str) -> Requirement:
    """A command of the desktop tests, which run where apt can bring it."""
    return Requirement(name, {APT: apt}, lambda: shutil.which(name) is not None)


def installed_file(path: str, apt: str) -> Requirement:
    """A file of the desktop tests' tools, where no command of theirs is on the path."""
    return Requirement(os.path.basename(path), {APT: apt}, lambda: os.path.exists(path))


# What the Qt libraries and plugins name as needed, less what they carry along (objdump -p, PySide6-Essentials 6.11.3).
QT_LIBRARIES = (
    library("libglib-2.0.so.0", "libglib2.0-0", "glib2", "glib2", "libglib-2_0-0"),
    library("libgthread-2.0.so.0", "libglib2.0-0", "glib2", "glib2", "libgthread-2_0-0"),
    library("libGL.so.1", "libgl1", "mesa-libGL", "libglvnd", "Mesa-libGL1"),
    library("libEGL.so.1", "libegl1", "mesa-libEGL", "libglvnd", "Mesa-libEGL1"),
    library("libX11.so.6", "libx11-6", "libX11", "libx11", "libX11-6"),
    library("libxkbcommon.so.0", "libxkbcommon0", "libxkbcommon", "libxkbcommon", "libxkbcommon0"),
    library("libfontconfig.so.1", "libfontconfig1", "fontconfig", "fontconfig", "libfontconfig1"),
    library("libfreetype.so.6", "libfreetype6", "freetype", "freetype2", "libfreetype6"),
    library("libdbus-1.so.3", "libdbus-1-3", "dbus-libs", "dbus", "libdbus-1-3"),
    library("libgssapi_krb5.so.2", "libgssapi-krb5-2", "krb5-libs", "krb5", "krb5"),
    library("libbrotlidec.so.1", "libbrotli1", "libbrotli", "brotli", "libbrotlidec1"),
    library("libzstd.so.1", "libzstd1", "libzstd", "zstd", "libzstd1"),
    library("libz.so.1", "zlib1g", "zlib-ng-compat", "zlib", "libz1"),
)
X11_LIBRARIES = (
    library("libxcb-cursor.so.0", "libxcb-cursor0", "xcb-util-cursor", "xcb-util-cursor", "libxcb-cursor0"),
    library("libxcb-icccm.so.4", "libxcb-icccm4", "xcb-util-wm", "xcb-util-wm", "libxcb-icccm4"),
    library("libxcb-image.so.0", "libxcb-image0", "xcb-util-image", "xcb-util-image", "libxcb-image0"),
    library("libxcb-keysyms.so.1", "libxcb-keysyms1", "xcb-util-keysyms", "xcb-util-keysyms", "libxcb-keysyms1"),
    library(
        "libxcb-render-util.so.0",
        "libxcb-render-util0",
        "xcb-util-renderutil",
        "xcb-util-renderutil",
        "libxcb-render-util0",
    ),
    library("libxcb-util.so.1", "libxcb-util1", "xcb-util", "xcb-util", "libxcb-util1"),
    library("libxcb-randr.so.0", "libxcb-randr0", "libxcb", "libxcb", "libxcb-randr0"),
    library("libxcb-shape.so.0", "libxcb-shape0", "libxcb", "libxcb", "libxcb-shape0"),
    library("libxcb-shm.so.0", "libxcb-shm0", "libxcb", "libxcb", "libxcb-shm0"),
    library("libxcb-sync.so.1", "libxcb-sync1", "libxcb", "libxcb", "libxcb-sync1"),
    library("libxcb-xfixes.so.0", "libxcb-xfixes0", "libxcb", "libxcb", "libxcb-xfixes0"),
    library("libxcb-xkb.so.1", "libxcb-xkb1", "libxcb", "libxcb", "libxcb-xkb1"),
    library("libX11-xcb.so.1", "libx11-xcb1", "libX11-xcb", "libx11", "libX11-xcb1"),
    library(
        "libxkbcommon-x11.so.0", "libxkbcommon-x11-0", "libxkbcommon-x11", "libxkbcommon-x11", "libxkbcommon-x11-0"
    ),
)
WAYLAND_LIBRARIES = (
    library("libwayland-client.so.0", "libwayland-client0", "libwayland-client", "wayland", "libwayland-client0"),
    library("libwayland-cursor.so.0", "libwayland-cursor0", "libwayland-cursor", "wayland", "libwayland-cursor0"),
    library("libwayland-egl.so.1", "libwayland-egl1", "libwayland-egl", "wayland", "libwayland-egl1"),
)
DESKTOP_TEST_TOOLS = (
    program("Xvfb", "xvfb"),
    program("openbox", "openbox"),
    program("xdotool", "xdotool"),
    program("dbus-daemon", "dbus"),
    program("desktop-file-validate", "desktop-file-utils"),
    program("gnome-keyring-daemon", "gnome-keyring"),
    program("trayer", "trayer"),
    program("dunst", "dunst"),
    program("curl", "curl"),
    installed_file("/usr/libexec/at-spi-bus-launcher", "at-spi2-core"),
    Requirement(
        "AT-SPI for the system's Python",
        {APT: "gir1.2-atspi-2.0 python3-gi"},
        lambda: bool(glob.glob("/usr/lib/*/girepository-1.0/Atspi-2.0.typelib")) and os.path.exists("/usr/bin/python3"),
    ),
    program("ibus-daemon", "ibus"),
    installed_file("/usr/libexec/ibus-engine-libpinyin", "ibus-libpinyin"),
    # Rime, since fcitx5's own pinyin brings a web browser's engine along (290 MB installed, against 65 MB).
    program("fcitx5", "fcitx5"),
    installed_file("/usr/share/rime-data/luna_pinyin_simp.schema.yaml", "fcitx5-rime rime-data-luna-pinyin"),
)

DEB_TOOLS = (
    program("dpkg-deb", "dpkg"),
    program("dpkg-shlibdeps", "dpkg-dev"),
    program("desktop-file-validate", "desktop-file-utils"),
    program("appstreamcli", "appstream"),
)
"""What makes a Debian package of a bundle, and looks at its parts."""

WINDOWS_TOOLS = (program("makensis", "nsis"), program("x86_64-w64-mingw32-gcc", "gcc-mingw-w64-x86-64-win32"))
"""What makes the Windows installer on another system."""


def bundle_tools() -> tuple[Requirement, ...]:
    """What makes a bundle of this Python: a distribution has its library in a package of its own."""
    soname = f"libpython{sys.version_info[0]}.{sys.version_info[1]}.so.1.0"
    has_own = bool(glob.glob(os.path.join(sys.base_prefix, "lib", "libpython3*.so*")))
    python = Requirement(soname, {APT: soname.removesuffix(".so.1.0")}, lambda: has_own or can_load(soname))
    return python, program("strip", "binutils"), program("objdump", "binutils"), program("icupkg", "icu-devtools")


def has_chinese_font() -> bool:
    """Whether a font with Chinese glyphs is installed; asked of fontconfig, else guessed from file names."""
    if shutil.which("fc-list"):
        listed = subprocess.run(["fc-list", ":lang=zh-cn", "file"], capture_output=True, text=True, check=False)
        return bool(listed.stdout.strip())
    names = ("cjk", "wqy", "uming", "ukai", "droidsansfallback", "sourcehan")
    files = [os.path.basename(file).lower() for file in glob.glob("/usr/share/fonts/**/*.*", recursive=True)]
    return any(name in file for name in names for file in files)


def has_certificates() -> bool:
    """Whether the system holds certificate authorities, without which no service can be trusted."""
    bundles = (
        "/etc/ssl/certs/ca-certificates.crt",
        "/etc/pki/tls/certs/ca-bundle.crt",
        "/etc/ssl/ca-bundle.pem",
        "/etc/ssl/cert.pem",
    )
    return any(os.path.exists(bundle) for bundle in (*bundles, os.environ.get("SSL_CERT_FILE", "")))


CHINESE_FONT = Requirement(
    "a font with Chinese characters",
    {
        APT: "fonts-noto-cjk",
        DNF: "google-noto-sans-cjk-fonts",
        PACMAN: "noto-fonts-cjk",
        ZYPPER: "google-noto-sans-cjk-fonts",
    },
    has_chinese_font,
)
CERTIFICATES = Requirement(
    "certificate authorities", dict.fromkeys((APT, DNF, PACMAN, ZYPPER), "ca-certificates"), has_certificates
)


def virtual_environments() -> Requirement:
    """Python's own `venv` with `ensurepip`, which Debian keeps in a package of its own."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    is_system_python = os.path.realpath(sys.executable) == os.path.realpath("/usr/bin/python3")
    return Requirement(
        "Python's venv and ensurepip",
        {
            APT: "python3-venv" if is_system_python else f"python{version}-venv",
            DNF: "python3-pip",
            ZYPPER: "python3-pip",
        },
        lambda: importlib.util.find_spec("venv") is not None and importlib.util.find_spec("ensurepip") is not None,
    )


def window_requirements() -> tuple[Requirement, ...]:
    """What a window needs on this machine's kind of screen; nothing where Qt brings all of it."""
    if not sys.platform.startswith("linux"):
        return ()
    return QT_LIBRARIES + X11_LIBRARIES + (WAYLAND_LIBRARIES if os.environ.get("WAYLAND_DISPLAY") else ())


def c_library() -> Requirement:
    """The glibc that Qt's packages were built for; only a newer system brings one."""
    return Requirement(
        "a C library as new as glibc 2.34 (Debian 12, Ubuntu 22.04, Fedora 35)", {}, lambda: glibc_version() >= (2, 34)
    )


def glibc_version() -> tuple[int, ...]:
    """Of this system's glibc; higher than any where that is not the C library."""
    name, version = platform.libc_ver() if sys.platform.startswith("linux") else ("", "")
    return tuple(int(part) for part in version.split(".")[:2]) if name == "glibc" else (99,)


def missing(requirements: Iterable[Requirement]) -> list[Requirement]:
    """Those that are not met; each is looked at, since one line shall name them all."""
    return [requirement for requirement in requirements if not requirement.is_met()]


def family(os_release: str | None = None) -> str | None:
    """How packages are installed here: one of APT, DNF, PACMAN, ZYPPER, or None where that is not known."""
    release = read_os_release(os_release)
    names = {release.get("ID", ""), *release.get("ID_LIKE", "").split()}
    for kind, distributions in (
        (APT, {"debian", "ubuntu"}),
        (DNF, {"fedora", "rhel", "centos"}),
        (PACMAN, {"arch"}),
        (ZYPPER, {"suse", "opensuse"}),
    ):
        if names & distributions:
            return kind
    return None


def read_os_release(text: str | None = None) -> dict[str, str]:
    """`/etc/os-release` as a table; empty where there is none."""
    if text is None:
        try:
            with open("/etc/os-release", encoding="utf-8") as file:
                text = file.read()
        except OSError:
            return {}
    pairs = (line.split("=", 1) for line in text.splitlines() if "=" in line and not line.startswith("#"))
    return {name.strip(): value.strip().strip("\"'") for name, value in pairs}


def package_names(requirements: Iterable[Requirement], kind: str, os_release: str | None = None) -> list[str]:
    """The packages of `kind` that bring `requirements`, each once, in order."""
    names = [name for requirement in requirements for name in requirement.packages.get(kind, "").split()]
    if kind == APT and has_64_bit_time_names(read_os_release(os_release)):
        names = ["libglib2.0-0t64" if name == "libglib2.0-0" else name for name in names]
    return list(dict.fromkeys(names))


def has_64_bit_time_names(release: dict[str, str]) -> bool:
    """Debian 13 and Ubuntu 24.04 renamed some libraries for 64-bit time; the old names stay as aliases on most only."""
    first_renamed = {"debian": 13.0, "ubuntu": 24.04}.get(release.get("ID", ""))
    try:
        return first_renamed is not None and float(release.get("VERSION_ID", "999")) >= first_renamed
    except ValueError:
        return False


INSTALL_COMMANDS: dict[str, Sequence[str]] = {
    APT: ("apt-get", "install", "-y", "--no-install-recommends"),
    DNF: ("dnf", "install", "-y"),
    PACMAN: ("pacman", "-S", "--needed"),
    ZYPPER: ("zypper", "install", "-y"),
}


def install_command(requirements: Iterable[Requirement], kind: str) -> list[str]:
    """The command that installs `requirements`, to be run as root."""
    return [*INSTALL_COMMANDS[kind], *package_names(requirements, kind)]


class SystemPackagesMissing(Exception):
    """Something needed is not there and could not be installed; the text says what, and the line to paste."""


def ensure(required: Iterable[Requirement], welcome: Iterable[Requirement] = ()) -> None:
    """Install the system packages that are missing: without asking as root with apt, else through sudo if allowed.

    `required` raise SystemPackagesMissing when they stay missing; `welcome` come along where something is installed.
    """
    required = list(required)
    needed = missing(required)
    wanted = needed + missing(welcome)
    kind = family()
    names = package_names(wanted, kind) if kind else []
    if kind and names:
        if kind == APT and is_root():
            install_with_apt(names, ["apt-get"])
        elif kind == APT and os.environ.get("CI") and shutil.which("sudo"):
            install_with_apt(names, ["sudo", "-n", "apt-get"])
        elif needed and shutil.which("sudo") and sys.stdin.isatty() and sys.stderr.isatty():
            offer(needed, ["sudo", *install_command(wanted, kind)])
    needed = missing(needed)
    if not needed:
        return
    listed = some_names(needed)
    if not kind or not package_names(needed, kind):
        raise SystemPackagesMissing(f"Missing on this system: {listed}.")
    line = " ".join([*(() if is_root() else ("sudo",)), *install_command(missing(wanted), kind)])
    raise SystemPackagesMissing(f"Missing on this system: {listed}. Paste this line, then start again:\n{line}")


def some_names(requirements: Sequence[Requirement]) -> str:
    """Their names for a sentence; the command beside it names all packages."""
    names = [requirement.name for requirement in requirements]
    return ", ".join(names) if len(names) <= 4 else f"{', '.join(names[:3])} and {len(names) - 3} more"


def offer(needed: Sequence[Requirement], command: Sequence[str]) -> None:
    """Ask on the terminal whether to run `command` now, and run it after a yes."""
    print(f"Missing on this system: {some_names(needed)}", file=sys.stderr)
    print(f"Run `{' '.join(command)}` now? [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() in ("y", "yes"):
        subprocess.run(command, check=False)


def is_root() -> bool:
    """Whether this process may install system packages by itself."""
    return hasattr(os, "geteuid") and os.geteuid() == 0


def install_with_apt(names: Sequence[str], apt_get: Sequence[str]) -> None:
    """Install Debian packages without questions, with a fresh package list if the present one does not do."""
    print(f"Installing system packages: {' '.join(names)} ...", file=sys.stderr, flush=True)
    quiet = [*apt_get, "-qq", "-o", "Dpkg::Use-Pty=0", "-o", "DPkg::Lock::Timeout=300"]
    install = [*quiet, "install", "-y", "--no-install-recommends", *names]
    for command in (install, [*quiet, "update"], install):
        result = subprocess.run(
            command,
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        if command is install and result.returncode == 0:
            return
    output = result.stdout.decode("utf-8", "replace").strip()
    raise SystemPackagesMissing(f"The system packages could not be installed:\n{output}")


def loaded_files() -> list[str]:
    """The shared libraries this process has loaded, as paths; after `missing` those it looked for are among them."""
    with open("/proc/self/maps", encoding="utf-8") as file:
        return sorted({line.split(None, 5)[5].strip() for line in file if ".so" in line})
