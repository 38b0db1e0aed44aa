"""What shells complete, and what the manual tells, against the grammar of the command itself."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import pytest

from qwen_desktop.cli import build_parser

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
