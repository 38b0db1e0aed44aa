"""What people paste, and what a key gives away about itself."""

from __future__ import annotations

import copy
import dataclasses
import json
import logging
import pickle
import traceback

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qwen_desktop.core.credentials.api_keys import ApiKey, clean_api_key, profile_of
from qwen_desktop.core.errors import ApiKeyRejected

SECRET = "sk-0123456789abcdefWXYZ"


@pytest.mark.parametrize(
    "pasted",
    [
        SECRET,
        f"  {SECRET}\r\n",
        f"\u3000\u00a0{SECRET}\u200b\ufeff",
        f'"{SECRET}"',
        f"“{SECRET}”，",
        f"`{SECRET}`;",
        f"Bearer {SECRET}",
        f"bearer   '{SECRET}'",
        f"Authorization: Bearer {SECRET}",
        f"DASHSCOPE_API_KEY={SECRET}",
        f'export DASHSCOPE_API_KEY="{SECRET}"\n',
        f"（{SECRET}）。",
    ],
)
def test_key_is_found_in_what_was_pasted(pasted: str) -> None:
    assert clean_api_key(pasted).value == SECRET


@pytest.mark.parametrize(
    "pasted",
    ["", " \n", '""', "sk-one sk-two", "sk-a\nb", "sk-密钥", "ｓｋ-0123", "sk-a\u200bb", "sk-a\x00b", "k" * 1001,
     "sk-a\udc80", "sk-a\r\nX-Evil: 1"],
)  # fmt: skip
def test_what_cannot_be_a_key_is_refused_without_repeating_it(pasted: str) -> None:
    with pytest.raises(ApiKeyRejected) as caught:
        clean_api_key(pasted)
    assert caught.value.reason == "malformed"
    assert not caught.value.detail


@given(st.text())
def test_whatever_is_accepted_can_be_sent_in_a_header(text: str) -> None:
    try:
        key = clean_api_key(text)
    except ApiKeyRejected:
        return
    assert key.value.isascii()
    assert key.value.isprintable()
    assert " " not in key.value
    assert clean_api_key(key.value) == key or key.value.lower().startswith(("bearer", "authorization", "export"))


def test_key_is_not_printed_by_any_accident(caplog: pytest.LogCaptureFixture) -> None:
    @dataclasses.dataclass
    class Holder:
        api_key: ApiKey

    key = ApiKey(SECRET)
    caplog.set_level(logging.INFO)
    logging.getLogger("test").info("%s %r %s", key, key, Holder(key))
    shown = [
        str(key),
        repr(key),
        f"{key}",
        f"{key!r:>50}",
        repr([key]),
        repr({"a": key}),
        caplog.text,
        repr(Holder(key)),
    ]
    try:
        raise ValueError(key)
    except ValueError as error:
        shown.append("".join(traceback.TracebackException.from_exception(error, capture_locals=True).format()))
    # The source line of this test is not in question; the locals are.
    assert not [text for text in shown if "0123456789" in text.replace(f'"{SECRET}"', "")]
    assert str(key) == "…WXYZ"
    for encode in (pickle.dumps, copy.deepcopy, json.dumps, msgspec.json.encode, vars):
        with pytest.raises(TypeError):
            encode(key)
    with pytest.raises(TypeError):
        dataclasses.asdict(Holder(key))


def test_short_key_shows_nothing() -> None:
    assert str(ApiKey("sk-short")) == "…"


def test_key_does_not_change_and_compares_by_value() -> None:
    key = ApiKey("a")
    with pytest.raises(AttributeError):
        key.value = "b"  # type: ignore[misc]
    with pytest.raises(AttributeError):
        key._value = "b"
    assert key == ApiKey("a")
    assert key != ApiKey("b")
    assert key != "a"
    assert len({key, ApiKey("a")}) == 1


@pytest.mark.parametrize(
    ("base_url", "profile"),
    [
        ("https://dashscope.aliyuncs.com", "dashscope.aliyuncs.com:443"),
        ("https://DashScope.aliyuncs.com./compatible-mode/v1/", "dashscope.aliyuncs.com:443"),
        ("http://127.0.0.1:8080", "127.0.0.1:8080"),
        ("http://[::1]:8080/x?y", "[::1]:8080"),
        (" http://localhost ", "localhost:80"),
        ("https://user:pw@host.example:8443", "host.example:8443"),
        ("https://host.example:99999", ""),
        ("https://[bad", ""),
        ("nonsense", ""),
        ("", ""),
    ],
)
def test_profile_is_host_and_port(base_url: str, profile: str) -> None:
    assert profile_of(base_url) == profile
