"""What opencc and pypinyin know of single Han characters to `resources/han.txt`, which the search reads.

Run it with `python -m tests.update_han_table`.  The search needs a character's simplified form and its readings, no
phrases, so the app has this table instead of the two libraries (20 MB of memory and half a second of imports).
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from pathlib import Path

from opencc import OpenCC
from pypinyin.constants import PINYIN_DICT
from pypinyin.phrases_dict import phrases_dict

TABLE = Path(__file__).resolve().parent.parent / "resources" / "han.txt"
FIRST, LAST = 0x3400, 0x9FFF
VARIANTS = ("t2s", "tw2s", "hk2s")
HEAD = """\
# Made by tests/update_han_table.py: what the search knows of Han characters.
# Forms: Open Chinese Convert (Apache License 2.0, github.com/BYVoid/OpenCC), one character at a time.
# Readings: pypinyin and pinyin-data (MIT License, github.com/mozillazg), without tones, ü as v.
# First line: pairs of a character and its simplified form.  Then: a syllable and the simplified characters read so.
"""


def simplified_forms() -> dict[str, str]:
    """Each traditional character and its simplified form, both one character."""
    converters = [OpenCC(name) for name in VARIANTS]
    forms = {}
    for code in range(FIRST, LAST + 1):
        character = chr(code)
        converted = (one.convert(character) for one in converters)
        form = next((found for found in converted if len(found) == 1 and found != character), character)
        if form != character:
            forms[character] = form
    for character, form in list(forms.items()):  # 甲 → 乙 → 丙 is 甲 → 丙
        seen = {character}
        while form in forms and form not in seen:
            seen.add(form)
            form = forms[form]
        forms[character] = form
    return {character: form for character, form in forms.items() if form != character}


def toneless(reading: str) -> str:
    plain = unicodedata.normalize("NFD", reading.replace("ü", "v").replace("ǖ", "v"))
    plain = plain.replace("u\u0308", "v")
    return "".join(letter for letter in plain if "a" <= letter <= "z")


def readings(forms: dict[str, str]) -> dict[str, set[str]]:
    """Each syllable and the simplified characters that it can be the reading of.

    A character's first reading, and of the others those that a word has: 重 is zhong and chong, and not tong, which is
    in large dictionaries only."""
    found: dict[str, set[str]] = defaultdict(set)
    in_words: dict[str, set[str]] = defaultdict(set)
    for word, parts in phrases_dict.items():
        for character, part in zip(word, parts, strict=False):
            in_words[character].update(map(toneless, part))
    for code, written in PINYIN_DICT.items():
        if FIRST <= code <= LAST or code == 0x3007:
            for number, reading in enumerate(written.split(",")):
                syllable = toneless(reading)
                if set(syllable) & set("aeiouv") and (number == 0 or syllable in in_words[chr(code)]):
                    found[syllable].add(forms.get(chr(code), chr(code)))
    return found


def main() -> None:
    forms = simplified_forms()
    lines = ["".join(a + b for a, b in sorted(forms.items()))]
    lines += [f"{syllable} {''.join(sorted(them))}" for syllable, them in sorted(readings(forms).items())]
    TABLE.write_text(HEAD + "\n".join(lines) + "\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
