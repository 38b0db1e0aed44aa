"""Pages and sheets of exported chats: what is drawn in them, where sheets end, and what hostile text cannot do."""

from __future__ import annotations

import html.parser
import re
import sys
import tracemalloc
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QBuffer, QByteArray, QIODevice
from PySide6.QtGui import QColor, QImage, QPainter, QPdfWriter

from qwen_desktop.core.exchange import printing
from qwen_desktop.core.exchange.exporting import Format, Wish, export_one
from qwen_desktop.core.exchange.printing import PagePrinter
from qwen_desktop.core.exchange.whole import WholeConversation
from qwen_desktop.ui.printing import formulas, searchable
from qwen_desktop.ui.printing.document import Document
from qwen_desktop.ui.printing.formulas import Shape, shape_of
from qwen_desktop.ui.printing.lines import Paragraph, font_of, in_pieces
from qwen_desktop.ui.printing.server import print_document
from qwen_desktop.ui.printing.sheets import Sheets
from qwen_desktop.ui.printing.web_page import page_body_of
from qwen_desktop.ui.transcript.copied_forms import html_body_of
from qwen_desktop.ui.transcript.inline import PLAIN
from qwen_desktop.ui.transcript.math_drawing import draw_formula
from tests.unit.exchange.samples import export_tools, history, rich

pytestmark = pytest.mark.usefixtures("qapp")


