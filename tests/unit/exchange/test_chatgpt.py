"""What exports of ChatGPT hold: every shape gives its text, and pictures come from the zip or are named."""

from __future__ import annotations

import io
import json
import os
import zipfile
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from qwen_desktop.core.chat.message import Source
from qwen_desktop.core.exchange import foreign_pictures
from qwen_desktop.core.exchange.exporting import Cancelled
from qwen_desktop.core.exchange.importing import Summary, import_files, preview
from qwen_desktop.core.exchange.reading import Found, read_file
from qwen_desktop.core.exchange.whole import WholeConversation
from qwen_desktop.core.exchange.words import found_words, imported_words
from qwen_desktop.core.storage.exchange import conversation_ids, read_whole
from tests.unit.exchange.samples import every_picture_is_long, history, import_tools
from tests.unit.exchange.test_reading import NOW, chat, node, only, read, said

CITE, END, PART = "\ue200", "\ue201", "\ue202"


def png(colour: str = "red", size: tuple[int, int] = (40, 30)) -> bytes:
    made = io.BytesIO()
    Image.new("RGB", size, colour).save(made, "PNG")
    return made.getvalue()


def pointer(id: str, scheme: str = "file-service") -> dict[str, Any]:
    return {"content_type": "image_asset_pointer", "asset_pointer": f"{scheme}://{id}"}


def one(*parts: Any, **about: Any) -> dict[str, Any]:
    """A chat with one prompt of these parts."""
    return chat({"a": node(None, "user", {"content_type": "multimodal_text", "parts": list(parts)}, 17e8, **about)})


def reply(content: Any, role: str = "assistant", **about: Any) -> list[tuple[str, str]]:
    """A prompt and what follows it."""
    mapping = {"a": node(None, "user", "Q"), "b": node("a", role, content, **about)}
    return said(_whole([chat(mapping)]))


def _whole(content: Any) -> WholeConversation:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        return only(read(Path(folder), content))


