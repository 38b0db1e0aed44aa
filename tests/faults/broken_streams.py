"""Faults inside a stream that began well, and streams that only look broken."""

from __future__ import annotations

import asyncio
import json
import random
import zlib

from tests.faults.fault import FLOOD_PIECE, Fault, complete, failed, interrupted, refused
from tests.faults.frames import KEPT, PIECES, PREFIX, WHOLE, Frames
from tests.faults.server import Connection, Script

MIB = 1024 * 1024
HARD_TEXT = (
    "a\u2028b\u2029c\u0085d\x0be\x0cf\x1cg\ufeffh data: x\n\nid: 7\r\nevent: error\r[DONE]"
    ' \u202eabc\u202c \u200d👩\u200d👩\u200d👧 \\u0041 "q" \t.'
)
HOSTILE_TEXT = (
    "<script>alert(1)</script><img src=x onerror=alert(1)> \x1b[31mred\x1b[0m \x1b]0;title\x07"
    " \u202egnp.exe [a](javascript:alert(1)) \x9b31m"
)


def stream(*parts: str) -> Script:
    """A stream of ready-made parts, in order, ended well unless the last part says otherwise.

    `pieces`: the first few; `rest`: the others; `finish`, `after`: what ends a reply."""

    async def script(connection: Connection) -> None:
        await connection.head()
        for part in parts:
            await _send_part(connection, part)
        await connection.end()

    return script


async def _send_part(connection: Connection, part: str) -> None:
    frames = connection.frames
    if part == "pieces":
        await connection.chunks(frames.pieces(KEPT))
    elif part == "rest":
        await connection.chunks(frames.rest())
    elif part == "finish":
        await connection.chunk(frames.finish())
    elif part == "after":
        await connection.chunk(frames.after_finish())
    else:
        raise ValueError(part)


def after_pieces(act: Script) -> Script:
    """The first pieces, then `act`; the body is not ended."""

    async def script(connection: Connection) -> None:
        await connection.head()
        await _send_part(connection, "pieces")
        await act(connection)

    return script


def between(make: Script) -> Script:
    """A whole good reply with something put after its first pieces."""

    async def script(connection: Connection) -> None:
        await connection.head()
        await _send_part(connection, "pieces")
        await make(connection)
        for part in ("rest", "finish", "after"):
            await _send_part(connection, part)
        await connection.end()

    return script


def rewritten(change: object) -> Script:
    """A good reply with its bytes changed by `change(bytes) -> bytes`, in one HTTP chunk per frame."""

    async def script(connection: Connection) -> None:
        await connection.head()
        for frame in connection.frames.reply():
            await connection.chunk(change(frame))  # type: ignore[operator]
        await connection.end()

    return script


def send(data: bytes) -> Script:
    async def script(connection: Connection) -> None:
        await connection.chunk(data)

    return script


def texts(*pieces: str) -> Script:
    """A good reply of other words."""

    async def script(connection: Connection) -> None:
        frames = connection.frames
        await connection.head()
        await connection.chunks([frames.text(piece) for piece in pieces])
        await connection.chunks([frames.finish(), frames.after_finish()])
        await connection.end()

    return script


# Silence and pace.


async def _silence(connection: Connection) -> None:
    await connection.silence()


async def _only_comments(connection: Connection) -> None:
    while True:
        await connection.chunk(b":keep-alive\n\n")
        await asyncio.sleep(0.02)


async def _slow_first_event(connection: Connection) -> None:
    await connection.head()
    await asyncio.sleep(0.4)
    await connection.chunks(connection.frames.reply())
    await connection.end()


async def _no_first_event(connection: Connection) -> None:
    await connection.head()
    await connection.silence()


async def _drip(connection: Connection) -> None:
    await connection.head()
    for frame in connection.frames.reply():
        for byte in frame:
            await connection.chunk(bytes([byte]))
        await asyncio.sleep(0.002)
    await connection.end()


async def _burst(connection: Connection) -> None:
    frames = b"".join(connection.frames.reply())
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
    await connection.send(head + b"%x\r\n%s\r\n0\r\n\r\n" % (len(frames), frames))


# Ends of the connection.


async def _reset(connection: Connection) -> None:
    connection.reset()


