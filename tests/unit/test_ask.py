"""`qwen-desktop ask` as a process of its own, against the demo server in this one: output, exit codes, input rules."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shlex
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from qwen_desktop.demo.replies import reply_for
from qwen_desktop.demo.server import DemoServer
from tests.canary import assert_key_nowhere
from tests.conftest import eventually

ROOT = Path(__file__).resolve().parents[2]
KEY = "sk-canary-51c0ffee51c0ffee51c0ffee"


@dataclass
class Done:
    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def end(self) -> dict[str, Any]:
        ends = [line for line in self.lines if line["type"] == "end"]
        assert len(ends) == 1
        assert self.lines[-1] == ends[0]
        return ends[0]


class Asker:
    """Starts `ask` with a key and an address in its environment."""

    def __init__(self, home: Path, base_url: str) -> None:
        self.home = home
        self.environment = {
            **os.environ,
            "QWEN_DESKTOP_HOME": str(home),
            "QWEN_DESKTOP_BASE_URL": base_url,
            "DASHSCOPE_API_KEY": KEY,
            "DBUS_SESSION_BUS_ADDRESS": "unix:path=/nonexistent",
            "PYTHONPATH": str(ROOT),
            # What is imported is compiled once, not in each of a hundred processes, also where none is to be kept.
            "PYTHONPYCACHEPREFIX": str(home.parents[1] / "bytecode"),
        }
        self.environment.pop("PYTHONDONTWRITEBYTECODE", None)

    def run_first(self, code: str) -> None:
        """Before anything else in each process from now on: what a process takes from here instead of its usual."""
        (self.home / "sitecustomize.py").write_text(code)
        self.environment["PYTHONPATH"] = f"{self.home}:{ROOT}"

    def retry_once(self) -> None:
        """Half a second instead of three and a half; that it is three times is tested where the policy is."""
        (self.home / "config").mkdir()
        (self.home / "config" / "settings.toml").write_text("[network]\nmax_retries = 1\n")

    async def start(
        self, *arguments: str, stdin: int | None = asyncio.subprocess.DEVNULL
    ) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "qwen_desktop",
            "ask",
            *arguments,
            stdin=stdin,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=self.environment,
        )

    async def in_shell(self, template: str, *arguments: str, timeout_s: float = 30.0) -> Done:
        """Runs `template`, a line of shell in which ASK stands for the command."""
        command = shlex.join([sys.executable, "-m", "qwen_desktop", "ask", *arguments])
        process = await asyncio.create_subprocess_exec(
            "/bin/sh",
            "-c",
            template.replace("ASK", command),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=self.environment,
            start_new_session=True,
        )
        try:
            async with asyncio.timeout(timeout_s):
                out, err = await process.communicate()
        finally:
            if process.returncode is None:
                os.killpg(process.pid, signal.SIGKILL)
                await process.wait()
        assert process.returncode is not None
        return Done(process.returncode, out.decode(), err.decode())

    async def __call__(self, *arguments: str, input: bytes | None = None, timeout_s: float = 30.0) -> Done:
        stdin = asyncio.subprocess.DEVNULL if input is None else asyncio.subprocess.PIPE
        process = await self.start(*arguments, stdin=stdin)
        async with asyncio.timeout(timeout_s):
            out, err = await process.communicate(input)
        assert process.returncode is not None
        return Done(process.returncode, out.decode(), err.decode())


@pytest.fixture
async def demo() -> AsyncIterator[DemoServer]:
    async with DemoServer(pace=0) as server:
        yield server


@pytest.fixture
def ask(demo: DemoServer, home: Path) -> Asker:
    return Asker(home, demo.base_url)


def messages(home: Path) -> list[tuple[str, str, str]]:
    with sqlite3.connect(home / "data" / "history.sqlite3") as db:
        found = db.execute("SELECT role, text, status FROM message ORDER BY id").fetchall()
    db.close()
    return found


@pytest.mark.parametrize("protocol", ["native", "compatible"])
async def test_json_lines_add_up_to_the_end_and_to_the_history(ask: Asker, home: Path, protocol: str) -> None:
    done = await ask("--json", "--protocol", protocol, "Plan three days in Beijing")
    assert done.code == 0
    end = done.end
    assert "".join(line["text"] for line in done.lines if line["type"] == "delta") == end["text"] != ""
    assert "".join(line["text"] for line in done.lines if line["type"] == "reasoning") == end["reasoning"] != ""
    assert (end["status"], end["finish_reason"], end["error"]) == ("complete", "stop", None)
    assert end["usage"]["output_tokens"] > 0
    assert end["request_id"]
    assert done.out.isascii()
    assert messages(home) == [
        ("user", "Plan three days in Beijing", "complete"),
        ("assistant", end["text"], "complete"),
    ]


async def test_plain_output_is_the_reply(ask: Asker) -> None:
    plain, as_json = await asyncio.gather(
        ask("--no-thinking", "用表格比较 SQLite 和 PostgreSQL"),
        ask("--json", "--no-thinking", "用表格比较 SQLite 和 PostgreSQL"),
    )
    assert plain.code == 0
    assert plain.out.rstrip("\n") == as_json.end["text"].rstrip("\n")
    assert as_json.end["reasoning"] == ""


async def test_a_title_is_asked_of_no_model(ask: Asker, home: Path) -> None:
    (home / "config").mkdir()
    (home / "config" / "settings.toml").write_text("[chat]\ntitle_by_model = true\n")
    assert (await ask("hello")).code == 0
    assert len(messages(home)) == 2
    with contextlib.closing(sqlite3.connect(home / "data" / "history.sqlite3")) as db:
        assert db.execute("SELECT title, title_origin FROM conversation").fetchall() == [("hello", "app")]


async def test_no_save_leaves_no_history(ask: Asker, home: Path) -> None:
    assert (await ask("--no-save", "hello")).code == 0
    assert not (home / "data" / "history.sqlite3").exists()


@pytest.mark.parametrize(
    ("prompt", "code", "kind", "status"),
    [
        ("/error 401", 3, "ApiKeyRejected", "failed"),
        ("/error filter", 1, "RequestRefused", "failed"),
        ("/error input", 1, "RequestRefused", "failed"),
        ("/error picture", 1, "RequestRefused", "failed"),
        ("/error bill", 1, "QuotaExhausted", "failed"),
        ("/error cut", 5, "ReplyInterrupted", "interrupted"),
    ],
)
async def test_failures_have_their_exit_codes_words_and_remedy(
    ask: Asker, prompt: str, code: int, kind: str, status: str
) -> None:
    done, plain = await asyncio.gather(ask("--json", prompt), ask(prompt))
    assert done.code == code
    error = done.end["error"]
    assert (error["kind"], done.end["status"]) == (kind, status)
    assert error["message"]
    assert error["remedy"]
    if status == "interrupted":
        assert done.end["text"]
    assert plain.code == code
    assert error["message"] in plain.err


@pytest.mark.parametrize(("prompt", "side"), [("/error input", "prompt"), ("/error filter", "reply")])
async def test_the_content_filter_is_told_with_its_side(ask: Asker, prompt: str, side: str) -> None:
    done = await ask(prompt)
    assert f"content filter stopped the {side}" in done.err


async def test_without_a_key_nothing_is_sent(ask: Asker, home: Path) -> None:
    del ask.environment["DASHSCOPE_API_KEY"]
    done = await ask("--json", "hello")
    assert done.code == 3
    assert done.end["error"]["kind"] == "ApiKeyMissing"
    assert messages(home) == [("user", "hello", "complete"), ("assistant", "", "failed")]


async def test_a_service_that_is_not_there_is_a_failed_connection(home: Path) -> None:
    ask = Asker(home, "http://127.0.0.1:9")
    ask.retry_once()
    done = await ask("--json", "hello")
    assert done.code == 4
    assert done.end["error"]["kind"] == "ConnectionFailed"
    assert [line["attempt"] for line in done.lines if line["type"] == "retry"] == [1]


@pytest.mark.parametrize("protocol", ["native", "compatible"])
async def test_a_wrong_address_gets_a_sentence(home: Path, protocol: str) -> None:
    async def check(address: str) -> None:
        done = await Asker(home, "")("--json", "--protocol", protocol, "--base-url", address, "hello")
        assert (done.code, done.end["error"]["kind"]) == (4, "ConnectionFailed"), address
        assert done.end["error"]["remedy"], address

    addresses = [
        "not a url",
        "ftp://example.org",
        "http://example.org",
        "https://",
        "http://127.0.0.1:99999",
        "http://[",
    ]
    await asyncio.gather(*map(check, addresses))


@pytest.mark.parametrize("protocol", ["native", "compatible"])
async def test_a_cut_reply_is_continued_where_that_was_asked_for(ask: Asker, home: Path, protocol: str) -> None:
    done = await ask("--json", "--protocol", protocol, "--continue", "auto", "/error cut")
    assert done.code == 0
    assert [line["type"] for line in done.lines].count("continued") == 1
    end = done.end
    assert end["text"] == reply_for("/error cut").text
    assert (end["status"], end["finish_reason"], end["error"]) == ("complete", "stop", None)
    assert "".join(line["text"] for line in done.lines if line["type"] == "delta") == end["text"]
    assert messages(home)[1:] == [("assistant", end["text"], "complete")]
    plain = await ask("--protocol", protocol, "--continue", "auto", "/error cut")
    assert (plain.code, plain.out) == (0, end["text"] + "\n")
    assert "rest of the reply" in plain.err


@pytest.mark.parametrize("arguments", [[], ["--continue", "never"]])
async def test_without_consent_a_cut_reply_ends_there(ask: Asker, arguments: list[str]) -> None:
    done = await ask("--json", *arguments, "/error cut")
    assert done.code == 5
    assert done.end["status"] == "interrupted"
    assert reply_for("/error cut").text.startswith(done.end["text"])
    assert not any(line["type"] == "continued" for line in done.lines)


async def test_bad_usage_exits_2_and_says_why(ask: Asker) -> None:
    async def check(*arguments: str) -> None:
        done = await ask(*arguments)
        assert (done.code, done.out) == (2, ""), arguments
        assert done.err.strip(), arguments

    await asyncio.gather(
        check(),
        check(""),
        check("   "),
        check("--protocol", "smtp", "hello"),
        check("--nonsense", "hello"),
        check("hello", "world"),
        check("--image", "x.png", "hello"),
        check("--file", "x.pdf", "hello"),
        check("--continue", "maybe", "hello"),
        check("-"),
    )


async def test_a_search_is_asked_for_and_its_sources_come_last(ask: Asker, home: Path) -> None:
    done = await ask("--search", "What is new?")
    assert done.code == 0
    text, _, lines = done.out.rpartition("\n\n")
    assert text + "\n" == reply_for("What is new?", searches=True).text + "\n"
    assert lines.splitlines() == [
        "[1] Example page one (demo) https://example.com/",
        "[2] Example page two (demo) https://example.org/",
        "[3] Example page three (demo) https://example.net/",
    ]
    with contextlib.closing(sqlite3.connect(home / "data" / "history.sqlite3")) as db:
        (stored,) = db.execute("SELECT sources FROM message WHERE role = 'assistant'").fetchone()
    assert [source["url"] for source in json.loads(stored)] == [
        "https://example.com/",
        "https://example.org/",
        "https://example.net/",
    ]


async def test_json_carries_the_sources_in_its_end_and_only_there(ask: Asker) -> None:
    done, plain = await asyncio.gather(ask("--json", "--search", "What is new?"), ask("--json", "What is new?"))
    assert done.end["text"] == reply_for("What is new?", searches=True).text
    assert done.end["sources"][1] == {
        "index": 2,
        "title": "Example page two (demo)",
        "url": "https://example.org/",
        "site_name": "",
    }
    assert {line["type"] for line in done.lines[:-1]} <= {"delta", "reasoning"}
    assert "sources" not in plain.end


@pytest.mark.parametrize("arguments", [["--model", "qwen3-coder-plus"], ["--protocol", "compatible"]])
async def test_a_search_that_cannot_be_had_is_said_before_anything_is_sent(
    ask: Asker, home: Path, arguments: list[str]
) -> None:
    done = await ask("--json", "--search", *arguments, "What is new?")
    assert done.code == 1
    assert (done.end["error"]["kind"], done.end["error"]["reason"]) == ("RequestRefused", "no_search")
    assert "choose another model" in done.end["error"]["message"]
    assert messages(home) == []


async def test_a_dash_reads_the_prompt_from_standard_input(ask: Asker, home: Path) -> None:
    assert (await ask("-", input="第一行\nsecond line\n".encode())).code == 0
    assert messages(home)[0][1] == "第一行\nsecond line\n"


async def test_a_pipe_is_appended_as_a_fenced_block(ask: Asker, home: Path) -> None:
    assert (await ask("review", input=b"```\ncode\n```\n")).code == 0
    assert messages(home)[0][1] == "review\n\n````\n```\ncode\n```\n````"


async def test_an_open_pipe_that_says_nothing_is_not_waited_for_long(ask: Asker, home: Path) -> None:
    process = await ask.start("hello", stdin=asyncio.subprocess.PIPE)
    async with asyncio.timeout(20):
        assert process.stdout is not None
        await process.stdout.read()
        assert await process.wait() == 0
    assert messages(home)[0][1] == "hello"
    assert process.stdin is not None
    process.stdin.close()


async def test_nul_and_lone_surrogates_of_a_prompt_survive_or_are_replaced(ask: Asker, home: Path) -> None:
    assert (await ask("-", input=b"a\x00b \xed\xa0\x80 c")).code == 0
    text = messages(home)[0][1]
    assert text.startswith("a\x00b ")
    assert text.endswith(" c")
    assert "\ufffd" in text


async def test_a_prompt_of_one_megabyte_is_sent_and_stored_whole(ask: Asker, home: Path) -> None:
    prompt = "长 prompt " * 100_000
    assert (await ask("-", input=prompt.encode())).code == 0
    assert messages(home)[0][1] == prompt


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_stops_the_reply_and_keeps_it(home: Path, number: signal.Signals) -> None:
    async with DemoServer(pace=0.3) as server:
        ask = Asker(home, server.base_url)
        process = await ask.start("--json", "Plan three days in Beijing")
        assert process.stdout is not None
        lines: list[dict[str, Any]] = []
        async with asyncio.timeout(20):
            while sum(line["type"] == "delta" for line in lines) < 3:
                lines.append(json.loads(await process.stdout.readline()))
            process.send_signal(number)
            rest = (await process.stdout.read()).splitlines()
            code = await process.wait()
    end = json.loads(rest[-1])
    assert code == 128 + number
    assert end["status"] == "stopped"
    assert messages(home)[1] == ("assistant", end["text"], "stopped")


async def test_a_reader_that_goes_away_stops_the_reply(home: Path) -> None:
    async with DemoServer(pace=0.3) as server:
        ask = Asker(home, server.base_url)
        process = await ask.start("--no-thinking", "Plan three days in Beijing")
        assert process.stdout is not None
        async with asyncio.timeout(20):
            await process.stdout.read(10)
            process.stdout._transport.close()  # type: ignore[attr-defined]
            await process.wait()
            await eventually(lambda: messages(home)[1][2] == "stopped")
    assert process.returncode == 141


@pytest.mark.parametrize("arguments", [("--json",), ()])
@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&- >&- 2>&-"])
async def test_closed_streams_are_no_reason_to_break_off(
    ask: Asker, home: Path, closed: str, arguments: tuple[str, ...]
) -> None:
    done = await ask.in_shell(f"ASK {closed}", *arguments, "--no-thinking", "hello")
    assert done.code == 0, done.err
    assert messages(home)[1][2] == "complete"


@pytest.mark.parametrize("lost", ["2>&-", "2>/dev/full"])
async def test_lost_notes_change_neither_the_exit_code_nor_the_retries(ask: Asker, lost: str) -> None:
    ask.retry_once()
    plain, done = await asyncio.gather(
        ask.in_shell(f"ASK {lost}", "/error 401"), ask.in_shell(f"ASK {lost}", "--json", "/error 503")
    )
    assert (plain.code, done.code) == (3, 1)
    assert [line["type"] for line in done.lines] == ["retry", "end"]


@pytest.mark.parametrize("prompt", ["hello", "/error 401"])
async def test_an_output_that_cannot_be_written_is_told(ask: Asker, prompt: str) -> None:
    done = await ask.in_shell("ASK >/dev/full", "--json", prompt)
    assert done.code == 1
    assert "standard output: No space left on device" in done.err
    assert "Traceback" not in done.err


async def test_a_reader_that_went_away_before_the_end_line_is_no_crash(ask: Asker) -> None:
    done = await ask.in_shell("(ASK; echo $? >&2) | true", "--json", "/error 401")
    assert done.err == "141\n"


async def test_notes_of_broken_settings_never_reach_the_output(ask: Asker, home: Path) -> None:
    (home / "config").mkdir()
    (home / "config" / "settings.toml").write_text("[chat\n")
    done = await ask.in_shell("ASK 2>&-", "--json", "hello")
    assert (done.code, done.end["status"]) == (0, "complete")


async def test_an_input_without_end_is_refused(ask: Asker, home: Path) -> None:
    for done in await asyncio.gather(*(ask.in_shell("cat /dev/zero | ASK", argument) for argument in ("review", "-"))):
        assert done.code == 2
        assert "more than 32 MB" in done.err
    assert not (home / "data").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
async def test_a_signal_at_any_moment_of_the_start_gets_the_last_line(ask: Asker, number: signal.Signals) -> None:
    for moment in ("qwen_desktop.ask_output", "qwen_desktop.core.storage.conversations"):
        ask.run_first(SIGNAL_AT_IMPORT.format(name=moment, number=int(number)))
        done = await ask("--json", "hello")
        assert done.code == 128 + number, (moment, done.err)
        assert (done.end["status"], done.end["error"], done.err) == ("stopped", None, "")


SIGNAL_AT_IMPORT = """
import os, sys