def packed(path: Path, files: dict[str, bytes], *chats: dict[str, Any]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("conversations.json", json.dumps(chats))
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def imported(tmp_path: Path, file: Path) -> tuple[Summary, list[WholeConversation]]:
    with history(tmp_path / "to") as db:
        tools = import_tools(db, tmp_path / "to")
        seen = preview(tools, [file])
        done = import_files(tools, [file])
        assert (seen.new, seen.bad) == (done.new, done.bad)
        return done, [read_whole(db, id) for id in conversation_ids(db)]


# Pictures


def test_pictures_of_every_layout_become_attachments(tmp_path: Path) -> None:
    ids = [
        pointer("file-AbC1"),
        pointer("file-Dat2"),
        pointer("file_00ff", "sediment"),
        pointer("aa11#file_00ee#p_0.png", "sediment"),
        pointer("file_00dd?shared_conversation_id=1", "sediment"),
    ]
    files = {
        "file-AbC1-holiday photo.png": png("red"),
        "file-Dat2.dat": png("blue"),
        "user-x/file_00ff-uuid.png": png("green"),
        "file_00ee-sanitized.webp": png("white"),
        "dalle-generations/file_00dd.webp": png("black"),
        "file-AbC1.wav": b"RIFF",
    }
    attachment = {"id": "file-AbC1", "name": "我的\n照片.png", "mime_type": "image/png"}
    content = one("What is it?", *ids, attachments=[attachment])
    done, (whole,) = imported(tmp_path, packed(tmp_path / "x.zip", files, content))
    assert (done.new, done.pictures, done.missing_pictures, done.picture_problems) == (1, 5, 0, [])
    (message,) = whole.path()
    assert message.text == "What is it?"
    names = [one.name for one in message.attachments]
    assert names[:2] == ["我的 照片.png", "file-Dat2.dat"]
    assert {(one.media_type, one.width, one.height) for one in message.attachments} == {("image/png", 40, 30)}
    kept = {path.name for path in (tmp_path / "to" / "attachments").iterdir()}
    assert kept == {one.digest for one in message.attachments}
    assert imported_words(done) == "1 chat was imported. Pictures taken: 5."


def test_pictures_that_mean_harm_are_refused_in_a_sentence_and_named(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    ids = ["up", "root", "drive", "link", "twice", "bomb", "text", "gone", "cut", "good"]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        parts = [pointer(f"file-{id}") for id in ids]
        archive.writestr("conversations.json", json.dumps([one("Look", *parts)]))
        archive.writestr("../../file-up.png", png())
        archive.writestr("/etc/file-root.png", png())
        archive.writestr("C:\\x\\file-drive.png", png())
        link = zipfile.ZipInfo("file-link.png")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("file-twice.png", png("red"))
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("file-twice.png", png("blue"))
        archive.writestr("file-bomb.png", bytes(30 << 20))
        archive.writestr("file-text.png", b"<html>no picture</html>" * 9)
        archive.writestr("file-cut.png", png(size=(400, 300))[:60])
        archive.writestr("file-good.png", png())
    done, (whole,) = imported(tmp_path, path)
    assert done.picture_problems == [
        "file-up.png was refused: its path in the zip leads out of it.",
        "file-root.png was refused: its path in the zip leads out of it.",
        "file-drive.png was refused: its path in the zip leads out of it.",
        "file-link.png was refused: in the zip it is a link, not a file.",
        "file-twice.png was refused: the zip holds more than one file of that name.",
        "file-bomb.png was refused: it is packed far more tightly than a picture can be.",
        "file-text.png is not a picture. JPEG, PNG, WebP, GIF, BMP and TIFF can be sent.",
        "file-gone is not in the export.",
        "file-cut.png is damaged or incomplete. Open it in another program and save it anew.",
    ]
    (message,) = whole.path()
    assert [one.name for one in message.attachments] == ["file-good.png"]
    for name in ("file-up.png", "file-gone", "file-text.png", "file-cut.png"):
        assert f"[Picture: {name}]" in message.text
    assert (done.pictures, done.missing_pictures) == (1, 9)
    assert "Pictures that cannot be taken: 9. The chats name them." in imported_words(done)
    assert sorted(os.listdir(tmp_path)) == ["home", "to", "x.zip"]


def test_a_picture_that_says_it_is_small_and_is_not_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(foreign_pictures, "MOST_BYTES", 50_000)
    files = {"file-a1.png": os.urandom(60_000), "file-b2.png": png()}
    done, (whole,) = imported(
        tmp_path, packed(tmp_path / "x.zip", files, one(pointer("file-a1"), pointer("file-b2"), "Hi"))
    )
    assert done.picture_problems == ["file-a1.png was refused: it is too large."]
    assert len(whole.path()[0].attachments) == 1


def test_pictures_are_looked_for_before_and_the_same_file_again_brings_nothing(tmp_path: Path) -> None:
    file = packed(tmp_path / "x.zip", {"file-a1.png": png()}, one(pointer("file-a1"), pointer("file-no")))
    with history(tmp_path / "to") as db:
        tools = import_tools(db, tmp_path / "to")
        seen = preview(tools, [file])
        assert found_words(seen) == (
            "Chats found: 1 new. Messages in the new ones: 1. Pictures in them: 1. "
            "Pictures that cannot be taken: 1. The chats name them."
        )
        assert not (tmp_path / "to" / "attachments").exists()
        import_files(tools, [file])
        again = import_files(tools, [file])
        assert (again.new, again.there, again.pictures, again.picture_problems) == (0, 1, 0, [])


def test_giving_up_between_pictures_leaves_no_half_chat(tmp_path: Path) -> None:
    files = {f"file-{n}.png": png(size=(40 + n, 30)) for n in range(9)}
    file = packed(tmp_path / "x.zip", files, one(*(pointer(f"file-{n}") for n in range(9))))
    with history(tmp_path / "to") as db:
        folder = tmp_path / "to" / "attachments"

        def check() -> None:
            if folder.exists() and len(os.listdir(folder)) == 3:
                raise Cancelled

        with pytest.raises(Cancelled):
            import_files(import_tools(db, tmp_path / "to", check=check), [file])
        assert conversation_ids(db) == []


def test_pictures_of_tools_stand_in_the_reply(tmp_path: Path) -> None:
    drawn = {"content_type": "multimodal_text", "parts": [pointer("file-a1")]}
    drawn["parts"][0]["metadata"] = {"dalle": {"prompt": "a cat"}}  # type: ignore[index]
    plot = {"aggregate_result": {"messages": [{"message_type": "image", "image_url": "file-service://file-b2"}]}}
    mapping = {
        "q": node(None, "user", "Draw"),
        "t": node("q", "tool", drawn),
        "p": node("t", "tool", {"content_type": "execution_output", "text": "<Figure>"}, **plot),
    }
    files = {"file-a1.webp": png("red"), "file-b2.png": png("blue")}
    _, (whole,) = imported(tmp_path, packed(tmp_path / "x.zip", files, chat(mapping)))
    prompt, made = whole.path()
    assert (made.text, len(made.attachments)) == ("a cat\n\n```\n<Figure>\n```", 2)
    assert prompt.attachments == ()


# Layouts


def test_numbered_parts_are_read_in_their_order_and_a_damaged_one_stops_no_other(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in (10, 2, 0):
            made = one(f"part {number}")
            archive.writestr(f"conversations-{number:03}.json", json.dumps([made]))
        archive.writestr("conversations-001.json", b"[broken")
        archive.writestr("export_manifest.json", '{"version": 1}')
        archive.writestr("conversation_asset_file_names.json", "{}")
        archive.writestr("__MACOSX/._conversations-000.json", b"\0\5")
    done, wholes = imported(tmp_path, path)
    assert [whole.path()[0].text for whole in wholes] == ["part 0", "part 2", "part 10"]
    assert done.problems == ["x.zip ends in the middle. What comes before is complete."]


def test_a_mapping_may_be_a_list_and_parents_may_be_told_by_children() -> None:
    nodes = [
        {"id": "r", "children": ["a"]},
        {"id": "a", "children": ["b"], "message": {"author": "user", "content": "plain words"}},
        {"id": "b", "children": [], "message": node(None, "assistant", "Reply")["message"]},
        {"id": "b", "parent": "a", "message": node(None, "assistant", "Twin")["message"]},
    ]
    whole = _whole([{"title": "T", "mapping": nodes, "current_node": "b"}])
    assert said(whole) == [("user", "plain words"), ("assistant", "Reply")]
    assert "Twin" in [one.message.text for one in whole.messages]


def test_a_circle_is_cut_open_and_loses_nothing() -> None:
    mapping = {
        "a": node("c", "user", "A", 1),
        "b": node("a", "assistant", "B", 2),
        "c": node("b", "user", "C", 3),
        "d": node("d", "user", "D", 4),
    }
    whole = _whole([{"title": "T", "mapping": mapping}])
    letters = [letter for one in whole.messages for letter in one.message.text if letter.isalpha()]
    assert sorted(letters) == ["A", "B", "C", "D"]


# Contents


@pytest.mark.parametrize(
    ("content", "about", "text"),
    [
        ({"content_type": "code", "language": "python", "text": "x"}, {"recipient": "python"}, "```python\nx\n```"),
        ({"content_type": "code", "language": "unknown", "text": "q"}, {"recipient": "web"}, "```\nq\n```"),
        ({"content_type": "citable_code_output", "output_str": "out"}, {}, "out"),
        ({"content_type": "sonic_webpage", "title": "T", "url": "u", "text": "page"}, {}, "T · u\n\npage"),
        ({"content_type": "app_pairing_content", "workspaces": [{"title": "Ed", "content": "c"}]}, {}, "Ed\n\nc"),
        ({"content_type": "of_next_year", "blocks": [{"deep": {"words": "kept"}}]}, {}, "kept"),
        ({"content_type": "text", "text": "no parts"}, {}, "no parts"),
        ({"content_type": "text", "parts": ["a", None, {"text": "b"}, {"x": ["c"]}, 7]}, {}, "a\n\nb\n\nc"),
        ({"content_type": "multimodal_text", "parts": [{"content_type": "audio_transcription", "text": "said"}]}, {},
         "said"),
        ({"content_type": "system_error", "name": "E", "text": "why"}, {}, "```\nE\nwhy\n```"),
    ],
)  # fmt: skip
def test_contents_of_every_kind_keep_their_text(content: Any, about: dict[str, Any], text: str) -> None:
    assert reply(content, **about)[1:] == [("assistant", text)]


def test_a_canvas_is_a_document_and_not_its_json() -> None:
    made = {"name": "poem", "type": "document", "content": "# Rain\n\nfalls"}
    to = {"recipient": "canmore.create_textdoc"}
    assert reply({"content_type": "code", "text": json.dumps(made)}, **to)[1][1] == "**poem**\n\n# Rain\n\nfalls"
    made = {"name": "f", "type": "code/python", "content": "x = 1"}
    assert reply({"content_type": "text", "parts": [json.dumps(made)]}, **to)[1][1] == "**f**\n\n```python\nx = 1\n```"
    change = {"updates": [{"pattern": "a", "multiple": False, "replacement": "b"}]}
    to = {"recipient": "canmore.update_textdoc"}
    assert reply({"content_type": "code", "text": json.dumps(change)}, **to)[1][1] == "```\na\n```\n\n```\nb\n```"
    assert reply({"content_type": "code", "text": "{cut off"}, **to)[1][1] == "```\n{cut off\n```"


def test_thinking_is_reasoning_with_its_time() -> None:
    thoughts = [{"summary": "S", "content": "T"}, {"summary": "", "content": "", "chunks": ["U"]}]
    mapping = {
        "q": node(None, "user", "Q"),
        "t": node("q", "assistant", {"content_type": "thoughts", "thoughts": thoughts}),
        "r": node("t", "assistant", {"content_type": "reasoning_recap", "content": "8s"}, finished_duration_sec=8),
        "a": node("r", "assistant", "A"),
    }
    message = _whole([chat(mapping)]).path()[1]
    assert (message.text, message.reasoning, message.thinking_s) == ("A", "**S**\n\nT\n\nU\n\n8s", 8.0)


def test_citations_become_sources_and_names_stay() -> None:
    cite = f"{CITE}cite{PART}turn0search1{END}"
    entity = f'{CITE}entity{PART}["city","Paris","capital"]{END}'
    link = f"{CITE}url{PART}Docs{PART}https://example.com/d{END}"
    references = [
        {
            "matched_text": cite,
            "alt": "([A](https://example.com/a))",
            "items": [{"title": "A", "url": "https://example.com/a", "attribution": "Ex"}, {"url": "javascript:x"}],
        }
    ]
    text = f"In {entity} it rains {cite}.{CITE}cite{PART}turn9view0{END} See {link}, 【3†source】 and \ue203this\ue204."
    mapping = {
        "q": node(None, "user", "Q"),
        "a": node(
            "q",
            "assistant",
            text,
            content_references=references,
            citations=[{"metadata": {"title": "B", "url": "https://example.com/b"}}],
        ),
    }
    message = _whole([chat(mapping)]).path()[1]
    assert message.text == (
        "In Paris it rains ([A](https://example.com/a)). See [Docs](https://example.com/d),  and this."
    )
    assert message.sources == (
        Source(1, "A", "https://example.com/a", "Ex"),
        Source(2, "B", "https://example.com/b"),
    )


def test_files_that_went_along_are_named_and_instructions_become_the_system_prompt() -> None:
    attached = [{"id": "file-p", "name": "report.pdf", "mime_type": "application/pdf"}]
    context = {"content_type": "user_editable_context", "user_profile": "I am Li.", "user_instructions": "Be brief."}
    mapping = {
        "c": node(None, "user", context, is_visually_hidden_from_conversation=True),
        "q": node("c", "user", "Read", attachments=attached),
    }
    whole = _whole([chat(mapping)])
    assert whole.system_prompt == "I am Li.\n\nBe brief."
    assert said(whole) == [("user", "[File: report.pdf]\n\nRead")]


# Lists of messages with pictures in them


@pytest.mark.parametrize("size", ["usual", "long"])
def test_pictures_in_lists_of_messages_are_taken_and_addresses_only_named(
    tmp_path: Path, size: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import base64

    views = every_picture_is_long(monkeypatch) if size == "long" else []
    data = base64.b64encode(png()).decode()
    lines = "\n".join(data[at : at + 76] for at in range(0, len(data), 76))
    parts = [
        {"type": "text", "text": "Look"},
        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{data}"}},
        {"type": "input_image", "image_url": f"data:image/png;base64,{lines}"},
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": data}},
        {"type": "image_url", "image_url": {"url": "https://example.com/a(1).png"}},
        {"type": "image_url", "image_url": {"url": "file:///etc/passwd"}},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,!!!"}},
        {"type": "file", "file": {"filename": "a.pdf"}},
    ]
    file = tmp_path / "x.json"
    file.write_text(json.dumps([{"messages": [{"role": "user", "content": parts}]}]))
    done, (whole,) = imported(tmp_path, file)
    (message,) = whole.path()
    assert len(message.attachments) == 1  # the same bytes three times
    assert message.text == (
        "Look\n\n[Picture](<https://example.com/a(1).png>)\n\n[Picture]\n\n[File: a.pdf]\n\n[Picture: Picture]"
    )
    assert done.picture_problems == ["Picture cannot be decoded."]
    if size == "long":  # for the preview and the import; not the one in lines, which is written with escapes
        assert views == ["url", "data"] * 2


def test_found_conversations_can_be_read_without_their_pictures(tmp_path: Path) -> None:
    file = packed(tmp_path / "x.zip", {"file-a1.png": png()}, one(pointer("file-a1"), "x"))
    (found,) = [one for one in read_file(file, NOW) if isinstance(one, Found)]
    assert found.conversation is not None
    assert [wanted.name for wanted in found.conversation.messages[0].wanted] == ["file-a1.png"]
