"""Our keys to the names and numbers X11 and the portal know them by.

Sources: keysymdef.h of the X server (https://www.x.org/releases/current/doc/xproto/x11protocol.html#keysym_encoding);
a keysym of Latin-1 is its character.  Triggers: https://specifications.freedesktop.org/shortcuts-spec/latest/, which
takes the names of xkbcommon.
"""

from __future__ import annotations

import re

from qwen_desktop.desktop.hotkey.keys import Keys, parse

_NAMED = {
    "Esc": ("Escape", 0xFF1B), "Tab": ("Tab", 0xFF09), "Backspace": ("BackSpace", 0xFF08),
    "Return": ("Return", 0xFF0D), "Enter": ("KP_Enter", 0xFF8D), "Ins": ("Insert", 0xFF63), "Del": ("Delete", 0xFFFF),
    "Pause": ("Pause", 0xFF13), "Print": ("Print", 0xFF61), "Home": ("Home", 0xFF50), "End": ("End", 0xFF57),
    "Left": ("Left", 0xFF51), "Up": ("Up", 0xFF52), "Right": ("Right", 0xFF53), "Down": ("Down", 0xFF54),
    "PgUp": ("Prior", 0xFF55), "PgDown": ("Next", 0xFF56), "Space": ("space", 0x20), "Menu": ("Menu", 0xFF67),
}  # fmt: skip
_PUNCTUATION_NAMES = """
    exclam quotedbl numbersign dollar percent ampersand apostrophe parenleft parenright asterisk plus comma minus
    period slash colon semicolon less equal greater question at bracketleft backslash bracketright asciicircum
    underscore grave braceleft bar braceright asciitilde
"""
_PUNCTUATION = dict(zip("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", _PUNCTUATION_NAMES.split(), strict=True))
_F1 = 0xFFBE

_POSITIONS = {
    key: first + place
    for first, row in ((10, "1234567890"), (24, "QWERTYUIOP"), (38, "ASDFGHJKL"), (52, "ZXCVBNM"))
    for place, key in enumerate(row)
}


def keysym(keys: Keys) -> int:
    """The number of the key without its modifiers; letters as the small ones."""
    if keys.key in _NAMED:
        return _NAMED[keys.key][1]
    if keys.is_function_key:
        return _F1 + int(keys.key[1:]) - 1
    return ord(keys.key.lower())


def us_keycode(keys: Keys) -> int | None:
    """Where the key is on a US keyboard, for layouts that do not have it (Russian, Greek): the X keycode of evdev."""
    return _POSITIONS.get(keys.key)


def trigger(keys: Keys) -> str:
    """`Ctrl+Alt+Q` to `CTRL+ALT+q`, as the portal wants it."""
    held = (("CTRL", keys.ctrl), ("ALT", keys.alt), ("SHIFT", keys.shift), ("LOGO", keys.meta))
    return "+".join([*(name for name, is_held in held if is_held), _name(keys)])


def from_trigger(description: str) -> Keys | None:
    """What a desktop says of the keys it gave, if that can be understood: `Ctrl+Alt+Q`, `Press <Control><Alt>q`.

    The text is for people and may be translated; None is no error."""
    if found := re.search(r"((?:<\w+>)+)(\w+|.)", description):
        held = re.findall(r"<(\w+)>", found[1])
        description = "+".join([*held, _KEYS.get(found[2].lower(), found[2])])
    *held, key = description.rsplit("+", 1) if not description.endswith("++") else (description[:-2], "+")
    for known, ours in (("control", "ctrl"), ("primary", "ctrl"), ("super", "meta"), ("logo", "meta")):
        held = [re.sub(rf"\b{known}\b", ours, name, flags=re.IGNORECASE) for name in held]
    return parse("+".join([*held, _KEYS.get(key.strip().lower(), key)]))


def _name(keys: Keys) -> str:
    if keys.key in _NAMED:
        return _NAMED[keys.key][0]
    if keys.is_function_key:
        return keys.key
    key = keys.key.lower()
    if key in _PUNCTUATION:
        return _PUNCTUATION[key]
    return key if key.isascii() else f"U{ord(key):04X}"


_KEYS = {
    **{name.lower(): key for key, (name, _) in _NAMED.items()},
    **{name: key for key, name in _PUNCTUATION.items()},
    "page_up": "PgUp",
    "page_down": "PgDown",
}
"""Names of keysyms, in small letters, to ours."""