async def _fin(connection: Connection) -> None:
    connection.fin()


async def _fin_inside_a_chunk(connection: Connection) -> None:
    frame = connection.frames.text("中国")
    cut = frame.index("国".encode()) + 1
    await connection.send(b"%x\r\n%s" % (len(frame), frame[:cut]))
    connection.fin()


async def _no_last_chunk(connection: Connection) -> None:
    await connection.head()
    await connection.chunks(connection.frames.reply())
    connection.fin()


def last_frame_without_line_end(*, is_clean: bool) -> Script:
    async def script(connection: Connection) -> None:
        frames = connection.frames
        await connection.head()
        await connection.chunks([*frames.pieces(), frames.finish().rstrip(b"\n")])
        if is_clean:
            await connection.end()
        else:
            connection.fin()

    return script


async def _framed_by_close(connection: Connection) -> None:
    await connection.head(length=-1, Connection="close")
    await connection.send(b"".join(connection.frames.pieces(KEPT)) + b"id:9\nda")
    connection.fin()


async def _bad_chunk_size(connection: Connection) -> None:
    await connection.send(b"what\r\nis this\r\n")
    await connection.silence()


async def _short_body(connection: Connection) -> None:
    content = b"".join(connection.frames.pieces(KEPT))
    await connection.head(length=len(content) + 1_000)
    await connection.send(content)
    connection.fin()


# After the end of the reply.


async def _hang_after_done(connection: Connection) -> None:
    await connection.head()
    await connection.chunks(connection.frames.reply())
    await connection.silence()


async def _data_after_done(connection: Connection) -> None:
    await connection.head()
    await connection.chunks(connection.frames.reply())
    await connection.chunks(connection.frames.pieces(KEPT))
    await connection.end()


async def _only_the_end(connection: Connection) -> None:
    await connection.head()
    await connection.chunk(connection.frames.finish() if connection.frames.is_native else connection.frames.done())
    await connection.end()


async def _finish_length(connection: Connection) -> None:
    frames = connection.frames
    await connection.head()
    await connection.chunks([*frames.pieces(), frames.finish("length"), frames.after_finish()])
    await connection.end()


# Strange events.


async def _garbage(connection: Connection) -> None:
    noise = random.Random(7).randbytes(512)
    await connection.chunk(noise.replace(b"\n", b"?").replace(b"\r", b"?") + b"\n\n")


async def _invalid_utf8(connection: Connection) -> None:
    frame = connection.frames.text("<BAD>")
    await connection.chunk(frame.replace(b"<BAD>", b"\xff\xfe\xe4\xb8|"))


async def _wrong_types(connection: Connection) -> None:
    frames = connection.frames
    wrong: list[object] = [None, [], 5, "x", {}, {"choices": None}, {"choices": [None]}, {"output": None}]
    wrong += [{"output": {"choices": [{"message": {"content": 123}}]}}, {"choices": [{"delta": {"content": 123}}]}]
    wrong += [{"usage": "x"}, {"output": 5, "choices": 5}, {"request_id": 5, "id": 5}]
    for payload in wrong:
        await connection.chunk(frames.frame(json.dumps(payload)))


async def _missing_fields(connection: Connection) -> None:
    frames = connection.frames
    await connection.head()
    for piece, finish in [*((piece, None) for piece in frames.to_say), ("", "stop")]:
        choice: dict[str, object] = {"message" if frames.is_native else "delta": {"content": piece}}
        if finish:
            choice["finish_reason"] = finish
        payload = {"output": {"choices": [choice]}} if frames.is_native else {"choices": [choice]}
        await connection.chunk(f"data:{json.dumps(payload)}\n\n".encode())
    await connection.end()


async def _extra_fields(connection: Connection) -> None:
    frames = connection.frames
    await connection.chunk(b'event: ping\ndata: {}\n\nevent: result.v2\ndata: {"new":[1,{}]}\n\nunknown: 1\n\n')
    payload = frames.payload("")
    payload["brand_new"] = {"deep": [None, 1.5, {"a": True}]}
    await connection.chunk(frames.frame(payload))


