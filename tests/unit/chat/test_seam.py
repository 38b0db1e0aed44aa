"""Where a continuation meets the reply: nothing is added or lost, and what was said already is left out if possible."""

from __future__ import annotations

import itertools
import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qwen_desktop.core.chat.seam import SHORTEST_OVERLAP, Seam
from qwen_desktop.core.protocol.surrogates import clean_text
from tests.data.mixed_reply import MIXED_REPLY
from tests.yardstick import slower

SAID = "The kettle sings before it boils, which is how you know"
REST = " that the leaves may go in. 🫖"


def joined(base: str, pieces: list[str]) -> tuple[str, Seam]:
    """The reply after the continuation came in these pieces."""
    seam = Seam(base)
    text = base + "".join(seam.add(piece) for piece in pieces if piece)
    return text + seam.close(), seam


def cut_up(text: str, size: int) -> list[str]:
    return [text[at : at + size] for at in range(0, len(text), size)]


SIZES = [1, 7, 10_000]


@pytest.mark.parametrize("size", SIZES)
def test_an_exact_continuation_is_appended_at_every_cut_of_a_mixed_reply(size: int) -> None:
    for at in range(len(MIXED_REPLY) + 1):
        head, tail = MIXED_REPLY[:at], MIXED_REPLY[at : at + 300]
        text, seam = joined(head, cut_up(tail, size))
        assert text == head + tail, at
        assert seam.left_out == 0


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("overlap", [SHORTEST_OVERLAP, 21, 34, len(SAID)])
def test_a_repetition_of_twenty_characters_is_left_out(overlap: int, size: int) -> None:
    text, seam = joined(SAID, cut_up(SAID[-overlap:] + REST, size))
    assert text == SAID + REST
    assert seam.left_out == overlap


@pytest.mark.parametrize("size", SIZES)
def test_a_service_that_begins_again_is_left_out_however_long_the_reply(size: int) -> None:
    for at in (25, 400, 3_000):
        text, seam = joined(MIXED_REPLY[:at], cut_up(MIXED_REPLY, size))
        assert text == MIXED_REPLY
        assert seam.left_out == at


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    "continuation",
    [
        SAID[-SHORTEST_OVERLAP + 1 :] + REST,  # one character too short
        SAID[-30:-5] + REST,  # what was said, but not up to the end
        SAID[:30] + REST,  # the beginning, and then something else
        SAID[-30:].upper() + REST,
        " " + SAID[-30:] + REST,
        SAID[-30:-10] + "!" + SAID[-10:],
    ],
)
def test_what_is_no_exact_repetition_up_to_the_end_is_appended(continuation: str, size: int) -> None:
    text, seam = joined(SAID, cut_up(continuation, size))
    assert text == SAID + continuation
    assert seam.left_out == 0


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("unit", ["=", " ", "0", "ab", "- ", "| -- ", "哈", "row;\n", "line twice as it is\n"])
def test_a_text_that_repeats_itself_is_not_shortened(unit: str, size: int) -> None:
    for before in range(1 + max(20, 2 * len(unit)), 85):  # it has said it twice
        head, tail = ("x" + unit * 60)[:before], ("x" + unit * 60)[before:]
        assert joined(head, cut_up(tail, size))[0] == head + tail


def test_the_beginning_is_given_as_soon_as_it_is_known_to_be_new() -> None:
    seam = Seam(SAID)
    assert seam.add(" th") == " th"
    seam = Seam(SAID)
    assert seam.add("The k") == ""
    assert seam.add("ind") == "The kind"
    assert seam.add("The kettle") == "The kettle"
    seam = Seam("short")
    assert seam.add("short") == "short"


def test_what_was_held_when_the_continuation_ended_is_kept() -> None:
    seam = Seam(SAID)
    assert [seam.add("The kettle"), seam.add(" sings before it boils")] == ["", ""]
    assert seam.close() == "The kettle sings before it boils"
    assert seam.close() == ""


def test_a_replaced_beginning_is_looked_at_anew() -> None:
    seam = Seam(SAID)
    assert seam.add("which is how") == ""
    assert seam.replace(SAID + " all") == " all"
    assert seam.replace("") == ""
    assert seam.add("new") == "new"


@pytest.mark.parametrize("size", [1, 2, 50])
@pytest.mark.parametrize("base", ["", "tea ", SAID])
@pytest.mark.parametrize("second", ["🫖 pot", "\uded6 pot".lower(), "\udee0"])
def test_half_a_surrogate_pair_is_not_sent_and_made_whole(base: str, second: str, size: int) -> None:
    half = "\ud83e"
    seam = Seam(base + half)
    assert seam.prefix == base
    text = base + half + "".join(seam.add(piece) for piece in cut_up(second, size)) + seam.close()
    whole = second if len(second[0].encode("utf-16-le", "surrogatepass")) == 4 else half + second
    assert clean_text(text) == clean_text(base + whole)


def test_half_a_pair_whose_other_half_never_comes_stays_as_it_came() -> None:
    assert joined("tea \ud83e", ["pot"])[0] == "tea \ud83epot"
    assert joined("tea \ud83e", ["\U0001f600"])[0] == "tea \ud83e\U0001f600"


text_of_few = st.text(alphabet="ab \n|-", max_size=80)
any_text = st.text(max_size=120)


@given(base=any_text | text_of_few, more=any_text | text_of_few, cuts=st.lists(st.integers(0, 200), max_size=6))
def test_only_an_exact_repetition_of_the_end_is_ever_left_out(base: str, more: str, cuts: list[int]) -> None:
    places = [0, *sorted(cut % (len(more) + 1) for cut in cuts), len(more)]
    pieces = [more[one:two] for one, two in itertools.pairwise(places)]
    text, seam = joined(base, pieces)
    left_out = more[: seam.left_out]
    assert text == base + more[seam.left_out :]
    assert base.endswith(left_out)
    assert not left_out or len(left_out) >= SHORTEST_OVERLAP
    assert (text, seam.left_out) == (joined(base, [more])[0], joined(base, [more])[1].left_out)


@given(base=st.text(min_size=SHORTEST_OVERLAP, max_size=120), rest=any_text, data=st.data())
def test_a_repetition_of_a_text_that_does_not_repeat_itself_is_always_left_out(
    base: str, rest: str, data: st.DataObject
) -> None:
    overlap = data.draw(st.integers(SHORTEST_OVERLAP, len(base)))
    end = base[-overlap:]
    repeats_itself = base[:-overlap].endswith(end) or any(
        end.startswith(end[unit:]) for unit in range(1, overlap // 2 + 1)
    )
    text, seam = joined(base, [end + rest])
    if not repeats_itself and seam.left_out <= overlap:  # a longer one may be there by chance
        assert text == base + rest


def test_a_long_repetition_costs_little() -> None:
    chance = random.Random(5)
    base = "".join(chr(0x4E00 + chance.randrange(20_000)) for _ in range(200_000))
    began = time.process_time()
    text, seam = joined(base, cut_up(base + "new", 5))
    assert text == base + "new"
    assert seam.left_out == len(base)
    hostile = "0123456789abcdefghijklmnop" * 8_000
    joined(hostile, cut_up(hostile[:-40], 5))
    joined(" " * 200_000, cut_up(" " * 200_000, 5))
    assert time.process_time() - began < 5.0 * slower()
