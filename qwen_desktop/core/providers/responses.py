"""A response's head, and its small body, to an answer: it is the stream that was asked for, or the error it is.

Status first, then the media type: only `text/event-stream` is read, whatever its case and parameters; the charset is
not obeyed, since an event stream is UTF-8 by its standard.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from qwen_desktop.core.errors import ProtocolViolated, ProviderError
from qwen_desktop.core.providers.content_encoding import BadEncoding, Inflater
from qwen_desktop.core.providers.error_body import read_error_body
from qwen_desktop.core.providers.exchange import BodyBroken, Exchange
from qwen_desktop.core.providers.failures import clean_detail, from_response, from_words, request_id_of

if TYPE_CHECKING:
    import httpx

MAX_ERROR_BODY_BYTES = 64 * 1024
_ERROR_BODY_S = 5.0
"""How long an error body may take; a slow one is judged by its status."""


async def check_is_stream(
    exchange: Exchange, response: httpx.Response, *, host: str, api_key: str | None
) -> Inflater | None:
    """What the body must pass through before it is events; None when it comes plain.  Raises ProviderError."""
    status, headers = response.status_code, response.headers
    if status == 204:
        raise ProtocolViolated("204 No Content", reason="empty_stream", status=status, host=host)
    check_not_redirected(response, host, api_key)
    if status >= 400:
        body = await read_small_body(exchange, response, MAX_ERROR_BODY_BYTES)
        raise from_response(status, headers, body, host=host, api_key=api_key)
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    if status != 200 or media_type != "text/event-stream":
        raise await _not_a_stream(exchange, response, media_type, host=host, api_key=api_key)
    try:
        return inflater_of(response)
    except BadEncoding as error:
        raise ProtocolViolated(
            clean_detail(str(error), api_key), reason="encoding", status=status, host=host
        ) from error


def inflater_of(response: httpx.Response) -> Inflater | None:
    """Raises BadEncoding for an encoding that is not known here; httpx would hand out its bytes as they are."""
    encoding = response.headers.get("content-encoding", "").strip().lower()
    return Inflater(encoding) if encoding not in ("", "identity") else None


async def read_small_body(exchange: Exchange, response: httpx.Response, limit_bytes: int) -> bytes:
    """At most `limit_bytes` of the decoded body, and no more than a few seconds of it; what came until it broke."""
    exchange.deadline.at = time.monotonic() + _ERROR_BODY_S
    body = bytearray()
    try:
        inflater = inflater_of(response)
        while len(body) < limit_bytes and (chunk := await exchange.read()):
            for piece in inflater.feed(chunk) if inflater else (chunk,):
                body += piece
                if len(body) >= limit_bytes:
                    break
    except (TimeoutError, BodyBroken, BadEncoding):
        pass
    return bytes(body[:limit_bytes])


async def _not_a_stream(
    exchange: Exchange, response: httpx.Response, media_type: str, *, host: str, api_key: str | None
) -> ProviderError:
    """Success by its status, but no stream: an error object, a whole answer, or somebody else's page."""
    status = response.status_code
    detail = media_type or "no Content-Type"
    if media_type == "application/json":
        body = await read_small_body(exchange, response, MAX_ERROR_BODY_BYTES)
        words = read_error_body(body)
        if words is not None and (words.code or body.lstrip().startswith((b"{", b"["))):
            return from_words(words, status=words.status, host=host, api_key=api_key)
        detail = "application/json: not a stream, though one was asked for"
    if media_type == "text/event-stream":
        detail = f"status {status}"
    return ProtocolViolated(
        clean_detail(detail, api_key),
        reason="media_type",
        status=status,
        host=host,
        request_id=request_id_of(response.headers, api_key),
    )


def check_not_redirected(response: httpx.Response, host: str, api_key: str | None) -> None:
    """A redirect is never followed: the key is for the host that was asked, and a POST that is turned into a GET asks
    for nothing.  Raises ProtocolViolated('redirect')."""
    status = response.status_code
    if not 300 <= status < 400:
        return
    try:
        target = urlsplit(response.headers.get("location", ""))
        to = target.hostname or target.scheme or "the same host"
    except ValueError:
        to = "an address that cannot be read"
    detail = clean_detail(f"{status}, redirected to {to}", api_key)
    raise ProtocolViolated(detail, reason="redirect", status=status, host=host)
