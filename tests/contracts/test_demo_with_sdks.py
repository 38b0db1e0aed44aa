"""The official SDKs, unmodified, talk to the demo: `dashscope` natively (old calls, new client), `openai` compatibly.

Nothing leaves this computer: base addresses are loopback, proxies are unset, and a guard on the resolver and on connect
fails the test for any other address.
"""

from __future__ import annotations

import asyncio
import base64
import ipaddress
import itertools
import sys
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # raised inside the SDKs while they are imported
    import dashscope
    import openai
    from dashscope import AioGeneration, AioMultiModalConversation, Generation, MultiModalConversation

from qwen_desktop.core.images.prepare import prepare
from qwen_desktop.demo.replies import reply_for
from qwen_desktop.demo.server import MODEL_IDS, DemoServer
from tests.unit.images.pictures import drawing, saved

PROMPT = "Compare SQLite and PostgreSQL in a table"
REPLY = reply_for(PROMPT)
MESSAGES = [{"role": "user", "content": PROMPT}]
PARTS = [{"role": "user", "content": [{"text": PROMPT}]}]


@pytest.fixture(scope="module")
def demo_url() -> Iterator[str]:
    """A demo on a loop and thread of its own, as another process would see it."""
    addresses: list[str] = []
    loops: list[asyncio.AbstractEventLoop] = []
    ready, finished = threading.Event(), asyncio.Event()

    async def host() -> None:
        async with DemoServer(pace=0) as server:
            await asyncio.to_thread(int)  # a large request is read on a thread, which stays
            addresses.append(server.base_url)
            loops.append(asyncio.get_running_loop())
            ready.set()
            await finished.wait()

    thread = threading.Thread(target=lambda: asyncio.run(host()), name="demo")
    thread.start()
    assert ready.wait(10)
    yield addresses[0]
    loops[0].call_soon_threadsafe(finished.set)
    thread.join(10)
    assert not thread.is_alive()


_outside: list[str] = []
_is_guarding = False


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if not _is_guarding or event not in ("socket.connect", "socket.getaddrinfo", "socket.sendto"):
        return
    address = arguments[1] if event != "socket.getaddrinfo" else arguments
    host = address[0] if isinstance(address, tuple) else address
    if host in (None, "localhost") or (isinstance(address, str) and event == "socket.connect"):
        return  # a Unix socket's path, or this computer by name
    text = host.decode() if isinstance(host, bytes) else str(host)
    try:
        is_inside = ipaddress.ip_address(text).is_loopback
    except ValueError:
        is_inside = False
    if not is_inside:
        _outside.append(f"{event} {text}")
        raise OSError(f"no test may reach {text}")


@pytest.fixture(scope="module")
def watch() -> None:
    """The hook stays for the life of the process, so it is set only where this file runs."""
    sys.addaudithook(_watch)


@pytest.fixture(autouse=True)
def nothing_leaves(watch: None) -> Iterator[None]:
    """Fail the test if anything looks up or connects to an address that is not loopback."""
    global _is_guarding
    _outside.clear()
    _is_guarding = True
    yield
    _is_guarding = False
    assert _outside == []


