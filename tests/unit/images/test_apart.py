"""Large pictures are prepared in a process of their own: with the same outcome, and whatever becomes of it."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest
from PIL import Image

from qwen_desktop.core.errors import AttachmentRefused
from qwen_desktop.core.images import apart
from qwen_desktop.core.images.apart import is_quick, prepare_apart
from qwen_desktop.core.images.prepare import prepare


def picture(size: tuple[int, int], kind: str, mode: str = "RGB") -> bytes:
    file = io.BytesIO()
    Image.linear_gradient("L").resize(size).convert(mode).save(file, kind)
    return file.getvalue()


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Which processes were started."""
    started: list[str] = []
    real = apart.own_command

    def noted(name: str) -> list[str]:
        started.append(name)
        return real(name)

    monkeypatch.setattr(apart, "own_command", noted)
    return started


@pytest.mark.parametrize(
    ("kind", "size", "mode", "is_apart"),
    [
        ("JPEG", (1200, 800), "RGB", False),
        ("PNG", (1200, 800), "RGB", False),
        ("PNG", (2600, 1800), "RGBA", True),
        ("WEBP", (2600, 1800), "RGB", True),
        ("TIFF", (900, 700), "CMYK", True),
    ],
)
def test_the_outcome_is_the_same_in_either_process(
    commands: list[str], tmp_path: Path, kind: str, size: tuple[int, int], mode: str, is_apart: bool
) -> None:
    path = tmp_path / f"a photo.{kind.lower()}"
    path.write_bytes(picture(size, kind, mode))
    assert prepare_apart(path) == prepare(path)
    assert bool(commands) == is_apart


def test_a_small_file_that_holds_many_pixels_is_not_quick() -> None:
    assert not is_quick(picture((4000, 4000), "PNG", "1")), "a few kilobytes"


def test_what_is_refused_there_is_refused_here_in_the_same_words(commands: list[str], tmp_path: Path) -> None:
    whole = picture((2600, 1800), "TIFF")
    for number, data in enumerate((whole[: len(whole) // 2], b"<html>" * 20_000)):
        path = tmp_path / f"{number}.tiff"
        path.write_bytes(data)
        with pytest.raises(AttachmentRefused) as there:
            prepare_apart(path)
        with pytest.raises(AttachmentRefused) as here:
            prepare(path)
        assert (there.value.reason, there.value.name) == (here.value.reason, path.name)
    assert len(commands) == 2


@pytest.mark.parametrize("program", ["import os; os.abort()", "print('no answer')", "print('{}')", "pass"])
def test_a_process_that_breaks_is_a_picture_that_is_refused(monkeypatch: pytest.MonkeyPatch, program: str) -> None:
    monkeypatch.setattr(apart, "own_command", lambda _: [sys.executable, "-c", program])
    with pytest.raises(AttachmentRefused) as caught:
        prepare_apart(b"BM" + bytes(100_000), "large.bmp")
    assert (caught.value.reason, caught.value.name) == ("too_large", "large.bmp")


def test_a_process_that_does_not_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "own_command", lambda _: [sys.executable, "-c", "import time; time.sleep(60)"])
    monkeypatch.setattr(apart, "LONGEST_S", 0.3)
    with pytest.raises(AttachmentRefused, match="too long"):
        prepare_apart(b"BM" + bytes(100_000))


def test_without_processes_it_is_done_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "own_command", lambda _: ["/nowhere/no-program"])
    data = picture((2600, 1800), "PNG", "RGBA")
    assert prepare_apart(data) == prepare(data)


def test_the_key_is_not_known_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DASHSCOPE_API_KEY", "sk-canary")
    assert "sk-canary" not in apart.own_environment().values()
