"""What the product really sends, for every row of its catalogue, to a service that refuses what the real one refuses.

One prompt is one POST.  Only a model that the catalogue does not know, or that has changed, may cost a second, repaired
one, and what was learned is remembered.  The service's rules are written independently of the catalogue, so that the
two check each other.
"""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest

from qwen_desktop.core.chat.message import Role
from qwen_desktop.core.chat.parameters import Parameters
from qwen_desktop.core.errors import ApiKeyRejected, ModelNotAllowed, RequestRefused
from qwen_desktop.core.protocol.request_body import WireOptions, build_compatible, build_native
from qwen_desktop.core.providers import catalogue
from qwen_desktop.core.providers.base import Provider, ReplyRequest, RequestMessage
from qwen_desktop.core.providers.compatible import CompatibleProvider
from qwen_desktop.core.providers.dashscope import DashScopeProvider
from qwen_desktop.core.providers.learned import Learned
from qwen_desktop.core.providers.transport import Transport
from qwen_desktop.core.settings.settings import NetworkSettings
from qwen_desktop.demo.ask import CHAT_PATH, MULTIMODAL_PATH, TEXT_PATH
from tests.faults.outcome import Outcome, drain
from tests.faults.server import Connection, FaultServer
from tests.strict_models import ModelRules, rules_of
from tests.strict_rules import Call, check
from tests.strict_service import REASONING, TEXT, ErrorShape, StrictService

Run = Callable[..., None]

MODELS_OF_ROW = {
    "qwen3.8-2.4t-a95b": ["qwen3.8-2.4t-a95b"],
    "qwen3.8-max": ["qwen3.8-max"],
    "qwen3.8-flash": ["qwen3.8-flash", "qwen3.8-flash-2026-08-26"],
    "qwen3.8": ["qwen3.8-27b"],
    "qwen3.7-max": ["qwen3.7-max", "qwen3.7-max-2026-06-08"],
    "qwen3.7": ["qwen3.7-plus", "qwen3.7-flash", "qwen3.7-plus-2026-06-01"],
    "qwen3.6-max": ["qwen3.6-max-preview"],
    "qwen3.6-plus": ["qwen3.6-plus"],
    "qwen3.6-flash": ["qwen3.6-flash"],
    "qwen3.6": ["qwen3.6-27b", "qwen3.6-35b-a3b"],
    "qwen3.5-omni": ["qwen3.5-omni-plus", "qwen3.5-omni-flash"],
    "qwen3.5-plus": ["qwen3.5-plus"],
    "qwen3.5-flash": ["qwen3.5-flash"],
    "qwen3.5": ["qwen3.5-397b-a17b"],
    "qwen3-max": ["qwen3-max", "qwen3-max-preview", "qwen3-max-2026-01-23"],
    "qwen3-coder-next": ["qwen3-coder-next"],
    "qwen3-coder": ["qwen3-coder-plus", "qwen3-coder-flash"],
    "qwen3-vl": ["qwen3-vl-plus", "qwen3-vl-flash", "qwen3-vl-32b-thinking", "qwen3-vl-32b-instruct"],
    "qwen3-omni": ["qwen3-omni-flash"],
    "qwen3-asr": ["qwen3-asr-flash"],
    "qwen3-tts": ["qwen3-tts-flash"],
    "qwen3-": ["qwen3-32b", "qwen3-235b-a22b", "qwen3-235b-a22b-thinking-2507", "qwen3-235b-a22b-instruct-2507"],
    "qwen2.5-vl": ["qwen2.5-vl-72b-instruct"],
    "qwen2.5-omni": ["qwen2.5-omni-7b"],
    "qwen2.5": ["qwen2.5-72b-instruct", "qwen2.5-coder-32b-instruct"],
    "qwen-max": ["qwen-max", "qwen-max-latest"],
    "qwen-plus": ["qwen-plus", "qwen-plus-latest", "qwen-plus-us"],
    "qwen-plus-character": ["qwen-plus-character"],
    "qwen-flash": ["qwen-flash"],
    "qwen-flash-character": ["qwen-flash-character"],
    "qwen-turbo": ["qwen-turbo"],
    "qwen-coder": ["qwen-coder-plus"],
    "qwen-vl": ["qwen-vl-max", "qwen-vl-plus"],
    "qwen-vl-ocr": ["qwen-vl-ocr"],
    "qwen-omni": ["qwen-omni-turbo"],
    "qwen-audio": ["qwen-audio-turbo"],
    "qwen-tts": ["qwen-tts"],
    "qwen-long": ["qwen-long"],
    "qwen-doc": ["qwen-doc-turbo"],
    "qwen-math": ["qwen-math-plus"],
    "qwen-mt": ["qwen-mt-flash", "qwen-mt-lite"],
    "qwen-mt-plus": ["qwen-mt-plus"],
    "qwen-mt-turbo": ["qwen-mt-turbo"],
    "qwen-deep-research": ["qwen-deep-research"],
    "qwq": ["qwq-plus", "qwq-32b"],
    "qvq": ["qvq-max", "qvq-plus"],
    "deepseek-v4": ["deepseek-v4-pro", "deepseek-v4-flash"],
    "deepseek-v3": ["deepseek-v3.2", "deepseek-v3.1"],
    "deepseek-r1": ["deepseek-r1"],
    "kimi-k2.": ["kimi-k2.6"],
    "glm-": ["glm-5.1"],
    "minimax-": ["MiniMax-M2.5"],
}
"""Real ids for every row of the catalogue."""