@pytest.fixture(autouse=True)
def native_sdk(demo_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(dashscope, "base_http_api_url", demo_url + "/api/v1")
    monkeypatch.setattr(dashscope, "api_key", "sk-demo")
    yield
    dashscope.close_shared_sync_session()


def read_native(responses: list[Any]) -> tuple[str, str]:
    """Reasoning and text of incremental responses of either path, checked as a client of the SDK would."""
    reasoning, text = [], []
    for response in responses:
        assert (response.status_code, response.code or "") == (200, ""), response
        assert response.request_id == responses[0].request_id
        assert response.usage.input_tokens > 0
        message = response.output.choices[0].message
        reasoning.append(message.get("reasoning_content") or "")
        text.append(
            message.content if isinstance(message.content, str) else "".join(p["text"] for p in message.content)
        )
    reasons = [response.output.choices[0].finish_reason for response in responses]
    assert reasons == ["null"] * (len(reasons) - 1) + ["stop"]
    last = responses[-1].usage
    assert last.input_tokens + last.output_tokens == last.total_tokens
    return "".join(reasoning), "".join(text)


OPTIONS = {"stream": True, "incremental_output": True, "result_format": "message"}


@pytest.mark.parametrize("thinks", [True, False])
def test_dashscope_streams_text(thinks: bool) -> None:
    responses = list(Generation.call("qwen-plus", messages=MESSAGES, enable_thinking=thinks, **OPTIONS))
    assert len(responses) > 50
    assert read_native(responses) == (REPLY.reasoning if thinks else "", REPLY.text)


@pytest.mark.parametrize("thinks", [True, False])
def test_dashscope_streams_multimodal(thinks: bool) -> None:
    responses = MultiModalConversation.call("qwen3.7-plus", messages=PARTS, enable_thinking=thinks, **OPTIONS)
    assert read_native(list(responses)) == (REPLY.reasoning if thinks else "", REPLY.text)


def test_dashscope_gets_one_answer_without_a_stream() -> None:
    answer = Generation.call("qwen-plus", messages=MESSAGES, result_format="message")
    assert read_native([answer]) == ("", REPLY.text)
    answer = Generation.call("qwen-max", prompt=PROMPT)
    assert (answer.output.text, answer.output.finish_reason) == (REPLY.text, "stop")
    answer = MultiModalConversation.call("qwen3-vl-plus", messages=PARTS)
    assert read_native([answer]) == ("", REPLY.text)


def test_dashscope_gets_cumulative_output_when_it_does_not_ask_for_increments() -> None:
    texts = [
        response.output.choices[0].message.content
        for response in Generation.call("qwen-plus", messages=MESSAGES, stream=True, result_format="message")
    ]
    assert all(later.startswith(earlier) for earlier, later in itertools.pairwise(texts))
    assert texts[-1] == REPLY.text


async def test_dashscope_streams_asynchronously() -> None:
    stream = await AioGeneration.call("qwen-plus", messages=MESSAGES, enable_thinking=True, **OPTIONS)
    assert read_native([response async for response in stream]) == (REPLY.reasoning, REPLY.text)
    stream = await AioMultiModalConversation.call("qwen3.7-plus", messages=PARTS, enable_thinking=True, **OPTIONS)
    assert read_native([response async for response in stream]) == (REPLY.reasoning, REPLY.text)
    answer = await AioGeneration.call("qwen-plus", messages=MESSAGES, result_format="message")
    assert read_native([answer]) == ("", REPLY.text)
    await dashscope.close_shared_aio_session()


def test_dashscope_understands_refusals_and_errors_half_way() -> None:
    asked = [{"role": "user", "content": "/error 429"}]
    refused = next(iter(Generation.call("qwen-plus", messages=asked, **OPTIONS)))
    assert (refused.status_code, refused.code) == (429, "Throttling.RateQuota")
    assert refused.request_id
    asked = [{"role": "user", "content": "/error filter"}]
    *_, last = Generation.call("qwen-plus", messages=asked, **OPTIONS)
    assert (last.status_code, last.code) == (400, "DataInspectionFailed")


def test_new_dashscope_client_streams_answers_and_lists(demo_url: str, tmp_path: Path) -> None:
    address = demo_url + "/api/v1"
    with dashscope.Client(api_key="sk-demo", base_url=address, config_path=tmp_path / "none.toml") as client:
        chunks = list(
            client.chat.completions.create(model="qwen-plus", messages=MESSAGES, stream=True, enable_thinking=True)
        )
        deltas = [chunk.choices[0].delta for chunk in chunks]
        assert "".join(delta.content or "" for delta in deltas) == REPLY.text
        assert "".join(delta.reasoning_content or "" for delta in deltas) == REPLY.reasoning
        assert chunks[-1].choices[0].finish_reason == "stop"
        assert chunks[-1].usage.total_tokens > 100
        answer = client.chat.completions.create(model="qwen-plus", messages=MESSAGES)
        assert answer.choices[0].message.content == REPLY.text
        assert [model.model for model in client.models.list(page_size=2).models] == list(MODEL_IDS[:2])
        with pytest.raises(dashscope.v2.errors.ContentFilterError):
            list(client.chat.completions.create(model="qwen-plus", messages="/error filter", stream=True))


def test_dashscope_lists_models() -> None:
    page = dashscope.Models.list(page=1, page_size=4)
    assert page.status_code == 200
    assert [model["model"] for model in page.output["models"]] == list(MODEL_IDS[:4])
    assert dashscope.Models.get("qwen-plus").output["model"] == "qwen-plus"


def test_openai_streams_with_usage(demo_url: str) -> None:
    with openai.OpenAI(base_url=demo_url + "/compatible-mode/v1", api_key="sk-demo", max_retries=0) as client:
        chunks = list(
            client.chat.completions.create(
                model="qwen3.7-plus",
                messages=MESSAGES,
                stream=True,
                stream_options={"include_usage": True},
                extra_body={"enable_thinking": True},
            )
        )
    *pieces, usage = chunks
    deltas = [piece.choices[0].delta for piece in pieces]
    assert deltas[0].role == "assistant"
    assert "".join(delta.content or "" for delta in deltas) == REPLY.text
    assert "".join(getattr(delta, "reasoning_content", None) or "" for delta in deltas) == REPLY.reasoning
    assert [piece.choices[0].finish_reason for piece in pieces] == [None] * (len(pieces) - 1) + ["stop"]
    assert usage.choices == []
    assert usage.usage.total_tokens == usage.usage.prompt_tokens + usage.usage.completion_tokens > 0
    assert usage.usage.completion_tokens_details.reasoning_tokens > 0
    assert all(piece.usage is None for piece in pieces)


def test_openai_streams_without_usage_unless_asked(demo_url: str) -> None:
    with openai.OpenAI(base_url=demo_url + "/compatible-mode/v1", api_key="sk-demo", max_retries=0) as client:
        chunks = list(client.chat.completions.create(model="qwen-plus", messages=MESSAGES, stream=True))
    assert "".join(chunk.choices[0].delta.content for chunk in chunks) == REPLY.text
    assert all(chunk.usage is None for chunk in chunks)


def test_openai_gets_one_answer_models_and_errors(demo_url: str) -> None:
    with openai.OpenAI(base_url=demo_url + "/compatible-mode/v1", api_key="sk-demo", max_retries=0) as client:
        answer = client.chat.completions.create(model="qwen-plus", messages=MESSAGES)
        assert answer.choices[0].message.content == REPLY.text
        assert answer.choices[0].finish_reason == "stop"
        assert answer.usage.total_tokens > 100
        assert [model.id for model in client.models.list()] == list(MODEL_IDS)
        assert client.models.retrieve("qwen-plus").id == "qwen-plus"
        asked = [{"role": "user", "content": "/error 401"}]
        with pytest.raises(openai.AuthenticationError) as caught:
            client.chat.completions.create(model="qwen-plus", messages=asked, stream=True)
        assert caught.value.code == "invalid_api_key"


async def test_openai_streams_asynchronously(demo_url: str) -> None:
    async with openai.AsyncOpenAI(base_url=demo_url + "/compatible-mode/v1", api_key="sk-demo") as client:
        stream = await client.chat.completions.create(model="qwen-plus", messages=MESSAGES, stream=True)
        pieces = [chunk.choices[0].delta.content async for chunk in stream]
    assert "".join(pieces) == REPLY.text


# --- pictures

PICTURE = prepare(saved(drawing(640, 480), "PNG"), "drawing.png")
PICTURE_URL = f"data:{PICTURE.media_type};base64,{base64.b64encode(PICTURE.data).decode()}"
ABOUT_PICTURE = reply_for("What is this?", pictures=[(640, 480)])
PICTURE_TOKENS = 20 * 15 + 2


def test_dashscope_sends_a_picture() -> None:
    assert "640 × 480" in ABOUT_PICTURE.text
    parts = [{"role": "user", "content": [{"image": PICTURE_URL}, {"text": "What is this?"}]}]
    answers = list(MultiModalConversation.call("qwen3.7-plus", messages=parts, enable_thinking=False, **OPTIONS))
    assert read_native(answers) == ("", ABOUT_PICTURE.text)
    assert answers[-1].usage.image_tokens == PICTURE_TOKENS
    assert answers[-1].usage.input_tokens > PICTURE_TOKENS


def test_openai_sends_a_picture(demo_url: str) -> None:
    parts: list[Any] = [
        {"type": "image_url", "image_url": {"url": PICTURE_URL}},
        {"type": "text", "text": "What is this?"},
    ]
    with openai.OpenAI(api_key="sk-demo", base_url=demo_url + "/compatible-mode/v1", max_retries=0) as client:
        answer = client.chat.completions.create(model="qwen3-vl-plus", messages=[{"role": "user", "content": parts}])
        assert answer.choices[0].message.content == ABOUT_PICTURE.text
        assert answer.usage is not None
        assert answer.usage.prompt_tokens > PICTURE_TOKENS


@pytest.mark.parametrize(
    ("url", "words"),
    [
        (PICTURE_URL.replace("png", "jpeg", 1), "does not match"),
        ("data:image/png;base64,AAAA", "does not match"),
        ("data:image/png;base64,====", "decode"),
        ("data:image/png,raw", "decode"),
        ("data:image/png;base64," + "A" * 10_485_760, "max bytes"),
    ],
)
def test_the_demo_refuses_pictures_that_the_service_refuses(url: str, words: str) -> None:
    parts = [{"role": "user", "content": [{"image": url}, {"text": "What is this?"}]}]
    answer = MultiModalConversation.call("qwen3-vl-plus", messages=parts)
    assert (answer.status_code, answer.code) == (400, "InvalidParameter")
    assert words in answer.message
