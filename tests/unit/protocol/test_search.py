"""A search on the wire: what is asked for, and sources that come once, come again, come odd, or come by thousands."""

from __future__ import annotations

import json
import time
from typing import Any

import msgspec
import pytest

from qwen_desktop.core.chat.delta import Citations, TextDelta
from qwen_desktop.core.chat.message import Role, Source
from qwen_desktop.core.chat.sources import MOST_SOURCES
from qwen_desktop.core.protocol.request_body import WireOptions, build_compatible, build_native, repair
from qwen_desktop.core.providers.base import ReplyRequest, RequestMessage
from qwen_desktop.core.providers.learned import Learned
from qwen_desktop.core.providers.servers import CHINA, COMPATIBLE, Server, ServerKind
from tests.unit.protocol.reading import read
from tests.yardstick import slower

FIELDS = {"enable_search", "search_options"}
NUMBERED = {
    "enable_source": True,
    "enable_citation": True,
    "citation_format": "[<number>]",
    "prepend_search_result": True,
}
AGENT = {"search_strategy": "agent", "enable_source": True}
WIRE = [
    {"index": 1, "title": "Hangzhou forecast", "url": "https://weather.example.org/hz", "site_name": "W", "icon": ""},
    {
        "index": 2,
        "title": "杭州天气预报",
        "url": "https://tianqi.example.cn/hz",
        "site_name": "无",
        "icon": "https://x/i",
    },
]
SOURCES = (
    Source(1, "Hangzhou forecast", "https://weather.example.org/hz", "W"),
    Source(2, "杭州天气预报", "https://tianqi.example.cn/hz", ""),
)


def asked(
    model_id: str, *, server: Server = CHINA, search: bool = True, options: WireOptions | None = None, **more: Any
) -> list[dict[str, Any] | None]:
    """`enable_search` and `search_options` as both protocols say them; None: nothing."""
    request = ReplyRequest(model_id, (RequestMessage(Role.USER, "News?"),), search=search, **more)
    options = options or WireOptions.for_model(model_id, server)
    native = msgspec.json.decode(build_native(request, options).body)["parameters"]
    compatible = msgspec.json.decode(build_compatible(request, options).body)
    return [{name: body[name] for name in FIELDS if name in body} or None for body in (native, compatible)]


def test_sources_and_numbers_are_asked_for_where_they_can_be_had() -> None:
    on = {"enable_search": True}
    assert asked("qwen-plus") == [on | {"search_options": NUMBERED}, on]
    agent = {"search_options": {"search_strategy": "agent"}}
    assert asked("qwen3.7-plus") == [on | {"search_options": AGENT}, on | agent]


def test_nothing_is_said_of_it_where_it_is_not_wanted_or_cannot_be() -> None:
    assert asked("qwen-plus", search=False) == [None, None]
    assert asked("qwen3-coder-plus") == [None, None]
    assert asked("qwen3.8-flash") == [None, None]
    assert asked("qwen-plus", continues="Half a") == [None, None]
    for server in (Server(ServerKind.OLLAMA), Server(ServerKind.LLAMA_CPP), COMPATIBLE):
        assert asked("qwen-plus", server=server) == [None, None]
    assert asked("model-of-tomorrow", server=COMPATIBLE) == [None, None]


def test_a_model_nobody_knows_is_asked_and_its_refusal_is_learned() -> None:
    options = WireOptions.for_model("model-of-tomorrow")
    assert asked("model-of-tomorrow", options=options)[0] is not None
    repaired = repair(
        options, code="InvalidParameter", message="This model does not support enable_search.", status=400
    )
    assert repaired is not None
    assert asked("model-of-tomorrow", options=repaired) == [None, None]
    without = repair(options, message="Extra inputs are not permitted: search_options", status=400)
    assert without is not None
    assert asked("model-of-tomorrow", options=without)[0] == {"enable_search": True}
    from qwen_desktop.core.providers import catalogue

    assert Learned(refused=frozenset({"enable_search"})).abilities(catalogue.abilities("qwen-plus")).search is False


def frame(content: str = "", results: Any = None, finish: str = "null") -> str:
    output: dict[str, Any] = {"choices": [{"message": {"content": content}, "finish_reason": finish}]}
    if results is not None:
        output["search_info"] = {"search_results": results}
    return "data:" + json.dumps({"output": output, "usage": {}, "request_id": "r"}, ensure_ascii=False) + "\n\n"


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1 << 20])
def test_sources_come_once_and_empty_lists_after_them_change_nothing(size: int) -> None:
    stream = frame("", WIRE) + frame("多云[re", []) + frame("f_1]", []) + frame("", [], "stop")
    reading = read(stream, size=size)
    assert [delta for delta in reading.deltas if isinstance(delta, Citations)] == [Citations(SOURCES)]
    assert reading.reply.sources == SOURCES
    assert reading.reply.text == "多云[ref_1]"


def test_a_list_that_every_frame_repeats_is_told_once_and_a_longer_one_adds_to_it() -> None:
    reading = read(frame("a", WIRE[:1]) + frame("b", WIRE[:1]) + frame("c", WIRE) + frame("", WIRE[1:], "stop"))
    told = [delta.sources for delta in reading.deltas if isinstance(delta, Citations)]
    assert told[:2] == [SOURCES[:1], SOURCES]
    assert reading.reply.sources == SOURCES


@pytest.mark.parametrize(
    "results",
    [
        [{"url": "https://example.com/"}],
        [{"index": None, "title": None, "url": "https://example.com/", "site_name": None}],
        [{"index": "1", "title": 5, "url": "https://example.com/"}],
        [7, {"title": "", "url": "https://example.com/"}],
    ],
)
def test_odd_shapes_cost_their_fields_and_never_the_words(results: Any) -> None:
    reading = read(frame("text", results) + frame("", None, "stop"))
    assert reading.reply.text == "text"
    assert [source.url for source in reading.reply.sources] == ["https://example.com/"]


@pytest.mark.parametrize("info", ["null", "[]", '"x"', '{"search_results": null}', '{"search_results": {"a": 1}}'])
def test_no_list_at_all_is_no_list(info: str) -> None:
    choice = '"choices":[{"message":{"content":"t"},"finish_reason":"null"}]'
    data = f'{{"output":{{{choice},"search_info":{info}}}}}'
    reading = read(f"data:{data}\n\n" + frame("", None, "stop"))
    assert (reading.reply.text, reading.reply.sources, reading.chunks.broken_events) == ("t", (), 0)


def test_ten_thousand_sources_are_taken_and_more_are_not() -> None:
    many = [{"index": n, "title": "x" * 50, "url": f"https://example.com/{n}"} for n in range(MOST_SOURCES + 500)]
    began = time.thread_time()
    reading = read(frame("", many) + "".join(frame(word, many) for word in "abc") + frame("", [], "stop"))
    assert time.thread_time() - began < 1.0 * slower()
    assert len(reading.reply.sources) == MOST_SOURCES
    assert [delta for delta in reading.deltas if isinstance(delta, TextDelta)] == [TextDelta(word) for word in "abc"]