MODEL_IDS = [model_id for model_ids in MODELS_OF_ROW.values() for model_id in model_ids]
PROTOCOLS = {"native": DashScopeProvider, "compatible": CompatibleProvider}
ONLY_NATIVE = ("qwen-audio", "qwen-deep-research")

PROMPT = RequestMessage(Role.USER, "Is every field right?")
CONVERSATION = (
    RequestMessage(Role.SYSTEM, "Be brief."),
    RequestMessage(Role.USER, "Hello"),
    RequestMessage(Role.ASSISTANT, "Hello, how can I help?"),
    PROMPT,
)


@asynccontextmanager
async def product_and_service(
    protocol: str,
    *,
    api_key: str = "sk-strict",
    memory: dict[tuple[str, str], Learned] | None = None,
    provider_options: dict[str, Any] | None = None,
    **options: Any,
) -> AsyncIterator[tuple[Provider, StrictService]]:
    async def give_key() -> str:
        return api_key

    transport = Transport(NetworkSettings(proxy="none", headers_timeout_s=5.0, first_event_timeout_s=5.0))
    try:
        async with StrictService(**options) as service:
            given = {"memory": memory, **(provider_options or {})}
            yield PROTOCOLS[protocol](transport, base_url=service.base_url, api_key=give_key, **given), service
    finally:
        await transport.aclose()


async def ask(
    provider: Provider, model_id: str, thinking: bool | None, messages: tuple[RequestMessage, ...]
) -> Outcome:
    return await drain(provider.stream(ReplyRequest(model_id, messages, thinking)))


def thinks(model_id: str, thinking: bool | None) -> bool | None:
    """Whether reasoning must come, by the service's rules; None where they leave it open."""
    rules = rules_of(model_id)
    assert rules is not None
    match rules.thinking:
        case "no":
            return False
        case "always":
            return True
        case "unknown":
            return None
        case default:
            return default == "on" if thinking is None else thinking


def test_every_row_of_the_catalogue_is_tried() -> None:
    assert set(MODELS_OF_ROW) == set(catalogue._table().families)
    assert set(catalogue.suggested_model_ids()) <= set(MODEL_IDS)
    for row, model_ids in MODELS_OF_ROW.items():
        for model_id in model_ids:
            assert max((r for r in MODELS_OF_ROW if model_id.lower().startswith(r)), key=len) == row
            assert rules_of(model_id) is not None, model_id


@pytest.mark.parametrize("messages", [(PROMPT,), CONVERSATION], ids=["prompt", "conversation"])
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_every_model_is_asked_once_in_a_way_it_takes(
    run: Run, protocol: str, messages: tuple[RequestMessage, ...]
) -> None:
    async def scenario() -> None:
        async with product_and_service(protocol) as (provider, service):
            for model_id, thinking in itertools.product(MODEL_IDS, (None, True, False)):
                if protocol == "compatible" and model_id.startswith(ONLY_NATIVE):
                    continue
                service.requests.clear()
                outcome = await ask(provider, model_id, thinking, messages)
                case = (model_id, thinking)
                assert outcome.error is None, (case, outcome.error.detail)
                assert [post.refusal for post in service.posts] == [None], case
                assert (outcome.text, outcome.finish_reason) == (TEXT, "stop"), case
                assert outcome.usage is not None, case
                expected = thinks(*case)
                if expected is not None:
                    assert outcome.reasoning == (REASONING if expected else ""), case
                if rules_of(model_id).thinking in ("on", "off"):  # type: ignore[union-attr]
                    body = service.posts[0].body
                    assert (body.get("parameters") or body)["enable_thinking"] is expected, case

    run(scenario(), timeout_s=60.0)


