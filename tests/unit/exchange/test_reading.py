"""Files of others, and files that mean harm: what can be taken is taken, the rest is named, nothing stops the rest."""

from __future__ import annotations

import json
import os
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qwen_desktop.core.chat.message import MessageStatus, Role
from qwen_desktop.core.exchange import reading
from qwen_desktop.core.exchange.problems import BadFile
from qwen_desktop.core.exchange.reading import Found, read_file
from qwen_desktop.core.exchange.whole import WholeConversation

NOW = datetime(2026, 11, 26, tzinfo=UTC)


def found_in(path: Path) -> list[Found]:
    return [one for one in read_file(path, NOW) if isinstance(one, Found)]


def read(tmp_path: Path, content: Any, name: str = "x.json") -> list[Found]:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return found_in(path)


def only(found: list[Found]) -> WholeConversation:
    (one,) = found
    assert one.problem == ""
    assert one.conversation is not None
    return one.conversation


def said(whole: WholeConversation) -> list[tuple[str, str]]:
    return [(one.role.value, one.text) for one in whole.path()]


# Lists of messages

MESSAGES = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": [{"type": "text", "text": "Look"}, {"type": "image_url", "image_url": {"url": "x"}}]},
    {"role": "assistant", "content": None, "tool_calls": [{"function": {"name": "f", "arguments": "{}"}}]},
    {"role": "tool", "content": "result ``` x"},
    {"role": "assistant", "content": "Done", "reasoning_content": "hm"},
    {"role": "user", "content": "Thanks \ud83d\ude00 \ud800"},
]


@pytest.mark.parametrize(
    "content",
    [
        {"messages": MESSAGES},
        [{"messages": MESSAGES}],
        MESSAGES,
        [MESSAGES],
        "\n".join(json.dumps(one) for one in MESSAGES).encode(),
        json.dumps({"messages": MESSAGES}).encode() + b"\n",
        b"\xef\xbb\xbf" + json.dumps({"model": None, "messages": MESSAGES}, indent=2).encode(),
    ],
)
def test_lists_of_messages_become_turns(tmp_path: Path, content: Any) -> None:
    whole = only(read(tmp_path, content))
    assert whole.system_prompt == "Be brief."
    assert said(whole) == [
        ("user", "Look\n\n[Picture]"),
        ("assistant", "```\nf({})\n```\n\n````\nresult ``` x\n````\n\nDone"),
        ("user", "Thanks 😀 \ufffd"),
    ]
    assert whole.path()[1].reasoning == "hm"
    assert (whole.title, whole.has_times, whole.created_at) == ("Look", False, NOW)


def test_one_conversation_a_line_and_a_bad_one_among_them(tmp_path: Path) -> None:
    lines = [
        {"messages": MESSAGES[1:2]},
        {"messages": [{"role": 1}]},
        {"a": 1},
        {"messages": []},
        {"messages": MESSAGES},
    ]
    found = read(tmp_path, "\n".join(map(json.dumps, lines)).encode(), "x.jsonl")
    assert [bool(one.conversation) for one in found] == [True, False, False, False, True]
    assert found[1].problem == "It is not as the format wants it: messages[0]"
    assert found[3].problem == "There are no messages in it."


# ChatGPT


def node(parent: str | None, role: str = "user", content: Any = "", at: float | None = None, **about: Any) -> Any:
    if isinstance(content, str):
        content = {"content_type": "text", "parts": [content]}
    recipient = about.pop("recipient", "all")
    message = {
        "author": {"role": role},
        "content": content,
        "create_time": at,
        "metadata": about,
        "recipient": recipient,
    }
    return {"parent": parent, "children": [], "message": message}


def chat(mapping: dict[str, Any], **values: Any) -> dict[str, Any]:
    for name, one in mapping.items():
        if one.get("parent") in mapping:
            mapping[one["parent"]]["children"].append(name)
    return {"title": "Trees", "create_time": 1700000000.5, "update_time": 1700000100.0, "mapping": mapping, **values}


def tree() -> dict[str, Any]:
    picture = {"content_type": "image_asset_pointer", "asset_pointer": "file-service://file-AbC1"}
    mapping = {
        "root": {"parent": None, "children": [], "message": None},
        "sys": node("root", "system", "", is_visually_hidden_from_conversation=True),
        "ctx": node("sys", "user", {"content_type": "user_editable_context"}),
        "u1": node("ctx", "user", {"content_type": "multimodal_text", "parts": [picture, "What is it?"]}, 1700000001),
        "a1": node("u1", "assistant", {"content_type": "thoughts", "thoughts": [{"summary": "S", "content": "T"}]}),
        "a2": node("a1", "assistant", {"content_type": "code", "text": "print(1)"}, recipient="python"),
        "t1": node("a2", "tool", {"content_type": "execution_output", "text": "1"}),
        "a3": node("t1", "assistant", "One. \ue200cite\ue202turn0\ue201", 1700000009, model_slug="gpt-4o"),
        "b1": node("u1", "assistant", "Another answer", 1700000050, model_slug="o3"),
        "u2": node("a3", "user", "Why?", 1700000060),
        "a4": node("u2", "assistant", "Becau", 1700000061, finish_details={"type": "interrupted"}),
    }
    return chat(mapping, current_node="a4", default_model_slug="gpt-4o")


