"""What was typed into the search to words, phrases and filters.

    weather "north wind" model:qwen-max after:2026-01 has:code tag:"to read"

Every word and phrase has to be there.  Filters: `model:` part of a model's name; `before:` and `after:` a year, month
or day, `after:` with it, `before:` without it; `has:code` a block of code; `tag:` the beginning of a tag of the
conversation, in quotation marks the whole of it.  A full-width colon and Chinese quotation marks do as well.  What
looks like a filter and is none (`std::sort`) is a word.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from qwen_desktop.core.search.folding import fold

_OPENING, _CLOSING = '"“”„＂「『', '"”“＂」』'
_PIECE = re.compile(
    rf"(?P<filter>model|before|after|has|tag)[:：](?P<value>[{_OPENING}][^{_CLOSING}]*[{_CLOSING}]?|\S*)"
    rf"|[{_OPENING}](?P<phrase>[^{_CLOSING}]*)[{_CLOSING}]?"
    rf"|(?P<word>[^\s{_OPENING}]+)",
    re.IGNORECASE,
)
_DATE = re.compile(r"(\d{4})(?:[-/.年](\d{1,2})(?:[-/.月](\d{1,2})日?|月)?|年)?")
LONGEST_TERM = 1_000
"""Characters; what is typed is shorter, and what is pasted is found by its beginning."""


@dataclass(frozen=True, slots=True)
class Term:
    """Something that has to be in the text."""

    text: str
    """Folded, not empty."""
    is_phrase: bool = False
    """In quotation marks: it is meant as it is, not as a reading."""


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for."""

    terms: tuple[Term, ...] = ()
    models: tuple[str, ...] = ()
    """Folded parts of a model's name; each has to be in it."""
    before: datetime | None = None
    """UTC."""
    after: datetime | None = None
    has_code: bool = False
    tags: tuple[Term, ...] = ()
    """The conversation has each of them; a phrase is a whole tag, else it is the beginning of one."""
    not_understood: tuple[str, ...] = ()
    """Filters, as typed, whose value means nothing; they are left out."""

    @property
    def is_empty(self) -> bool:
        """Nothing is looked for."""
        return not (self.terms or self.tags or self._has_message_filters)

    @property
    def is_for_tags_only(self) -> bool:
        """Conversations are looked for, whatever their messages are."""
        return bool(self.tags) and not (self.terms or self._has_message_filters)

    @property
    def _has_message_filters(self) -> bool:
        return bool(self.models or self.before or self.after or self.has_code)

    def takes(self, tags: Iterable[str]) -> bool:
        """A conversation with these tags passes."""
        folded = [fold(tag) for tag in tags]
        return all(
            any(tag == one.text if one.is_phrase else tag.startswith(one.text) for tag in folded) for one in self.tags
        )


def parse(text: str) -> Query:
    """Never fails; days are those of the local time."""
    terms: dict[Term, None] = {}
    models: list[str] = []
    tags: dict[Term, None] = {}
    moments: dict[str, datetime] = {}
    has_code = False
    not_understood: list[str] = []
    for piece in _PIECE.finditer(text):
        name = (piece["filter"] or "").lower()
        if not name:
            folded = fold(piece["phrase"] if piece["phrase"] is not None else piece["word"])[:LONGEST_TERM].strip()
            if folded:
                terms[Term(folded, piece["phrase"] is not None)] = None
            continue
        value = fold(piece["value"].strip(_OPENING + _CLOSING)).strip()
        if not value:
            continue  # it is being typed
        if name == "model":
            models.append(value)
        elif name == "tag":
            tags[Term(value, len(piece["value"]) > 1 and piece["value"][-1] in _CLOSING)] = None
        elif name == "has" and value in ("code", "代码"):
            has_code = True
        elif name in ("before", "after") and (moment := _moment(value)) is not None:
            moments[name] = moment
        else:
            not_understood.append(piece[0])
    return Query(
        tuple(terms),
        tuple(models),
        moments.get("before"),
        moments.get("after"),
        has_code,
        tuple(tags),
        tuple(not_understood),
    )


def _moment(value: str) -> datetime | None:
    """When a year, month or day begins here."""
    found = _DATE.fullmatch(value)
    if found is None:
        return None
    try:
        return datetime(int(found[1]), int(found[2] or 1), int(found[3] or 1)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
