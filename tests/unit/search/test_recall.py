"""Everything that matches is found: against an oracle that looks through all texts, and answers written by hand."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from qwen_desktop.core.chat.message import MessageStatus
from qwen_desktop.core.storage.conversations import History, MemoryHistory
from qwen_desktop.core.storage.search import scan
from tests.search_corpus import Corpus, Oracle

MESSAGES, QUERIES = 800, 224


async def test_the_index_finds_exactly_what_brute_force_finds(tmp_path: Path) -> None:
    corpus = Corpus(MESSAGES)
    corpus.write(tmp_path / "history.sqlite3")
    oracle = Oracle(corpus.texts)
    history = await History.open(tmp_path / "history.sqlite3")
    await history.search.catch_up()
    found_any = 0
    for asked in corpus.queries(QUERIES):
        wanted = {conversation_id for conversation_id, _ in oracle.matching(asked)}
        result = await history.search.find(asked.text, 10_000)
        assert not result.is_cut
        assert result.unread_count == 0
        found = {one.summary.id for one in result.conversations}
        assert wanted <= found, (asked.text, wanted - found)
        # A character may be the simplified form of several, and is found by the readings of each of them.
        literal = {conversation_id for conversation_id, _ in oracle.matching(asked, as_readings=False)}
        extra = found - wanted
        assert not extra or all(word.isascii() for word in asked.words), (asked.text, extra)
        first = [one.summary.id for one in result.conversations][: len(literal)]
        assert set(first) == literal, (asked.text, "what is there as it was typed comes first")
        found_any += bool(found)
    assert found_any > QUERIES * 0.9
    await history.close()


async def test_a_look_through_all_texts_finds_what_the_index_finds(tmp_path: Path) -> None:
    corpus = Corpus(300)
    corpus.write(tmp_path / "history.sqlite3")
    history = await History.open(tmp_path / "history.sqlite3")
    await history.search.catch_up()
    for asked in corpus.queries(28):
        by_index = await history.search.find(asked.text, 10_000)
        by_looking = await history._searcher.read(lambda db, text=asked.text: scan(db, text, 10_000))  # type: ignore[misc]
        assert by_index.conversations == by_looking.conversations, asked.text
    await history.close()


TEXTS = {
    "weather": ("北京天气怎么样？", "今天北京晴，气温 25 度。"),
    "taiwan": ("臺灣的歷史", "後來發展得很快，頭髮也乾了。"),
    "chongqing": ("重庆火锅", "这家银行行长很重要。"),
    "english": ("An Example of Naïve CAFÉ Straße", "state-of-the-art, don’t stop; C++ and foo_bar.baz(42)"),
    "wide": ("ＦＵＬＬ　ｗｉｄｔｈ １２３", "ﾊﾝｶｸ カタカナ"),
    "korean": ("안녕하세요 세계", "ok"),
    "green": ("绿色的女儿", "旅游攻略"),
    "code": ("Sort a list", "```python\nsorted(items)\n```"),
    "long": ("A digest", "x" * 40 + "needle" + "y" * 40),
    "xian": ("西安的城墙", "方案在现场"),
}
ANSWERS = {
    "天": ["weather"],
    "北京": ["weather"],
    "天气": ["weather"],
    "天氣": ["weather"],
    "bjtq": ["weather"],
    "BJTQ": ["weather"],
    "beijing tianqi": ["weather"],
    "beijingtianqi": ["weather"],
    "beij": ["weather"],
    "beijingtianq": ["weather"],
    '"beijing tianqi"': [],
    "北京 25": ["weather"],
    "“北京晴”": ["weather"],
    '"北京 晴"': [],
    "台湾历史": [],
    "台湾的历史": ["taiwan"],
    "臺灣 歷史": ["taiwan"],
    "后来发展": ["taiwan"],
    "頭发": ["taiwan"],
    "taiwan lishi": ["taiwan"],
    "chongqing": ["chongqing"],
    "zhongqing": ["chongqing"],
    "cqhg": ["chongqing"],
    "yinhang": ["chongqing"],
    "hangzhang": ["chongqing"],
    "hzhang": [],
    "mple": ["english"],
    "NAIVE cafe": ["english"],
    "naïve": ["english"],
    "nai\u0308ve": ["english"],
    "strasse": ["english"],
    "STRASSE": ["english"],
    "of the": ["english"],
    '"of the"': [],
    "-of-": ["english"],
    "don't": ["english"],
    "c++": ["english"],
    "foo_bar.baz(": ["english"],
    "oo_ba": ["english"],
    '"example of naive"': ["english"],
    '"example naive"': [],
    "example naive": ["english"],
    "full width": ["wide"],
    "ｅｘａｍｐｌｅ": ["english"],
    "123": ["wide"],
    "ハンカク": ["wide"],
    "ｶﾀｶﾅ": ["wide"],
    "안녕": ["korean"],
    "세계": ["korean"],
    "lvse": ["green"],
    "lüse": ["green"],
    "nver": ["green"],
    "lvyou": ["green"],
    "has:code": ["code"],
    "has：code sorted": ["code"],
    "sort has:code": ["code"],
    "model:test sorted": ["code"],
    "model：TEST sorted(": ["code"],
    "model:other sorted": [],
    "before:2000 sorted": [],
    "after:2000 sorted": ["code"],
    "after:2000-01-01 sorted before:2100-12": ["code"],
    "before:someday sorted": ["code"],
    "needle": ["long"],
    "xneedley": ["long"],
    "xian": ["xian"],
    "xi'an": ["xian"],
    "fangan": ["xian"],
    "fanga": ["xian"],
    "std::sort": [],
    '""': [],
    "model:": [],
}


@pytest.fixture(params=[History, MemoryHistory])
async def history(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[tuple[History, dict[int, str]]]:
    history = await request.param.open(tmp_path / "history.sqlite3")
    names = {}
    for name, (prompt, text) in TEXTS.items():
        started = await history.begin_turn(None, prompt, model_id="test-model", title="-")
        await history.journal(started.reply).finish(replace(started.reply, text=text, status=MessageStatus.COMPLETE))
        names[started.conversation.id] = name
    yield history, names
    await history.close()


async def test_what_was_answered_by_hand_is_found(history: tuple[History, dict[int, str]]) -> None:
    store, names = history
    found = {
        text: sorted(names[one.summary.id] for one in (await store.search.find(text)).conversations) for text in ANSWERS
    }
    assert found == ANSWERS


async def test_the_excerpt_shows_the_exact_text_with_the_match_marked(history: tuple[History, dict[int, str]]) -> None:
    store, _ = history
    for text, marked in (
        ("bjtq", ["北京天气"]),
        ("naive strasse", ["Naïve", "Straße"]),
        ("台湾", ["臺灣"]),
        ("width", ["ｗｉｄｔｈ"]),
        ("c++ foo_", ["C++", "foo_"]),
    ):
        (found,) = (await store.search.find(text)).conversations
        (message,) = found.messages
        excerpt = message.excerpt
        assert [excerpt.text[begin:end] for begin, end in excerpt.marks] == marked
        exact = (await store.path_to(found.summary.id, message.id))[-1].text
        assert [exact[begin:end] for begin, end in await store.search.places_in(message.id, text)] == marked


async def test_a_filter_that_is_not_understood_is_told(history: tuple[History, dict[int, str]]) -> None:
    store, _ = history
    result = await store.search.find("before:someday has:cake sorted")
    assert result.query.not_understood == ("before:someday", "has:cake")
    assert len(result.conversations) == 1
