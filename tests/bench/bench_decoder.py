"""Bytes to events to typed deltas, in microseconds and as ratios to httpx-sse in the same run.

Run it with `python -m tests.bench.bench_decoder`; it takes about half a minute.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Iterator

from httpx._decoders import TextDecoder
from httpx_sse._decoders import SSEDecoder as HttpxSSEDecoder
from httpx_sse._decoders import SSELineDecoder

from qwen_desktop.core.protocol.chunks import Chunks
from qwen_desktop.core.protocol.compatible_chunks import CompatibleChunks
from qwen_desktop.core.protocol.native_chunks import NativeChunks
from qwen_desktop.core.protocol.sse import SSEDecoder
from tests import streams

EVENTS = 20_000
ROUNDS = 5
WORDS = ("The", " capital", "，世界🌏", " of Peru", "。在前景中坐着")
REPLY = streams.ScriptedReply(pieces=tuple(WORDS[number % len(WORDS)] for number in range(EVENTS - 1)))


def in_pieces(stream: bytes, size: int) -> list[bytes]:
    return [stream[start : start + size] for start in range(0, len(stream), size)]


def with_httpx_sse(chunks: list[bytes]) -> int:
    """What `EventSource.iter_sse` does with the bytes of a response, without the response."""
    text, lines, events = TextDecoder("utf-8"), SSELineDecoder(), HttpxSSEDecoder()
    found = 0
    for chunk in chunks:
        for line in lines.decode(text.decode(chunk)):
            found += events.decode(line.rstrip("\n")) is not None
    return found


def with_ours(chunks: list[bytes], *, json_lines: bool) -> int:
    decoder = SSEDecoder(json_lines=json_lines)
    return sum([len(decoder.feed(chunk)) for chunk in chunks])


def to_deltas(chunks: list[bytes], reader: Chunks) -> int:
    decoder = SSEDecoder(json_lines=True)
    return sum([len(reader.feed(event)) for chunk in chunks for event in decoder.feed(chunk)])


def cpu_s(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def medians(contestants: dict[str, Callable[[], object]]) -> dict[str, float]:
    """CPU seconds of each, all in turn in each round, so that a busy machine is busy for all of them."""
    rounds = [{name: cpu_s(work) for name, work in contestants.items()} for _ in range(ROUNDS)]
    return {name: statistics.median(times[name] for times in rounds) for name in contestants}


def decoder_rows() -> Iterator[str]:
    native = streams.native_stream(REPLY)
    yield f"{EVENTS} native events of {len(native) / EVENTS:.0f} bytes; CPU per event, speed as a ratio to httpx-sse"
    for size, target in ((16_384, 1.4), (100, 1.0)):
        chunks = in_pieces(native, size)
        assert with_httpx_sse(chunks) == with_ours(chunks, json_lines=False) == with_ours(chunks, json_lines=True)
        contestants: dict[str, Callable[[], object]] = {
            "httpx-sse": lambda chunks=chunks: with_httpx_sse(chunks),  # type: ignore[misc]
            "standard": lambda chunks=chunks: with_ours(chunks, json_lines=False),  # type: ignore[misc]
            "json_lines": lambda chunks=chunks: with_ours(chunks, json_lines=True),  # type: ignore[misc]
        }
        found = medians(contestants)
        for name, seconds in found.items():
            cost, ratio = f"{seconds / EVENTS * 1e6:6.2f} us", f"{found['httpx-sse'] / seconds:5.2f}x"
            yield f"  {size:>6} B chunks  {name:<11} {cost}  {ratio}  (target {target}x)"


def line_rows() -> Iterator[str]:
    yield "one data line in reads of 1460 bytes; CPU per MB (linear: the same in every row)"
    for megabytes in (1, 2, 4, 8):
        frame = b'data:{"text":"' + b"x" * (megabytes << 20) + b'"}\n\n'
        chunks = in_pieces(frame, 1460)
        for name, json_lines in (("standard", False), ("json_lines", True)):
            contestant = {name: lambda chunks=chunks, mode=json_lines: with_ours(chunks, json_lines=mode)}  # type: ignore[misc]
            seconds = medians(contestant)[name]
            yield f"  {megabytes} MB  {name:<11} {seconds / megabytes * 1e3:6.2f} ms/MB"


def delta_rows() -> Iterator[str]:
    yield "bytes to typed deltas, 16 KB chunks"
    bodies: dict[str, tuple[list[bytes], type[Chunks]]] = {
        "native": (in_pieces(streams.native_stream(REPLY), 16_384), NativeChunks),
        "compatible": (in_pieces(streams.compatible_stream(REPLY), 16_384), CompatibleChunks),
    }
    for name, (chunks, reader) in bodies.items():
        contestants: dict[str, Callable[[], object]] = {
            "deltas": lambda chunks=chunks, reader=reader: to_deltas(chunks, reader()),  # type: ignore[misc]
            "events": lambda chunks=chunks: with_ours(chunks, json_lines=True),  # type: ignore[misc]
            "dicts": lambda chunks=chunks: httpx_sse_and_json(chunks),  # type: ignore[misc]
        }
        found = {contestant: seconds / EVENTS * 1e6 for contestant, seconds in medians(contestants).items()}
        yield (
            f"  {name:<11} {found['deltas']:5.2f} us per event, of which the decoder {found['events']:.2f} us;"
            f" httpx-sse + json.loads to dicts {found['dicts']:.2f} us ({found['dicts'] / found['deltas']:.2f}x)"
        )


def httpx_sse_and_json(chunks: list[bytes]) -> int:
    text, lines, events = TextDecoder("utf-8"), SSELineDecoder(), HttpxSSEDecoder()
    found = 0
    for chunk in chunks:
        for line in lines.decode(text.decode(chunk)):
            event = events.decode(line)
            if event is not None and event.data != "[DONE]":
                found += len(json.loads(event.data))
    return found


def main() -> None:
    for rows in (decoder_rows, line_rows, delta_rows):
        for row in rows():
            print(row, flush=True)


if __name__ == "__main__":
    main()
