"""TeX to SVG with its baseline, by ziamath; for one worker thread, the only one that imports it.

Source: https://ziamath.readthedocs.io (version 0.13, read 2026-11-26).  TeX is hostile input: it goes to MathML as a
tree, never as markup; definitions and measures of any size are refused; the work is bounded in nodes and in time; and
only an SVG of plain shapes comes out.  What the font of formulas lacks (Chinese, mostly) is drawn with the text's."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, cast
from xml.etree import ElementTree

from PySide6.QtGui import QFont, QFontMetricsF, QPainterPath

LONGEST_S = 2.0
MOST_NODES = 20_000
DEEPEST = 60
MARGIN_PX = 1.0
"""Around the drawing, for its soft edges."""

_REFUSED = re.compile(
    r"\\(?:def|let|(?:re)?newcommand\*?|providecommand|DeclareMathOperator|newenvironment|rule|input|include\w*|href|url"
    r"|unicode|require|csname|loop|write|read)(?![a-zA-Z])"
)
_MEASURE = re.compile(r"\d{4,}(?:\.\d*)?\s*(?:pt|mm|cm|ex|em|bp|dd|pc|in|mu|px)(?![a-zA-Z])")
_ENTITY = re.compile(r"&#x([0-9A-Fa-f]{1,6});")
_SHAPES = frozenset(("svg", "g", "path", "rect", "ellipse", "defs", "marker", "polygon"))
_FONT_UNITS = 1000


class CannotDraw(Exception):
    """A formula is shown as its source; the message says why, in the words of TeX."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """A formula as shapes; measures in px, `ascent` and `descent` from the baseline, margins included."""

    svg: bytes
    width: float
    ascent: float
    descent: float


class _Budget:
    """Bounds what one formula may cost."""

    def __init__(self) -> None:
        self.nodes = 0
        self.end = time.monotonic() + LONGEST_S

    def take(self) -> None:
        self.nodes += 1
        if self.nodes > MOST_NODES or time.monotonic() > self.end:
            raise CannotDraw("too complex")


_budget = _Budget()
_text_font: Callable[[], QFont] = QFont
_text_scale = 1.0
"""How large the letters of the text are beside those of formulas, which are set to look as large."""


def draw_formula(tex: str, *, is_display: bool, size_px: float, colour: str, font: QFont) -> Drawing:
    """The drawing of a formula whose letters are `size_px` high (the em), in one colour.  Raises CannotDraw."""
    global _budget, _text_font, _text_scale
    math_class = _load()
    _refuse(tex)
    _budget = _Budget()
    _text_font = lambda: font  # noqa: E731
    _text_scale = _em_px(font) / size_px
    try:
        tree = _mathml(_normal(tex), is_display)
        tree.set("mathcolor", colour)
        made = math_class(tree, size=size_px, margin=MARGIN_PX)
        svg = made.svgxml()
    except CannotDraw:
        raise
    except RecursionError:
        raise CannotDraw("nested too deeply") from None
    except Exception as error:  # whatever two parsers of hostile text may raise is the formula's fault
        raise CannotDraw(_reason(error)) from error
    _check_shapes(svg)
    box = made.node.bbox
    width, ascent, descent = box.xmax - box.xmin, box.ymax, -box.ymin
    if not (0 < width < 20_000 and 0 < ascent + descent < 20_000):
        raise CannotDraw("nothing to draw" if width <= 0 or ascent + descent <= 0 else "too large")
    edge = MARGIN_PX
    return Drawing(ElementTree.tostring(svg), width + 2 * edge, ascent + edge, descent + edge)


def _em_px(font: QFont) -> float:
    if font.pixelSize() > 0:
        return float(font.pixelSize())
    return font.pointSizeF() * QFontMetricsF(font).fontDpi() / 72


def _reason(error: Exception) -> str:
    """What a parser's exception says, as far as it says anything."""
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(error).__name__).removesuffix(" Error").lower()
    detail = str(error).strip()
    return (f"{name}: {detail}" if detail else name)[:200]


def _refuse(tex: str) -> None:
    refused = _REFUSED.search(tex)
    if refused is not None:
        raise CannotDraw(refused[0])
    if _MEASURE.search(tex):
        raise CannotDraw("too large")
    depth = deepest = 0
    for found in re.finditer(r"\\[\s\S]|[{}]", tex):
        depth += (found[0] == "{") - (found[0] == "}")
        deepest = max(deepest, depth)
    if depth != 0:
        raise CannotDraw("{ }")
    if deepest > DEEPEST:
        raise CannotDraw("nested too deeply")


