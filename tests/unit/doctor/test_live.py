"""`doctor --live` asks first, sends each request once, and reports how the service speaks without a word it said."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncGenerator
from email.utils import formatdate
from pathlib import Path

import pytest

from qwen_desktop.core.errors import ApiKeyMissing, ApiKeyRejected, ConnectionFailed
from qwen_desktop.core.paths import AppPaths
from qwen_desktop.demo.http_head import Request
from qwen_desktop.demo.server import DemoServer
from qwen_desktop.demo.wire import HttpServer, Response
from qwen_desktop.doctor import live
from qwen_desktop.doctor.live_observation import Observation, StreamReader, fields_of, headers_told, masked
from qwen_desktop.doctor.live_probes import probes, questions
from qwen_desktop.engine import Engine
from tests.canary import assert_key_nowhere
from tests.conftest import RunScenario
from tests.faults.proxies import make_certificate
from tests.strict_service import REASONING, TEXT, StrictService

ROOT = Path(__file__).resolve().parents[3]
KEY = "sk-Canary77f3Qz19aa4d1cb2e9KXW0zz"


def engine(base_url: str, key: str = KEY) -> Engine:
    environment = {"DASHSCOPE_API_KEY": key} if key else {}
    return Engine(AppPaths.find(), base_url=base_url, environment=environment, keychain=_no_keychain())


def _no_keychain() -> object:
    from qwen_desktop.core.credentials.api_keys import SessionApiKeyStore

    return SessionApiKeyStore()


async def asked(base_url: str, key: str = KEY) -> list[Observation]:
    told: list[Observation] = []
    await live._send_all(engine(base_url, key), told)
    return told


def printed(observations: list[Observation], capsys: pytest.CaptureFixture[str], *, is_json: bool = False) -> str:
    live._print(observations, is_json=is_json)
    return capsys.readouterr().out


@pytest.mark.parametrize("shape", ["http", "event", "framed"])
def test_strict_service_is_asked_once_each_and_answers_the_questions(
    shape: str, run: RunScenario, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    async def scenario() -> None:
        async with StrictService(api_key=KEY, errors_as=shape) as service:  # type: ignore[arg-type]
            told = await asked(service.base_url)
            assert len(service.requests) == len(probes()) == len(told)
        by_name = {one.probe: one for one in told}
        assert by_name["models"].first[0] == 'object: "list"'
        native = by_name["native"]
        assert native.status == 200
        assert native.frames > 2
        assert native.comments == {"HTTP_STATUS/200": native.frames}
        assert native.headers["x-dashscope-timeout"] == "298"
        assert 'output.choices[].finish_reason: "stop"' in native.last
        assert by_name["compatible"].end == "[DONE]"
        assert "a space after the colon" in by_name["compatible"].framing
        assert by_name["closed-early"].end == "closed by us"
        assert by_name["closed-early"].frames == 1
        refused = by_name["refused"]
        assert refused.status == {"http": 400, "event": 200, "framed": 400}[shape]
        assert any("code" in line for line in refused.first)
        if shape == "event":
            assert refused.event_names == ["error"]
        report = printed(told, capsys) + printed(told, capsys, is_json=True)
        kept = tmp_path / "kept"
        kept.mkdir()
        (kept / "report").write_text(report)
        assert_key_nowhere(KEY, kept)
        for words in (TEXT, REASONING):
            assert words[:12] not in report
        assert report.count("see below") >= 6
        for request_id in (one.headers["x-request-id"] for one in told if "x-request-id" in one.headers):
            assert len(request_id) == 9

    run(scenario())


def test_demo_server_is_asked_to_the_end(run: RunScenario) -> None:
    async def scenario() -> None:
        async with DemoServer(pace=0) as server:
            told = await asked(server.base_url)
        assert [one.probe for one in told] == [probe.name for probe in probes()]
        assert all(one.status for one in told)

    run(scenario())


def test_a_bad_key_and_a_429_end_it_at_once(run: RunScenario, capsys: pytest.CaptureFixture[str]) -> None:
    async def throttled(request: Request) -> Response:
        body = b'{"code":"Throttling.AllocationQuota","message":"words","request_id":"0f1e2d3c-aaaa"}'
        return Response(429, body, headers=(("retry-after", "7"), ("x-request-id", "0f1e2d3c-aaaa")))

    async def scenario() -> None:
        async with StrictService(api_key="sk-another-key") as service:
            with pytest.raises(ApiKeyRejected):
                await asked(service.base_url)
            assert len(service.requests) == 1
        server = HttpServer(throttled)
        await server.start()
        try:
            told = await asked(server.base_url)
        finally:
            await server.close()
        assert len(told) == 1
        assert told[0].headers["retry-after"] == "7"
        report = printed(told, capsys)
        assert "see below: models (429, Throttling.AllocationQuota)" in report
        assert "0f1e2d3c…" in report
        assert "aaaa" not in report
        assert "words" not in report
        with pytest.raises(ConnectionFailed):
            await asked("http://127.0.0.1:9")
        with pytest.raises(ApiKeyMissing):
            await asked("http://127.0.0.1:9", key="")

    run(scenario())


@pytest.mark.parametrize("is_trusted", [True, False])
def test_the_handshake_is_told_or_why_there_was_none(
    is_trusted: bool, run: RunScenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server with TLS and a clock that is an hour ahead; whose certificate is refused unless it is trusted."""
    context, certificate = make_certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate) if is_trusted else str(tmp_path / "private-key.pem"))
    heads: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        date = formatdate(time.time() + 3600, usegmt=True)
        writer.write(f"HTTP/1.1 401 Unauthorized\r\nDate: {date}\r\nContent-Length: 2\r\n\r\n{{}}".encode())
        await writer.drain()
        writer.close()

    async def scenario() -> None:
        server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context)
        port = server.sockets[0].getsockname()[1]
        told: list[Observation] = []
        try:
            with pytest.raises(ApiKeyRejected if is_trusted else ConnectionFailed):
                await live._send_all(engine(f"https://127.0.0.1:{port}"), told)
        finally:
            server.close()
            await server.wait_closed()
        assert len(heads) == is_trusted
        if is_trusted:
            assert told[0].tls.startswith("TLSv1.3 TLS_")
            assert told[0].clock_ahead_s is not None
            assert -3700 < told[0].clock_ahead_s < -3500
        else:
            assert told[0].failure == "ConnectionFailed certificate"

    run(scenario())


