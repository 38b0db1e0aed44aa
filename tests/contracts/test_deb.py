"""The bundle and the Debian package made of it, looked through and started from a folder: `run.py build deb`."""

from __future__ import annotations

import ast
import gzip
import io
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from qwen_desktop import __version__
from qwen_desktop.cli import PREPARER, PRINTER
from tests.end2end.desk import demo_server

ROOT = Path(__file__).resolve().parents[2]
MOST_INSTALLED_KB = 130_000_000 // 1024
APT = Path("/usr/bin/dpkg-deb").exists()
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.skipif(not APT, reason="made and tried where dpkg is"),
]


def call(*command: str | Path, **environment: str) -> str:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "QT_", "QWEN_"))}
    done = subprocess.run(
        command, cwd=ROOT, env=kept | environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def deb(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made with the system's Python where it fits: one that somebody built at home has that home's name in it."""
    folder = tmp_path_factory.mktemp("dist")
    system = Path("/usr/bin/python3.11")
    python = system if system.exists() else Path(sys.executable)
    said = call(python, ROOT / "run.py", "build", "deb", "--", "--into", folder, "--fast")
    assert "self-test passed" in said
    return next(folder.glob("*.deb"))


@pytest.fixture(scope="module")
def bundle(deb: Path) -> Path:
    return deb.parent / "qwen-desktop"


@pytest.fixture(scope="module")
def tree(deb: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tree")
    call("dpkg-deb", "-x", deb, folder)
    return folder


def test_the_program_is_unpacked_after_all_that_belongs_to_it(deb: Path) -> None:
    """The app takes a new program for a whole upgrade (`ui/controllers/update_notice.py`)."""
    listed = [line.split()[5] for line in call("dpkg-deb", "-c", deb).splitlines() if line.startswith("-")]
    program = listed.index("./usr/lib/qwen-desktop/qwen-desktop")
    assert not [name for name in listed[program + 1 :] if name.startswith("./usr/lib/qwen-desktop/")]


def test_its_control_data(deb: Path) -> None:
    control = call("dpkg-deb", "-f", deb)
    fields = dict(line.split(": ", 1) for line in control.splitlines() if not line.startswith(" "))
    assert fields["Version"] == f"{__version__}-1"
    needed = fields["Depends"].split(", ")
    assert any(entry.startswith("libglib2.0-0 ") and "| libglib2.0-0t64 " in entry for entry in needed)
    assert any(entry.startswith("libssl3 ") and "| libssl3t64 " in entry for entry in needed)
    assert {"libegl1", "libgl1"} <= set(needed)
    assert any(entry.startswith("libxcb-cursor0") for entry in needed)
    assert "fonts-noto-cjk" in fields["Recommends"]
    assert "gnome-keyring" in fields["Recommends"]
    assert int(fields["Installed-Size"]) <= MOST_INSTALLED_KB
    scripts = call("dpkg-deb", "-I", deb)
    assert not [name for name in ("preinst", "postinst", "prerm", "postrm") if name in scripts]


def test_it_works_from_another_place(tree: Path, tmp_path: Path) -> None:
    program = tree / "usr/bin/qwen-desktop"
    assert call(program, "--version", HOME=str(tmp_path)) == f"qwen-desktop {__version__}\n"
    assert "self-test passed" in call(program, "--self-test", HOME=str(tmp_path))


@pytest.fixture
def program(tree: Path, tmp_path: Path) -> Path:
    """As installed, in a copy that a test may change: files are replaced, not written to."""
    copy = tmp_path / "installed"
    shutil.copytree(tree / "usr/lib/qwen-desktop", copy, symlinks=True, copy_function=os.link)
    return copy / "qwen-desktop"


def large_picture() -> bytes:
    """One that is not prepared in the app's own process."""
    file = io.BytesIO()
    Image.radial_gradient("L").resize((3000, 2000)).convert("RGB").save(file, "WebP")
    return file.getvalue()


def test_its_hidden_commands_work_as_processes_of_their_own(program: Path, tmp_path: Path) -> None:
    sources = "".join(path.read_text("utf-8") for path in (ROOT / "qwen_desktop").rglob("*.py"))
    assert len(re.findall(r"\bown_command\([A-Z]", sources)) == 2, "one is not tried here"

    wishes = [{"body": "页 $x^2$ `code`"}, {"target": str(tmp_path / "page.pdf"), "title": "页"}, {"end": True}]
    lines = "".join(json.dumps(wish) + "\n" for wish in wishes).encode()
    environment = {"HOME": str(tmp_path), "PATH": "/usr/bin", "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run([program, PRINTER], input=lines, env=environment, capture_output=True)
    body, printed = map(json.loads, done.stdout.splitlines())
    assert "页" in body["html"], done.stderr
    assert printed == {"number": 0, "words": ""}, done.stderr
    assert (tmp_path / "page.pdf").read_bytes().startswith(b"%PDF-")

    done = subprocess.run([program, PREPARER], input=large_picture(), env=environment, capture_output=True)
    head, _, data = done.stdout.partition(b"\n")
    assert json.loads(head)["size"] == len(data), done.stderr
    assert Image.open(io.BytesIO(data)).size == (json.loads(head)["width"], json.loads(head)["height"])


def test_its_commands_use_them(program: Path, tmp_path: Path) -> None:
    (tmp_path / "large.webp").write_bytes(large_picture())
    environment = {"HOME": str(tmp_path), "DASHSCOPE_API_KEY": "sk-test-000000000000"}
    with demo_server(pace=0) as address:
        options = ("--base-url", address, "--model", "qwen3-vl-plus", "--image", tmp_path / "large.webp", "--json")
        said = call(program, "ask", *options, "what is this?", **environment)
    assert json.loads(said.splitlines()[-1])["status"] == "complete"
    for kind, begin in (("pdf", b"%PDF-"), ("html", b"<!DOCTYPE html>")):
        call(program, "export", "--all", "--format", kind, tmp_path / kind, **environment)
        (page,) = (tmp_path / kind).rglob(f"*.{kind}")
        assert page.read_bytes().lower().startswith(begin.lower())
    found = json.loads(call(program, "doctor", "--json", **environment))
    assert found["problems"] == 0


def test_what_it_starts_does_not_find_its_libraries(program: Path, tmp_path: Path) -> None:
    """A browser or file manager must not; `fc-list` is one of the programs the doctor asks."""
    asked = tmp_path / "bin" / "fc-list"
    asked.parent.mkdir()
    asked.write_text(f"#!/bin/sh\nenv >{tmp_path}/environment\n")
    asked.chmod(0o755)
    call(program, "doctor", HOME=str(tmp_path), PATH=f"{asked.parent}:/usr/bin:/bin")
    lines = (tmp_path / "environment").read_text().splitlines()
    assert f"HOME={tmp_path}" in lines
    assert not [line for line in lines if str(program.parent) in line or line.startswith(("LD_", "_PYI", "QT_PLUGIN"))]


def test_what_it_imports_after_an_upgrade_is_of_its_own_version(program: Path, tmp_path: Path) -> None:
    environment = {"HOME": str(tmp_path), "DASHSCOPE_API_KEY": "sk-test-000000000000", "QWEN_DESKTOP_LANG": "en"}
    with demo_server(pace=0) as address:
        process = subprocess.Popen(
            [program, "--terminal"],
            env={**environment, "PATH": "/usr/bin:/bin", "QWEN_DESKTOP_BASE_URL": address},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        started = b""
        while not started.endswith(b"> "):
            piece = os.read(process.stdout.fileno(), 1000)
            assert piece, started
            started += piece
        for name in (program, program.parent / "_internal" / "base_library.zip"):  # as dpkg does it
            new = name.with_name(f"{name.name}.dpkg-new")
            new.write_bytes(b"another version" * 1_000_000)
            os.replace(new, name)
        said, _ = process.communicate(b"table\n\n", timeout=60)
    assert process.returncode == 0, said
    assert b"|" in said, said


OF_OTHER_SYSTEMS = {
    "AppKit", "Foundation", "PySide6.QtNetwork", "_overlapped", "_winapi", "ctypes.wintypes", "msvcrt",
    "win32ctypes", "winreg",
}  # fmt: skip


def imports_of_the_sources() -> set[str]:
    """All modules they name, wherever in a file, but those that only type checkers read."""
    found: set[str] = set()
    for path in (ROOT / "qwen_desktop").rglob("*.py"):
        nodes: list[ast.AST] = [ast.parse(path.read_text("utf-8"))]
        while nodes:
            node = nodes.pop()
            if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
                nodes += node.orelse
                continue
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                found.add(node.module)
            nodes += ast.iter_child_nodes(node)
    return found


def test_whatever_the_sources_import_is_there(bundle: Path) -> None:
    listing = (
        "import make_bundle, pathlib, sys;"
        "print(*make_bundle.module_names(pathlib.Path(sys.argv[1])), *sys.builtin_module_names)"
    )
    folder = ROOT / "packaging/bundle"
    command = [ROOT / ".venv-build/bin/python", "-c", listing, bundle]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    libraries = [path.relative_to(bundle / "_internal") for path in (bundle / "_internal").rglob("*.so")]
    there = {*done.stdout.split(), "struct"}  # that one is in the program itself
    there |= {".".join([*path.parts[:-1], path.name.split(".")[0]]) for path in libraries}
    there |= {path.name.split(".")[0] for path in libraries}
    with zipfile.ZipFile(bundle / "_internal/base_library.zip") as file:
        there |= {name.removesuffix(".pyc").removesuffix("/__init__").replace("/", ".") for name in file.namelist()}
    missing = imports_of_the_sources() - there
    assert {name for name in missing if not OF_OTHER_SYSTEMS & {name, name.partition(".")[0]}} == set()


def test_what_desktops_read_is_valid(tree: Path) -> None:
    call("desktop-file-validate", tree / "usr/share/applications/qwen-desktop.desktop")
    call("appstreamcli", "validate", "--no-net", next((tree / "usr/share/metainfo").iterdir()))
    pictures = sorted(path.name for path in (tree / "usr/share/doc/qwen-desktop/screenshots").iterdir())
    assert len(pictures) == 6
    sizes = {path.name for path in (tree / "usr/share/icons/hicolor").iterdir()}
    assert {"scalable", "16x16", "48x48", "128x128", "512x512"} <= sizes


@pytest.mark.parametrize("address", ["", "https://example.org/pictures/"])
def test_the_metainfo_is_valid_with_pictures_and_without(address: str, tmp_path: Path) -> None:
    made = (
        "import make_deb, sys; place = make_deb.HERE / f'{make_deb.APP_ID}.metainfo.xml';"
        "values = {'@VERSION@': '1.0', '@DATE@': '2026-11-27', '@SCREENSHOTS@': make_deb.screenshots(sys.argv[1])};"
        "print(make_deb.filled(place, values))"
    )
    file = tmp_path / "io.github.qwendesktop.QwenDesktop.metainfo.xml"
    done = subprocess.run(
        [sys.executable, "-c", made, address], cwd=ROOT / "packaging/linux", capture_output=True, text=True, check=True
    )
    file.write_text(done.stdout, encoding="utf-8")
    call("appstreamcli", "validate", "--no-net", file)
    assert done.stdout.count(f"<image>{address}") == (3 if address else 0)


def test_lintian_finds_nothing_that_is_not_explained(deb: Path) -> None:
    if shutil.which("lintian") is None:
        pytest.skip("no lintian here")
    assert call("lintian", "--allow-root", "--fail-on", "error,warning", deb) == ""


def test_the_works_of_others_are_named_with_their_licences(tree: Path) -> None:
    documents = tree / "usr/share/doc/qwen-desktop"
    text = (documents / "copyright").read_text("utf-8")
    notices = gzip.decompress((documents / "THIRD-PARTY-NOTICES.txt.gz").read_bytes()).decode()
    for name in ("PySide6_Essentials", "httpx", "keyring", "pillow", "Pygments", "Python", "PyInstaller bootloader"):
        assert f"\n  {name} " in text
        assert f"\n{name} " in notices
    assert "UNKNOWN" not in text
    for words in (
        "SIL OPEN FONT LICENSE Version 1.1",
        "Bitstream Vera Fonts Copyright",
        "UNICODE LICENSE V3",
        "HarfBuzz",
    ):
        assert words.casefold() in notices.casefold()


@pytest.fixture(scope="module")
def attacked(bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """What is said of a bundle into which was put whatever must not be in it."""
    copy = tmp_path_factory.mktemp("attacked") / "qwen-desktop"
    shutil.copytree(bundle, copy, symlinks=True, copy_function=os.link)
    for name, text in ATTACKS.items():
        path = copy / "_internal" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    with zipfile.ZipFile(copy / "_internal/stored.zip", "w") as file:
        file.writestr("made-at", f"{ROOT}/stored")
    command = [ROOT / ".venv-build/bin/python", ROOT / "packaging/bundle/make_bundle.py", "--look-through", copy]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    return done.stderr


ATTACKS = {
    "tests/data.json": "",
    "PIL/conftest.txt": "",
    "PIL/Image.py": "",
    "PIL/_imaging.pyi": "",
    "PIL/__pycache__/Image.pyc": "",
    "httpx.dist-info/direct_url.json": "",
    "resources/history.sqlite3": "",
    "resources/.git/config": "",
    "resources/app.log": "",
    "pip/main.txt": "",
    "resources/root.txt": f"made in {ROOT}/build",
    "resources/home.txt": "made in " + os.path.expanduser("~/build"),
    "resources/key.txt": "sk-" + "0a1b" * 8,
    "resources/named-key.txt": "sk-canary-" + "77aa" * 5,
    "resources/private.txt": "-----BEGIN " + "ENCRYPTED PRIVATE KEY-----\nMIIC",
    "resources/token.txt": "ghp_" + "0aZ9" * 9,
    "newpackage/data.txt": "",
    "libnew.so.1": "",
    "PySide6/Qt/lib/libavcodec.so.61": "",
    "pillow.libs/libnew-0a1b2c3d.so.1": "",
    "ziamath/fonts/New.ttf": "",
    "newpackage-1.0.dist-info/METADATA": "",
}


@pytest.mark.parametrize("name", [*ATTACKS, "stored.zip"])
def test_what_must_not_be_shipped_fails_the_build(attacked: str, name: str) -> None:
    assert name in attacked
