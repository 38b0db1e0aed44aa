"""Combinations of keys: read, written, and refused where every other program would miss them."""

from __future__ import annotations

import pytest

from qwen_desktop.core.settings.settings import DesktopSettings
from qwen_desktop.desktop.hotkey.keys import FUNCTION_KEYS, NAMED_KEYS, Keys, Refusal, parse, refusal, refusal_words


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("Ctrl+Alt+Q", Keys("Q", ctrl=True, alt=True)),
        (" alt + ctrl + q ", Keys("Q", ctrl=True, alt=True)),
        ("Meta+Space", Keys("Space", meta=True)),
        ("Ctrl++", Keys("+", ctrl=True)),
        ("+", Keys("+")),
        ("Ctrl+Shift++", Keys("+", ctrl=True, shift=True)),
        ("Ctrl+,", Keys(",", ctrl=True)),
        ("F9", Keys("F9")),
        ("Meta+Ctrl+Alt+Shift+pgup", Keys("PgUp", meta=True, ctrl=True, alt=True, shift=True)),
        ("Ctrl+Alt+ö", Keys("Ö", ctrl=True, alt=True)),
    ],
)
def test_notation_is_read(text: str, keys: Keys) -> None:
    assert parse(text) == keys


@pytest.mark.parametrize(
    "text",
    ["", "+ +", "Ctrl", "Ctrl+", "Ctrl+Alt", "Q+Ctrl", "Ctrl+Ctrl+Q", "Ctrl++Q", "Ctrl+A, Ctrl+B", "Ctrl+F25",
     "Hyper+Q", "Ctrl+你", "Ctrl+\x07", "Ctrl+\xad"],
)  # fmt: skip
def test_what_is_no_combination_is_none(text: str) -> None:
    assert parse(text) is None


@pytest.mark.parametrize(
    "key", [*NAMED_KEYS, *FUNCTION_KEYS, *(chr(n) for n in range(0x21, 0x60)), "~", "é", "ÿ", "ß", "µ"]
)
def test_what_is_written_is_read_again(key: str) -> None:
    named = parse(f"Meta+Shift+{key}")
    assert named is not None
    assert parse(str(named)) == named


@pytest.mark.parametrize(
    "text", ["Ctrl+Alt+Q", "Meta+Space", "F9", "Shift+F9", "Alt+Q", "Ctrl+Shift+Q", "Ctrl+;", "", "Ctrl+Alt+Return"]
)
def test_these_may_be_a_hotkey(text: str) -> None:
    assert refusal(text) is None


def test_the_default_may_be_a_hotkey() -> None:
    assert refusal(DesktopSettings().hotkey) is None


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Q", Refusal.NO_MODIFIER),
        ("Shift+Q", Refusal.NO_MODIFIER),
        ("Space", Refusal.NO_MODIFIER),
        ("Shift+Left", Refusal.NO_MODIFIER),
        ("Ctrl+C", Refusal.NEEDED),
        ("ctrl+v", Refusal.NEEDED),
        ("Alt+F4", Refusal.NEEDED),
        ("Alt+Tab", Refusal.NEEDED),
        ("Ctrl+Shift+Left", Refusal.NEEDED),
        ("Ctrl+Alt+Del", Refusal.NEEDED),
        ("Ctrl+Alt+F1", Refusal.NEEDED),
        ("Ctrl+Alt", Refusal.NOT_KEYS),
        ("nonsense", Refusal.NOT_KEYS),
    ],
)
def test_these_may_not(text: str, why: Refusal) -> None:
    assert refusal(text) is why


@pytest.mark.parametrize("why", list(Refusal))
def test_every_refusal_has_a_sentence(why: Refusal) -> None:
    words = refusal_words(why, "Ctrl+C")
    assert words.endswith(".")
    assert "{" not in words
