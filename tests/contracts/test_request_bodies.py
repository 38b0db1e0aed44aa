"""The exact body of a request, for every row of the catalogue and both protocols; and that the service takes them all.

The table is what a person checked against the service's documentation.  How to read a line: the path of the native
protocol (`text`, or `parts` for the multimodal one), then what is said of thinking by default, switched on, switched
off, on with a budget of 2,000 tokens, on with the effort medium, on with the effort max; then the largest max_tokens.
`on` and `off` are `enable_thinking`, `+n` is `thinking_budget`, `=word` is `reasoning_effort`, `-` is nothing.
`reasoning`: earlier reasoning goes back.  `warm`: no temperature below 0.6.  `one_prompt`: the prompt alone.
"""

from __future__ import annotations

import itertools
from typing import Any

import msgspec
import pytest

from qwen_desktop.core.chat.message import Role
from qwen_desktop.core.chat.parameters import EFFORTS, Parameters
from qwen_desktop.core.protocol.request_body import WireOptions, build_compatible, build_native
from qwen_desktop.core.providers.base import ReplyRequest, RequestMessage
from qwen_desktop.core.providers.catalogue import abilities
from qwen_desktop.core.providers.servers import (
    CHINA,
    COMPATIBLE,
    Server,
    ServerKind,
)
from qwen_desktop.demo.ask import CHAT_PATH, MULTIMODAL_PATH, TEXT_PATH
from tests.contracts.test_requests_are_accepted import MODEL_IDS, ONLY_NATIVE
from tests.strict_models import rules_of
from tests.strict_rules import Call, Refused, check

