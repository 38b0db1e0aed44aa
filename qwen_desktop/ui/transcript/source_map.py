"""Rendered characters to Markdown: where each one stands in the source, and source that gives a part of them.

Positions count Python characters of the text that `inline.runs_of` gives (no pads).  The inline rules run once more
with every token noting where it came from, so this costs about two parses; for what is copied or found only.  No Qt."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Any, Literal

from markdown_it import MarkdownIt
from markdown_it.parser_inline import ParserInline
from markdown_it.rules_inline import StateInline, fragments_join
from markdown_it.token import Token

from qwen_desktop.ui.transcript.inline import plain_of, runs_of
from qwen_desktop.ui.transcript.markdown import parser

Range = tuple[int, int]
References = Mapping[str, Any]
"""Link definitions by label, as the parser keeps them."""
_AT = "at"
"""Where a token's source range is noted in its `meta`."""


@dataclass(slots=True)
class Span:
    """Emphasis, a link or the like: its marks in the source, and which rendered characters it is around."""

    kind: str
    opener: Range
    closer: Range = (0, 0)
    begin: int = 0
    end: int = 0
    inline_closer: str = ""
    """Of a link whose address stands elsewhere: what closes it wherever it is copied to."""


@dataclass(slots=True)
class Atom:
    """Rendered characters begin..end from one place of the source."""

    begin: int
    end: int
    source: Range
    spans: tuple[Span, ...]
    """From the outermost to the innermost."""
    kind: str
    """text, code, break, or whole for what cannot be cut."""


@dataclass(slots=True)
class SourceMap:
    """One inline Markdown string and what it is rendered to."""

    content: str
    atoms: list[Atom] = field(default_factory=list)
    rendered: str = ""

    def atom_at(self, position: int) -> Atom:
        """The atom of the character at `position`, which must be one."""
        return next(atom for atom in self.atoms if position < atom.end)


class _State(StateInline):
    """Notes where pending text began and where the parser was when a token was pushed."""

    pending_from = 0

    def append_pending(self, text: str) -> None:
        if not self.pending:
            self.pending_from = self.pos
        super().append_pending(text)

    def pushPending(self) -> Token:
        token = super().pushPending()
        token.meta[_AT] = (self.pending_from, self.pending_from + len(token.content))
        return token

    def push(self, ttype: str, tag: str, nesting: Literal[-1, 0, 1]) -> Token:
        token = super().push(ttype, tag, nesting)
        token.meta["pos"] = self.pos
        return token


class _NotingParser(ParserInline):
    """The inline rules of `parser()`; tokens are not joined and know their source."""

    def __init__(self, model: ParserInline) -> None:
        super().__init__()
        self.ruler, self.terminator_re = model.ruler, model.terminator_re
        self._after = [rule for rule in model.ruler2.getRules("") if rule is not fragments_join]

    def tokenize(self, state: StateInline) -> None:
        rules, end, deepest = self.ruler.getRules(""), state.posMax, state.md.options["maxNesting"]
        while state.pos < end:
            start, made = state.pos, len(state.tokens)
            if state.level < deepest and any(rule(state, False) for rule in rules):
                _note(state, state.tokens[made:], start)
            else:
                state.append_pending(state.src[state.pos])
                state.pos += 1
        if state.pending:
            state.pushPending()

    def parse(self, src: str, md: MarkdownIt, env: Any, tokens: list[Token]) -> list[Token]:
        state = _State(src, md, env, tokens)
        self.tokenize(state)
        for rule in self._after:
            rule(state)
        return state.tokens


def _note(state: StateInline, tokens: list[Token], start: int) -> None:
    """Give the tokens that one rule made their ranges; it read from `start` to where the state is now."""
    fresh = [token for token in tokens if _AT not in token.meta]
    if not fresh:
        return
    end = state.pos
    if fresh[0].type == "link_open":
        is_auto = fresh[0].info == "auto"
        inner = (start + 1, end - 1) if is_auto else (fresh[0].meta["pos"], fresh[-1].meta["pos"])
        fresh[0].meta[_AT], fresh[-1].meta[_AT] = (start, inner[0]), (inner[1], end)
        for token in fresh[1:-1]:
            token.meta[_AT] = inner
    elif len(fresh) > 1 or fresh[0].type == "text":
        for token in fresh:
            token.meta[_AT] = (start, start + len(token.content))
            start += len(token.content)
    else:
        fresh[0].meta[_AT] = (start, end)


@cache
def _noting() -> MarkdownIt:
    made = copy.copy(parser())
    made.inline = _NotingParser(parser().inline)
    return made


def _noted_tokens(content: str, references: References) -> list[Token]:
    markdown = _noting()
    tokens = markdown.inline.parse(content, markdown, {"references": dict(references)}, [])
    at = 0
    for index, token in enumerate(tokens):
        # The marks of a strong are two tokens, one of them empty now; tildes may have changed places.
        begin, end = token.meta[_AT]
        if token.type == "strong_open":
            begin = tokens[index - 1].meta[_AT][0]
        elif token.type == "strong_close":
            end = tokens[index + 1].meta[_AT][1]
        elif token.type == "s_close" or (token.type == "text" and token.content == "~" and begin < at):
            begin, end = at, at + end - begin
        elif token.type in ("softbreak", "hardbreak"):
            begin = at
        token.meta[_AT] = (begin, end)
        if token.type != "text" or token.content:
            at = end
    return tokens


