"""The demo over real sockets: both protocols, every option it honours, every fault it can show."""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from qwen_desktop.demo import server as demo
from qwen_desktop.demo.pace import FIRST_WAIT_S, THINKING_S, WRITING_S, pieces_of
from qwen_desktop.demo.replies import reply_for
from tests.yardstick import Busy

Run = Callable[..., None]
Eventually = Callable[..., Awaitable[Any]]
TEXT, MULTIMODAL, CHAT = demo.TEXT_PATH, demo.MULTIMODAL_PATH, demo.CHAT_PATH
SSE = {"X-DashScope-SSE": "enable"}


@asynccontextmanager
async def demo_client(pace: float = 0.0) -> AsyncIterator[httpx.AsyncClient]:
    async with (
        demo.DemoServer(pace=pace) as server,
        httpx.AsyncClient(base_url=server.base_url, trust_env=False, timeout=10) as client,
    ):
        yield client


def native(prompt: str | list, **parameters: Any) -> dict:
    messages = prompt if isinstance(prompt, list) else [{"role": "user", "content": prompt}]
    return {"model": "qwen-plus", "input": {"messages": messages}, "parameters": parameters}


def compatible(prompt: str | list, **options: Any) -> dict:
    messages = prompt if isinstance(prompt, list) else [{"role": "user", "content": prompt}]
    return {"model": "qwen-plus", "messages": messages, **options}


def frames_of(response: httpx.Response) -> list[dict]:
    lines = [line[5:].strip() for line in response.content.decode().split("\n") if line.startswith("data:")]
    return [json.loads(line) for line in lines if line != "[DONE]"]


def native_text(response: httpx.Response) -> tuple[str, str]:
    """Reasoning and text of an incremental native stream on either path."""
    messages = [frame["output"]["choices"][0]["message"] for frame in frames_of(response)]
    reasoning = "".join(message.get("reasoning_content", "") for message in messages)
    contents = [message["content"] for message in messages]
    return reasoning, "".join(c if isinstance(c, str) else "".join(part["text"] for part in c) for c in contents)


@pytest.mark.parametrize("path", [TEXT, MULTIMODAL])
@pytest.mark.parametrize("headers", [SSE, {"Accept": "text/event-stream"}])
def test_native_stream_brings_thinking_then_the_whole_reply(run: Run, path: str, headers: dict) -> None:
    async def scenario() -> None:
        async with demo_client() as client:
            body = native("Plan three days in Beijing", enable_thinking=True, incremental_output=True)
            response = await client.post(path, json=body, headers=headers)
            assert response.headers["content-type"] == "text/event-stream;charset=UTF-8"
            expected = reply_for("Plan three days in Beijing")
            assert native_text(response) == (expected.reasoning, expected.text)
            frames = frames_of(response)
            assert [f["output"]["choices"][0]["finish_reason"] for f in frames] == ["null"] * (len(frames) - 1) + [
                "stop"
            ]
            assert {frame["request_id"] for frame in frames} == {response.headers["x-request-id"]}
            assert frames[-1]["usage"]["total_tokens"] > frames[0]["usage"]["total_tokens"] > 0

    run(scenario())


@pytest.mark.parametrize(
    ("parameters", "thinks"),
    [({"enable_thinking": True}, True), ({"enable_thinking": False}, False), ({}, True)],
)
def test_thinking_is_as_asked_else_as_the_models_default(run: Run, parameters: dict, thinks: bool) -> None:
    async def scenario() -> None:
        async with demo_client() as client:
            body = native("hello", **parameters) | {"model": "qwen3.7-plus"}
            reasoning, text = native_text(await client.post(MULTIMODAL, json=body, headers=SSE))
            assert bool(reasoning) is thinks
            assert text == reply_for("hello").text

    run(scenario())


def test_without_sse_there_is_one_json_answer(run: Run) -> None:
    async def scenario() -> None:
        async with demo_client() as client:
            answer = (await client.post(TEXT, json=native("hello", result_format="message"))).json()
            assert answer["output"]["choices"][0]["message"]["content"] == reply_for("hello").text
            assert answer["output"]["choices"][0]["finish_reason"] == "stop"
            old = (await client.post(TEXT, json=native("hello", result_format="text"))).json()
            assert old["output"]["text"] == reply_for("hello").text
            prompt_only = {"model": "qwen-max", "input": {"prompt": "hello"}}
            assert (await client.post(TEXT, json=prompt_only)).json()["output"]["text"] == reply_for("hello").text
            chat = (await client.post(CHAT, json=compatible("hello"))).json()
            assert chat["choices"][0]["message"]["content"] == reply_for("hello").text
            assert chat["usage"]["completion_tokens"] > 100

    run(scenario())


