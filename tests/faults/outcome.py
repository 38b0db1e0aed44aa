"""One generation through a provider to what came of it, for the fault tests."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field

from qwen_desktop.core.chat.delta import Citations, Delta, Finished, ReasoningDelta, TextDelta, TextReplaced
from qwen_desktop.core.chat.message import Role, Source, Usage
from qwen_desktop.core.errors import ProviderError
from qwen_desktop.core.providers.base import Provider, ReplyRequest, ReplyStream, RequestMessage
from qwen_desktop.core.providers.compatible import CompatibleProvider
from qwen_desktop.core.providers.dashscope import DashScopeProvider
from qwen_desktop.core.providers.transport import Transport
from qwen_desktop.core.settings.settings import NetworkSettings
from tests.faults.frames import NATIVE

API_KEY = "sk-canary0f1e2d3c4b5a69788796a5b4c3d2e1f0"
REQUEST = ReplyRequest("qwen-plus", (RequestMessage(Role.USER, "How do I make tea?"),))


async def give_key() -> str | None:
    return API_KEY


def network(**deadlines: float) -> NetworkSettings:
    """Settings with deadlines short enough that a hang fails a test instead of stopping it."""
    defaults = {"connect_timeout_s": 5.0, "headers_timeout_s": 5.0, "first_event_timeout_s": 5.0, "idle_timeout_s": 5.0}
    return dataclasses.replace(NetworkSettings(proxy="none"), **{**defaults, **deadlines})


def provider_of(protocol: str, transport: Transport, base_url: str, **options: object) -> Provider:
    make = DashScopeProvider if protocol == NATIVE else CompatibleProvider
    return make(transport, base_url=base_url, **{"api_key": give_key, **options})  # type: ignore[arg-type]


@dataclass
class Outcome:
    """Everything a stream gave."""

    deltas: list[Delta] = field(default_factory=list)
    error: ProviderError | None = None
    usage: Usage | None = None
    request_id: str | None = None
    finish_reason: str | None = None
    is_done: bool = False

    @property
    def text(self) -> str:
        text: list[str] = []
        for delta in self.deltas:
            if isinstance(delta, TextDelta):
                text.append(delta.text)
            elif isinstance(delta, TextReplaced):
                text = [delta.text]
        return "".join(text)

    @property
    def sources(self) -> tuple[Source, ...]:
        return next((delta.sources for delta in reversed(self.deltas) if isinstance(delta, Citations)), ())

    @property
    def reasoning(self) -> str:
        return "".join(delta.text for delta in self.deltas if isinstance(delta, ReasoningDelta))

    @property
    def finishes(self) -> list[str]:
        return [delta.reason for delta in self.deltas if isinstance(delta, Finished)]


async def drain(stream: ReplyStream) -> Outcome:
    """Read `stream` to its end or its error."""
    outcome = Outcome()
    try:
        async for deltas in stream:
            assert deltas, "a batch is never empty"
            outcome.deltas += deltas
    except ProviderError as error:
        outcome.error = error
    outcome.usage, outcome.request_id = stream.usage, stream.request_id
    outcome.finish_reason, outcome.is_done = stream.finish_reason, stream.is_done
    return outcome


async def generate(
    protocol: str, base_url: str, deadlines: Mapping[str, float] | None = None, request: ReplyRequest = REQUEST
) -> Outcome:
    """One generation with a client of its own, which is closed after it."""
    transport = Transport(network(**(deadlines or {})))
    try:
        return await drain(provider_of(protocol, transport, base_url).stream(request))
    finally:
        await transport.aclose()