def error_after(code: str, message: str, status: int, *, at_start: bool = False, goes_on: bool = False) -> Script:
    async def script(connection: Connection) -> None:
        await connection.head()
        if not at_start:
            await _send_part(connection, "pieces")
        await connection.chunk(connection.frames.error(code, message, status))
        if goes_on:
            await _send_part(connection, "rest")
            await _send_part(connection, "finish")
        await connection.end()

    return script


async def _error_in_words(connection: Connection) -> None:
    await connection.chunk(b"event:error\n:HTTP_STATUS/500\ndata:the backend went away\n\n")
    await connection.end()


async def _throttled_as_text(connection: Connection) -> None:
    frames = connection.frames
    await connection.head()
    await connection.chunk(frames.frame(frames.payload("Throttling: TPM(10/10)", finish="error_finish")))
    await connection.end()


async def _same_ids(connection: Connection) -> None:
    await connection.head()
    frames = connection.frames
    for piece in frames.to_say:
        await connection.chunk(frames.text(piece, id="1") if frames.is_native else b"id: 1\n" + frames.text(piece))
    await connection.chunks([frames.finish(), frames.after_finish()])
    await connection.end()


async def _repeated_event(connection: Connection) -> None:
    await connection.chunk(connection.frames.text(PIECES[KEPT - 1]))


# Floods.


async def _endless_line(connection: Connection) -> None:
    await connection.chunk(b'data:{"x":"')
    while True:
        await connection.chunk(b"y" * 65_536)


async def _endless_event(connection: Connection) -> None:
    while True:
        await connection.chunk((b"data:" + b"y" * 8_000 + b"\n") * 8)


async def _endless_comments(connection: Connection) -> None:
    while True:
        await connection.chunk(b":" + b"c" * 60 + b"\n\n" + b":" * 2_000 + b"\n")


async def _endless_stream(connection: Connection) -> None:
    frame = connection.frames.text(FLOOD_PIECE)
    await connection.head()
    while True:
        await connection.chunk(frame)


async def _huge_event(connection: Connection) -> None:
    frames = connection.frames
    await connection.head()
    frame = frames.text("x" * (8 * MIB))
    for start in range(0, len(frame), 60_000):
        await connection.chunk(frame[start : start + 60_000])
    await connection.chunks([frames.finish(), frames.after_finish()])
    await connection.end()


# Encodings.


def gzipped(*, flush_each: bool, corrupt: bool = False, name: str = "gzip") -> Script:
    async def script(connection: Connection) -> None:
        pack = zlib.compressobj(wbits=zlib.MAX_WBITS | (16 if name == "gzip" else 0))
        await connection.head(Content_Encoding=name)
        for number, frame in enumerate(connection.frames.reply()):
            packed = pack.compress(frame) + (pack.flush(zlib.Z_SYNC_FLUSH) if flush_each else b"")
            if corrupt and number >= KEPT:
                packed = b"\xff" * 64
            await connection.chunk(packed)
        await connection.chunk(pack.flush())
        await connection.end()

    return script


async def _gzip_if_asked(connection: Connection) -> None:
    assert connection.request is not None
    if "gzip" in connection.request.headers.get("accept-encoding", ""):
        await gzipped(flush_each=True)(connection)
    else:
        await connection.reply()


async def _gzip_bomb(connection: Connection) -> None:
    await connection.head(Content_Encoding="gzip")
    pack = zlib.compressobj(9, wbits=zlib.MAX_WBITS | 16)
    await connection.chunk(pack.compress(b"data:") + pack.flush(zlib.Z_FULL_FLUSH))
    # After a full flush the same block is packed into the same bytes, so it is packed only once.
    block = pack.compress(b"y" * MIB) + pack.flush(zlib.Z_FULL_FLUSH)
    for _ in range(1_024):
        await connection.chunk(block)
    await connection.end()


async def _bad_brotli(connection: Connection) -> None:
    await connection.head(Content_Encoding="br")
    await connection.chunk(b"\x1b\xff\xff\xff" + bytes(range(256)))
    await connection.end()


def _heartbeats(connection: Connection) -> list[bytes]:
    return [b":keep-alive\n\n" * (number % 2) + frame for number, frame in enumerate(connection.frames.reply())]


async def _with_heartbeats(connection: Connection) -> None:
    await connection.head()
    await connection.chunks(_heartbeats(connection))
    await connection.end()