def test_every_model_known_to_search_gives_its_sources_for_one_post(run: Run) -> None:
    """And no other is asked to, whatever is wished."""

    async def scenario() -> None:
        async with product_and_service("native") as (provider, service):
            for model_id, thinking in itertools.product(MODEL_IDS, (None, True, False)):
                rules = rules_of(model_id)
                assert rules is not None
                known = catalogue.abilities(model_id).search
                assert known is None or known is rules.has_search or rules.thinking == "unknown", model_id
                service.requests.clear()
                outcome = await drain(provider.stream(ReplyRequest(model_id, CONVERSATION, thinking, search=True)))
                assert outcome.error is None, (model_id, outcome.error.detail)
                assert [post.refusal for post in service.posts] == [None], model_id
                assert outcome.text == TEXT, model_id
                found = [source.url for source in outcome.sources]
                assert found == (["https://example.com/fields", "https://example.org/rules"] if known else []), model_id

    run(scenario(), timeout_s=60.0)


def test_a_wished_search_is_accepted_on_alibabas_compatible_protocol_too() -> None:
    for model_id in MODEL_IDS:
        if model_id.startswith(ONLY_NATIVE):
            continue
        wire = build_compatible(ReplyRequest(model_id, CONVERSATION, search=True), WireOptions.for_model(model_id))
        body = msgspec.json.decode(wire.body)
        check(Call(False, False, True, body, rules_of(model_id)))
        assert body.get("enable_search", False) is (catalogue.abilities(model_id).search is True), model_id


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_every_model_known_to_continue_is_asked_in_a_way_it_takes(run: Run, protocol: str) -> None:
    """Partial mode, thinking off where that can be said, the conversation before it as it was."""

    async def scenario() -> None:
        async with product_and_service(protocol) as (provider, service):
            for model_id, thinking in itertools.product(MODEL_IDS, (None, True)):
                rules = rules_of(model_id)
                assert rules is not None
                if protocol == "compatible" and not rules.is_compatible:
                    continue
                known = catalogue.abilities(model_id).partial
                if rules.thinking != "unknown":  # such rows know too little of their models
                    assert known is None or known is rules.continues, model_id
                service.requests.clear()
                request = ReplyRequest(model_id, CONVERSATION, thinking, continues=TEXT[:23])
                outcome = await drain(provider.stream(request))
                if rules.continues:
                    assert outcome.error is None, (model_id, outcome.error.detail)
                    assert [post.refusal for post in service.posts] == [None], model_id
                    assert (outcome.text, outcome.reasoning) == (TEXT[23:], ""), model_id
                elif known is not False:  # tried once, refused, remembered
                    assert isinstance(outcome.error, RequestRefused)
                    assert outcome.error.reason == "no_partial"
                    assert provider.takes_partial(model_id) is False  # type: ignore[attr-defined]

    run(scenario(), timeout_s=60.0)


@pytest.mark.parametrize("model_id", ["qwen-audio-turbo", "qwen-deep-research"])
def test_model_of_the_native_protocol_alone_is_refused_with_one_post(run: Run, model_id: str) -> None:
    async def scenario() -> None:
        async with product_and_service("compatible") as (provider, service):
            outcome = await ask(provider, model_id, None, (PROMPT,))
            assert isinstance(outcome.error, ModelNotAllowed)
            assert len(service.posts) == 1

    run(scenario())