def _check_shapes(svg: ElementTree.Element) -> None:
    """Nothing but shapes in colours: no pictures, no addresses, no text, no styles."""
    for element in svg.iter():
        if element.tag not in _SHAPES:
            raise CannotDraw(element.tag)
        for name, value in element.attrib.items():
            if "href" in name or name == "style" or ("url" in value and value != "url(#arrowhead)"):
                raise CannotDraw(name)


# TeX to MathML

_ALIGNED = r"\{(?:aligned|align|alignedat|gathered|gather|eqnarray|multline|flalign)\*?\}(?:\[[tbc]\])?"
_NORMAL = [
    (re.compile(pattern), new)
    for pattern, new in (
        (r"\\tag\s*\*?\s*\{([^{}]*)\}", r"\\qquad (\\text{\1})"),
        (r"\\(?:label|ref|eqref)\s*\{[^{}]*\}", ""),
        (r"\\(?:nonumber|notag|displaylimits|allowbreak|relax|centering)(?![a-zA-Z])", ""),
        (r"\\begin" + _ALIGNED, r"\\begin{align*}"),
        (r"\\end" + _ALIGNED, r"\\end{align*}"),
        (r"\\(?:begin|end)\{equation\*?\}", ""),
        (r"\\mathrm\s*\{", r"\\mathrm {"),  # without the space it is upright for all but single letters
        (r"\\operatorname\*?\s*\{\s*arg\s*(?:\\[,;: !]|~)?\s*\\?(min|max)\s*\}", r"\\arg\1"),
        (r"\\operatorname\*", r"\\operatorname"),
        (r"\\(sup|inf)\s*_", r"\\\1\\limits_"),
        (r"\\not\s*=", r"\\neq "),
        (r"\\not\s*\\in(?![a-zA-Z])", r"\\notin "),
        (r":=", r"\\coloneqq "),
    )
]


def _normal(tex: str) -> str:
    """The same formula in the words the parser knows."""
    for pattern, new in _NORMAL:
        tex = pattern.sub(new, tex)
    return tex


def _mathml(tex: str, is_display: bool) -> ElementTree.Element:
    """A tree of MathML.  As a tree, not as text: what stands in `\\text{<...>}` stays text."""
    from latex2mathml.converter import Converter

    tree = Converter(display="block" if is_display else "inline").convert_to_element(tex)
    tree.attrib.pop("xmlns", None)
    for element in tree.iter():
        _agree(element)
    for element in tree.iter():
        _space(element)
    return tree


def _agree(element: ElementTree.Element) -> None:
    """Bring one element from what the TeX parser writes to what the renderer reads."""
    text = element.text
    if element.tag == "mtable":
        is_aligned = element.get("columnspacing", "").startswith("0em")
        element.set("columnspacing", "0em 1em" if is_aligned else "0.7em")
        element.set("rowspacing", "0.5em" if element.get("displaystyle") == "true" or is_aligned else "0.4em")
    if element.tag == "mover" and element.get("accent") == "true" and element[-1].text == "&#x0005E;":
        element[-1].text = "\u02c6"
        element[-1].set("stretchy", "false")
    if not text:
        return
    text = _ENTITY.sub(lambda found: chr(int(found[1], 16)), text)
    if text[0] == "\\" and len(text) > 1 and element.tag != "mtext":
        raise CannotDraw(text)  # a command the parser does not know
    if element.tag in ("mo", "mi") and text in "\u2191\u2193\u27e8\u27e9":
        element.set("stretchy", "false")
    if element.tag == "mo":
        if text == "^":
            text = "\u02c6" if element.get("stretchy") == "false" else "\u0302"
        elif text == "~" and element.get("stretchy") != "false":
            text = "\u0303"
        elif text == "-":
            text = "\u2212"
    element.text = text


_RELATIONS = frozenset("⊂⊃⊆⊇∈∉∼≃≅≈≡⟹⟸⟺⇒⇔→←↦⟶⟵⟷⊢⊨∝≪≫∥≜≔")
_BINARY = frozenset("×÷∪∩∧∨⊗⊕∘∖±∓∗")
_SIGNS = frozenset("\u2212+±∓")
_CLOSING = frozenset(")]}!|‖′⟩⌋⌉⋯…")