def _begun(connection: Connection) -> str:
    return connection.request.begun if connection.request is not None else ""


async def _spaced(connection: Connection) -> None:
    await connection.head()
    await connection.chunks(Frames(connection.server.protocol, space=True, begun=_begun(connection)).reply())
    await connection.end()


async def _with_bom(connection: Connection) -> None:
    await connection.head()
    await connection.chunk(b"\xef\xbb\xbf")
    await connection.chunks(connection.frames.reply())
    await connection.end()


async def _bytewise(connection: Connection) -> None:
    await connection.head()
    body = b"".join(connection.frames.reply())
    await connection.send(b"".join(b"1\r\n%c\r\n" % byte for byte in body))
    await connection.end()


async def _set_cookie(connection: Connection) -> None:
    await connection.head(Set_Cookie="session=1234; Path=/")
    await connection.chunks(connection.frames.reply())
    await connection.end()


def retry_field(*values: str) -> Script:
    return send("".join(f"retry: {value}\n\n" for value in values).encode())


async def _retry_then_reset(connection: Connection) -> None:
    await connection.chunk(b"retry: 99999999999999999999\n\n")
    connection.reset()


async def _retry_zero_then_reset(connection: Connection) -> None:
    await connection.chunk(b"retry: 0\n\n")
    connection.reset()


async def _three_comments(connection: Connection) -> None:
    await connection.head()
    await connection.chunks([b":keep-alive\n\n"] * 3)
    await connection.end()


async def _done_without_finish(connection: Connection) -> None:
    await connection.head()
    await connection.chunks([*connection.frames.pieces(), connection.frames.done()])
    await connection.silence()


async def _hang_after_finish(connection: Connection) -> None:
    await connection.head()
    await connection.chunks([*connection.frames.pieces(), connection.frames.finish()])
    await connection.silence()


async def _close_later(connection: Connection) -> None:
    await connection.reply()
    await asyncio.sleep(0.05)
    connection.reset()


async def _invalid_json(connection: Connection) -> None:
    await connection.chunk(connection.frames.frame('{"output":{"choices":[{"message"'))


async def _error_object(connection: Connection) -> None:
    await connection.chunk(b'data: {"error":{"message":"It broke.","type":"server_error","code":"internal_error"}}\n\n')
    await connection.silence()


async def _endless_line_first(connection: Connection) -> None:
    await connection.head()
    await _endless_line(connection)


_QUICK = {"idle_timeout_s": 0.3}
_FILTER = ("DataInspectionFailed", "Output data may contain inappropriate content.", 400)
_TOKENS = ("Throttling.AllocationQuota", "Allocated quota exceeded, please increase your quota limit.", 429)

