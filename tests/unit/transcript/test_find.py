"""Find in a conversation: against a naive search, in slices, while texts grow, and in what it costs."""

from __future__ import annotations

import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qwen_desktop.ui.transcript import find, seen_text
from qwen_desktop.ui.transcript.find import MOST_LISTED, Hit, TextIndex
from qwen_desktop.ui.transcript.seen_text import SeenText, fold
from tests.yardstick import least, slower

PIECES = (*"aA*_`~ \néİΣς", "ab", "aa", "**", "__", "```", "~~", "中文", "😀")
texts = st.lists(st.sampled_from(PIECES), max_size=40).map("".join)
queries = st.lists(st.sampled_from(PIECES), min_size=1, max_size=4).map("".join)


@pytest.fixture(autouse=True)
def short_chunks(monkeypatch):
    monkeypatch.setattr(seen_text, "CHUNK", 5)
    monkeypatch.setattr(find, "BLOCK", 4)
    monkeypatch.setattr(find, "CLEAN_TRIES", 3)


def naive_fold(character: str) -> str:
    if character == "\n":
        return " "
    lower = character.lower()
    return {"i\u0307": "i", "ς": "σ"}.get(lower, lower)


def is_left_out(text: str, at: int) -> bool:
    character = text[at]
    if character not in "*`~_":
        return False
    begin, end = at, at + 1
    while begin and text[begin - 1] == character:
        begin -= 1
    while end < len(text) and text[end] == character:
        end += 1
    if character == "~":
        return end - begin > 1
    if character == "_":
        return not (begin and text[begin - 1].isalnum() and end < len(text) and text[end].isalnum())
    return True


def naive_hits(text: str, query: str) -> list[tuple[int, int]]:
    places = list(range(len(text)))
    if not any(is_left_out(query, at) for at in range(len(query))):
        places = [at for at in places if not is_left_out(text, at)]
    seen = [naive_fold(text[at]) for at in places]
    needle = [naive_fold(character) for character in query]
    found, at = [], 0
    while at + len(needle) <= len(seen):
        if seen[at : at + len(needle)] == needle:
            found.append((places[at], places[at + len(needle) - 1] + 1))
            at += len(needle)
        else:
            at += 1
    return found


def all_hits(hits: find.Hits) -> list[Hit]:
    return [hits.hit(number) for number in range(hits.total)]


def index_of(*messages: str) -> TextIndex:
    index = TextIndex()
    for message_id, text in enumerate(messages, 1):
        index.set_text(message_id, text)
    return index


def check(index: TextIndex, messages: dict[int, str], query: str, hits: find.Hits | None = None) -> None:
    hits = hits or index.search(query)
    expected = [Hit(id_, *place) for id_, text in messages.items() for place in naive_hits(text, query)]
    assert all_hits(hits) == expected
    for id_, text in messages.items():
        assert hits.in_message(id_) == naive_hits(text, query)
        for offset in range(len(text) + 2):
            before = [hit for hit in expected if list(messages).index(hit[0]) < list(messages).index(id_)]
            inside = [hit for hit in expected if hit[0] == id_ and hit[1] < offset]
            assert hits.first_from(id_, offset) == len(before) + len(inside)
            assert hits.last_before(id_, offset) == len(before) + len(inside) - 1


@given(st.lists(texts, max_size=4), queries)
def test_every_hit_is_where_a_naive_search_finds_it(messages, query):
    check(index_of(*messages), dict(enumerate(messages, 1)), query)


@given(st.lists(texts, min_size=1, max_size=8), queries)
def test_a_text_that_came_in_pieces_is_searched_like_one(pieces, query):
    index = index_of("aa", "")
    hits = index.search(query)
    for piece in pieces:
        index.append(2, piece)
        hits.in_message(2)
        hits.recount(2)
    messages = {1: "aa", 2: "".join(pieces)}
    check(index, messages, query, hits)
    check(index, messages, query)


@given(st.lists(texts, max_size=4), queries)
def test_counting_and_preparing_in_slices_gives_the_same(messages, query):
    index = index_of(*messages)
    index.prepare(0.0)
    hits = index.begin_search(query)
    rounds = 0
    while not hits.count_some(0.0):
        rounds += 1
        assert rounds < 500
    while not index.prepare(1e-9):
        rounds += 1
        assert rounds < 500
    check(index, dict(enumerate(messages, 1)), query, hits)


