"""What the service says when it ends a conversation, on both protocols and in mid-stream, to sentence and buttons."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest

from qwen_desktop.core.chat.attachment import Attachment
from qwen_desktop.core.chat.message import Message, MessageStatus, Role
from qwen_desktop.core.errors import ProviderError
from qwen_desktop.core.protocol.sse import SSEDecoder
from qwen_desktop.core.providers.error_body import read_error_body
from qwen_desktop.core.providers.failures import from_response, from_words
from qwen_desktop.core.words import set_language, to_failure
from qwen_desktop.demo.frames import ServiceFailure, encode_json
from qwen_desktop.ui.controllers.notices import notice_for
from tests.strict_service import filtered

INPUT, OUTPUT = filtered("Input"), filtered("Output")
LONG = ServiceFailure(400, "InvalidParameter", "Range of input length should be [1, 400]")
GONE = ServiceFailure(400, "InvalidParameter", "Failed to download multimodal content.")
TIMED_OUT = ServiceFailure(400, "InvalidURL.Timeout", "Download the media resource timed out.")
BILL = ServiceFailure(
    400, "Arrearage", "Access denied, please make sure your account is in good standing.", "Arrearage"
)
NO_MODEL = ServiceFailure(404, "ModelNotFound", "The model does not exist.", "model_not_found")
NO_KEY = ServiceFailure(401, "InvalidApiKey", "Invalid API-key provided.", "invalid_api_key")
PICTURE = Attachment("d" * 64, "image/png", 100, 10, 10)


@dataclass(frozen=True)
class Case:
    failure: ServiceFailure
    english: str
    """The beginning of the sentence."""
    english_buttons: tuple[str, ...]
    chinese: str
    chinese_buttons: tuple[str, ...]
    earlier: tuple[tuple[str, str, ServiceFailure | None], ...] = (("a", "A", None),)
    """Turns before: prompt, reply, how it ended."""
    text: str = ""
    """What had arrived of the reply."""
    pictured: tuple[int, ...] = ()
    """Which of the prompts have a picture, counted from 0."""


CASES = {
    "this prompt": Case(
        INPUT,
        "The service's content filter stopped this prompt.",
        ("Edit prompt",),
        "这条提示词被服务的内容审核拦截。",
        ("修改提示词",),
    ),
    "an earlier turn": Case(
        INPUT,
        "The service's content filter stopped this request, probably because of the earlier turn “b”.",
        ("Edit prompt", "Leave out “b” and try again"),
        "这次请求被服务的内容审核拦截，原因很可能是较早的一轮“b”。",
        ("修改提示词", "略去“b”并重试"),
        earlier=(("a", "A", None), ("b", "half", OUTPUT)),
    ),
    "two earlier turns": Case(
        INPUT,
        "The service's content filter stopped this request, probably because of 2 earlier turns.",
        ("Edit prompt", "Leave out 2 turns and try again"),
        "这次请求被服务的内容审核拦截，原因很可能是较早的 2 轮。",
        ("修改提示词", "略去 2 轮并重试"),
        earlier=(("a", "half", OUTPUT), ("b", "half", OUTPUT)),
    ),
    "a second refusal": Case(
        INPUT,
        "The service's content filter stopped this request, probably because of the earlier turn “a”.",
        ("Edit prompt", "Leave out “a” and try again"),
        "这次请求被服务的内容审核拦截，原因很可能是较早的一轮“a”。",
        ("修改提示词", "略去“a”并重试"),
        earlier=(("a", "A", None), ("b", "", INPUT)),
    ),
    "the reply": Case(
        OUTPUT,
        "The service's content filter stopped this reply. What arrived is kept;",
        ("Leave this turn out", "Try again"),
        "这条回复被服务的内容审核拦截。已收到的内容已保留；",
        ("略去这一轮", "重试"),
        text="half",
    ),
    "the reply before its first word": Case(
        OUTPUT,
        "The service's content filter stopped this reply. Try again, or edit the prompt.",
        ("Edit prompt", "Try again"),
        "这条回复被服务的内容审核拦截。请重试，或修改提示词。",
        ("修改提示词", "重试"),
    ),
    "too long": Case(
        LONG,
        "The chat is about 229 tokens too long for this model, which reads at most 400. Leave out the 2 oldest turns,",
        ("Edit prompt", "Leave out 2 turns and try again"),
        "对话约超出 229 个 token，此模型最多读取 400 个。请略去最早的 2 轮，",
        ("修改提示词", "略去 2 轮并重试"),
        earlier=(("x" * 600, "y", None), ("x" * 600, "y", None), ("x" * 600, "y", None)),
    ),
    "too long by itself": Case(
        LONG,
        "The chat is too long for this model, which reads at most 400 tokens. Shorten the prompt.",
        ("Try again", "Edit prompt"),
        "对话过长，此模型最多读取 400 个 token。请缩短提示词。",
        ("重试", "修改提示词"),
        earlier=(),
    ),
    "an earlier picture": Case(
        GONE,
        "The service cannot fetch a picture of the earlier turn “a”; its link may have expired.",
        ("Leave out “a” and try again", "Upload again"),
        "服务无法获取较早一轮“a”中的图片，链接可能已失效。",
        ("略去“a”并重试", "重新上传"),
        pictured=(0,),
    ),
    "its own picture": Case(
        TIMED_OUT,
        "The service cannot fetch a picture of this prompt; its link may have expired. Upload it again.",
        ("Edit prompt", "Upload again"),
        "服务无法获取这条提示词的图片，链接可能已失效。请重新上传。",
        ("修改提示词", "重新上传"),
        pictured=(1,),
    ),
    "some picture": Case(
        GONE,
        "The service cannot fetch one of the chat's pictures;",
        ("Leave out “a” and try again", "Upload again"),
        "服务无法获取对话中的某张图片，",
        ("略去“a”并重试", "重新上传"),
        pictured=(0, 1),
    ),
    "a bill": Case(
        BILL, "The account has an unpaid bill.", ("Try again", "Open console"), "账号有欠费。", ("重试", "打开控制台")
    ),
    "no such model": Case(
        NO_MODEL, "example does not know this model.", ("Try again", "Change model"), "example", ("重试", "更换模型")
    ),
    "no such key": Case(
        NO_KEY,
        "example does not accept the API key.",
        ("Try again", "Set API key"),
        "example",
        ("重试", "设置 API 密钥"),
    ),
}
SHAPES = ("native", "compatible", "frame")


@pytest.fixture(autouse=True)
def english_again() -> Iterator[None]:
    yield
    set_language("en")


def path_of(case: Case, shape: str) -> list[Message]:
    path: list[Message] = []
    for prompt, text, failure in (*case.earlier, ("now", case.text, case.failure)):
        for role, words in ((Role.USER, prompt), (Role.ASSISTANT, text)):
            ended = MessageStatus.COMPLETE if failure is None or role is Role.USER else MessageStatus.FAILED
            path.append(Message(len(path) + 1, 1, len(path) or None, role, words, ended, datetime.now(UTC)))
        if failure is not None:
            error = told(failure, shape, has_text=bool(text))
            path[-1] = replace(path[-1], failure=to_failure(error))
    for place in case.pictured:
        path[2 * place] = replace(path[2 * place], attachments=(PICTURE,))
    return path


def told(failure: ServiceFailure, shape: str, *, has_text: bool) -> ProviderError:
    """The error for what the service sends in that shape."""
    if shape == "native":
        return from_response(failure.status, {}, encode_json(failure.native_body("id-1")), host="example")
    if shape == "compatible":
        return from_response(failure.status, {}, encode_json(failure.compatible_body("id-1")), host="example")
    (event,) = SSEDecoder().feed(failure.native_frame("id-1"))
    words = read_error_body(event.data.encode())
    assert words is not None
    return from_words(words, status=failure.status, host="example", something_received=has_text)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_notice_says_what_happened_and_offers_what_helps(case: Case, shape: str) -> None:
    path = path_of(case, shape)
    for language, sentence, buttons in (
        ("en", case.english, case.english_buttons),
        ("zh_CN", case.chinese, case.chinese_buttons),
    ):
        set_language(language)
        notice = notice_for(path[-1], path)
        assert notice is not None
        assert notice.sentence.startswith(sentence)
        assert tuple(label for _, label, _ in notice.actions) == buttons
        assert [is_primary for _, _, is_primary in notice.actions] == [False] * (len(buttons) - 1) + [True]
        assert "id-1" in "\n".join(notice.detail_lines)


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_a_turn_that_is_left_out_is_not_offered_again(language: str) -> None:
    set_language(language)
    path = path_of(CASES["an earlier turn"], "native")
    path[2] = replace(path[2], is_left_out=True)
    notice = notice_for(path[-1], path)
    assert notice is not None
    assert [name for name, _, _ in notice.actions] == ["shorten", "retry"]
    path = path_of(CASES["the reply"], "native")
    path[-2] = replace(path[-2], is_left_out=True)
    notice = notice_for(path[-1], path)
    assert notice is not None
    assert [name for name, _, _ in notice.actions] == ["shorten", "retry"]


def test_without_the_conversation_no_turn_is_named() -> None:
    """The side is told all the same, as `ask` tells it."""
    for case, words in (("this prompt", "stopped the prompt"), ("the reply", "stopped the reply")):
        notice = notice_for(path_of(CASES[case], "native")[-1])
        assert notice is not None
        assert words in notice.sentence
