"""Errors to sentences, English to the user's language: all words for people, found without Qt."""

from __future__ import annotations


def tr(source: str, /, n: int | None = None, **values: object) -> str:
    """`source` in the user's language with `{name}` fields filled; `n` chooses the plural form and fills `{n}`."""
    if n is not None:
        values["n"] = n
    return source.format(**values) if values else source
