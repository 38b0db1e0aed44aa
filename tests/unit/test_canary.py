"""The search for leaked keys finds them in every form it promises, so that finding nothing means something."""

from __future__ import annotations

import base64
import bz2
import gzip
import json
import lzma
import os
import sqlite3
import subprocess
import sys
import zlib
from pathlib import Path
from urllib.parse import quote_plus

import pytest

from tests.canary import assert_key_nowhere, descendants

CANARY = "sk-Canary/7f3+Qz.19aa_4d1c-b2e9KXW0"
PLAIN = CANARY.encode()

LEAKS = {
    "plain": b"x" * 1000 + PLAIN,
    "header": b"Authorization: Bearer " + PLAIN + b"\r\n",
    "most of it": PLAIN[:20],
    "the middle": PLAIN[8:22],
    "all but the first": PLAIN[4:],
    "reversed": PLAIN[::-1],
    "utf-16": CANARY.encode("utf-16"),
    "utf-16-be at an odd place": b"x" + CANARY.encode("utf-16-be"),
    "utf-32": CANARY.encode("utf-32"),
    "hex": PLAIN.hex().encode(),
    "percent": ("key=" + quote_plus(CANARY)).encode(),
    "percent of everything": "".join(f"%{byte:02X}" for byte in PLAIN).encode(),
    "base64 0": base64.b64encode(PLAIN),
    "base64 1": base64.b64encode(b"u" + PLAIN + b"tail"),
    "base64 2": base64.b64encode(b"u:" + PLAIN + b"tail"),
    "base64 url": base64.urlsafe_b64encode(b"u:" + PLAIN),
    "base64 of utf-8 in json": json.dumps({"a": base64.b64encode(b"abcd" + PLAIN).decode()}).encode(),
    "gzip": gzip.compress(PLAIN),
    "bz2": bz2.compress(PLAIN),
    "xz": lzma.compress(PLAIN),
    "zlib": b"%PDF" + zlib.compress(PLAIN * 3) + b"end",
}


@pytest.mark.parametrize("leak", LEAKS)
def test_leak_is_found(tmp_path: Path, leak: str) -> None:
    folder = tmp_path / "a" / "b"
    folder.mkdir(parents=True)
    (folder / "file.bin").write_bytes(LEAKS[leak])
    with pytest.raises(AssertionError, match=r"file\.bin"):
        assert_key_nowhere(CANARY, tmp_path)


def test_last_four_characters_and_random_bytes_are_no_leak(tmp_path: Path) -> None:
    (tmp_path / "log").write_text(f"key …{CANARY[-4:]}")
    (tmp_path / "noise").write_bytes(os.urandom(1_000_000))
    assert_key_nowhere(CANARY, tmp_path, pids=[os.getpid()])


def test_leak_in_a_database_is_found(tmp_path: Path) -> None:
    database = sqlite3.connect(tmp_path / "history.sqlite3")
    database.execute("CREATE TABLE t (x)")
    database.execute("INSERT INTO t VALUES (?)", [f"{'x' * 3000}{CANARY}"])
    database.commit()
    database.close()
    with pytest.raises(AssertionError, match="history"):
        assert_key_nowhere(CANARY, tmp_path)


def test_leak_in_a_name_or_a_link_is_found(tmp_path: Path) -> None:
    (tmp_path / "names").mkdir()
    (tmp_path / "names" / CANARY.replace("/", "_")).touch()
    (tmp_path / "links").mkdir()
    (tmp_path / "links" / "link").symlink_to(CANARY)
    for folder in ("names", "links"):
        with pytest.raises(AssertionError, match="the key is in"):
            assert_key_nowhere(CANARY, tmp_path / folder)


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")
@pytest.mark.parametrize("way", ["argument", "environment"])
def test_leak_to_a_child_process_is_found(tmp_path: Path, way: str) -> None:
    command = [sys.executable, "-c", "input()", *([CANARY] if way == "argument" else [])]
    environment = {**os.environ, **({"X": CANARY} if way == "environment" else {})}
    with subprocess.Popen(command, stdin=subprocess.PIPE, env=environment) as child:
        assert child.pid in descendants(os.getpid())
        arguments = Path(f"/proc/{child.pid}/cmdline")
        while not arguments.read_bytes():  # its descriptors are closed a moment before its arguments can be seen
            assert child.poll() is None
        with pytest.raises(AssertionError, match=f"/proc/{child.pid}"):
            assert_key_nowhere(CANARY, tmp_path, pids=descendants(os.getpid()))
        child.communicate(b"\n")


def test_searching_nothing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="nothing would be searched"):
        assert_key_nowhere(CANARY, tmp_path / "not there")
