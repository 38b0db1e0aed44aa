"""What a tag may be, and when two are the same."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qwen_desktop.core.chat import tags


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("work, Home ,WORK", ("work", "Home")),
        ("旅行，美食、 待读；x", ("旅行", "美食", "待读", "x")),
        ('to "read"\nlater', ("to read", "later")),
        ("a\x00b\u202e \u3000 c", ("ab c",)),
        (unicodedata.normalize("NFD", "Café") + ",café", ("Café",)),
        ("ß,SS,\ud800", ("ß",)),
        (" , ，\t", ()),
        ("x" * 90, ("x" * tags.MOST_CHARACTERS,)),
    ],
)
def test_tags_in_a_text(typed: str, wanted: tuple[str, ...]) -> None:
    assert tags.tags_in(typed) == wanted


@given(st.lists(st.text()))
def test_what_is_kept_stays_as_it_is(texts: list[str]) -> None:
    once = tags.kept(texts)
    assert tags.kept(once) == once
    assert tags.tags_in(",".join(once)) == once
    assert all(tag.isprintable() and 0 < len(tag) <= tags.MOST_CHARACTERS for tag in once)


def test_a_chat_has_so_many_at_most() -> None:
    assert len(tags.kept(str(number) for number in range(100))) == tags.MOST_TAGS


def test_giving_and_taking() -> None:
    assert tags.changed(("work", "b", "c"), ("new", "B"), ("WORK",)) == ("b", "c", "new")
    assert tags.changed((), (), ("a",)) == ()