def test_cumulative_output_is_honoured(run: Run) -> None:
    async def scenario() -> None:
        async with demo_client() as client:
            body = native("hello", incremental_output=False, result_format="message")
            frames = frames_of(await client.post(TEXT, json=body, headers=SSE))
            texts = [frame["output"]["choices"][0]["message"]["content"] for frame in frames]
            assert all(later.startswith(earlier) for earlier, later in itertools.pairwise(texts))
            assert texts[-1] == reply_for("hello").text

    run(scenario())


def test_compatible_stream_has_usage_and_done_at_its_end(run: Run) -> None:
    async def scenario() -> None:
        async with demo_client() as client:
            body = compatible("hello", stream=True, stream_options={"include_usage": True}, n=2, made_up={"a": 1})
            response = await client.post(CHAT, json=body)
            *chunks, usage = frames_of(response)
            assert "".join(chunk["choices"][0]["delta"]["content"] for chunk in chunks) == reply_for("hello").text
            assert chunks[-1]["choices"][0]["finish_reason"] == "stop"
            assert usage["choices"] == []
            assert usage["usage"]["total_tokens"] > 0
            assert response.content.endswith(b"\n\ndata: [DONE]\n\n")

    run(scenario())


def test_history_is_counted_and_the_last_prompt_answered(run: Run) -> None:
    async def scenario() -> None:
        async with demo_client() as client:
            messages = [
                {"role": "system", "content": "Be brief."},
                {"role": "user", "content": "hello"},
                {"role": "assistant", "content": "Hello."},
                {"role": "user", "content": [{"text": "Why is "}, {"image": "x"}, {"text": "the sky blue?"}]},
            ]
            _, text = native_text(await client.post(MULTIMODAL, json=native(messages), headers=SSE))
            assert "20 characters, beginning with “Why is the sky blue?”. 2 earlier messages" in text

    run(scenario())


@pytest.mark.parametrize("path", [TEXT, CHAT])
def test_partial_reply_is_continued_exactly(run: Run, path: str) -> None:
    whole = reply_for("/error cut").text

    async def scenario() -> None:
        async with demo_client() as client:
            messages = [
                {"role": "user", "content": "/error cut"},
                {"role": "assistant", "content": whole[:123], "partial": True},
            ]
            if path == CHAT:
                chat = await client.post(CHAT, json={"model": "m", "messages": messages})
                rest = chat.json()["choices"][0]["message"]["content"]
            else:
                body = native(messages, incremental_output=True, enable_thinking=False, result_format="message")
                _, rest = native_text(await client.post(path, json=body, headers=SSE))
            assert whole[:123] + rest == whole

    run(scenario())


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        ("401", 401, "InvalidApiKey"),
        ("403", 403, "Model.AccessDenied"),
        ("404", 404, "ModelNotFound"),
        ("429", 429, "Throttling.RateQuota"),
        ("quota", 403, "AllocationQuota.FreeTierOnly"),
        ("bill", 400, "Arrearage"),
        ("long", 400, "InvalidParameter"),
        ("picture", 400, "InvalidParameter"),
        ("input", 400, "DataInspectionFailed"),
        ("500", 500, "InternalError"),
        ("503", 503, "ModelUnavailable"),
    ],
)
def test_fault_before_the_first_byte_has_the_shape_of_its_protocol(
    run: Run, fault: str, status: int, code: str
) -> None:
    async def scenario() -> None:
        async with demo_client() as client:
            refused = await client.post(TEXT, json=native(f"/error {fault}"), headers=SSE)
            assert refused.status_code == status
            assert refused.json()["code"] == code
            assert set(refused.json()) == {"code", "message", "request_id"}
            refused = await client.post(CHAT, json=compatible(f"/错误 {fault}", stream=True))
            assert refused.status_code == status
            assert set(refused.json()["error"]) == {"message", "type", "param", "code"}
            assert refused.json()["request_id"] == refused.headers["x-request-id"]

    run(scenario())


@pytest.mark.parametrize(
    "body", [native("/error filter", incremental_output=True), compatible("/error filter", stream=True)]
)
def test_filter_stops_the_reply_half_way_with_an_error_frame(run: Run, body: dict) -> None:
    async def scenario() -> None:
        async with demo_client() as client:
            sent = (await client.post(CHAT if "messages" in body else MULTIMODAL, json=body, headers=SSE)).text
            assert sent.count("data:") > 20
            assert re.search(r"\nevent:error\n:HTTP_STATUS/400\ndata:\{\"code\":\"DataInspectionFailed\"", sent)
            assert sent.endswith("}\n\n")
            assert '"stop"' not in sent

    run(scenario())


