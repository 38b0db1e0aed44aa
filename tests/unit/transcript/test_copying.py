"""What a selection copies: exact source where it is whole, Markdown that reads the same where it is not."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qwen_desktop.ui.transcript.copied_forms import html_of, plain_text_of
from qwen_desktop.ui.transcript.copying import block_offsets, markdown_between, table_as_markdown, table_as_tsv
from qwen_desktop.ui.transcript.stream import Block, MarkdownStream

TEXT = """# A *title* here

First **bold** words.

- one `code`
- two
  - inner **deep** text
  - more

    second paragraph
3. three

> quoted text
> goes on

```python
def f():
    return 1
```

| a | b |
|---|:-:|
| 1 | **x** y |
| 2 | z |

Setext head
===

- [x] done thing

Last 😀 words.
"""


def blocks_of(text: str) -> list[Block]:
    stream = MarkdownStream()
    stream.feed(text)
    stream.update(final=True)
    return stream.blocks


def place(blocks: list[Block], text: str, after: bool = False) -> tuple[int, int, int]:
    """Where `text` begins, or ends."""
    for number, block in enumerate(blocks):
        for index, leaf in enumerate(block_offsets(block)):
            if text in leaf.text:
                return number, index, leaf.text.index(text) + (len(text) if after else 0)
    raise AssertionError(text)


def between(text: str, first: str, last: str) -> str:
    blocks = blocks_of(text)
    return markdown_between(blocks, place(blocks, first), place(blocks, last, after=True))


def everything(blocks: list[Block]) -> str:
    leaves = block_offsets(blocks[-1])
    return markdown_between(blocks, (0, 0, 0), (len(blocks) - 1, len(leaves) - 1, len(leaves[-1].text)))


def test_everything_is_the_exact_source():
    blocks = blocks_of(TEXT)
    assert everything(blocks) == "".join(block.src for block in blocks) == TEXT


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        ("bold", "wor", "**bold** wor"),
        ("title", "First", "# *title* here\n\nFirst"),
        ("words.", "one c", "words.\n\n- one `c`"),
        ("code", "inner d", "- `code`\n- two\n  - inner **d**"),
        ("ep text", "more", "  - **ep** text\n  - more"),
        ("goes on", "return", "> goes on\n\n```python\ndef f():\n    return\n```"),
        ("return 1", "2", "```python\nreturn 1\n```\n\n| a | b |\n|---|:-:|\n| 1 | **x** y |\n| 2 | z |"),
        ("x y", "x y", "**x** y"),
        ("x y", "z", "| a | b |\n|---|:-:|\n| 1 | **x** y |\n| 2 | z |"),
        ("f():\n    ret", "ret", "f():\n    ret"),
        ("head", "done", "head\n===\n\n- [x] done"),
        ("thing", "Last", "- [x] thing\n\nLast"),
    ],
)
def test_parts(first, last, expected):
    assert between(TEXT, first, last) == expected


def test_rows_of_a_long_table_take_its_header_along():
    blocks = blocks_of("| n | m |\n|---|---|\n" + "".join(f"| r{n} | v{n} |\n" for n in range(30)))
    assert len(blocks) > 1
    got = markdown_between(blocks, place(blocks, "r20"), place(blocks, "r21", after=True))
    assert got == "| n | m |\n|---|---|\n| r20 | v20 |\n| r21 | v21 |"
    got = markdown_between(blocks, place(blocks, "v5"), place(blocks, "r14", after=True))
    assert got.startswith("| n | m |\n|---|---|\n| r5 | v5 |\n")
    assert got.endswith("| r14 | v14 |")


PARTS = st.sampled_from(
    [*TEXT.strip().split("\n\n"), "1. a\n\n   b\n\n   ```\n   c\n   ```", "    code", "***", "$$\nx\n$$", ""]
)


def letters(text: str) -> str:
    return re.sub(r"[\W_]", "", text)


@given(st.lists(PARTS, min_size=1, max_size=6).map("\n\n".join), st.data())
@settings(max_examples=200, deadline=None)
def test_a_part_reads_as_the_characters_chosen(text, data):
    blocks = blocks_of(text)
    leaves = [(number, index, leaf) for number, block in enumerate(blocks)
              for index, leaf in enumerate(block_offsets(block))]  # fmt: skip
    if not leaves:
        return
    first = data.draw(st.integers(0, len(leaves) - 1))
    last = data.draw(st.integers(first, len(leaves) - 1))
    begin = data.draw(st.integers(0, len(leaves[first][2].text)))
    end = data.draw(st.integers(begin if first == last else 0, len(leaves[last][2].text)))
    got = markdown_between(blocks, (*leaves[first][:2], begin), (*leaves[last][:2], end))
    texts = [leaf.text for _, _, leaf in leaves[first : last + 1]]
    is_whole = [leaf.rows or leaf.token.type == "math_block" for _, _, leaf in (leaves[first], leaves[last])]
    if not any(is_whole):  # rows of a table and formulas are taken whole
        texts[-1] = texts[-1][:end]
        texts[0] = texts[0][begin:]
        read = got
        is_all = (begin, end) == (0, len(leaves[last][2].text))  # of code, with its fence
        if first != last or is_all or leaves[first][2].token.type == "inline":
            read = "".join(leaf.text for block in blocks_of(got) for leaf in block_offsets(block))
        assert letters(read) == letters("".join(texts))
    assert all(line in text for line in got.split("\n\n")[1:-1])


def test_what_a_block_does_not_keep_of_the_text():
    blocks = blocks_of("a\r\nb\0  \r\n\r\n[x]: https://qwen.ai\r\n")
    assert everything(blocks) == "a\nb\ufffd  \n\n[x]: https://qwen.ai\n"


def test_a_link_whose_address_is_elsewhere_takes_it_along():
    stream = MarkdownStream()
    stream.feed("see [some words][1]\n\n[1]: https://qwen.ai\n")
    stream.update(final=True)
    got = markdown_between(stream.blocks, (0, 0, 4), (0, 0, 8), stream.definitions)
    assert got == "[some](https://qwen.ai)"


def test_html_is_safe():
    text = (
        "<script>alert(1)</script> [x](javascript:alert(1)) <img src=x onerror=y>\n\n![pic](https://a.b/c.png)\n\n"
        '[ok](https://qwen.ai?a=1&b="2) `<b>`\n\n```html"><script>\n</pre><script>\n```\n\n[d](data:text/html,x)'
    )
    html = html_of(text)
    assert "<script" not in html
    assert "<img" not in html
    assert 'javascript:alert(1)"' not in html
    assert 'href="javascript' not in html
    assert 'href="data' not in html
    assert "onerror=y>" not in html
    assert '<a href="https://a.b/c.png">pic</a>' in html
    assert "&lt;b&gt;" in html
    assert "charset=utf-8" in html


def test_html_of_a_document():
    html = html_of("## 标题\n\n| a | b |\n|---|--:|\n| 1 | $x_1$ |\n\n3. **n**\n\n```py\nx < 1\n```\n\na\\\nb")
    for part in ("<h2>标题</h2>", '<table border="1"', '<td align="right">$x_1$</td>', '<ol start="3">',
                 "<strong>n</strong>", "x &lt; 1\n</pre>", "a<br>\nb"):  # fmt: skip
        assert part in html


@given(st.text(max_size=200))
@settings(max_examples=100, deadline=None)
def test_html_and_plain_text_of_anything(text):
    html = html_of(text)
    assert html.count("<p>") == html.count("</p>")
    assert isinstance(plain_text_of(text), str)


def test_plain_text_is_as_it_is_read():
    assert plain_text_of(
        "# T *i*\n\n- a **b**\n- c\n  1. d\n\nx $y$\n\n```\n code\n```\n\n|a|b|\n|-|-|\n|1|2|\n"
    ) == "T i\n\n• a b\n• c\n  1. d\n\nx $y$\n\n code\n\na\tb\n1\t2\n"  # fmt: skip


def test_tables():
    assert table_as_tsv([["a", "b\tc"], ["1", "2\n3"]]) == "a\tb c\n1\t2 3\n"
    assert table_as_markdown("> | a |\n> |---|\n> | 1 |\n\n") == "| a |\n|---|\n| 1 |\n"
