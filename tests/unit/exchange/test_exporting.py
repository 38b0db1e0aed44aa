"""Files of an export: what is in them, where they lie, and what is never overwritten, left half-written or let out."""

from __future__ import annotations

import errno
import hashlib
import html.parser
import json
import os
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from qwen_desktop.core.chat.attachment import Attachment
from qwen_desktop.core.errors import StorageUnavailable
from qwen_desktop.core.exchange import output, printing
from qwen_desktop.core.exchange.exporting import Cancelled, Format, Wish, export_many, export_one
from qwen_desktop.core.exchange.markdown import markdown_of, open_fence
from qwen_desktop.core.exchange.output import new_file
from qwen_desktop.core.exchange.printing import PagePrinter
from qwen_desktop.core.exchange.problems import CannotPrint, InTheWay, sentence_of
from tests.unit.exchange.samples import export_tools, history, message, rich

PICTURE = b"\x89PNG\r\n\x1a\n" + b"x" * 100
ATTACHED = Attachment(hashlib.sha256(PICTURE).hexdigest(), "image/png", len(PICTURE), 2, 2, "a [b].png")


def text_of(tmp_path: Path, wanted: Format, *, with_reasoning: bool = True) -> str:
    with history(tmp_path / "data", rich(ATTACHED)) as db:
        folder = tmp_path / "data" / "attachments"
        folder.mkdir(exist_ok=True)
        (folder / ATTACHED.digest).write_bytes(PICTURE)
        tools = export_tools(db, tmp_path / "data")
        done = export_one(tools, Wish(wanted, with_reasoning), 1, tmp_path / f"out.{wanted}")
        return done.path.read_bytes().decode()


def test_markdown_holds_the_texts_as_they_are(tmp_path: Path) -> None:
    text = text_of(tmp_path, Format.MARKDOWN)
    assert text.startswith('---\ntitle: "Weather: 北京 / Shanghai?"\ndate: 2026-03-01T08:30:00+00:00\n')
    assert 'model: "qwen-plus"\ntags: ["rain", "雨"]\n---\n\n# Weather' in text
    for one in rich().path():
        assert one.text in text
    assert "First\n```py\nopen\n```\n\n## Reply of qwen-plus" in text  # the fence that was left open is closed
    assert "\n```\ncut\n```\n" in text
    assert "<details>\n<summary>Thought for 2 s</summary>\n\nhm\n</details>" in text
    assert "*Version 2 of 2 · Left out of later requests*" in text
    assert "old version" not in text
    assert f"![a \\[b\\].png](<out-files/{ATTACHED.digest[:20]}.png>)" in text
    assert (tmp_path / "out-files" / f"{ATTACHED.digest[:20]}.png").read_bytes() == PICTURE
    assert "1. [A \\[page\\]](<https://example.com/a>)\n2. bad\n" in text
    assert "Be brief." in text


def test_reasoning_is_left_out_on_wish(tmp_path: Path) -> None:
    for wanted in (Format.MARKDOWN, Format.HTML):
        assert "Thought for" not in text_of(tmp_path / wanted, wanted, with_reasoning=False)


@pytest.mark.parametrize(
    ("text", "marks"),
    [("```\na", "```"), ("```\na\n```", ""), ("~~~~ x\n~~~\n", "~~~~"), ("a ``` b", ""), ("``` a`b\n", ""), ("", "")],
)
def test_a_fence_that_was_left_open_is_found(text: str, marks: str) -> None:
    assert open_fence(text) == marks


class _Seen(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def test_html_fetches_nothing_and_runs_nothing(tmp_path: Path) -> None:
    text = text_of(tmp_path, Format.HTML)
    seen = _Seen()
    seen.feed(text)
    assert not {tag for tag, _ in seen.tags} & {"script", "iframe", "link", "object", "embed", "form", "base", "svg"}
    for tag, attributes in seen.tags:
        assert not any(name.startswith("on") for name in attributes)
        assert (attributes.get("href") or "https://").startswith(("https://", "http://", "mailto:"))
        assert tag != "img" or str(attributes["src"]).startswith("data:image/png;base64,")
    assert "default-src 'none'" in text
    assert "prefers-color-scheme: dark" in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "<td" in text
    assert "$x^2$" in text
    assert "hm\n&lt;/details&gt;" in text


def test_all_chats_lie_beside_each_other_and_nothing_is_overwritten(tmp_path: Path) -> None:
    chats = [replace(rich(), title=title) for title in ("../../x", "CON", "con", "", "a" * 500, "北" * 200)]
    out = tmp_path / "new" / "out"
    with history(tmp_path / "data", *chats) as db:
        tools = export_tools(db, tmp_path / "data")
        export_many(tools, Wish(), out)
        first = {path.name: path.read_bytes() for path in out.iterdir()}
        assert len(first) == 6
        assert {"2026-03-01 x.md", "2026-03-01 _CON.md", "2026-03-01 _con (2).md"} <= set(first)
        assert "2026-03-01 Untitled chat.md" in first
        export_many(tools, Wish(), out)
    second = {path.name: path.read_bytes() for path in out.iterdir()}
    assert len(second) == 12
    assert {name: second[name] for name in first} == first
    assert os.listdir(tmp_path / "new") == ["out"]
    for path in (out, *out.iterdir()):
        assert path.stat().st_mode & 0o077 == 0


def test_a_file_that_is_there_stays_unless_it_may_be_replaced(tmp_path: Path) -> None:
    (tmp_path / "one.md").write_text("mine")
    (tmp_path / "link.md").symlink_to(tmp_path / "gone")
    with history(tmp_path / "data", rich()) as db:
        tools = export_tools(db, tmp_path / "data")
        for name in ("one.md", "link.md"):
            with pytest.raises(InTheWay) as caught:
                export_one(tools, Wish(), 1, tmp_path / name)
            assert name in sentence_of(caught.value)
        assert (tmp_path / "one.md").read_text() == "mine"
        export_one(tools, Wish(), 1, tmp_path / "one.md", may_replace=True)
        assert (tmp_path / "one.md").read_text() != "mine"
        with pytest.raises(InTheWay, match="in the way") as in_the_way:
            export_many(tools, Wish(), tmp_path / "one.md" / "below")
        assert "is a file, not a folder" in sentence_of(in_the_way.value)


def test_where_links_cannot_be_made_files_are_written_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EPERM, "no links here")

    monkeypatch.setattr(output.os, "link", refuse)
    for content in (b"1", b"2"):
        try:
            with new_file(tmp_path / "x") as file:
                file.write(content)
        except FileExistsError:
            assert content == b"2"
    assert (tmp_path / "x").read_bytes() == b"1"


