"""Prompts to paced demo replies over HTTP: the embedded default, a loopback server that speaks as DashScope does.

It serves the native text and multimodal paths and the OpenAI-compatible ones, accepts any key, or none, and any model,
and forgives what the service would refuse.  Its replies say that they are a demo.  Paths and fields as documented at
https://help.aliyun.com/zh/model-studio/qwen-api-reference/ (read 2026-11-23).
"""

from __future__ import annotations

import asyncio
import dataclasses
import re
import time
from collections.abc import AsyncGenerator
from typing import Any

from qwen_desktop.demo.ask import CHAT_PATH, MULTIMODAL_PATH, TEXT_PATH, Ask, BadRequest, read_ask
from qwen_desktop.demo.frames import (
    EVENT_STREAM,
    CompatibleWriter,
    NativeWriter,
    ReplyWriter,
    SearchAnswer,
    ServiceFailure,
    encode_json,
    new_request_id,
)
from qwen_desktop.demo.http_head import Request
from qwen_desktop.demo.pace import FIRST_WAIT_S, THINKING_S, WRITING_S, pieces_of
from qwen_desktop.demo.replies import DemoReply, continuation_of, is_poison, reply_for, with_long_numbers
from qwen_desktop.demo.wire import CutConnection, HttpServer, Response, Timeouts

MODELS_PATH = "/compatible-mode/v1/models"
NATIVE_MODELS_PATH = "/api/v1/models"

MODEL_IDS = (
    "qwen3.8-max",
    "qwen3.8-flash",
    "qwen3.7-max",
    "qwen3.7-plus",
    "qwen3.7-flash",
    "qwen3-max",
    "qwen-plus",
    "qwen-flash",
    "qwen3-coder-plus",
    "qwen3-vl-plus",
    "qwq-plus",
)
"""What the model lists name; a request may name any other."""

_MODELS_CREATED_S = 1_764_547_200
_SLOW_S = 15.0
_LARGE_BODY_BYTES = 256 * 1024
"""One with pictures: read on a worker thread, since the window may live on this loop."""
_STALL_S = 600.0
"""How long `/error stall` is silent at most, so that a client without a deadline does not hold it for ever."""
_THINKS_BY_DEFAULT = re.compile(r"qwen3\.[5-9]|qwq|qvq|.*-thinking")
_INCREMENTAL_BY_DEFAULT = re.compile(r"qwen3|qwq|qvq")

_FAILURES = {
    "401": ServiceFailure(401, "InvalidApiKey", "Invalid API-key provided.", "invalid_api_key"),
    "403": ServiceFailure(403, "Model.AccessDenied", "Model access denied.", "access_denied", "access_denied"),
    "404": ServiceFailure(
        404, "ModelNotFound", "The model does not exist or you do not have access to it.", "model_not_found"
    ),
    "429": ServiceFailure(
        429,
        "Throttling.RateQuota",
        "Requests rate limit exceeded, please try again later.",
        "limit_requests",
        "limit_requests",
    ),
    "quota": ServiceFailure(
        403,
        "AllocationQuota.FreeTierOnly",
        "The free tier of the model has been exhausted.",
        "AllocationQuota.FreeTierOnly",
        "AllocationQuota.FreeTierOnly",
    ),
    "bill": ServiceFailure(
        400,
        "Arrearage",
        "Access denied, please make sure your account is in good standing.",
        "Arrearage",
        "Arrearage",
    ),
    "long": ServiceFailure(400, "InvalidParameter", "Range of input length should be [1, 129024]"),
    "history": ServiceFailure(400, "InvalidParameter", "Range of input length should be [1, 129024]"),
    "picture": ServiceFailure(400, "InvalidParameter", "Failed to download multimodal content: the link has expired."),
    "input": ServiceFailure(
        400,
        "DataInspectionFailed",
        "Input data may contain inappropriate content.",
        "data_inspection_failed",
        "data_inspection_failed",
    ),
    "500": ServiceFailure(500, "InternalError", "An internal error has occured.", "internal_error", "internal_error"),
    "503": ServiceFailure(
        503,
        "ModelUnavailable",
        "No backend server available, please try again later.",
        "ModelUnavailable",
        "server_error",
    ),
}
"""Refusals before the first byte, by the word after `/error`."""
_FILTERED = ServiceFailure(
    400,
    "DataInspectionFailed",
    "Output data may contain inappropriate content.",
    "data_inspection_failed",
    "data_inspection_failed",
)


_MOST_EARLIER = 2
"""Messages before an `/error history` with which it is answered after all."""


