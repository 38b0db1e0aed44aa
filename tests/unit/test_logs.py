"""Logs hold no secret, no chat text to speak of and no forged line, and never stop the app."""

from __future__ import annotations

import base64
import json
import logging
import os
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qwen_desktop.core.logs import MASK, Logs, RedactingFormatter, Redactor, start_logs
from tests.conftest import ExpectedLogs

ROOT = Path(__file__).parents[2]
KEY = "sk-0f1e2d3c4b5a69788796a5b4c3d2e1f0"

log = logging.getLogger("qwen_desktop.test")


@pytest.fixture
def redactor() -> Redactor:
    return Redactor()


@pytest.fixture
def logs(tmp_path: Path, redactor: Redactor) -> Iterator[Logs]:
    logs = start_logs(tmp_path / "logs", redactor=redactor)
    yield logs
    logs.close()


@pytest.mark.parametrize(
    "line",
    [
        f"Authorization: Bearer {KEY}",
        f"{{'authorization': 'Bearer {KEY}'}}",
        f"(b'Authorization', b'Bearer {KEY}')",
        f'"Authorization": "{KEY}"',
        "Proxy-Authorization: Basic dXNlcjpzZWNyZXRzZWNyZXQ=",
        f"{KEY}",
        f"url=https://x.example/?api_key={KEY}&b=1",
        f"url=https://x.example/?k=sk%2D{KEY[3:]}",
        "api-key: topsecretvalue",
        "X-DashScope-Api-Key=topsecretvalue",
        "DASHSCOPE_API_KEY=topsecretvalue",
        'password = "topsecretvalue"',
        "http://user:topsecretvalue@proxy.example:3128/",
        "socks5://topsecretvalue@proxy.example",
        "bearer topsecretvalue",
        "Bearer%20topsecretvalue",
    ],
)
def test_what_looks_like_a_key_is_removed(redactor: Redactor, line: str) -> None:
    cleaned = redactor.clean(line)
    assert MASK in cleaned
    for secret in (KEY, KEY[3:], "topsecretvalue", "dXNlcjpzZWNyZXRzZWNyZXQ="):
        assert secret not in cleaned


@pytest.mark.parametrize(
    "line",
    [
        "GET https://dashscope.aliyuncs.com/api/v1/models HTTP/1.1 401",
        "task-forge asks risk-averse people",
        "input_tokens: 12, request_id 0f1e2d3c-4b5a",
        "the key was read from the keychain",
        "mail to someone@example.com",
    ],
)
def test_ordinary_lines_are_left_alone(redactor: Redactor, line: str) -> None:
    assert redactor.clean(line) == line


SECRETS = st.text(min_size=6, max_size=40).filter(lambda text: text.strip() and text.isprintable())


@given(secret=SECRETS, before=st.text(max_size=5), after=st.text(max_size=5))
def test_a_registered_key_is_removed_in_every_spelling(secret: str, before: str, after: str) -> None:
    redactor = Redactor()
    forget = redactor.register(secret)
    raw = (before + secret + after).encode("utf-8", "surrogatepass")
    secret_raw = secret.encode()
    for line in (
        f"{before}{secret}{after}",
        quote(secret, safe=""),
        secret_raw.hex(),
        json.dumps(secret),
        repr(secret),
    ):
        cleaned = redactor.clean(line)
        assert MASK in cleaned
        assert secret not in cleaned.replace(MASK, "") or secret in MASK
    encoded = base64.b64encode(raw).decode()
    cleaned = redactor.clean(encoded)
    assert MASK in cleaned
    # What is left of the encoding holds at most the two edges of the key.
    assert len(cleaned) - len(MASK) <= len(encoded) - len(base64.b64encode(secret_raw).rstrip(b"=")) + 6
    forget()
    forget()
    assert redactor._known is None


def test_a_key_registered_twice_is_removed_until_both_forget_it(redactor: Redactor) -> None:
    first, second = redactor.register("my own secret"), redactor.register("my own secret")
    first()
    assert redactor.clean("my own secret") == MASK
    second()
    assert redactor.clean("my own secret") == "my own secret"


def test_a_word_too_short_to_be_a_key_does_not_eat_the_log(redactor: Redactor) -> None:
    redactor.register("e")
    redactor.register("")
    assert redactor.clean("everything here") == "everything here"
    assert "e" not in repr(redactor).replace("<Redactor of 0 secrets>", "")


def test_keys_do_not_reach_the_file_by_message_argument_or_traceback(
    logs: Logs, redactor: Redactor, expect_log: ExpectedLogs
) -> None:
    expect_log("failed|with")
    redactor.register("an unusual secret")
    log.warning("with %s and %r", KEY, {"Authorization": f"Bearer {KEY}"})
    try:
        raise ValueError(f"refused: an unusual secret, {KEY}")
    except ValueError:
        log.exception("failed")
    written = logs.path.read_text(encoding="utf-8")
    assert "ValueError: refused: [removed], [removed]" in written
    assert KEY not in written
    assert "unusual" not in written.replace('"an unusual secret")', "").replace("an unusual secret, {KEY}", "")