@pytest.mark.parametrize("thinking", [None, True, False])
@pytest.mark.parametrize("model_id", MODEL_IDS)
def test_body_for_alibabas_own_host_is_accepted(model_id: str, thinking: bool | None) -> None:
    """On the compatible protocol a loopback address is taken for a server of one's own: these bodies never meet one."""
    options = WireOptions.for_model(model_id)
    request = ReplyRequest(model_id, CONVERSATION, thinking)
    for wire in (build_native(request, options), build_compatible(request, options)):
        if wire.path == CHAT_PATH and model_id.startswith(ONLY_NATIVE):
            continue
        assert wire.path in (TEXT_PATH, MULTIMODAL_PATH, CHAT_PATH)
        body = msgspec.json.decode(wire.body)
        check(Call(wire.path != CHAT_PATH, wire.path == MULTIMODAL_PATH, True, body, rules_of(model_id)))


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_limit_that_no_page_gives_costs_one_repair_which_is_remembered(run: Run, protocol: str) -> None:
    small = {"next-small": ModelRules("text", "unknown", max_output=500, max_input=100)}

    async def scenario() -> None:
        async with product_and_service(protocol, more_models=small) as (provider, service):
            wanted = Parameters(max_tokens=1_000_000)
            request = ReplyRequest("next-small", (PROMPT,), None, wanted)
            assert (await drain(provider.stream(request))).text == TEXT
            assert [post.refusal is None for post in service.posts] == [False, True]
            sent = service.posts[1].body
            assert (sent.get("parameters") or sent)["max_tokens"] == 500
            service.requests.clear()
            assert (await drain(provider.stream(request))).text == TEXT
            assert len(service.posts) == 1

    run(scenario())


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_what_answers_show_is_learned_from_the_users_own_requests_alone(run: Run, protocol: str) -> None:
    models = {
        "next-thinker": ModelRules("text", "on"),
        "next-stubborn": ModelRules("text", "unknown"),
        "next-short": ModelRules("text", "no", max_input=100),
    }

    async def scenario() -> None:
        memory: dict[tuple[str, str], Learned] = {}
        async with product_and_service(protocol, memory=memory, more_models=models) as (provider, service):
            host = service.base_url.removeprefix("http://")
            await ask(provider, "next-thinker", True, (PROMPT,))
            outcome = await ask(provider, "next-short", None, (RequestMessage(Role.USER, "word " * 30),))
            assert isinstance(outcome.error, RequestRefused)
            assert outcome.error.limit == 100
            assert len(service.posts) == 2
            assert memory[host, "next-short"].max_input_tokens == 100
            known = catalogue.abilities("next-short")
            assert memory[host, "next-short"].abilities(known).input_limit == 100
            if protocol == "native":  # to a server of unknown make nothing is said of a model nobody knows
                assert memory[host, "next-thinker"].thinking is catalogue.Thinking.ON
                assert memory[host, "next-thinker"].abilities(catalogue.abilities("next-thinker")).can_switch_thinking
            else:
                assert (host, "next-thinker") not in memory

    run(scenario())


def test_whether_a_model_nobody_knows_searches_is_learned_from_the_users_own_wish(run: Run) -> None:
    models = {
        "next-searcher": ModelRules("text", "unknown", has_search=True),
        "next-reader": ModelRules("text", "unknown"),
    }

    async def scenario() -> None:
        memory: dict[tuple[str, str], Learned] = {}
        async with product_and_service("native", memory=memory, more_models=models) as (provider, service):
            host = service.base_url.removeprefix("http://")

            async def posts(model_id: str) -> list[bool]:
                """Of each request of one turn: whether it was accepted."""
                service.requests.clear()
                outcome = await drain(provider.stream(ReplyRequest(model_id, (PROMPT,), search=True)))
                assert outcome.text == TEXT
                return [post.refusal is None for post in service.posts]

            assert await posts("next-searcher") == [True]
            assert memory[host, "next-searcher"].search is True
            assert await posts("next-reader") == [False, True]
            assert await posts("next-reader") == [True]
            assert memory[host, "next-reader"].abilities(catalogue.abilities("next-reader")).search is False

    run(scenario())


