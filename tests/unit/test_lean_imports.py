"""What takes memory and is not needed in the beginning is not there then, and is all there for who needs it later."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def run(code: str) -> None:
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, timeout=60)


def test_msgspec_reads_without_the_types_of_later_pythons() -> None:
    run("""
import sys
from qwen_desktop.core.lean_msgspec import import_msgspec
import_msgspec()
import msgspec
assert "typing_extensions" not in sys.modules
class Row(msgspec.Struct):
    names: list[str]
    size: int | None = None
assert msgspec.json.decode(b'{"names": ["a"]}', type=Row) == Row(["a"])
import typing_extensions
assert typing_extensions.NotRequired
""")


def test_the_name_of_a_socket_needs_no_openssl_and_others_get_it() -> None:
    run("""
import sys
from qwen_desktop.desktop.single_instance import _digest
name = _digest("/home/somebody")
assert "_hashlib" not in sys.modules
import hashlib
assert "_hashlib" in sys.modules and hashlib.pbkdf2_hmac
assert hashlib.sha256(b"/home/somebody").hexdigest()[:12] == name == _digest("/home/somebody")
""")
