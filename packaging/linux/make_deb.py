"""A bundle to a Debian package: dist/qwen-desktop_VERSION_ARCHITECTURE.deb, by `python3 run.py build deb`.

The bundle goes to /usr/lib/qwen-desktop; what it needs of the system is read from its libraries.  There are no
maintainer scripts: menus, icons and links are taken up by triggers of the packages that own them, and what users wrote
is nobody's business here.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE.parent / "bundle"), str(HERE), str(HERE.parent), str(ROOT)]

import app_icon
import make_bundle
from copyright_file import copyright_text
from shared_libraries import DependsUnknown, depends

from qwen_desktop import __version__

NAME = "qwen-desktop"
APP_ID = "io.github.qwendesktop.QwenDesktop"
MAINTAINER = "Qwen Desktop contributors <qwen-desktop@users.noreply.github.com>"
ICON_SIZES_PX = (16, 22, 24, 32, 48, 64, 128, 256, 512)
SCREENSHOTS = (
    ("streaming", "A reply while it arrives", "正在到达的回复"),
    ("quick-ask", "The quick ask", "快速提问"),
    ("welcome", "The first start", "首次启动"),
)
"""Names in docs/screenshots, with their captions in English and Chinese."""
DESCRIPTION = """\
Description: native desktop client for Alibaba's Qwen models
 Chat with Qwen models in a window, in a small window for quick questions, or
 in the terminal. Prompts are stored before they are sent, replies while they
 arrive; nothing is sent again without a question.
 .
 API keys are kept in the system's keychain. Without a key, a demo on this
 computer answers.
"""


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="run.py build deb --", description=__doc__)
    parser.add_argument("--bundle", type=Path, help="take this one; without it a new one is made")
    parser.add_argument("--into", type=Path, default=ROOT / "dist", help="folder for the package")
    parser.add_argument("--version", default=f"{__version__}-1", help="of the package")
    parser.add_argument(
        "--pictures-at",
        default="",
        metavar="URL",
        help="where docs/screenshots is public, for software centres; else the pictures are only in the package",
    )
    parser.add_argument("--fast", action="store_true", help="compress in a second, to a larger file")
    options = parser.parse_args(arguments)
    into = options.into.absolute()
    into.mkdir(parents=True, exist_ok=True)
    if options.bundle is None and make_bundle.main(["--into", str(into)]):
        return 1
    started_at = time.monotonic()
    try:
        made = make(
            options.bundle or into / NAME,
            into,
            options.version,
            pictures_at=options.pictures_at,
            is_fast=options.fast,
        )
    except DependsUnknown as problem:
        print(problem, file=sys.stderr)
        return 1
    print(f"{made}  {made.stat().st_size / 1e6:.1f} MB, {time.monotonic() - started_at:.0f} s")
    return 0


def make(bundle: Path, into: Path, version: str, *, pictures_at: str = "", is_fast: bool = False) -> Path:
    """The package's path.  Raises CalledProcessError with the tool's words on standard error."""
    with tempfile.TemporaryDirectory(prefix="qwen-desktop-deb-") as made_in:
        tree = Path(made_in) / "tree"
        lay_out(tree, bundle, version, pictures_at)
        architecture = said("dpkg", "--print-architecture")
        write_control(tree, version, architecture, depends(tree / "usr/lib" / NAME))
        package = into / f"{NAME}_{version}_{architecture}.deb"
        compression = ["-Zgzip", "-z1"] if is_fast else ["-Zxz"]
        command = ["dpkg-deb", "--root-owner-group", *compression, "--build", str(tree), str(package)]
        environment = {**os.environ, "SOURCE_DATE_EPOCH": str(make_bundle.source_date())}
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)
    return package


def said(*command: str) -> str:
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


def lay_out(tree: Path, bundle: Path, version: str, pictures_at: str) -> None:
    """All files of the package where they are installed."""
    program = tree / "usr/lib" / NAME
    shutil.copytree(bundle, program, symlinks=True)
    for spare in ("LICENSE", "THIRD-PARTY-NOTICES.txt"):  # they are with the documentation
        (program / "_internal" / spare).unlink(missing_ok=True)
    (tree / "DEBIAN").mkdir()  # by it dpkg-shlibdeps sees which libraries are the package's own
    (tree / "usr/bin").mkdir()
    (tree / "usr/bin" / NAME).symlink_to(f"../lib/{NAME}/{NAME}")
    share = tree / "usr/share"
    day = datetime.fromtimestamp(make_bundle.source_date(), UTC)
    values = {
        "@VERSION@": __version__,
        "@DATE@": day.strftime("%Y-%m-%d"),
        "@SCREENSHOTS@": screenshots(pictures_at),
    }
    put(share / f"applications/{NAME}.desktop", (HERE / f"{NAME}.desktop").read_text("utf-8"))
    put(share / f"metainfo/{APP_ID}.metainfo.xml", filled(HERE / f"{APP_ID}.metainfo.xml", values))
    put_compressed(share / f"man/man1/{NAME}.1.gz", filled(HERE / f"{NAME}.1", values))
    completions = HERE / "completions"
    put(share / f"bash-completion/completions/{NAME}", (completions / f"{NAME}.bash").read_text("utf-8"))
    put(share / f"zsh/vendor-completions/_{NAME}", (completions / f"_{NAME}").read_text("utf-8"))
    put(share / f"fish/vendor_completions.d/{NAME}.fish", (completions / f"{NAME}.fish").read_text("utf-8"))
    put(share / f"lintian/overrides/{NAME}", (HERE / "lintian-overrides").read_text("utf-8"))
    documents = share / "doc" / NAME
    put(documents / "copyright", copyright_text(bundle))
    put_compressed(documents / "THIRD-PARTY-NOTICES.txt.gz", (bundle / "_internal/THIRD-PARTY-NOTICES.txt").read_text())
    for name, *_ in SCREENSHOTS:
        for language in ("en", "zh"):
            picture = f"{name}-light-{language}.png"
            (documents / "screenshots").mkdir(exist_ok=True)
            shutil.copy(ROOT / "docs/screenshots" / picture, documents / "screenshots" / picture)
    put_compressed(documents / "changelog.gz", (ROOT / "CHANGELOG.md").read_text("utf-8"))
    entry = f"{NAME} ({version}) unstable; urgency=medium\n\n  * See changelog.gz.\n\n"
    entry += f" -- {MAINTAINER}  {day.strftime('%a, %d %b %Y %H:%M:%S +0000')}\n"
    put_compressed(documents / "changelog.Debian.gz", entry)
    draw_icons(share / "icons/hicolor")
    for path in tree.rglob("*"):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path == program / NAME else 0o644)
    tree.chmod(0o755)


def screenshots(public_at: str) -> str:
    """The metainfo's words on pictures that are public below this address; '' without one: it takes no files."""
    if not public_at:
        return ""
    place = public_at.rstrip("/")
    shown = "".join(
        f"    <screenshot{kind}>\n"
        f"      <caption>{english}</caption>\n"
        f'      <caption xml:lang="zh_CN">{chinese}</caption>\n'
        f"      <image>{place}/{name}-light-en.png</image>\n"
        f'      <image xml:lang="zh_CN">{place}/{name}-light-zh.png</image>\n'
        "    </screenshot>\n"
        for kind, (name, english, chinese) in zip((' type="default"', "", ""), SCREENSHOTS, strict=True)
    )
    return f"  <screenshots>\n{shown}  </screenshots>\n"