def test_a_poisoned_turn_is_filtered_and_blocks_what_comes_after_it(run: Run) -> None:
    turn = [{"role": "user", "content": "/error poison"}, {"role": "assistant", "content": "half"}]
    prompt = {"role": "user", "content": "hello"}

    async def scenario() -> None:
        async with demo_client() as client:
            sent = (await client.post(CHAT, json=compatible("/error poison", stream=True))).text
            assert "Output data may contain inappropriate content" in sent
            refused = await client.post(CHAT, json=compatible([*turn, prompt], stream=True))
            assert refused.status_code == 400
            assert "Input data may contain" in refused.json()["error"]["message"]
            assert (await client.post(CHAT, json=compatible([prompt], stream=True))).status_code == 200

    run(scenario())


def test_a_history_that_is_too_long_is_refused_until_it_is_short(run: Run) -> None:
    turn = [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "hello"}]
    prompt = {"role": "user", "content": "/error history"}

    async def scenario() -> None:
        async with demo_client() as client:
            refused = await client.post(CHAT, json=compatible([*turn, *turn, prompt], stream=True))
            assert "Range of input length" in refused.json()["error"]["message"]
            assert (await client.post(CHAT, json=compatible([*turn, prompt], stream=True))).status_code == 200

    run(scenario())


@pytest.mark.parametrize("body", [native("/error cut", incremental_output=True), compatible("/error cut", stream=True)])
def test_cut_breaks_the_connection_after_some_text(run: Run, body: dict) -> None:
    async def scenario() -> None:
        async with demo_client() as client:
            received = []

            async def read(response: httpx.Response) -> None:
                async for chunk in response.aiter_bytes():
                    received.append(chunk)

            path = CHAT if "messages" in body else TEXT
            async with client.stream("POST", path, json=body, headers=SSE) as response:
                with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
                    await read(response)
            assert b"".join(received).count(b"data:") > 10

    run(scenario())


def test_empty_reply_finishes_without_text(run: Run) -> None:
    async def scenario() -> None:
        async with demo_client() as client:
            response = await client.post(MULTIMODAL, json=native("/error empty", enable_thinking=True), headers=SSE)
            assert native_text(response) == ("", "")
            assert frames_of(response)[-1]["output"]["choices"][0]["finish_reason"] == "stop"

    run(scenario())


def test_stalled_reply_stays_open_and_ends_when_the_client_leaves(run: Run, eventually: Eventually) -> None:
    async def scenario() -> None:
        async with demo.DemoServer(pace=0) as server:
            async with httpx.AsyncClient(base_url=server.base_url, trust_env=False, timeout=0.3) as client:
                body = compatible("/error stall", stream=True)
                with pytest.raises(httpx.ReadTimeout):
                    await client.post(CHAT, json=body)
            await eventually(lambda: server.connection_count == 0)

    run(scenario())


def test_unknown_path_and_method_are_refused_in_the_endpoints_shape(run: Run) -> None:
    async def scenario() -> None:
        async with demo_client() as client:
            lost = await client.post("/compatible-mode/v1/embeddings", json={})
            assert (lost.status_code, lost.json()["error"]["code"]) == (404, "not_found")
            lost = await client.get("/api/v1/tasks/1")
            assert (lost.status_code, lost.json()["code"]) == (404, "NotFound")
            wrong = await client.get(TEXT)
            assert (wrong.status_code, wrong.headers["allow"]) == (405, "POST, OPTIONS")
            options = await client.options(CHAT, headers={"Origin": "http://localhost"})
            assert (options.status_code, options.headers["allow"]) == (204, "POST, OPTIONS")
            assert not [name for name in options.headers if name.startswith("access-control")]

    run(scenario())


BAD_BODIES = [b"", b"{", b"[]", b"null", b'"x"', b'{"model":1}', b"\xff\xfe", b'{"model":"m","input":[],"messages":{}}']
BAD_BODIES += [
    b'{"model":"m","input":{"messages":[]},"messages":[]}',
    b'{"model":"m","input":{"messages":[1]},"messages":[1]}',
]
BAD_BODIES += [b'{"model":"m","input":{"messages":[{"content":"\\ud800"}]},"messages":[{"content":"\\ud800"}]}']
BAD_BODIES += [b"[" * 100_000]


@pytest.mark.parametrize("path", [TEXT, CHAT])
@pytest.mark.parametrize("body", BAD_BODIES)
def test_bad_body_is_a_400_and_never_a_crash(run: Run, path: str, body: bytes) -> None:
    async def scenario() -> None:
        async with demo_client() as client:
            assert (await client.post(path, content=body)).status_code == 400
            assert (await client.get("/")).status_code == 200

    run(scenario())


ODD_MESSAGES = [
    [{"role": "assistant", "content": None, "partial": True}],
    [{"role": "user"}],
    [{"role": "user", "content": [None, 1, {"text": None}, {"text": "hello"}]}],
    [{"role": ["user"], "content": {"text": "x"}}],
    [{"role": "tool", "content": "42"}],
]


