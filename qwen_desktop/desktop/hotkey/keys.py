"""A combination of keys: Qt's portable notation ("Ctrl+Alt+Q") to modifiers and one key, and which may be a hotkey.

The notation is that of QKeySequence.PortableText (https://doc.qt.io/qt-6/qkeysequence.html, read 2026-11-26); on macOS
its Ctrl is Command and its Meta is Control.  A hotkey is taken from every other program, so what all of them need
(plain keys, Ctrl+C, Alt+F4 and their like) is refused.  Knows no Qt.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from qwen_desktop.core.words import tr

MODIFIERS = ("Meta", "Ctrl", "Alt", "Shift")
"""In the order Qt writes them."""

NAMED_KEYS = (
    "Esc", "Tab", "Backspace", "Return", "Enter", "Ins", "Del", "Pause", "Print", "Home", "End", "Left", "Up", "Right",
    "Down", "PgUp", "PgDown", "Space", "Menu",
)  # fmt: skip
"""Keys with a name every back end knows; the others are function keys and single characters."""
FUNCTION_KEYS = tuple(f"F{number}" for number in range(1, 25))

_KNOWN = {name.lower(): name for name in (*NAMED_KEYS, *FUNCTION_KEYS)}
_MODIFIERS = {name.lower(): name for name in MODIFIERS}

_NEEDED = {
    "Ctrl+": "A C F N O P Q R S T V W X Y Z + - = 0 F4 " + " ".join(NAMED_KEYS),
    "Ctrl+Shift+": "C N T V Z " + " ".join(NAMED_KEYS),
    "Alt+": "Tab Esc F4 Space Left Right",
    "Alt+Shift+": "Tab Esc",
    "Ctrl+Alt+": "Del Backspace F1 F2 F3 F4 F5 F6 F7 F8 F9 F10 F11 F12",
    "Meta+": "L Tab",
}
"""What most programs, window managers or the system itself live by."""


class Refusal(enum.StrEnum):
    """Why a combination cannot be a hotkey."""

    NOT_KEYS = "not_keys"
    """Not the name of a combination, more than one, or a key this app has no name for."""
    NO_MODIFIER = "no_modifier"
    """A key people type."""
    NEEDED = "needed"
    """Every program needs it."""


@dataclass(frozen=True, slots=True)
class Keys:
    """One combination.  `str()` writes it in Qt's portable notation."""

    key: str
    """A name of NAMED_KEYS or FUNCTION_KEYS, or one character of Latin-1, letters in upper case."""
    meta: bool = False
    ctrl: bool = False
    alt: bool = False
    shift: bool = False

    def __str__(self) -> str:
        held = (self.meta, self.ctrl, self.alt, self.shift)
        return "".join(f"{name}+" for name, is_held in zip(MODIFIERS, held, strict=True) if is_held) + self.key

    @property
    def is_function_key(self) -> bool:
        return self.key in FUNCTION_KEYS


def parse(text: str) -> Keys | None:
    """The combination `text` names, in any case and order of modifiers; None if it names none."""
    text = text.strip()
    # "Ctrl++" is Ctrl and the plus key.
    if text == "+" or text.endswith("++"):
        body, key = text[:-2], "+"
    else:
        body, _, key = text.rpartition("+")
    held = [name.strip() for name in body.split("+")] if body else []
    names = [_MODIFIERS.get(name.lower(), "") for name in held]
    if "" in names or len(set(names)) < len(names):
        return None
    known = _known_key(key.strip())
    if not known:
        return None
    return Keys(known, meta="Meta" in names, ctrl="Ctrl" in names, alt="Alt" in names, shift="Shift" in names)


def _known_key(name: str) -> str:
    """The key as we write it, or nothing."""
    if len(name) == 1:
        is_latin_1 = "!" <= name <= "~" or "\xa1" <= name <= "\xff"
        # The capital of these is outside Latin-1, or two letters: they stand for themselves.
        return (name if name in "ÿßµ" else name.upper()) if is_latin_1 and name != "\xad" else ""
    return _KNOWN.get(name.lower(), "")


def refusal(text: str) -> Refusal | None:
    """Why `text` cannot be a hotkey; None if it can.  The empty text (no hotkey) is fine."""
    if not text.strip():
        return None
    keys = parse(text)
    if keys is None:
        return Refusal.NOT_KEYS
    if not (keys.ctrl or keys.alt or keys.meta or keys.is_function_key):
        return Refusal.NO_MODIFIER
    if keys.key in _NEEDED.get(str(keys).removesuffix(keys.key), "").split():
        return Refusal.NEEDED
    return None


def refusal_words(why: Refusal, words: str) -> str:
    """One sentence for people.  `words`: the combination as they know it."""
    match why:
        case Refusal.NOT_KEYS:
            return tr("These keys cannot be a hotkey; choose a letter, a digit or a function key with Ctrl or Alt.")
        case Refusal.NO_MODIFIER:
            return tr("{keys} alone is needed for typing; hold Ctrl or Alt with it.", keys=words)
        case Refusal.NEEDED:
            return tr("Other programs need {keys}; choose other keys.", keys=words)