def test_a_hostile_service_is_bounded_and_not_quoted(run: RunScenario, capsys: pytest.CaptureFixture[str]) -> None:
    async def noise() -> AsyncGenerator[bytes, None]:
        echo = KEY.encode()
        yield b":ECHO love letter\nevent: ECHO\n".replace(b"ECHO", echo)
        yield b'data: {"ECHO": "love letter", "code": "love letter", "type": "ECHO"}\n\n'.replace(b"ECHO", echo)
        while True:
            yield b": keep-alive\nlove letter\n" * 1000

    async def hostile(request: Request) -> Response:
        return Response(
            200, noise(), "text/event-stream", (("x-dashscope-echo", f"Bearer {KEY} \x7f"), ("x-other", KEY))
        )

    async def scenario() -> None:
        server = HttpServer(hostile)
        await server.start()
        try:
            told = await asked(server.base_url)
        finally:
            await server.close()
        report = printed(told, capsys) + printed(told, capsys, is_json=True)
        assert KEY[:12] not in report
        assert "love letter" not in report
        assert "\x7f" not in report
        assert told[1].end == "limit"

    run(scenario())


def test_fields_are_named_and_their_texts_are_not() -> None:
    frame = (
        b'{"output":{"choices":[{"message":{"content":"hello","role":"assistant"},"finish_reason":null}]},'
        b'"usage":{"input_tokens":7,"x":{}},"n":1.5,"bad name":[],"ok":true}'
    )
    assert fields_of(frame) == [
        "output.choices[].message.content: text",
        'output.choices[].message.role: "assistant"',
        "output.choices[].finish_reason: null",
        "usage.input_tokens: 7",
        "usage.x: {}",
        "n: number",
        "?: []",
        "ok: true",
    ]
    assert fields_of(b"nonsense") == ["(not JSON)"]
    assert fields_of(b"[" * 100_000) == ["(not JSON)"]
    assert len(fields_of(json.dumps({f"f{n}": n for n in range(1000)}).encode())) <= 60


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_framing_is_seen_however_it_is_cut(size: int) -> None:
    body = (
        b'id:1\r\nevent:result\r\n:HTTP_STATUS/200\r\ndata:{"a":1}\r\nid:2\r\ndata:{"b":""}\r\n\r\ndata:[DONE]\r\n\r\n'
    )
    told = Observation("x")
    reader = StreamReader(told)
    for start in range(0, len(body), size):
        reader.feed(body[start : start + size])
    reader.close()
    assert (told.frames, told.first, told.last, told.end) == (2, ["a: number"], ["b: empty text"], "[DONE]")
    assert set(told.framing) == {"CRLF", "ids", "frames without a blank line between them"}
    assert told.event_names == ["result"]