TABLE = """
model                         path  default on off on,2000  on,medium  on,max    longest other
qwen3.8-2.4t-a95b             parts -       -  -   -        -          -         -
qwen3.8-max                   parts on      on off on+2000  =medium    on        131072  reasoning warm
qwen3.8-flash                 parts on      on off on+2000  on+16384   on+262144 131072
qwen3.8-flash-2026-08-26      parts on      on off on+2000  on+16384   on+262144 131072
qwen3.8-27b                   parts on      on off on       on         on        -
qwen3.7-max                   text  on      on off on+2000  on+16384   on+262144 65536
qwen3.7-max-2026-06-08        text  on      on off on+2000  on+16384   on+262144 65536
qwen3.7-plus                  parts on      on off on+2000  on+16384   on+81920  -
qwen3.7-flash                 parts on      on off on+2000  on+16384   on+81920  -
qwen3.7-plus-2026-06-01       parts on      on off on+2000  on+16384   on+81920  -
qwen3.6-max-preview           text  on      on off on+2000  on+16384   on+81920  65536
qwen3.6-plus                  parts on      on off on+2000  on+16384   on+81920  65536
qwen3.6-flash                 parts on      on off on+2000  on+16384   on+131072 65536
qwen3.6-27b                   parts on      on off on+2000  on+16384   on+81920  65536
qwen3.6-35b-a3b               parts on      on off on+2000  on+16384   on+81920  65536
qwen3.5-omni-plus             parts -       on off on       on         on        65536
qwen3.5-omni-flash            parts -       on off on       on         on        65536
qwen3.5-plus                  parts on      on off on+2000  on+16384   on+81920  65536
qwen3.5-flash                 parts on      on off on+2000  on+16384   on+81920  65536
qwen3.5-397b-a17b             parts on      on off on+2000  on+16384   on+81920  65536
qwen3-max                     text  off     on off on+2000  on+16384   on+81920  65536
qwen3-max-preview             text  off     on off on+2000  on+16384   on+81920  65536
qwen3-max-2026-01-23          text  off     on off on+2000  on+16384   on+81920  65536
qwen3-coder-next              text  -       -  -   -        -          -         65536
qwen3-coder-plus              text  -       -  -   -        -          -         65536
qwen3-coder-flash             text  -       -  -   -        -          -         65536
qwen3-vl-plus                 parts off     on off on+2000  on+16384   on+81920  32768
qwen3-vl-flash                parts off     on off on+2000  on+16384   on+81920  32768
qwen3-vl-32b-thinking         parts -       -  -   +2000    +16384     +81920    32768
qwen3-vl-32b-instruct         parts -       -  -   -        -          -         32768
qwen3-omni-flash              parts -       on off on       on         on        16384
qwen3-asr-flash               parts -       -  -   -        -          -         -
qwen3-tts-flash               parts -       -  -   -        -          -         -
qwen3-32b                     text  on      on off on+2000  on+16384   on+38912  -
qwen3-235b-a22b               text  on      on off on+2000  on+16384   on+38912  -
qwen3-235b-a22b-thinking-2507 text  -       -  -   +2000    +16384     +38912    -
qwen3-235b-a22b-instruct-2507 text  -       -  -   -        -          -         -
qwen2.5-vl-72b-instruct       parts -       -  -   -        -          -         -
qwen2.5-omni-7b               parts -       -  -   -        -          -         -
qwen2.5-72b-instruct          text  -       -  -   -        -          -         -
qwen2.5-coder-32b-instruct    text  -       -  -   -        -          -         -
qwen-max                      text  -       -  -   -        -          -         8192
qwen-max-latest               text  -       -  -   -        -          -         8192
qwen-plus                     text  off     on off on+2000  on+16384   on+38912  32768
qwen-plus-latest              text  off     on off on+2000  on+16384   on+38912  32768
qwen-plus-us                  text  off     on off on+2000  on+16384   on+38912  32768
qwen-plus-character           text  -       -  -   -        -          -         4096
qwen-flash                    text  off     on off on+2000  on+16384   on+38912  32768
qwen-flash-character          text  -       -  -   -        -          -         -
qwen-turbo                    text  off     on off on+2000  on+16384   on+38912  16384
qwen-coder-plus               text  -       -  -   -        -          -         -
qwen-vl-max                   parts -       -  -   -        -          -         8192
qwen-vl-plus                  parts -       -  -   -        -          -         8192
qwen-vl-ocr                   parts -       -  -   -        -          -         8192
qwen-omni-turbo               parts -       -  -   -        -          -         -
qwen-audio-turbo              parts -       -  -   -        -          -         -
qwen-tts                      parts -       -  -   -        -          -         -
qwen-long                     text  -       -  -   -        -          -         8192
qwen-doc-turbo                text  -       -  -   -        -          -         8192
qwen-math-plus                text  -       -  -   -        -          -         -
qwen-mt-flash                 text  -       -  -   -        -          -         8192    one_prompt
qwen-mt-lite                  text  -       -  -   -        -          -         8192    one_prompt
qwen-mt-plus                  text  -       -  -   -        -          -         8192    one_prompt
qwen-mt-turbo                 text  -       -  -   -        -          -         8192    one_prompt
qwen-deep-research            text  -       on off on       on         on        32768
qwq-plus                      text  -       -  -   -        -          -         8192
qwq-32b                       text  -       -  -   -        -          -         8192
qvq-max                       parts -       -  -   -        -          -         8192
qvq-plus                      parts -       -  -   -        -          -         8192
deepseek-v4-pro               text  -       on off on       on         =max      393216
deepseek-v4-flash             text  -       on off on       on         =max      393216
deepseek-v3.2                 text  -       on off on       on         on        65536
deepseek-v3.1                 text  -       on off on       on         on        65536
deepseek-r1                   text  -       -  -   -        -          -         -
kimi-k2.6                     text  on      on off on       on         on        16384
glm-5.1                       text  -       on off on       on         =max      131072
MiniMax-M2.5                  text  -       on off on       on         on        131072
"""
ROWS = [line.split() for line in TABLE.strip().split("\n")[1:]]
WISHES: list[tuple[bool | None, Parameters]] = [
    (None, Parameters()),
    (True, Parameters()),
    (False, Parameters()),
    (True, Parameters(thinking_budget=2_000)),
    (True, Parameters(effort="medium")),
    (True, Parameters(effort="max")),
]
"""In the order of the table's columns."""
THINKING_FIELDS = {"enable_thinking", "thinking_budget", "reasoning_effort"}
SAMPLING = Parameters(temperature=0.3, top_p=0.9, max_tokens=1_000_000, seed=7, stop=("END", "结束"))

S, U, A, P = "Be brief.", "Hello", "Hello, how can I help?", "你好吗？"
CONVERSATION = (
    RequestMessage(Role.SYSTEM, S),
    RequestMessage(Role.USER, U),
    RequestMessage(Role.ASSISTANT, A, reasoning="A greeting."),
    RequestMessage(Role.USER, P),
)


def thinking_fields(cell: str) -> dict[str, Any]:
    """A cell of the table as the fields it stands for."""
    fields: dict[str, Any] = {}
    if "=" in cell:
        fields["reasoning_effort"] = cell.partition("=")[2]
    elif cell != "-":
        switch, _, budget = cell.partition("+")
        if switch:
            fields["enable_thinking"] = {"on": True, "off": False}[switch]
        if budget:
            fields["thinking_budget"] = int(budget)
    return fields


