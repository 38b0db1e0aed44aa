"""Whatever a chat is called, its file has a name every system takes, in the folder it was meant for."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qwen_desktop.core.exchange.file_names import folded, free_name, safe_stem


@pytest.mark.parametrize(
    ("title", "stem"),
    [
        ("../../x", "x"),
        ("/etc/passwd", "etc passwd"),
        ("C:\\a\\b", "C a b"),
        ("CON", "_CON"),
        ("nul.txt", "_nul.txt"),
        ("com1 .log", "_com1 .log"),
        ("Console", "Console"),
        ("a…", "a…"),
        ("dots...", "dots"),
        ("  ", "Chat"),
        ("..", "Chat"),
        ("\u202egpj.exe", "gpj.exe"),
        ("a\0b\nc", "a b c"),
        ("北京：天气？", "北京：天气？"),
        ("e\u0301", "é"),
    ],
)
def test_titles(title: str, stem: str) -> None:
    assert safe_stem(title, "Chat") == stem


@given(st.text(max_size=400), st.sampled_from([".md", ".json", ""]))
def test_any_title_is_one_name_that_fits(title: str, ending: str) -> None:
    taken: set[str] = set()
    for _ in range(3):
        name = free_name(safe_stem(title, "Chat"), ending, taken)
        assert folded(name) not in taken
        taken.add(folded(name))
        assert len(name.encode()) <= 150
        assert Path(name).name == name
        assert not set(name) & set('<>:"/\\|?*\0\n')
        assert not name.startswith(".")
        assert name.rstrip(" .") == name


def test_names_that_differ_in_case_only_are_told_apart() -> None:
    assert free_name("readme", ".md", {folded("README.md")}) == "readme (2).md"
