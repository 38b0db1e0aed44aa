"""How the stream stays cheap: what it parses, what it keeps, and what it shows as written."""

from __future__ import annotations

import pytest

from qwen_desktop.ui.transcript import stream as stream_module
from qwen_desktop.ui.transcript.markdown import parser
from qwen_desktop.ui.transcript.stream import LONGEST_BLOCK, LONGEST_TEXT, MarkdownStream


def fed(text: str, size: int = 7) -> MarkdownStream:
    stream = MarkdownStream()
    for at in range(0, len(text), size):
        stream.feed(text[at : at + size])
        stream.update()
    stream.update(final=True)
    return stream


@pytest.fixture
def parsed(monkeypatch) -> list[int]:
    """How many characters each parse was given."""
    lengths: list[int] = []
    whole = parser()

    class Counting:
        def __getattr__(self, name):
            return getattr(whole, name)

        def __getitem__(self, name):
            return whole[name]

        def parse(self, src, env=None):
            lengths.append(len(src))
            return whole.parse(src, env)

    monkeypatch.setattr(stream_module, "parser", lambda: Counting())
    return lengths


GROWING = {
    "fence": "```python\n" + "".join(f"value = {n}\n" for n in range(3000)),
    "list": "".join(f"- item {n} *x*\n" for n in range(3000)),
    "numbers": "".join(f"{n}. item\n\n" for n in range(1, 3000)),
    "table": "| a | b |\n|---|---|\n" + "".join(f"| {n} | `x` |\n" for n in range(3000)),
    "paragraphs": "".join(f"Words {n} and words.\n\n" for n in range(2000)),
}


@pytest.mark.parametrize("kind", GROWING)
def test_a_block_that_grows_is_never_parsed_from_its_start_again(parsed, kind):
    stream = fed(GROWING[kind], size=50)
    assert max(parsed) < 1_500
    html = parser().renderer.render([t for b in stream.blocks for t in b.tokens], parser().options, {})
    assert html == parser().render(GROWING[kind])


def test_frozen_blocks_stay_the_same_objects():
    stream = MarkdownStream()
    seen: dict[int, object] = {}
    for at in range(0, 20_000, 13):
        stream.feed(GROWING["list"][at : at + 13])
        stream.update()
        for index in range(stream.frozen):
            assert seen.setdefault(index, stream.blocks[index]) is stream.blocks[index]
    assert len(seen) > 500


def test_a_paragraph_without_end_is_cut_and_shown_as_written(parsed):
    text = "words and **stars** " * 5_000
    stream = fed(text, size=100)
    assert {block.kind for block in stream.blocks} == {"plain"}
    assert "".join(block.src for block in stream.blocks) == text
    assert max(parsed) < LONGEST_TEXT + 200
    assert max(len(block.src) for block in stream.blocks) < 5_000


def test_after_text_without_end_a_blank_line_starts_anew():
    stream = fed("x" * 20_000 + "\n\n# Heading\n\n- item\n")
    assert [block.kind for block in stream.blocks if block.kind != "plain"] == ["heading", "item"]


def test_a_long_item_with_code_in_it_is_still_markdown():
    code = "   ```python\n" + "".join(f"   line_{n} = {n}\n" for n in range(800)) + "   ```\n"
    assert LONGEST_TEXT < len(code) < LONGEST_BLOCK
    stream = fed("1. Do this:\n" + code + "2. Then that\n", size=500)
    assert [block.kind for block in stream.blocks] == ["item", "item"]


def test_a_heap_of_brackets_is_not_parsed(parsed):
    stream = fed("![" * 10_000, size=2_000)
    assert sum(parsed) < 3_000
    assert "".join(block.src for block in stream.blocks) == "![" * 10_000


def test_a_late_definition_makes_earlier_links_dirty():
    stream = MarkdownStream()
    stream.feed("See [page].\n\nOther text.\n\nMore.\n\n")
    stream.update()
    before = stream.blocks[0].revision
    stream.feed("[page]: https://qwen.ai\n\nEnd.\n")
    update = stream.update()
    assert 0 in update.dirty
    assert stream.blocks[0].revision == before + 1
    assert "https://qwen.ai" in parser().renderer.render(stream.blocks[0].tokens, parser().options, {})


def test_a_list_that_becomes_loose_is_loose_from_its_first_item():
    stream = MarkdownStream()
    stream.feed("- a\n- b\n- c\n- d\n")
    stream.update()
    stream.feed("\n- e\n")
    update = stream.update(final=True)
    assert 0 in update.dirty
    assert all(block.is_loose for block in stream.blocks)


def test_a_released_block_reads_its_tokens_again():
    stream = fed("# One\n\n- a\n- b *x*\n\n| h |\n|---|\n| c |\n\n> q\n\nEnd\n")
    before = [[(t.type, t.content, t.hidden) for t in block.tokens] for block in stream.blocks]
    for block in stream.blocks:
        block.release_tokens()
    assert [[(t.type, t.content, t.hidden) for t in block.tokens] for block in stream.blocks] == before


def test_nothing_is_added_after_the_end():
    stream = fed("Hello\n")
    stream.update(final=True)
    assert [block.src for block in stream.blocks] == ["Hello\n"]


def test_numbers_go_on_across_blocks():
    stream = fed("7. a\n8. b\n9. c\n10. d\n", size=3)
    assert [block.number for block in stream.blocks] == [7, 8, 9, 10]


@pytest.mark.parametrize("note", ["https://example.com/a", "text", "<a b>", "some words"])
def test_a_footnote_is_shown_as_it_is_written(note: str):
    stream = fed(f"So it is[^1], [here].\n\n[^1]: {note}\n\n[here]: https://example.com\n")
    shown = [token.content for block in stream.blocks for token in block.tokens if token.type == "inline"]
    assert shown == ["So it is[^1], [here].", f"[^1]: {note}"]
    assert list(stream.definitions) == ["HERE"]
    assert stream.blocks[0].tokens[1].children[0].content == "So it is[^1], "
