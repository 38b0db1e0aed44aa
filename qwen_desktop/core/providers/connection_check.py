"""Address, proxy and key to which step of the way to the service fails: one free request for the model list, watched.

Never a generation.  The connection is a new one each time, since a kept one would prove nothing.
"""

from __future__ import annotations

import asyncio
import enum
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import partial

from qwen_desktop.core.errors import (
    ApiKeyMissing,
    ApiKeyRejected,
    ConnectionFailed,
    ModelNotAllowed,
    ProtocolViolated,
    ProviderError,
    QwenDesktopError,
)
from qwen_desktop.core.providers import regions
from qwen_desktop.core.providers.addresses import Address, parse_base_url
from qwen_desktop.core.providers.model_list import list_models
from qwen_desktop.core.providers.regions import Region, region_of
from qwen_desktop.core.providers.servers import Server, server_at
from qwen_desktop.core.providers.transport import Transport
from qwen_desktop.core.settings.settings import NetworkSettings


class Step(enum.StrEnum):
    """What has to go well, in this order."""

    NAME = "name"
    """The host's name is found: ours to look up where no proxy is in between."""
    PROXY = "proxy"
    """The proxy takes the connection and lets it through."""
    CONNECTION = "connection"
    """Without a proxy: the host takes the connection."""
    TLS = "tls"
    KEY = "key"
    REGION = "region"
    """The key is one of this region; found out by asking others, and only when the user wants it."""
    MODELS = "models"
    """The list of models comes and can be read."""
    MODEL = "model"
    """The model for new chats is in the list."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a check ended."""

    failed: Step | None
    """Which step failed; None if none did."""
    error: QwenDesktopError | None
    """What `words.describe` makes the sentence and the remedy of."""
    took_ms: int
    """From the first look-up to the whole list; the building of the client is not in it."""
    proxy: str
    """`host:port` of the proxy that was gone through, never its user or password; '' without one."""
    model_ids: tuple[str, ...] = ()


async def check_connection(
    network: NetworkSettings,
    base_url: str,
    api_key: str | None,
    *,
    needs_key: bool = True,
    server: Server | None = None,
    model_id: str = "",
    on_step: Callable[[Step], None] = lambda step: None,
) -> Outcome:
    """Goes the way once; `on_step` hears each step as it begins.  Runs on the loop, within about 15 s.

    `server`: what the user said of its make.  `model_id`: looked for in the list; '' for none.  A list that is empty
    says nothing about a model.

    Without a key the request is sent all the same, so that what comes before the key is told; then KEY has failed.
    Cancelled, it leaves nothing behind."""
    transport = Transport(network)
    way = _Way(on_step)
    try:
        address = parse_base_url(base_url)
        async with transport.borrow(address) as loan:  # built and decided before the clock starts
            way.begin(loan.proxy or "")
        if not way.proxy:
            await _look_up(address, network.connect_timeout_s)
            way.go_to(Step.CONNECTION)
        found = await list_models(
            transport, base_url, api_key, needs_key=False, on_progress=way.on_progress, server=server
        )
        if needs_key and not api_key:  # a server that does not ask for one, though it was said to
            raise ApiKeyMissing(host=address.host_and_port)
    except ProviderError as error:
        if needs_key and not api_key and isinstance(error, ApiKeyRejected):
            error = ApiKeyMissing(host=error.host)
        return Outcome(_step_of(error, way.step), error, way.took_ms, way.proxy)
    else:
        if model_id and found and model_id not in found:
            way.go_to(Step.MODEL)
            missing = ModelNotAllowed("not in the list of models", host=address.host_and_port)
            return Outcome(Step.MODEL, missing, way.took_ms, way.proxy, tuple(found))
        return Outcome(None, None, way.took_ms, way.proxy, tuple(found))
    finally:
        await transport.aclose()


def regions_to_try(base_url: str, api_key: str) -> tuple[Region, ...]:
    """The other regions a key that was refused at `base_url` may belong to; none where that makes no sense: at a server
    that is not Alibaba's, and for a key of a plan, which has a host of its own."""
    is_region = region_of(base_url.rstrip("/")) is not None
    try:
        address = parse_base_url(base_url)
    except ConnectionFailed:
        return ()
    if not (is_region or server_at(address).is_dashscope) or api_key.startswith("sk-sp-"):
        return ()
    return tuple(region for region in regions.REGIONS if parse_base_url(region.base_url) != address)


async def try_regions(transport: Transport, others: Collection[Region], api_key: str) -> list[Region]:
    """Those of `others` that accept the key.  It is sent to all of them, so somebody has to have agreed to that."""
    answers = await asyncio.gather(
        *(list_models(transport, region.base_url, api_key) for region in others), return_exceptions=True
    )
    for answer in answers:
        if isinstance(answer, BaseException) and not isinstance(answer, ProviderError):
            raise answer
    return [region for region, answer in zip(others, answers, strict=True) if isinstance(answer, list)]


class _Way:
    """How far the check has come."""

    def __init__(self, on_step: Callable[[Step], None]) -> None:
        self.step = Step.NAME
        self.proxy = ""
        self._on_step = on_step
        self._began_at = time.monotonic()

    @property
    def took_ms(self) -> int:
        return round((time.monotonic() - self._began_at) * 1000)

    def begin(self, proxy: str) -> None:
        self.proxy = proxy
        self._began_at = time.monotonic()
        self.go_to(Step.PROXY if proxy else Step.NAME)

    def on_progress(self, word: str) -> None:
        following = {"connected": Step.TLS, "secured": Step.KEY, "answered": Step.MODELS}.get(word)
        if following is not None:
            self.go_to(following)

    def go_to(self, step: Step) -> None:
        self.step = step
        self._on_step(step)


async def _look_up(address: Address, timeout_s: float) -> None:
    """Raises ConnectionFailed('dns'); the request would too, but without saying how far it came.

    On a thread of its own: a look-up cannot be cancelled and may hang for half a minute.  Among the loop's threads it
    would keep settings from being saved and the app from ending."""
    import socket

    from qwen_desktop.core.credentials.worker import Worker

    try:
        async with asyncio.timeout(timeout_s):
            look_up = partial(socket.getaddrinfo, address.host, address.port, type=socket.SOCK_STREAM)
            await Worker("name look-up").call(look_up)
    except (OSError, UnicodeError, TimeoutError) as error:
        detail = f"{type(error).__name__}: {error}"
        raise ConnectionFailed(detail, reason="dns", host=address.host_and_port) from error


def _step_of(error: ProviderError, reached: Step) -> Step:
    """The step an error belongs to; the one that was under way where it does not say."""
    match error:
        case ApiKeyMissing() | ApiKeyRejected():
            return Step.KEY
        case ConnectionFailed(reason="dns" | "bad_address" | "plain_http"):
            return Step.NAME
        case ConnectionFailed(reason="proxy" | "proxy_auth"):
            return Step.PROXY
        case ConnectionFailed(reason="certificate" | "tls"):
            return Step.TLS
        case ProtocolViolated() | ConnectionFailed(reason="headers_timeout"):
            return Step.MODELS
        case _:
            return Step.MODELS if reached is Step.KEY else reached