class DemoServer:
    """The demo on one loop.  `await start()`, hand out `base_url`, `await close()`; or `async with`.

    `pace` scales every wait: 1.0 is a real model's pace, 0 sends as fast as the client reads.
    Raises OSError from `start` when the port is taken, ValueError when `host` is not loopback."""

    def __init__(
        self, host: str = "127.0.0.1", port: int = 0, *, pace: float = 1.0, timeouts: Timeouts | None = None
    ) -> None:
        self._pace = pace
        self._http = HttpServer(self._handle, host, port, timeouts or Timeouts())

    @property
    def base_url(self) -> str:
        """`http://127.0.0.1:PORT`; append the native path or `/compatible-mode/v1`."""
        return self._http.base_url

    @property
    def connection_count(self) -> int:
        return self._http.connection_count

    async def start(self) -> None:
        await self._http.start()

    async def close(self) -> None:
        """Break every connection and stop listening.  May be called twice."""
        await self._http.close()

    async def __aenter__(self) -> DemoServer:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    # -- routes

    async def _handle(self, request: Request) -> Response:
        path = request.path.rstrip("/") or "/"
        request_id = new_request_id()
        methods = "GET, HEAD, OPTIONS"
        if path in (TEXT_PATH, MULTIMODAL_PATH, CHAT_PATH):
            methods = "POST, OPTIONS"
        elif not (path in ("/", MODELS_PATH, NATIVE_MODELS_PATH) or path.startswith(MODELS_PATH + "/")):
            return _refusal(
                path, ServiceFailure(404, "NotFound", f"No such path: {path[:200]}", "not_found"), request_id
            )
        if request.method == "OPTIONS":
            return Response(204, headers=(("allow", methods),))
        if request.method not in methods.split(", "):
            wrong = ServiceFailure(405, "MethodNotAllowed", "Request method is not supported.", "method_not_allowed")
            return _refusal(path, wrong, request_id, (("allow", methods),))
        if path == "/":
            return Response(200, b"The demo of Qwen Desktop. Not Qwen.\n", "text/plain; charset=utf-8")
        if path == NATIVE_MODELS_PATH:
            return _native_models(request.query, request_id)
        if path.startswith(MODELS_PATH):
            return _compatible_models(path.removeprefix(MODELS_PATH).lstrip("/"))
        try:
            is_large = len(request.body) > _LARGE_BODY_BYTES
            ask = await asyncio.to_thread(read_ask, request) if is_large else read_ask(request)
        except BadRequest as problem:
            return _refusal(path, ServiceFailure(400, "InvalidParameter", str(problem)), request_id)
        return await self._reply(path, ask, request_id)

    async def _reply(self, path: str, ask: Ask, request_id: str) -> Response:
        reply = reply_for(
            ask.prompt,
            ask.earlier_messages,
            searches=ask.options.get("enable_search") is True,
            pictures=[(one.width, one.height) for one in ask.pictures],
        )
        search = _search_answer(ask, reply)
        if _search_option(ask, "citation_format") == "[ref_<number>]":
            reply = dataclasses.replace(reply, text=with_long_numbers(reply.text))
        if ask.partial is not None:
            search = None
            reply = DemoReply("", continuation_of(ask.partial, ask.prompt, ask.earlier_messages))
        if reply.fault == "history" and ask.earlier_messages <= _MOST_EARLIER:
            reply = dataclasses.replace(reply, fault="")
        if any(map(is_poison, ask.earlier_prompts)):
            return _refusal(path, _FAILURES["input"], request_id)
        if reply.fault in _FAILURES:
            return _refusal(path, _FAILURES[reply.fault], request_id)
        is_thinking = _is_thinking(ask)
        if not is_thinking or ask.partial is not None:
            reply = DemoReply("", reply.text, reply.fault)
        writer = _writer(path, ask, request_id, is_thinking, search)
        headers = (("x-request-id", request_id), ("x-dashscope-timeout", "298"), ("x-dashscope-finished", "false"))
        if ask.is_stream:
            return Response(200, self._stream(reply, writer), EVENT_STREAM, headers)
        return await self._whole(path, reply, writer, request_id)

    async def _stream(self, reply: DemoReply, writer: ReplyWriter) -> AsyncGenerator[bytes, None]:
        clock = _Pacer(self._pace)
        await clock.wait(_SLOW_S if reply.fault == "slow" else FIRST_WAIT_S)
        first = writer.begin()
        if first:
            yield first
        if reply.fault == "empty":
            yield writer.finish()
            return
        for wait_s, piece in pieces_of(reply.reasoning, THINKING_S):
            await clock.wait(wait_s)
            yield writer.piece(reasoning=piece)
        goes_wrong = reply.fault in ("filter", "poison", "cut", "stall")
        text = reply.text[: len(reply.text) * 2 // 5] if goes_wrong else reply.text
        for wait_s, piece in pieces_of(text, WRITING_S):
            await clock.wait(wait_s)
            yield writer.piece(text=piece)
        if reply.fault in ("filter", "poison"):
            yield writer.error(_FILTERED)
        elif reply.fault == "cut":
            raise CutConnection
        elif reply.fault == "stall":
            await asyncio.sleep(_STALL_S)
            raise CutConnection
        else:
            yield writer.finish()

    async def _whole(self, path: str, reply: DemoReply, writer: ReplyWriter, request_id: str) -> Response:
        await _Pacer(self._pace).wait(_SLOW_S if reply.fault == "slow" else FIRST_WAIT_S * 4)
        if reply.fault in ("filter", "poison"):
            return _refusal(path, _FILTERED, request_id)
        if reply.fault in ("cut", "stall"):
            await asyncio.sleep(_STALL_S if reply.fault == "stall" else 0)
            raise CutConnection
        text = "" if reply.fault == "empty" else reply.text
        return Response(200, writer.whole(reply.reasoning, text), headers=(("x-request-id", request_id),))


class _Pacer:
    """Waits that add up: a late wake-up shortens the next wait, so a busy machine does not stretch a reply."""

    def __init__(self, pace: float) -> None:
        self._pace = pace
        self._due_at = time.monotonic()

    async def wait(self, seconds: float) -> None:
        self._due_at += seconds * self._pace
        left_s = self._due_at - time.monotonic()
        if left_s > 0:
            await asyncio.sleep(left_s)


async def serve(port: int = 0) -> None:
    """Run the demo by itself: print its address, answer until cancelled.  Raises OSError when the port is taken."""
    async with DemoServer(port=port) as server:
        print(server.base_url, flush=True)
        await asyncio.Event().wait()


def _is_thinking(ask: Ask) -> bool:
    wanted = ask.options.get("enable_thinking")
    if isinstance(wanted, bool):
        return wanted
    return _THINKS_BY_DEFAULT.match(ask.model_id) is not None


# -- answering


def _search_option(ask: Ask, name: str) -> object:
    options = ask.options.get("search_options")
    return options.get(name) if isinstance(options, dict) else None


def _search_answer(ask: Ask, reply: DemoReply) -> SearchAnswer | None:
    """What is told of the search that was only played; the pages themselves only where they were asked for."""
    if not reply.sources:
        return None
    strategy = _search_option(ask, "search_strategy")
    return SearchAnswer(
        reply.sources if _search_option(ask, "enable_source") is True else (),
        _search_option(ask, "prepend_search_result") is True,
        strategy if isinstance(strategy, str) else "turbo",
    )


def _writer(path: str, ask: Ask, request_id: str, is_thinking: bool, search: SearchAnswer | None) -> ReplyWriter:
    options = ask.options
    image_tokens = sum(picture.tokens for picture in ask.all_pictures)
    if path == CHAT_PATH:
        stream_options = options.get("stream_options")
        return CompatibleWriter(
            request_id=request_id,
            input_bytes=ask.input_bytes,
            image_tokens=image_tokens,
            model_id=ask.model_id,
            created_s=int(time.time()),
            is_thinking=is_thinking,
            includes_usage=isinstance(stream_options, dict) and stream_options.get("include_usage") is True,
        )
    incremental = options.get("incremental_output")
    if not isinstance(incremental, bool):
        incremental = is_thinking or _INCREMENTAL_BY_DEFAULT.match(ask.model_id) is not None
    wants_text = options.get("result_format", "text") == "text" and not is_thinking
    return NativeWriter(
        request_id=request_id,
        input_bytes=ask.input_bytes,
        image_tokens=image_tokens,
        is_multimodal=path == MULTIMODAL_PATH,
        is_thinking=is_thinking,
        result_format="text" if wants_text else "message",
        is_cumulative=not incremental,
        search=search,
    )


def _refusal(
    path: str, failure: ServiceFailure, request_id: str, headers: tuple[tuple[str, str], ...] = ()
) -> Response:
    """A failure in the shape of the endpoint that was asked."""
    is_compatible = path.startswith("/compatible-mode/")
    body = failure.compatible_body(request_id) if is_compatible else failure.native_body(request_id)
    return Response(failure.status, encode_json(body), headers=(("x-request-id", request_id), *headers))


def _compatible_models(model_id: str) -> Response:
    def entry(name: str) -> dict[str, Any]:
        return {"id": name, "object": "model", "created": _MODELS_CREATED_S, "owned_by": "demo"}

    if model_id:
        return Response(200, encode_json(entry(model_id)))
    return Response(200, encode_json({"object": "list", "data": [entry(name) for name in MODEL_IDS]}))


def _native_models(query: str, request_id: str) -> Response:
    fields = dict(field.partition("=")[::2] for field in query.split("&") if field)
    wanted = fields.get("model")
    names = [wanted] if wanted else list(MODEL_IDS)
    page, size = (_number(fields.get(name), default) for name, default in (("page_no", 1), ("page_size", 10)))
    shown = names[(page - 1) * size : page * size]
    output = {
        "total": len(names),
        "page_no": page,
        "page_size": size,
        "models": [{"model": name, "source": "demo", "provider": "demo", "opensource": False} for name in shown],
    }
    return Response(200, encode_json({"output": output, "request_id": request_id}))


def _number(text: str | None, default: int) -> int:
    return max(1, int(text)) if text and re.fullmatch(r"[0-9]{1,6}", text) else default