class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == {name!r}:
            sys.meta_path.remove(self)
            os.kill(os.getpid(), {number})

sys.meta_path.insert(0, Finder())
"""


async def test_signals_in_a_row_are_one(home: Path) -> None:
    async with DemoServer(pace=1) as server:
        process = await Asker(home, server.base_url).start("--json", "Plan three days in Beijing")
        assert process.stdout is not None
        async with asyncio.timeout(20):
            await process.stdout.readline()
            while process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process.pid, signal.SIGINT)  # `send_signal` would wait for the child beside asyncio
                await asyncio.sleep(0.001)
            rest = (await process.stdout.read()).splitlines()
            assert process.stderr is not None
            assert await process.stderr.read() == b""
    assert json.loads(rest[-1])["status"] == "stopped"
    assert process.returncode == 130
    assert messages(home)[1][2] == "stopped"


async def test_a_signal_while_the_history_is_locked_is_a_stop_and_sends_nothing(ask: Asker, home: Path) -> None:
    assert (await ask("first")).code == 0
    ask.run_first(LOCKS_WAIT.format(wait_s=1.5))  # long enough for the signal to come while it waits
    db = sqlite3.connect(home / "data" / "history.sqlite3", isolation_level=None)
    try:
        db.execute("BEGIN IMMEDIATE")
        process = await ask.start("--json", "second")
        async with asyncio.timeout(20):
            # It has opened the file and waits for the lock.
            await eventually(lambda: f"{home}/data/history.sqlite3-wal" in open_files(process.pid), timeout_s=10)
            process.send_signal(signal.SIGINT)
            out, err = await process.communicate()
    finally:
        db.execute("ROLLBACK")
        db.close()
    done = Done(process.returncode or 0, out.decode(), err.decode())
    assert (done.code, done.end["status"], done.end["error"]) == (130, "stopped", None)
    assert len(messages(home)) == 2


LOCKS_WAIT = (
    "from qwen_desktop.core.storage import database\ndatabase.open_writer.__kwdefaults__['timeout_s'] = {wait_s}"
)
"""Instead of 5 s, a few times one after the other."""


def open_files(pid: int) -> list[str]:
    found = []
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(OSError):
            found.append(os.readlink(entry))
    return found


async def test_ignored_signals_stay_ignored(home: Path) -> None:
    async with DemoServer(pace=0.2) as server:
        ask = Asker(home, server.base_url)
        ask.run_first("import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN)")  # as nohup leaves it
        process = await ask.start("--json", "hello")
        assert process.stdout is not None
        async with asyncio.timeout(20):
            first = await process.stdout.readline()
            process.send_signal(signal.SIGHUP)
            rest = await process.stdout.read()
            assert await process.wait() == 0
    assert Done(0, (first + rest).decode(), "").end["status"] == "complete"


async def test_a_failure_of_our_own_still_has_its_last_line(ask: Asker, home: Path) -> None:
    ask.run_first(
        "import qwen_desktop.engine\n"
        "async def asking(*_, **__): raise ValueError('a bug')\n"
        "qwen_desktop.engine.Engine.asking = asking\n"
    )
    done = await ask("--json", "hello")
    assert done.code == 1
    assert (done.end["status"], done.end["error"]["kind"]) == ("failed", "QwenDesktopError")
    assert "a bug" in (home / "data" / "logs" / "ask.log").read_text()


async def test_what_could_not_be_saved_is_told_beside_json_lines(home: Path) -> None:
    async with DemoServer(pace=0.3) as server:
        ask = Asker(home, server.base_url)
        ask.run_first(LOCKS_WAIT.format(wait_s=0.3))
        process = await ask.start("--json", "--no-thinking", "hello")
        assert process.stdout is not None
        async with asyncio.timeout(50):
            await process.stdout.readline()
            db = sqlite3.connect(home / "data" / "history.sqlite3", isolation_level=None)
            try:
                db.execute("BEGIN IMMEDIATE")
                _, err = await process.communicate()
            finally:
                db.execute("ROLLBACK")
                db.close()
    assert process.returncode == 0
    assert b"in use by another program" in err


async def test_the_demo_says_so_beside_the_reply(ask: Asker, home: Path) -> None:
    (home / "config").mkdir()
    (home / "config" / "settings.toml").write_text("[server]\ndemo = true\n")
    del ask.environment["DASHSCOPE_API_KEY"], ask.environment["QWEN_DESKTOP_BASE_URL"]
    ask.run_first("from qwen_desktop.engine import Engine\nEngine.__init__.__kwdefaults__['demo_pace'] = 0.0\n")
    done = await ask("--no-thinking", "hello")
    assert done.code == 0
    assert done.err == "Demo, not Qwen\n"


async def test_terminal_escapes_are_shown_and_not_obeyed() -> None:
    from qwen_desktop.ask_output import neutralised

    assert neutralised("a\x1b[31mb\x07\r\n\tc\x9b\x7f\u202e") == "a␛[31mb␇␍\n\tc\ufffd\u2421\ufffd"
    assert neutralised("中文 🌏 é\u200d") == "中文 🌏 é\u200d"


async def test_the_key_is_nowhere_but_in_the_environment(ask: Asker, home: Path) -> None:
    ask.retry_once()
    prompts = ("hello", "/error 401", "/error 500", "/error cut")
    for done in await asyncio.gather(*(ask("--json", prompt) for prompt in prompts)):
        assert KEY not in done.out + done.err
    assert_key_nowhere(KEY, home)


async def test_asking_does_not_import_qt(ask: Asker) -> None:
    ask.environment["PYTHONPROFILEIMPORTTIME"] = "1"
    done = await ask("--no-save", "hello")
    assert done.code == 0
    assert "httpx" in done.err
    assert "PySide6" not in done.err
    assert "qasync" not in done.err


async def test_two_at_once_share_one_history(ask: Asker, home: Path) -> None:
    first, second = await asyncio.gather(ask("--json", "hello"), ask("--json", "Plan three days in Beijing"))
    assert (first.code, second.code) == (0, 0)
    assert sorted(status for _, _, status in messages(home)) == ["complete"] * 4


async def test_a_history_of_a_newer_app_is_refused_and_untouched(ask: Asker, home: Path) -> None:
    path = home / "data" / "history.sqlite3"
    path.parent.mkdir(parents=True)
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 99")
        db.execute("CREATE TABLE future (x)")
    db.close()
    before = path.read_bytes()
    done = await ask("--json", "hello")
    assert done.code == 1
    assert done.end["error"]["kind"] == "DatabaseTooNew"
    assert path.read_bytes() == before
    assert sorted(entry.name for entry in path.parent.iterdir() if entry.name != "logs") == ["history.sqlite3"]


async def test_a_broken_settings_file_is_kept_aside_and_told(ask: Asker, home: Path) -> None:
    folder = home / "config"
    folder.mkdir()
    (folder / "settings.toml").write_text("[chat\nmodel=")
    done = await ask("hello")
    assert done.code == 0
    assert "settings.toml" in done.err
    kept = [entry for entry in folder.iterdir() if ".broken-" in entry.name]
    assert [entry.read_text() for entry in kept] == ["[chat\nmodel="]


PRICED = '[chat]\nmodel = "qwen-plus"\n[limits]\nmonthly_cap = {cap}\n[prices.qwen-plus]\ninput = 1000\noutput = 1000\n'


@pytest.mark.parametrize("no_save", [True, False])
async def test_over_the_monthly_cap_nothing_is_sent_and_the_sentence_says_why(
    ask: Asker, home: Path, demo: DemoServer, no_save: bool
) -> None:
    """The first reply costs more than ¥0.01; with it in the history the second is not sent, nor is it kept."""
    (home / "config").mkdir(exist_ok=True)
    settings = home / "config" / "settings.toml"
    settings.write_text(PRICED.format(cap=5))
    first = await ask("--json", "hello")
    assert first.code == 0
    cost = first.end["cost"]
    assert (cost["currency"], cost["priced_on"], cost["is_least"]) == ("CNY", None, False)
    usage = first.end["usage"]
    assert float(cost["amount"]) == pytest.approx((usage["input_tokens"] + usage["output_tokens"]) / 1000, abs=1e-9)
    settings.write_text(PRICED.format(cap=1))
    before, asked = messages(home), demo.connection_count
    options = ["--no-save"] if no_save else []
    second = await ask(*options, "more")
    assert (second.code, second.out) == (1, "")
    assert "Nothing was sent: this month has cost ¥" in second.err
    assert "the monthly cap is ¥1.00" in second.err
    assert messages(home) == before
    assert demo.connection_count == asked
