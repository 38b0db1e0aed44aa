"""A DashScope that refuses what the real one refuses, and records every request: requests to recordings and answers.

    async with StrictService() as service:
        ...  # point the product at service.base_url with service.api_key
        assert [post.refusal for post in service.posts] == [None]

`errors_as` chooses the shape of a refusal when a stream was asked for, since the service has been seen to use all of
"http" (status 4xx and JSON), "event" (status 200 and an error frame) and "framed" (status 4xx, the same frame labelled
JSON).  `more_models` adds models nobody has heard of.  Accepted requests get `REASONING` where the model thinks, and
`TEXT`, in a few pieces; what is to be continued in partial mode gets what follows of it.  `filters` says what its
content filter objects to, `most_input_characters` how much it reads.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Literal

import msgspec

from qwen_desktop.demo.ask import CHAT_PATH, MULTIMODAL_PATH, TEXT_PATH, text_of
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
from qwen_desktop.demo.wire import HttpServer, Response
from tests.picture_store import PictureStore
from tests.strict_models import ModelRules, rules_of
from tests.strict_rules import Call, Refused, check, refuse

REASONING = "A strict service reads every field."
TEXT = "Every field of this request was accepted. 每个字段都被接受了。"
SOURCES = (
    {"index": 1, "title": "字段表", "url": "https://example.com/fields", "site_name": "无", "icon": ""},
    {"index": 2, "title": "Rules", "url": "https://example.org/rules", "site_name": "Example", "icon": ""},
)
"""What a search finds."""
MODEL_IDS = ("qwen3.7-plus", "qwen3.7-max", "qwen-plus", "qwq-plus", "qwen3-vl-plus")
"""What `/models` lists; more are known."""


@dataclass(frozen=True)
class ContentFilter:
    """Words the service's content filter objects to."""

    refused: tuple[str, ...] = ()
    """In any message of a request: it is refused."""
    ends_reply: tuple[str, ...] = ()
    """In the prompt: its reply is ended half-way.  In what was asked before: the request is refused."""

    def check(self, messages: list[Any]) -> None:
        """Raises Refused."""
        texts = [text_of(message["content"]) for message in messages]
        earlier = [text for text in texts[:-1] if any(word in text for word in self.ends_reply)]
        if earlier or any(word in text for text in texts for word in self.refused):
            raise Refused(filtered("Input"))

    def ends(self, messages: list[Any]) -> bool:
        return any(word in text_of(messages[-1]["content"]) for word in self.ends_reply)


def filtered(side: str) -> ServiceFailure:
    """What the content filter says; `side`: 'Input' or 'Output'."""
    code = "data_inspection_failed"
    return ServiceFailure(400, "DataInspectionFailed", f"{side} data may contain inappropriate content.", code, code)


ErrorShape = Literal["http", "event", "framed"]


@dataclass(frozen=True)
class RecordedRequest:
    """One request as it arrived."""

    method: str
    path: str
    headers: Mapping[str, str]
    """Names in lower case."""
    body: Any
    """Parsed JSON; None when there was none or it was not JSON."""
    refusal: ServiceFailure | None
    """Why it was refused; None when it was accepted."""