class _Seen(html.parser.HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def classes(self) -> set[str]:
        return {str(attributes["class"]) for _, attributes in self.tags if "class" in attributes}


# Web pages


def test_a_formula_is_drawn_and_its_tex_can_be_read_and_copied() -> None:
    page = page_body_of("Mass $E=mc^2$ is.\n\n$$\\int_0^1 x\\,dx$$\n")
    seen = _Seen(page)
    assert [tag for tag, _ in seen.tags].count("svg") == 2
    (inline, block) = [attributes for _, attributes in seen.tags if attributes.get("role") == "math"]
    assert inline["aria-label"] == inline["title"] == "E=mc^2"
    assert block["title"] == "\\int_0^1 x\\,dx"
    assert "Mass $E=mc^2$ is." in seen.text
    assert "$$\\int_0^1 x\\,dx$$" in seen.text
    assert "em;vertical-align:-" in page


def test_a_formula_that_cannot_be_drawn_stays_tex() -> None:
    page = page_body_of("A $\\badcommand{x}$ here, <b>and</b> $\\def\\x{1}\\x$\n\n$$\n" + "x+" * 2000 + "x\n$$\n")
    assert "<svg" not in page
    assert "$\\badcommand{x}$ here, &lt;b&gt;and&lt;/b&gt; $\\def\\x{1}\\x$" in page


def test_formulas_that_take_too_long_together_stay_tex(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formulas, "LONGEST_S", 0.0)
    for name in "kl":  # each message has its own time
        page = page_body_of(f"${name}_1$ and ${name}_2$")
        assert page.count("<svg") == 1
        assert f"and ${name}_2$" in page
    monkeypatch.undo()
    assert page_body_of("$k_3$ and $k_4$").count("<svg") == 2


def test_code_is_coloured_by_classes_and_stays_what_it_is() -> None:
    code = 'def f(x):\n    # <b>\n    return "é" + 1\n'
    seen = _Seen(page_body_of(f"```python\n{code}```\n\n```nobody-knows\n<x>\n```\n"))
    assert {"keyword", "comment", "string", "number", "function", "language"} <= seen.classes()
    assert code in seen.text
    assert "<x>\n" in seen.text


def test_tasks_have_boxes() -> None:
    assert "☑ done" in page_body_of("- [x] done\n- [ ] open $a_b$\n- plain\n")
    assert page_body_of("- [x] done\n- plain\n").count('class="task"') == 1


def test_nothing_a_model_writes_acts_in_the_page() -> None:
    hostile = (
        "<script>alert(1)</script> $\\text{</span><script>x</script>}$ ![p](https://example.com/x.png)\n\n"
        '```"><img src=x onerror=alert(1)>\n</code></pre><script>y</script>\n```\n\n'
        '$$\\text{"><svg onload=z>}$$\n\n[l](javascript:x) <https://example.com/ok>\n'
    )
    seen = _Seen(page_body_of(hostile))
    assert not {tag for tag, _ in seen.tags} & {
        "script",
        "img",
        "iframe",
        "object",
        "use",
        "image",
        "style",
        "foreignobject",
    }
    for _, attributes in seen.tags:
        assert not any(name.startswith("on") for name in attributes)
        assert (attributes.get("href") or "https://").startswith("https://")


def test_an_exported_page_has_drawings_and_needs_nothing_else(tmp_path: Path) -> None:
    with history(tmp_path / "data", rich()) as db, closing(PagePrinter(html_body_of)) as printer:
        tools = export_tools(db, tmp_path / "data", print_pdf=printer.print_pieces)
        tools = type(tools)(tools.read, tools.attachments, printer.body_of, printer.print_pieces)
        page = export_one(tools, Wish(Format.HTML), 1, tmp_path / "x.html").path.read_text("utf-8")
        pdf = export_one(tools, Wish(Format.PDF), 1, tmp_path / "x.pdf").path.read_bytes()
    assert "<svg" in page
    assert "default-src 'none'" in page
    assert not re.search(r"(?:src|href)=\"(?!data:|https://example\.com)", page)
    assert pdf.startswith(b"%PDF")
    assert b"/Subtype /Image" not in pdf  # the formula is shapes


def test_a_process_that_dies_leaves_the_page_without_drawings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(printing, "own_command", lambda _: [sys.executable, "-c", "import sys; sys.stdin.readline()"])
    with closing(PagePrinter(html_body_of)) as printer:
        for _ in range(5):
            assert printer.body_of("a $x^2$") == "<p>a $x^2$</p>\n"
        assert printer._deaths == 3  # and no more are started


# Sheets


class _Watched:
    """A document whose sheets are looked at when they are painted."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *pieces: dict[str, Any]) -> None:
        self.sheets: list[list[tuple[float, Any]]] = []
        paint = Sheets._paint

        def painted(sheets: Sheets) -> None:
            paint(sheets)
            self.sheets.append(list(sheets._placed))

        monkeypatch.setattr(Sheets, "_paint", painted)
        self.buffer = QBuffer()
        self.buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        writer = QPdfWriter(self.buffer)
        document = Document(writer, "Title")
        self.height = document._sheets.height
        for piece in pieces:
            document.add(piece)
        document.close()
        del document, writer


def _markdown(text: str) -> dict[str, Any]:
    return {"kind": "markdown", "text": text}


def test_no_line_is_cut_and_none_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    made = 0
    create = Paragraph.draw_line

    def counted(self: Paragraph, *arguments: Any) -> None:
        nonlocal made
        made += 1
        create(self, *arguments)

    monkeypatch.setattr(Paragraph, "draw_line", counted)
    code = "```python\n" + "".join(f"line_{number} = {number}\n" for number in range(300)) + "```\n"
    seen = _Watched(monkeypatch, _markdown(code))
    assert len(seen.sheets) > 3
    for placed in seen.sheets:
        assert all(y >= 0 and y + strip.height <= seen.height + 1 for y, strip in placed)
        assert all(above[0] + above[1].height <= below[0] + 0.5 for above, below in pairwise(placed))
    assert made == 301  # the label and each line once


def test_a_heading_and_a_name_stay_with_what_follows(monkeypatch: pytest.MonkeyPatch) -> None:
    for lines in range(30, 70):
        filler = "\n\n".join(["x"] * lines)
        seen = _Watched(
            monkeypatch, _markdown(filler), {"kind": "who", "text": "Prompt"}, _markdown("# Head\n\nText\n")
        )
        last = [placed[-1][1] for placed in seen.sheets]
        assert not any(strip.is_kept for strip in last)


def test_the_head_of_a_table_is_said_again_on_each_sheet(monkeypatch: pytest.MonkeyPatch) -> None:
    table = "| a | b |\n|---|--:|\n" + "".join(f"| {number} | {'word ' * (number % 40)} |\n" for number in range(120))
    seen = _Watched(monkeypatch, _markdown(table))
    assert len(seen.sheets) > 2
    heads = {id(placed[0][1]) for placed in seen.sheets}
    assert len(heads) == 1


def test_a_row_higher_than_a_sheet_goes_on_on_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    cell = "long words " * 3000
    seen = _Watched(monkeypatch, _markdown(f"| a | b |\n|---|---|\n| {cell} | 1 |\n"))
    assert len(seen.sheets) > 3
    assert all(y + strip.height <= seen.height + 1 for placed in seen.sheets for y, strip in placed)


@pytest.mark.parametrize(
    "text",
    [
        "", "\n", "$$\n", "```", "- ", "> ", "1. ", "|a|\n|-|\n", "- [ ] ", "#", "***", "> > > - 1. ```\n",
        ">" * 200 + " deep", "- " * 80 + "deep", "| " * 300 + "|\n" + "|-" * 300 + "|\n" + "| x " * 300 + "|\n",
        "\ud800 \0 \u202e bidi", "x" * 100_000, "```js\n" + "x" * 50_000 + "\n```", "مرحبا $x$ עולם", "😀" * 999,
        "$\\cancel{x}$ $\\frac{a}{b}$ " * 20, "a  \nb\\\nc",
    ],
)  # fmt: skip
def test_any_text_becomes_sheets(tmp_path: Path, text: str) -> None:
    pieces = [
        {"kind": kind, "text": text} for kind in ("title", "about", "who", "remark", "typed", "reasoning", "markdown")
    ]
    print_document(iter(pieces), text, tmp_path / "x.pdf")
    assert (tmp_path / "x.pdf").read_bytes().startswith(b"%PDF")


def test_pictures_fit_and_what_is_none_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    buffer = QBuffer(content := QByteArray())
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image = QImage(1000, 4000, QImage.Format.Format_RGB32)
    image.fill(QColor("red"))
    image.save(buffer, "PNG")
    piece = {"kind": "picture", "content": content.toBase64().data().decode(), "is_exact": True}
    seen = _Watched(monkeypatch, piece, piece | {"content": "AAAA"}, _markdown("After"))
    assert all(y + strip.height <= seen.height for placed in seen.sheets for y, strip in placed)
    assert b"/Subtype /Image" in seen.buffer.data().data()


def test_a_long_chat_takes_the_memory_of_a_short_one(tmp_path: Path) -> None:
    text = "Words with **marks** and `code`.\n\n- item\n\n```py\nx = 1\n```\n\n| a |\n|---|\n| 1 |\n"

    def peak(count: int) -> int:
        tracemalloc.start()
        print_document((_markdown(text) for _ in range(count)), "x", tmp_path / "x.pdf")
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    peak(10)
    assert peak(150) < 1.5 * peak(30) + 200_000


def _ink(shape: Shape) -> set[tuple[int, int]]:
    image = QImage(int(shape.width) + 20, int(shape.ascent + shape.descent) + 20, QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    shape.draw(painter, 10, 10 + shape.ascent)
    painter.end()
    places = ((x, y) for x in range(image.width()) for y in range(image.height()))
    return {place for place in places if image.pixelColor(*place).lightness() < 128}


@pytest.mark.parametrize(
    "tex", ["\\frac{a}{b}+\\sqrt{x_1^2}", "\\sum_{i=1}^n \\text{速度}_i", "\\begin{pmatrix}a&b\\\\c&d\\end{pmatrix}"]
)
def test_the_shape_of_a_formula_is_what_its_drawing_shows(tex: str) -> None:
    font = font_of(12)
    drawing = draw_formula(tex, is_display=True, size_px=120, colour="#000000", font=font)
    ours, theirs = Shape(drawing, "#000000"), Shape(drawing, "#000000")
    assert ours._path is not None
    theirs._path, theirs._svg = None, drawing.svg
    ink, wanted = _ink(ours), _ink(theirs)
    assert len(wanted) > 500
    assert len(ink ^ wanted) < 0.1 * len(wanted)  # edges


def test_a_formula_with_other_shapes_is_drawn_all_the_same() -> None:
    shape = shape_of("\\cancel{x}", font_of(20), is_display=True, colour="#000000")
    assert shape is not None
    assert shape._path is None
    assert _ink(shape)


@pytest.mark.parametrize("text", ["x" * 70_001, "word " * 20_000, "", " " * 50_000])
def test_a_long_paragraph_is_set_in_pieces_and_loses_nothing(text: str) -> None:
    runs = [("begin ", PLAIN), (text, PLAIN), (" end", PLAIN)]
    pieces = list(in_pieces(runs))
    assert "".join(text for piece in pieces for text, _ in piece) == f"begin {text} end"
    assert all(sum(len(text) for text, _ in piece) <= 20_000 for piece in pieces)


def test_words_of_a_pdf_are_what_was_written(tmp_path: Path) -> None:
    """As its tables say, which is what a reader searches and copies."""
    text = "自力 2026 x2 长 مرحبا"
    print_document(iter([_markdown(text)]), text, tmp_path / "x.pdf")
    tables = re.findall(rb"begincmap.*?endcmap", (tmp_path / "x.pdf").read_bytes(), re.DOTALL)
    said = {chr(int(code, 16)) for table in tables for names in re.findall(rb"\[(.*?)\]", table)
            for code in re.findall(rb"<(\w{4})>", names)}  # fmt: skip
    assert set("2026x مرحبا") <= said
    if not searchable._ideographs():
        pytest.skip("none of the fonts of print for Chinese is here")
    assert set(text) <= said
    assert not any(0x2E80 <= ord(letter) < 0x2FE0 for letter in said)


def test_right_to_left_text_stands_at_the_right() -> None:
    paragraph = Paragraph([("مرحبا", PLAIN)], font_of())
    paragraph.set(3000)
    assert paragraph._layout.lineAt(0).naturalTextRect().left() > 1500


def test_a_whole_conversation_is_told_in_pieces() -> None:
    from qwen_desktop.core.exchange.print_pieces import pieces_of

    whole: WholeConversation = rich()
    kinds = [piece["kind"] for piece in pieces_of(whole, lambda _: None, with_reasoning=True)]
    assert kinds[:5] == ["title", "about", "who", "typed", "who"]
    assert {"reasoning", "markdown", "sources", "remark"} <= set(kinds)
    assert "reasoning" not in [piece["kind"] for piece in pieces_of(whole, lambda _: None, with_reasoning=False)]
