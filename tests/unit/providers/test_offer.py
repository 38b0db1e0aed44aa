"""Which models the picker offers, in which order, before and after the server has told its list."""

from __future__ import annotations

import pytest

from qwen_desktop.core.providers import catalogue
from qwen_desktop.core.providers.catalogue import OfferedModel, abilities, offered
from qwen_desktop.core.providers.descriptions import description, search_words
from qwen_desktop.core.providers.servers import CHINA, COMPATIBLE, Server, ServerKind

SUGGESTED = ("qwen3.7-plus", "qwen3.8-max", "qwen-long")
OLLAMA = Server(ServerKind.OLLAMA)
PLAN = Server(ServerKind.CODING_PLAN, "cn-beijing")


@pytest.mark.parametrize(
    ("server", "in_use", "listed", "expected"),
    [
        # nothing was told: the suggestions, and what is in use before them
        (CHINA, "qwen3.7-plus", None, "qwen3.7-plus qwen3.8-max qwen-long"),
        (CHINA, "next-model", None, "next-model qwen3.7-plus qwen3.8-max qwen-long"),
        (CHINA, "", (), "qwen3.7-plus qwen3.8-max qwen-long"),
        # told: what stood there stays, the rest follows in the table's order, the unknown at the end
        (
            CHINA,
            "qwen3.8-max",
            ("next-model", "qwen-plus-2025-12-01", "qwen-plus", "qwen3.7-plus", "qwen3.8-max", "text-embedding-v4"),
            "qwen3.7-plus qwen3.8-max -qwen-long qwen-plus qwen-plus-2025-12-01 next-model",
        ),
        (CHINA, "next-model", ("qwen-long",), "-next-model -qwen3.7-plus -qwen3.8-max qwen-long"),
        (CHINA, "mine", ("mine", *SUGGESTED), "mine qwen3.7-plus qwen3.8-max qwen-long"),
        # a plan has some of them
        (PLAN, "", ("qwen-max", "qwen3.7-plus"), "qwen3.7-plus -qwen3.8-max -qwen-long qwen-max"),
        # nobody knows what servers of one's own have, nor those of an unknown make
        (OLLAMA, "qwen3:8b", None, "qwen3:8b"),
        (OLLAMA, "qwen3:8b", ("llama3.2", "qwen3:8b"), "qwen3:8b llama3.2"),
        (OLLAMA, "qwen3.7-plus", ("llama3.2", "qwen3:8b"), "-qwen3.7-plus qwen3:8b llama3.2"),
        (COMPATIBLE, "m", None, "m"),
        (COMPATIBLE, "m", ("qwen3.7-plus", "m", "z"), "m qwen3.7-plus z"),
    ],
)  # fmt: skip
def test_what_is_offered(server: Server, in_use: str, listed: tuple[str, ...] | None, expected: str) -> None:
    found = offered(server, in_use=in_use, suggested=SUGGESTED, listed=listed)
    assert [("-" if one.is_unlisted else "") + one.id for one in found] == expected.split()


@pytest.mark.parametrize("kind", list(ServerKind))
def test_each_model_is_offered_once_whatever_the_server_says_of_it(kind: ServerKind) -> None:
    listed = ("b", "qwen-long", "b", "a", "qwen-long")
    found = offered(Server(kind), in_use="a", suggested=SUGGESTED, listed=listed)
    assert len({one.id for one in found}) == len(found)
    assert OfferedModel("b") in found


def test_every_family_for_chats_is_described() -> None:
    for prefix, known in catalogue._table().families.items():
        assert bool(description(prefix)) or not known.is_chat, prefix


@pytest.mark.parametrize(
    ("model_id", "words"),
    [
        ("qwen3.7-plus-2026-06-01", "balanced, reads pictures"),
        ("Qwen/Qwen3-8B", "open model"),
        ("qwen3:8b", "open model"),
        ("next-model", ""),
    ],
)
def test_descriptions(model_id: str, words: str) -> None:
    assert description(model_id) == words


def test_a_description_says_nothing_the_table_denies() -> None:
    for prefix, known in catalogue._table().families.items():
        words = description(prefix)
        assert "pictures" not in words or known.vision, prefix
        assert "text only" not in words or known.vision is False, prefix


@pytest.mark.parametrize(
    ("model_id", "has", "has_not"),
    [
        ("qwen3.8-max", "thinking vision search pdf", ""),
        ("qwen3-coder-plus", "", "thinking vision search"),
        ("qwen3-vl-plus", "thinking vision", "search"),
        ("next-model", "", "thinking vision search"),
    ],
)
def test_models_are_found_by_what_they_can_do(model_id: str, has: str, has_not: str) -> None:
    words = search_words(abilities(model_id)).split()
    assert set(has.split()) <= set(words)
    assert not set(has_not.split()) & set(words)