def test_headers_show_what_is_the_protocols() -> None:
    told = headers_told(
        {"Set-Cookie": "a", "X-DashScope-Auth-Token": "b", "Date": "c", "x-requestid": "0123456789"}, str
    )
    assert told == {"set-cookie": "…", "x-dashscope-auth-token": "…", "date": "c", "x-requestid": "01234567…"}
    assert masked("../../x") == "…"


def test_every_question_has_an_answer_or_a_reason() -> None:
    names = {probe.name for probe in probes()}
    assert len(questions()) == 13
    for question in questions():
        assert set(question.probes) <= names
        assert question.probes or question.why_not is not None
    assert {name for question in questions() for name in question.probes} | {"models"} == names


def command(*arguments: str, base_url: str = "http://127.0.0.1:9", **more: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "qwen_desktop", "doctor", *arguments],
        cwd=ROOT,
        env={**os.environ, "DASHSCOPE_API_KEY": KEY, "QWEN_DESKTOP_BASE_URL": base_url},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_without_a_terminal_and_without_yes_nothing_is_sent() -> None:
    with command("--live") as process:
        out, error = process.communicate(timeout=20)
    assert (process.returncode, out) == (2, "")
    assert "tiny requests to http://127.0.0.1:9" in error
    assert "--yes" in error
    with command("--yes") as process:
        assert process.communicate(timeout=20)[0] == ""
    assert process.returncode == 2


@pytest.mark.skipif(sys.platform == "win32", reason="signals are of POSIX")
def test_ctrl_c_stops_at_once_and_what_was_seen_is_printed(run: RunScenario) -> None:
    async def scenario() -> None:
        waits = asyncio.Event()

        async def silent(request: Request) -> Response:
            if request.method == "POST":
                waits.set()
                await asyncio.Event().wait()
            return Response(200, b'{"object":"list","data":[]}')

        server = HttpServer(silent)
        await server.start()
        process = command("--live", "--yes", "--json", base_url=server.base_url)
        try:
            async with asyncio.timeout(15):
                await waits.wait()
            process.send_signal(signal.SIGINT)
            out, error = await asyncio.to_thread(process.communicate, timeout=5)
        finally:
            process.kill()
            process.wait()
            await server.close()
        assert process.returncode == 130
        assert error.endswith("Stopped.\n")
        assert [one["probe"] for one in json.loads(out)["requests"]] == ["models", "native"]

    run(scenario(), timeout_s=30)


@pytest.mark.skipif(sys.platform == "win32", reason="terminals are of POSIX")
@pytest.mark.parametrize("answer", ["n\n", "\n"])
def test_no_on_a_terminal_sends_nothing(answer: str) -> None:
    import pty

    keeper, terminal = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "qwen_desktop", "doctor", "--live"],
        cwd=ROOT,
        env={**os.environ, "DASHSCOPE_API_KEY": KEY, "QWEN_DESKTOP_BASE_URL": "http://127.0.0.1:9"},
        stdin=terminal,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        os.write(keeper, answer.encode())
        out, error = process.communicate(timeout=20)
    finally:
        process.kill()
        process.wait()
        os.close(keeper)
        os.close(terminal)
    assert (process.returncode, out) == (1, "")
    assert error.endswith("Nothing was sent.\n")