def source_map(content: str, references: References | None = None) -> SourceMap:
    """Where the rendered characters of one inline string stand in it."""
    return _cached_map(content, tuple((key, ref["href"], ref["title"]) for key, ref in (references or {}).items()))


@lru_cache(maxsize=8)
def _cached_map(content: str, references: tuple[tuple[str, str, str], ...]) -> SourceMap:
    made = SourceMap(content)
    texts: list[str] = []
    open_spans: list[Span] = []
    at = 0
    for token in _noted_tokens(content, {key: {"href": href, "title": title} for key, href, title in references}):
        source = token.meta[_AT]
        if token.nesting == 1:
            span = Span(token.type.removesuffix("_open"), source, begin=at)
            if span.kind == "link":
                span.inline_closer = _inline_closer(token)
            open_spans.append(span)
        elif token.nesting == -1 and open_spans:
            span = open_spans.pop()
            span.closer, span.end = source, at
            if span.kind == "link" and content.startswith("](", source[0]):
                span.inline_closer = ""
        else:
            text = plain_of(runs_of(Token("inline", "", 0, children=[token])))
            if not text:
                continue
            spans, kind = tuple(open_spans), _kind(token, content, source)
            if kind == "code":
                inner = _inside_code(token, content, source)
                code = Span("code", (source[0], inner[0]), (inner[1], source[1]), at, at + len(text))
                spans, source = (*spans, code), inner
            made.atoms.append(Atom(at, at + len(text), source, spans, kind))
            texts.append(text)
            at += len(text)
    made.rendered = "".join(texts)
    return made


def _inline_closer(opening: Token) -> str:
    href, title = str(opening.attrs.get("href", "")), str(opening.attrs.get("title", ""))
    if not href or re.search(r"[\s()<>\\]", href):
        href = f"<{href}>"
    quoted = title.replace("\\", "\\\\").replace('"', '\\"')
    return f']({href} "{quoted}")' if title else f"]({href})"


def _kind(token: Token, content: str, source: Range) -> str:
    if token.type == "code_inline":
        return "code"
    if token.type in ("softbreak", "hardbreak"):
        return "break"
    is_as_written = token.type in ("text", "text_special") and content[source[0] : source[1]] == token.content
    return "text" if is_as_written else "whole"


def _inside_code(token: Token, content: str, source: Range) -> Range:
    ticks = len(token.markup)
    begin, end = source[0] + ticks, source[1] - ticks
    return (begin + 1, end - 1) if end - begin != len(token.content) else (begin, end)


# Questions


def source_offset(content: str, rendered: int, references: References | None = None) -> int:
    """Where the rendered character at `rendered` begins in the source; the end of the source for the end."""
    found = source_map(content, references)
    if rendered >= len(found.rendered):
        return len(content)
    atom = found.atom_at(max(0, rendered))
    return atom.source[0] + (max(0, rendered) - atom.begin if atom.kind in ("text", "code") else 0)


def rendered_range(
    content: str, source_begin: int, source_end: int, references: References | None = None
) -> tuple[int, int]:
    """Which rendered characters a part of the source is seen as; an empty range if it is marks alone."""
    begin = end = None
    last = 0
    for atom in source_map(content, references).atoms:
        first, stop = max(source_begin, atom.source[0]), min(source_end, atom.source[1])
        if first < stop:
            is_exact = atom.kind in ("text", "code")
            begin = begin if begin is not None else atom.begin + (first - atom.source[0] if is_exact else 0)
            end = atom.begin + stop - atom.source[0] if is_exact else atom.end
        elif atom.source[1] <= source_begin:
            last = atom.end
    return (last, last) if begin is None or end is None else (begin, end)


# Slices

_MARKS = frozenset("\\`*_[]<>#+-=~$&!|:.()")
_START = re.compile(r"\d{1,9}(?=[.)])")


def markdown_slice(content: str, begin: int, end: int, references: References | None = None) -> str:
    """Markdown of the rendered characters begin..end: what is open at an edge is opened and closed there, what would
    come to mean something else without its neighbours is escaped.  All characters give exactly `content`.

    Formulas, pictures and entities are taken whole.  White space at the edges stays, outside of all marks."""
    found = source_map(content, references)
    begin, end = max(0, begin), min(end, len(found.rendered))
    if begin == 0 and end == len(found.rendered):
        return content
    if begin >= end:
        return ""
    first, last = found.atom_at(begin), found.atom_at(end - 1)
    begin = first.begin if first.kind == "whole" else begin
    end = last.end if last.kind == "whole" else end
    chosen = found.rendered[begin:end]
    lead = next(_spaces(found, range(begin, end)))
    trail = next(_spaces(found, range(end - 1, begin + lead - 1, -1)))
    if lead == len(chosen):
        return chosen
    core = (begin + lead, end - trail)
    wanted = _letters(chosen[lead : len(chosen) - trail])
    sliced = ""
    for escaped in ("", "start", "edges", "all"):
        sliced = _sliced(found, *core, escaped)
        if _letters(_reading(sliced, references)) == wanted:
            break
    else:
        letters = found.rendered[core[0] : core[1]]
        sliced = "".join(map(_escaped, letters))
        if _letters(_reading(sliced, references)) != wanted:  # `\\[` alone begins a formula
            sliced = "".join(map(_as_entity, letters))
    return chosen[:lead] + sliced + chosen[len(chosen) - trail :]


