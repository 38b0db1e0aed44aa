"""Growing code to tokens: what is read on from a saved state is what a whole reading gives, up to the last lines."""

from __future__ import annotations

import inspect
import random

import pytest
from pygments.lexers import get_lexer_by_name

from qwen_desktop.ui.transcript import highlight
from qwen_desktop.ui.transcript.highlight import GrowingLexer, Lexers, role_of, tokens_in_slices

PYTHON = inspect.getsource(highlight)


def lexer(name: str):
    return get_lexer_by_name(name, stripnl=False, ensurenl=False)


def roles(tokens, length: int) -> list[str]:
    made = [""] * length
    for position, kind, text in tokens:
        for at in range(position, min(length, position + len(text))):
            made[at] = role_of(kind)
    return made


@pytest.mark.parametrize("name", ["python", "javascript", "css", "rust", "go", "java", "bash", "sql"])
def test_one_reading_is_what_pygments_gives(name):
    used = lexer(name)
    if not GrowingLexer.can_read(used):
        pytest.skip(f"{name} is no plain table of patterns")
    _, tokens = GrowingLexer(used).read(PYTHON)
    assert tokens == list(used.get_tokens_unprocessed(PYTHON))


def test_growing_python_is_coloured_as_a_whole_reading_would():
    growing, chance = GrowingLexer(lexer("python")), random.Random(5)
    colours: list[str] = []
    read, at = 0, 0
    while at < len(PYTHON):
        at = min(len(PYTHON), at + chance.choice([1, 5, 30, 90]))
        base, tokens = growing.read(PYTHON[:at])
        read += at - base
        colours[base:] = [""] * (at - base)
        for position, kind, text in tokens:
            colours[position : position + len(text)] = [role_of(kind)] * len(text)
    whole = roles(lexer("python").get_tokens_unprocessed(PYTHON), len(PYTHON))
    wrong = sum(one != other for one, other in zip(colours, whole, strict=True))
    assert wrong < len(PYTHON) * 0.1
    assert read < len(PYTHON) * 60  # reading all again each time would be hundreds of times


def test_slices_together_are_the_whole():
    used = lexer("json")
    code = '{"a": [1, 2, {"b": null}]}\n' * 200
    slices = list(tokens_in_slices(used, code, 0.0005))
    assert len(slices) > 2
    assert [token for part in slices for token in part] == list(used.get_tokens_unprocessed(code))


def test_lexers_are_loaded_once_and_off_this_thread():
    import threading

    lexers, done, threads = Lexers(), threading.Event(), []

    def loaded():
        threads.append(threading.current_thread())
        done.set()

    assert lexers.find("python", loaded) is None
    assert done.wait(10)
    assert threads[0] is not threading.main_thread()
    assert lexers.find("Python", loaded) is not None
    assert len(threads) == 1


def test_an_unknown_language_has_no_lexer():
    import threading

    lexers, done = Lexers(), threading.Event()
    assert lexers.find("no such thing", done.set) is None
    assert done.wait(10)
    assert lexers.find("no such thing", done.set) is None
    assert lexers.find("", done.set) is None
