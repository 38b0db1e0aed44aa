"""Faults that give no stream at all: refusals by status, wrong kinds of body, redirects, and no answer."""

from __future__ import annotations

import asyncio
import email.utils
import json
import time

from tests.faults.fault import Fault, complete, failed, refused
from tests.faults.frames import NATIVE, REQUEST_ID, USAGE, WHOLE
from tests.faults.server import Connection, Script

HTML = b"<!DOCTYPE html><html><head><title>502</title></head><body><h1>Bad Gateway</h1>nginx</body></html>"

# code on the native protocol, code on the compatible one, message
_CODES: dict[str, tuple[str, str, str]] = {
    "parameter": ("InvalidParameter", "invalid_parameter_error", "Some value of the request is not valid."),
    "arrears": ("Arrearage", "Arrearage", "Access denied, please make sure your account is in good standing."),
    "filter": ("DataInspectionFailed", "data_inspection_failed", "Input data may contain inappropriate content."),
    "long": ("InvalidParameter", "invalid_parameter_error", "Range of input length should be [1, 129024]"),
    "key": ("InvalidApiKey", "invalid_api_key", "Invalid API-key provided."),
    "access": ("AccessDenied", "access_denied", "Access denied."),
    "model": ("ModelNotFound", "model_not_found", "The model cannot be found."),
    "timeout": ("RequestTimeOut", "RequestTimeOut", "Request timed out, please try again later."),
    "large": ("RequestTooLarge", "RequestTooLarge", "The request is too large."),
    "rate": ("Throttling.RateQuota", "limit_requests", "Requests rate limit exceeded, please try again later."),
    "tokens": ("Throttling.AllocationQuota", "insufficient_quota", "Allocated quota exceeded, please check your plan."),
    "free": ("Throttling.AllocationQuota", "insufficient_quota", "Free allocated quota exceeded."),
    "internal": ("InternalError", "internal_error", "An internal error has occurred."),
    "unavailable": ("ModelUnavailable", "ModelUnavailable", "Model is unavailable, please try again later."),
    "serving": ("ModelServingError", "ModelServingError", "Too many requests are waiting for this model."),
    "proxy": ("ProxyAuthenticationRequired", "ProxyAuthenticationRequired", "Proxy authentication required."),
}


def refuse(status: int, words: str, **headers: str) -> Script:
    """Answer `status` with an error object in the protocol's own shape."""

    async def script(connection: Connection) -> None:
        native, compatible, message = _CODES[words]
        frames = connection.frames
        body = frames.error_body(native if frames.is_native else compatible, message)
        await connection.answer(status, body, **headers)

    return script


def body(status: int, content: bytes, content_type: str = "application/json", **headers: str) -> Script:
    async def script(connection: Connection) -> None:
        await connection.answer(status, content, content_type, **headers)

    return script


async def _retry_at_a_date(connection: Connection) -> None:
    # Both dates from a clock that is a day behind: only their difference means anything.
    now = time.time() - 86_400
    date, until = (email.utils.formatdate(at, usegmt=True) for at in (now, now + 3))
    await refuse(429, "rate", Date=date, Retry_After=until)(connection)


async def _event_framed_refusal(connection: Connection) -> None:
    words = {"code": "InvalidParameter", "message": "Some value is not valid.", "request_id": REQUEST_ID}
    framed = b"id:1\nevent:error\n:HTTP_STATUS/400\ndata:" + json.dumps(words).encode() + b"\n"
    await connection.answer(400, framed)


async def _endless_error(connection: Connection) -> None:
    await connection.head(500, "text/plain")
    while True:
        await connection.chunk(b"x" * 65_536)


async def _no_content(connection: Connection) -> None:
    await connection.head(204, None)


async def _json_error_as_success(connection: Connection) -> None:
    frames = connection.frames
    code = "Throttling.RateQuota" if frames.is_native else "limit_requests"
    await connection.answer(200, frames.error_body(code, "Requests rate limit exceeded."))