class StrictService:
    """The service on one loop; `async with`, or `start` and `close`."""

    def __init__(
        self,
        *,
        api_key: str = "sk-strict",
        errors_as: ErrorShape = "http",
        more_models: Mapping[str, ModelRules] | None = None,
        filters: ContentFilter | None = None,
        most_input_characters: int | None = None,
    ) -> None:
        self.api_key = api_key
        self.errors_as = errors_as
        self._more_models = more_models or {}
        self.store = PictureStore()
        """Where the policies of `uploads` lead to."""
        self._filters = filters or ContentFilter()
        self._most_input_characters = most_input_characters
        self.requests: list[RecordedRequest] = []
        self._http = HttpServer(self._handle)

    @property
    def base_url(self) -> str:
        return self._http.base_url

    @property
    def posts(self) -> list[RecordedRequest]:
        """The generations that were asked for, in order."""
        return [request for request in self.requests if request.method == "POST"]

    async def start(self) -> None:
        await self._http.start()
        await self.store.start()

    async def close(self) -> None:
        await self._http.close()
        await self.store.close()

    async def __aenter__(self) -> StrictService:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _handle(self, request: Request) -> Response:
        request_id = new_request_id()
        body = _parsed(request.body)
        is_native = not request.path.startswith("/compatible-mode/")
        is_stream = _asks_for_stream(request, body, is_native)
        refusal = None
        try:
            response = self._answer(request, body, is_native, is_stream, request_id)
        except Refused as refused:
            refusal = refused.failure
            response = self._refusal(refusal, is_native, is_stream, request_id)
        self.requests.append(RecordedRequest(request.method, request.path, request.headers, body, refusal))
        return response

    def _answer(self, request: Request, body: Any, is_native: bool, is_stream: bool, request_id: str) -> Response:
        if request.headers.get("authorization") != f"Bearer {self.api_key}":
            words = "Invalid API-key provided." if is_native else "Incorrect API key provided."
            raise refuse(words, "InvalidApiKey", 401, "invalid_api_key")
        if request.method == "GET" and request.path == "/compatible-mode/v1/models":
            models = [{"id": name, "object": "model", "created": 1, "owned_by": "system"} for name in MODEL_IDS]
            return Response(200, encode_json({"object": "list", "data": models}))
        if request.method == "GET" and request.path == "/api/v1/uploads":
            return self.store.policy(request, request_id)
        if request.method != "POST" or request.path not in (TEXT_PATH, MULTIMODAL_PATH, CHAT_PATH):
            raise refuse("Not found.", "NotFound", 404, "not_found")
        if not request.headers.get("content-type", "").startswith("application/json"):
            raise refuse("Content-Type must be application/json.", "BadRequest.IllegalInput")
        if not isinstance(body, dict):
            raise refuse("Required body invalid, please check the request body format.", "BadRequest.IllegalInput")
        if "x-dashscope-async" in request.headers:
            raise refuse("current user api does not support asynchronous calls.", "AccessDenied", 403, "access_denied")
        model_id = str(body.get("model"))
        rules = self._more_models.get(model_id) or rules_of(model_id)
        resolves = request.headers.get("x-dashscope-ossresourceresolve") == "enable"
        is_multimodal = request.path == MULTIMODAL_PATH
        call = Call(is_native, is_multimodal, is_stream, body, rules, resolves, self.store.links_for(model_id))
        check(call)
        most = self._most_input_characters
        if most is not None and sum(len(text_of(message["content"])) for message in call.messages) > most:
            raise refuse(f"Range of input length should be [1, {most}]")
        self._filters.check(call.messages)
        return _accepted(call, request_id, is_ended=self._filters.ends(call.messages))

    def _refusal(self, failure: ServiceFailure, is_native: bool, is_stream: bool, request_id: str) -> Response:
        headers = (("x-request-id", request_id),)
        if is_stream and failure.status != 401 and self.errors_as != "http":
            frame = failure.native_frame(request_id)
            if self.errors_as == "event":
                return Response(200, frame, EVENT_STREAM, headers)
            return Response(failure.status, frame, headers=headers)
        if is_native:
            return Response(failure.status, encode_json(failure.native_body(request_id)), headers=headers)
        body = failure.compatible_body(request_id)
        if failure.status == 400:
            body["error"]["message"] = f"<400> InternalError.Algo.InvalidParameter: {failure.message}"
        return Response(failure.status, encode_json(body), headers=headers)


def _parsed(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _asks_for_stream(request: Request, body: Any, is_native: bool) -> bool:
    if not is_native:
        return isinstance(body, dict) and body.get("stream") is True
    accept = request.headers.get("accept", "")
    return request.headers.get("x-dashscope-sse") == "enable" or "text/event-stream" in accept


def _accepted(call: Call, request_id: str, *, is_ended: bool = False) -> Response:
    reasoning = REASONING if call.thinks else ""
    writer = _writer(call, request_id)
    headers = (("x-request-id", request_id), ("x-dashscope-timeout", "298"))
    text = _rest_of(call)
    if not call.is_stream:
        return Response(200, writer.whole(reasoning, text), headers=headers)
    return Response(200, _stream(writer, reasoning, text, is_ended), EVENT_STREAM, headers)


def _rest_of(call: Call) -> str:
    last = call.messages[-1]
    begun = text_of(last["content"]) if last.get("partial") is True else ""
    return TEXT.removeprefix(begun)


def _search_of(call: Call) -> SearchAnswer | None:
    if call.parameters.get("enable_search") is not True:
        return None
    options = call.parameters.get("search_options") or {}
    return SearchAnswer(SOURCES if options.get("enable_source") else (), options.get("prepend_search_result") is True)


def _writer(call: Call, request_id: str) -> ReplyWriter:
    model_id = call.body["model"]
    if call.is_native:
        return NativeWriter(
            request_id=request_id,
            input_bytes=len(encode_json(call.messages)),
            is_multimodal=call.is_multimodal,
            is_thinking=call.thinks,
            result_format=call.parameters.get("result_format", "text"),
            is_cumulative=call.is_cumulative,
            search=_search_of(call),
        )
    options = call.body.get("stream_options") or {}
    return CompatibleWriter(
        request_id=request_id,
        input_bytes=len(encode_json(call.messages)),
        model_id=model_id,
        created_s=1,
        is_thinking=call.thinks,
        includes_usage=options.get("include_usage") is True,
        is_cumulative=call.is_cumulative,
    )


async def _stream(writer: ReplyWriter, reasoning: str, text: str, is_ended: bool) -> AsyncGenerator[bytes, None]:
    first = writer.begin()
    if first:
        yield first
    for start in range(0, len(reasoning), 9):
        yield writer.piece(reasoning=reasoning[start : start + 9])
    for start in range(0, len(text) // 2 if is_ended else len(text), 7):
        yield writer.piece(text=text[start : start + 7])
    yield writer.error(filtered("Output")) if is_ended else writer.finish()