async def test_switch_that_does_nothing_is_found_out() -> None:
    """A proxy that drops `enable_thinking`: the model thinks on, and the control is not to be shown."""

    async def think_all_the_same(connection: Connection) -> None:
        thought = connection.frames.payload("")
        thought["output"]["choices"][0]["message"]["reasoning_content"] = "Hm."
        await connection.head()
        await connection.chunk(connection.frames.frame(thought))
        await connection.chunks(connection.frames.reply())
        await connection.end()

    memory: dict[tuple[str, str], Learned] = {}
    async with FaultServer(think_all_the_same) as server:
        transport = Transport(NetworkSettings(proxy="none"))

        async def give_key() -> str:
            return "sk-strict"

        provider = DashScopeProvider(transport, base_url=server.base_url, api_key=give_key, memory=memory)
        outcome = await ask(provider, "qwen-plus", False, (PROMPT,))
        await transport.aclose()
    assert outcome.reasoning
    (learned,) = memory.values()
    assert learned.thinking is catalogue.Thinking.ALWAYS
    assert not learned.abilities(catalogue.abilities("qwen-plus")).can_switch_thinking


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize(
    ("reason", "wanted"),
    [
        ("temperature", Parameters(temperature=2.0)),
        ("top_p", Parameters(top_p=0.0)),
        ("max_tokens", Parameters(max_tokens=0)),
        ("seed", Parameters(seed=-1)),
        ("stop", Parameters(stop=("",))),
        ("thinking_budget", Parameters(thinking_budget=0)),
        ("thinking_budget", Parameters(effort="utmost")),
    ],
)
def test_parameter_out_of_its_range_is_refused_before_anything_is_sent(
    run: Run, protocol: str, reason: str, wanted: Parameters
) -> None:
    async def scenario() -> None:
        async with product_and_service(protocol) as (provider, service):
            outcome = await drain(provider.stream(ReplyRequest("qwen-plus", (PROMPT,), None, wanted)))
            assert isinstance(outcome.error, RequestRefused)
            assert (outcome.error.reason, outcome.error.safe_to_resend) == (reason, False)
            assert service.requests == []

    run(scenario())


SHAPES: list[ErrorShape] = ["http", "event", "framed"]
NEW = {
    "next-vision": ModelRules("multimodal", "on"),
    "next-text": ModelRules("text", "no"),
    "next-thinker": ModelRules("text", "always"),
    "qwen3.9-vision": ModelRules("multimodal", "off"),
    "qwen3-max-lite": ModelRules("text", "no"),
    "qwen-max-thinker": ModelRules("text", "always"),
    "qwen3-max-vision": ModelRules("multimodal", "on"),
    "qwen3.7-text": ModelRules("text", "on"),
}
"""Models the catalogue does not know, or thinks it knows and is wrong about."""


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(
    ("protocol", "model_id", "thinking", "posts"),
    [
        ("native", "next-vision", None, 2),
        ("native", "next-vision", True, 2),
        ("native", "next-vision", False, 2),
        ("native", "next-text", None, 1),
        ("native", "next-text", True, 2),
        ("native", "next-thinker", None, 1),
        ("native", "next-thinker", False, 2),
        ("native", "qwen3.9-vision", True, 2),
        ("native", "qwen3-max-lite", None, 2),
        ("native", "qwen3-max-vision", None, 2),
        ("native", "qwen3.7-text", None, 2),
        ("compatible", "next-vision", True, 1),
        ("compatible", "next-text", True, 1),
        ("compatible", "qwen3-max-lite", True, 2),
        ("compatible", "qwen-max-thinker", False, 1),
    ],
)
def test_new_model_costs_one_repair_which_is_remembered(
    run: Run, shape: ErrorShape, protocol: str, model_id: str, thinking: bool | None, posts: int
) -> None:
    async def scenario() -> None:
        async with product_and_service(protocol, errors_as=shape, more_models=NEW) as (provider, service):
            outcome = await ask(provider, model_id, thinking, CONVERSATION)
            assert outcome.error is None, outcome.error.detail
            assert outcome.text == TEXT
            assert [post.refusal is None for post in service.posts] == [False] * (posts - 1) + [True]
            service.requests.clear()
            again = await ask(provider, model_id, thinking, CONVERSATION)
            assert again.text == TEXT
            assert [post.refusal for post in service.posts] == [None]

    run(scenario())


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_what_cannot_be_repaired_is_asked_once(run: Run, protocol: str, shape: ErrorShape) -> None:
    async def scenario() -> None:
        async with product_and_service(protocol, errors_as=shape) as (provider, service):
            outcome = await ask(provider, "gpt-9", None, (PROMPT,))
            assert isinstance(outcome.error, ModelNotAllowed | RequestRefused)
            assert len(service.posts) == 1
        async with product_and_service(protocol, api_key="sk-wrong", errors_as=shape) as (provider, service):
            outcome = await ask(provider, "qwen-plus", None, (PROMPT,))
            assert isinstance(outcome.error, ApiKeyRejected)
            assert len(service.posts) == 1
            assert "sk-wrong" not in f"{outcome.error} {outcome.error.detail}"

    run(scenario())
