"""What can be told of the packages without making them: lists, icons, workflows."""

from __future__ import annotations

import plistlib
import re
import runpy
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))


@pytest.fixture
def scripts(monkeypatch: pytest.MonkeyPatch) -> None:
    """The scripts of packaging find each other, as when they are run."""
    for folder in ("", "bundle", "windows"):
        monkeypatch.syspath_prepend(ROOT / "packaging" / folder)


@pytest.mark.usefixtures("scripts")
@pytest.mark.parametrize(
    ("name", "is_kept"),
    [
        ("PySide6/QtWidgets.pyd", True),
        ("PySide6/Qt6Widgets.dll", True),
        ("PySide6/plugins/platforms/qwindows.dll", True),
        ("PySide6/opengl32sw.dll", False),
        ("PySide6/Qt6Qml.dll", False),
        ("PySide6/qml/QtQuick/qmldir", False),
        ("PySide6/translations/qtbase_zh_CN.qm", True),
        ("PySide6/translations/qtbase_de.qm", False),
        ("keyring/backends/Windows.py", True),
        ("keyring/backends/macOS/__init__.py", False),
        ("PIL/_imaging.cp313-win_amd64.pyd", True),
        ("PIL/_avif.cp313-win_amd64.pyd", False),
        ("pygments/lexers/python.py", True),
        ("httpx/py.typed", False),
        ("httpx-0.28.1.dist-info/METADATA", True),
        ("httpx-0.28.1.dist-info/RECORD", False),
        ("bin/httpx.exe", False),
        ("ziafont/fonts/DejaVuSans.ttf", True),
    ],
)
def test_what_the_windows_installer_carries(name: str, is_kept: bool) -> None:
    import installed_files

    assert installed_files.is_kept(name) is is_kept


@pytest.mark.usefixtures("scripts")
def test_what_the_uninstaller_deletes_is_listed_inner_folders_first(tmp_path: Path) -> None:
    import make_installer

    for name in ("QwenDesktop.exe", "app/a/b/c.py", "app/a/b/__pycache__/c.cpython-313.pyc", "app/a.py"):
        make_installer.put(tmp_path / "stage" / name, b"")
    lines = make_installer.list_of_files(tmp_path / "stage").split("\r\n")
    assert lines[:4] == ["F QwenDesktop.exe", "F app\\a\\b\\c.py", "F app\\a.py", "F installed.txt"]
    assert lines[4:] == ["D app\\a\\b", "D app\\a", "D app", ""]


@pytest.mark.usefixtures("scripts")
def test_a_python_with_another_hash_is_refused(tmp_path: Path) -> None:
    import make_installer

    archive = tmp_path / "embed.zip"
    archive.write_bytes(b"something else")
    with pytest.raises(ValueError, match="not the file"):
        make_installer.python_files(archive, "0" * 64, tmp_path)


def test_the_installer_and_the_app_mean_the_same_autostart() -> None:
    from qwen_desktop.desktop.autostart import APPROVED_KEY, RUN_KEY, VALUE_NAME, run_value

    text = (ROOT / "packaging/windows/installer.nsi").read_text("utf-8")
    assert f'"{RUN_KEY}"' in text
    assert f'"{APPROVED_KEY}"' in text
    assert f'!define NAME "{VALUE_NAME}"' in text
    folder = "C:\\Users\\a b\\Qwen Desktop"
    written = re.search(r"""WriteRegStr HKCU "\$\{RUN_KEY\}" "\$\{NAME\}" '(.*)'""", text)
    assert written is not None
    line = written[1].replace("$INSTDIR", folder).replace("${WINDOW}", "QwenDesktop.exe")
    assert line == run_value([f"{folder}\\QwenDesktop.exe", "--hidden"])


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_is_bounded_and_asks_for_little(path: Path) -> None:
    workflow = yaml.safe_load(path.read_text("utf-8"))
    assert workflow["permissions"] == {"contents": "read"}
    targets = runpy.run_path(str(ROOT / "run.py"))["BUILDS"]
    for name, job in workflow["jobs"].items():
        assert job["timeout-minutes"] <= 60, name
        for step in job["steps"]:
            assert ("uses" in step) != ("run" in step), step
            assert re.fullmatch(r"actions/[a-z-]+@v\d+", step.get("uses", "actions/checkout@v1"))
            # What comes from outside reaches a script as a variable, never as a part of it.
            assert "${{" not in step.get("run", ""), step
            for target in re.findall(r"run\.py build (\w+)", step.get("run", "")):
                assert target in targets


def test_the_property_lists_are_sound() -> None:
    entitlements = plistlib.loads((ROOT / "packaging/macos/entitlements.plist").read_bytes())
    assert list(entitlements.values()) == [True]


def test_the_specs_and_scripts_can_be_read() -> None:
    for path in [*(ROOT / "packaging").rglob("*.spec"), *(ROOT / "packaging").rglob("*.py")]:
        compile(path.read_text("utf-8"), str(path), "exec")
    assert sys.version_info >= (3, 11)
