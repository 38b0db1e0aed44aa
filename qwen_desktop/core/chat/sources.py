"""The web pages a reply was built on: put together, and found by the numbers that stand for them in its text.  Pure.

A model that searched may write `[1]` or `[ref_1]`, whichever was asked for; the number is the source's `index`.
Source: https://help.aliyun.com/zh/model-studio/web-search (read 2026-11-23).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from qwen_desktop.core.chat.message import Source
from qwen_desktop.core.plain_line import plain_line
from qwen_desktop.core.web_address import host_of, web_address
from qwen_desktop.core.words import tr

MOST_SOURCES = 10_000
"""More are not taken, neither from one frame nor from a reply."""
MOST_LOOKED_AT = 6_000_000
"""Characters of one reply's sources, each as often as the list is put together and written anew.  A search is told in
one frame or a few; one more with each of thousands would cost the square of them, in time and on the disk."""
MARKER = re.compile(r"\[(?:ref_)?([0-9]{1,5})\]", re.ASCII)
"""How a text names a source; its group is the number."""
MOST_LINES = 100
"""More are not printed."""
_TITLE_CHARACTERS = 200


def merged(before: tuple[Source, ...], more: tuple[Source, ...]) -> tuple[Source, ...]:
    """All of `before`, then what is new in `more`: nothing that was told is lost, nothing is told twice."""
    if not before or before == more:
        return more
    seen = {(source.index, source.url) for source in before}
    return (*before, *(source for source in more if (source.index, source.url) not in seen))[:MOST_SOURCES]


def weight_of(sources: Iterable[Source]) -> int:
    """What a list counts towards MOST_LOOKED_AT; a source without words counts, too."""
    return sum(100 + len(one.title) + len(one.url) + len(one.site_name) for one in sources)


def addresses(sources: Iterable[Source]) -> Mapping[int, str]:
    """Numbers to the addresses they stand for, as received.  A number that stands for two pages leads nowhere."""
    found: dict[int, str] = {}
    for source in sources:
        if found.setdefault(source.index, source.url) != source.url:
            found[source.index] = ""
    return found


def title_of(source: Source) -> str:
    """What a source is called, on one line without anything that acts: its title, else its site, else its host."""
    for words in (source.title, source.site_name, host_of(web_address(source.url))):
        if line := plain_line(words, _TITLE_CHARACTERS):
            return line
    return tr("Untitled page")


def source_lines(sources: Sequence[Source]) -> list[str]:
    """The sources for a terminal, one a line, each with its address if it is one of the web."""
    lines = [f"[{one.index}] {title_of(one)} {web_address(one.url)}".rstrip() for one in sources[:MOST_LINES]]
    if len(sources) > MOST_LINES:
        lines.append(tr("and {count} more", count=f"{len(sources) - MOST_LINES:,}"))
    return lines
