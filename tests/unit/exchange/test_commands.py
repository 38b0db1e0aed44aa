"""`export` and `import` as processes of their own, beside one that writes."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from qwen_desktop.core.chat.message import MessageStatus, SentRequest
from qwen_desktop.core.exchange.whole import WholeConversation
from qwen_desktop.core.storage.conversations import History
from tests.canary import assert_key_nowhere
from tests.listing import listed
from tests.unit.exchange.samples import history, message, rich

ROOT = Path(__file__).resolve().parents[3]
COMMAND = [sys.executable, "-m", "qwen_desktop"]
CANARY = "sk-Canary7f3Qz19aa4d1cb2e9KXW0"


def started(home: Path, *arguments: object, **values: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*COMMAND, *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "QWEN_DESKTOP_HOME": str(home), **values},
    )


def run(home: Path, *arguments: object, **values: str) -> tuple[int, str, str]:
    with started(home, *arguments, **values) as process:
        out, err = process.communicate(timeout=60)
    return process.returncode, out, err


def test_files_are_written_and_json_goes_the_whole_way(tmp_path: Path) -> None:
    with history(tmp_path / "a" / "data", rich(), replace(rich(), title="b")):
        pass
    before = (tmp_path / "a" / "data" / "history.sqlite3").read_bytes()
    for wanted, files in (("md", 2), ("json", 1)):
        code, out, err = run(tmp_path / "a", "export", "--all", tmp_path / wanted, "--format", wanted)
        assert (code, out, err) == (0, "", f"2 chats were exported to {tmp_path / wanted}.\n")
        assert len(list((tmp_path / wanted).glob(f"*.{wanted}"))) == files
    assert (tmp_path / "a" / "data" / "history.sqlite3").read_bytes() == before
    file = tmp_path / "json" / "qwen-desktop.json"
    assert run(tmp_path / "b", "import", "--preview", file)[2].startswith("Chats found: 2 new.")
    assert run(tmp_path / "b", "import", file) == (0, "", "2 chats were imported.\n")
    run(tmp_path / "b", "export", "--all", tmp_path / "json", "--format=json")
    assert (tmp_path / "json" / "qwen-desktop (2).json").read_bytes() == file.read_bytes()
    code, _, err = run(tmp_path / "b", "export", "--conversation", 2, "--no-reasoning", tmp_path / "one")
    assert (code, err) == (0, f"1 chat was exported to {tmp_path / 'one'}.\n")
    assert "Thought for" not in next((tmp_path / "one").iterdir()).read_text()
    code, _, err = run(tmp_path / "b", "export", "--conversation", 7, tmp_path / "one")
    assert (code, err) == (1, "qwen-desktop: There is no chat with the number 7.\n")


def test_without_a_history_there_is_an_empty_folder_and_no_history_is_made(tmp_path: Path) -> None:
    code, _, err = run(tmp_path / "a", "export", "--all", tmp_path / "out")
    assert (code, err) == (0, f"0 chats were exported to {tmp_path / 'out'}.\n")
    assert os.listdir(tmp_path / "out") == []
    assert not (tmp_path / "a" / "data" / "history.sqlite3").exists()


def test_a_history_of_an_older_version_is_brought_up_to_date_and_exported(tmp_path: Path) -> None:
    (tmp_path / "a" / "data").mkdir(parents=True)
    older = ROOT / "tests" / "data" / "history-schema-1.sqlite3"
    shutil.copy(older, tmp_path / "a" / "data" / "history.sqlite3")
    code, _, err = run(tmp_path / "a", "export", "--all", tmp_path / "out", "--format", "json")
    assert code == 0, err
    assert json.loads((tmp_path / "out" / "qwen-desktop.json").read_bytes())["conversations"]
    assert list((tmp_path / "a" / "data" / "backups").iterdir())  # after a copy


def test_a_folder_that_cannot_be_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    code, _, err = run(tmp_path / "a", "export", "--all", tmp_path / "file", QWEN_DESKTOP_LANG="zh_CN")
    assert (code, err) == (1, f"qwen-desktop: {tmp_path / 'file'} 是文件，不是文件夹。请选择其他文件夹。\n")


def test_what_cannot_be_imported_is_named_and_the_exit_code_says_so(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text(json.dumps([{"title": "\x1b[31mred", "messages": 3}, {"messages": [
        {"role": "user", "content": "hello"}]}]))  # fmt: skip
    code, out, err = run(tmp_path / "a", "import", tmp_path / "x.json", tmp_path / "gone")
    assert (code, out) == (1, "")
    assert err.splitlines() == [
        "1 chat was imported. 1 could not be imported.",
        "gone is not there any more.",
        "[31mred: It is not a conversation in a form this app knows.",
    ]


@pytest.mark.skipif(not hasattr(signal, "SIGXFSZ"), reason="limits of file sizes are Unix's")
def test_a_disk_that_is_full_is_told_in_a_sentence(tmp_path: Path) -> None:
    messages = tuple(message(number, number - 1 or None, "x" * 9000) for number in range(1, 60))
    big = replace(rich(), messages=messages, current=59)
    with history(tmp_path / "a" / "data", big):
        pass
    limited = ["-c", "import resource, runpy, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000));"
               "runpy.run_module('qwen_desktop', run_name='__main__', alter_sys=True)"]  # fmt: skip
    for wanted in ("md", "json"):
        done = subprocess.run(
            [sys.executable, *limited, "export", "--all", str(tmp_path / "out"), "--format", wanted],
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT), "QWEN_DESKTOP_HOME": str(tmp_path / "a")},
            timeout=60,
            check=False,
        )
        assert done.returncode == 1
        assert re.fullmatch(r"qwen-desktop: The disk is full, so .* Free some space, then try again\.\n", done.stderr)
        assert os.listdir(tmp_path / "out") == []


async def test_beside_a_window_that_writes_both_go_on(tmp_path: Path) -> None:
    """The journal of a running reply is written all the time; the export is of one moment, the import is seen."""
    home = tmp_path / "a"
    with history(home / "data", *(replace(rich(), title=str(number)) for number in range(60))):
        pass
    many = [{"messages": [{"role": "user", "content": f"{number} {k}"} for k in range(9)]} for number in range(200)]
    (tmp_path / "x.json").write_text(json.dumps(many))
    opened = await History.open(home / "data" / "history.sqlite3")
    turn = await opened.begin_turn(None, "hello", model_id="m")
    journal = opened.journal(turn.reply)
    written, waits = 0, [0.0]
    loop = asyncio.get_running_loop()
    with (
        started(home, "export", "--all", tmp_path / "out") as export,
        started(home, "import", tmp_path / "x.json") as taking,
    ):
        while export.poll() is None or taking.poll() is None:
            begun = loop.time()
            await journal.append([("text", f"{written} ")])
            waits.append(loop.time() - begun)
            written += 1
            await asyncio.sleep(0)
        assert (export.wait(60), taking.wait(60)) == (0, 0)
        told = re.match(r"(\d+) chats were exported", export.stderr.read() if export.stderr else "")
        assert told is not None
        assert 61 <= int(told[1]) <= 261
    text = "".join(f"{number} " for number in range(written))
    await journal.finish(replace(turn.reply, text=text, status=MessageStatus.COMPLETE))
    assert (await opened.conversation(turn.conversation.id)).messages[-1].text == text
    assert len(await listed(opened)) == 261
    assert max(waits) < 2.0
    await opened.close()


def test_ctrl_c_ends_it_without_a_trace(tmp_path: Path) -> None:
    with history(tmp_path / "a" / "data", *(replace(rich(), title=str(number)) for number in range(400))):
        pass
    with started(tmp_path / "a", "export", "--all", tmp_path / "out", "--format", "html") as process:
        while process.poll() is None and not list((tmp_path / "out").glob("*.html")):
            pass
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (130, "")
    written = list((tmp_path / "out").iterdir())
    assert written
    assert all(path.read_text().endswith("</html>\n") for path in written)


def test_no_key_is_in_an_export(tmp_path: Path) -> None:
    """Not from the environment or the settings, and not from what was sent, which is stored without it."""
    sent = SentRequest("https://h", {"Content-Type": "application/json"}, True, ("{}",), 2, "0" * 64)
    whole: WholeConversation = rich()
    reply = replace(whole.messages[1], message=replace(whole.messages[1].message, sent=(sent,)))
    home = tmp_path / "a"
    with history(home / "data", replace(whole, messages=(whole.messages[0], reply), current=2)):
        pass
    (home / "config").mkdir()
    (home / "config" / "settings.toml").write_text(f'[network]\nproxy = "http://me:{CANARY}@127.0.0.1:9"\n')
    for wanted in ("md", "html", "json", "pdf"):
        arguments = ["--with-requests", "--with-deleted"] if wanted == "json" else []
        command = ("export", "--all", tmp_path / "out", "--format", wanted, *arguments)
        if wanted == "pdf":
            pytest.importorskip("PySide6")
        assert run(home, *command, DASHSCOPE_API_KEY=CANARY)[0] == 0
    assert len(list((tmp_path / "out").iterdir())) == 4
    assert_key_nowhere(CANARY, tmp_path / "out")
    assert b'"sent":[{"url":"https://h"' in (tmp_path / "out" / "qwen-desktop.json").read_bytes()