def _spaces(found: SourceMap, positions: range) -> Iterator[int]:
    """How many of the characters, from the first, are white space that is not code."""
    for count, position in enumerate(positions):
        kind = found.atom_at(position).kind
        if not found.rendered[position].isspace() or kind not in ("text", "break"):
            yield count
            return
    yield len(positions)


def _letters(text: str) -> str:
    """What has to be the same: heaps of marks are cut by their length, which a slice may change."""
    return "".join(letter for letter in text if letter.isprintable() or letter == "\n")


def _reading(markdown: str, references: References | None) -> str:
    """What is seen of one paragraph; nothing if `markdown` is another kind of block."""
    tokens = parser().parse(markdown, {"references": dict(references or {})})
    if [token.type for token in tokens] != ["paragraph_open", "inline", "paragraph_close"]:
        return ""
    return plain_of(runs_of(tokens[1]))


def _sliced(found: SourceMap, begin: int, end: int, escaped: str) -> str:
    content, first, last = found.content, found.atom_at(begin), found.atom_at(end - 1)
    edits: list[tuple[int, int, str]] = []
    """Parts of the source that are replaced."""
    start = first.source[0] + (begin - first.begin if first.kind in ("text", "code") else 0)
    stop = last.source[0] + end - last.begin if last.kind in ("text", "code") else last.source[1]
    outer = [span for span in first.spans if span.kind != "code"]
    closing = [span for span in last.spans if span.kind != "code"]
    for atom in (first, last):
        if atom.kind == "code":
            code = atom.spans[-1]
            here = max(begin, atom.begin), min(end, atom.end)
            text = content[atom.source[0] + here[0] - atom.begin : atom.source[0] + here[1] - atom.begin]
            is_whole = here == (atom.begin, atom.end)
            start = code.opener[0] if atom is first else start
            stop = code.closer[1] if atom is last else stop
            if not is_whole:
                edits.append((code.opener[0], code.closer[1], _code(text)))
    for span in {id(span): span for span in (*outer, *closing)}.values():
        is_whole = begin <= span.begin and span.end <= end
        if span.inline_closer and not is_whole:
            is_inner = any(a.kind == "link" and a.begin <= span.begin and span.end <= a.end and a is not span
                           for a in (*outer, *closing))  # fmt: skip
            marks = ("", "") if is_inner else ("[", span.inline_closer)  # no link stands in another
            edits += [(*span.opener, marks[0]), (*span.closer, marks[1])]
    replaced = {(a, b): text for a, b, text in edits}
    if escaped:
        edits += _escapes(found, begin, end, escaped)
    head = "".join(replaced.get(span.opener, content[slice(*span.opener)]) for span in outer)
    tail = "".join(replaced.get(span.closer, content[slice(*span.closer)]) for span in reversed(closing))
    parts, at = [head], start
    for a, b, text in sorted(set(edits)):
        if start <= a and b <= stop and a >= at:
            parts += [content[at:a], text]
            at = b
    return "".join((*parts, content[at:stop], tail))


def _escapes(found: SourceMap, begin: int, end: int, escaped: str) -> Iterator[tuple[int, int, str]]:
    """Backslashes before marks that stand for themselves: at the start, at both ends, or all."""
    number = _START.match(found.rendered, begin, end)
    for atom in found.atoms:
        if atom.kind != "text":
            continue
        for position in range(max(begin, atom.begin), min(end, atom.end)):
            letter, at = found.rendered[position], atom.source[0] + position - atom.begin
            is_start = position == begin or (number is not None and position == number.end())
            if letter in _MARKS and (is_start or escaped == "all" or (escaped == "edges" and position == end - 1)):
                yield at, at + 1, "\\" + letter


def _escaped(letter: str) -> str:
    if letter == "\n":
        return "\\\n"
    return "\\" + letter if letter in _MARKS else letter


def _as_entity(letter: str) -> str:
    return f"&#{ord(letter)};" if letter in _MARKS else _escaped(letter)


def _code(text: str) -> str:
    """`text` as a code span."""
    text = text.replace("\n", " ")
    runs = {len(run) for run in re.findall("`+", text)}
    ticks = "`" * next(size for size in range(1, len(runs) + 2) if size not in runs)
    is_padded = text.startswith("`") or text.endswith("`") or (text[0] == text[-1] == " " and text.strip(" "))
    return f"{ticks} {text} {ticks}" if is_padded else f"{ticks}{text}{ticks}"
