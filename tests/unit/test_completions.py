"""What shells complete, and what the manual tells, against the grammar of the command itself."""

from __future__ import annotations

import argparse
import os
import re
import select
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from qwen_desktop.cli import build_parser

if sys.platform != "win32":
    import pty

FOLDER = Path(__file__).resolve().parents[2] / "packaging" / "linux"
FILES = (
    "completions/qwen-desktop.bash",
    "completions/_qwen-desktop",
    "completions/qwen-desktop.fish",
    "qwen-desktop.1",
)


def grammar() -> tuple[set[str], set[str]]:
    """The commands, and the long options of all of them."""
    options: set[str] = set()
    commands: set[str] = set()
    parsers = [build_parser()]
    for parser in parsers:
        for action in parser._actions:
            if isinstance(action, argparse._SubParsersAction):
                commands = set(action.choices)
                parsers += [action.choices[name] for name in commands]
            elif action.help != argparse.SUPPRESS:
                options |= {name for name in action.option_strings if name.startswith("--")}
    return commands, options


@pytest.mark.parametrize("name", FILES)
def test_each_command_and_option_is_there_and_no_other(name: str) -> None:
    commands, options = grammar()
    text = (FOLDER / name).read_text("utf-8").replace("\\-", "-")
    if name.endswith(".fish"):
        text = re.sub(r" -l ([\w-]+)", r" --\1", text.replace("set -l", "set"))
    assert {command for command in commands if not re.search(rf"\b{command}\b", text)} == set()
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text)) == options


@pytest.mark.skipif(shutil.which("man") is None, reason="no man here")
def test_the_manual_is_drawn_without_a_warning() -> None:
    command = ["man", "--warnings", "--local-file", "-E", "UTF-8", "-Tutf8", FOLDER / "qwen-desktop.1"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env={"PATH": "/usr/bin:/bin"})
    assert done.stderr == ""
    assert "Settings." in done.stdout


SHELLS = {
    "bash": (
        ["bash", "--norc", "--noprofile", "-i"],
        "PS1='ready> '; source {folder}/qwen-desktop.bash; qwen-desktop() {{ printf '[%s]' \"$@\"; echo; }}",
    ),
    "zsh": (
        ["zsh", "-f", "-i"],
        "PS1='ready> '; fpath=({folder} $fpath); autoload -U compinit; compinit -D; "
        "qwen-desktop() {{ printf '[%s]' \"$@\"; echo; }}",
    ),
    "fish": (
        ["fish", "--no-config", "-i"],
        "function fish_prompt; echo -n 'ready> '; end; function fish_greeting; end; source {folder}/qwen-desktop.fish; "
        "function qwen-desktop; printf '[%s]' $argv; echo; end",
    ),
}
"""How each is started without what a user has set up, and what it is told first."""


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("exp\t--for\tj\t", "[export][--format][json]"),
        ("ask --ima\tpict\t", "[ask][--image][picture one.png]"),
        ("--self\t", "[--self-test]"),
        ("doctor --js\t", "[doctor][--json]"),
        ("import chat\t", "[import][chats.json]"),
    ],
)
@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.skipif(sys.platform == "win32", reason="none of them is there")
def test_the_shells_themselves_complete(shell: str, typed: str, completed: str, tmp_path: Path) -> None:
    command, told = SHELLS[shell]
    if shutil.which(command[0]) is None:
        pytest.skip(f"no {shell} here")
    for name in ("picture one.png", "chats.json"):
        (tmp_path / name).touch()
    environment = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "TERM": "xterm", "LANG": "C.UTF-8"}
    process_id, terminal = pty.fork()
    if process_id == 0:
        os.chdir(tmp_path)
        os.execvpe(command[0], command, environment)
    try:
        os.write(terminal, told.format(folder=FOLDER / "completions").encode() + b"; echo 'be''gin'\n")
        _read_until(terminal, "begin\r\n.*ready> ")
        os.write(terminal, b"qwen-desktop " + typed.encode())
        os.write(terminal, b"\n")
        _read_until(terminal, re.escape(completed))
    finally:
        os.kill(process_id, signal.SIGKILL)
        os.waitpid(process_id, 0)
        os.close(terminal)


def _read_until(terminal: int, wanted: str) -> None:
    """`wanted`: a regular expression."""
    said = ""
    while not re.search(wanted, said, re.DOTALL):
        if not select.select([terminal], [], [], 10)[0]:
            pytest.fail(f"{wanted!r} did not come: {said!r}")
        said += os.read(terminal, 4096).decode("utf-8", "replace")