def messages(row: list[str], *, in_parts: bool) -> list[dict[str, Any]]:
    def content(text: str) -> Any:
        return [{"text": text}] if in_parts else text

    if "one_prompt" in row[9:]:
        return [{"role": "user", "content": content(P)}]
    reply = {"role": "assistant", "content": content(A)}
    if "reasoning" in row[9:]:
        reply["reasoning_content"] = "A greeting."
    return [
        {"role": "system", "content": content(S)},
        {"role": "user", "content": content(U)},
        reply,
        {"role": "user", "content": content(P)},
    ]


def other_fields(row: list[str], wanted: Parameters) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if wanted is SAMPLING:
        fields |= {"temperature": 0.6 if "warm" in row[9:] else 0.3, "top_p": 0.9}
        fields |= {"max_tokens": 1_000_000 if row[8] == "-" else int(row[8]), "seed": 7, "stop": ["END", "结束"]}
    if "one_prompt" in row[9:]:
        fields["translation_options"] = {"source_lang": "auto", "target_lang": "English"}
    return fields


def test_every_model_of_the_catalogue_stands_in_the_table() -> None:
    assert [row[0] for row in ROWS] == MODEL_IDS


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_body_is_exactly_this(row: list[str]) -> None:
    model_id, path = row[0], row[1]
    options = WireOptions.for_model(model_id)
    wishes = [*zip(WISHES, row[2:8], strict=True), ((None, SAMPLING), row[2])]
    for (thinking, wanted), cell in wishes:
        request = ReplyRequest(model_id, CONVERSATION, thinking, wanted)
        native = build_native(request, options)
        assert native.path == (TEXT_PATH if path == "text" else MULTIMODAL_PATH)
        always = {"result_format": "message", "incremental_output": True}
        assert msgspec.json.decode(native.body) == {
            "model": model_id,
            "input": {"messages": messages(row, in_parts=path == "parts")},
            "parameters": always | thinking_fields(cell) | other_fields(row, wanted),
        }, (thinking, wanted)
        compatible = build_compatible(request, options)
        assert compatible.path == CHAT_PATH
        always = {"stream": True, "stream_options": {"include_usage": True}}
        assert msgspec.json.decode(compatible.body) == {
            "model": model_id,
            "messages": messages(row, in_parts=False),
            **always,
            **thinking_fields(cell),
            **other_fields(row, wanted),
        }, (thinking, wanted)


PARAMETERS = [
    Parameters(),
    Parameters(temperature=0.3, top_p=0.9, max_tokens=4_000, seed=7, stop=("END", "结束")),
    Parameters(temperature=0.0, top_p=1.0, max_tokens=1, seed=0),
    Parameters(temperature=1.99, seed=2**31 - 1, stop=("\n",)),
    Parameters(thinking_budget=1),
    Parameters(thinking_budget=10_000_000, effort="low"),
    *(Parameters(effort=effort) for effort in EFFORTS),
]


def strict_call(request: ReplyRequest, options: WireOptions, *, is_native: bool) -> Call:
    wire = (build_native if is_native else build_compatible)(request, options)
    body = msgspec.json.decode(wire.body)
    return Call(is_native, wire.path == MULTIMODAL_PATH, True, body, rules_of(request.model_id))


@pytest.mark.parametrize("model_id", MODEL_IDS)
def test_the_strict_service_refuses_nothing_we_send(model_id: str) -> None:
    """Every wish for thinking with every set of parameters, on both protocols, at every host that has this table.

    The only number it could refuse is a `max_tokens` of the user's beyond a limit that no page gives: see the repairs.
    """
    servers = [CHINA, COMPATIBLE, Server(ServerKind.WORKSPACE, "ap-southeast-1"), Server(ServerKind.TOKEN_PLAN)]
    for thinking, wanted, is_native in itertools.product((None, True, False), PARAMETERS, (True, False)):
        if not is_native and model_id.startswith(ONLY_NATIVE):
            continue
        for server in servers:
            request = ReplyRequest(model_id, CONVERSATION, thinking, wanted)
            check(strict_call(request, WireOptions.for_model(model_id, server), is_native=is_native))