@pytest.mark.parametrize("messages", ODD_MESSAGES)
def test_odd_messages_still_get_a_reply(run: Run, messages: list) -> None:
    async def scenario() -> None:
        async with demo_client() as client:
            body = {"model": "m", "messages": messages, "stream_options": 7, "enable_thinking": "yes"}
            answer = await client.post(CHAT, json=body)
            assert answer.json()["choices"][0]["message"]["content"]
            odd = await client.post(TEXT, json={"model": "m", "input": {"messages": messages}, "parameters": []})
            assert odd.json()["output"]["text"]

    run(scenario())


def test_model_lists_name_models_and_page(run: Run) -> None:
    async def scenario() -> None:
        async with demo_client() as client:
            listed = (await client.get(demo.MODELS_PATH)).json()
            assert [model["id"] for model in listed["data"]] == list(demo.MODEL_IDS)
            assert (await client.get(demo.MODELS_PATH + "/some/model")).json()["id"] == "some/model"
            page = (await client.get(demo.NATIVE_MODELS_PATH + "?page_no=2&page_size=3")).json()["output"]
            assert [model["model"] for model in page["models"]] == list(demo.MODEL_IDS[3:6])
            assert page["total"] == len(demo.MODEL_IDS)
            one = (await client.get(demo.NATIVE_MODELS_PATH + "?model=x&page_size=-1&page_no=zz&=&&")).json()["output"]
            assert [model["model"] for model in one["models"]] == ["x"]

    run(scenario())


def test_reply_keeps_its_pace_however_busy_the_computer(run: Run) -> None:
    pace = 0.2
    reply = reply_for("Plan three days in Beijing")
    waits = [wait_s for wait_s, _ in (*pieces_of(reply.reasoning, THINKING_S), *pieces_of(reply.text, WRITING_S))]
    planned_s = pace * (FIRST_WAIT_S + sum(waits))

    async def keep_busy() -> None:
        while True:
            time.sleep(0.003)  # noqa: ASYNC251, the point: every wake-up of the demo comes late
            await asyncio.sleep(0)

    async def scenario() -> None:
        async with demo_client(pace) as client:
            busy = asyncio.create_task(keep_busy())
            lateness, began = Busy(), time.monotonic()
            body = native("Plan three days in Beijing", enable_thinking=True)
            await client.post(MULTIMODAL, json=body, headers=SSE)
            took_s = time.monotonic() - began
            busy.cancel()
            with pytest.raises(asyncio.CancelledError):
                await busy
            assert 0.95 * planned_s < took_s < planned_s + 1.0 + lateness.seconds()

    run(scenario())


def test_many_replies_stream_at_once(run: Run) -> None:
    async def scenario() -> None:
        async with demo_client(pace=0.02) as client:
            prompts = ["hello", "你好", "make a list", "用表格比较 SQLite 和 PostgreSQL"] * 5
            answers = await asyncio.gather(
                *(
                    client.post(MULTIMODAL, json=native(prompt, incremental_output=True), headers=SSE)
                    for prompt in prompts
                )
            )
            assert [native_text(answer)[1] for answer in answers] == [reply_for(prompt).text for prompt in prompts]

    run(scenario())


def test_serve_prints_its_address_and_answers(
    run: Run, capsys: pytest.CaptureFixture[str], eventually: Eventually
) -> None:
    async def scenario() -> None:
        printed = ""

        def address() -> str:
            nonlocal printed
            printed += capsys.readouterr().out
            return printed.strip()

        task = asyncio.create_task(demo.serve())
        base_url = await eventually(address)
        assert re.fullmatch(r"http://127\.0\.0\.1:[0-9]+", base_url)
        async with httpx.AsyncClient(trust_env=False) as client:
            assert "Not Qwen" in (await client.get(base_url)).text
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    run(scenario())


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_python_example_in_the_streaming_reply_really_runs(language: str) -> None:
    prompt = {
        "en": "Explain how streaming over SSE works, with a small Python example",
        "zh": "用 Python 示例讲讲 SSE 流式输出",
    }
    code = re.search(r"```python\n(.*?)```", reply_for(prompt[language]).text, re.DOTALL)
    assert code is not None
    names: dict[str, Any] = {}
    exec(code.group(1), names)
    addresses: list[str] = []
    ready, finished = threading.Event(), threading.Event()

    async def host() -> None:
        async with demo.DemoServer(pace=0) as server:
            addresses.append(server.base_url)
            ready.set()
            await asyncio.to_thread(finished.wait, 20)

    thread = threading.Thread(target=lambda: asyncio.run(host()))
    thread.start()
    try:
        assert ready.wait(10)
        pieces = list(names["stream_reply"](addresses[0] + CHAT, "sk-demo", compatible("你好", stream=True)))
    finally:
        finished.set()
        thread.join(10)
    assert "".join(pieces) == reply_for("你好").text
