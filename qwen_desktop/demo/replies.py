"""A prompt to the reply the demo gives: by language, keyword or the `/error` command.  Same prompt, same reply."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from qwen_desktop.demo import replies_en, replies_zh

_LOOKED_AT = 4000
"""Characters of a prompt that are searched; a pasted book must not make the demo slow."""
_HAN = re.compile(r"[\u4e00-\u9fff]")
_LATIN_WORD = re.compile(r"[A-Za-z]+")
_ERROR_COMMAND = re.compile(r"\s*/(?:error|错误)(?:\s+(\w+))?\s*\Z", re.IGNORECASE)
_MARKDOWN = re.compile(r"([\\`*_\[\]<>#|~$!&{}])")

_TOPICS = (
    ("STREAMING", r"\bsse\b|\bstream|流式"),
    ("COMPARISON", r"\bsqlite\b|\bpostgres"),
    ("TRIP", r"\bbeijing\b|北京"),
    ("EMAIL", r"\be-?mails?\b|邮件"),
    ("FORMULA", r"\bformulas?\b|\bequations?\b|\bmath|公式|方程|数学"),
    ("TABLE", r"\btables?\b|表格"),
    ("CODE", r"\bcode\b|\bpython\b|\bfunction\b|\bscript\b|代码|函数|编程"),
    ("LIST", r"\b(?:check)?lists?\b|\bto-?do\b|清单|列表|待办"),
    (
        "ABOUT",
        r"\A\s*(?:hi|hello|hey|/?help)\b|who are you|what can you do|你好|您好|你是谁|您是谁|帮助|能做什么|会做什么",
    ),
)
"""Name of the reply and the words that ask for it, tried in order."""

FAULTS = (
    "401",
    "403",
    "404",
    "429",
    "quota",
    "bill",
    "long",
    "history",
    "picture",
    "500",
    "503",
    "input",
    "filter",
    "poison",
    "cut",
    "stall",
    "slow",
    "empty",
)
"""What `/error WORD` can ask for; the help in both languages lists the same words."""


@dataclass(frozen=True, slots=True)
class DemoReply:
    """What the demo will say."""

    reasoning: str
    """Shown only where thinking is on; may be empty."""
    text: str
    fault: str = ""
    """One of FAULTS, or empty: how the reply shall go wrong."""
    sources: tuple[Mapping[str, Any], ...] = ()
    """Pages of a search that was only played, as the service lists them; numbers in the text name them."""


def reply_for(
    prompt: str,
    earlier_messages: int = 0,
    *,
    searches: bool = False,
    pictures: Sequence[tuple[int, int]] = (),
) -> DemoReply:
    """The reply to `prompt`, which was sent after `earlier_messages` others; `searches`: the web may be searched.

    `pictures`: width and height of each that came with it, zeros where only a link did."""
    looked_at = prompt[:_LOOKED_AT]
    words = _words_for(looked_at)
    command = _ERROR_COMMAND.match(looked_at)
    if command:
        return _fault_reply((command.group(1) or "").lower(), words)
    if pictures:
        reasoning, template = words.PICTURES
        return DemoReply(reasoning, template.format(pictures=words.describe_pictures(pictures)) + words.FOOTER)
    if searches:
        return dataclasses.replace(_reply(words, "SEARCH"), sources=words.SOURCES)
    for name, pattern in _TOPICS:
        if re.search(pattern, looked_at, re.IGNORECASE):
            return _reply(words, name)
    reasoning, template = words.DEFAULT
    text = template.format(
        size=words.describe_size(len(prompt)),
        beginning=_beginning_of(looked_at),
        history=words.describe_history(earlier_messages),
    )
    return DemoReply(reasoning, text + words.FOOTER)


def is_poison(text: str) -> bool:
    """Whether a prompt of an earlier turn makes the demo's content filter refuse every later request with it."""
    command = _ERROR_COMMAND.match(text[:_LOOKED_AT])
    return command is not None and (command.group(1) or "").lower() == "poison"


def continuation_of(prefix: str, prompt: str, earlier_messages: int = 0) -> str:
    """What follows `prefix`, the text of a reply that was cut: its exact rest where the demo knows the reply."""
    candidates = [reply_for(prompt, earlier_messages).text]
    for words in (replies_en, replies_zh):
        candidates += [_reply(words, name).text for name, _ in _TOPICS]
        found = _reply(words, "SEARCH").text
        candidates += [found, with_long_numbers(found)]
    for text in candidates:
        if prefix and text.startswith(prefix):
            return text[len(prefix) :]
    return str(_words_for(prompt[:_LOOKED_AT]).CONTINUATION)


def with_long_numbers(text: str) -> str:
    """`text` with its sources named as `[ref_1]`; what stands in backquotes stays."""
    return re.sub(r"(?<!`)\[([1-9])\](?!`)(?!.*# )", r"[ref_\1]", text)


def _words_for(prompt: str) -> ModuleType:
    han = len(_HAN.findall(prompt))
    return replies_zh if han and han >= len(_LATIN_WORD.findall(prompt)) else replies_en


def _reply(words: ModuleType, name: str, fault: str = "") -> DemoReply:
    reasoning, text = getattr(words, name)
    return DemoReply(reasoning, text + words.FOOTER, fault)


def _fault_reply(fault: str, words: ModuleType) -> DemoReply:
    if fault not in FAULTS:
        return _reply(words, "ERROR_HELP")
    if fault == "slow":
        return _reply(words, "SLOW", fault)
    return _reply(words, "BROKEN", fault)


def _beginning_of(prompt: str, limit: int = 40) -> str:
    """The prompt's first words on one line, with everything that Markdown could act on escaped."""
    line = " ".join("".join(c if c.isprintable() else " " for c in prompt[: limit * 8]).split())
    line = line if len(line) <= limit else line[: limit - 1] + "…"
    return _MARKDOWN.sub(r"\\\1", line)
