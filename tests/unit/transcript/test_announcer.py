"""Growing Markdown to sentences: what is said, and that neither chunks nor length change it."""

from __future__ import annotations

import random
import time

import pytest

from qwen_desktop.ui.transcript.announcer import LONGEST, Announcer, spoken

MIXED = """# Plan: *three* days

Hello **world**. See [docs](https://x.y/a.b?c=1) now! It costs 3.14 yuan, e.g. a lot. 你好，世界。今天“很好！”对吗？是的
接着说。 Last 😀 word
goes on… And then.

1. First item. Second sentence
2. 第二项
- bullet `code`
  continued

```python
print("a. b.")
```
| a | b |
|---|---|
| 1 | **2** |

$$
x = 1.
$$
> Quote one.
> Quote two
---
- ```js
  x
  ```
End without mark"""


def sentences(*chunks: str) -> list[str]:
    announcer = Announcer()
    found = [sentence for chunk in chunks for sentence in announcer.feed(chunk)]
    return found + announcer.finish()


def test_a_reply_of_every_kind_is_said_sentence_by_sentence():
    assert sentences(MIXED) == [
        "Plan: three days",
        "Hello world.",
        "See docs now!",
        "It costs 3.14 yuan, e.g. a lot.",
        "你好，世界。",
        "今天“很好！”",
        "对吗？",
        "是的接着说。",
        "Last 😀 word goes on…",
        "And then.",
        "1. First item.",
        "Second sentence",
        "2. 第二项",
        "bullet code continued",
        "Code block, python",
        "Table",
        "a, b",
        "1, 2",
        "Formula",
        "Quote one.",
        "Quote two",
        "Code block, js",
        "End without mark",
    ]


@pytest.mark.parametrize("seed", range(300))
def test_any_chunks_give_the_same_sentences(seed):
    chance = random.Random(seed)
    letters = "ab 。.!\n\n#-`|>*$1)（😀你\t_~"
    text = MIXED if seed < 100 else "".join(chance.choice(letters) for _ in range(chance.randrange(1, 400)))
    cuts = sorted(chance.choices(range(len(text) + 1), k=chance.randrange(1, 60)))
    chunks = [text[begin:end] for begin, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    assert sentences(*chunks) == sentences(text) == sentences(*text)


def test_a_sentence_is_said_before_the_next_one_is_there():
    announcer = Announcer()
    assert announcer.feed("One thing") == []
    assert announcer.feed(".") == []
    assert announcer.feed(" And") == ["One thing."]
    assert announcer.feed("\n\n") == ["And"]
    assert announcer.feed("好。") == []
    assert announcer.feed("下") == ["好。"]


def test_text_without_an_end_is_said_in_parts():
    found = sentences("word " * 1_000, "x" * 5_000)
    assert max(map(len, found)) <= LONGEST
    assert "".join(found).replace(" ", "") == "word" * 1_000 + "x" * 5_000


@pytest.mark.parametrize(
    ("markdown", "said"),
    [
        ("**a** _b_ `c` ~~d~~", "a b c d"),
        ("snake_case_name 2 * 3", "snake_case_name 2 * 3"),
        ("![picture](a.png) and [link](b)", "picture and link"),
        (r"\*not strong\*", "*not strong*"),
        ("---", ""),
    ],
)
def test_marks_are_not_said(markdown, said):
    assert spoken(markdown) == said


def test_a_chunk_costs_the_same_at_the_end_of_a_long_reply():
    """Counted in steps of the clock that many chunks take, and generous: growth would be a hundredfold."""
    announcer = Announcer()

    def cost_of(pieces: int) -> float:
        began = time.process_time()
        for _ in range(pieces):
            announcer.feed("A sentence 句子。 ")
        return time.process_time() - began

    first = cost_of(2_000)
    cost_of(30_000)
    assert cost_of(2_000) < 5 * first + 0.05
