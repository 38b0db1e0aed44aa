"""Code that grows to its lines: the same as if it had come at once, and what stays is not read again."""

from __future__ import annotations

import random

import pytest

from qwen_desktop.ui.transcript import highlight
from qwen_desktop.ui.transcript.code_block import LONGEST_LINE, CodeBlock
from tests.bench.bench_streaming import JAVASCRIPT, PYTHON

CODE = "".join(PYTHON.format(n=number) for number in range(1, 5))


def new_block(language: str = "python") -> CodeBlock:
    return CodeBlock(language, lambda: None, lambda _: None)


def python(qtbot) -> CodeBlock:
    """Looked at, its lexer loaded."""
    block = new_block()
    block.look_at()
    block.grow("a")
    qtbot.waitUntil(lambda: highlight.LEXERS.find("python", lambda: None) is not None)
    return block


@pytest.fixture
def read_from(monkeypatch) -> list[int]:
    """From which offsets code was read to be coloured."""
    offsets: list[int] = []
    real = highlight._lex

    def noting(lexer, text, position, start):
        offsets.append(position)
        return real(lexer, text, position, start)

    monkeypatch.setattr(highlight, "_lex", noting)
    return offsets


@pytest.mark.parametrize("end", ["\n`", "\n``", "\n ", "\n~", "\n\n``"])
def test_what_looked_like_code_and_was_the_end_of_it_has_nothing_read_again(qtbot, read_from, end):
    block = python(qtbot)
    for at in range(40, len(CODE), 40):
        block.grow(CODE[:at])
    read_from.clear()
    changed = block.grow(CODE[:-1] + end)
    changed = min(changed, block.grow(CODE))
    assert changed >= len(block.lines) - 2
    assert min(read_from) > len(CODE) * 3 // 4
    assert (block.lines, block.starts) == (
        CODE.splitlines(),
        new := [0, *(at + 1 for at, c in enumerate(CODE[:-1]) if c == "\n")],
    )
    assert len(new) == len(block.spans)
    block.close()
    while block.colour_some():
        pass
    whole = python(qtbot)
    whole.grow(CODE)
    whole.close()
    while whole.colour_some():
        pass
    assert block.spans == whole.spans


@pytest.mark.parametrize("seed", range(30))
def test_lines_are_those_of_the_code_whatever_came_and_went_at_its_end(qtbot, seed):
    chance = random.Random(seed)
    block, code = python(qtbot), ""
    for _ in range(60):
        match chance.randrange(5):
            case 0:
                code = code[: max(0, len(code) - chance.randrange(1, 30))]
            case 1:
                code += chance.choice(("x" * (LONGEST_LINE + 5), "\n\n", "`" * 3, "中文 😀\n", "'''\n", "\t"))
            case _:
                source = chance.choice((CODE, JAVASCRIPT))
                at = chance.randrange(len(source))
                code += source[at : at + chance.randrange(1, 80)]
        changed = block.grow(code)
        whole = new_block()
        whole.grow(code)
        assert (block.lines, block.starts) == (whole.lines, whole.starts)
        assert len(block.spans) == len(block.lines)
        assert 0 <= changed <= len(block.lines)


def test_code_that_gets_far_shorter_keeps_its_colours(qtbot):
    block = python(qtbot)
    for at in (40, 400, 900):
        block.grow(CODE[:at])
    block.grow(CODE[:60])
    fresh = python(qtbot)
    fresh.grow(CODE[:60])
    assert any(block.spans)
    assert block.spans == fresh.spans
