"""Formulas as models write them: each is drawn, with ink, in the size it had when it was last looked at.

`python -m tests.gui.transcript.test_formulas_golden` writes the sizes anew; look at the pictures before."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest
from PySide6.QtGui import QFont, QImage

from qwen_desktop.ui.transcript.math_drawing import CannotDraw, draw_formula
from qwen_desktop.ui.transcript.math_service import Failure, Formula, Picture, _draw
from tests.data.formulas import FORMULAS

SIZES_FILE = Path(__file__).parents[2] / "data" / "formula_sizes.json"
CANNOT_BE_DRAWN = {r"\ce{H2SO4}": r"\ce"}
"""With the reason each is shown with."""


def drawn(tex: str) -> Picture | Failure:
    font = QFont()
    font.setPixelSize(18)
    return _draw(Formula(tex, True, 20.0, "#000000"), 1.0, font)


def ink(image: QImage) -> int:
    """How many dots are painted."""
    grey = image.convertToFormat(QImage.Format.Format_Alpha8)
    return sum(value > 100 for value in bytes(grey.constBits()))


def test_there_are_enough_formulas():
    assert len(set(FORMULAS)) == len(FORMULAS) >= 150
    assert set(json.loads(SIZES_FILE.read_text(encoding="utf-8"))) == set(FORMULAS) - set(CANNOT_BE_DRAWN)


def test_each_formula_is_drawn_in_its_size(qapp):
    sizes, wrong = json.loads(SIZES_FILE.read_text(encoding="utf-8")), []
    for tex in FORMULAS:
        picture = drawn(tex)
        if tex in CANNOT_BE_DRAWN:
            assert picture == Failure(CANNOT_BE_DRAWN[tex])
            continue
        if isinstance(picture, Failure):
            wrong.append((tex, picture.reason))
            continue
        # Characters that only the text's font has are as wide as that font makes them.
        share = 0.03 if tex.isascii() else 0.3
        now = (picture.width, picture.ascent, picture.descent)
        if any(abs(a - b) > 2 + share * abs(b) for a, b in zip(now, sizes[tex], strict=True)):
            wrong.append((tex, f"{now} instead of {sizes[tex]}"))
        if ink(picture.image) < 20 or ink(picture.image) > 0.7 * picture.width * picture.height:
            wrong.append((tex, f"ink {ink(picture.image)}"))
    assert wrong == []


@pytest.mark.parametrize(
    ("tex", "reason"),
    [
        (r"\input{/etc/passwd}", r"\input"),
        (r"\includegraphics{http://x.y/z.png}", r"\includegraphics"),
        (r"\href{http://x.y}{z}", r"\href"),
        (r"\def\a{\a\a}\a", r"\def"),
        (r"\newcommand{\a}{x}\a", r"\newcommand"),
        (r"\rule{1em}{1em}", r"\rule"),
        (r"x \hspace{99999em} y", "too large"),
        (r"\frac{1}{", "{ }"),
        (r"x^", "missing super script or subscript"),
        (r"\nosuchcommand", r"\nosuchcommand"),
        (r"\color{url(http://x.y)}{x}", "fill"),
        ("{" * 70 + "x" + "}" * 70, "nested too deeply"),
        (r"\ ", "nothing to draw"),
    ],
)
def test_what_cannot_be_drawn_says_why(qapp, tex, reason):
    with pytest.raises(CannotDraw, match="^" + re.escape(reason)):
        draw_formula(tex, is_display=True, size_px=20, colour="#000000", font=QFont())


@pytest.mark.parametrize(
    "tex", [r"\text{<mglyph src='file:///etc/passwd'/>}", r"\text{</mtext><image href='x'/>}", "a<b>c"]
)
def test_markup_in_a_formula_is_text(qapp, tex):
    svg = draw_formula(tex, is_display=True, size_px=20, colour="#000000", font=QFont()).svg
    assert b"href" not in svg
    assert b"image" not in svg
    assert b"passwd" not in svg


@pytest.mark.parametrize(
    ("opening", "closing"),
    [(r"\frac{", "}{y}"), (r"\sqrt{", "}"), ("x^{", "}"), (r"\left(", r"\right)"), ("{", "}"), (r"\hat{", "}")],
)
def test_nesting_costs_no_more_than_its_square(qapp, opening, closing):
    """Without the workaround 20 levels would take hours; what takes more than its bound is not drawn."""
    draw_formula(opening * 20 + "x" + closing * 20, is_display=True, size_px=20, colour="#000000", font=QFont())


def main() -> None:
    from PySide6.QtGui import QGuiApplication

    app = QGuiApplication(sys.argv)
    pictures = {tex: drawn(tex) for tex in FORMULAS}
    sizes = {t: [p.width, p.ascent, p.descent] for t, p in pictures.items() if isinstance(p, Picture)}
    lines = ",\n".join(f"{json.dumps(tex, ensure_ascii=False)}: {json.dumps(size)}" for tex, size in sizes.items())
    SIZES_FILE.write_text(f"{{\n{lines}\n}}\n", encoding="utf-8")
    del app


if __name__ == "__main__":
    main()