def test_a_tree_of_chatgpt_becomes_a_tree(tmp_path: Path) -> None:
    whole = only(read(tmp_path, [tree()]))
    assert (whole.title, whole.model_id) == ("Trees", "gpt-4o")
    assert whole.created_at == datetime.fromtimestamp(1700000000.5, UTC)
    path = whole.path()
    assert [one.text for one in path] == [
        "[Picture: file-AbC1]\n\nWhat is it?",
        "```\nprint(1)\n```\n\n```\n1\n```\n\nOne. ",
        "Why?",
        "Becau",
    ]
    assert (path[1].reasoning, path[1].model_id, path[1].sibling_count) == ("**S**\n\nT", "gpt-4o", 2)
    assert path[3].status is MessageStatus.STOPPED
    assert [one.message.text for one in whole.messages if one.message.parent_id == path[0].id][1] == "Another answer"


def test_the_zip_of_chatgpt_is_read_without_unpacking(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("user.json", '{"id": 1}')
        packed.writestr("../../evil.json", json.dumps([tree()]))
        packed.writestr("conversations.json", json.dumps([tree(), {**tree(), "title": "Other"}]))
        packed.writestr("more/conversations.json", json.dumps([tree()]))  # the same once more
        link = zipfile.ZipInfo("conversations-link.json")
        link.external_attr = 0o120777 << 16
        packed.writestr(link, "/etc/passwd")
    found = []
    with pytest.raises(BadFile) as caught:
        for one in read_file(tmp_path / "x.zip", NOW):
            found.append(one)
    assert (len(found), caught.value.reason) == (2, "not_json")  # the link is text, and nobody follows it
    assert sorted(os.listdir(tmp_path)) == ["home", "x.zip"]


def test_a_shape_of_any_kind_gives_a_conversation_or_a_reason(tmp_path: Path) -> None:
    bad: list[Any] = [
        {"mapping": 3},
        {"mapping": {"a": 3}},
        {"mapping": {}},
        {"mapping": {"a": {"parent": "b", "message": None}, "b": {"parent": "a", "message": None}}},
        {"mapping": {"a": node("a", "user", {"content_type": "text", "parts": 3})}},
        {"messages": "x"},
        {"messages": [1, 2]},
        {"messages": [{"id": 1}], "created_at": "x", "updated_at": "y"},
        [],
        "text",
        None,
        1e999,
    ]
    odd = [
        chat({"a": node(None, "user", "ok", at="x")}, create_time=float("1e300"), title={"a": 1}, current_node=[]),
        chat({"a": node("gone", "user", "ok", at=-1e18)}, create_time="never", update_time=True),
        {"messages": [{"role": "user", "content": "ok", "created_at": "9999-12-31T23:59:59-23:59"}]},
    ]
    found = read(tmp_path, [*bad, *odd])
    assert [bool(one.conversation) for one in found] == [False] * len(bad) + [True] * len(odd)
    assert all(one.problem for one in found[: len(bad)])
    assert [one.conversation.messages[0].message.text for one in found if one.conversation] == ["ok"] * 3


_NAMES = [
    "mapping", "messages", "role", "content", "parts", "text", "author", "message", "parent", "children", "metadata",
    "title", "create_time", "current_node", "content_type", "thoughts", "id", "status", "created_at", "updated_at",
    "cost", "usage", "current", "attachments", "content_references", "citations", "items", "url", "matched_text",
    "alt", "asset_pointer", "image_url", "source", "type", "updates", "aggregate_result", "mime_type", "recipient",
]  # fmt: skip
_WORDS = [
    "user", "assistant", "tool", "system", "all", "canmore.create_textdoc", "thoughts", "multimodal_text", "code",
    "image_asset_pointer", "file-service://file-a", "image_url", "data:image/png;base64,AAAA", "data:;base64,x",
    "\ud800", "\0", "1e999", "-99999999999", "9999-12-31T23:59:59-23:59", "\ue200entity\ue202[1]\ue201", "\ue200\ue201",
    "【†】", "reasoning_recap", "user_editable_context", "execution_output", "image", "base64",
]  # fmt: skip
json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5) | st.sampled_from(_WORDS),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(_NAMES),
            inner,
            max_size=5,
        )
    ),
    max_leaves=25,
)


@given(st.lists(json_values, min_size=1, max_size=3))
def test_no_shape_is_a_bug(tmp_path_factory: pytest.TempPathFactory, values: list[Any]) -> None:
    try:
        found = read(tmp_path_factory.getbasetemp(), values, "any.json")
    except BadFile:
        return
    for one in found:
        assert bool(one.problem) != (one.conversation is not None)


# Harm


def test_a_hundred_thousand_deep_is_refused_at_once(tmp_path: Path) -> None:
    for content in (b"[" * 100_000, b'[{"mapping":' * 100_000):
        with pytest.raises(BadFile) as caught:
            read(tmp_path, content)
        assert caught.value.reason == "deep"