@pytest.mark.parametrize(("number", "words"), [(errno.ENOSPC, "The disk is full"), (errno.EROFS, "may not be written")])
@pytest.mark.parametrize("wanted", [Format.MARKDOWN, Format.JSON, Format.HTML])
def test_a_disk_that_refuses_leaves_nothing_and_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wanted: Format, number: int, words: str
) -> None:
    def refuse(_: int) -> None:
        raise OSError(number, "no")

    with history(tmp_path / "data", rich()) as db:
        monkeypatch.setattr(output.os, "fsync", refuse)
        with pytest.raises(StorageUnavailable) as caught:
            export_many(export_tools(db, tmp_path / "data"), Wish(wanted), tmp_path / "out")
    assert words in sentence_of(caught.value)
    assert os.listdir(tmp_path / "out") == []


def test_a_printer_that_dies_or_cannot_write_is_told_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = {"died": "", "refused": json.dumps({"number": 0, "words": "no fonts"}),
               "full": json.dumps({"number": errno.ENOSPC, "words": "full"})}  # fmt: skip
    with history(tmp_path / "data", rich()) as db:
        for answer in answers.values():
            program = f"import sys; sys.stdin.readline(); print({answer!r})" if answer else ""
            monkeypatch.setattr(printing, "own_command", lambda _, program=program: [sys.executable, "-c", program])
            with closing(PagePrinter()) as printer, pytest.raises((CannotPrint, StorageUnavailable)) as caught:
                tools = export_tools(db, tmp_path / "data", print_pdf=printer.print_pieces)
                export_many(tools, Wish(Format.PDF), tmp_path / "out")
            words = "The disk is full" if answer == answers["full"] else "Export a web page instead"
            assert words in sentence_of(caught.value)
            assert os.listdir(tmp_path / "out") == []


def test_giving_up_leaves_whole_files_only(tmp_path: Path) -> None:
    left = 12

    def check() -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise Cancelled

    with history(tmp_path / "data", rich(), rich()) as db:
        whole = "".join(markdown_of(rich(), lambda _: None, with_reasoning=True))
        with pytest.raises(Cancelled):
            export_many(export_tools(db, tmp_path / "data", check=check), Wish(), tmp_path / "out")
        for wanted in (Format.JSON, Format.HTML):
            left = 1
            with pytest.raises(Cancelled):
                export_many(export_tools(db, tmp_path / "data", check=check), Wish(wanted), tmp_path / "out")
    assert [path.read_text() for path in (tmp_path / "out").iterdir()] in ([], [whole])


def test_a_long_chat_is_read_and_written_in_time_that_grows_with_it(tmp_path: Path) -> None:
    import time

    def took(count: int) -> float:
        messages = tuple(message(number, number - 1 or None, "text " * 20) for number in range(1, count + 1))
        with history(tmp_path / str(count), replace(rich(), messages=messages, current=count)) as db:
            begun = time.thread_time()
            export_many(export_tools(db, tmp_path), Wish(), tmp_path / f"out{count}")
            return time.thread_time() - begun

    took(200)
    assert min(took(1600), took(1601)) < 10 * min(took(400), took(401)) + 0.2


def test_an_interruption_as_soon_as_a_file_is_made_leaves_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    really_open, folder = os.open, tmp_path / "out"
    folder.mkdir()

    def interrupted(*arguments: object, **named: object) -> int:
        os.close(really_open(*arguments, **named))  # type: ignore[arg-type]
        raise KeyboardInterrupt  # a signal that came meanwhile is heard when the call has ended

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(os, "open", interrupted)
        with new_file(folder / "x"):
            pass
    assert list(folder.iterdir()) == []
