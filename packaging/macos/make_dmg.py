"""The project to an app for macOS in a disk image: dist/QwenDesktop-VERSION-ARCHITECTURE.dmg.

`python3 run.py build macos`, on macOS only.  Signed where MACOS_SIGN_IDENTITY names an identity of the keychain, and
notarised where MACOS_NOTARY_PROFILE names what `xcrun notarytool store-credentials` has kept; else signed ad hoc.
Not run yet: no Mac was at hand.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE.parent / "bundle"), str(HERE.parent), str(ROOT)]

import app_icon
import check_bundle
import notices

from qwen_desktop import __version__

APP = "Qwen Desktop.app"


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="run.py build macos --", description=__doc__)
    parser.add_argument("--into", type=Path, default=ROOT / "dist", help="folder for the disk image")
    options = parser.parse_args(arguments)
    if sys.platform != "darwin":
        print("The app for macOS can be made on macOS only.", file=sys.stderr)
        return 1
    into = options.into.absolute()
    into.mkdir(parents=True, exist_ok=True)
    image = into / f"QwenDesktop-{__version__}-{platform.machine()}.dmg"
    with tempfile.TemporaryDirectory(prefix="qwen-desktop-macos-") as made_in:
        app = make_app(Path(made_in))
        machine_paths = [str(ROOT), sys.prefix, os.path.expanduser("~/")]
        problems = check_bundle.check_entries(check_bundle.files(app), machine_paths)
        if not check_bundle.may_be_shipped(problems):
            return 1
        if code := subprocess.call([app / "Contents/MacOS/qwen-desktop", "--self-test"]):
            return code
        make_image(app, image)
    notarise(image)
    print(f"{image}  {image.stat().st_size / 1e6:.1f} MB")
    return 0


def make_app(folder: Path) -> Path:
    """The app, signed.  Raises CalledProcessError with the tool's words on standard error."""
    icon = folder / "app.icns"
    icon.write_bytes(app_icon.icns())
    options = ["--noconfirm", "--clean", "--log-level", "WARN", "--workpath", str(folder / "work")]
    command = [sys.executable, "-P", "-m", "PyInstaller", *options, "--distpath", str(folder / "made")]
    environment = {**os.environ, "PYINSTALLER_CONFIG_DIR": str(folder), "QWEN_DESKTOP_ICNS": str(icon)}
    subprocess.run([*command, str(HERE / "qwen-desktop.spec")], check=True, env=environment)
    app = folder / "made" / APP
    modules = {path.name.partition(".")[0] for path in (app / "Contents/Resources").iterdir()}
    text = notices.text(notices.parts(modules | python_modules(folder / "work")))
    (app / "Contents/Resources/THIRD-PARTY-NOTICES.txt").write_text(text, encoding="utf-8")
    sign(app)
    return app


def python_modules(work: Path) -> set[str]:
    """The top-level modules in the app's archive, as PyInstaller has noted them."""
    from PyInstaller.archive.readers import ZlibArchiveReader

    archive = next(work.rglob("PYZ-*.pyz"))
    return {name.partition(".")[0] for name in ZlibArchiveReader(str(archive)).toc}


def sign(app: Path) -> None:
    """Anew, as a whole: the notices came after PyInstaller's own signing."""
    identity = os.environ.get("MACOS_SIGN_IDENTITY", "")
    options = ["--options", "runtime", "--timestamp", "--entitlements", str(HERE / "entitlements.plist")]
    command = ["codesign", "--force", *(options if identity else ()), "--sign", identity or "-", str(app)]
    subprocess.run(command, check=True)
    subprocess.run(["codesign", "--verify", "--deep", "--strict", str(app)], check=True)


def make_image(app: Path, image: Path) -> None:
    """A disk image with the app and the folder it is dragged to."""
    folder = app.parent
    shutil.rmtree(folder / "qwen-desktop")  # what PyInstaller made the app of
    (folder / "Applications").symlink_to("/Applications")
    command = ["hdiutil", "create", "-ov", "-quiet", "-volname", "Qwen Desktop", "-srcfolder", str(folder)]
    subprocess.run([*command, "-format", "UDZO", str(image)], check=True)


def notarise(image: Path) -> None:
    """Where the credentials are kept; else Gatekeeper asks the user."""
    profile = os.environ.get("MACOS_NOTARY_PROFILE", "")
    identity = os.environ.get("MACOS_SIGN_IDENTITY", "")
    if not (profile and identity):
        print("The image is not notarised: no credentials are named.", file=sys.stderr)
        return
    subprocess.run(["codesign", "--force", "--timestamp", "--sign", identity, str(image)], check=True)
    subprocess.run(["xcrun", "notarytool", "submit", str(image), "--keychain-profile", profile, "--wait"], check=True)
    subprocess.run(["xcrun", "stapler", "staple", str(image)], check=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