def test_a_chain_of_thousands_of_messages_needs_no_recursion(tmp_path: Path) -> None:
    mapping = {str(k): node(str(k - 1) if k else None, ("user", "assistant")[k % 2], f"m{k}") for k in range(3_000)}
    assert len(only(read(tmp_path, [chat(mapping)])).path()) == 3_000


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"[" + b"[]," * 3_000 + b"[]]", "large"),  # more conversations than anybody has
        (b"[[" + b"[]," * 5_000_000 + b"[]]]", ""),  # one of five million nothings
        (b"{" + b'"a":1,' * 300_000 + b'"b":1}', "large"),
        (b'{"messages":[' + b"1," * 300_000 + b"1]}", "large"),
    ],
    ids=["many", "nothings", "keys", "elements"],
)
def test_small_files_do_not_fill_the_memory(
    tmp_path: Path, content: bytes, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MOST_CONVERSATIONS", 2_000)
    monkeypatch.setattr(reading, "MOST_COLLECTED_BYTES", 4 << 20)
    begun = _peak_bytes()
    if reason:
        with pytest.raises(BadFile) as caught:
            read(tmp_path, content)
        assert caught.value.reason == reason
    else:
        assert read(tmp_path, content)[0].problem == "It is larger than 64 MB."
    assert _peak_bytes() - begun < 400 << 20


def _peak_bytes() -> int:
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10


@pytest.mark.parametrize("kind", ["bomb", "many", "damaged", "empty", "no chats"])
def test_zips_that_mean_harm(tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        if kind == "bomb":
            monkeypatch.setattr(reading, "MOST_UNPACKED_BYTES", 1 << 20)
            packed.writestr("conversations.json", b"[" + b" " * (20 << 20) + b"]")
        elif kind == "many":
            monkeypatch.setattr(reading, "MOST_NAMES", 10)
            for number in range(20):
                packed.writestr(f"{number}.json", "[]")
        elif kind == "damaged":
            packed.writestr("conversations.json", json.dumps([tree()] * 50))
        elif kind == "no chats":
            packed.writestr("a.json", "[1]")
            packed.writestr("b.txt", "x")
    if kind == "damaged":
        content = bytearray(path.read_bytes())
        content[200:260] = os.urandom(60)
        path.write_bytes(content)
    wanted = {"bomb": "large", "many": "large", "damaged": "zip", "empty": "not_json", "no chats": None}[kind]
    if wanted is None:
        assert [one.problem for one in found_in(path)] == ["It is not a conversation in a form this app knows."]
        return
    with pytest.raises(BadFile) as caught:
        found_in(path)
    assert caught.value.reason == wanted
    assert path.name in caught.value.sentence


def test_what_is_no_file_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path, reason in ((tmp_path / "pipe", "not_json"), (tmp_path, "not_json"), (tmp_path / "gone", "missing")):
        with pytest.raises(BadFile) as caught:
            found_in(path)
        assert caught.value.reason in (reason, "unreadable")


def test_a_text_in_another_encoding_is_told_and_the_next_is_taken(tmp_path: Path) -> None:
    content = '[{"messages": [{"role": "user", "content": "北京"}]}, '.encode("gbk")
    content += b'{"messages": [{"role": "user", "text": "ok"}]}]'
    first, second = read(tmp_path, content)
    assert first.problem == "Its text is not in UTF-8. Save the file in UTF-8, then import it again."
    assert second.conversation is not None


def test_a_file_that_ends_in_the_middle_gives_what_comes_before(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(json.dumps([tree(), tree()]).encode()[:-30])
    found = []
    with pytest.raises(BadFile) as caught:
        for one in read_file(tmp_path / "x", NOW):
            found.append(one)
    assert (len(found), caught.value.reason) == (1, "cut")


def test_a_number_that_would_fill_the_memory_is_refused(tmp_path: Path) -> None:
    message = {
        "id": 1, "role": "user", "text": "", "status": "complete", "created_at": "2026-01-01T00:00:00Z",
        "cost": {"amount": "1e999999999", "currency": "CNY", "priced_on": None},
    }  # fmt: skip
    about = {"title": "x", "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z"}
    content = {"format": "qwen-desktop", "version": 1, "conversations": [{**about, "messages": [message]}]}
    (one,) = read(tmp_path, content)
    assert one.problem == "It is not as the format wants it: cost"
    for change, reason in (
        ({"parent": 7}, "What comes before message 1 is missing."),
        ({"text": 3}, "It is not as the format wants it: Expected `str`, got `int` - at `$[0].text`"),
        ({"created_at": "2026-01-01T00:00:00"}, "It is not as the format wants it"),
    ):
        content["conversations"] = [{**about, "messages": [{**message, "cost": None, **change}]}]
        (one,) = read(tmp_path, content)
        assert one.problem.startswith(reason)
    content["conversations"] = [{**about, "messages": [{**message, "cost": None}] * 2}]
    assert read(tmp_path, content)[0].problem == "Two of its messages have the number 1."
    assert Role.USER.value == message["role"]
