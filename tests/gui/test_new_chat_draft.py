"""The file of what was typed into a new chat, on a disk that refuses for a while."""

from __future__ import annotations

from pathlib import Path

from qwen_desktop.core.chat.attachment import Attachment
from qwen_desktop.ui.controllers.drafts import NewChatDraft

PICTURE = Attachment("cd" * 32, "image/png", 70, 2, 1, "name.png")


def test_what_a_disk_refused_is_written_once_it_takes_it(tmp_path: Path) -> None:
    path = tmp_path / "data" / "new-chat.draft"
    draft = NewChatDraft(path)
    draft.keep("before", ())
    in_the_way = [path.with_suffix(".new"), path.with_name("new-chat-pictures.new")]
    for one in in_the_way:
        one.mkdir()
    draft.keep("typed", (PICTURE,))
    assert (draft.text, draft.attachments) == ("typed", (PICTURE,))
    assert NewChatDraft(path).text == "before"
    for one in in_the_way:
        one.rmdir()
    draft.keep("typed")
    kept = NewChatDraft(path)
    assert (kept.text, kept.attachments) == ("typed", (PICTURE,))