STREAMS: dict[str, Fault] = {
    "200-empty": failed(stream(), "ProtocolViolated", "empty_stream"),
    "200-only-comments": failed(_three_comments, "ProtocolViolated", "empty_stream"),
    "200-done-only": failed(_only_the_end, "ProtocolViolated", "empty_reply"),
    "slow-first-event": complete(_slow_first_event, network={"idle_timeout_s": 0.2}),
    "no-first-event": failed(
        _no_first_event, "ConnectionFailed", "first_event_timeout", network={"first_event_timeout_s": 0.3}
    ),
    "stall-midstream": interrupted(after_pieces(_silence), "stalled", network=_QUICK),
    "stall-heartbeats": interrupted(after_pieces(_only_comments), "stalled", network=_QUICK),
    "slow-drip": complete(_drip),
    "burst": complete(_burst),
    "rst-midstream": interrupted(after_pieces(_reset)),
    "fin-midstream": interrupted(after_pieces(_fin)),
    "fin-midchunk": interrupted(after_pieces(_fin_inside_a_chunk)),
    "no-last-newline": complete(last_frame_without_line_end(is_clean=True)),
    "no-last-newline-fin": complete(last_frame_without_line_end(is_clean=False)),
    "truncated-chunked": complete(_no_last_chunk),
    "eof-close-framed": interrupted(_framed_by_close),
    "clean-eof-no-finish": interrupted(stream("pieces")),
    "no-done": complete(stream("pieces", "rest", "finish")),
    "done-no-finish": complete(_done_without_finish, protocols=("compatible",)),
    "hang-after-done": complete(_hang_after_done),
    "hang-after-finish": complete(_hang_after_finish),
    "data-after-done": complete(_data_after_done),
    "bad-chunk-size": interrupted(after_pieces(_bad_chunk_size)),
    "content-length-short": interrupted(_short_body),
    "stale-keepalive": complete(_close_later),
    "set-cookie": complete(_set_cookie),
    "garbage-bytes": complete(between(_garbage)),
    "invalid-utf8": complete(between(_invalid_utf8), f"={PREFIX}\ufffd\ufffd\ufffd|{WHOLE[len(PREFIX) :]}"),
    "invalid-json": complete(between(_invalid_json)),
    "json-wrong-types": complete(between(_wrong_types)),
    "missing-fields": complete(_missing_fields),
    "extra-fields": complete(between(_extra_fields)),
    "error-midstream": failed(error_after(*_FILTER), "RequestRefused", "content_filter", "prefix"),
    "error-midstream-object": failed(
        after_pieces(_error_object), "ServiceUnavailable", "", "prefix", protocols=("compatible",)
    ),
    "error-first": failed(
        error_after("InvalidParameter", "Some value is not valid.", 400, at_start=True), "RequestRefused", "parameters"
    ),
    "error-first-throttling": refused(
        error_after(*_TOKENS, at_start=True), "RateLimited", "tokens_per_minute", provider_code=_TOKENS[0]
    ),
    "error-midstream-throttling": failed(error_after(*_TOKENS), "RateLimited", "tokens_per_minute", "prefix"),
    "error-then-continues": failed(error_after(*_FILTER, goes_on=True), "RequestRefused", "content_filter", "prefix"),
    "error-not-json": failed(after_pieces(_error_in_words), "ServiceUnavailable", "", "prefix"),
    "error-as-text": refused(_throttled_as_text, "RateLimited", "tokens_per_minute"),
    "finish-length": complete(_finish_length),
    "dup-ids": complete(_same_ids),
    "dup-event": complete(between(_repeated_event), f"={PREFIX}{PIECES[KEPT - 1]}{WHOLE[len(PREFIX) :]}"),
    "endless-line": interrupted(after_pieces(_endless_line), "limit"),
    "endless-event": interrupted(after_pieces(_endless_event), "limit"),
    "endless-line-first": failed(_endless_line_first, "ProtocolViolated", "too_large"),
    "endless-comments": interrupted(after_pieces(_endless_comments), "stalled", network=_QUICK),
    "endless-stream": interrupted(_endless_stream, "limit", "flood"),
    "huge-event": complete(_huge_event, "=" + "x" * 8 * MIB),
    "retry-huge": complete(between(retry_field("99999999999999999999", "-1"))),
    "retry-huge-rst": interrupted(after_pieces(_retry_then_reset)),
    "retry-zero-rst": interrupted(after_pieces(_retry_zero_then_reset)),
    "id-injection": complete(between(send(b"id: a\0b\n\nid: " + b"z" * 65_536 + b"\n\nid: \xe4\xb8\xad\n\n"))),
    "ansi-html": complete(texts(HOSTILE_TEXT), f"={HOSTILE_TEXT}"),
    "crlf": complete(rewritten(lambda frame: frame.replace(b"\n", b"\r\n"))),
    "cr": complete(rewritten(lambda frame: frame.replace(b"\n", b"\r"))),
    "bom": complete(_with_bom),
    "hard-text": complete(texts("1 ", HARD_TEXT, " 2"), f"=1 {HARD_TEXT} 2"),
    "heartbeats": complete(_with_heartbeats),
    "split-bytes": complete(_bytewise),
    "space-after-colon": complete(_spaced),
    "gzip": complete(_gzip_if_asked),
    "gzip-unasked": complete(gzipped(flush_each=True)),
    "deflate-unasked": complete(gzipped(flush_each=True, name="deflate")),
    "gzip-corrupt": interrupted(gzipped(flush_each=True, corrupt=True)),
    "gzip-bomb": failed(_gzip_bomb, "ProtocolViolated", "too_large"),
    "gzip-buffered": complete(gzipped(flush_each=False)),
    "br-unknown": failed(_bad_brotli, "ProtocolViolated", "encoding"),
}
