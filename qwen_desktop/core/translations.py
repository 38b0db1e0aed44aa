"""English source texts to the user's language: reads the `.ts` catalogues without Qt, and knows which one is meant.

The catalogues are Qt Linguist files (https://doc.qt.io/qt-6/linguist-ts-file-format.html, read 2026-11-23) with the one
context "qwen_desktop".  The texts in the code are the English ones; the English catalogue holds nothing but plural
forms and is read at the first text with a number.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

LANGUAGES = ("en", "zh_CN")
"""Every language there is a catalogue for; the first is the language of the source texts."""

Catalogue = dict[str, tuple[str, ...]]
"""Source text to its forms: one, or one per plural form of the language."""

_language = LANGUAGES[0]
_catalogues: dict[str, Catalogue] = {}


def tr(source: str, /, n: int | None = None, **values: object) -> str:
    """`source` in the user's language with `{name}` fields filled; `n` chooses the plural form and fills `{n}`.

    May be called from any thread.  A text that is not translated, or wrongly, comes out in English.
    """
    return _translated(_language, source, n, values)


def tr_into(code: str) -> Callable[..., str]:
    """`tr` for another language than the user's: to be found by words of both, or to say something in a new one."""

    def tr_there(source: str, /, n: int | None = None, **values: object) -> str:
        return _translated(code, source, n, values)

    return tr_there


def _translated(code: str, source: str, n: int | None, values: dict[str, object]) -> str:
    if n is not None:
        values["n"] = n
    text = _form(code, source, n)
    if not values:
        return text
    try:
        return text.format(**values)
    except (LookupError, ValueError):
        if text == source:
            raise
        _warn("translation does not fit its source: %r", source)
        return source.format(**values)


def set_language(code: str) -> None:
    """From now on `tr` speaks `code`, one of LANGUAGES or a locale name such as `zh_CN.UTF-8`; English if unknown."""
    global _language
    _language = supported(code) or LANGUAGES[0]


def current_language() -> str:
    """One of LANGUAGES."""
    return _language


def supported(code: str) -> str | None:
    """The language of LANGUAGES meant by a locale name (`zh_TW.UTF-8`, `zh-Hans`, `en_GB`); None if there is none."""
    name = code.strip().lower()
    if name.startswith(("zh", "chinese")):
        return "zh_CN"
    if name.startswith("en"):
        return "en"
    return None


def system_language(
    chosen: str = "",
    environment: Mapping[str, str] | None = None,
    platform_locale: Callable[[], str | None] | None = None,
) -> str:
    """The language to start with: `QWEN_DESKTOP_LANG`, else `chosen` (from the settings), else what the system speaks.

    `platform_locale` answers on Windows and macOS, where the locale variables are seldom set.
    """
    environment = os.environ if environment is None else environment
    for code in (environment.get("QWEN_DESKTOP_LANG", ""), chosen):
        if language := supported(code):
            return language
    names = [environment.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG")]
    effective = next((name for name in names if name), "")
    if effective.split(".")[0] in ("C", "POSIX"):
        return LANGUAGES[0]
    # As gettext does: LANGUAGE is a list and goes before the locale, unless the locale is C.
    for code in [*environment.get("LANGUAGE", "").split(":"), effective]:
        if language := supported(code):
            return language
    if effective:
        return LANGUAGES[0]
    if platform_locale is None and sys.platform in ("win32", "darwin"):
        platform_locale = _platform_locale
    return supported((platform_locale() if platform_locale else None) or "") or LANGUAGES[0]


def catalogue_path(code: str) -> Path:
    """Where the catalogue of `code` stands, in a checkout, installed or frozen."""
    from qwen_desktop.core import paths

    return paths.resources() / "translations" / f"qwen_desktop_{code}.ts"


def read_catalogue(path: Path) -> Catalogue:
    """All translated texts of one `.ts` file; texts without a translation are left out.

    Raises OSError, and ValueError if it is not XML.
    """
    from xml.parsers import expat

    reader = _Reader()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    try:
        parser.Parse(path.read_bytes(), True)
    except expat.ExpatError as error:
        raise ValueError(f"{path.name}: {error}") from error
    return reader.catalogue


def _platform_locale() -> str | None:
    import locale

    return locale.getlocale()[0]


def _warn(words: str, *values: object) -> None:
    import logging  # not needed for the first frame

    logging.getLogger(__name__).warning(words, *values)


def _form(code: str, source: str, n: int | None) -> str:
    if n is None and code == LANGUAGES[0]:
        return source
    forms = _catalogue(code).get(source)
    if not forms:
        return source
    # The languages here have one form, or two of which the first is for exactly one.
    return forms[0] if n is None or abs(n) == 1 else forms[-1]


def _catalogue(code: str) -> Catalogue:
    if (catalogue := _catalogues.get(code)) is None:
        try:
            catalogue = read_catalogue(catalogue_path(code))
        except (OSError, ValueError) as error:
            _warn("no translations into %s: %s", code, error)
            catalogue = {}
        _catalogues[code] = catalogue
    return catalogue


class _Reader:
    """Handlers for the parser.  ElementTree would do the same, but costs six times as much to import at start."""

    def __init__(self) -> None:
        self.catalogue: Catalogue = {}
        self._parts: list[str] = []
        self._source = ""
        self._forms: list[str] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._parts = []
        if name == "message":
            self._source = ""
            self._forms = []
        elif name == "translation" and attributes.get("type") in ("vanished", "obsolete"):
            self._source = ""

    def text(self, text: str) -> None:
        self._parts.append(text)

    def end(self, name: str) -> None:
        text = "".join(self._parts)
        if name == "source":
            self._source = text
        elif name == "numerusform":
            self._forms.append(text)
            self._parts = []
        elif name == "translation" and not self._forms:
            self._forms.append(text)
        elif name == "message" and self._source and all(self._forms):
            self.catalogue[self._source] = tuple(self._forms)
