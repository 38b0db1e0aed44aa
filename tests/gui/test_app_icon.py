"""The icons of packages, made of the app's own drawing."""

from __future__ import annotations

import importlib.util
import io
import struct
from pathlib import Path
from types import ModuleType

import pytest
from PIL import Image
from PySide6.QtWidgets import QApplication

SCRIPT = Path(__file__).resolve().parents[2] / "packaging" / "app_icon.py"


@pytest.fixture(scope="module")
def app_icon() -> ModuleType:
    spec = importlib.util.spec_from_file_location("app_icon", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_icon_of_windows_holds_every_size(app_icon: ModuleType, qapp: QApplication) -> None:
    icon = Image.open(io.BytesIO(app_icon.ico()))
    assert sorted(icon.info["sizes"]) == [(size, size) for size in app_icon.ICO_SIZES_PX]
    icon.size = (32, 32)
    assert len(icon.convert("RGBA").getcolors(10_000)) > 10, "it is drawn"


def test_the_icon_of_macos_is_whole(app_icon: ModuleType, qapp: QApplication) -> None:
    data = app_icon.icns()
    assert data[:4] == b"icns"
    assert struct.unpack(">I", data[4:8])[0] == len(data)
    icon = Image.open(io.BytesIO(data))
    assert (512, 512, 2) in icon.info["sizes"]
    icon.load()
    assert icon.size == (1024, 1024)
