"""Events to deltas: every trait of recorded streams, every error shape, and everything a stream should not say."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qwen_desktop.core.chat.delta import Citations, Finished, ReasoningDelta, TextDelta, TextReplaced, ToolCallDelta
from qwen_desktop.core.chat.message import Source, Usage
from qwen_desktop.core.protocol.chunks import ErrorFrame
from qwen_desktop.core.protocol.compatible_chunks import CompatibleChunks
from qwen_desktop.core.protocol.native_chunks import NativeChunks
from qwen_desktop.core.protocol.sse import ServerSentEvent
from tests import streams
from tests.unit.protocol.reading import Reading, compatible, native, read

SIZES = [1, 7, 1 << 30]
NATIVE_TRAITS = {
    "text path": streams.NativeTraits(),
    "multimodal path": streams.NativeTraits(list_content=True),
    "real null": streams.NativeTraits(is_null_string=False),
}


def assert_is(reading: Reading, reply: streams.ScriptedReply) -> None:
    assert reading.error is None
    assert reading.chunks.broken_events == 0
    assert reading.reply.text == reply.text
    assert reading.reply.reasoning == reply.all_reasoning
    assert reading.chunks.finish_reason == reply.finish_reason
    assert reading.chunks.request_id == streams.REQUEST_ID
    assert [source.url for source in reading.reply.sources] == [source["url"] for source in reply.sources]
    expected = [("call_1", "get_weather", '{"city": "杭州"}'), ("call_2", "get_time", '{"tz": "Asia/Shanghai"}')]
    assert [(call.id, call.name, call.arguments) for call in reading.reply.tool_calls] == (
        expected if reply.tool_calls else []
    )
    assert not any(isinstance(delta, TextDelta | ReasoningDelta) and not delta.text for delta in reading.deltas)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("framing", streams.RECORDED_FRAMINGS.values(), ids=list(streams.RECORDED_FRAMINGS))
@pytest.mark.parametrize("traits", NATIVE_TRAITS.values(), ids=list(NATIVE_TRAITS))
@pytest.mark.parametrize("reply", streams.REPLIES.values(), ids=list(streams.REPLIES))
def test_native_streams_with_every_recorded_trait(
    reply: streams.ScriptedReply, traits: streams.NativeTraits, framing: streams.Framing, size: int
) -> None:
    reading = read(streams.native_stream(reply, traits, framing), size=size)
    assert_is(reading, reply)
    assert reading.chunks.usage is not None
    assert reading.chunks.usage.input_tokens == 21
    assert reading.chunks.usage.output_tokens == reply.output_tokens
    assert reading.chunks.usage.reasoning_tokens == (len(reply.reasoning) or None)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("framing", streams.RECORDED_FRAMINGS.values(), ids=list(streams.RECORDED_FRAMINGS))
@pytest.mark.parametrize("name", [name for name in streams.REPLIES if name != "search"])
def test_compatible_streams_with_every_recorded_trait(name: str, framing: streams.Framing, size: int) -> None:
    reply = streams.REPLIES[name]
    reading = read(streams.compatible_stream(reply, framing), native=False, size=size)
    assert_is(reading, reply)
    assert reading.chunks.is_done == (reply.finish_reason is not None)
    if reply.finish_reason is not None:
        assert reading.chunks.usage == Usage(
            input_tokens=21,
            output_tokens=reply.output_tokens,
            total_tokens=21 + reply.output_tokens,
            reasoning_tokens=len(reply.reasoning),
            cached_tokens=0,
        )


def test_old_result_format() -> None:
    reply = streams.ScriptedReply()
    assert_is(read(streams.native_stream(reply, streams.NativeTraits(result_format="text"))), reply)


def test_sources_are_typed_and_empty_lists_change_nothing() -> None:
    reading = read(streams.native_stream(streams.REPLIES["search"]))
    assert [delta for delta in reading.deltas if isinstance(delta, Citations)] == [
        Citations(
            (
                Source(1, "Hangzhou forecast", "https://weather.example.org/hz", "Example"),
                Source(2, "杭州天气预报", "https://tianqi.example.cn/hz", ""),
            )
        )
    ]


def test_text_of_the_closing_frame_comes_before_the_end() -> None:
    reading = read(native(content="a") + native(content=[{"text": "b"}], finish="stop"))
    assert reading.deltas == [TextDelta("a"), TextDelta("b"), Finished("stop")]


def test_reasoning_comes_before_text_of_the_same_frame() -> None:
    assert read(native(content="t", reasoning_content="r")).deltas == [ReasoningDelta("r"), TextDelta("t")]


@pytest.mark.parametrize("is_native", [True, False])
def test_after_the_end_only_usage_is_taken(is_native: bool) -> None:
    make = native if is_native else compatible
    usage = {"input_tokens": 3, "output_tokens": 4}
    stream = make(content="a") + make(content="", finish="stop") + make(content="b", finish="length")
    stream += f"data: {json.dumps({'output': {'choices': []}, 'choices': [], 'usage': usage})}\n\n"
    stream += make(content="", tool_calls=[{"index": 0, "id": "c"}]) + 'event:error\ndata:{"code":"X"}\n\n'
    reading = read(stream, native=is_native)
    assert reading.deltas == [TextDelta("a"), Finished("stop")]
    assert reading.error is None
    assert reading.chunks.finish_reason == "stop"
    assert reading.chunks.usage == Usage(input_tokens=3, output_tokens=4)


def test_done_without_finish_reason_is_an_end_too() -> None:
    reading = read(compatible(content="a") + "data: [DONE]\n\n" + compatible(content="b"), native=False)
    assert reading.deltas == [TextDelta("a")]
    assert reading.chunks.is_done
    assert reading.chunks.finish_reason is None


def test_done_inside_a_text_is_text() -> None:
    assert read(compatible(content="[DONE]"), native=False).reply.text == "[DONE]"


def test_reasoning_by_its_other_name() -> None:
    assert read(compatible(reasoning="r"), native=False).deltas == [ReasoningDelta("r")]


def test_request_id_of_compatible_streams() -> None:
    reading = read(
        'data: {"id":"chatcmpl-abc","choices":[]}\n\ndata: {"id":"chatcmpl-x","choices":[]}\n\n', native=False
    )
    assert reading.chunks.request_id == "abc"
    reading = read('data: {"id":"chatcmpl-abc","request_id":"r","choices":[]}\n\n', native=False)
    assert reading.chunks.request_id == "r"


@pytest.mark.parametrize(
    ("plugins", "searches", "strategy"),
    [
        ('{"search":{"count":2,"strategy":"turbo"}}', 2, "turbo"),
        ('{"search":{"count":0}}', 0, ""),
        ('{"search":{"count":-1,"strategy":["x"]}}', None, ""),
        ('{"search":[1],"code_interpreter":{"count":1}}', None, ""),
        ("7", None, ""),
    ],
)
def test_searches_are_counted_by_their_kind(plugins: str, searches: int | None, strategy: str) -> None:
    stream = (
        f'data:{{"output":{{"choices":[]}},"usage":{{"input_tokens":1,"output_tokens":2,"plugins":{plugins}}}}}\n\n'
    )
    usage = read(stream).chunks.usage
    assert usage == Usage(1, 2)
    assert (usage.searches, usage.search_strategy) == (searches, strategy)
    assert usage.plus(usage).searches == (None if searches is None else 2 * searches)


def test_usage_is_the_last_one_that_says_something() -> None:
    frames = ['{"input_tokens":1,"output_tokens":2,"cached_tokens":5}', "{}", '"x"', "null", "[]", '{"a":1}']
    for last in frames[1:]:
        stream = "".join(f'data:{{"output":{{"choices":[]}},"usage":{usage}}}\n\n' for usage in (frames[0], last))
        assert read(stream).chunks.usage == Usage(1, 2, cached_tokens=5)


@pytest.mark.parametrize(
    "count", ["-1", "1.5", '"3"', "true", "null", "99999999999999999999", "[1]", '{"a":1}', "1e400", "NaN"]
)
def test_counts_that_are_none_are_unknown(count: str) -> None:
    usage = f'{{"input_tokens":{count},"output_tokens":7,"output_tokens_details":{count}}}'
    chunks = read(f'data:{{"output":{{"choices":[]}},"usage":{usage}}}\n\n').chunks
    assert chunks.usage in (Usage(output_tokens=7), None)
    assert chunks.usage is not None or count in ("NaN", "1e400")


class TestErrors:
    @pytest.mark.parametrize("is_native", [True, False])
    @pytest.mark.parametrize("framing", ["{}", "{}\n", "{}\n\n"])
    def test_error_event_on_either_protocol(self, is_native: bool, framing: str) -> None:
        body = '{"request_id":"q","code":"Throttling.AllocationQuota","message":"Allocated quota exceeded"}'
        stream = framing.format(f"id:1\nevent:error\n:HTTP_STATUS/429\ndata:{body}")
        error = read(stream, native=is_native).error
        assert error is not None
        assert (error.status, error.code, error.request_id) == (429, "Throttling.AllocationQuota", "q")
        assert error.message == "Allocated quota exceeded"

    @pytest.mark.parametrize("is_native", [True, False])
    @pytest.mark.parametrize(
        ("stream", "status", "code", "message", "request_id"),
        [
            ('data: {"error":{"message":"m","type":"t","code":"c"},"id":"chatcmpl-q"}', None, "c", "m", "q"),
            ('data: {"error":{"message":"m","type":"t","param":null,"code":null}}', None, "t", "m", None),
            ('data: {"error":{"message":"m","code":503}}', 503, "503", "m", None),
            ('data: {"error":"m"}', None, None, "m", None),
            ('data: {"object":"error","message":"m","type":"BadRequestError","code":400}', 400, "400", "m", None),
            ('data: {"code":"c","message":"m","request_id":"q"}', None, "c", "m", "q"),
            ('data: {"code":"c","message":"m","output":null,"usage":{}}', None, "c", "m", None),
            ('data: {"code":"c","message":"<400> InternalError: m"}', 400, "c", "<400> InternalError: m", None),
            ("event: error\ndata: plain words", None, None, "plain words", None),
            ('event: error\ndata: "quoted"', None, None, '"quoted"', None),
            ("event: error\ndata:", None, None, "", None),
            ("event: error\ndata: {}", None, None, "", None),
            ("event: error\ndata: null", None, None, "null", None),
            ('event: error:HTTP_STATUS/500\ndata: {"code":"c"}', 500, "c", "", None),
            ("event:error\nHTTP_STATUS/429 TOO_MANY_REQUESTS\ndata:{}", 429, None, "", None),
            (
                'event: error\ndata: {"code":"c\\ud800","message":"\\ud83d\\ude00 \\udc00"}',
                None,
                "c\ufffd",
                "😀 \ufffd",
                None,
            ),
        ],
    )
    def test_every_shape(
        self, is_native: bool, stream: str, status: int | None, code: str | None, message: str, request_id: str | None
    ) -> None:
        error = read(stream + "\n\n", native=is_native).error
        assert error is not None
        assert (error.status, error.code, error.message, error.request_id) == (status, code, message, request_id)

    def test_text_before_the_error_is_kept_and_the_request_id_known(self) -> None:
        reading = read(
            native(content="a") + 'event:error\ndata:{"code":"DataInspectionFailed"}\n\n' + native(content="b")
        )
        assert reading.reply.text == "a"
        assert reading.error is not None
        assert reading.error.request_id == "r"

    def test_error_text_as_content_is_no_reply(self) -> None:
        stream = compatible(content="a") + compatible(finish="error_finish", content="Throttling: TPM(1/1)")
        reading = read(stream, native=False)
        assert reading.deltas == [TextDelta("a")]
        assert reading.error is not None
        assert (reading.error.message, reading.error.request_id) == ("Throttling: TPM(1/1)", "r")

    def test_its_text_is_not_in_what_a_log_would_print(self) -> None:
        assert "secret" not in str(ErrorFrame(code="c", message="secret"))

    @pytest.mark.parametrize(
        "extra", ['"error":null', '"error":{}', '"error":""', '"code":"","message":""', '"code":null']
    )
    def test_empty_error_fields_are_no_error(self, extra: str) -> None:
        frame = f'data: {{"choices":[{{"delta":{{"content":"a"}}}}],{extra}}}\n\n'
        assert read(frame, native=False).deltas == [TextDelta("a")]


WRONG = ["null", "[]", "5", "{}", '"x"', "true", '{"choices":null}', '{"output":null}', '{"output":5}', '{"choices":5}']
WRONG += [
    '{"output":{"choices":null}}',
    '{"output":{"choices":[null]}}',
    '{"choices":[null]}',
    '{"choices":[{"delta":null}]}',
]
WRONG += [
    '{"choices":[{"delta":{"content":123}}]}',
    '{"output":{"choices":[{"message":{"content":123}}]}}',
    '{"usage":"x"}',
]
WRONG += ['{"output":{"choices":[{"message":{"content":[1,null,{"text":null},{"image":"u"},{"text":5}]}}]}}']
WRONG += [
    '{"choices":[{"delta":{"content":null,"tool_calls":[null,5,{}]},"finish_reason":5}]}',
    '{"output":{"text":5}}',
]
WRONG += ['{"output":{"search_info":{"search_results":[null,5]}}}', '{"output":{"search_info":5,"choices":[]}}']
WRONG += [
    '{"message":0}',
    '{"message":"m"}',
    '{"code":0}',
    '{"code":200,"message":"m"}',
    '{"code":true}',
    '{"error":5}',
]
WRONG += ['{"choices":[{"delta":{"tool_calls":"x","reasoning_content":[]}}],"id":7,"usage":[]}']
BROKEN = ["{", '{"a"', "ping", "", '{"output":', "[" * 5000, '{"a":' * 5000, "[DONE", "NaN1", '{"a":"\x01']


@pytest.mark.parametrize("is_native", [True, False])
@pytest.mark.parametrize("data", WRONG)
def test_wrong_shapes_cost_nothing_else(is_native: bool, data: str) -> None:
    make = native if is_native else compatible
    reading = read(make(content="a") + f"data: {data}\n\n" + make(content="b", finish="stop"), native=is_native)
    assert reading.error is None
    assert reading.reply.text == "ab"
    assert reading.reply.reasoning == ""
    assert reading.chunks.finish_reason == "stop"
    assert reading.chunks.broken_events == 0
    assert reading.chunks.usage is None


@pytest.mark.parametrize("is_native", [True, False])
@pytest.mark.parametrize("data", BROKEN)
def test_broken_json_is_passed_over_and_counted(is_native: bool, data: str) -> None:
    make = native if is_native else compatible
    reading = read(make(content="a") + f"data: {data}\n\n" + make(content="b"), native=is_native)
    assert reading.error is None
    assert reading.reply.text == "ab"
    assert reading.chunks.broken_events == 1


@pytest.mark.parametrize("is_native", [True, False])
@pytest.mark.parametrize("name", ["ping", "result.v2", "done", "Error", "errors"])
def test_unknown_events_are_ignored(is_native: bool, name: str) -> None:
    make = native if is_native else compatible
    reading = read(make(content="a") + f"event:{name}\n{make(content='x')}" + make(content="b"), native=is_native)
    assert reading.reply.text == "ab"


def test_event_names_with_a_status_are_known() -> None:
    assert read(f"event:result:HTTP_STATUS/200\n{native(content='a')}").reply.text == "a"


@pytest.mark.parametrize("is_native", [True, False])
@pytest.mark.parametrize(
    ("escaped", "text"),
    [
        ("\\ud800", "\ufffd"),
        ("a\\udc00b", "a\ufffdb"),
        ("\\ud83d\\ude00", "😀"),
        ("\\ud83d\\ude00\\ud83d", "😀\ufffd"),
        ("\\u0000", "\0"),
    ],
)
def test_surrogates_never_leave(is_native: bool, escaped: str, text: str) -> None:
    body = f'{{"content":"{escaped}","reasoning_content":"{escaped}"}}'
    frame = f'{{"output":{{"choices":[{{"message":{body}}}]}}}}' if is_native else f'{{"choices":[{{"delta":{body}}}]}}'
    reading = read(f"data: {frame}\n\n", native=is_native)
    assert reading.deltas == [ReasoningDelta(text), TextDelta(text)]
    reading.reply.text.encode()


def test_one_wrong_field_costs_only_itself() -> None:
    frame = '{"output":{"choices":[{"message":{"content":"a","reasoning_content":7},"finish_reason":"stop"}]},'
    reading = read(f'data:{frame}"usage":{{"input_tokens":1}},"request_id":9}}\n\n')
    assert reading.deltas == [TextDelta("a"), Finished("stop")]
    assert reading.chunks.usage == Usage(input_tokens=1)


def test_arguments_may_be_an_object_and_index_may_be_missing() -> None:
    calls = [
        {"id": "a", "function": {"name": "f", "arguments": {"x": 1}}},
        {"function": {"name": "g", "arguments": None}},
    ]
    assert read(compatible(tool_calls=calls), native=False).deltas == [
        ToolCallDelta(0, "a", "f", '{"x":1}'),
        ToolCallDelta(1, "", "g", ""),
    ]


NAMES = ["output", "choices", "message", "delta", "content", "text", "reasoning_content", "tool_calls", "index", "url"]
NAMES += [
    "function",
    "name",
    "arguments",
    "usage",
    "input_tokens",
    "finish_reason",
    "search_info",
    "search_results",
    "id",
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=12,
)


@given(JSON, st.sampled_from([NativeChunks, CompatibleChunks]), st.booleans())
def test_any_json_is_survived(
    value: object, protocol: type[NativeChunks | CompatibleChunks], is_cumulative: bool
) -> None:
    chunks = protocol(is_cumulative=is_cumulative)
    event = ServerSentEvent("message", json.dumps(value), "")
    for _ in range(3):
        for delta in chunks.feed(event):
            if isinstance(delta, TextDelta | ReasoningDelta):
                assert delta.text
                assert "None" not in delta.text or "None" in event.data
    assert chunks.broken_events == 0
    assert chunks.usage is None or chunks.usage != Usage()


class TestCumulative:
    REPLY = streams.ScriptedReply(
        pieces=("Guten", " Tag, wie", " geht es Ihnen", " heute, am Montag", " und morgen", "?"),
        reasoning=("So", " it is"),
    )

    def frames(self, *texts: str, key: str = "content") -> str:
        return "".join(native(**{"content": "", key: text}) for text in texts)

    @pytest.mark.parametrize("list_content", [True, False])
    def test_known_cumulative_streams_give_only_what_is_new(self, list_content: bool) -> None:
        traits = streams.NativeTraits(is_cumulative=True, list_content=list_content)
        reading = read(streams.native_stream(self.REPLY, traits), cumulative=True)
        assert [delta.text for delta in reading.deltas if isinstance(delta, TextDelta)] == list(self.REPLY.pieces)
        assert_is(reading, self.REPLY)

    def test_known_cumulative_text_that_is_revised_is_replaced(self) -> None:
        stream = native(content="", reasoning_content="r") + self.frames("Gute", "Guten", "Good day", "Good day to")
        reading = read(stream, cumulative=True)
        assert TextReplaced("Good day", "r") in reading.deltas
        assert reading.reply.text == "Good day to"
        assert reading.reply.reasoning == "r"

    def test_an_older_frame_takes_nothing_back(self) -> None:
        assert read(self.frames("abcdef", "abc", "abcdef", "abcdefg"), cumulative=True).reply.text == "abcdefg"

    def test_known_cumulative_but_not_after_all_loses_nothing(self) -> None:
        assert read(self.frames("Guten", " Tag", ", wie", " geht"), cumulative=True).reply.text == "Guten Tag, wie geht"

    def test_unknown_cumulative_stream_is_found_out_and_replaced(self) -> None:
        traits = streams.NativeTraits(is_cumulative=True)
        reading = read(streams.native_stream(self.REPLY, traits))
        assert reading.reply.text == self.REPLY.text
        assert reading.reply.reasoning == self.REPLY.all_reasoning
        assert sum(isinstance(delta, TextReplaced) for delta in reading.deltas) == 1

    def test_three_longer_repetitions_are_needed(self) -> None:
        texts = ["0123456789abcdef", "0123456789abcdefX", "0123456789abcdefXY", "0123456789abcdefXYZ"]
        assert read(self.frames(*texts[:3])).reply.text == "".join(texts[:3])
        reading = read(self.frames(*texts))
        assert reading.deltas[-1] == TextReplaced(texts[-1], "")
        assert reading.reply.text == texts[-1]

    @pytest.mark.parametrize(
        "pieces",
        [
            ("0123456789abcde", "0123456789abcdeX", "0123456789abcdeXY", "0123456789abcdeXYZ"),
            ("ha", "haha", "hahaha", "hahahahaha"),
            ("================", "================", "================", "================"),
            (
                "0123456789abcdef",
                "0123456789abcdefX",
                "0123456789abcdefXY",
                "0123456789abcdefXY",
                "0123456789abcdefXYZ",
            ),
            ("x", "0123456789abcdef", "0123456789abcdefX", "0123456789abcdefXY", "0123456789abcdefXYZ"),
            ("0123456789abcdef", "0123456789abcdefX", "0123456789abcdefXY", "Y0123456789abcdefXYZ"),
        ],
    )
    def test_repetition_that_proves_nothing_is_text(self, pieces: tuple[str, ...]) -> None:
        assert read(self.frames(*pieces)).reply.text == "".join(pieces)

    def test_cumulative_reasoning_is_found_out_by_itself(self) -> None:
        texts = ["0123456789abcdef", "0123456789abcdefX", "0123456789abcdefXY", "0123456789abcdefXYZ"]
        stream = self.frames(*texts, key="reasoning_content") + self.frames("a", "ab", "abc")
        reading = read(stream)
        assert reading.reply.reasoning == texts[-1]
        assert reading.reply.text == "abc"

    def test_tool_calls_of_cumulative_streams(self) -> None:
        pieces = ["", '{"a"', '{"a":1}', '{"a":1}']
        stream = "".join(
            native(content="", tool_calls=[{"index": 0, "id": "c", "function": {"name": "f", "arguments": piece}}])
            for piece in pieces
        )
        [call] = read(stream, cumulative=True).reply.tool_calls
        assert (call.id, call.name, call.arguments) == ("c", "f", '{"a":1}')
