"""Small pictures: read beside the GUI thread at the screen's resolution, bounded, and missing ones told of."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QImage

from qwen_desktop.core.chat.attachment import Attachment
from qwen_desktop.ui.pictures import thumbnails as module
from qwen_desktop.ui.pictures.thumbnails import Thumbnail, Thumbnails
from qwen_desktop.ui.transcript.prompt_pictures import ALONE, SEVERAL, places
from tests.gui.pictures import image, picture_file


@pytest.fixture
def thumbnails(tmp_path: Path, qapp: Any) -> Iterator[Thumbnails]:
    made = Thumbnails(lambda attachment: tmp_path / f"{attachment.digest}.png")
    yield made
    made.close()


@pytest.fixture
def read(thumbnails: Thumbnails, qtbot: Any) -> Callable[..., Thumbnail]:
    """Ask, and wait for it."""

    def ask(attachment: Attachment, size: QSize, ratio: float = 1.0) -> Thumbnail:
        qtbot.waitUntil(lambda: thumbnails.find(attachment, size, ratio) is not None)
        found = thumbnails.find(attachment, size, ratio)
        assert found is not None
        return found

    return ask


def kept(folder: Path, name: str, width: int, height: int) -> Attachment:
    picture_file(folder / f"{name}.png", width=width, height=height)
    return Attachment(name, "image/png", 100, width, height, name)


@pytest.mark.parametrize("size", [(1600, 1200), (10, 10), (1, 5000), (5000, 25)])
def test_it_fills_its_place_whatever_its_shape(
    read: Callable[..., Thumbnail], tmp_path: Path, size: tuple[int, int]
) -> None:
    found = read(kept(tmp_path, "a", *size), QSize(120, 80), 2.0)
    assert found.image is not None
    assert (found.image.width(), found.image.height()) == (240, 160)


def test_it_is_the_middle(read: Callable[..., Thumbnail], tmp_path: Path) -> None:
    wide = QImage(300, 100, QImage.Format.Format_RGB32)
    wide.fill(QColor("#ff0000"))
    for x in range(100, 200):
        for y in range(100):
            wide.setPixelColor(x, y, QColor("#00ff00"))
    assert wide.save(str(tmp_path / "a.png"))
    found = read(Attachment("a", "image/png", 1, 300, 100), QSize(50, 50)).image
    assert found is not None
    assert {found.pixelColor(x, 25).name() for x in (2, 25, 47)} == {"#00ff00"}


def test_what_is_not_there_or_no_picture_is_told(read: Callable[..., Thumbnail], tmp_path: Path) -> None:
    assert read(Attachment("gone", "image/png", 1, 10, 10), QSize(50, 50)).image is None
    (tmp_path / "text.png").write_text("no picture")
    assert read(Attachment("text", "image/png", 1, 10, 10), QSize(50, 50)).image is None


def test_memory_is_bounded(
    thumbnails: Thumbnails, read: Callable[..., Thumbnail], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = image(100, 100).sizeInBytes()
    monkeypatch.setattr(module, "CACHE_BYTES", 3 * one)
    for number in range(8):
        read(kept(tmp_path, str(number), 200, 200), QSize(100, 100))
        assert thumbnails.kept_bytes <= 3 * one


def test_places_follow_from_measures_alone() -> None:
    """So nothing moves when a picture arrives."""
    wide, tall = Attachment("a", "image/png", 1, 2800, 1000), Attachment("b", "image/png", 1, 100, 5000)
    (alone,), whole = places([wide], 600)
    assert (alone.size(), whole) == (QSize(280, 100), QSize(280, 100))
    assert places([tall], 600)[1] == QSize(48, ALONE.height())
    rects, whole = places([wide, tall] * 3, 600)
    assert [rect.y() for rect in rects] == [0, 0, 0, 0, 88, 88]
    assert {(rect.width(), rect.height()) for rect in rects} == {(SEVERAL.width(), SEVERAL.height())}
    assert whole == QSize(4 * 120 + 3 * 8, 2 * 80 + 8)
    assert places([], 600)[1] == QSize(0, 0)