async def _json_answer(connection: Connection) -> None:
    if connection.server.protocol == NATIVE:
        choice = {"message": {"role": "assistant", "content": WHOLE}, "finish_reason": "stop"}
        answer: object = {"output": {"choices": [choice]}, "usage": USAGE, "request_id": REQUEST_ID}
    else:
        message = {"role": "assistant", "content": WHOLE}
        answer = {"id": "chatcmpl-1", "choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}
    await connection.answer(200, json.dumps(answer).encode())


def labelled(content_type: str | None) -> Script:
    """A right stream under `content_type`."""

    async def script(connection: Connection) -> None:
        await connection.head(200, content_type)
        await connection.chunks(connection.frames.reply())
        await connection.end()

    return script


def redirect(status: int, location: str | None) -> Script:
    """`{port}` in `location` is the server's own."""

    async def script(connection: Connection) -> None:
        headers = {} if location is None else {"Location": location.format(port=connection.server.port)}
        await connection.answer(status, b"", **headers)

    return script


async def _no_response(connection: Connection) -> None:
    await connection.silence()


async def _slow_headers(connection: Connection) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nX-Filler: " + b"-" * 2_000 + b"\r\n\r\n"
    for position in range(len(head)):
        await connection.send(head[position : position + 1])
        await asyncio.sleep(0.01)


async def _reset_before_headers(connection: Connection) -> None:
    connection.reset()


async def _fin_before_headers(connection: Connection) -> None:
    connection.fin()


async def _huge_headers(connection: Connection) -> None:
    filler = b"".join(b"X-Filler-%d: %s\r\n" % (number, b"f" * 1_000) for number in range(200))
    await connection.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n" + filler + b"\r\n")
    await connection.silence()


async def _early_hints(connection: Connection) -> None:
    await connection.send(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n")
    await connection.reply()


async def _not_http(connection: Connection) -> None:
    await connection.send(b"220 mail.example ESMTP\r\n500 what?\r\n\r\n")
    await connection.silence()


async def _banner_of_ssh(connection: Connection) -> None:
    # Without a blank line an HTTP parser waits for more, and then sees the end.
    await connection.send(b"SSH-2.0-OpenSSH_9.6\r\nInvalid SSH identification string.\r\n")
    connection.fin()


_AMBIGUOUS = {"kind": "ConnectionFailed", "reason": "lost"}

REFUSALS: dict[str, Fault] = {
    "400": failed(refuse(400, "parameter"), "RequestRefused", "parameters"),
    "400-arrearage": failed(refuse(400, "arrears"), "QuotaExhausted", "arrears", provider_code="Arrearage"),
    "400-inspection": failed(refuse(400, "filter"), "RequestRefused", "content_filter"),
    "400-context": failed(refuse(400, "long"), "RequestRefused", "too_long"),
    "401": failed(refuse(401, "key"), "ApiKeyRejected"),
    "403": failed(refuse(403, "access"), "ModelNotAllowed"),
    "404": failed(refuse(404, "model"), "ModelNotAllowed", "unknown"),
    "408": refused(refuse(408, "timeout"), "ServiceUnavailable", "timeout"),
    "413": failed(refuse(413, "large"), "RequestRefused", "too_large"),
    "429": refused(refuse(429, "rate", Retry_After="1"), "RateLimited", retry_after_s=1.0),
    "429-date": refused(_retry_at_a_date, "RateLimited", retry_after_s=3.0),
    "429-none": refused(refuse(429, "tokens"), "RateLimited", "tokens_per_minute"),
    "429-huge": refused(refuse(429, "rate", Retry_After="86400"), "RateLimited", posts=1, retry_after_s=86_400.0),
    "429-bogus": refused(refuse(429, "rate", Retry_After="-1, soon"), "RateLimited"),
    "429-free-quota": failed(refuse(429, "free"), "QuotaExhausted", "free_quota"),
    "500": refused(refuse(500, "internal"), "ServiceUnavailable"),
    "503": refused(refuse(503, "unavailable"), "ServiceUnavailable", "overloaded"),
    "503-retry-after": refused(
        refuse(503, "serving", Retry_After="1"), "ServiceUnavailable", "overloaded", retry_after_s=1.0
    ),
    "407-origin": failed(refuse(407, "proxy"), "ConnectionFailed", "proxy_auth"),
    "400-sse-framed": failed(_event_framed_refusal, "RequestRefused", "parameters", provider_code="InvalidParameter"),
    "404-nested": failed(
        body(404, b'{"error":{"message":"The model `none` does not exist.","type":"invalid_request_error"}}'),
        "ModelNotAllowed",
        "unknown",
    ),
    "502-html": refused(body(502, HTML, "text/html"), "ServiceUnavailable"),
    "504-html": refused(body(504, HTML, "text/html"), "ServiceUnavailable", "timeout"),
    "500-truncated-json": refused(body(500, b'{"code":"InternalError","mess'), "ServiceUnavailable"),
    "500-empty": refused(body(500, b""), "ServiceUnavailable"),
    "500-huge-body": refused(_endless_error, "ServiceUnavailable"),
    "204": failed(_no_content, "ProtocolViolated", "empty_stream"),
    "200-json-error": refused(_json_error_as_success, "RateLimited"),
    "200-json-answer": failed(_json_answer, "ProtocolViolated", "media_type"),
    "200-html": failed(body(200, HTML, "text/html"), "ProtocolViolated", "media_type"),
    "200-wrong-ct": failed(labelled("text/plain"), "ProtocolViolated", "media_type"),
    "200-no-ct": failed(labelled(None), "ProtocolViolated", "media_type"),
    "200-octet": failed(labelled("application/octet-stream"), "ProtocolViolated", "media_type"),
    "200-json-ct": failed(labelled("application/json"), "ProtocolViolated", "media_type"),
    "200-ct-upper": complete(labelled("TEXT/EVENT-STREAM ; Charset=UTF-8")),
    "200-ct-charset": complete(labelled("text/event-stream;charset=gbk")),
    "200-ct-prefix": failed(labelled("text/event-streamx"), "ProtocolViolated", "media_type"),
    "no-response": failed(_no_response, "ConnectionFailed", "headers_timeout", network={"headers_timeout_s": 0.3}),
    "slow-headers": failed(_slow_headers, "ConnectionFailed", "headers_timeout", network={"headers_timeout_s": 0.3}),
    "rst-before-headers": failed(_reset_before_headers, **_AMBIGUOUS),
    "fin-before-headers": failed(_fin_before_headers, **_AMBIGUOUS),
    "huge-headers": failed(_huge_headers, "ProtocolViolated", "too_large"),
    "early-hints": complete(_early_hints),
    "not-http": failed(_not_http, "ProtocolViolated", "not_http"),
    "not-http-banner": failed(_banner_of_ssh, **_AMBIGUOUS),
    "redirect-307": failed(redirect(307, "/redirected"), "ProtocolViolated", "redirect"),
    "redirect-308-other": failed(redirect(308, "http://localhost:{port}/x"), "ProtocolViolated", "redirect"),
    "redirect-302": failed(redirect(302, "/redirected"), "ProtocolViolated", "redirect"),
    "redirect-loop": failed(redirect(307, ""), "ProtocolViolated", "redirect"),
    "redirect-no-location": failed(redirect(307, None), "ProtocolViolated", "redirect"),
    "redirect-empty-location": failed(redirect(307, ""), "ProtocolViolated", "redirect"),
    "redirect-file": failed(redirect(307, "file:///etc/passwd"), "ProtocolViolated", "redirect"),
    "redirect-downgrade": failed(redirect(307, "http://example.com/x"), "ProtocolViolated", "redirect"),
}
