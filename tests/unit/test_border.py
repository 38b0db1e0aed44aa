"""The border between core and Qt, and what the interface must never do: spin a loop inside the loop."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "qwen_desktop"

IMPORT_ALL_WITHOUT_QT = """
import importlib, pkgutil, sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("PySide6", "shiboken6", "qasync"):
            raise ModuleNotFoundError(f"{name} is blocked here")

sys.meta_path.insert(0, Blocked())
imported = []
for top in sys.argv[1:]:
    package = importlib.import_module(top)
    imported.append(top)
    for module in pkgutil.walk_packages(package.__path__, top + "."):
        importlib.import_module(module.name)
        imported.append(module.name)
assert not {"PySide6", "shiboken6", "qasync"} & set(sys.modules)
print(len(imported))
"""


def test_core_and_demo_are_importable_with_qt_blocked() -> None:
    command = [sys.executable, "-W", "error", "-c", IMPORT_ALL_WITHOUT_QT, "qwen_desktop.core", "qwen_desktop.demo"]
    result = subprocess.run(command, cwd=PACKAGE.parent, capture_output=True, text=True, timeout=60)
    assert result.returncode == 0, result.stderr
    assert int(result.stdout) > 10


def nested_loops(source: str) -> list[str]:
    """Calls in `source` that run an event loop inside the running one, or end it: they re-enter qasync."""
    forbidden = {"exec", "exec_", "processEvents", "QDrag", "QEventLoop"}
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in forbidden:
                found.append(f"line {node.lineno}: {name}")
            # QMessageBox.question(...) and its sisters hold the caller in a loop of their own.
            if isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name):
                owner, method = node.func.value.id, node.func.attr
                if (
                    owner == "QMessageBox" and method in ("question", "information", "warning", "critical", "about")
                ) or (
                    owner in ("QFileDialog", "QInputDialog", "QColorDialog", "QFontDialog") and method.startswith("get")
                ):
                    found.append(f"line {node.lineno}: {owner}.{method}")
    return found


@pytest.mark.parametrize(
    "source",
    [
        "dialog.exec()",
        "menu.exec_()",
        "QDrag(self)",
        "QApplication.processEvents()",
        "QMessageBox.question(self, 'a', 'b')",
        "QFileDialog.getOpenFileName(self)",
    ],
)
def test_the_guard_sees_a_nested_loop(source: str) -> None:
    assert nested_loops(source)


def test_interface_never_runs_a_loop_inside_the_loop() -> None:
    files = [*PACKAGE.glob("*.py"), *(PACKAGE / "ui").rglob("*.py"), *(PACKAGE / "desktop").rglob("*.py")]
    # The one place that makes the loop, and the one that paints before there is any.
    allowed = {PACKAGE / "ui" / "aio.py", PACKAGE / "ui" / "first_frame.py"}
    found = {
        str(file.relative_to(PACKAGE)): calls
        for file in files
        if file not in allowed and (calls := nested_loops(file.read_text("utf-8")))
    }
    assert not found
