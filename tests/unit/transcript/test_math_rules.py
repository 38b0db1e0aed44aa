"""What is a formula in Markdown, and what only looks like one."""

from __future__ import annotations

import time

import pytest

from qwen_desktop.ui.transcript.markdown import parser
from tests.yardstick import slower


def formulas(text: str) -> list[str]:
    """The TeX of each formula in running text."""
    found = []
    for token in parser().parse(text, {}):
        found += [child.content for child in token.children or [] if child.type.startswith("math_inline")]
    return found


def blocks(text: str) -> list[tuple[str, bool]]:
    """The TeX of each formula on lines of its own, and whether it is closed."""
    return [(t.content, t.meta["is_closed"]) for t in parser().parse(text, {}) if t.type == "math_block"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("so $x$ is", ["x"]),
        ("$x$", ["x"]),
        ("$x$ is 5", ["x"]),
        ("$a$$b$", []),
        ("$a$ $b$", ["a", "b"]),
        ("设$x$，则$y=2$。", ["x", "y=2"]),
        ("$5x + 3 = y$", ["5x + 3 = y"]),
        ("$5$ and $10$", ["5", "10"]),
        ("a $\\$5$ b", ["\\$5"]),
        ("$a\n= b$", ["a\n= b"]),
        ("**$x$** and *$y$*", ["x", "y"]),
        ("so $$ E = mc^2 $$ holds", [" E = mc^2 "]),
        ("x $$a$$ y $b$", ["a", "b"]),
        (r"so \(x\) and \( y \)", ["x", " y "]),
        (r"a \[ x^2 \] b", [" x^2 "]),
        (r"$\text{a \(b\)}$", [r"\text{a \(b\)}"]),
        (r"\(\left(a\right)\)", [r"\left(a\right)"]),
    ],
)
def test_formulas_in_running_text(text, expected):
    assert formulas(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "$5 and $6",
        "costs $5",
        "it is $5.",
        "from $5-$6 to $7",
        "US$5 or $6 US$",
        "$5 per unit, total $x",
        "$5 per unit, $7 per box, in US$",
        "从$5涨到$10",
        "$5一个，$6两个",
        r"\$x$",
        r"\$5\$",
        r"$x\$",
        "$ x $",
        "$x $",
        "$ x$",
        "$x$5",
        "1$x$",
        "$$$",
        "a $$ b",
        "a $$$x$$$ b",
        "$",
        "`$x$`",
        "$a `b$ c`",
        "``\\(x\\)``",
        r"\\(x\\)",
        r"an open \( x",
        r"an open \[ x",
        r"a \) b",
        r"see \[escaped\] words",
        r"see \[a = b\](https://x.y)",
        r"see \[two words\] here",
        r"\[1\] is a source",
        r"\[\] and \(\)",
        "    $x$",
        "```\n$x$\n```",
        "<https://x.y/$a$>",
        "x" + "$" + "a" * 2_100 + "$",
    ],
)
def test_what_only_looks_like_a_formula(text):
    assert formulas(text) == []
    assert blocks(text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$$\nx\n$$", [("\nx\n", True)]),
        ("$$ x $$", [(" x ", True)]),
        ("$$x$$  ", [("x", True)]),
        ("$$\\begin{aligned}\na\n- b\n\\end{aligned}$$", [("\\begin{aligned}\na\n- b\n\\end{aligned}", True)]),
        ("$$\nx $$\ny", [("\nx ", True)]),
        ("$$\nx\n\ny", [("\nx\n\ny", False)]),
        ("\\[\nx\n\\]", [("\nx\n", True)]),
        ("\\[ x \\]", [(" x ", True)]),
        ("\\[ x =\ny \\]", [(" x =\ny ", True)]),
        ("\\[\nx", [("\nx", False)]),
        ("text\n\\[\nx\n\\]\ntext", [("\nx\n", True)]),
        ("- \\[\n  x\n  \\]\n- b", [("\nx\n", True)]),
        ("> $$\n> x\n> $$", [("\nx\n", True)]),
        ("> $$\n> x\n\nout", [("\nx", False)]),
        ("\\[escaped\\]", []),
        ("\\[a\\](/url)", []),
        ("$$ is a lot", []),
        ("$$ x $$ y", []),
        ("$$ x $$ $$ y $$", []),
        ("    $$\n    x", []),
        ("```\n$$\nx\n$$\n```", []),
        ("$$\nx \\\\]\n$$", [("\nx \\\\]\n", True)]),
    ],
)
def test_formulas_on_lines_of_their_own(text, expected):
    assert [(content.strip(), closed) for content, closed in blocks(text)] == [
        (content.strip(), closed) for content, closed in expected
    ]


@pytest.mark.parametrize("sign", ["$a ", "\\(a ", "\\[a", "$$ a ", "\\(", "$", "$$a$ ", "\\)\\("])
def test_heaps_of_openers_cost_no_more_than_their_length(sign):
    began = time.thread_time()
    parser().parse("x " + sign * (8_000 // len(sign)), {})
    assert time.thread_time() - began < 0.5 * slower()