def _space(row: ElementTree.Element) -> None:
    """Space around the operators of a row as TeX has it: a sign before a number has none, a relation has much."""
    if row.tag in ("msub", "msup", "msubsup", "munder", "mover", "munderover", "mfrac", "mroot", "mmultiscripts"):
        return
    for index, element in enumerate(row):
        text = element.text or ""
        if element.tag not in ("mo", "mi") or not text:
            continue
        before = row[index - 1] if index else None
        while before is not None and before.tag == "mrow" and len(before):
            before = before[-1]
        is_first = before is None or (before.tag == "mo" and (before.text or "") not in _CLOSING)
        is_infix = 0 < index < len(row) - 1
        if text in _SIGNS and (is_first or (before is not None and before.tag == "mi" and not before.text)):
            element.attrib.update(form="prefix", lspace="0", rspace="0")
        elif is_infix and (text in _RELATIONS or text == "mod"):
            element.tag = "mo"
            element.attrib.update(lspace="thickmathspace", rspace="thickmathspace")
        elif is_infix and text in _BINARY and not is_first:
            element.tag = "mo"
            element.attrib.update(lspace="mediummathspace", rspace="mediummathspace")


# The renderer, with what it lacks


@cache
def _load() -> Callable[..., Any]:
    """ziamath, taught three things: to keep within bounds, not to do nested rows twice, and to use another font."""
    from ziamath import zmath
    from ziamath.config import config
    from ziamath.mathfont import MathFont
    from ziamath.nodes import mnode, mrow

    config.svg2 = False  # shapes where they stand, no references to symbols
    a_node, a_row, a_font = cast(Any, mnode.Mnode), cast(Any, mrow.Mrow), cast(Any, MathFont)
    known, make = mnode._node_classes, a_node.fromelement.__func__
    measure, find = a_row._get_height_nostretch, a_font.findglyph

    def fromelement(cls: Any, element: Any, parent: Any, **values: Any) -> Any:
        _budget.take()
        if element.tag not in known and element.tag not in ("math", "mtd", "mtr", "none", "ms"):
            raise CannotDraw(element.tag)
        return make(cls, element, parent, **values)

    def height_without_stretching(row: Any, line: Any, **values: Any) -> Any:
        # WORKAROUND for the measuring of each row within a row within a row: twice for each level, 2ⁿ for n levels.
        # What is being measured does not stretch, so rows within it need no measure.
        return (0, 0) if values.get("nostretch") else measure(row, line, **values)

    def findglyph(font: Any, char: str, variant: Any) -> Any:
        if char.isspace() or font.glyphindex(char) != 0:
            return find(font, char, variant)
        return _TextGlyph(char, font, _text_font())

    a_node.fromelement = classmethod(cast(Any, fromelement))
    a_row._get_height_nostretch = height_without_stretching
    a_font.findglyph = findglyph
    made: Callable[..., Any] = zmath.Math
    return made


class _TextGlyph:
    """A character that the font of formulas lacks, as ziamath wants a glyph to be; its outline is the text font's."""

    index = 0

    def __init__(self, char: str, font: Any, text_font: QFont) -> None:
        from ziafont.fonttypes import BBox

        self.char = char
        self.font = font
        self._path, self._advance = _outline(char, text_font.key(), round(_text_scale, 3))
        box = self._path.boundingRect()
        self.path = self
        self.bbox = BBox(box.left(), max(box.right(), self._advance), -box.bottom(), -box.top())

    @property
    def id(self) -> str:
        return f"text{ord(self.char[0])}"

    def advance(self, nextchr: Any = None, **_: Any) -> float:
        return self._advance

    def place(self, x: float, y: float, size: float) -> ElementTree.Element:
        scale = size / _FONT_UNITS
        data: list[str] = []
        path = self._path
        for index in range(path.elementCount()):
            element = path.elementAt(index)
            letter = ("M", "L", "C", "")[element.type.value]
            data.append(f"{letter}{x + element.x * scale:.2f} {y + element.y * scale:.2f}")
        return ElementTree.Element("path", {"d": " ".join(data) or "M 0 0"})


@lru_cache(maxsize=2_000)
def _outline(char: str, font_key: str, scale: float) -> tuple[QPainterPath, float]:
    font = QFont(_text_font())
    font.setPixelSize(round(_FONT_UNITS * scale))
    path = QPainterPath()
    path.addText(0, 0, font, char)
    return path, QFontMetricsF(font).horizontalAdvance(char)
