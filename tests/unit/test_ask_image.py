"""`qwen-desktop ask --image` as a process of its own: pictures that go along, that are kept or not, and wrong ones."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PIL import Image

from qwen_desktop.demo.replies import reply_for
from tests.strict_service import TEXT, StrictService
from tests.unit.images.pictures import drawing, photo, saved
from tests.unit.test_ask import Asker, ask, demo

__all__ = ["ask", "demo"]


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "drawing.bmp"
    path.write_bytes(saved(drawing(320, 240), "BMP"))
    return path


@pytest.fixture
async def service() -> AsyncIterator[StrictService]:
    async with StrictService() as service:
        yield service


@pytest.fixture
def ask_service(service: StrictService, home: Path) -> Asker:
    asker = Asker(home, service.base_url)
    asker.environment["DASHSCOPE_API_KEY"] = service.api_key
    return asker


def kept(home: Path) -> list[str]:
    folder = home / "data" / "attachments"
    return [path.name for path in folder.iterdir()] if folder.is_dir() else []


@pytest.mark.parametrize("protocol", ["native", "compatible"])
async def test_pictures_go_along(
    ask_service: Asker, service: StrictService, home: Path, picture: Path, protocol: str, tmp_path: Path
) -> None:
    other = tmp_path / "photo.jpg"
    other.write_bytes(saved(photo(3000, 2000), "JPEG"))
    arguments = ("--image", str(picture), "--image", str(other), "--protocol", protocol, "--model", "qwen3-vl-plus")
    done = await ask_service("--json", *arguments, "What is this?")
    assert (done.code, done.end["text"], done.end["error"]) == (0, TEXT, None)
    (post,) = service.posts
    content = post.body.get("input", post.body)["messages"][0]["content"]
    assert [sorted(part) for part in content] == (
        [["image"], ["image"], ["text"]]
        if protocol == "native"
        else [["image_url", "type"], ["image_url", "type"], ["text", "type"]]
    )
    assert len(kept(home)) == 2
    with sqlite3.connect(home / "data" / "history.sqlite3") as db:
        (stored,) = db.execute("SELECT attachments FROM message WHERE role = 'user'").fetchone()
    db.close()
    assert [one["name"] for one in json.loads(stored)] == ["drawing.bmp", "photo.jpg"]
    assert sorted(one["digest"] for one in json.loads(stored)) == sorted(kept(home))


async def test_without_saving_nothing_is_written(ask: Asker, home: Path, picture: Path) -> None:
    done = await ask("--no-save", "--image", str(picture), "What is this?")
    assert (done.code, kept(home)) == (0, [])
    assert done.out == reply_for("What is this?", pictures=[(320, 240)]).text + "\n"
    assert not (home / "data" / "history.sqlite3").exists()


async def test_a_picture_may_be_all_there_is(ask: Asker, home: Path, picture: Path) -> None:
    done = await ask("--image", str(picture))
    assert done.code == 0
    assert done.out == reply_for("", pictures=[(320, 240)]).text + "\n"
    with sqlite3.connect(home / "data" / "history.sqlite3") as db:
        (title,) = db.execute("SELECT title FROM conversation").fetchone()
    db.close()
    assert title == "drawing.bmp"


async def test_a_model_id_that_is_no_text_loses_no_reply(ask: Asker, picture: Path) -> None:
    done = await ask("--json", "--model", "see-\udcff", "--image", str(picture), "What is this?")
    assert (done.code, done.end["status"], done.end["error"]) == (0, "complete", None)


async def test_a_model_that_sees_nothing_is_not_asked(
    ask_service: Asker, service: StrictService, home: Path, picture: Path
) -> None:
    done = await ask_service("--json", "--model", "qwen-plus", "--image", str(picture), "What is this?")
    assert done.code == 1
    assert done.end["error"]["kind"] == "RequestRefused"
    assert "qwen3.7-plus" in done.end["error"]["message"]
    assert done.end["error"]["remedy"] == "Change model"
    assert (service.requests, kept(home)) == ([], [])


async def test_a_picture_that_cannot_be_sent_is_told(ask: Asker, home: Path, tmp_path: Path) -> None:
    path = tmp_path / "page.png"
    path.write_bytes(b"<html>")
    done = await ask("--json", "--image", str(path), "What is this?")
    assert (done.code, done.end["status"], done.end["error"]["kind"]) == (1, "failed", "AttachmentRefused")
    assert "page.png" in done.end["error"]["message"]
    assert kept(home) == []


async def test_a_file_that_is_not_there_is_bad_usage(ask: Asker, tmp_path: Path) -> None:
    done = await ask("--image", str(tmp_path / "nothing.png"), "What is this?")
    assert (done.code, done.out) == (2, "")
    assert "nothing.png cannot be opened" in done.err


async def test_the_first_frame_of_an_animation_is_sent_and_that_is_said(ask: Asker, tmp_path: Path) -> None:
    path = tmp_path / "moving.gif"
    frames = [Image.new("RGB", (40, 40), name) for name in ("red", "blue")]
    path.write_bytes(saved(frames[0], "GIF", save_all=True, append_images=frames[1:]))
    done = await ask("--image", str(path), "What is this?")
    assert done.code == 0
    assert "Only the first picture in moving.gif is sent." in done.err
