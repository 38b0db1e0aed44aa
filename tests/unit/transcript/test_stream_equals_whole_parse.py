"""Random Markdown in random pieces: after every piece the blocks are what a parse of all text so far gives.

`MARKDOWN_FUZZ_S` sets how long to look, in seconds for each seed (default: a fixed small number of documents),
`MARKDOWN_FUZZ_SEED` gives other documents."""

from __future__ import annotations

import os
import random
import time

import pytest

from qwen_desktop.ui.transcript.markdown import parser
from qwen_desktop.ui.transcript.stream import MarkdownStream

SECONDS = float(os.environ.get("MARKDOWN_FUZZ_S", "0"))
SEED = os.environ.get("MARKDOWN_FUZZ_SEED", "")
BLOCKS = """para|another *em* line|# head|---|===|- a|- b|  - nested|    cont|      deep|1. one|2) two|7. seven|> q
>> qq|> ```|```|```py|~~~|````|   ```|| a  b |- | -|$$|x^2 $$|$$ y $$|\\alpha|[foo]: /url|[foo]: /url2 'ti|tle'|[bar]:
/bar|see [foo] and [bar][] and ![img][foo]|[x][FOO]|<div>|</div>|<pre>|<!-- c|-->|\tcode|    code|   # h3|* * *|+|-|1.
lazy\\|`open|close`|**b|b**|中文，段落|<b>in</b>|a\tb|\u00a0|[ref]: <x|***|- - x|-   ```|  ```|> - x|> $$|- $$
10. ten|&amp; <http://x.y>|#|##|~~~ a|=|--|[a|b]: /c|[a b]: /d|[a b]|``` x|- [x] done|- [ ] open|~~gone~~|$5 and $6
$x_1$|\\[|\\]|\\[ x^2|y \\]|\\[a=b\\]|\\[escaped\\]|- \\[|> \\[|  \\]|a \\(b\\) c|\\(open|close\\)|$$ \\frac|a $$b$$ c
$$b$$ c|$a|b$|$$ money|\\[x](/u)|`$x`$|1. $$|    \\]|\\$5$|[a $x]: /c$""".replace("\n", "|")
LINES = [line for line in BLOCKS.split("|") if line] + [
    "", "", "", "", "| a | b |", "|---|---|", "a | b", "-|-", "|", "| |", "|-|", ":-:", "| [foo] | `x|y` |",
]  # fmt: skip
LISTS = [
    "- a", "- b *x*", "- ", "-", "  cont", "", "", "  - nest", "    deep", "  ```", "  x", "- ```", " - off1",
    "   - off3", "lazy", "  > q", "  1. o", "    code", "- - - x", "- # h", "1. one", "2. two", "3) three",
    "  [foo]: /u", "- [foo]", "* star", "---", "===", "text", "\ttab", "- \tt", "  | a | b |", "  |---|---|", "# head",
    "- [foo]: /v",
]  # fmt: skip
TABLES = ["| 1 | 2 |", "| `a|b` | x |", "a | b | c", "| \\| | y |", "x", "|", "| [foo] | **z** |", "[foo]: /u"]


def html(tokens):
    return parser().renderer.render(tokens, parser().options, {})


def any_document(chance: random.Random) -> str:
    kind = chance.random()
    if kind < 0.6:
        lines = [chance.choice(LINES) for _ in range(chance.randint(1, 22))]
    elif kind < 0.85:
        lines = [chance.choice(LISTS) for _ in range(chance.randint(2, 30))]
    else:
        rows = [chance.choice(TABLES[:-1]) for _ in range(chance.randint(2, 50))]
        lines = ["| h | [foo] |", "|---|:-:|", *rows, "", chance.choice(TABLES), chance.choice(LINES)]
    return "".join(line + ("\n" if chance.random() < 0.96 else "\r\n") for line in lines)


def disagreement(text: str, chance: random.Random, updates: list[int] | None = None) -> str | None:
    """Feed `text` in pieces; the first prefix whose blocks differ from its whole parse, or that lost source.

    `updates` gets the length of each prefix that was compared."""
    stream, at = MarkdownStream(), 0
    shown: list[tuple[object, int, str]] = []
    while at < len(text):
        piece = text[at : at + chance.choice([1, 2, 3, 5, 9, 40])]
        at += len(piece)
        stream.feed(piece)
        is_last = at >= len(text)
        update = stream.update(final=is_last)
        prefix = text[:at] if is_last or piece[-1] != "\r" else text[: at - 1]
        for block in stream.blocks[: stream.frozen]:
            if chance.random() < 0.05:
                block.release_tokens()
        pieces = [html(block.tokens) for block in stream.blocks]
        if "".join(pieces) != html(parser().parse(prefix, {})):
            return prefix
        for index, (block, revision, before) in enumerate(shown[: update.first_changed]):
            now, told = stream.blocks[index], index in update.dirty
            if not told and (now is not block or now.revision != revision or pieces[index] != before):
                return prefix + " (changed a frozen block in silence)"
        source, read = prefix.replace("\r\n", "\n").replace("\r", "\n"), "".join(block.src for block in stream.blocks)
        if not source.startswith(read) or parser().parse(source[len(read) :], {}):
            return prefix + " (lost source)"
        if updates is not None:
            updates.append(at)
        shown = [(block, block.revision, piece) for block, piece in zip(stream.blocks, pieces, strict=True)]
    return None


@pytest.mark.parametrize("seed", range(4))
def test_blocks_equal_a_parse_of_the_whole_after_every_piece(seed):
    chance = random.Random(f"stream {seed} {SEED}")
    end, documents = time.monotonic() + SECONDS, 0
    while documents < 60 or time.monotonic() < end:
        documents += 1
        found = disagreement(any_document(chance), chance)
        assert found is None, repr(found)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("seed", range(4))
def test_fifty_thousand_updates_agree(seed):
    """Four of them: 200,000 updates."""
    chance = random.Random(f"long stream {seed} {SEED}")
    updates: list[int] = []
    while len(updates) < 50_000:
        found = disagreement(any_document(chance), chance, updates)
        assert found is None, repr(found)