@pytest.mark.parametrize("model_id", [model_id for model_id in MODEL_IDS if abilities(model_id).partial])
def test_a_continuation_is_taken_with_any_wish_for_thinking(model_id: str) -> None:
    """Partial mode and thinking exclude each other: whatever is wished, none of its fields goes along."""
    rules = rules_of(model_id)
    assert rules is not None
    assert rules.continues
    for (thinking, wanted), is_native in itertools.product(WISHES, (True, False)):
        request = ReplyRequest(model_id, CONVERSATION, thinking, wanted, continues="So far")
        call = strict_call(request, WireOptions.for_model(model_id), is_native=is_native)
        check(call)
        said = {name: call.parameters[name] for name in THINKING_FIELDS & call.parameters.keys()}
        assert said == ({"enable_thinking": False} if rules.thinking in ("on", "off") else {})


@pytest.mark.parametrize(
    ("model_id", "changes"),
    [
        ("qwen-plus", {"path": "multimodal"}),
        ("qwen3.7-plus", {"parameters.made_up": 1}),
        ("qwen3.7-plus", {"parameters.thinking_budget": 300_000}),
        ("qwen3.8-max", {"parameters.thinking_budget": 9, "parameters.reasoning_effort": "low"}),
        ("qwen3.8-max", {"parameters.enable_thinking": False, "parameters.reasoning_effort": "low"}),
        ("qwen-max", {"parameters.enable_thinking": True}),
        ("qwq-plus", {"parameters.enable_thinking": False}),
        ("qwen-plus", {"parameters.max_tokens": 100_000}),
        ("qwen-plus", {"parameters.stop": []}),
    ],
)
def test_the_same_check_refuses_what_we_do_not_send(model_id: str, changes: dict[str, Any]) -> None:
    request = ReplyRequest(model_id, CONVERSATION, None)
    good = strict_call(request, WireOptions.for_model(model_id), is_native=True)
    check(good)
    body: Any = msgspec.json.decode(msgspec.json.encode(good.body))
    is_multimodal = good.is_multimodal != ("path" in changes)
    for dotted, value in changes.items():
        if dotted != "path":
            body["parameters"][dotted.partition(".")[2]] = value
    with pytest.raises(Refused):
        check(Call(True, is_multimodal, True, body, good.rules))


OWN_SERVERS = """
server     model                   default           on                on,medium         off
ollama     qwen3:8b                -                 -                 -                 effort=none
ollama     qwen3                   -                 -                 -                 effort=none
ollama     hf.co/x/Qwen3.5-9B:Q4   -                 -                 -                 effort=none
ollama     qwen3:30b-thinking-2507 -                 -                 -                 -
ollama     qwen3-coder:30b         -                 -                 -                 -
ollama     llama3.2                -                 -                 -                 -
vllm       Qwen/Qwen3-8B           template=True     template=True     template=True     template=False
vllm       Qwen/Qwen3.6-27B        template=True     template=True     template=True     template=False
vllm       Qwen/Qwen3-4B-Instruct  -                 -                 -                 -
vllm       meta/Llama-3            -                 -                 -                 -
llama_cpp  Qwen3-8B-Q4_K_M.gguf    template=True     template=True     template=True     template=False
lm_studio  qwen/qwen3-8b           -                 -                 -                 -
compatible qwen3:8b                -                 -                 -                 -
compatible qwen3.7-plus            field=True        field=True        field=True+16384  field=False
compatible llama3.2                -                 -                 -                 -
coding_plan qwen3.7-plus           field=True        field=True        field=True+16384  field=False
"""


@pytest.mark.parametrize("line", OWN_SERVERS.strip().split("\n")[1:], ids=lambda line: "-".join(line.split()[:2]))
def test_each_make_of_server_is_told_in_its_own_words(line: str) -> None:
    kind, model_id, *cells = line.split()
    server = Server(ServerKind(kind))
    options = WireOptions.for_model(model_id, server)
    for (thinking, wanted), cell in zip([WISHES[0], WISHES[1], WISHES[4], WISHES[2]], cells, strict=True):
        wire = build_compatible(ReplyRequest(model_id, CONVERSATION[-1:], thinking, wanted), options)
        fields: dict[str, Any] = {}
        name, _, value = cell.partition("=")
        said, _, budget = value.partition("+")
        if name == "effort":
            fields = {"reasoning_effort": value}
        elif name == "template":
            fields = {"chat_template_kwargs": {"enable_thinking": said == "True"}}
        elif name == "field":
            fields = {"enable_thinking": said == "True"} | ({"thinking_budget": int(budget)} if budget else {})
        assert msgspec.json.decode(wire.body) == {
            "model": model_id,
            "messages": [{"role": "user", "content": P}],
            "stream": True,
            "stream_options": {"include_usage": True},
            **fields,
        }, (thinking, wanted)
        has_prefix = kind == "compatible"
        assert wire.path == (CHAT_PATH if has_prefix else "/v1/chat/completions")