def filled(template: Path, values: dict[str, str]) -> str:
    """The template's text with its @NAMES@ replaced."""
    text = template.read_text("utf-8")
    for name, value in values.items():
        text = text.replace(name, value)
    return text


def put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def put_compressed(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(text.encode(), 9, mtime=0))


def draw_icons(folder: Path) -> None:
    """The app's own drawing, as it is and in all the sizes that desktops ask for."""
    (folder / "scalable/apps").mkdir(parents=True)
    shutil.copy(app_icon.SOURCE, folder / f"scalable/apps/{NAME}.svg")
    for size_px in ICON_SIZES_PX:
        place = folder / f"{size_px}x{size_px}/apps"
        place.mkdir(parents=True)
        (place / f"{NAME}.png").write_bytes(app_icon.png(size_px))


def write_control(tree: Path, version: str, architecture: str, needed: list[str]) -> None:
    """What dpkg is told of the package."""
    files = sorted(path for path in tree.rglob("*") if path.is_file() and not path.is_symlink())
    kilobytes = sum(-(-path.stat().st_size // 1024) for path in files)
    sums = [f"{hashlib.md5(path.read_bytes()).hexdigest()}  {path.relative_to(tree).as_posix()}\n" for path in files]
    control = {
        "Package": NAME,
        "Version": version,
        "Architecture": architecture,
        "Maintainer": MAINTAINER,
        "Installed-Size": str(kilobytes),
        "Depends": ", ".join(needed),
        "Recommends": "ca-certificates, fonts-noto-cjk | fonts-wqy-zenhei, fonts-dejavu-core | fonts-noto-core, "
        "gnome-keyring | kwalletmanager | keepassxc, xdg-desktop-portal",
        "Section": "net",
        "Priority": "optional",
    }
    assert all(re.fullmatch(r"[^\n]+", value) for value in control.values())
    put(tree / "DEBIAN/control", "".join(f"{name}: {value}\n" for name, value in control.items()) + DESCRIPTION)
    put(tree / "DEBIAN/md5sums", "".join(sums))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