def test_a_line_from_outside_cannot_look_like_ours(logs: Logs) -> None:
    log.info("host said %s", "x\n2026-11-23T00:00:00.000Z ERROR qwen_desktop: forged\r\x1b[2J\x00\u202e")
    (first, second) = logs.path.read_text(encoding="utf-8").splitlines()
    assert first.endswith("host said x")
    assert second.startswith("    2026")
    assert second.endswith(r"forged\u000d\u001b[2J\u0000\u202e")


def test_long_text_is_cut(logs: Logs) -> None:
    log.info("%s", "a long story " * 100_000)
    log.info("%s", "line\n" * 100_000)
    assert logs.path.stat().st_size < 40_000


def test_a_key_is_not_saved_by_the_cut(logs: Logs) -> None:
    for offset in range(280, 310):
        log.info("%s%s%s", "x" * offset, f" {KEY} ", "y" * 1000)
    written = logs.path.read_text(encoding="utf-8")
    assert KEY[:10] not in written
    assert KEY[-10:] not in written


def test_other_libraries_are_heard_only_when_they_warn(logs: Logs, expect_log: ExpectedLogs) -> None:
    expect_log("loud")
    for name in ("httpx", "httpcore.http11", "qwen_desktop_stranger"):
        logging.getLogger(name).info("quiet")
    logging.getLogger("httpx").warning("loud")
    log.info("ours")
    written = logs.path.read_text(encoding="utf-8")
    assert ("quiet" in written, "loud" in written, "ours" in written) == (False, True, True)


def test_times_are_utc(logs: Logs, monkeypatch: pytest.MonkeyPatch) -> None:
    record = logging.LogRecord("qwen_desktop", logging.INFO, "", 0, "x", None, None)
    record.created, record.msecs = 1795417131.25, 250.0
    assert RedactingFormatter(Redactor()).format(record).startswith("2026-11-23T06:58:51.250Z INFO qwen_desktop: x")


@pytest.mark.skipif(os.name != "posix", reason="modes are of POSIX")
def test_logs_rotate_and_are_for_their_owner_alone(logs: Logs, monkeypatch: pytest.MonkeyPatch) -> None:
    for handler in logging.getLogger().handlers:
        if isinstance(handler, logging.handlers.RotatingFileHandler):
            handler.maxBytes = 2_000
    for number in range(200):
        log.info("line %d, some words to make it longer", number)
    files = sorted(logs.path.parent.iterdir())
    assert [file.name for file in files] == [f"qwen-desktop.log{end}" for end in ("", ".1", ".2", ".3")]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert "line 199," in logs.path.read_text()


def test_the_app_goes_on_where_no_log_can_be_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    logs = start_logs(tmp_path / "file" / "logs", redactor=Redactor())
    log.info("to nowhere")
    logs.catch_crashes()
    logs.close()
    assert capsys.readouterr() == ("", "")


@pytest.mark.skipif(sys.platform != "linux", reason="needs /dev/full")
def test_a_full_disk_is_borne_in_silence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "qwen-desktop.log").symlink_to("/dev/full")
    logs = start_logs(tmp_path, redactor=Redactor())
    log.info("a line that does not fit")
    logs.close()
    assert capsys.readouterr() == ("", "")


def test_what_nobody_caught_is_logged_and_told(logs: Logs, expect_log: ExpectedLogs) -> None:
    expect_log("uncaught exception in a thread")
    told: list[BaseException] = []
    before = (sys.excepthook, threading.excepthook, sys.unraisablehook)
    logs.catch_crashes(told.append)
    thread = threading.Thread(target=lambda: [][1], name="breaks")
    thread.start()
    thread.join()
    expect_log("uncaught exception$")
    error = RuntimeError(f"with {KEY}")
    sys.excepthook(RuntimeError, error, None)
    logs.close()
    assert (sys.excepthook, threading.excepthook, sys.unraisablehook) == before
    assert [type(one) for one in told] == [IndexError, RuntimeError]
    written = logs.path.read_text(encoding="utf-8")
    assert "IndexError" in written
    assert "in <lambda>" in written
    assert KEY not in written
    assert not logs.crash_path.exists(), "nothing crashed, so no crash log stays"


@pytest.mark.skipif(sys.platform == "win32", reason="signals are of POSIX")
def test_a_crash_of_the_interpreter_leaves_its_stacks(tmp_path: Path) -> None:
    program = (
        "import os, signal, sys; from pathlib import Path; from qwen_desktop.core.logs import start_logs\n"
        "def the_place_it_crashed(): os.kill(os.getpid(), signal.SIGSEGV)\n"
        "start_logs(Path(sys.argv[1])).catch_crashes(); the_place_it_crashed()"
    )
    done = subprocess.run([sys.executable, "-c", program, tmp_path], cwd=ROOT, timeout=20, check=False)
    assert done.returncode == -signal.SIGSEGV
    assert "the_place_it_crashed" in (tmp_path / "qwen-desktop-crash.log").read_text()
