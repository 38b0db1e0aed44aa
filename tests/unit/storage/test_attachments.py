"""Pictures on disk: kept under their digest, once, for the owner alone, and never read back changed."""

from __future__ import annotations

import hashlib
import os
import stat
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from qwen_desktop.core.errors import StorageUnavailable
from qwen_desktop.core.images.prepare import PreparedImage
from qwen_desktop.core.storage.attachments import AttachmentStore
from qwen_desktop.core.words import describe

IMAGE = PreparedImage(b"\x89PNG bytes", "image/png", 40, 30, "cat.png")


def test_a_picture_is_kept_under_its_digest(tmp_path: Path) -> None:
    store = AttachmentStore(tmp_path / "attachments")
    kept = store.put(IMAGE)
    assert kept.digest == hashlib.sha256(IMAGE.data).hexdigest()
    assert (kept.media_type, kept.size_bytes, kept.width, kept.height, kept.name) == (
        "image/png",
        len(IMAGE.data),
        40,
        30,
        "cat.png",
    )
    assert store.read(kept) == IMAGE.data
    assert [path.name for path in (tmp_path / "attachments").iterdir()] == [kept.digest]


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
def test_it_is_for_its_owner_alone(tmp_path: Path) -> None:
    store = AttachmentStore(tmp_path / "data" / "attachments")
    path = store.path(store.put(IMAGE))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_the_same_bytes_are_written_once(tmp_path: Path) -> None:
    store = AttachmentStore(tmp_path)
    path = store.path(store.put(IMAGE))
    before = path.stat().st_ino
    again = store.put(replace(IMAGE, name="other.png"))
    assert again.name == "other.png"
    assert path.stat().st_ino == before


def test_a_broken_file_of_the_same_name_is_replaced(tmp_path: Path) -> None:
    store = AttachmentStore(tmp_path)
    kept = store.put(IMAGE)
    store.path(kept).write_bytes(b"half")
    store.put(IMAGE)
    assert store.read(kept) == IMAGE.data


def test_a_missing_picture_is_told(tmp_path: Path) -> None:
    store = AttachmentStore(tmp_path)
    kept = store.put(IMAGE)
    store.path(kept).unlink()
    with pytest.raises(StorageUnavailable) as caught:
        store.read(kept)
    assert caught.value.reason == "attachment_missing"
    assert "missing" in describe(caught.value).sentence


@pytest.mark.parametrize("content", [b"", b"other bytes", IMAGE.data + b"and more"])
def test_a_changed_picture_is_not_read(tmp_path: Path, content: bytes) -> None:
    store = AttachmentStore(tmp_path)
    kept = store.put(IMAGE)
    store.path(kept).write_bytes(content)
    with pytest.raises(StorageUnavailable) as caught:
        store.read(kept)
    assert caught.value.reason == "attachment_changed"


@pytest.mark.parametrize("digest", ["", "../history.sqlite3", "A" * 64, "0" * 63, "0" * 64 + "\n", "/etc/passwd"])
def test_what_is_no_digest_names_no_file(tmp_path: Path, digest: str) -> None:
    store = AttachmentStore(tmp_path)
    with pytest.raises(StorageUnavailable):
        store.read(replace(store.put(IMAGE), digest=digest))


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageUnavailable):
        AttachmentStore(tmp_path / "file" / "attachments").put(IMAGE)


def test_threads_that_put_the_same_picture_leave_one_file(tmp_path: Path) -> None:
    store = AttachmentStore(tmp_path / "attachments")
    threads = [threading.Thread(target=store.put, args=(IMAGE,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [path.name for path in (tmp_path / "attachments").iterdir()] == [hashlib.sha256(IMAGE.data).hexdigest()]