def test_emphasis_does_not_hide_what_is_seen():
    text = "x **bold** text, `code`, ~~gone~~ and _this_ but snake_case\nnext"
    index = index_of(text)

    def found(query: str) -> list[str]:
        return [text[begin:end] for begin, end in index.search(query).in_message(1)]

    assert found("Bold Text") == ["bold** text"]
    assert found("code, gone and this") == ["code`, ~~gone~~ and _this"]
    assert found("snake_case next") == ["snake_case\nnext"]
    assert found("**bold**") == ["**bold**"]
    assert found("absent") == []
    assert found("") == []


def test_every_character_folds_to_one_as_it_does_alone():
    for code in range(sys.maxunicode + 1):
        character = chr(code)
        folded = fold(character)
        assert len(folded) == 1
        assert fold(folded) == folded
        assert fold("a" + character + "b") == "a" + folded + "b"


def test_the_order_of_the_conversation_is_the_order_of_the_hits():
    index = index_of("a", "b", "a")
    texts = {4: "aa", 1: "a", 3: "a", 2: "b"}
    index.arrange([4, 1, 3], texts.__getitem__)
    assert index.message_ids == [4, 1, 3]
    assert all_hits(index.search("a")) == [(4, 0, 1), (4, 1, 2), (1, 0, 1), (3, 0, 1)]
    index.remove(4)
    assert index.search("a").total == 2
    index.clear()
    assert index.search("a").total == 0
    with pytest.raises(IndexError):
        index.search("a").hit(0)


def test_a_changed_text_is_searched_anew():
    index = index_of("one")
    index.set_text(1, "two")
    assert (index.search("one").total, index.search("two").total) == (0, 1)


def test_of_a_great_many_hits_those_around_a_place_are_listed():
    index = index_of("a" * (3 * MOST_LISTED))
    hits = index.search("a")
    assert hits.total == 3 * MOST_LISTED
    assert hits.in_message(1)[0] == (0, 1)
    around = hits.in_message(1, 2 * MOST_LISTED)
    assert len(around) == MOST_LISTED
    assert (2 * MOST_LISTED, 2 * MOST_LISTED + 1) in around
    assert hits.in_message(1, 10**9)[-1] == (3 * MOST_LISTED - 1, 3 * MOST_LISTED)


class TestCost:
    """In ratios of the same run, or in slices that are far shorter than what they are part of."""

    @pytest.fixture(autouse=True)
    def real_chunks(self, short_chunks, monkeypatch):
        monkeypatch.setattr(seen_text, "CHUNK", 16_000)
        monkeypatch.setattr(find, "BLOCK", 32_000)
        monkeypatch.setattr(find, "CLEAN_TRIES", 64)

    @pytest.mark.parametrize(
        "text",
        ["some **bold** words, " * 50_000, "a" * 1_000_000, "*" * 1_000_000, "_" * 1_000_000, "中文" * 500_000],
        ids=["words", "a", "stars", "lines", "han"],
    )
    @pytest.mark.parametrize("query", ["a", "aa", "aab", "words, so", "**", "文中"])
    def test_a_slice_of_one_huge_message_is_short(self, text, query):
        index = index_of(text)

        def longest_slice_s() -> float:
            nonlocal index
            index, slices = index_of(text), []
            for work in (lambda: index.prepare(0.004), index.begin_search(query).count_some):
                is_done = False
                while not is_done:
                    began = time.thread_time()
                    is_done = work() if work.__name__ == "<lambda>" else work(0.004)
                    slices.append(time.thread_time() - began)
            return max(slices)

        limit_s = 0.1 * slower()
        assert least(longest_slice_s, limit_s) < limit_s
        hits = index.search(query)
        began = time.thread_time()
        if hits.total:
            hits.hit(hits.total // 2)
            hits.hit(hits.total - 1)
        listed = hits.in_message(1, 500_000)
        assert time.thread_time() - began < 0.3 * slower()
        assert len(listed) == min(hits.total, MOST_LISTED)

    def test_a_streamed_text_is_read_once(self):
        def cost(pieces: int) -> int:
            read = 0

            class Counting(SeenText):
                def _see(self, text: str, begin: int, end: int) -> str:
                    nonlocal read
                    read += end - begin
                    return super()._see(text, begin, end)

            text = ""
            seen = Counting(lambda: text, strips_marks=True)
            for _ in range(pieces):
                text += "word **bold** " * 300
                seen.grew()
                seen.whole()
            return read

        assert cost(80) < 2.5 * cost(40)
